package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

type idleCmd struct {
	program   `embed:""`
	Clients   int           `help:"How many browsers wait." default:"10000"`
	For       time.Duration `help:"How long they wait; a heartbeat comes every 15 s." default:"20s"`
	Questions string        `help:"Files of JSON lines; the first question that is written by the model is asked." default:"bot/eval/testdata/golden-b.jsonl"`
}

// A model holds whoever asks it until it is let go.
type heldModel struct {
	http.Server
	url   string
	asked chan struct{} // one for each question
	free  chan struct{} // closed: answer all
}

func holdModel() (*heldModel, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &heldModel{url: "http://" + l.Addr().String() + "/v1", asked: make(chan struct{}, 1000), free: make(chan struct{})}
	m.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked <- struct{}{}
		select {
		case <-m.free:
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusServiceUnavailable) // so the policy is quoted as it stands
	})
	go m.Serve(l) //nolint:errcheck // ends with Close
	return m, nil
}

// Run holds the clients.
func (c idleCmd) Run(ctx context.Context, out io.Writer) (err error) {
	questions, err := questionsIn(c.Questions)
	if err != nil {
		return err
	}
	m, err := holdModel()
	if err != nil {
		return err
	}
	defer m.Close() //nolint:errcheck // nobody asks any more
	s, err := c.serve(ctx, "--openai-url", m.url, "--openai-model", "held", "--openai-timeout", "55s")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	events, err := c.pending(ctx, s, m, questions)
	if err != nil {
		return err
	}
	before, err := s.state(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	all, err := c.connect(ctx, s, events)
	defer func() {
		for _, c := range all {
			_ = c.Close() // of a benchmark
		}
	}()
	if err != nil {
		return fmt.Errorf("after %d clients: %w", len(all), err)
	}
	fmt.Fprintf(out, "before:          %s\n%d clients connected in %s\n", before, len(all), time.Since(start).Round(time.Millisecond))
	most, err := c.watch(ctx, out, s, before)
	if err != nil {
		return err
	}
	close(m.free)
	start = time.Now()
	if err := finish(all); err != nil {
		return err
	}
	fmt.Fprintf(out, "all had their answer %s after it was there\n", time.Since(start).Round(time.Millisecond))
	for _, c := range all {
		_ = c.Close() // of a benchmark
	}
	after, err := s.settled(ctx, before)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "after they left: %s\nat most %.0f MB while %d clients waited, %.1f KB for each; at most %.0f MB ever\n",
		after, most.memory/1e6, c.Clients, (most.memory-before.memory)/1e3/float64(c.Clients), s.peak()/1e6)
	return nil
}

// pending asks until the model is asked, and returns where that answer is streamed.
func (c idleCmd) pending(ctx context.Context, s *server, m *heldModel, questions []string) (events string, err error) {
	conn, err := call(ctx, s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // of a benchmark
	for n, q := range questions {
		if events, err = conn.post(n, q); err != nil {
			return "", err
		}
		select {
		case <-m.asked:
			return events, nil
		case <-time.After(100 * time.Millisecond): // it was refused without the model
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "", errors.New("the model was not asked: give other --questions")
}

// connect opens the streams as far as their first bytes.
func (c idleCmd) connect(ctx context.Context, s *server, events string) (all []*caller, err error) {
	// What Chromium sends: headers are kept as long as a request lasts.
	header := "Accept: text/event-stream\r\nAccept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\nCache-Control: no-cache\r\n" +
		"Referer: http://127.0.0.1/\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
		"Cookie: wence_conversation=ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"
	for range c.Clients {
		conn, err := call(ctx, s.address)
		if err != nil {
			return all, err
		}
		all = append(all, conn)
		if _, err := io.WriteString(conn, request("GET", events, header, "")); err != nil {
			return all, err
		}
	}
	for _, conn := range all {
		if line, err := conn.in.ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			return all, fmt.Errorf("%q %w", line, err)
		}
	}
	return all, nil
}

// watch looks at the server while nothing happens, and returns the most that it took.
func (c idleCmd) watch(ctx context.Context, out io.Writer, s *server, before state) (most state, err error) {
	began := time.Now()
	first, err := s.state(ctx)
	for err == nil && time.Since(began) < c.For {
		var now state
		if now, err = s.state(ctx); now.memory > most.memory {
			most = now
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return most, err
	}
	last, err := s.state(ctx)
	fmt.Fprintf(out, "while they wait: %s; %.1f %% of one core\n", most, 100*(last.cpu-first.cpu).Seconds()/time.Since(began).Seconds())
	return most, err
}

// finish reads all streams to their last event.
func finish(all []*caller) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, c := range all {
		wg.Go(func() {
			_ = c.SetReadDeadline(time.Now().Add(time.Minute)) // a connection knows deadlines
			for {
				line, err := c.in.ReadString('\n')
				if err == nil && !strings.HasPrefix(line, "event: done") {
					continue
				}
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					errs = append(errs, err)
				}
				return
			}
		})
	}
	wg.Wait()
	if len(errs) > 0 {
		return fmt.Errorf("%d of %d got no answer: %w", len(errs), len(all), errs[0])
	}
	return nil
}
