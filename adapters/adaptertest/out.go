package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// An api is the platform's, in a mood.
type api struct {
	*httptest.Server
	out  *Out
	mood Mood

	mu    sync.Mutex
	texts []string
	wrong []error
}

func (h Harness) api(t *testing.T, mood Mood) *api {
	t.Helper()
	a := &api{out: h.Out, mood: mood}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		text, ok := h.Out.Shown(t, r, body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if ok && mood == Willing {
			a.mu.Lock()
			a.texts = append(a.texts, text)
			if err := h.Out.Limit(r, body); err != nil {
				a.wrong = append(a.wrong, err)
			}
			a.mu.Unlock()
		}
		h.Out.Serve(w, r, mood)
	}))
	t.Cleanup(a.Close)
	return a
}

// address returns where the user is, at this API.
func (a *api) address(to adapters.Address) adapters.Address {
	to.URL = strings.ReplaceAll(to.URL, "{api}", a.URL)
	return to
}

// seen returns what the user sees, one text a message.
func (a *api) seen(t *testing.T) []string {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, err := range a.wrong {
		t.Errorf("the user does not see the whole: %v", err)
	}
	return a.texts
}

// message is an answer with all there is.
func message() adapters.Outbound {
	return adapters.Outbound{
		Key: "ANSWER00000000000000000001-1", Answer: "ANSWER00000000000000000001", Outcome: "answered",
		Blocks: []adapters.Block{
			{Text: "甲局牵头。乙局配合。"},
			{Text: "对符合条件的企业给予贷款贴息。", Quote: true, Source: "出处:示例〔2026〕1号 二、(六)第1段(融资)", URL: "https://wence.example/p/a%E7%94%B2#1"},
		},
		Buttons: []adapters.Button{{Kind: adapters.KindUp, Label: "👍 有用"}, {Kind: adapters.KindDown, Label: "👎 没用"}, {Kind: adapters.KindHuman, Label: "转人工"}},
	}
}

func (h Harness) shown(t *testing.T) {
	h.watch(t)
	a := h.api(t, Willing)
	m := message()
	if err := h.send(t, t.Context(), a, m); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(a.seen(t), "\n")
	for _, b := range m.Blocks {
		for _, want := range []string{b.Text, b.Source, b.URL} {
			if want == b.URL && h.Out.LosesURLs {
				continue
			}
			if !strings.Contains(all, want) {
				t.Errorf("the user does not see %q in %q", want, all)
			}
		}
	}
}

// long is an answer that no platform takes at once.
func long() adapters.Outbound {
	m := message()
	for range 12 {
		m.Blocks = append(m.Blocks, adapters.Block{
			Text:  strings.Repeat("各有关单位应当按照职责分工抓好落实,确保政策直达企业。", 12),
			Quote: true, Source: "出处:示例〔2026〕1号 三、(二)第4段(保障)", URL: "https://wence.example/p/b#2",
		})
	}
	return m
}

func (h Harness) longIsSplit(t *testing.T) {
	h.watch(t)
	a := h.api(t, Willing)
	caps := h.Open(t, a.URL).Caps()
	if caps.Limit == 0 {
		t.Fatal("every platform has a limit")
	}
	m := long()
	caps.MaxParts = 90
	parts := adapters.Split(m, caps, 0, "")
	if err := h.send(t, t.Context(), a, parts...); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(a.seen(t), "\n")
	for _, b := range m.Blocks {
		if !strings.Contains(all, b.Text) {
			t.Errorf("the user does not see %.60q…", b.Text)
		}
	}
	if n := strings.Count(all, m.Blocks[2].Source); n != 12 {
		t.Errorf("the source of 12 quotes is shown %d times", n)
	}
}

// wantClass fails the test unless err is a SendError of a class, without a secret.
func (h Harness) wantClass(t *testing.T, err error, class adapters.Class) *adapters.SendError {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	h.noSecret(t, "the error", []byte(err.Error()))
	var e *adapters.SendError
	if !errors.As(err, &e) || e.Class != class {
		t.Fatalf("error %T %v, want class %d", err, err, class)
	}
	return e
}

func (h Harness) throttled(t *testing.T) {
	h.watch(t)
	err := h.send(t, t.Context(), h.api(t, Throttled), message())
	if e := h.wantClass(t, err, adapters.ClassUnsent); e.After != time.Duration(h.Out.After)*time.Second {
		t.Errorf("again after %s, want %d s", e.After, h.Out.After)
	}
}

func (h Harness) refused(t *testing.T) {
	h.watch(t)
	h.wantClass(t, h.send(t, t.Context(), h.api(t, Refusing), message()), adapters.ClassPermanent)
}

func (h Harness) unreachable(t *testing.T) {
	h.watch(t)
	a := h.api(t, Willing)
	a.Close()
	h.wantClass(t, h.send(t, t.Context(), a, message()), adapters.ClassUnsent)
}

// silent: the API takes the message and says nothing. Who then says "unsent" sends twice.
func (h Harness) silent(t *testing.T) {
	h.watch(t)
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if _, ok := h.Out.Shown(t, r, body); !ok {
			r.Body = io.NopCloser(bytes.NewReader(body))
			h.Out.Serve(w, r, Willing)
			return
		}
		cancel()
		<-release
	}))
	t.Cleanup(func() { close(release); server.Close() })
	err := h.send(t, ctx, &api{Server: server, out: h.Out}, message())
	h.wantClass(t, err, adapters.ClassUnknown)
}

func (h Harness) redirect(t *testing.T) {
	h.watch(t)
	followed := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	t.Cleanup(server.Close)
	err := h.send(t, t.Context(), &api{Server: server, out: h.Out}, message())
	if err == nil {
		t.Error("no error")
	} else {
		h.noSecret(t, "the error", []byte(err.Error()))
	}
	if followed {
		t.Error("the redirect was followed: the answer, and the secret with it, can be led away")
	}
}

func (h Harness) hostileMessage(t *testing.T) {
	h.watch(t)
	for _, text := range hostile {
		a := h.api(t, Willing)
		m := message()
		m.Blocks[0].Text = text
		caps := h.Open(t, a.URL).Caps()
		if err := h.send(t, t.Context(), a, adapters.Split(m, caps, 0, "")...); err != nil {
			t.Errorf("%.60q: %v", text, err)
		}
		a.seen(t)
	}
}
