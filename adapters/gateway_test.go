package adapters

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/bot"
)

func TestQuestionInAnswerOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, func(c *Config) { c.PublicURL = "https://wence.example" })
		defer b.close()
		r := b.accept("c", "想贷款")
		synctest.Wait()
		b.wantShown("甲局负责。\n\n“想贷款”\n出处:甲〔2026〕1号 二、(六)第2段(融资)\nhttps://wence.example/p/d#1")
		if got := b.fake.seen()[0]; got.to.Conversation != "c" || len(got.m.Buttons) != 3 || got.m.Answer != r.Answer || got.m.Attempt != 1 {
			t.Errorf("%+v", got)
		}
		e, err := b.desk.Exchange(t.Context(), r.Answer)
		if err != nil || e.Question != "想贷款" || e.Channel != "fake:1" || e.User != "U1" {
			t.Errorf("%+v, %v", e, err)
		}
		d, completed, err := b.desk.Deliveries(t.Context(), "fake:1", r.Answer)
		if err != nil || !completed || len(d) != 1 || d[0].State != bot.DeliverySent || d[0].Ref == "" {
			t.Errorf("%+v, %v, %v", d, completed, err)
		}
	})
}

// The same event three times, and the same message under eleven event ids, is answered once.
func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		first := b.accept("c", "想贷款", "ev0", "msg")
		for i := range 14 {
			if i == 7 {
				synctest.Wait() // some come before the answer, some after
			}
			r := b.accept("c", "想贷款", fmt.Sprint("ev", max(0, i-3)), "msg")
			if r.Verdict != Duplicate || r.Answer != first.Answer {
				t.Errorf("%d: %+v", i, r)
			}
		}
		b.close()
		b.open(nil) // and after a restart, without what is in memory
		defer b.close()
		if r := b.accept("c", "想贷款", "other", "msg"); r.Verdict != Duplicate || r.Answer != first.Answer {
			t.Errorf("%+v", r)
		}
		synctest.Wait()
		b.wantShown("想贷款")
	})
}

// What is known by one of its keys is known by the others from then on, also when the
// queue is full and after a restart.
func TestDuplicatesLeaveTheirKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, func(c *Config) { c.Waiting = 1 })
		b.asker.delay = func(bot.Question) time.Duration { return 50 * time.Second } // less than close waits
		first := b.accept("c", "想贷款", "ev0", "msg")
		known := func(keys ...string) {
			t.Helper()
			if r := b.accept("c", "想贷款", keys...); r.Verdict != Duplicate || r.Answer != first.Answer {
				t.Errorf("%q: %+v", keys, r)
			}
		}
		known("msg", "ev1")
		known("ev1")
		known("ev2", "ev1")
		b.close()
		b.open(nil)
		defer b.close()
		known("ev2")
		time.Sleep(time.Hour)
		b.wantShown("想贷款")
	})
}

// Who will be delivered again hears once a minute that it takes longer, at the pace of
// the platform.
func TestBusyIsSaidOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caps := testCaps
		caps.PerApp = Rate{Messages: 1, Per: 2 * time.Second}
		b := newBench(t, &fake{id: "fake:1", caps: caps}, func(c *Config) { c.Waiting = 1 })
		defer b.close()
		b.asker.delay = func(bot.Question) time.Duration { return 100 * time.Second }
		b.accept("c", "一")
		for i := range 18 { // a minute and a half
			b.accept("c", fmt.Sprint("再", i))
			b.accept("d", fmt.Sprint("也", i))
			time.Sleep(5 * time.Second)
		}
		again := Phrase("busy_again")
		b.wantShown(again, again, again, again)
		if got := b.fake.seen(); got[1].at.Sub(got[0].at) < 2*time.Second {
			t.Errorf("said at %s and %s", got[0].at, got[1].at)
		}
		time.Sleep(2 * time.Hour)
	})
}

