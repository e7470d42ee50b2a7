package adapters

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A brittle platform panics in its methods, by name.
type brittle struct {
	*fake
	in map[string]bool
}

func (p *brittle) panics(method string) {
	p.mu.Lock()
	bad := p.in[method]
	p.mu.Unlock()
	if bad {
		panic("of the platform, in " + method)
	}
}

// mend ends the panics.
func (p *brittle) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in = nil
}

func (p *brittle) Send(ctx context.Context, to Address, m Outbound) (MessageRef, error) {
	p.panics("Send")
	return p.fake.Send(ctx, to, m)
}

func (p *brittle) Confirm(context.Context, Event, string) error {
	p.panics("Confirm")
	return nil
}

func (p *brittle) Update(context.Context, Address, MessageRef, Outbound) error {
	p.panics("Update")
	return nil
}

func (p *brittle) Find(context.Context, Address, string) (MessageRef, bool, error) {
	p.panics("Find")
	return "", false, nil
}

// TestPanicOfAPlatform: whatever method of a platform panics, the service goes on, the
// message is neither lost nor taken up again, and each panic is logged once with its stack.
func TestPanicOfAPlatform(t *testing.T) {
	measure := func(p *brittle) {
		p.caps.Measure = func(m Outbound) int {
			p.panics("Measure")
			return len(PlainText(m))
		}
	}
	for _, tt := range []struct {
		in      string
		prepare func(p *brittle)
		shown   string // of the first answer; empty: nothing
		stuck   []bot.DeliveryState
		logged  int
	}{
		{in: "Measure", prepare: measure, shown: Phrase("failed"), stuck: []bot.DeliveryState{bot.DeliveryDead}, logged: 1},
		{in: "Confirm", shown: "想贷款", logged: 1},
		{in: "Update", shown: "想贷款", logged: 1},
		{in: "Send", stuck: []bot.DeliveryState{bot.DeliveryUnknown}, logged: 1},
		{in: "Find", prepare: func(p *brittle) {
			p.send = func(_ context.Context, n int, _ Outbound) (bool, error) {
				if n == 1 {
					return true, Ambiguous(context.DeadlineExceeded)
				}
				return true, nil
			}
		}, shown: "想贷款", stuck: []bot.DeliveryState{bot.DeliveryUnknown}, logged: 1},
		{in: "Backoff", prepare: func(p *brittle) {
			p.caps.Backoff = func(int) time.Duration { panic("of the platform, in Backoff") }
			p.send = func(_ context.Context, n int, _ Outbound) (bool, error) {
				if n == 1 {
					return false, Unsent(context.DeadlineExceeded)
				}
				return true, nil
			}
		}, shown: "想贷款"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				f := &fake{id: "fake:1", caps: testCaps}
				p := &brittle{f, map[string]bool{tt.in: true}}
				if tt.prepare != nil {
					tt.prepare(p)
				}
				var platform Platform = p
				switch tt.in { // what they can do decides what is called
				case "Send", "Measure":
					platform = struct{ Platform }{p}
				case "Confirm":
					platform = struct {
						Platform
						Confirmer
					}{p, p}
				}
				b := newBench(t, f, func(c *Config) {
					c.Platforms, c.Log = []Platform{platform}, slog.New(slog.NewTextHandler(&log, nil))
				})
				first := b.accept("c", "想贷款")
				time.Sleep(time.Minute)
				b.event(Event{Kind: KindUp, Conversation: "c", User: "U1", Answer: first.Answer})
				time.Sleep(time.Hour)
				p.mend()
				b.accept("c", "好")
				time.Sleep(time.Hour)
				b.close()
				var want []string
				if tt.shown != "" {
					want = []string{tt.shown}
				}
				b.wantShown(append(want, "好")...)
				if !slices.Equal(b.stuck(), tt.stuck) {
					t.Errorf("stuck %v, want %v", b.stuck(), tt.stuck)
				}
				if n := strings.Count(log.String(), "stack="); n != tt.logged {
					t.Errorf("%d stacks in the log, want %d:\n%.4000s", n, tt.logged, log.String())
				}
				if left, err := b.desk.Pending(t.Context()); err != nil || len(left) != 0 {
					t.Errorf("%d messages are taken up again at the next start, %v", len(left), err)
				}
			})
		})
	}
}

// TestPanicWhileFull: a platform that panics while it says that there is no room.
func TestPanicWhileFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		p := &brittle{f, map[string]bool{"Send": true}}
		b := newBench(t, f, func(c *Config) { c.Platforms, c.PerConversation = []Platform{p}, 1 })
		defer b.close()
		b.asker.delay = func(bot.Question) time.Duration { return time.Second }
		b.accept("c", "一")
		if r := b.accept("c", "二"); r.Verdict != Busy {
			t.Fatal(r)
		}
		time.Sleep(100 * time.Millisecond)
		p.mend()
		time.Sleep(time.Minute)
		b.wantShown("一")
	})
}
