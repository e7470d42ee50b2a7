package adapters

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/bot"
)

// reply answers a ticket as a command beside the gateway does.
func (b *bench) reply(ticket, id, text string, taken bool) bot.Inbound {
	b.t.Helper()
	k, err := b.desk.Ticket(b.t.Context(), ticket)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := bot.NewReply(k, id, text, "王五", time.Now())
	if err == nil {
		err = addressReply(k, &r)
	}
	if err == nil {
		_, err = b.desk.Reply(b.t.Context(), r)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if taken && !b.take(*r.Inbound) {
		b.t.Error("the channel is not running")
	}
	return *r.Inbound
}

// What a person answers reaches the asker in their channel, once and marked as such, and
// the conversation goes on.
func TestReplies(t *testing.T) {
	for name, how := range map[string]func(b *bench) bot.Inbound{
		"taken up at once": func(b *bench) bot.Inbound { return b.reply("T-000001", "r1", "“请带身份证”", true) },
		"found in the queue": func(b *bench) bot.Inbound {
			defer time.Sleep(2 * sweepEvery)
			return b.reply("T-000001", "r1", "“请带身份证”", false)
		},
		"written between the runs": func(b *bench) bot.Inbound {
			b.close()
			defer b.open(nil)
			return b.reply("T-000001", "r1", "“请带身份证”", false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
				defer func() { b.close() }()
				b.accept("c", "想贷款")
				b.accept("c", "转人工")
				synctest.Wait()
				in := how(b)
				synctest.Wait()
				b.take(in) // too often
				synctest.Wait()
				b.wantShown("想贷款", "T-000001", "【工作人员答复】工单号T-000001\n\n“请带身份证”\n\n以上是工作人员的答复")
				seen := b.fake.seen()
				last := seen[len(seen)-1]
				if last.to.Conversation != "c" || len(last.m.Buttons) != 3 || slices.ContainsFunc(last.m.Blocks, func(x Block) bool { return x.Quote }) {
					t.Errorf("sent is %+v", last)
				}
				b.event(Event{Kind: KindUp, Conversation: "c", User: "U1", Answer: last.m.Answer})
				b.accept("c", "那上市呢")
				synctest.Wait()
				if all, err := b.desk.FeedbackOn(t.Context(), "r1"); err != nil || len(all) != 1 || all[0].Vote != bot.VoteUp {
					t.Errorf("the feedback is %+v, %v", all, err)
				}
				if k, err := b.desk.Ticket(t.Context(), "T-000001"); err != nil || k.IsOpen() {
					t.Errorf("the ticket is %+v, %v", k, err)
				}
				b.event(Event{Kind: KindHuman, Conversation: "c", User: "U1", Answer: last.m.Answer}) // it did not help
				synctest.Wait()
				if k, err := b.desk.Ticket(t.Context(), "T-000002"); err != nil || !k.IsOpen() || k.Question != "想贷款\n转人工" {
					t.Errorf("the second ticket is %+v, %v", k, err)
				}
			})
		})
	}
}

// Who is handed over reads what is true: somebody was told, or it waits until somebody
// looks. Nobody is asked to wait for somebody who does not come.
func TestTicketsPromiseWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, duty := &fake{id: "fake:1", caps: testCaps}, &fake{id: "group:duty", caps: testCaps}
		b := newBench(t, f, func(c *Config) { c.Platforms = []Platform{f, duty} })
		b.accept("c", "转人工")
		synctest.Wait()
		b.close()
		b.open(func(c *Config) {
			c.Platforms, c.Notices = []Platform{f, duty}, []Notice{{"group:duty", Address{Conversation: "值班群"}}}
		})
		defer b.close()
		b.accept("c", "转人工")
		synctest.Wait()
		b.wantShown("看到后在这里答复您", "已通知工作人员")
		for _, s := range f.texts() {
			if strings.Contains(s, "稍候") || strings.Contains(s, "尽快") {
				t.Errorf("promised is %q", s)
			}
		}
		unattended := newBench(t, &fake{id: "fake:2", caps: testCaps}, func(c *Config) { c.NoTickets = true })
		unattended.accept("c", "转人工")
		unattended.event(Event{Kind: KindHuman, Conversation: "c", User: "U1"})
		synctest.Wait()
		unattended.wantShown("好的。", "没有人值守")
		if all, err := unattended.desk.Tickets(t.Context(), 9); err != nil || len(all) != 0 {
			t.Errorf("tickets that nobody sees: %+v, %v", all, err)
		}
		unattended.close()
		for range 2 { // whoever watches for tickets of other doors may ask as often as they like
			if err := b.Tell(t.Context(), bot.Ticket{ID: "T-000009", Channel: "web", Question: "想\n贷款"}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if got := duty.texts(); len(got) != 2 || !strings.Contains(got[1], "T-000009\n来自:web \n问题:想 贷款") {
			t.Errorf("notices %q", got)
		}
	})
}

// A brokenQueue loses what is completed while it is broken.
type brokenQueue struct {
	bot.Queue
	broken atomic.Bool
}

func (q *brokenQueue) Complete(ctx context.Context, c bot.Completion) error {
	if q.broken.Load() {
		return errors.New("the disk is full")
	}
	return q.Queue.Complete(ctx, c)
}

// A reply that the platform does not take waits until the asker writes again, and is told
// with the answer to that, once.
func TestRepliesThatWereMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.send = func(_ context.Context, _ int, m Outbound) (bool, error) {
			if m.Outcome == string(bot.Replied) {
				return false, Permanent(errors.New("the reply URL has expired"), "")
			}
			return true, nil
		}
		queue := &brokenQueue{}
		b := newBench(t, f, nil)
		b.close()
		queue.Queue = b.desk
		b.open(func(c *Config) { c.Queue = queue })
		defer func() { b.close() }()
		b.accept("c", "转人工")
		synctest.Wait() // the first ticket is hers
		b.accept("d", "转人工")
		synctest.Wait()
		b.reply("T-000001", "r1", "请带身份证", true)
		synctest.Wait()
		b.wantShown("T-000001", "T-000002")
		queue.broken.Store(true)
		b.accept("c", "想贷款")
		b.accept("d", "想贷款")
		time.Sleep(time.Second)
		queue.broken.Store(false)
		time.Sleep(time.Minute)
		b.accept("c", "那上市呢")
		synctest.Wait()
		all := f.texts()
		told := 0
		for _, s := range all {
			told += strings.Count(s, "请带身份证")
		}
		if len(all) != 5 || told != 1 || len(b.stuck()) != 1 {
			t.Errorf("told %d times, stuck %v: %q", told, b.stuck(), all)
		}
	})
}
