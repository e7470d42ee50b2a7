package api

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/wence-bot/wence/bot"
)

// connect returns a session of the SDK's own client.
func connect(t *testing.T, transport mcp.Transport) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := c.Connect(t.Context(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() }) //nolint:errcheck // over
	return session
}

// overHTTP is the transport to a server, with a key if there is one.
func (s *server) overHTTP() mcp.Transport {
	return &mcp.StreamableClientTransport{Endpoint: s.URL + "/mcp", MaxRetries: -1, DisableStandaloneSSE: true, HTTPClient: &http.Client{Transport: withKey{s.key}}}
}

type withKey struct{ key string }

// RoundTrip implements http.RoundTripper.
func (k withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	if k.key != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+k.key)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// call calls a tool and reads its structured content.
func call(t *testing.T, session *mcp.ClientSession, tool string, arguments, into any) *mcp.CallToolResult {
	t.Helper()
	r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	if into != nil {
		if r.IsError {
			t.Fatalf("%s %v failed: %s", tool, arguments, toJSON(t, r.Content))
		}
		if err := json.Unmarshal([]byte(toJSON(t, r.StructuredContent)), into); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func textOf(r *mcp.CallToolResult) string {
	var out strings.Builder
	for _, c := range r.Content {
		if text, ok := c.(*mcp.TextContent); ok {
			out.WriteString(text.Text)
		}
	}
	return out.String()
}

// TestMCP has the SDK's client use every tool, over HTTP and over a pipe.
func TestMCP(t *testing.T) {
	s := newServer(t)
	near, far := mcp.NewInMemoryTransports()
	go s.api.MCPServer().Run(t.Context(), far) //nolint:errcheck // it ends with the test
	for name, transport := range map[string]mcp.Transport{"HTTP": s.overHTTP(), "pipe": near} {
		t.Run(name, func(t *testing.T) { s.useTools(t, connect(t, transport)) })
	}
}

func (s *server) useTools(t *testing.T, session *mcp.ClientSession) {
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"ask", "clause", "search"} {
		if i >= len(tools.Tools) || tools.Tools[i].Name != want || tools.Tools[i].Description == "" || tools.Tools[i].OutputSchema == nil {
			t.Fatalf("the tools are %s", toJSON(t, tools.Tools))
		}
	}
	if session.InitializeResult() != nil && session.InitializeResult().Instructions == "" {
		t.Error("models are not told to keep the quotes")
	}
	var a bot.Answer
	r := call(t, session, "ask", map[string]any{"question": askList, "history": []string{beforeIt}}, &a)
	want, err := s.bot.Ask(t.Context(), bot.Question{Text: askList, History: []string{beforeIt}})
	if err != nil {
		t.Fatal(err)
	}
	a.TookUS, want.TookUS = 0, 0
	if toJSON(t, a) != toJSON(t, want) || textOf(r) != want.Text {
		t.Errorf("ask gives %s\nwith the text %q", toJSON(t, a), textOf(r))
	}
	s.exact(t, a)

	var found searchResult
	call(t, session, "search", map[string]any{"text": "融资", "limit": 3}, &found)
	if len(found.Hits) != 3 {
		t.Fatalf("%d hits", len(found.Hits))
	}
	cited := a.Citations[0]
	for _, path := range []string{"二、(六)第2段", "2.6.2", "二（六）第2段"} {
		var c clauseResult
		r := call(t, session, "clause", map[string]any{"document": cited.Document.ID, "path": path}, &c)
		if c.Path != "二、(六)第2段" || s.policy.Text[c.Start:c.End] != c.Text || len(c.Responsibilities) == 0 || !strings.Contains(textOf(r), c.Text) {
			t.Errorf("clause %s is %+v", path, c)
		}
		if q := c.Citation; q.Quote != c.Text || q.Start != c.Start || q.End != c.End || q.Document.Number == "" || q.URL == "" {
			t.Errorf("cited is %+v", q)
		}
	}
	for _, bad := range []struct {
		tool      string
		arguments map[string]any
		say       string
	}{
		{"ask", map[string]any{"question": " "}, "empty"},
		{"ask", map[string]any{}, "question"},
		{"ask", map[string]any{"question": 1}, ""},
		{"ask", map[string]any{"question": "a", "system": "b"}, ""},
		{"search", map[string]any{"text": "a", "limit": 51}, "50"},
		{"clause", map[string]any{"document": "none", "path": "2.6.2"}, "没有找到"},
		{"clause", map[string]any{"document": cited.Document.ID, "path": "99.9.9"}, "没有找到"},
		{"clause", map[string]any{"document": cited.Document.ID, "path": "<script>"}, "条款地址"},
		{"clause", map[string]any{"document": "\x00", "path": "2.6.2"}, "NUL"},
	} {
		r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: bad.tool, Arguments: bad.arguments})
		if err == nil && (!r.IsError || !strings.Contains(textOf(r), bad.say)) {
			t.Errorf("%s %v: %s", bad.tool, bad.arguments, toJSON(t, r))
		}
	}
	for name, text := range rare {
		if name == "only spaces" {
			continue
		}
		var a bot.Answer
		call(t, session, "ask", map[string]any{"question": text}, &a)
		s.exact(t, a)
	}
	if r := call(t, session, "ask", map[string]any{"question": askPerson}, &a); strings.Contains(textOf(r), "稍候") {
		t.Errorf("a person is promised whom nobody called: %s", textOf(r))
	}
}

