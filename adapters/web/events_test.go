package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// events returns the events of an answer, as POST /chat has named it, behind after.
func events(t *testing.T, v guest, posted, after string) []event {
	t.Helper()
	var p struct{ Events string }
	if err := json.Unmarshal([]byte(posted), &p); err != nil {
		t.Fatalf("%v: %s", err, posted)
	}
	var header []string
	if after != "" {
		header = []string{"Last-Event-ID", after}
	}
	resp, body := v.do(http.MethodGet, p.Events, nil, false, header...)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %v %s", resp.Status, resp.Header, body)
	}
	return parseEvents(t, body)
}

// parseEvents reads a stream as a browser does. IDs must count up by one.
func parseEvents(t *testing.T, body string) []event {
	t.Helper()
	var out []event
	last := 0
	for _, chunk := range strings.Split(strings.TrimSpace(body), "\n\n") {
		var e event
		var data []string
		id := 0
		for _, line := range strings.Split(chunk, "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "id":
				fmt.Sscan(value, &id) //nolint:errcheck // 0 is wrong below
			case "event":
				e.Name = value
			case "data":
				data = append(data, value)
			}
		}
		if e.Name == "" {
			continue // retry, ping
		}
		if last != 0 && id != last+1 {
			t.Errorf("event %d follows %d", id, last)
		}
		last = id
		e.Data = strings.Join(data, "\n")
		out = append(out, e)
	}
	return out
}

func post(t *testing.T, v guest, question string) string {
	t.Helper()
	resp, body := v.do(http.MethodPost, "/chat", url.Values{"question": {question}}, false)
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("%s %s", resp.Status, body)
	}
	return body
}

// An answer comes in blocks, and goes on where the connection was lost, also when
// another process has taken over.
func TestEventsAndResume(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	posted := post(t, v, "想贷款")
	all := events(t, v, posted, "")
	var names []string
	for _, e := range all {
		names = append(names, e.Name)
	}
	if strings.Join(names, " ") != "block block done" {
		t.Fatalf("the events are %q", names)
	}
	if !strings.Contains(all[0].Data, "是的。") || !strings.Contains(all[1].Data, loanSentence) || !strings.Contains(all[2].Data, "转人工") {
		t.Errorf("the blocks are %q", all)
	}
	page := v.parse("<main>" + all[0].Data + all[1].Data + all[2].Data + "</main>").Find("main").Text()
	whole := v.page("/").Find(".turn .answer").Text()
	if strings.Join(strings.Fields(page), "") != strings.Join(strings.Fields(whole), "") {
		t.Errorf("the blocks say %q, the page says %q", page, whole)
	}
	next, err := New(o.Config) // the process that comes after
	if err != nil {
		t.Fatal(err)
	}
	second := httptest.NewServer(next.Handler())
	defer second.Close()
	o.http.URL, second.URL = second.URL, o.http.URL
	defer func() { o.http.URL, second.URL = second.URL, o.http.URL }()
	for after := range len(all) + 1 {
		rest := events(t, v, posted, fmt.Sprint(after))
		if fmt.Sprint(rest) != fmt.Sprint(all[after:]) {
			t.Errorf("behind %d come %q", after, rest)
		}
	}
}

func TestFailedEvents(t *testing.T) {
	o := newOffice(t, nil)
	o.hold, o.err = make(chan struct{}), context.DeadlineExceeded
	v := o.visitor(t)
	posted := post(t, v, "想贷款")
	time.AfterFunc(0, func() { close(o.hold) })
	var p struct{ Events string }
	if err := json.Unmarshal([]byte(posted), &p); err != nil {
		t.Fatal(err)
	}
	// Whether it failed before or after we came, it is told.
	resp, body := v.do(http.MethodGet, p.Events, nil, false)
	if got := parseEvents(t, body); resp.StatusCode != http.StatusNotFound && (len(got) != 1 || got[0].Name != "failed" || strings.Contains(body, "deadline")) {
		t.Errorf("%s %q", resp.Status, body)
	}
}

