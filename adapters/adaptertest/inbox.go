package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// An inbox remembers what was accepted.
type inbox struct {
	busy bool
	err  error

	mu     sync.Mutex
	events []adapters.Event
	seen   map[string]string
}

// Accept implements adapters.Inbox.
func (in *inbox) Accept(_ context.Context, ev adapters.Event) (adapters.Receipt, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.err != nil:
		return adapters.Receipt{}, in.err
	case in.busy:
		return adapters.Receipt{Verdict: adapters.Busy}, nil
	}
	for _, k := range ev.Keys {
		if id, ok := in.seen[k]; ok {
			return adapters.Receipt{Verdict: adapters.Duplicate, Answer: id}, nil
		}
	}
	if in.seen == nil {
		in.seen = map[string]string{}
	}
	id := fmt.Sprintf("ANSWER%020d", len(in.events)+1)
	for _, k := range ev.Keys {
		in.seen[k] = id
	}
	in.events = append(in.events, ev)
	return adapters.Receipt{Verdict: adapters.Accepted, Answer: id}, nil
}

// Progress implements adapters.Inbox: the answers are never finished.
func (in *inbox) Progress(_ context.Context, answer string) (adapters.Progress, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, id := range in.seen {
		if id == answer {
			return adapters.Progress{}, nil
		}
	}
	return adapters.Progress{}, bot.ErrNotFound
}

// Wait implements adapters.Inbox.
func (in *inbox) Wait(ctx context.Context, answer string) (adapters.Progress, error) {
	return in.Progress(ctx, answer)
}

// HandOut implements adapters.Inbox.
func (in *inbox) HandOut(_ context.Context, _ string, write func() error) error { return write() }

// accepted returns what was accepted so far.
func (in *inbox) accepted() []adapters.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.events
}

var errStore = errors.New("store: disk full")

// watch fails the test if something that is logged holds a secret.
func (h Harness) watch(t *testing.T) {
	t.Helper()
	var b safeBuffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() {
		slog.SetDefault(old)
		h.noSecret(t, "the log", b.bytes())
	})
}

// noSecret fails the test if text holds a secret.
func (h Harness) noSecret(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, s := range h.Secrets {
		if s != "" && bytes.Contains(text, []byte(s)) {
			t.Errorf("%s holds a secret: %s", where, text)
		}
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.b.Bytes())
}
