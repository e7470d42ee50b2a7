package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/bot"
)

// both is a fake that can change what it has shown, if it has a reference to it, and
// else say something to one person.
type both struct {
	updater
	confirmed []string
	buttons   [][]Button
}

func (b *both) Send(ctx context.Context, to Address, m Outbound) (MessageRef, error) {
	ref, err := b.updater.Send(ctx, to, m)
	if to.URL != "" {
		ref = ""
	}
	return ref, err
}

func (b *both) Update(ctx context.Context, to Address, ref MessageRef, m Outbound) error {
	b.buttons = append(b.buttons, m.Buttons)
	return b.updater.Update(ctx, to, ref, m)
}

func (b *both) Confirm(_ context.Context, _ Event, say string) error {
	b.confirmed = append(b.confirmed, say)
	return nil
}

// confirmer is a fake that can only mark a button as pressed.
type confirmer struct {
	*fake
	said []string
}

func (c *confirmer) Confirm(_ context.Context, _ Event, say string) error {
	c.said = append(c.said, say)
	return nil
}

// A card by which a person was called shows that it was pressed, beside the reply.
func TestHumanIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &confirmer{fake: &fake{id: "fake:1", caps: testCaps}}
		b := newBench(t, p.fake, func(c *Config) { c.Platforms = []Platform{p} })
		defer b.close()
		first := b.accept("c", "想贷款")
		synctest.Wait()
		b.event(Event{Kind: KindHuman, Conversation: "c", User: "U1", Answer: first.Answer})
		synctest.Wait()
		b.wantShown("想贷款", "T-000001")
		if !slices.Equal(p.said, []string{Phrase("pressed")}) {
			t.Errorf("confirmed %q", p.said)
		}
	})
}

// A vote is shown in the answer itself and can be taken back there; where the answer
// cannot be changed it is confirmed.
func TestVotesInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caps := testCaps
		p := &both{updater: updater{&fake{id: "fake:1", caps: caps}}}
		b := newBench(t, p.fake, func(c *Config) { c.Platforms = []Platform{p} })
		defer b.close()
		first := b.accept("c", "想贷款")
		synctest.Wait()
		for _, kind := range []Kind{KindUp, KindWithdrawn} {
			b.event(Event{Kind: kind, Conversation: "c", User: "U1", Answer: first.Answer})
			synctest.Wait()
		}
		b.wantShown(Phrase("vote_withdrawn"))
		back := func(buttons []Button) bool {
			return slices.ContainsFunc(buttons, func(b Button) bool { return b.Kind == KindWithdrawn && b.Label != "" })
		}
		if len(p.buttons) != 2 || !back(p.buttons[0]) || back(p.buttons[1]) || len(p.buttons[1]) != 3 {
			t.Errorf("buttons %v", p.buttons)
		}
		if len(p.confirmed) != 0 {
			t.Errorf("also confirmed: %q", p.confirmed)
		}
		if text := p.texts()[0]; !strings.Contains(text, "想贷款") {
			t.Errorf("the answer is gone: %q", text)
		}

		second := b.event(Event{Kind: KindText, Conversation: "d", Text: "想上市", To: Address{URL: "https://fake.example/r"}})
		synctest.Wait()
		b.event(Event{Kind: KindDown, Conversation: "d", User: "U1", Answer: second.Answer})
		b.event(Event{Kind: KindUp, Conversation: "d", User: "U1", Answer: "NONE"})
		synctest.Wait()
		if want := []string{Phrase("thanks_down"), Phrase("gone")}; !slices.Equal(p.confirmed, want) {
			t.Errorf("confirmed %q, want %q", p.confirmed, want)
		}
	})
}

// Platforms tell whenever somebody opens the chat: who has asked before is not greeted.
func TestWelcomeIsForStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		defer b.close()
		b.event(Event{Kind: KindWelcome, Conversation: "c"})
		b.accept("c", "想贷款")
		synctest.Wait()
		b.event(Event{Kind: KindWelcome, Conversation: "c"})
		synctest.Wait()
		b.wantShown(Phrase("welcome"), "想贷款")
	})
}

// slow is a queue that takes its time to keep a message, and may fail to.
type slow struct {
	*bot.MemoryDesk
	fail map[string]bool // by key
}

