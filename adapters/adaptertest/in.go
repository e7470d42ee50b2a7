package adaptertest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

const question = "想贷点款周转找谁?"

func (h Harness) valid(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	status, body := call(routes, h.In.Text(t, 1, question))
	if status/100 != 2 {
		t.Errorf("status %d: %s", status, body)
	}
	h.noSecret(t, "the response", body)
	events := in.accepted()
	if len(events) != 1 {
		t.Fatalf("%d events accepted", len(events))
	}
	ev := events[0]
	if ev.Kind != adapters.KindText || ev.Text != question || ev.Conversation == "" || len(ev.Keys) == 0 || ev.At.IsZero() {
		t.Errorf("event %+v", ev)
	}
	for _, k := range ev.Keys {
		if k == "" {
			t.Errorf("an empty key makes all events one: %q", ev.Keys)
		}
	}
	if status, _ = call(routes, h.In.Text(t, 2, question)); status/100 != 2 || len(in.accepted()) != 2 {
		t.Errorf("another message with the same text: status %d, %d events accepted", status, len(in.accepted()))
	}
	if a, b := in.accepted()[0], in.accepted()[1]; a.Conversation != b.Conversation {
		t.Errorf("two messages of one chat are in two conversations, %q and %q", a.Conversation, b.Conversation)
	}
}

func (h Harness) redelivered(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	answer := h.In.Answer
	if answer == nil {
		answer = func(_ *testing.T, _ int, body []byte) string { return string(body) }
	}
	first, body := call(routes, h.In.Text(t, 1, question))
	want := answer(t, first, body)
	for range 3 {
		status, body := call(routes, h.In.Text(t, 1, question))
		if got := answer(t, status, body); status/100 != 2 || h.In.Answer == nil && status != first || got != want {
			t.Errorf("answered %d %q, the first time %d %q", status, got, first, want)
		}
	}
	if n := len(in.accepted()); n != 1 {
		t.Errorf("%d events accepted", n)
	}
}

// replayed: a request that somebody kept, posted again when the Gateway does not know its
// keys any more.
func (h Harness) replayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h.watch(t)
		in, routes := h.open(t)
		kept := h.In.Text(t, 1, question)
		time.Sleep(adapters.KeepKeys + time.Hour)
		if status, _ := call(routes, kept); status/100 != 4 || len(in.accepted()) != 0 {
			t.Errorf("status %d, %d events accepted", status, len(in.accepted()))
		}
		if status, _ := call(routes, h.In.Text(t, 2, question)); status/100 != 2 {
			t.Errorf("status %d for a new one", status)
		}
	})
}

func (h Harness) forged(t *testing.T) {
	h.watch(t)
	forged := h.In.Forge(t)
	if len(forged) < 5 {
		t.Errorf("only %d forgeries: flip bits of each signed thing, leave each out, use another secret", len(forged))
	}
	for name, r := range forged {
		in, routes := h.open(t)
		status, body := call(routes, r)
		if status/100 != 4 || len(in.accepted()) != 0 {
			t.Errorf("%s: status %d, %d events accepted", name, status, len(in.accepted()))
		}
		h.noSecret(t, name+": the response", body)
	}
}

// endless is a body that counts how much of it is read.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func (h Harness) tooLarge(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	r := h.In.Text(t, 1, question)
	body := &endless{}
	r.Body, r.ContentLength = io.NopCloser(body), -1
	status, _ := call(routes, r)
	if status != http.StatusRequestEntityTooLarge || len(in.accepted()) != 0 {
		t.Errorf("status %d, %d events accepted", status, len(in.accepted()))
	}
	if body.read > 2*adapters.MaxBody {
		t.Errorf("%d bytes were read", body.read)
	}
}

func (h Harness) garbage(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // no secret
	for i := range 200 {
		r := h.In.Text(t, 1, question)
		body := readAll(r.Body)
		switch i % 3 {
		case 0:
			body = make([]byte, random.IntN(300))
			for j := range body {
				body[j] = byte(random.IntN(256))
			}
		case 1:
			body = body[:random.IntN(len(body)+1)/2]
		default:
			body = bytes.Repeat([]byte(`{"a":[`), 10_000)
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if status, _ := call(routes, r); status/100 != 4 {
			t.Errorf("status %d for %.60q", status, body)
		}
	}
	if n := len(in.accepted()); n != 0 {
		t.Errorf("%d events accepted", n)
	}
}

func (h Harness) queueFull(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	in.busy = true
	want := h.Open(t, "http://127.0.0.1:1").Caps().BusyStatus
	if status, _ := call(routes, h.In.Text(t, 1, question)); status != want {
		t.Errorf("status %d, Caps say %d", status, want)
	}
	in.busy = false
	if status, _ := call(routes, h.In.Text(t, 1, question)); status/100 != 2 || len(in.accepted()) != 1 {
		t.Errorf("delivered again later: status %d, %d events accepted", status, len(in.accepted()))
	}
}

func (h Harness) storeFails(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	in.err = errStore
	status, body := call(routes, h.In.Text(t, 1, question))
	if status/100 != 5 {
		t.Errorf("status %d: what is not kept must not be acknowledged", status)
	}
	if bytes.Contains(body, []byte(errStore.Error())) {
		t.Errorf("tells strangers about our insides: %s", body)
	}
}

// hostile is what strangers type.
var hostile = []string{
	"<script>alert(1)</script>", "\u202e倒着\u202d", "a\x00b", "]]><x>", `{"a":1}`, "😀👨‍👩‍👧", strings.Repeat("长", 20_000),
	"<!channel> <@U1> @all", "\x1b[31m红", "%s%n{{.}}${HOME}", "'; DROP TABLE inbox;--", "[点我](javascript:alert(1))", " \t\r\n ",
}

func (h Harness) hostileText(t *testing.T) {
	h.watch(t)
	in, routes := h.open(t)
	for i, text := range hostile {
		status, body := call(routes, h.In.Text(t, 100+i, text))
		if status >= 500 {
			t.Errorf("status %d for %.60q: %s", status, text, body)
		}
	}
	for _, ev := range in.accepted() {
		if !utf8.ValidString(ev.Text) || len(ev.Text) > adapters.MaxBody {
			t.Errorf("accepted %.60q", ev.Text)
		}
	}
	if len(in.accepted()) < len(hostile)/2 {
		t.Errorf("only %d of %d texts were accepted: %v", len(in.accepted()), len(hostile), errors.New("they are data"))
	}
}
