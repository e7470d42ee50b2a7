package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A caller goes on over a new connection when the server closes the old one.
func TestCaller(t *testing.T) {
	from := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from[r.RemoteAddr]++
		if r.URL.Path == "/close" {
			w.Header().Set("Connection", "close")
		}
		if r.ContentLength > 0 {
			w.WriteHeader(http.StatusAccepted)
		}
		fmt.Fprint(w, strings.Repeat("x", 5000))
	}))
	defer srv.Close()
	c, err := call(t.Context(), strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { c.Close() }() //nolint:errcheck // of a test
	for _, path := range []string{"/", "/", "/close", "/"} {
		if status, body, err := c.send(request("GET", path, "", "")); err != nil || status != http.StatusOK || len(body) != 5000 {
			t.Fatalf("%s: %d, %d bytes, %v", path, status, len(body), err)
		}
	}
	if status, _, err := c.send(request("POST", "/", "X-A: b\r\n", "body")); err != nil || status != http.StatusAccepted {
		t.Errorf("%d, %v", status, err)
	}
	if len(from) != 2 {
		t.Errorf("over %d connections, want 2: %v", len(from), from)
	}
}

func TestState(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "# TYPE go_goroutines gauge\ngo_goroutines 55\nprocess_cpu_seconds_total 1.25\n# HELP x\nprocess_open_fds 21\nprocess_resident_memory_bytes 9.5e+07\n")
	}))
	defer srv.Close()
	s := &server{address: strings.TrimPrefix(srv.URL, "http://")}
	got, err := s.state(t.Context())
	if want := (state{1250 * time.Millisecond, 9.5e7, 21, 55}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestQuestionsIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "q.jsonl")
	if err := os.WriteFile(file, []byte(`{"q":"一"}`+"\n"+`{"text":"二"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := questionsIn(file); err != nil || strings.Join(got, " ") != "一 二" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{file + "x", "["} {
		if _, err := questionsIn(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
