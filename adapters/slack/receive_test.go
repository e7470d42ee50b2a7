package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
)

// An inbox keeps what it is given, unless it is told otherwise.
type inbox struct {
	adapters.Inbox
	verdict adapters.Verdict
	err     error

	mu     sync.Mutex
	events []adapters.Event
}

func (in *inbox) Accept(_ context.Context, ev adapters.Event) (adapters.Receipt, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err != nil {
		return adapters.Receipt{}, in.err
	}
	in.events = append(in.events, ev)
	if in.verdict == "" {
		return adapters.Receipt{Verdict: adapters.Accepted, Answer: "A1"}, nil
	}
	return adapters.Receipt{Verdict: in.verdict}, nil
}

// serve gives a platform at the fake one request and returns what it answers.
func serve(t *testing.T, f *fakeSlack, in *inbox, what string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	adaptertest.Handler(openPlatform(t, testConfig(f.URL)).Routes(in)).ServeHTTP(w, post(t, time.Now(), what, body))
	return w
}

// commandAt is a slash command whose response URL is at the fake.
func commandAt(f *fakeSlack, text string) []byte {
	form := commandForm()
	form.Set("response_url", f.URL+"/commands/secret-reply")
	form.Set("text", text)
	return []byte(form.Encode())
}

// press is a pressed button below a message of the channel C1.
func press(f *fakeSlack, action, value, at string) []byte {
	return payload("block_actions", `"container":{"type":"message","message_ts":"7.1","channel_id":"C1","thread_ts":"5.1"},`+
		`"response_url":"`+f.URL+`/actions/secret-reply","actions":[{"type":"button","action_id":"`+action+`","value":"`+value+`","action_ts":"`+at+`"}]`)
}

func TestChallenge(t *testing.T) {
	f := newFake(t)
	w := serve(t, f, &inbox{}, "events", []byte(`{"token":"x","type":"url_verification","challenge":"<b>3eZb"}`))
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got["challenge"] != "<b>3eZb" || len(got) != 1 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Errorf("content type %s", ct)
	}
}

// Everything is acknowledged with what Slack takes, by what became of it.
func TestAcknowledge(t *testing.T) {
	f := newFake(t)
	mention := textEvent(t, "app_mention", 1, "贷款找谁?")
	up := press(f, actionVote, "up:A1", "8.1")
	for _, tt := range []struct {
		name, what string
		body       []byte
		in         *inbox
		status     int
		says       string
		kept       int
	}{
		{"event", "events", mention, &inbox{}, 200, "", 1},
		{"event again", "events", mention, &inbox{verdict: adapters.Duplicate}, 200, "", 1},
		{"event when busy", "events", mention, &inbox{verdict: adapters.Busy}, 503, "busy", 1},
		{"event that cannot be kept", "events", mention, &inbox{err: errors.New("disk full")}, 500, "Internal", 0},
		{"event of no interest", "events", []byte(event("reaction_added", `"user":"U1"`)), &inbox{}, 200, "", 0},
		{"events were dropped", "events", []byte(`{"type":"app_rate_limited"}`), &inbox{}, 200, "", 0},
		{"command", "commands", commandAt(f, "贷款找谁?"), &inbox{}, 200, adapters.Phrase("searching"), 1},
		{"command again", "commands", commandAt(f, "贷款找谁?"), &inbox{verdict: adapters.Duplicate}, 200, adapters.Phrase("searching"), 1},
		{"command when busy", "commands", commandAt(f, "贷款找谁?"), &inbox{verdict: adapters.Busy}, 200, adapters.Phrase("busy"), 1},
		{"command that cannot be kept", "commands", commandAt(f, "贷款找谁?"), &inbox{err: errors.New("disk full")}, 500, "Internal", 0},
		{"command without a question", "commands", commandAt(f, " "), &inbox{}, 200, adapters.Phrase("empty"), 0},
		{"button", "interactions", up, &inbox{}, 200, "", 1},
		{"button again", "interactions", up, &inbox{verdict: adapters.Duplicate}, 200, "", 1},
		{"button when busy", "interactions", up, &inbox{verdict: adapters.Busy}, 503, "busy", 1},
		{"button that cannot be kept", "interactions", up, &inbox{err: errors.New("disk full")}, 500, "Internal", 0},
		{"somebody else's button", "interactions", press(f, "other", "x", "8.1"), &inbox{}, 200, "", 0},
		{"no event", "events", []byte(`{"type":"event_callback"}`), &inbox{}, 400, "Bad Request", 0},
		{"a command at the wrong URL", "events", commandAt(f, "x"), &inbox{}, 400, "Bad Request", 0},
		{"an event at the wrong URL", "commands", mention, &inbox{}, 400, "Bad Request", 0},
	} {
		w := serve(t, f, tt.in, tt.what, tt.body)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) || tt.says == "" && w.Body.Len() > 0 {
			t.Errorf("%s: %d %q, want %d %q", tt.name, w.Code, w.Body, tt.status, tt.says)
		}
		if len(tt.in.events) != tt.kept {
			t.Errorf("%s: %d events, want %d", tt.name, len(tt.in.events), tt.kept)
		}
		if tt.what == "commands" && w.Code == 200 && !strings.Contains(w.Body.String(), `"response_type":"ephemeral"`) {
			t.Errorf("%s: shown to all: %s", tt.name, w.Body)
		}
	}
}

