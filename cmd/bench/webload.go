package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is how much is asked.
type load struct {
	program     `embed:""`
	Connections int           `help:"How many connections ask at the same time." default:"16"`
	For         time.Duration `help:"How long." default:"10s"`
	Questions   string        `help:"Files of JSON lines with what is asked, in turn." default:"bot/eval/testdata/golden-*.jsonl"`
}

// asking sends the n-th question over a connection.
type asking func(c *caller, n int, question string) error

// run asks from all connections and prints what it took. The first quarter of the time
// is for warming up.
func (l load) run(ctx context.Context, out io.Writer, ask asking) (err error) {
	questions, err := questionsIn(l.Questions)
	if err != nil {
		return err
	}
	s, err := l.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var n atomic.Int64
	if _, err := l.ask(ctx, s, questions, &n, l.For/4, ask); err != nil {
		return err
	}
	before, err := s.state(ctx)
	if err != nil {
		return err
	}
	own, start := cpu(), time.Now()
	took, err := l.ask(ctx, s, questions, &n, l.For, ask)
	if err != nil {
		return err
	}
	wall, client := time.Since(start), cpu()-own
	after, err := s.state(ctx)
	if err != nil {
		return err
	}
	each := (after.cpu - before.cpu) / time.Duration(len(took))
	fmt.Fprintf(out, "%d answers in %s over %d connections: %.0f answers/s by the clock; p50 %s, p99 %s\n",
		len(took), wall.Round(time.Millisecond), l.Connections, float64(len(took))/wall.Seconds(), took[len(took)/2], took[len(took)*99/100])
	fmt.Fprintf(out, "server: %s of CPU for each answer, so 2 cores are enough for %.0f answers/s; %s\n", each, 2*float64(time.Second)/float64(each), after)
	fmt.Fprintf(out, "client: %s of CPU for each answer\n", client/time.Duration(len(took)))
	return nil
}

// ask asks for a while and returns how long each answer took, the shortest first.
func (l load) ask(ctx context.Context, s *server, questions []string, n *atomic.Int64, d time.Duration, ask asking) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var errs []error
	var wg sync.WaitGroup
	deadline := time.Now().Add(d)
	for range l.Connections {
		wg.Go(func() {
			c, err := call(ctx, s.address)
			var took []time.Duration
			for err == nil && time.Now().Before(deadline) && ctx.Err() == nil {
				i, start := int(n.Add(1)), time.Now()
				err = ask(c, i, questions[i%len(questions)])
				took = append(took, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, took...), append(errs, err)
			if c != nil {
				errs = append(errs, c.Close())
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all, errors.Join(append(errs, ctx.Err())...)
}

type answersCmd struct {
	load `embed:""`
}

// Run asks over the API.
func (c answersCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, func(c *caller, _ int, question string) error {
		body, err := json.Marshal(map[string]string{"id": "q", "text": question})
		if err != nil {
			return err
		}
		status, answer, err := c.send(request("POST", "/api/v1/ask", "Content-Type: application/json\r\n", string(body)))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d %s", status, answer)
		}
		return err
	})
}

type chatCmd struct {
	load `embed:""`
}

// Run asks on the chat page, each question in a conversation of its own.
func (c chatCmd) Run(ctx context.Context, out io.Writer) error {
	return c.run(ctx, out, func(c *caller, n int, question string) error {
		events, err := c.post(n, question)
		if err != nil {
			return err
		}
		status, stream, err := c.send(request("GET", events, "", ""))
		if err == nil && (status != http.StatusOK || !strings.Contains(string(stream), "event: done")) {
			err = fmt.Errorf("%d %s", status, stream)
		}
		return err
	})
}

// post sends the n-th question of the form and returns where its answer is streamed.
func (c *caller) post(n int, question string) (events string, err error) {
	form := url.Values{"question": {question}, "key": {fmt.Sprint(n)}}
	header := "Content-Type: application/x-www-form-urlencoded\r\nX-Forwarded-For: " + from(n) + "\r\n"
	status, body, err := c.send(request("POST", "/chat", header, form.Encode()))
	if err != nil {
		return "", err
	}
	var posted struct{ Events string }
	if err := json.Unmarshal(body, &posted); err != nil || status != http.StatusAccepted {
		return "", fmt.Errorf("%d %s", status, body)
	}
	return posted.Events, nil
}