// A client that leaves leaves nothing behind, and its answer is kept.
func TestClientsThatLeave(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	o.times.soon, o.times.heartbeat = 0, 20*time.Millisecond
	v := o.visitor(t)
	v.page("/")
	v.CloseIdleConnections()
	before := runtime.NumGoroutine()
	const clients = 50
	for i := range clients {
		posted := post(t, v, fmt.Sprintf("想贷款%d", i))
		var p struct{ Events string }
		if err := json.Unmarshal([]byte(posted), &p); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.http.URL+p.Events, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := v.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "retry: 1500\n" {
			t.Fatalf("%q, %v", line, err)
		}
		leave()
		resp.Body.Close() //nolint:errcheck // it was left
	}
	await(t, "the streams to end", func() bool { return o.streaming.Load() == 0 })
	close(o.hold)
	await(t, "the answers to be kept", func() bool {
		all, err := o.records.Recent(t.Context(), clients+1)
		return err == nil && len(all) == clients
	})
	v.CloseIdleConnections()
	await(t, "the goroutines to end", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// Who waits for long costs the server a connection: no goroutine. All have the answer
// when it is there, each behind the event that it has.
func TestParkedClients(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	o.times.soon, o.times.heartbeat = 0, 5*time.Millisecond
	v := o.visitor(t)
	var p struct{ Events string }
	if err := json.Unmarshal([]byte(post(t, v, "想贷款")), &p); err != nil {
		t.Fatal(err)
	}
	v.CloseIdleConnections()
	const clients = 40
	var conns []net.Conn
	before := runtime.NumGoroutine()
	for i := range clients {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(o.http.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // of a test
		fmt.Fprintf(c, "GET %s HTTP/1.%d\r\nHost: x\r\nLast-Event-ID: %d\r\n\r\n", p.Events, i%2, i%4)
		conns = append(conns, c)
	}
	await(t, "all to be parked", func() bool { return o.streaming.Load() == clients && runtime.NumGoroutine() < before+clients/2 })
	pinged := make([]byte, 4096)
	for n := 0; !strings.Contains(string(pinged[:n]), streamPing); {
		got, err := conns[0].Read(pinged[n:])
		if n += got; err != nil {
			t.Fatal(err)
		}
	}
	close(o.hold)
	want := events(t, v, fmt.Sprintf(`{"events":%q}`, p.Events), "")
	for i, c := range conns {
		in := io.Reader(c)
		if i == 0 {
			in = io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"), c)
		}
		resp, err := http.ReadResponse(bufio.NewReader(in), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close() //nolint:errcheck // read to its end
		if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%v %s %v", err, resp.Status, resp.Header)
		}
		if got := parseEvents(t, string(body)); fmt.Sprint(got) != fmt.Sprint(want[i%4:]) {
			t.Errorf("behind %d: %q", i%4, got)
		}
		if i == 1 && (resp.Header.Get("Content-Security-Policy") == "" || resp.Header.Get(requestIDHeader) == "" || resp.Header.Get("Date") == "") {
			t.Errorf("the header is %v", resp.Header)
		}
	}
	await(t, "the streams to end", func() bool { return o.streaming.Load() == 0 })
}

// A HEAD request is not parked: nothing would ever come.
func TestHeadOfEvents(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	defer close(o.hold)
	o.times.soon = 0
	v := o.visitor(t)
	var p struct{ Events string }
	if err := json.Unmarshal([]byte(post(t, v, "想贷款")), &p); err != nil {
		t.Fatal(err)
	}
	if resp, body := v.do(http.MethodHead, p.Events, nil, false); resp.StatusCode != http.StatusOK || body != "" || o.streaming.Load() != 0 {
		t.Errorf("%s %q, %d streams", resp.Status, body, o.streaming.Load())
	}
}

// await polls until something is so, for at most ten seconds.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %d goroutines", what, runtime.NumGoroutine())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A stopping server ends its streams; the browser comes back to the next one.
func TestStreamsEndWithTheServer(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	defer close(o.hold)
	v := o.visitor(t)
	posted := post(t, v, "想贷款")
	time.AfterFunc(0, o.stop)
	if got := events(t, v, posted, ""); len(got) != 0 {
		t.Errorf("events: %q", got)
	}
}

// slowWriter is a client that takes nothing: it notes the deadlines it is given.
type slowWriter struct {
	http.ResponseWriter
	deadlines []time.Time
}

func (w *slowWriter) SetWriteDeadline(t time.Time) error {
	w.deadlines = append(w.deadlines, t)
	return nil
}

func (w *slowWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// To take the events there is a deadline.
func TestSlowClientsAreCutOff(t *testing.T) {
	o := newOffice(t, nil)
	o.times.soon = time.Minute // nobody can be parked who is no connection
	posted := post(t, o.visitor(t), "想贷款")
	var p struct{ Events string }
	if err := json.Unmarshal([]byte(posted), &p); err != nil {
		t.Fatal(err)
	}
	w := &slowWriter{ResponseWriter: httptest.NewRecorder()}
	begun := time.Now()
	o.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, p.Events, nil))
	if len(w.deadlines) != 2 { // that of every request, then that of the events
		t.Fatalf("%d deadlines", len(w.deadlines))
	}
	if d := w.deadlines[1].Sub(begun); d > eventTime+time.Minute {
		t.Errorf("a client may take %s for the events", d)
	}
}

func TestTooManyAnswersAtATime(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	defer close(o.hold)
	for i := range maxPending {
		if o.begin(t.Context(), fmt.Sprint(i), bot.Inquiry{Conversation: "c", Question: "想贷款"}) == nil {
			t.Fatalf("refused after %d", i)
		}
	}
	resp, body := o.visitor(t).do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// No text ends an event or begins another field: a carriage return alone ends a line as
// well, so there is none.
func TestFrames(t *testing.T) {
	want := []event{{"block", "<p>一\n二</p>\n"}, {"block", "data: x\nevent: done\n\nid: 9"}, {"done", ""}}
	sent := slices.Clone(want)
	sent[0].Data = "<p>一\r\n二\r</p>\n"
	for after := range len(sent) + 1 {
		body := string(frames([]byte(streamBegin), sent, after))
		if strings.Contains(body, "\r") {
			t.Errorf("a carriage return is sent: %q", body)
		}
		if got := parseEvents(t, body); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want[after:]) {
			t.Errorf("behind %d: %q, want %q", after, got, want[after:])
		}
	}
}
