package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A fake is a platform that shows what it is sent, and behaves as badly as it is told.
type fake struct {
	id   string
	caps Caps
	// send decides about the nth attempt overall, from 1: whether the user sees the
	// message, and what the sender hears. nil: seen, no error.
	send func(ctx context.Context, n int, m Outbound) (seen bool, err error)

	mu       sync.Mutex
	attempts int
	shown    []shown
	keys     map[string]bool
	inbox    Inbox
}

type shown struct {
	to   Address
	m    Outbound
	text string
	at   time.Time
}

func (f *fake) ID() string { return f.id }
func (f *fake) Caps() Caps { return f.caps }
func (f *fake) Routes(in Inbox) []Route {
	f.inbox = in
	return []Route{{"POST", "/ch/fake/panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of the fake") })}}
}

func (f *fake) Send(ctx context.Context, to Address, m Outbound) (MessageRef, error) {
	f.mu.Lock()
	f.attempts++
	n, decide := f.attempts, f.send
	f.mu.Unlock()
	seen, err := true, error(nil)
	if decide != nil {
		seen, err = decide(ctx, n, m)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if seen && !(f.caps.IdempotentFor > 0 && f.keys[m.Key]) {
		f.shown = append(f.shown, shown{to, m, PlainText(m), time.Now()})
		if f.keys == nil {
			f.keys = map[string]bool{}
		}
		f.keys[m.Key] = true
	}
	return MessageRef("ref " + m.Key), err
}

func (f *fake) seen() []shown {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.shown)
}

func (f *fake) tries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.attempts
}

func (f *fake) texts() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.shown {
		out = append(out, s.text)
	}
	return out
}

// finder is a fake that can tell what has arrived.
type finder struct{ *fake }

func (f finder) Find(_ context.Context, _ Address, key string) (MessageRef, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return MessageRef("found " + key), f.keys[key], nil
}

// updater is a fake that can change what it has shown.
type updater struct{ *fake }

func (f updater) Update(_ context.Context, _ Address, ref MessageRef, m Outbound) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.shown {
		if "ref "+f.shown[i].m.Key == string(ref) {
			f.shown[i].text = PlainText(m)
			return nil
		}
	}
	return errors.New("no such message")
}

// answerer answers each question with a quote of it.
type answerer struct {
	delay func(q bot.Question) time.Duration
	fail  func(q bot.Question) error

	mu    sync.Mutex
	asked []string
}

func (a *answerer) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	if a.delay != nil {
		time.Sleep(a.delay(q))
	}
	a.mu.Lock()
	a.asked = append(a.asked, q.Text)
	a.mu.Unlock()
	if a.fail != nil {
		if err := a.fail(q); err != nil {
			return bot.Answer{}, err
		}
	}
	if q.Text == "转人工" {
		return bot.Answer{ID: q.ID, Outcome: bot.HandedOver, Text: "好的。"}, nil
	}
	return answered(q.ID, q.Text), ctx.Err()
}

// answered is an answer that quotes.
func answered(id, quote string) bot.Answer {
	c := bot.Citation{
		Document: bot.CitedDocument{ID: "d", Number: "甲〔2026〕1号"}, Ref: corpus.Ref{Document: "d", Path: "二、(六)第2段"},
		Clause: "二、(六)", Heading: "融资", Paragraph: 2, Quote: quote, URL: "/p/d#1",
	}
	return bot.Answer{
		ID: id, Outcome: bot.Answered, Citations: []bot.Citation{c},
		Text: "甲局负责。\n原文:“" + quote + "”\n" + c.Where(),
	}
}

// A bench is a gateway with all that is around it.
type bench struct {
	*Gateway
	t     *testing.T
	desk  *bot.MemoryDesk
	asker *answerer
	fake  *fake
	keys  int
}

// testCaps are those of a platform without idempotency.
var testCaps = Caps{Limit: 2048, BusyStatus: 503, Buttons: true}

// newBench opens a gateway with a fake; change may change its config.
func newBench(t *testing.T, f *fake, change func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, desk: &bot.MemoryDesk{}, asker: &answerer{}, fake: f}
	b.open(change)
	return b
}

func (b *bench) open(change func(*Config)) {
	b.t.Helper()
	c := Config{
		Platforms: []Platform{b.fake}, Reception: bot.NewReception(b.asker, b.desk), Queue: b.desk,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&c)
	}
	g, err := Open(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	g.Routes()
	b.Gateway = g
}

// accept hands in a text under a new key, or under those given.
func (b *bench) accept(conversation, text string, keys ...string) Receipt {
	b.t.Helper()
	if len(keys) == 0 {
		b.keys++
		keys = []string{fmt.Sprint("key", b.keys)}
	}
	return b.event(Event{Kind: KindText, Keys: keys, Conversation: conversation, User: "U1", Text: text})
}

func (b *bench) event(ev Event) Receipt {
	b.t.Helper()
	if len(ev.Keys) == 0 {
		b.keys++
		ev.Keys = []string{fmt.Sprint("key", b.keys)}
	}
	ev.To.Conversation = ev.Conversation
	r, err := b.fake.inbox.Accept(b.t.Context(), ev)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) close() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.Gateway.Close(ctx); err != nil {
		b.t.Error(err)
	}
}

// wantShown fails the test unless the user has seen just these texts, in any order if
// they are of several conversations.
func (b *bench) wantShown(want ...string) {
	b.t.Helper()
	got := b.fake.texts()
	if len(got) != len(want) {
		b.t.Errorf("shown %q, want %q", got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			b.t.Errorf("shown %q, want %q", got[i], want[i])
		}
	}
}

func (b *bench) stuck() (out []bot.DeliveryState) {
	b.t.Helper()
	all, err := b.desk.Stuck(b.t.Context(), 100)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range all {
		out = append(out, d.State)
	}
	slices.Sort(out)
	return out
}

// wrote is a response that reaches its reader.
func wrote() error { return nil }

// knownFor is how long a platform knows messages again, if it does.
func knownFor(idempotent bool) time.Duration {
	if idempotent {
		return time.Hour
	}
	return 0
}

// handler serves routes.
func handler(routes []Route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Method+" "+r.Path, r.Handler)
	}
	return mux
}
