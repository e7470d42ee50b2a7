package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestWithoutKeysOnlyThisMachine(t *testing.T) {
	s := newServer(t)
	const path = "/api/v1/documents"
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"} {
		if r := s.get(t, path, "Host", host); r.StatusCode != 200 {
			t.Errorf("as %s: %d %s", host, r.StatusCode, r.body)
		}
	}
	// A page that has its own name point to this machine, and a proxy on it.
	s.get(t, path, "Host", "evil.example.com").problemIs(t, 401, kindNoKey)
	s.get(t, path, "Host", "localhost.evil.example.com").problemIs(t, 401, kindNoKey)
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"} {
		s.get(t, path, h, "127.0.0.1").problemIs(t, 401, kindNoKey)
	}
	if r := s.get(t, path, "Authorization", "Bearer sk-anything"); r.StatusCode != 200 {
		t.Errorf("a client that must send some key is refused although none is needed: %s", r.body)
	}
	s.get(t, path, "Authorization", "Basic YTpi").problemIs(t, 401, kindBadKey)
	for _, peer := range []string{"203.0.113.5:4711", "[2001:db8::1]:80", "", "@", "10.0.0.1:1"} {
		r := httptest.NewRequest("GET", "http://localhost"+path, nil)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		s.Server.Config.Handler.ServeHTTP(w, r)
		if w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("from %q: %d %s", peer, w.Code, w.Body)
		}
	}
	if r := s.get(t, "/api/v1/openapi.json", "Host", "wence.example.com"); r.StatusCode != 200 {
		t.Errorf("the description is not for everybody: %d", r.StatusCode)
	}
	old := httptest.NewRequest("GET", "http://127.0.0.1:8080"+path, nil) // as nginx asks for others
	old.RemoteAddr, old.Proto, old.ProtoMinor = "127.0.0.1:4711", "HTTP/1.0", 0
	w := httptest.NewRecorder()
	s.Server.Config.Handler.ServeHTTP(w, old)
	if w.Code != 401 {
		t.Errorf("over HTTP/1.0: %d %s", w.Code, w.Body)
	}
	s = newServer(t, func(c *Config) { c.URL = "https://wence.example.com" })
	s.get(t, path).problemIs(t, 401, kindNoKey) // behind something that serves others
}