// Only POST to the three paths exists.
func TestOtherRoutes(t *testing.T) {
	f := newFake(t)
	routes := adaptertest.Handler(openPlatform(t, testConfig(f.URL)).Routes(&inbox{}))
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/ch/slack/team1/events", 405}, {http.MethodPut, "/ch/slack/team1/commands", 405},
		{http.MethodPost, "/ch/slack/team2/events", 404}, {http.MethodPost, "/ch/slack/team1", 404},
	} {
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.want {
			t.Errorf("%s %s: %d", tt.method, tt.path, w.Code)
		}
	}
}

// Each secret is good while rotating.
func TestRotation(t *testing.T) {
	c := testConfig("http://127.0.0.1:1")
	c.SigningSecret, c.OldSigningSecret = "the-new-signing-secret", testSecret
	in := &inbox{}
	routes := adaptertest.Handler(openPlatform(t, c).Routes(in))
	for i, secret := range []string{testSecret, "the-new-signing-secret", "another"} {
		body := textEvent(t, "message", i, "x")
		r := post(t, time.Now(), "events", body)
		r.Header.Set(headerSignature, sign(secret, r.Header.Get(headerTimestamp), body))
		w := httptest.NewRecorder()
		if routes.ServeHTTP(w, r); (w.Code == 200) != (i < 2) {
			t.Errorf("%s: %d", secret, w.Code)
		}
	}
	if len(in.events) != 2 {
		t.Errorf("%d events", len(in.events))
	}
}

// The answer to a slash command goes to its response URL, as long as that lives.
func TestReplyIsKept(t *testing.T) {
	f := newFake(t)
	in := &inbox{}
	before := time.Now()
	serve(t, f, in, "commands", commandAt(f, "贷款找谁?"))
	to := in.events[0].To
	if to.URL != f.URL+"/commands/secret-reply" || to.Expires.Before(before.Add(25*time.Minute)) || to.Expires.After(time.Now().Add(30*time.Minute)) {
		t.Errorf("address %+v", to)
	}
}

