package adaptertest

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// known: what Caps promise about messages that are sent again is what the requests say.
func (h Harness) known(t *testing.T) {
	h.watch(t)
	var keys []string
	var least time.Duration
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		_, ok := h.Out.Shown(t, r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if ok && h.Out.Known != nil {
			key, known := h.Out.Known(r, body)
			if keys = append(keys, key); len(keys) > 1 {
				least = known
			}
		}
		h.Out.Serve(w, r, Willing)
	}))
	t.Cleanup(server.Close)
	promised := h.Open(t, server.URL).Caps().IdempotentFor
	if promised == 0 {
		return
	}
	if h.Out.Known == nil {
		t.Fatal("Caps promise that messages are known again, but there is no Out.Known")
	}
	again := message()
	again.Buttons = nil // of which a platform may make a message of its own
	m := again
	again.Attempt = 2
	if err := h.send(t, t.Context(), &api{Server: server, out: h.Out}, m, again); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" || least < promised {
		t.Errorf("sent as %q and known for %s, Caps promise %s", keys, least, promised)
	}
}

// impatient is a platform that is tried twice, without patience.
type impatient struct{ adapters.Platform }

func (p impatient) Caps() adapters.Caps {
	c := p.Platform.Caps()
	c.Attempts, c.Backoff = 2, func(int) time.Duration { return time.Millisecond }
	return c
}

// withoutEnd: an API that fails such that one never knows is not called without end, and
// what became of the message is kept.
func (h Harness) withoutEnd(t *testing.T) {
	h.watch(t)
	var tried atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.Out.Asks != nil && h.Out.Asks(r) {
			h.Out.Serve(w, r, Willing)
			return
		}
		tried.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	p := h.Open(t, server.URL)
	var platform adapters.Platform = impatient{p}
	if finder, ok := p.(adapters.Finder); ok {
		platform = struct {
			adapters.Platform
			adapters.Finder
		}{platform, finder}
	}
	desk := &bot.MemoryDesk{}
	g, err := adapters.Open(t.Context(), adapters.Config{
		Platforms: []adapters.Platform{platform}, Reception: bot.NewReception(nil, desk), Queue: desk, Log: slog.Default(),
	})
	if err != nil {
		t.Fatal(err)
	}
	to := (&api{Server: server}).address(h.Out.To)
	if err := g.Notify(t.Context(), "k", adapters.Notice{Channel: p.ID(), To: to}, question); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		stuck, err := desk.Stuck(t.Context(), 10)
		if err == nil && len(stuck) == 1 {
			break
		}
		if err != nil || time.Now().After(deadline) {
			t.Errorf("not given up: stuck %v, %v", stuck, err)
			break
		}
	}
	if n := tried.Load(); n < 1 || n > 4 { // a platform may call twice for a message
		t.Errorf("called %d times for two attempts", n)
	}
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// garbled are answers that no API should give.
var garbled = []string{
	"", "null", "[]", `""`, "0", "{", "{}", `{"ok":null}`, `{"ok":true}`, `{"ok":"x"}`, `{"errcode":"x"}`, `{"errcode":0,"access_token":7}`,
	`{"errcode":0,"access_token":""}`, `{"ok":true,"messages":null}`, `{"ok":true,"messages":[null,{}]}`, "\xff\xfe", strings.Repeat("[", 10_000),
}

// garbledAPI: whatever the API answers, the platform does not panic.
func (h Harness) garbledAPI(t *testing.T) {
	h.watch(t)
	for _, said := range garbled {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, said) //nolint:errcheck // the caller has gone
		}))
		p := h.Open(t, server.URL)
		to := (&api{Server: server}).address(h.Out.To)
		m := message()
		m.Attempt = 1
		for name, call := range map[string]func() error{
			"Send": func() error { _, err := p.Send(t.Context(), to, m); return err },
			"Find": func() error {
				if f, ok := p.(adapters.Finder); ok {
					_, found, err := f.Find(t.Context(), to, m.Key)
					if found {
						t.Errorf("Find found a message in %.40q", said)
					}
					return err
				}
				return nil
			},
			"Update": func() error {
				if u, ok := p.(adapters.Updater); ok {
					return u.Update(t.Context(), to, "x", m)
				}
				return nil
			},
			"Confirm": func() error {
				if c, ok := p.(adapters.Confirmer); ok {
					return c.Confirm(t.Context(), adapters.Event{Kind: adapters.KindUp, To: to, Answer: m.Answer}, "谢谢")
				}
				return nil
			},
		} {
			var err error
			func() {
				defer bot.Recover(&err)
				err = call()
			}()
			if stack := bot.Stack(err); stack.Key != "" {
				t.Errorf("%s panics at %.40q: %v\n%s", name, said, err, stack.Value)
			} else if err != nil {
				h.noSecret(t, "the error of "+name, []byte(err.Error()))
			}
		}
		server.Close()
	}
}
