package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// serving serves an office as the program does, with other times, and returns where.
func serving(t *testing.T, o *office, times times) (address string) {
	t.Helper()
	o.times = times
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- o.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	o.http.URL = "http://" + l.Addr().String()
	return l.Addr().String()
}

// slowTimes are those of a server whose clients must hurry; the others are long.
func slowTimes() times {
	const short, long = 150 * time.Millisecond, time.Minute
	return times{read: short, write: 4 * short, hurry: 4 * short, header: short, idle: short, soon: long, heartbeat: long}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // of a test
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// Clients that send slowly, or nothing, are sent away, with a status if there is a
// request to answer. Others are answered meanwhile, and nothing is left behind.
func TestSlowSenders(t *testing.T) {
	o := newOffice(t, nil)
	address := serving(t, o, slowTimes())
	v := o.visitor(t)
	v.page("/")
	v.CloseIdleConnections()
	before := runtime.NumGoroutine()
	form := "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n"
	const each = 25
	var wg sync.WaitGroup
	for name, tt := range map[string]struct{ sent, want string }{
		"silent":      {"", ""},
		"header":      {"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""},
		"body":        {form + "\r\nquestion=", "408"},
		"body, page":  {form + "Accept: text/html\r\n\r\nquestion=", "408"},
		"vote":        {strings.Replace(form, "/chat", "/a/"+strings.Repeat("A", 24)+"/vote", 1) + "\r\nvote=", "408"},
		"next header": {"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX-", "200"},
	} {
		for range each {
			c := dial(t, address)
			wg.Go(func() {
				if _, err := io.WriteString(c, tt.sent); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				all, err := io.ReadAll(c)
				if status, _, _ := strings.Cut(strings.TrimPrefix(string(all), "HTTP/1.1 "), " "); status != tt.want || err != nil {
					t.Errorf("%s: %q, want %s: %v", name, all, tt.want, err)
				}
			})
		}
	}
	answered := 0
	for range 10 {
		if resp, _ := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false); resp.StatusCode == http.StatusAccepted {
			answered++
		}
	}
	if answered != 10 {
		t.Errorf("%d of 10 others were answered", answered)
	}
	wg.Wait()
	v.CloseIdleConnections()
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

// Who does not take what they asked for is cut off.
func TestSlowReaders(t *testing.T) {
	large := make([]byte, 16<<20) // more than the system keeps for a reader
	o := newOffice(t, func(c *Config) {
		c.Routes = []Route{{Method: http.MethodGet, Path: "/large", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(large)
		})}}
	})
	address := serving(t, o, slowTimes())
	v := o.visitor(t)
	v.page("/")
	v.CloseIdleConnections()
	before := runtime.NumGoroutine()
	for i := range 20 {
		request := "GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
		if i == 0 { // many pages do as well
			request = strings.Repeat(fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\n\r\n", policyURL(o.doc)), 4000)
		}
		c := dial(t, address)
		if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = io.WriteString(c, request) }()
	}
	await(t, "answers to be stuck", func() bool { return o.reading.Load() >= 19 })
	if resp, _ := v.do(http.MethodGet, "/healthz", nil, false); resp.StatusCode != http.StatusOK {
		t.Errorf("others get %s", resp.Status)
	}
	v.CloseIdleConnections()
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

// What went wrong is logged, but not that a client did not take the answer: there may be
// ten thousand of them.
func TestLostClientsAreNotLogged(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		logged bool
	}{
		"slow": {fmt.Errorf("page: %w", &net.OpError{Op: "write", Err: os.ErrDeadlineExceeded}), false},
		"gone": {&net.OpError{Op: "write", Err: syscall.EPIPE}, false},
		"ours": {errors.New("no such table"), true},
		"dial": {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
	} {
		log := &lockedBuffer{}
		o := newOffice(t, func(c *Config) { c.Log = log.logger() })
		o.engine.GET("/failing", func(g *gin.Context) { _ = g.Error(tt.err) })
		o.visitor(t).do(http.MethodGet, "/failing", nil, false)
		if logged := strings.Contains(log.String(), tt.err.Error()); logged != tt.logged {
			t.Errorf("%s: logged: %v, want %v: %s", name, logged, tt.logged, log)
		}
	}
}

// When too many read slowly, who comes is told to come again, but for those who watch
// over the server.
func TestCrowd(t *testing.T) {
	o := newOffice(t, nil)
	o.reading.Store(maxReading)
	v := o.visitor(t)
	for path, want := range map[string]int{"/": 503, "/p": 503, "/healthz": 200, "/readyz": 200, "/metrics": 200} {
		resp, body := v.do(http.MethodGet, path, nil, false)
		if resp.StatusCode != want || want == 503 && (resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "hint")) {
			t.Errorf("GET %s: %s %v %.200s", path, resp.Status, resp.Header, body)
		}
	}
	if all := events(t, v, post(t, v, "想贷款"), ""); len(all) < 2 {
		t.Errorf("the events are %q", all)
	}
	if n := o.reading.Load(); n != maxReading {
		t.Errorf("%d requests are counted, want %d", n, maxReading)
	}
}

// A client that leaves while its page is on the way, or its form, leaves nothing behind.
func TestClientsThatLeaveHalfWay(t *testing.T) {
	o := newOffice(t, nil)
	address := serving(t, o, times{read: time.Minute, write: time.Minute, hurry: time.Minute, header: time.Minute, idle: time.Minute, soon: 0, heartbeat: 10 * time.Millisecond})
	v := o.visitor(t)
	v.page("/")
	v.CloseIdleConnections()
	o.hold = make(chan struct{})
	before := runtime.NumGoroutine()
	for i := range 60 {
		c := dial(t, address)
		form := url.Values{"question": {fmt.Sprint("想贷款", i)}}.Encode()
		header := fmt.Sprintf("POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(form))
		switch i % 4 {
		case 0: // half a form
			fmt.Fprintf(c, "%s\r\n%s", header, form[:9])
		case 1: // a form without script waits for the answer
			fmt.Fprintf(c, "%sAccept: text/html\r\n\r\n%s", header, form)
		case 2: // a page is not taken
			fmt.Fprint(c, strings.Repeat("GET "+policyURL(o.doc)+" HTTP/1.1\r\nHost: x\r\n\r\n", 20))
		case 3: // a stream is waited for
			fmt.Fprintf(c, "%s\r\n%s", header, form)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(c, "GET /chat/answers/%s/events HTTP/1.1\r\nHost: x\r\n\r\n", answerID(t, resp))
			if _, err := io.ReadFull(c, make([]byte, 12)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the streams to end", func() bool { return o.streaming.Load() == 0 && o.reading.Load() == 0 })
	close(o.hold)
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before })
}

func answerID(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close() //nolint:errcheck // read to its end
	var posted struct {
		ID string `json:"answer_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&posted); err != nil || posted.ID == "" {
		t.Fatalf("%s: %+v, %v", resp.Status, posted, err)
	}
	return posted.ID
}

// A lockedBuffer is what a log is written to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