// A signed request whose response URL leads elsewhere is none of Slack's: nothing is
// kept, and nothing is called.
func TestResponseURLFromOutside(t *testing.T) {
	f := newFake(t)
	c := testConfig(f.URL)
	c.HooksURL = ""
	in := &inbox{}
	routes := adaptertest.Handler(openPlatform(t, c).Routes(in))
	for _, raw := range append(hostileURLs(f.URL), "https://hooks.slack.com/"+strings.Repeat("x", 2048)) {
		form := commandForm()
		form.Set("response_url", raw)
		quoted, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		button := payload("block_actions", `"container":{"message_ts":"7.1","channel_id":"C1","is_ephemeral":true},"response_url":`+string(quoted)+
			`,"actions":[{"action_id":"wence_vote","value":"up:A1","action_ts":"8.1"}]`)
		for what, body := range map[string][]byte{"commands": []byte(form.Encode()), "interactions": button} {
			w := httptest.NewRecorder()
			routes.ServeHTTP(w, post(t, time.Now(), what, body))
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s with %q: %d", what, raw, w.Code)
			}
		}
	}
	if len(in.events) != 0 || f.called("hook") != 0 {
		t.Errorf("%d events, %d calls", len(in.events), f.called("hook"))
	}
	w := httptest.NewRecorder()
	if routes.ServeHTTP(w, post(t, time.Now(), "commands", []byte(commandForm().Encode()))); w.Code != 200 || len(in.events) != 1 {
		t.Errorf("Slack's own: %d", w.Code)
	}
}

// 👎 is acknowledged before the form for the reason is opened, and stands whatever
// becomes of the form.
func TestReason(t *testing.T) {
	f := newFake(t)
	in := &inbox{}
	var log bytes.Buffer
	c := testConfig(f.URL)
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	server := httptest.NewServer(adaptertest.Handler(openPlatform(t, c).Routes(in)))
	defer server.Close()
	send := func(body []byte) *http.Response {
		t.Helper()
		r := post(t, time.Now(), "interactions", body)
		u, err := url.Parse(server.URL + r.URL.Path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL, r.RequestURI = u, ""
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() }) //nolint:errcheck // a test
		return resp
	}
	acknowledged := make(chan struct{})
	f.trouble(trouble{method: "views.open", after: true, answer: func(w http.ResponseWriter) {
		select {
		case <-acknowledged:
		case <-w.(caller).ctx.Done(): // the acknowledgement waits for the form
		}
		fmt.Fprint(w, `{"ok":true}`)
	}})
	resp := send(press(f, actionVote, "down:A1", "8.1"))
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || len(body) != 0 {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	close(acknowledged)

	f.trouble(trouble{method: "views.open", answer: refuse("expired_trigger_id")})
	if resp := send(press(f, actionVote, "down:A1", "8.2")); resp.StatusCode != 200 {
		t.Errorf("the form failed, and so did the vote: %d", resp.StatusCode)
	}
	send(press(f, actionVote, "up:A1", "8.3"))
	server.Close() // waits for the handlers
	if n := strings.Count(log.String(), "not shown"); n != 1 {
		t.Errorf("%d forms failed, want one: the acknowledgement must not wait for them: %s", n, log.String())
	}
	f.mu.Lock()
	views := f.views
	f.mu.Unlock()
	const mark = `{"answer":"A1","conversation":"C1/5.1","channel":"C1","thread":"5.1","message":"7.1"}`
	if len(views) != 1 || views[0] != mark {
		t.Fatalf("forms %q", views)
	}
	w := serve(t, f, in, "interactions", payload("view_submission", fmt.Sprintf(`"view":{"id":"V1","callback_id":"wence_reason","private_metadata":%q,`+
		`"state":{"values":{"wence_reason_block":{"wence_reason_input":{"value":%q}}}}}`, views[0], "没回答 <!channel> "+strings.Repeat("长", 2000))))
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	for _, ev := range in.events {
		if ev.To.URL != "" {
			t.Errorf("%s below a message for all would be answered to one alone", ev.Kind)
		}
	}
	last := in.events[len(in.events)-1]
	if len(in.events) != 4 || last.Kind != adapters.KindDown || last.Answer != "A1" || !strings.HasPrefix(last.Reason, "没回答 <!channel> 长") || len([]rune(last.Reason)) != maxReason {
		t.Errorf("%d events, the last %+v", len(in.events), last)
	}
}