// 40 conversations with 25 messages each, delivered again at random, by a platform that
// fails at random: each is in order and nothing is doubled.
func TestOrderWithinConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const conversations, messages = 40, 25
		f := &fake{id: "fake:1", caps: testCaps}
		f.caps.IdempotentFor = time.Hour
		f.send = func(context.Context, int, Outbound) (bool, error) {
			time.Sleep(rand.N(50 * time.Millisecond))
			switch rand.IntN(10) {
			case 0:
				return false, Unsent(errors.New("no connection"))
			case 1:
				return false, RetryAfter(time.Second, errors.New("429"))
			case 2:
				return true, errors.New("timeout")
			}
			return true, nil
		}
		b := newBench(t, f, func(c *Config) { c.Waiting, c.PerConversation = 100_000, 100_000 })
		defer b.close()
		b.asker.delay = func(bot.Question) time.Duration { return rand.N(20 * time.Millisecond) }
		for m := range messages {
			for c := range conversations {
				for range 1 + rand.IntN(3) {
					b.accept(fmt.Sprint("c", c), fmt.Sprintf("第%03d个", m), fmt.Sprintf("%d-%d", c, m))
				}
			}
		}
		time.Sleep(time.Hour)
		got := map[string][]string{}
		for _, s := range f.seen() {
			got[s.to.Conversation] = append(got[s.to.Conversation], s.m.Blocks[1].Text)
		}
		for c, texts := range got {
			if len(texts) != messages || !slices.IsSorted(texts) || len(slices.Compact(texts)) != messages {
				t.Errorf("%s: %q", c, texts)
			}
		}
		if len(got) != conversations || len(b.stuck()) != 0 {
			t.Errorf("%d conversations, stuck %v", len(got), b.stuck())
		}
	})
}

// A conversation that stands still does not hold up the others, nor their number.
func TestOneConversationDoesNotBlockOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.send = func(_ context.Context, _ int, m Outbound) (bool, error) {
			if m.Blocks[1].Text == "慢" {
				return false, RetryAfter(time.Minute, errors.New("429"))
			}
			return true, nil
		}
		b := newBench(t, f, func(c *Config) { c.Workers = 2 })
		defer b.close()
		for i := range 10 {
			b.accept(fmt.Sprint("slow", i), "慢")
		}
		b.accept("fast", "快")
		b.accept("slow1", "在后面")
		synctest.Wait()
		b.wantShown("快")
	})
}

func TestQueueFull(t *testing.T) {
	for status, polite := range map[int]int{503: 1, 429: 0, 200: 0} {
		synctest.Test(t, func(t *testing.T) {
			caps := testCaps
			caps.BusyStatus = status
			b := newBench(t, &fake{id: "fake:1", caps: caps}, func(c *Config) { c.Waiting, c.PerConversation, c.Workers = 3, 2, 1 })
			defer b.close()
			b.asker.delay = func(bot.Question) time.Duration { return time.Minute }
			first := b.accept("c1", "一")
			b.accept("c1", "二")
			if r := b.accept("c1", "三", "k3"); r.Verdict != Busy || r.Answer != "" {
				t.Errorf("a conversation that is full: %+v", r)
			}
			if r := b.accept("c1", "一", "key1"); r.Verdict != Duplicate || r.Answer != first.Answer {
				t.Errorf("a duplicate when full: %+v", r)
			}
			b.accept("c2", "四")
			if r := b.accept("c3", "五", "k5"); r.Verdict != Busy {
				t.Errorf("all full: %+v", r)
			}
			b.accept("c3", "五", "k5") // delivered again: asked to wait once
			time.Sleep(30 * time.Second)
			busy := 0
			for _, text := range b.fake.texts() {
				if polite > 0 && text == Phrase("busy_again") {
					busy++
				}
			}
			if busy != 2*polite {
				t.Errorf("status %d: asked to wait %d times", status, busy)
			}
			time.Sleep(time.Hour)
			if r := b.accept("c3", "五", "k5"); r.Verdict != Accepted {
				t.Errorf("delivered again when there is room: %+v", r)
			}
			time.Sleep(time.Hour)
			if n := len(b.fake.texts()); n != 4+2*polite {
				t.Errorf("status %d: %d messages: %q", status, n, b.fake.texts())
			}
		})
	}
}

