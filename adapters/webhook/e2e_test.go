package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// bureaus answers each question with a quote; 慢 waits until it is released.
type bureaus struct{ release chan struct{} }

func (b bureaus) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	if q.Text == "慢" {
		select {
		case <-b.release:
		case <-ctx.Done():
		}
	}
	c := bot.Citation{
		Document: bot.CitedDocument{ID: "d", Number: "甲府办〔2026〕1号"}, Ref: corpus.Ref{Document: "d", Path: "二、(六)第2段"},
		Clause: "二、(六)", Heading: "融资", Paragraph: 2, Quote: "对<符合>条件的企业给予贴息。", URL: "/p/d#1",
	}
	return bot.Answer{ID: q.ID, Outcome: bot.Answered, Citations: []bot.Citation{c}, Text: "甲局负责。\n原文:“" + c.Quote + "”\n" + c.Where()}, nil
}

// A system is the other side: it asks, and takes callbacks as strictly as it should.
type system struct {
	t      *testing.T
	url    string
	seen   chan callback
	status func(n int) int // of the nth callback; nil: 200

	gateway *adapters.Gateway

	mu        sync.Mutex
	callbacks int
	ids       map[string]bool
}

func (s *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) > 20_000 {
		s.t.Errorf("%d bytes, %v", len(body), err)
	}
	id, err := mustSigner(secret).verify(r.Header, body, time.Now())
	if err != nil {
		s.t.Errorf("a callback is not signed: %v", err)
	}
	s.mu.Lock()
	s.callbacks++
	status := http.StatusOK
	if s.status != nil {
		status = s.status(s.callbacks)
	}
	again := s.ids[id]
	s.ids[id] = s.ids[id] || status == http.StatusOK
	s.mu.Unlock()
	if status != http.StatusOK || again {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(status)
		return
	}
	var c callback
	if err := json.Unmarshal(body, &c); err != nil {
		s.t.Error(err)
	}
	s.seen <- c
}

// post asks something and returns the status and the response.
func (s *system) post(path, id string, body any) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := signed(s.t, secret, path, id, time.Now(), raw)
	r.RequestURI = ""
	if r.URL, err = r.URL.Parse(s.url + path); err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it is read
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		s.t.Error(err)
	}
	return resp.StatusCode, out
}

// run starts a gateway with one webhook channel, and a system that talks to it.
func run(t *testing.T, callbacks bool, change func(*adapters.Config)) (*system, *bot.MemoryDesk, bureaus) {
	t.Helper()
	s := &system{t: t, seen: make(chan callback, 100), ids: map[string]bool{}}
	other := httptest.NewServer(s)
	t.Cleanup(other.Close)
	c := Config{ID: "webhook:ivr", Secrets: []string{secret}}
	if callbacks {
		c.CallbackURL = other.URL + "/cb"
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	desk, asker := &bot.MemoryDesk{}, bureaus{make(chan struct{})}
	config := adapters.Config{
		Platforms: []adapters.Platform{p}, Reception: bot.NewReception(asker, desk), Queue: desk, PublicURL: "https://wence.example",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&config)
	}
	g, err := adapters.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	s.gateway = g
	server := httptest.NewServer(adapters.Handler(g.Routes()))
	t.Cleanup(func() {
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	s.url = server.URL
	return s, desk, asker
}

type body map[string]any

func TestQuestionInCallbackOut(t *testing.T) {
	s, desk, _ := run(t, true, nil)
	ask := body{"session_id": "call-1", "user": body{"id": "u1"}, "text": "想贷款", "reply": body{"format": "markdown"}}
	status, first := s.post("/ch/webhook/ivr", "msg_1", ask)
	for range 3 { // delivered again
		if again, got := s.post("/ch/webhook/ivr", "msg_1", ask); again != status || got["answer_id"] != first["answer_id"] {
			t.Errorf("%d %v, the first time %d %v", again, got, status, first)
		}
	}
	got := <-s.seen
	want := callback{
		AnswerID: first["answer_id"].(string), SessionID: "call-1", ReplyTo: "msg_1", Sequence: 1, IsFinal: true, Status: "answered", Format: "markdown",
		Text:      "甲局负责。\n\n> 对\\<符合\\>条件的企业给予贴息。\n>\n> 出处:甲府办〔2026〕1号 二、(六)第2段(融资)\n\n<https://wence.example/p/d#1>",
		Citations: []citation{{"对<符合>条件的企业给予贴息。", "出处:甲府办〔2026〕1号 二、(六)第2段(融资)", "https://wence.example/p/d#1"}},
		Buttons:   []string{"up", "down", "human"},
	}
	if status != 202 || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%d\n%+v\n%+v", status, got, want)
	}
	for i, vote := range []string{"up", "down"} {
		if status, out := s.post("/ch/webhook/ivr/feedback", fmt.Sprint("vote", i), body{"session_id": "call-1", "user": body{"id": "u1"}, "answer_id": got.AnswerID, "vote": vote, "reason": "为什么"}); status != 202 {
			t.Errorf("%d %v", status, out)
		}
	}
	if status, out := s.post("/ch/webhook/ivr/handoff", "human", body{"session_id": "call-1", "answer_id": got.AnswerID}); status != 202 {
		t.Errorf("%d %v", status, out)
	}
	if ticket := <-s.seen; !strings.Contains(ticket.Text, "T-000001") || ticket.ReplyTo != "human" || ticket.Status != "notice" {
		t.Errorf("%+v", ticket)
	}
	votes, err := desk.FeedbackOn(t.Context(), got.AnswerID)
	if err != nil || len(votes) != 1 || votes[0].Vote != bot.VoteDown || votes[0].Reason != "为什么" || votes[0].User != "u1" {
		t.Errorf("%+v, %v", votes, err)
	}
	s.post("/ch/webhook/ivr/reset", "reset", body{"session_id": "call-1"})
	if reset := <-s.seen; reset.Text != adapters.Phrase("reset") {
		t.Errorf("%+v", reset)
	}
	// What a person answers comes as a callback of its own, once.
	k, err := desk.Ticket(t.Context(), "T-000001")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := adapters.Reply(t.Context(), desk, s.gateway, k, adapters.Words{Text: "请带<营业执照>到二楼。", By: "王五"}); err != nil {
			t.Error(err)
		}
	}
	if said := <-s.seen; said.Status != "replied" || said.SessionID != "call-1" || said.AnswerID == "" || len(said.Citations) != 0 || !strings.Contains(said.Text, "请带<营业执照>到二楼。") {
		t.Errorf("%+v", said)
	}
	if len(s.seen) != 0 {
		t.Errorf("one answer too many: %+v", <-s.seen)
	}
}