// Nothing that people write, and no secret, gets into the log, however hostile it is.
func TestLogsLeakNothing(t *testing.T) {
	f := newFake(t)
	var log bytes.Buffer
	c := testConfig(f.URL)
	c.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	const private = "私事PRIVATE"
	post := func(in *inbox, what string, body []byte, change func(*http.Request)) int {
		r := post(t, time.Now(), what, body)
		if change != nil {
			change(r)
		}
		w := httptest.NewRecorder()
		adaptertest.Handler(openPlatform(t, c).Routes(in)).ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), private) {
			t.Errorf("the response repeats what was sent: %s", w.Body)
		}
		return w.Code
	}
	fail := &inbox{err: errors.New("disk full")}
	message := textEvent(t, "message", 1, private)
	post(fail, "events", message, nil)
	post(&inbox{verdict: adapters.Busy}, "events", message, nil)
	post(&inbox{}, "events", message, func(r *http.Request) { r.Header.Set(headerSignature, private) })
	post(&inbox{}, "events", message, func(r *http.Request) { r.Header.Set(headerTimestamp, private) })
	post(&inbox{}, "events", []byte(`{"type":"`+private), nil)
	post(&inbox{}, "events", bytes.Repeat([]byte(private), adapters.MaxBody/8), nil)
	post(&inbox{}, "interactions", []byte("payload="+url.QueryEscape(`{"type":"block_actions","user":{"id":"`+private+`"}}`)), nil)
	form := commandForm()
	form.Set("response_url", "https://evil.example/"+private)
	form.Set("user_name", private)
	post(&inbox{}, "commands", []byte(form.Encode()), nil)
	f.trouble(trouble{method: "views.open", answer: refuse(private)})
	post(&inbox{}, "interactions", press(f, actionVote, "down:A1", "8.1"), nil)
	for _, secret := range []string{private, testSecret, testToken, "secret-reply"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %s: %s", secret, log.String())
		}
	}
	if n := strings.Count(log.String(), "\n"); n < 7 {
		t.Errorf("only %d lines: what went wrong is not logged:\n%s", n, log.String())
	}
}

// Display names and texts are data in every field.
func TestHostileFields(t *testing.T) {
	f := newFake(t)
	for _, evil := range []string{
		"<!channel>", "\u202egnp.exe", "a\x00b\x1b[31m", `{"a":1}`, strings.Repeat("名", 10_000), "'; DROP TABLE x;--", "%s%n{{.}}", "\r\nX-Injected: 1", "",
	} {
		quoted, err := json.Marshal(evil)
		if err != nil {
			t.Fatal(err)
		}
		form := commandForm()
		form.Set("response_url", f.URL+"/x")
		for _, key := range []string{"user_name", "text", "channel_id", "user_id", "trigger_id", "command", "team_domain"} {
			one, _ := url.ParseQuery(form.Encode())
			one.Set(key, evil)
			in := &inbox{}
			if w := serve(t, f, in, "commands", []byte(one.Encode())); w.Code >= 500 {
				t.Errorf("%s %.20q: %d", key, evil, w.Code)
			}
			for _, ev := range in.events {
				if len(ev.Conversation+ev.User+strings.Join(ev.Keys, "")) > 400 {
					t.Errorf("%s %.20q became a key", key, evil)
				}
				if strings.ContainsAny(ev.Name+ev.Text, "\x00\x1b\u202e") || len([]rune(ev.Name)) > maxName {
					t.Errorf("%s %.20q: kept as %.80q", key, evil, ev.Name+ev.Text)
				}
			}
		}
		for _, field := range []string{"user", "text", "ts", "thread_ts", "channel", "subtype", "bot_id"} {
			fields := map[string]string{"user": `"U1"`, "text": `"x"`, "ts": `"5.1"`, "channel": `"D1"`, "channel_type": `"im"`}
			fields[field] = string(quoted)
			var inner []string
			for k, v := range fields {
				inner = append(inner, `"`+k+`":`+v)
			}
			if w := serve(t, f, &inbox{}, "events", []byte(event("message", strings.Join(inner, ",")))); w.Code >= 500 {
				t.Errorf("%s %.20q: %d", field, evil, w.Code)
			}
		}
	}
}
