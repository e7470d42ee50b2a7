package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// serve starts wence serve on a free port and returns its URL.
func serve(t *testing.T, args ...string) (url string, interrupt func(), status <-chan int, stderr *bytes.Buffer) {
	t.Helper()
	_, out, interrupt, status, stderr := start(t, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	line, err := out.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // ends with the pipe
	if url = regexp.MustCompile(`http://\S+`).FindString(line); url == "" {
		t.Fatalf("no URL in %q", line)
	}
	return url, interrupt, status, stderr
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServeNeedsNoSettingAndStops(t *testing.T) {
	url, interrupt, status, stderr := serve(t)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if code, body := get(t, url+path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	interrupt()
	if code := <-status; code != 0 {
		t.Errorf("status %d: %s", code, stderr)
	}
}

// The embedded policies are put into an empty folder once; what was withdrawn stays out.
func TestServeBeginsWithTheEmbeddedPolicies(t *testing.T) {
	data := t.TempDir()
	for range 2 {
		h, err := open(t.Context(), data, nil)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := h.store.Entries(t.Context(), 0, 10)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		a, err := h.bot.Ask(t.Context(), bot.Question{Text: "想贷点款周转找谁?"})
		if err != nil || a.Outcome != bot.Answered {
			t.Errorf("%+v, %v", a, err)
		}
		if err := h.close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Who watches from elsewhere shows a key of the API.
func TestServeMetricsWithAKey(t *testing.T) {
	data := t.TempDir()
	var secret, stderr bytes.Buffer
	if code := run(t.Context(), []string{"key", "create", "--data", data, "monitoring"}, streams{in: &bytes.Buffer{}, out: &secret, err: &stderr}); code != 0 {
		t.Fatal(stderr.String())
	}
	url, interrupt, status, log := serve(t, "--data", data)
	for key, want := range map[string]int{"": 403, "Bearer nonsense": 403, "Bearer " + strings.TrimSpace(secret.String()): 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		if key != "" {
			r.Header.Set("Authorization", key)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: %d, want %d", key, resp.StatusCode, want)
		}
	}
	interrupt()
	if code := <-status; code != 0 {
		t.Errorf("status %d: %s", code, log)
	}
}