// TestTornKey goes on with the keys that were kept before a crash left half a line.
func TestTornKey(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	_, s.key = newKey(t, keys)
	f, err := os.OpenFile(keys.path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n{\"id\":\"half"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	later := time.Now()
	keys.now = func() time.Time { later = later.Add(2 * refreshEvery); return later }
	if r := s.get(t, "/api/v1/documents"); r.StatusCode != 200 {
		t.Errorf("with a torn line: %d %s", r.StatusCode, r.body)
	}
	_, second := newKey(t, keys)
	if r := s.get(t, "/api/v1/documents", "Authorization", "Bearer "+second); r.StatusCode != 200 {
		t.Errorf("a key after a torn line: %d %s", r.StatusCode, r.body)
	}
}

func TestKeys(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	const path = "/api/v1/documents"
	if r := s.get(t, path); r.StatusCode != 200 {
		t.Fatalf("before the first key this machine needs none: %s", r.body)
	}
	id, secret := newKey(t, keys)
	s.get(t, path).problemIs(t, 401, kindNoKey)
	for _, wrong := range []string{"wence_", secret[:len(secret)-1], secret + "A", strings.ToLower(secret), "wence_" + id + "_", "sk-anything", strings.Repeat("a", 20_000)} {
		s.get(t, path, "Authorization", "Bearer "+wrong).problemIs(t, 401, kindBadKey)
	}
	s.key = secret
	if r := s.get(t, path, "Host", "wence.example.com", "X-Forwarded-For", "203.0.113.9"); r.StatusCode != 200 {
		t.Errorf("with the key from elsewhere: %d %s", r.StatusCode, r.body)
	}
	raw, err := os.ReadFile(keys.path)
	if err != nil || strings.Contains(string(raw), secret) || strings.Contains(string(raw), secret[len(keyPrefix)+idLength+1:]) {
		t.Errorf("the file holds the secret, %v: %s", err, raw)
	}
	if info, err := os.Stat(keys.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the file: %v %v", info.Mode(), err)
	}
	// Another process revokes it.
	elsewhere, err := OpenKeys(keys.path)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := elsewhere.Revoke(id); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if changed, err := elsewhere.Revoke(id); changed || err != nil {
		t.Errorf("revoked twice: %v %v", changed, err)
	}
	keys.mu.Lock()
	keys.checked = time.Time{} // a second later
	keys.mu.Unlock()
	s.get(t, path).problemIs(t, 401, kindBadKey)
	s.key = ""
	s.get(t, path).problemIs(t, 401, kindNoKey) // having revoked all does not open the door
	if _, err := elsewhere.Revoke("nobody"); err == nil {
		t.Error("a key that is not there was revoked")
	}
	if s.log.Len() > 0 {
		t.Errorf("logged %s", s.log)
	}
}

func TestScopes(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	const ask, body, read = "/api/v1/ask", `{"text":"` + askLoan + `"}`, "/api/v1/documents"
	_, s.key = newKey(t, keys, ScopeRead)
	s.post(t, ask, body).problemIs(t, 403, kindScope)
	s.post(t, "/mcp", `{}`).problemIs(t, 403, kindScope)
	if r := s.get(t, read); r.StatusCode != 200 {
		t.Errorf("reading with scope read: %s", r.body)
	}
	if r := s.get(t, "/v1/models"); r.StatusCode != 403 || !strings.Contains(string(r.body), `"permission_error"`) {
		t.Errorf("models with scope read: %s", r.body)
	}
	_, s.key = newKey(t, keys, ScopeAsk)
	s.get(t, read).problemIs(t, 403, kindScope)
	s.must(t, ask, body)
	for _, bad := range []struct {
		name   string
		scopes []Scope
		rate   float64
	}{{"", Scopes, 0}, {"a", nil, 0}, {"a", []Scope{"root"}, 0}, {"a", Scopes, -1}, {"a\nb", Scopes, 0}, {strings.Repeat("长", 101), Scopes, 0}} {
		if _, _, err := keys.Create(bad.name, bad.scopes, bad.rate); err == nil {
			t.Errorf("made %+v", bad)
		}
	}
}

func (s *server) must(t *testing.T, path, body string) {
	t.Helper()
	if r := s.post(t, path, body); r.StatusCode != 200 {
		t.Errorf("%s: %s", path, r.body)
	}
}

// TestLostKeysCloseTheDoor holds that a file that is gone or broken lets nobody in, and
// that it is told why.
func TestLostKeysCloseTheDoor(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	_, s.key = newKey(t, keys)
	s.must(t, "/api/v1/search", `{"text":"贷款"}`)
	good, err := os.ReadFile(keys.path)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now()
	keys.now = func() time.Time { later = later.Add(2 * refreshEvery); return later }
	for _, spoil := range []func() error{
		func() error { return os.Remove(keys.path) },
		func() error { return os.WriteFile(keys.path, []byte(`{"id":"half`), 0o600) },
		func() error {
			return os.WriteFile(keys.path, []byte(`{"revoke":"nobody","at":"2026-01-01T00:00:00Z"}`), 0o600)
		},
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{s.key, ""} {
			s.get(t, "/api/v1/documents", "Authorization", "Bearer "+key).problemIs(t, 500, kindInternal)
		}
		if _, _, err := keys.Create("another", Scopes, 0); err == nil {
			t.Error("a key was added to a broken file")
		}
		if err := os.WriteFile(keys.path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := s.get(t, "/api/v1/documents"); r.StatusCode != 200 {
			t.Errorf("restored: %d %s", r.StatusCode, r.body)
		}
	}
	if !strings.Contains(s.log.String(), "line 1") {
		t.Errorf("the log does not say what is wrong: %s", s.log)
	}
	if _, err := OpenKeys(t.TempDir()); err == nil {
		t.Error("a folder was opened as keys")
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"id":"a","name":"n","hash":"` + strings.Repeat("0", 64) + `","scopes":["ask"],"at":"2026-01-01T00:00:00Z"}` + "\n" + `{"revoke":"a","at":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte("\n\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := parseKeys(b)
		for id, k := range keys {
			if err != nil || k.ID != id || id == "" {
				t.Errorf("%+v, %v", k, err)
			}
		}
	})
}

func TestRateOfAnAddress(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Limits = Limits{Address: 1, Key: 1} })
	now := time.Now()
	s.api.limiter.now = func() time.Time { return now }
	const path = "/api/v1/documents"
	for range 2 {
		if r := s.get(t, path); r.StatusCode != 200 {
			t.Fatalf("within the burst: %s", r.body)
		}
	}
	r := s.get(t, path)
	r.problemIs(t, 429, kindRateLimited)
	if r.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
	}
	if r := s.post(t, "/v1/chat/completions", `{}`); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" || !strings.Contains(string(r.body), "rate_limit_error") {
		t.Errorf("chat: %d %s", r.StatusCode, r.body)
	}
	now = now.Add(time.Second)
	if r := s.get(t, path); r.StatusCode != 200 {
		t.Errorf("after the wait: %s", r.body)
	}
	// Who guesses keys is counted too, behind a trusted proxy by their own address.
	now = now.Add(time.Minute)
	request := func(from string) int {
		req := httptest.NewRequest("GET", "http://wence.example.com"+path, nil)
		req.RemoteAddr = "192.0.2.1:4711"
		req.Header.Set("X-Forwarded-For", from)
		req.Header.Set("Authorization", "Bearer wence_guess_guess")
		w := httptest.NewRecorder()
		s.Server.Config.Handler.ServeHTTP(w, req)
		return w.Code
	}
	var got []int
	for _, from := range []string{"203.0.113.5", "203.0.113.5", "203.0.113.5", "203.0.113.6", "2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3", "2001:db8:1::1"} {
		got = append(got, request(from))
	}
	if fmt.Sprint(got) != "[401 401 429 401 401 401 429 401]" {
		t.Errorf("guesses got %v", got)
	}
}

