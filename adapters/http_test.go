package adapters

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A reply URL that came in with a message is called only on the platform's own hosts.
func TestCheckURL(t *testing.T) {
	const base = "https://api.example.com/v1/"
	for raw, ok := range map[string]bool{
		"https://api.example.com/reply?code=1":     true,
		"https://API.example.COM/reply":            true,
		"https://hooks.chat.example/x":             true,
		"https://chat.example/x":                   true,
		"https://chat.example:443/x":               true,
		"http://api.example.com/reply":             false, // not encrypted
		"http://chat.example/x":                    false,
		"https://api.example.com:8443/reply":       false,
		"https://chat.example:22/x":                false,
		"https://evilchat.example/x":               false,
		"https://chat.example.evil.test/x":         false,
		"https://chat.example@evil.test/x":         false,
		"https://user:pass@chat.example/x":         false,
		"https://127.0.0.1/x":                      false,
		"http://127.0.0.1:8080/admin":              false,
		"http://[::1]/x":                           false,
		"http://169.254.169.254/latest/meta-data/": false,
		"http://10.0.0.1/x":                        false,
		"http://localhost/x":                       false,
		"https://0x7f.1/x":                         false,
		"file:///etc/passwd":                       false,
		"gopher://chat.example/":                   false,
		"//chat.example/x":                         false,
		"/x":                                       false,
		"":                                         false,
		"https:///x":                               false,
		"https:chat.example":                       false,
		"https://chat.example\\@evil.test/":        false,
		"https://chat.example%2eevil.test/":        false,
		"\x00https://chat.example/":                false,
	} {
		if err := CheckURL(raw, base, "chat.example"); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		} else if err != nil && (strings.Contains(err.Error(), "pass") || strings.Contains(err.Error(), "latest")) {
			t.Errorf("the error repeats the URL: %v", err)
		}
	}
	if err := CheckURL("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"); err != nil {
		t.Errorf("the configured base itself: %v", err)
	}
}

func FuzzCheckURL(f *testing.F) {
	f.Add("https://hooks.chat.example/x")
	f.Add("https://chat.example@evil.test/")
	f.Fuzz(func(t *testing.T, raw string) {
		if CheckURL(raw, "https://api.example.com", "chat.example") != nil {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, raw, nil)
		if err != nil {
			t.Fatalf("%q cannot be called: %v", raw, err)
		}
		host := strings.ToLower(r.URL.Hostname())
		if r.URL.Scheme != "https" || host != "api.example.com" && host != "chat.example" && !strings.HasSuffix(host, ".chat.example") {
			t.Fatalf("%q leads to %s", raw, r.URL)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-5": 0, "0": 0, "99999999": time.Hour, "99999999999999999999": 0, "soon": 0, "1.5": 0,
		"Sun, 01 Mar 2026 08:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 07:00:00 GMT": 0, "Mon, 02 Mar 2026 08:00:00 GMT": time.Hour,
	} {
		if got := ParseRetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// Errors of calls say whether the request may have arrived, and not where it went.
func TestClientErrors(t *testing.T) {
	const secret = "SECRET-OF-THE-URL"
	var giveUp atomic.Pointer[context.CancelFunc] // of the caller, once the server has the request
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		(*giveUp.Load())()
		<-r.Context().Done()
	}))
	defer hangs.Close()
	drops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	}))
	defer drops.Close()
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}))
	defer half.Close()
	for name, tt := range map[string]struct {
		url   string
		class Class
	}{
		"refused": {closed.URL, ClassUnsent}, "no such host": {"http://none.invalid", ClassUnsent}, "no TLS": {strings.Replace(hangs.URL, "http:", "https:", 1), ClassUnsent},
		"hangs": {hangs.URL, ClassUnknown}, "drops": {drops.URL, ClassUnknown}, "half an answer": {half.URL, ClassUnknown},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		giveUp.Store(&cancel)
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, tt.url+"/send?key="+secret, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, err = Do(NewClient(5*time.Second), r)
		cancel()
		var e *SendError
		if !errors.As(err, &e) || e.Class != tt.class || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedact(t *testing.T) {
	inner := &url.Error{Op: "Post", URL: "https://api.example.com/send?key=SECRET", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	for _, err := range []error{inner, &url.Error{Op: "Post", URL: "https://api.example.com/SECRET", Err: inner}, &url.Error{Op: "Post", URL: "https://api.example.com/SECRET", Err: Unsent(inner)}} {
		got := Redact(err)
		if strings.Contains(got.Error(), "SECRET") || !strings.Contains(got.Error(), "api.example.com") || !strings.Contains(got.Error(), "refused") {
			t.Errorf("%v became %v", err, got)
		}
	}
	if e := classify(Redact(&url.Error{Op: "Post", URL: "x", Err: RetryAfter(time.Second, errors.New("429"))})); e.Class != ClassUnsent || e.After != time.Second {
		t.Errorf("%+v", e)
	}
}

func TestPhrasesAreThere(t *testing.T) {
	for key := range phrases {
		if got := Phrase(key, "day", "{key}"); strings.Contains(got, "\\n") {
			t.Errorf("%s: %q", key, got)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown key was said")
		}
	}()
	Phrase("none")
}
