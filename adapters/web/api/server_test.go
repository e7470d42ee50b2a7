package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/bottest"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
)

// A world is a bot on the embedded policies, made once: it is not changed by tests.
type world struct {
	register *corpus.Register
	policy   *corpus.Document
	bot      *bot.Bot
}

var theWorld = sync.OnceValues(func() (*world, error) {
	w, err := bottest.New(context.Background(), compose.Extractive{})
	if err != nil {
		return nil, err
	}
	return &world{w.Register, w.Documents[0], w.Bot}, nil
})

func getWorld(tb testing.TB) *world {
	tb.Helper()
	w, err := theWorld()
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// A server is the API in a web.Server, on a store of its own, and a client of it.
type server struct {
	*httptest.Server
	*world
	api   *API
	store *store.Store
	log   *bytes.Buffer
	key   string // sent with each request, unless it is empty
}

// fast lets tests call as often as they like.
var fast = Limits{Key: 1e6, Address: 1e6}

func newServer(tb testing.TB, change ...func(*Config)) *server {
	tb.Helper()
	s := &server{world: getWorld(tb), log: &bytes.Buffer{}}
	var err error
	if s.store, err = store.OpenMemory(context.Background()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.store.Close() }) //nolint:errcheck // in memory
	s.publish(tb, s.policy)
	log := slog.New(slog.NewTextHandler(&locked{w: s.log}, nil))
	c := Config{Bot: s.bot, Store: s.store, Records: s.store, Register: s.register, Bureaus: s.store, Limits: fast, Log: log}
	for _, f := range change {
		f(&c)
	}
	if s.api, err = New(c); err != nil {
		tb.Fatal(err)
	}
	front, err := web.New(web.Config{
		Store: s.store, Records: s.store, Reception: bot.NewReception(s.bot, s.store), Offers: s.bot, Rate: -1, Log: log,
		Routes: s.api.Routes(), Proxies: []string{"192.0.2.1"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	s.Server = httptest.NewServer(front.Handler())
	tb.Cleanup(s.Close)
	return s
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (s *server) publish(tb testing.TB, d *corpus.Document) {
	tb.Helper()
	if _, _, err := s.store.Publish(context.Background(), bot.Publication{Document: d, By: "test"}); err != nil {
		tb.Fatal(err)
	}
}

// withKeys gives a server a file of keys.
func withKeys(tb testing.TB) (*Keys, func(*Config)) {
	tb.Helper()
	keys, err := OpenKeys(tb.TempDir() + "/keys.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	return keys, func(c *Config) { c.Keys = keys }
}

func newKey(tb testing.TB, keys *Keys, scopes ...Scope) (id, secret string) {
	tb.Helper()
	if len(scopes) == 0 {
		scopes = Scopes
	}
	k, secret, err := keys.Create("test", scopes, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return k.ID, secret
}

// A reply is what came back.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) into(tb testing.TB, v any) {
	tb.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		tb.Fatalf("%s: %v in %.300s", r.Request.URL, err, r.body)
	}
}

// problemIs checks that a reply is a problem of a kind, with a hint.
func (r reply) problemIs(tb testing.TB, status int, kind string) {
	tb.Helper()
	var p web.Problem
	if r.StatusCode != status || r.Header.Get("Content-Type") != "application/problem+json" {
		tb.Fatalf("%s %s: %d %s %.300s, want %d %s", r.Request.Method, r.Request.URL, r.StatusCode, r.Header.Get("Content-Type"), r.body, status, kind)
	}
	r.into(tb, &p)
	if p.Type != kindPrefix+kind || p.Status != status || p.Title == "" || p.Hint == "" || strings.Contains(p.Hint, "%!") || p.RequestID == "" {
		tb.Errorf("%s: the problem is %+v, want %d %s", r.Request.URL, p, status, kind)
	}
}

// send sends a request and checks the response against the OpenAPI document, and the
// request too if it was accepted.
func (s *server) send(tb testing.TB, method, path, body string, header ...string) reply {
	tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.key != "" {
		req.Header.Set("Authorization", "Bearer "+s.key)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	r := reply{Response: resp}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		tb.Fatal(err)
	}
	conforms(tb, req, body, r)
	return r
}

func (s *server) get(tb testing.TB, path string, header ...string) reply {
	tb.Helper()
	return s.send(tb, "GET", path, "", header...)
}

func (s *server) post(tb testing.TB, path, body string, header ...string) reply {
	tb.Helper()
	return s.send(tb, "POST", path, body, header...)
}

var theValidator = sync.OnceValues(func() (validator.Validator, error) {
	doc, err := libopenapi.NewDocument(openapiDocument)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(doc)
	return v, errors.Join(errs...)
})

// conforms checks an exchange against the OpenAPI document.
func conforms(tb testing.TB, req *http.Request, body string, r reply) {
	tb.Helper()
	if strings.HasPrefix(req.URL.Path, "/mcp") || strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream") {
		return
	}
	v, err := theValidator()
	if err != nil {
		tb.Fatal(err)
	}
	shown := httptest.NewRequest(req.Method, req.URL.RequestURI(), strings.NewReader(body))
	shown.Header = req.Header
	resp := *r.Response
	resp.Body = io.NopCloser(bytes.NewReader(r.body))
	if ok, errs := v.ValidateHttpResponse(shown, &resp); !ok {
		for _, e := range errs {
			tb.Errorf("%s %s, response %d: %s: %s %v\n%.500s", req.Method, req.URL.Path, r.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, r.body)
		}
	}
	if r.StatusCode < 300 {
		shown.Body = io.NopCloser(strings.NewReader(body))
		if ok, errs := v.ValidateHttpRequestSync(shown); !ok {
			for _, e := range errs {
				tb.Errorf("%s %s was accepted, but: %s: %s %v", req.Method, req.URL, e.Message, e.Reason, e.SchemaValidationErrors)
			}
		}
	}
}

// toJSON returns v as JSON.
func toJSON(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}