func TestRateOfAKey(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set, func(c *Config) { c.Limits = Limits{Address: 1, Key: 1} })
	now := time.Now()
	s.api.limiter.now = func() time.Time { return now }
	quick, secret, err := keys.Create("quick", Scopes, 5)
	if err != nil || quick.Rate != 5 {
		t.Fatal(quick, err)
	}
	_, usual := newKey(t, keys)
	served := func(key string) (n int) {
		for range 20 {
			if r := s.get(t, "/api/v1/documents", "Authorization", "Bearer "+key); r.StatusCode == 200 {
				n++
			}
		}
		return n
	}
	if q, u := served(secret), served(usual); q != 10 || u != 2 {
		t.Errorf("the quick key was served %d times, the usual one %d times, want 10 and 2", q, u)
	}
}

func TestLimiterForgets(t *testing.T) {
	l := newLimiter(Limits{})
	for i := range maxCallers + 100 {
		l.take(strconv.Itoa(i), 1)
	}
	if len(l.callers) != maxCallers || l.recent.Len() != maxCallers {
		t.Errorf("%d and %d callers are remembered, want %d", len(l.callers), l.recent.Len(), maxCallers)
	}
	if l.callers["0"] != nil || l.callers[strconv.Itoa(maxCallers+99)] == nil {
		t.Error("the wrong callers were forgotten")
	}
}

func TestForeignMethodsAndPaths(t *testing.T) {
	s := newServer(t)
	for path, status := range map[string]int{"/api/v1/ask": http.StatusMethodNotAllowed, "/api/v1/nothing": http.StatusNotFound, "/v1/embeddings": http.StatusNotFound} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close() //nolint:errcheck // not read
		if r.StatusCode != status || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Header.Get("Content-Type"))
		}
	}
}