func (q slow) Accept(ctx context.Context, in bot.Inbound, keys []string) (string, bool, error) {
	time.Sleep(time.Second)
	if q.fail[keys[0]] {
		return "", false, errors.New("disk full")
	}
	return q.MemoryDesk.Accept(ctx, in, keys)
}

// Copies that come at the same time are duplicates, not more than there is room for.
func TestCopiesAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		b := &bench{t: t, desk: &bot.MemoryDesk{}, asker: &answerer{}, fake: f}
		b.open(func(c *Config) { c.Queue, c.PerConversation = slow{b.desk, map[string]bool{"ev0": true}}, 1 })
		defer b.close()
		var mu sync.Mutex
		verdicts, failed := map[Verdict]int{}, 0
		var wait sync.WaitGroup
		for i := range 11 {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond) // the first is the one that fails
				r, err := f.inbox.Accept(t.Context(), Event{Kind: KindText, Keys: []string{fmt.Sprint("ev", i), "msg"}, Conversation: "c", Text: "想贷款"})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed++
				} else {
					verdicts[r.Verdict]++
				}
			})
		}
		time.Sleep(10 * time.Millisecond)
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := f.inbox.Accept(impatient, Event{Kind: KindText, Keys: []string{"msg"}, Conversation: "c", Text: "想贷款"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who cannot wait is told %v", err)
		}
		wait.Wait()
		if verdicts[Accepted] != 1 || verdicts[Duplicate] != 9 || failed != 1 {
			t.Errorf("verdicts %v, %d failed", verdicts, failed)
		}
		synctest.Wait()
		b.wantShown("想贷款")
		if len(b.keeping) != 0 {
			t.Errorf("%d keys are being kept for ever", len(b.keeping))
		}
	})
}

// blind is a finder that can never find out.
type blind struct{ *fake }

func (blind) Find(context.Context, Address, string) (MessageRef, bool, error) {
	return "", false, Permanent(errors.New("missing scope"), "add it")
}

// What can never be found out is not asked for again while a conversation waits.
func TestFindGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.send = func(_ context.Context, n int, _ Outbound) (bool, error) {
			if n == 1 {
				return true, Ambiguous(errors.New("silence"))
			}
			return true, nil
		}
		b := newBench(t, f, func(c *Config) { c.Platforms = []Platform{blind{f}} })
		defer b.close()
		b.accept("c", "想贷款")
		b.accept("c", "想上市")
		time.Sleep(findAfter + time.Second)
		b.wantShown("想贷款", "想上市")
		if got := b.stuck(); !slices.Equal(got, []bot.DeliveryState{bot.DeliveryUnknown}) {
			t.Errorf("stuck %v", got)
		}
	})
}

// TestNotWithoutEnd: a platform of which one never knows whether it took a message, and
// which then has not, is tried as often as any, and does not stop its conversation.
func TestNotWithoutEnd(t *testing.T) {
	for _, attempts := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			caps := testCaps
			caps.Attempts = attempts
			f := &fake{id: "fake:1", caps: caps, send: func(_ context.Context, _ int, m Outbound) (bool, error) {
				if strings.Contains(PlainText(m), "坏") {
					return false, Ambiguous(errors.New("HTTP 500"))
				}
				return true, nil
			}}
			b := newBench(t, f, func(c *Config) { c.Platforms = []Platform{finder{f}} })
			defer b.close()
			b.accept("c", "坏")
			b.accept("c", "好")
			time.Sleep(24 * time.Hour)
			b.wantShown("好")
			if n := or(attempts, sendAttempts); f.tries() != n+1 || !slices.Equal(b.stuck(), []bot.DeliveryState{bot.DeliveryUnknown}) {
				t.Errorf("%d sends of %d in 24 h, stuck %v", f.tries(), n, b.stuck())
			}
		})
	}
}