// Each class of error leads to what is right for it.
func TestErrorClasses(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name       string
		idempotent bool
		find       bool
		send       func(n int) (seen bool, err error)
		shown      int
		attempts   int
		stuck      []bot.DeliveryState
		atLeast    time.Duration
	}{
		{"refused for good", false, false, func(int) (bool, error) { return false, Permanent(broken, "ask the admin") }, 0, 1, []bot.DeliveryState{bot.DeliveryDead}, 0},
		{"unsent, then taken", false, false, func(n int) (bool, error) {
			if n < 4 {
				return false, Unsent(broken)
			}
			return true, nil
		}, 1, 4, nil, 1750 * time.Millisecond},
		{"never reachable", false, false, func(int) (bool, error) { return false, Unsent(broken) }, 0, sendAttempts, []bot.DeliveryState{bot.DeliveryDead}, time.Minute},
		{"throttled for long", false, false, func(n int) (bool, error) {
			if n <= 30 {
				return false, RetryAfter(time.Minute, broken)
			}
			return true, nil
		}, 1, 31, nil, 30 * time.Minute},
		{"throttled for long, then out of reach for once", false, false, func(n int) (bool, error) {
			switch {
			case n <= 30:
				return false, RetryAfter(time.Minute, broken)
			case n == 31:
				return false, Unsent(broken)
			}
			return true, nil
		}, 1, 32, nil, 30 * time.Minute},
		{"throttled for ever", false, false, func(int) (bool, error) { return false, RetryAfter(time.Hour, broken) }, 0, -1, []bot.DeliveryState{bot.DeliveryDead}, 24 * time.Hour},
		{"timeout after it arrived", false, false, func(int) (bool, error) { return true, broken }, 1, 1, []bot.DeliveryState{bot.DeliveryUnknown}, 0},
		{"timeout before it arrived", false, false, func(int) (bool, error) { return false, broken }, 0, 1, []bot.DeliveryState{bot.DeliveryUnknown}, 0},
		{"timeout after it arrived, idempotent", true, false, func(n int) (bool, error) {
			if n < 3 {
				return true, broken
			}
			return true, nil
		}, 1, 3, nil, 0},
		{"timeout after it arrived, found", false, true, func(int) (bool, error) { return true, broken }, 1, 1, nil, findAfter},
		{"timeout before it arrived, not found", false, true, func(n int) (bool, error) {
			if n == 1 {
				return false, broken
			}
			return true, nil
		}, 1, 2, nil, 2 * findAfter},
		{"panic", false, false, func(int) (bool, error) { panic("of the platform") }, 0, 1, []bot.DeliveryState{bot.DeliveryUnknown}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{id: "fake:1", caps: testCaps}
				f.caps.IdempotentFor = knownFor(tt.idempotent)
				f.send = func(_ context.Context, n int, _ Outbound) (bool, error) { return tt.send(n) }
				b := newBench(t, f, func(c *Config) {
					if tt.find {
						c.Platforms = []Platform{finder{f}}
					}
				})
				defer b.close()
				start := time.Now()
				b.accept("c", "想贷款")
				time.Sleep(100 * time.Hour)
				if len(f.seen()) != tt.shown || tt.attempts >= 0 && f.tries() != tt.attempts || !slices.Equal(b.stuck(), tt.stuck) {
					t.Errorf("shown %d, attempts %d, stuck %v", len(f.seen()), f.tries(), b.stuck())
				}
				if tt.shown > 0 && len(f.seen()) > 0 && tt.name != "timeout after it arrived, found" && f.seen()[0].at.Sub(start) < tt.atLeast {
					t.Errorf("shown after %s, want at least %s", f.seen()[0].at.Sub(start), tt.atLeast)
				}
				b.accept("c", "下一个") // the conversation goes on
			})
		})
	}
}