func TestMCPNeedsAKey(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	_, key := newKey(t, keys)
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	if _, err := c.Connect(t.Context(), s.overHTTP(), nil); err == nil {
		t.Error("connected without a key")
	}
	s.key = key
	var a bot.Answer
	call(t, connect(t, s.overHTTP()), "ask", map[string]any{"question": askLoan}, &a)
	if a.Outcome != bot.Answered {
		t.Errorf("answered %+v", a)
	}
}

func TestMCPBadRequests(t *testing.T) {
	s := newServer(t)
	s.post(t, "/mcp", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`).problemIs(t, 400, kindBadRequest)
	s.post(t, "/mcp", `{"a":"`+strings.Repeat("a", 2<<20)+`"}`).problemIs(t, 413, kindTooLarge)
	s.post(t, "/mcp", `{}`, "Host", "evil.example.com").problemIs(t, 401, kindNoKey)
	both := []string{"Accept", "application/json, text/event-stream"}
	s.post(t, "/mcp", ``, both...).problemIs(t, 415, kindMediaType)
	for _, body := range []string{`{`, `{}`, `null`, `x`, `{"jsonrpc":"2.0","id":1,"method":5}`, `"x"`, `{"jsonrpc":"1.0","id":1,"method":"ping"}`, "\xff", `{"jsonrpc":"2.0","id":{},"method":"ping"}`} {
		r := s.post(t, "/mcp", body, both...)
		r.problemIs(t, 400, kindBadRequest)
		if regexp.MustCompile(`unmarshal|json:|Go `).Match(r.body) {
			t.Errorf("%q: it speaks of our program: %s", body, r.body)
		}
	}
	s.post(t, "/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "Accept", "text/html").problemIs(t, 400, kindBadRequest)
	if r := s.post(t, "/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, both...); r.StatusCode != 200 || !strings.Contains(string(r.body), `"result"`) {
		t.Errorf("ping: %d %s", r.StatusCode, r.body)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r := s.send(t, method, "/mcp", "", both...)
		if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %s", method, r.StatusCode, r.Header, r.body)
		}
	}
	for _, body := range []string{"", "hello", "{}", `{"jsonrpc":"2.0","id":1,"method":"nothing"}`} {
		if r := s.post(t, "/mcp", body, "Accept", "application/json, text/event-stream"); r.StatusCode >= 500 {
			t.Errorf("%q: %d %s", body, r.StatusCode, r.body)
		}
	}
	for _, method := range []string{"GET", "DELETE"} {
		if r := s.send(t, method, "/mcp", "", "Accept", "text/event-stream"); r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, r.StatusCode)
		}
	}
}

// TestMCPFailuresAreTold holds that a failure of the house reaches the log, not the model.
func TestMCPFailuresAreTold(t *testing.T) {
	s := newServer(t, func(c *Config) { c.Bot = failing{c.Bot, context.DeadlineExceeded} })
	session := connect(t, s.overHTTP())
	r := call(t, session, "ask", map[string]any{"question": "a"}, nil)
	if !r.IsError || strings.Contains(textOf(r), "deadline") || !strings.Contains(s.log.String(), "deadline") {
		t.Errorf("told %s, logged %s", textOf(r), s.log)
	}
}