func TestSync(t *testing.T) {
	s, _, asker := run(t, false, nil)
	status, out := s.post("/ch/webhook/ivr/sync", "msg_1", body{"session_id": "call-1", "text": "想贷款", "reply": body{"format": "speech"}})
	parts, _ := out["parts"].([]any)
	if status != 200 || len(parts) != 1 {
		t.Fatalf("%d %v", status, out)
	}
	want := "甲局负责。\n原文:对<符合>条件的企业给予贴息。\n出处:甲府办2026年1号 二、六,第2段,融资"
	if part := parts[0].(map[string]any); part["text"] != want || part["answer_id"] != out["answer_id"] || part["is_final"] != true {
		t.Errorf("%q\nwant %q", part["text"], want)
	}
	// One that takes longer than the deadline is fetched.
	status, out = s.post("/ch/webhook/ivr/sync", "msg_2", body{"session_id": "call-2", "text": "慢", "deadline_ms": 20})
	if status != 202 || out["answer_id"] == "" {
		t.Fatalf("%d %v", status, out)
	}
	id := out["answer_id"]
	if status, out = s.post("/ch/webhook/ivr/answer", "poll", body{"answer_id": id}); status != 202 {
		t.Errorf("%d %v", status, out)
	}
	close(asker.release)
	if status, out = s.post("/ch/webhook/ivr/sync", "msg_2", body{"session_id": "call-2", "text": "慢"}); status != 200 || out["answer_id"] != id {
		t.Errorf("asked again: %d %v", status, out)
	}
	if status, out = s.post("/ch/webhook/ivr/answer", "poll", body{"answer_id": id}); status != 200 || len(out["parts"].([]any)) != 1 {
		t.Errorf("%d %v", status, out)
	}
	if status, out = s.post("/ch/webhook/ivr/answer", "poll", body{"answer_id": "NONE"}); status != 404 {
		t.Errorf("%d %v", status, out)
	}
}

func TestWhatCannotBeMeant(t *testing.T) {
	s, desk, _ := run(t, true, nil)
	for i, tt := range []struct {
		path string
		body any
		want string
	}{
		{"", body{"session_id": "a"}, "text is missing"},
		{"", body{"text": "a"}, "session_id is missing"},
		{"", body{"session_id": 5}, "session_id must be a string"},
		{"", body{"session_id": "a", "user": "me"}, "user must be an object, not string"},
		{"", body{"session_id": "a", "deadline_ms": "soon"}, "deadline_ms must be an integer, not string"},
		{"", body{"session_id": "a", "reply": body{"max_runes": 1.5}}, "reply.max_runes must be an integer"},
		{"", []int{1}, "the JSON must be an object, not array"},
		{"", nil, "text is missing"},
		{"", body{"session_id": strings.Repeat("a", 300), "text": "q"}, "session_id is longer"},
		{"", body{"session_id": "a", "text": "q", "reply": body{"format": "html"}}, "reply.format"},
		{"", body{"session_id": "a", "text": "q", "reply": body{"max_runes": 3}}, "reply.max_runes"},
		{"/sync", body{"session_id": "a", "text": "q", "deadline_ms": 1e6}, "deadline_ms"},
		{"/sync", body{"session_id": "a", "text": "q", "deadline_ms": -1}, "deadline_ms"},
		{"/feedback", body{"session_id": "a", "answer_id": "x", "vote": "great"}, "vote must be"},
		{"/feedback", body{"session_id": "a", "vote": "up"}, "answer_id is missing"},
		{"/answer", body{}, "answer_id is missing"},
	} {
		status, out := s.post("/ch/webhook/ivr"+tt.path, fmt.Sprint("m", i), tt.body)
		if message, _ := out["error"].(string); status != 400 || !strings.Contains(message, tt.want) || strings.Contains(message, "struct") {
			t.Errorf("%s %v: %d %v", tt.path, tt.body, status, out)
		}
	}
	if pending, err := desk.Pending(t.Context()); err != nil || len(pending) != 0 {
		t.Errorf("%v, %v", pending, err)
	}
}

