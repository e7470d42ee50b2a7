package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

type slowCmd struct {
	program `embed:""`
	Clients int           `help:"How many slow clients, of each kind the same." default:"10000"`
	Drip    time.Duration `help:"How often one sends a byte." default:"3s"`
	For     time.Duration `help:"How long to wait until the server has sent the last away." default:"90s"`
}

// A slowKind is a way of holding a server up.
type slowKind struct {
	name  string
	begin string // what is sent at once
	drip  string // what is sent byte by byte
}

// kinds returns the ways. page is a large page.
func (c slowCmd) kinds(page string) []slowKind {
	const long = 4000
	header := "POST /api/v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	body := fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", long)
	form := fmt.Sprintf("POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 10.9.9.9\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", long)
	return []slowKind{
		{"silent", "", ""},
		{"slow header", header + "X-A: ", strings.Repeat("a", long)},
		{"slow body", header + body, `{"text":"` + strings.Repeat("a", long)},
		{"slow form", form, "question=" + strings.Repeat("a", long)},
		{"slow reader", strings.Repeat(request("GET", page, "", ""), 100), ""},
	}
}

var pagePath = regexp.MustCompile(`href="(/p/[^"?#]+)"`)

// Run holds the server up and prints what came of it.
func (c slowCmd) Run(ctx context.Context, out io.Writer) (err error) {
	s, err := c.serve(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	conn, err := call(ctx, s.address)
	if err != nil {
		return err
	}
	_, list, err := conn.send(request("GET", "/p", "", ""))
	m := pagePath.FindSubmatch(list)
	if err := errors.Join(err, conn.Close()); err != nil || m == nil {
		return fmt.Errorf("no policy in the list: %w", err)
	}
	if _, err := probe(ctx, s, 200*time.Millisecond); err != nil { // warm up
		return err
	}
	before, err := s.state(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "before:          %s\n", before)
	quiet, err := probe(ctx, s, 3*time.Second)
	if err != nil {
		return err
	}
	began := time.Now()
	var f fates
	var wg sync.WaitGroup
	kinds := c.kinds(string(m[1]))
	for i := range c.Clients {
		wg.Go(func() { f.note(kinds[i%len(kinds)].name, c.hold(ctx, s, kinds[i%len(kinds)], began)) })
		time.Sleep(200 * time.Microsecond) // a listener's queue is not what is measured
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	most, busy, failures, err := c.watch(ctx, s, done)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "at most:         %s; %.0f MB ever\nlast was sent away after %s\n", most, s.peak()/1e6, time.Since(began).Round(time.Second))
	f.print(out)
	fmt.Fprintf(out, "others, quiet:   p50 %s, p99 %s\nothers, busy:    p50 %s, p99 %s, most %s, %d asked, %d failed\n",
		quiet[len(quiet)/2], quiet[len(quiet)*99/100], busy[len(busy)/2], busy[len(busy)*99/100], busy[len(busy)-1], len(busy), failures)
	after, err := s.settled(ctx, before)
	fmt.Fprintf(out, "after they left: %s\n", after)
	return err
}

// watch asks as others do until done, and returns the most that the server took, how long
// answers took, and how many failed.
func (c slowCmd) watch(ctx context.Context, s *server, done <-chan struct{}) (most state, took []time.Duration, failures int, err error) {
	for {
		all, failed := probe(ctx, s, time.Second)
		if took = append(took, all...); failed != nil {
			failures++
		}
		now, err := s.state(ctx)
		if err != nil {
			return most, nil, 0, err
		}
		most = state{0, max(most.memory, now.memory), max(most.files, now.files), max(most.goroutines, now.goroutines)}
		select {
		case <-done:
			slices.Sort(took)
			return most, took, failures, ctx.Err()
		default:
		}
	}
}

// probe asks for a while, each time over a new connection, and returns how long each
// answer took, the shortest first.
func probe(ctx context.Context, s *server, d time.Duration) (took []time.Duration, err error) {
	for deadline := time.Now().Add(d); time.Now().Before(deadline) && ctx.Err() == nil; {
		start := time.Now()
		c, failed := call(ctx, s.address)
		if failed == nil {
			_ = c.SetDeadline(start.Add(20 * time.Second)) // a connection knows deadlines
			var status int
			status, _, failed = c.send(request("POST", "/api/v1/ask", "Content-Type: application/json\r\n", `{"text":"想贷点款周转找谁?"}`))
			if failed == nil && status != http.StatusOK {
				failed = fmt.Errorf("status %d", status)
			}
			_ = c.Close() // of a benchmark
		}
		err = errors.Join(err, failed)
		took = append(took, time.Since(start))
		time.Sleep(20 * time.Millisecond)
	}
	slices.Sort(took)
	return took, err
}

// hold is one slow client. It returns how the server sent it away.
func (c slowCmd) hold(ctx context.Context, s *server, k slowKind, began time.Time) string {
	conn, err := call(ctx, s.address)
	if err != nil {
		return "not connected: " + err.Error()
	}
	defer conn.Close() //nolint:errcheck // of a benchmark
	if k.name == "slow reader" {
		if raw, ok := conn.Conn.(interface {
			SetReadBuffer(bytes int) error
		}); ok {
			_ = raw.SetReadBuffer(4096) // else the system reads for it
		}
	}
	_ = conn.SetWriteDeadline(began.Add(c.For)) // a connection knows deadlines
	if _, err := io.WriteString(conn, k.begin); err != nil {
		return "cut off"
	}
	if k.drip == "" && k.begin != "" {
		return c.notRead(conn, began)
	}
	answer := make(chan string, 1)
	go func() { answer <- c.answer(conn, began) }()
	tick := time.NewTicker(c.Drip)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case a := <-answer:
			return a
		case <-tick.C:
			if n < len(k.drip) {
				_, _ = io.WriteString(conn, k.drip[n:n+1]) // answer says what came of it
			}
		}
	}
}

// answer waits for what the server says.
func (c slowCmd) answer(conn *caller, began time.Time) string {
	_ = conn.SetReadDeadline(began.Add(c.For)) // a connection knows deadlines
	resp, err := http.ReadResponse(conn.in, nil)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "closed"
	case err != nil:
		return "still there: " + err.Error()
	}
	_, _ = io.Copy(io.Discard, resp.Body) // its end
	_ = resp.Body.Close()                 // of a benchmark
	return fmt.Sprint(resp.StatusCode)
}

// notRead waits, without reading, until the server has given up: then to write fails.
func (c slowCmd) notRead(conn *caller, began time.Time) string {
	for time.Since(began) < c.For {
		time.Sleep(c.Drip)
		if _, err := io.WriteString(conn, "\r\n"); err != nil {
			return "cut off"
		}
	}
	return "still there"
}

// fates count how slow clients of each kind were sent away.
type fates struct {
	mu  sync.Mutex
	all map[string]int
}

func (f *fates) note(kind, fate string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = map[string]int{}
	}
	f.all[kind+": "+fate]++
}

func (f *fates) print(out io.Writer) {
	for _, k := range slices.Sorted(maps.Keys(f.all)) {
		fmt.Fprintf(out, "  %-40s %d\n", k, f.all[k])
	}
}