// What was taken in is answered by the next start, in order, and nothing twice.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		down := true
		f.send = func(context.Context, int, Outbound) (bool, error) {
			if down {
				return false, Unsent(errors.New("down"))
			}
			return true, nil
		}
		b := newBench(t, f, func(c *Config) { c.Workers = 1 })
		b.asker.delay = func(q bot.Question) time.Duration {
			if q.Text == "二" {
				return time.Minute
			}
			return 0
		}
		b.accept("c", "一")
		synctest.Wait() // answered, not sent
		b.accept("c", "二")
		b.accept("c", "三")
		b.accept("d", "四")
		synctest.Wait() // 二 is being answered, 三 and 四 wait
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
		if r, err := f.inbox.Accept(t.Context(), Event{Kind: KindText, Keys: []string{"late"}, Conversation: "c", Text: "五"}); err != nil || r.Verdict != Busy {
			t.Errorf("accepted while closing: %+v, %v", r, err)
		}
		b.wantShown()
		if pending, _ := b.desk.Pending(t.Context()); len(pending) != 2 {
			t.Errorf("%d messages are left for the next start", len(pending))
		}
		down = false
		b.open(nil)
		time.Sleep(time.Hour)
		var c []string
		for _, s := range f.seen() {
			if s.to.Conversation == "c" {
				c = append(c, s.m.Blocks[1].Text)
			}
		}
		if !slices.Equal(c, []string{"一", "二", "三"}) || len(f.seen()) != 4 {
			t.Errorf("shown %q of %q", c, f.texts())
		}
		b.close()
		b.open(nil)
		defer b.close()
		time.Sleep(time.Hour)
		if len(f.seen()) != 4 {
			t.Errorf("sent again after a restart: %q", f.texts())
		}
	})
}

// A process died while it was sending. The next one sends again only what the platform
// shows once.
func TestRestartWhileSending(t *testing.T) {
	for _, tt := range []struct {
		idempotent, find, arrived bool
		shown, attempts           int
		stuck                     []bot.DeliveryState
	}{
		{false, false, true, 1, 0, []bot.DeliveryState{bot.DeliveryUnknown}},
		{true, false, true, 1, 1, nil},
		{true, false, false, 1, 1, nil},
		{false, true, true, 1, 0, nil},
		{false, true, false, 1, 1, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{id: "fake:1", caps: testCaps, keys: map[string]bool{}}
			f.caps.IdempotentFor = knownFor(tt.idempotent)
			d := pack("fake:1", "c", letter{To: Address{Conversation: "c"}, Message: Outbound{Key: "A-1", Blocks: []Block{{Text: "想贷款"}}}})
			d.State, d.Attempts = bot.DeliverySending, 1
			if tt.arrived {
				f.keys["A-1"] = true
				f.shown = append(f.shown, shown{text: "想贷款"})
			}
			b := &bench{t: t, desk: &bot.MemoryDesk{}, asker: &answerer{}, fake: f}
			if err := b.desk.Complete(t.Context(), bot.Completion{Deliveries: []bot.Delivery{d}}); err != nil {
				t.Fatal(err)
			}
			b.open(func(c *Config) {
				if tt.find {
					c.Platforms = []Platform{finder{f}}
				}
			})
			defer b.close()
			time.Sleep(time.Hour)
			if len(f.seen()) != tt.shown || f.tries() != tt.attempts || !slices.Equal(b.stuck(), tt.stuck) {
				t.Errorf("%+v: shown %q, attempts %d, stuck %v", tt, f.texts(), f.tries(), b.stuck())
			}
		})
	}
}

func TestPanicIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, func(c *Config) { c.Metrics = registry })
		defer b.close()
		b.asker.fail = func(q bot.Question) error {
			if q.Text == "坏" {
				panic("of the bot")
			}
			return nil
		}
		b.accept("c", "坏")
		b.accept("c", "好")
		time.Sleep(time.Minute)
		b.wantShown("请稍后再试", "好")
		if len(b.asker.asked) != 2 || b.stuck() != nil {
			t.Errorf("asked %q, stuck %v", b.asker.asked, b.stuck())
		}
		w := httptest.NewRecorder()
		handler(b.Routes()).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ch/fake/panic", strings.NewReader("")))
		if w.Code != 500 || strings.Contains(w.Body.String(), "of the fake") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		for name, want := range map[string]float64{
			"wence_channel_events_total fake:1 accepted": 2, "wence_channel_requests_total fake:1 500": 1, "wence_channel_sends_total fake:1 sent": 2,
		} {
			if got := counters(t, registry)[name]; got != want {
				t.Errorf("%s = %v, want %v", name, got, want)
			}
		}
	})
}

// counters returns the counters of a registry by name and labels.
func counters(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue()
		}
	}
	return out
}
