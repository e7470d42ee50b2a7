package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// FuzzBodies posts anything to everything that reads JSON: the answer is never the
// fault of the house, it is JSON, it says what to do, and its quotes are verbatim.
func FuzzBodies(f *testing.F) {
	paths := []string{"/api/v1/ask", "/api/v1/search", "/api/v1/feedback", "/v1/chat/completions", "/mcp"}
	for i, seed := range []string{
		`{"id":"q1","text":"想贷点款周转找谁?","history":["你好"]}`,
		`{"text":"贷款","limit":3}`,
		`{"answer":"a","vote":"up","reason":"<b>"}`,
		`{"model":"wence","stream":true,"messages":[{"role":"system","content":"x"},{"role":"user","content":[{"type":"text","text":"贷款找谁"}]}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask","arguments":{"question":"贷款找谁"}}}`,
		`{"text":"a","conversation":"a-long-and-secret-name","user":"u"}`,
		"{\"text\":\"\xff\u202e\\u0000\"}", `{"text":"` + strings.Repeat("[", 500), `{"text":1e999}`, `{"TEXT":"a","text":"b"}`, `{"as_of":"9999-99-99","text":""}`,
	} {
		f.Add(uint8(i), seed)
	}
	s := newServer(f)
	handler := s.Server.Config.Handler
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		path := paths[int(which)%len(paths)]
		r := httptest.NewRequest("POST", "http://localhost"+path, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:4711"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
		if path == "/mcp" || w.Code == http.StatusNoContent || strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			return
		}
		var got struct {
			bot.Answer
			Hint  string `json:"hint"`
			Error struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s %q: %v: %s", path, body, err, w.Body)
		}
		if w.Code != http.StatusOK && got.Hint == "" && got.Error.Message == "" {
			t.Errorf("%s %q: %d without a hint: %s", path, body, w.Code, w.Body)
		}
		for _, c := range got.Citations {
			if s.policy.Text[c.Start:c.End] != c.Quote {
				t.Errorf("%q is not verbatim", c.Quote)
			}
		}
	})
}