// A callback that fails is tried again, with the same ID.
func TestCallbackIsTriedAgain(t *testing.T) {
	s, desk, _ := run(t, true, nil)
	s.status = func(n int) int {
		if n == 1 {
			return 503
		}
		return 200
	}
	_, out := s.post("/ch/webhook/ivr", "msg_1", body{"session_id": "a", "text": "q"})
	if got := <-s.seen; got.AnswerID != out["answer_id"] {
		t.Errorf("%+v", got)
	}
	stuck, err := desk.Stuck(t.Context(), 9)
	if err != nil || len(stuck) != 0 || s.callbacks != 2 {
		t.Errorf("%v, %v, %d callbacks", stuck, err, s.callbacks)
	}
}

// What a callback answers decides whether it is tried again.
func TestCallbackAnswers(t *testing.T) {
	for _, tt := range []struct {
		status, attempt int
		class           adapters.Class
	}{
		{410, 1, adapters.ClassPermanent}, {301, 1, adapters.ClassPermanent}, {307, 1, adapters.ClassPermanent},
		{401, 1, adapters.ClassUnsent}, {401, 3, adapters.ClassPermanent}, {500, 9, adapters.ClassUnsent}, {429, 9, adapters.ClassUnsent},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tt.status)
		}))
		p, err := New(Config{ID: "webhook:ivr", Secrets: []string{secret}, CallbackURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Send(t.Context(), adapters.Address{}, adapters.Outbound{Key: "A-1", Attempt: tt.attempt})
		if e, ok := err.(*adapters.SendError); !ok || e.Class != tt.class { //nolint:errorlint // it is not wrapped
			t.Errorf("%+v: %v", tt, err)
		}
		server.Close()
	}
	p, err := New(Config{ID: "webhook:ivr", Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Send(t.Context(), adapters.Address{URL: "http://127.0.0.1:1/"}, adapters.Outbound{Key: "A-1"}); err == nil {
		t.Error("sent to an address that is not of the configuration")
	}
}

func TestFormats(t *testing.T) {
	m := adapters.Outbound{Blocks: []adapters.Block{
		{Text: "👍 **粗**\x1b[31m\u202e见《办法》"}, {Text: "原文(〔2024〕)\n第二行", Quote: true, Source: "出处:甲〔2024〕24号 第3段(a)", URL: "https://x/"},
	}}
	for format, want := range map[string]string{
		formatPlain:    "👍 **粗**[31m见《办法》\n\n“原文(〔2024〕)\n第二行”\n出处:甲〔2024〕24号 第3段(a)\nhttps://x/",
		formatMarkdown: "👍 \\*\\*粗\\*\\*\\[31m见《办法》\n\n> 原文(〔2024〕)\n> 第二行\n>\n> 出处:甲〔2024〕24号 第3段(a)\n\n<https://x/>",
		formatSpeech:   "**粗**[31m见,办法\n原文:原文(〔2024〕)\n第二行\n出处:甲2024年24号 第3段,a",
	} {
		m.Format = format
		if got := text(m); got != want {
			t.Errorf("%s: %q\nwant %q", format, got, want)
		}
	}
}

// A long answer is split to what the receiver can take, and each part says which it is.
func TestLongAnswerInParts(t *testing.T) {
	p, err := New(Config{ID: "webhook:ivr", Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	m := adapters.Outbound{Key: "A", Format: formatSpeech}
	for range 6 {
		m.Blocks = append(m.Blocks, adapters.Block{Text: strings.Repeat("企业可以申请。", 10), Quote: true, Source: "出处:甲"})
	}
	var sequence []int
	for _, part := range adapters.Split(m, p.Caps(), 200, "") {
		c := newCallback(adapters.Address{}, part)
		sequence = append(sequence, c.Sequence)
		if n := len([]rune(c.Text)); n > 200 || c.IsFinal != (c.Sequence == 3) {
			t.Errorf("%d runes, %+v", n, c)
		}
	}
	if !slices.Equal(sequence, []int{1, 2, 3}) || !bytes.Contains(encode(callback{Text: "<&>"}), []byte("<&>")) {
		t.Errorf("sequence %v", sequence)
	}
}

func TestBusy(t *testing.T) {
	s, _, asker := run(t, true, func(c *adapters.Config) { c.Waiting = 1 })
	s.post("/ch/webhook/ivr", "m1", body{"session_id": "a", "text": "慢"})
	if status, out := s.post("/ch/webhook/ivr", "m2", body{"session_id": "b", "text": "q"}); status != 429 {
		t.Errorf("%d %v", status, out)
	}
	close(asker.release)
	<-s.seen
}