// TestNotAfterItIsForgotten: what may have arrived is sent again while the platform knows
// it again, counted from the first attempt, and never later: not after a crash, and not
// when the platform then asks for patience.
func TestNotAfterItIsForgotten(t *testing.T) {
	const hour = time.Hour
	for _, tt := range []struct {
		name     string
		away     time.Duration // between the death of the process that was sending and the next
		patience time.Duration // that the second attempt is asked for
		attempts int
		unknown  bool
	}{
		{"back soon", hour - time.Second, 0, 2, false},
		{"back late", hour, 0, 1, true},
		{"patience that is short", time.Minute, 30 * time.Minute, 3, false},
		{"patience that is long", time.Minute, hour, 2, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				caps := testCaps
				caps.IdempotentFor = hour
				f := &fake{id: "fake:1", caps: caps}
				f.send = func(ctx context.Context, n int, _ Outbound) (bool, error) {
					switch {
					case n == 1:
						<-ctx.Done() // it dies meanwhile
						return true, errors.New("nobody reads this")
					case n == 2 && tt.patience > 0:
						return false, RetryAfter(tt.patience, errors.New("HTTP 429"))
					}
					return true, nil
				}
				b := newBench(t, f, nil)
				b.accept("c", "想贷款")
				time.Sleep(time.Second)
				stopped, cancel := context.WithCancel(t.Context())
				cancel()
				_ = b.Gateway.Close(stopped)
				time.Sleep(tt.away - time.Second)
				b.open(nil)
				defer func() { b.close() }()
				time.Sleep(48 * hour)
				b.wantShown("想贷款")
				if got := b.stuck(); f.tries() != tt.attempts || tt.unknown != slices.Equal(got, []bot.DeliveryState{bot.DeliveryUnknown}) || !tt.unknown && got != nil {
					t.Errorf("%d attempts, stuck %v", f.tries(), got)
				}
			})
		})
	}
}

// An impolite queue has its caller leave while a message is being kept.
type impolite struct {
	*bot.MemoryDesk
	leave context.CancelFunc
}

func (q *impolite) Accept(ctx context.Context, in bot.Inbound, keys []string) (string, bool, error) {
	q.leave()
	return q.MemoryDesk.Accept(ctx, in, keys)
}

// TestCallerWhoLeavesMeanwhile: that the platform hangs up while its message is being kept
// does not lose it, nor keep it without anybody who works on it.
func TestCallerWhoLeavesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		ctx, cancel := context.WithCancel(t.Context())
		desk := &impolite{&bot.MemoryDesk{}, cancel}
		b := &bench{t: t, desk: desk.MemoryDesk, asker: &answerer{}, fake: f}
		b.open(func(c *Config) { c.Queue = desk })
		defer b.close()
		r, err := f.inbox.Accept(ctx, Event{Kind: KindText, Keys: []string{"k"}, Conversation: "c", Text: "想贷款"})
		if err != nil || r.Verdict != Accepted {
			t.Fatalf("%+v, %v", r, err)
		}
		time.Sleep(time.Second)
		b.wantShown("想贷款")
	})
}

// TestSweepLeavesTheYoung: what another node, or a request that is still being answered,
// has just put into the queue is not taken up by the sweep, but later.
func TestSweepLeavesTheYoung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		b := newBench(t, f, nil)
		defer b.close()
		time.Sleep(sweepEvery - time.Second)
		body, err := json.Marshal(Event{Kind: KindText, Keys: []string{"k"}, Conversation: "c", Text: "来信"})
		if err != nil {
			t.Fatal(err)
		}
		in := bot.Inbound{ID: "IN", Channel: "fake:1", Conversation: "c", Event: body, Received: time.Now()}
		if _, _, err := b.desk.Accept(t.Context(), in, []string{"k"}); err != nil {
			t.Fatal(err)
		}
		d := pack("fake:1", "d", letter{To: Address{Conversation: "d"}, Message: Outbound{Key: "OUT-1", Blocks: []Block{{Text: "去信"}}}})
		if err := b.desk.Complete(t.Context(), bot.Completion{Deliveries: []bot.Delivery{d}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second) // one sweep, a second after both
		b.wantShown()
		time.Sleep(2 * sweepEvery)
		got := b.fake.texts()
		slices.Sort(got)
		if len(got) != 2 || !strings.Contains(strings.Join(got, ""), "来信") || !strings.Contains(strings.Join(got, ""), "去信") {
			t.Errorf("shown %q", got)
		}
	})
}
