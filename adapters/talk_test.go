package adapters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The platform asks for the answer itself: nothing is sent, unless it never asks.
func TestPull(t *testing.T) {
	for _, tt := range []struct {
		pull      time.Duration
		delivered bool
		shown     []string
	}{
		{5 * time.Minute, true, nil},
		{5 * time.Minute, false, []string{"想贷款"}},
		{PullOnly, true, nil},
		{PullOnly, false, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{id: "fake:1", caps: testCaps}
			b := newBench(t, f, nil)
			b.asker.delay = func(bot.Question) time.Duration { return time.Second }
			r := b.event(Event{Kind: KindText, Conversation: "c", Text: "想贷款", PullFor: tt.pull})
			b.event(Event{Kind: KindText, Conversation: "c", Text: "第二个", PullFor: PullOnly}) // does not wait for the first to be fetched
			p, err := f.inbox.Progress(t.Context(), r.Answer)
			if err != nil || p.Finished || len(p.Parts) != 0 {
				t.Errorf("at once: %+v, %v", p, err)
			}
			short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if p, err = f.inbox.Wait(short, r.Answer); err != nil || p.Finished {
				t.Errorf("too early: %+v, %v", p, err)
			}
			for range 3 { // as often as the platform likes
				p, err = f.inbox.Wait(t.Context(), r.Answer)
				if err != nil || !p.Finished || len(p.Parts) != 1 || !strings.Contains(PlainText(p.Parts[0]), "想贷款") || len(p.Parts[0].Buttons) != 3 {
					t.Fatalf("%+v, %v", p, err)
				}
			}
			if tt.delivered {
				for range 2 {
					if err := f.inbox.Delivered(t.Context(), r.Answer); err != nil {
						t.Fatal(err)
					}
				}
			}
			time.Sleep(4 * time.Minute)
			b.wantShown()
			b.close() // and after a restart
			b.open(nil)
			defer b.close()
			if p, err := f.inbox.Progress(t.Context(), r.Answer); err != nil || !p.Finished {
				t.Errorf("after a restart: %+v, %v", p, err)
			}
			time.Sleep(time.Hour)
			b.wantShown(tt.shown...)
			if _, err := f.inbox.Progress(t.Context(), "unknown"); !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("unknown: %v", err)
			}
			if err := f.inbox.Delivered(t.Context(), "unknown"); !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("unknown: %v", err)
			}
		})
	}
}

// An answer that waits to be fetched holds up no other of its conversation.
func TestPullHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		defer b.close()
		b.event(Event{Kind: KindText, Conversation: "c", Text: "第一个", PullFor: 5 * time.Minute})
		b.event(Event{Kind: KindText, Conversation: "c", Text: "第二个", PullFor: time.Minute})
		b.accept("c", "第三个")
		synctest.Wait()
		b.wantShown("第三个")
		time.Sleep(2 * time.Minute)
		b.wantShown("第三个", "第二个")
	})
}

// No channel can read the answers of another.
func TestProgressIsOfItsChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, other := &fake{id: "fake:a", caps: testCaps}, &fake{id: "fake:b", caps: testCaps}
		b := newBench(t, a, func(c *Config) { c.Platforms = []Platform{a, other} })
		defer b.close()
		b.asker.delay = func(bot.Question) time.Duration { return time.Second }
		r := b.accept("c", "想贷款", "k")
		for range 2 {
			if p, err := other.inbox.Progress(t.Context(), r.Answer); !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("%+v, %v", p, err)
			}
			time.Sleep(time.Minute)
		}
		b.fake = other
		if r := b.accept("c", "想贷款", "k"); r.Verdict != Accepted {
			t.Errorf("the same key in another channel: %+v", r)
		}
	})
}

func TestVotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		b := newBench(t, f, func(c *Config) { c.Platforms = []Platform{updater{f}} })
		defer b.close()
		r := b.accept("c", "想贷款")
		synctest.Wait()
		vote := func(kind Kind, user, reason string) {
			b.event(Event{Kind: kind, Conversation: "other of a group", User: user, Answer: r.Answer, Reason: reason})
			synctest.Wait()
		}
		vote(KindUp, "U1", "")
		vote(KindDown, "U2", "文件已废止")
		vote(KindUp, "U3", "")
		vote(KindWithdrawn, "U3", "")
		vote(KindDown, "U1", "")
		all, err := b.desk.FeedbackOn(t.Context(), r.Answer)
		got := map[string]bot.Vote{}
		for _, v := range all {
			got[v.User] = v.Vote
		}
		if err != nil || len(all) != 3 || got["U1"] != bot.VoteDown || got["U2"] != bot.VoteDown || got["U3"] != bot.VoteNone || all[0].Reason != "文件已废止" {
			t.Errorf("%+v, %v", all, err)
		}
		b.wantShown(Phrase("thanks_down")) // in the place of the answer, once
		b.event(Event{Kind: KindUp, Conversation: "c", User: "U1", Answer: "NONE"})
		synctest.Wait()
		if len(b.stuck()) != 0 {
			t.Errorf("a vote on nothing is stuck: %v", b.stuck())
		}
	})
}

func TestHumans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, duty := &fake{id: "fake:1", caps: testCaps}, &fake{id: "group:duty", caps: testCaps}
		b := newBench(t, f, func(c *Config) {
			c.Platforms = []Platform{f, duty}
			c.Notices = []Notice{{"group:duty", Address{Conversation: "值班群"}}}
		})
		defer b.close()
		r := b.accept("c", "想贷款")
		synctest.Wait()
		press := Event{Kind: KindHuman, Conversation: "c", User: "U1", Name: "张\n三\u2028\r工单", Answer: r.Answer}
		for range 2 { // pressed twice
			b.event(press)
			synctest.Wait()
		}
		b.accept("c", "转人工") // said in words
		synctest.Wait()
		b.event(Event{Kind: KindHuman, Conversation: "c", User: "U1"}) // about no answer
		b.event(Event{Kind: KindHuman, Conversation: "c", User: "U1", Answer: "ELSEWHERE"})
		synctest.Wait()
		b.wantShown("想贷款", "T-000001", "已经登记,工单号T-000001", "T-000002", "T-000003", "T-000004")
		if got := duty.texts(); len(got) != 4 || !strings.Contains(got[0], "T-000001\n来自:fake:1 张 三 工单\n问题:想贷款") || !strings.Contains(got[1], "U1\n问题:想贷款 转人工") {
			t.Errorf("notices %q", got)
		}
		all, err := b.desk.Tickets(t.Context(), 9)
		if err != nil || len(all) != 4 || all[3].Question != "想贷款" || all[3].Answer != r.Answer || all[0].Answer == "" {
			t.Errorf("%+v, %v", all, err)
		}
		if err := b.Notify(t.Context(), "report-1", Notice{"group:duty", Address{Conversation: "值班群"}}, "日报"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := duty.texts(); got[len(got)-1] != "日报" {
			t.Errorf("notices %q", got)
		}
		if err := b.Notify(t.Context(), "report-1", Notice{Channel: "none"}, "日报"); err == nil {
			t.Error("a notice to no channel")
		}
	})
}

func TestOtherEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caps := testCaps
		caps.Buttons = false
		b := newBench(t, &fake{id: "fake:1", caps: caps}, nil)
		defer b.close()
		b.event(Event{Kind: KindWelcome, Conversation: "c"})
		b.event(Event{Kind: KindUnsupported, Conversation: "c"})
		b.event(Event{Kind: KindText, Conversation: "c", Text: " \x00 "})
		b.event(Event{Kind: "of a newer version", Conversation: "c"})
		b.accept("c", "问题一")
		synctest.Wait()
		b.event(Event{Kind: KindReset, Conversation: "c"})
		synctest.Wait()
		b.wantShown(Phrase("welcome"), Phrase("unsupported"), Phrase("empty"), Phrase("reply_words"), Phrase("reset"))
		all, err := b.desk.Conversation(t.Context(), "fake:1", "c", 9)
		if err != nil || len(all) != 2 || all[1].Question != "" {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

func TestHostileEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		defer b.close()
		for _, ev := range []Event{{}, {Kind: KindText, Conversation: "c"}, {Kind: KindText, Keys: []string{"", "\x00"}, Conversation: "c"}, {Kind: KindText, Keys: []string{"k"}}} {
			if _, err := b.fake.inbox.Accept(t.Context(), ev); !errors.Is(err, bot.ErrInvalid) {
				t.Errorf("%+v: %v", ev, err)
			}
		}
		bad := "a\x00\xff\u202e" + strings.Repeat("长", 10_000)
		r := b.event(Event{Kind: KindText, Keys: []string{bad}, Conversation: bad, User: bad, Name: bad, Text: bad, Reason: bad, Answer: bad})
		synctest.Wait()
		e, err := b.desk.Exchange(t.Context(), r.Answer)
		if err != nil || len(e.Question) > maxText || strings.ContainsRune(e.Question, 0) {
			t.Errorf("%d bytes, %v", len(e.Question), err)
		}
	})
}

func TestRateLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.caps.PerConversation = Rate{Messages: 30, Per: time.Minute, Burst: 5}
		f.caps.PerApp = Rate{Messages: 1, Per: time.Second, Burst: 10}
		b := newBench(t, f, func(c *Config) { c.Waiting, c.PerConversation = 1000, 1000 })
		defer b.close()
		for i := range 100 {
			b.accept([]string{"a", "b", "c"}[i%3], "q")
		}
		time.Sleep(time.Hour)
		if len(f.seen()) != 100 {
			t.Fatalf("%d shown", len(f.seen()))
		}
		window := func(of []shown, per time.Duration) (most int) {
			for i := range of {
				j := i
				for j < len(of) && of[j].at.Sub(of[i].at) < per {
					j++
				}
				most = max(most, j-i)
			}
			return most
		}
		if n := window(f.seen(), time.Minute); n > 70 || n < 55 {
			t.Errorf("%d messages of the app in a minute", n)
		}
		of := slices.DeleteFunc(slices.Clone(f.seen()), func(s shown) bool { return s.to.Conversation != "a" })
		if n := window(of, time.Minute); n > 35 {
			t.Errorf("%d messages of a conversation in a minute", n)
		}
	})
}

func TestLimitersAreForgotten(t *testing.T) {
	l := newLimits(Caps{PerConversation: Rate{Messages: 1, Per: time.Second}})
	now := time.Now()
	for i := range maxLimiters + 10 {
		l.reserve(string(rune(i)), now.Add(time.Duration(i)*time.Millisecond))
	}
	if n := len(l.conversations); n > maxLimiters {
		t.Errorf("%d limiters", n)
	}
	if wait := l.reserve(string(rune(maxLimiters+9)), now.Add((maxLimiters+9)*time.Millisecond)); wait <= 0 {
		t.Error("a busy conversation was forgotten")
	}
}

// A store says that it failed although it kept the message: the sweep finds it.
type lyingQueue struct {
	*bot.MemoryDesk
	accept, complete bool
}

func (q *lyingQueue) Accept(ctx context.Context, in bot.Inbound, keys []string) (string, bool, error) {
	id, fresh, err := q.MemoryDesk.Accept(ctx, in, keys)
	if q.accept {
		q.accept, err = false, errors.New("connection lost")
	}
	return id, fresh, err
}

func (q *lyingQueue) Complete(ctx context.Context, c bot.Completion) error {
	err := q.MemoryDesk.Complete(ctx, c)
	if q.complete {
		q.complete, err = false, errors.New("connection lost")
	}
	return err
}

func TestStoreThatLies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		desk := &lyingQueue{MemoryDesk: &bot.MemoryDesk{}, accept: true, complete: true}
		b := &bench{t: t, desk: desk.MemoryDesk, asker: &answerer{}, fake: f}
		b.open(func(c *Config) { c.Queue = desk })
		defer b.close()
		ev := Event{Kind: KindText, Keys: []string{"k"}, Conversation: "c", Text: "想贷款"}
		if _, err := f.inbox.Accept(t.Context(), ev); err == nil {
			t.Fatal("no error")
		}
		if r, err := f.inbox.Accept(t.Context(), ev); err != nil || r.Verdict != Duplicate { // delivered again
			t.Errorf("%+v, %v", r, err)
		}
		time.Sleep(10 * time.Minute)
		b.wantShown("想贷款")
		time.Sleep(10 * time.Hour) // sweeps and purges do nothing more
		b.wantShown("想贷款")
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.flights)+len(b.lanes)+len(b.parcels) != 0 {
			t.Errorf("still under way: %v %v %v", b.flights, b.lanes, b.parcels)
		}
	})
}

func TestQueueIsPurged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		r := b.accept("c", "想贷款", "k")
		time.Sleep(47 * time.Hour)
		b.close()
		b.open(nil) // without what is in memory
		defer b.close()
		if got := b.accept("c", "想贷款", "k"); got.Verdict != Duplicate || got.Answer != r.Answer {
			t.Errorf("%+v", got)
		}
		time.Sleep(3 * time.Hour)
		if _, _, err := b.desk.Deliveries(t.Context(), "fake:1", r.Answer); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, err := b.desk.Exchange(t.Context(), r.Answer); err != nil {
			t.Error(err)
		}
	})
}

// An admin has a message that is stuck sent once more.
func TestStuckIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.send = func(_ context.Context, n int, _ Outbound) (bool, error) {
			if n == 1 {
				return false, Permanent(errors.New("not in the channel"), "invite the bot")
			}
			return true, nil
		}
		b := newBench(t, f, nil)
		defer b.close()
		b.accept("c", "想贷款")
		synctest.Wait()
		stuck, err := b.desk.Stuck(t.Context(), 9)
		if err != nil || len(stuck) != 1 || !strings.Contains(stuck[0].Error, "invite the bot") {
			t.Fatalf("%+v, %v", stuck, err)
		}
		stuck[0].State = bot.DeliveryReady
		if err := b.desk.Update(t.Context(), stuck[0]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		b.wantShown("想贷款")
	})
}

func TestOpenRefuses(t *testing.T) {
	a := &fake{id: "fake:1"}
	for _, c := range []Config{
		{Platforms: []Platform{a, a}},
		{Platforms: []Platform{a}, Notices: []Notice{{Channel: "none"}}},
	} {
		c.Queue = &bot.MemoryDesk{}
		if _, err := Open(t.Context(), c); err == nil {
			t.Errorf("%+v was opened", c)
		}
	}
}

func TestRender(t *testing.T) {
	a := answered("A", "对符合条件的企业给予贴息。")
	a.Text = "是。\n" + a.Text
	a.Suggestions = []string{"怎么申请?"}
	second := a.Citations[0]
	second.Quote, second.Start, second.End = "按季度拨付。", 39, 57
	a.Citations[0].End = 39
	apart := second
	apart.Quote, apart.Start, apart.End = "另行通知。", 90, 105
	unsaid := a.Citations[0]
	unsaid.Ref.Path, unsaid.Quote = "三、(一)第1段", "没有逐字写进正文。"
	a.Citations = append(a.Citations, second, apart, unsaid)
	a.Text = strings.Replace(a.Text, "\n出处", "\n原文:“按季度拨付。”\n出处", 1)
	got := Render(a, "https://wence.example")
	want := []Block{
		{Text: "是。\n甲局负责。"},
		{Text: "对符合条件的企业给予贴息。按季度拨付。", Quote: true, Source: second.Where(), URL: "https://wence.example/p/d#1"},
		{Text: "另行通知。", Quote: true, Source: second.Where(), URL: "https://wence.example/p/d#1"},
		{Text: "没有逐字写进正文。", Quote: true, Source: unsaid.Where(), URL: "https://wence.example/p/d#1"},
		{Text: Phrase("suggest") + "\n· 怎么申请?"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for _, b := range Render(a, "") {
		if b.URL != "" {
			t.Errorf("a link to nowhere: %q", b.URL)
		}
	}
	// A sentence that uses the words of a quote is kept.
	a = answered("A", "贴息")
	a.Text = "政策写明对符合条件的企业给予贴息,由甲局负责办理。"
	if got := Render(a, ""); got[0].Text != a.Text || got[1].Text != "贴息" {
		t.Errorf("%+v", got)
	}
}

func TestReport(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, corpus.China)
	desk, n := &bot.MemoryDesk{}, 0
	ask := func(hour int, o bot.Outcome, question string, votes ...bot.Vote) {
		t.Helper()
		n++
		e := bot.Exchange{ID: fmt.Sprint(n), Channel: "web", Conversation: "c", Question: question, Asked: day.Add(time.Duration(hour) * time.Hour), Answer: bot.Answer{Outcome: o}}
		_, err := desk.Keep(t.Context(), e)
		for i, v := range votes {
			err = errors.Join(err, desk.Rate(t.Context(), bot.Feedback{Answer: e.ID, User: fmt.Sprint(i), Vote: v}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ask(-1, bot.NoBasis, "昨天的", bot.VoteUp)
	ask(0, bot.Answered, "一", bot.VoteUp, bot.VoteUp, bot.VoteDown, bot.VoteNone)
	ask(5, bot.NoBasis, "机票补贴\n多少?")
	ask(6, bot.NoBasis, "护照在哪办?")
	ask(7, bot.NoBasis, " 护照在哪办")
	ask(7, bot.NoBasis, "??", bot.VoteDown)
	ask(8, bot.SmallTalk, "")
	ask(23, bot.HandedOver, "转人工")
	ask(24, bot.NoBasis, "明天的")
	for _, hours := range []time.Duration{-1, 1} {
		if _, _, err := desk.OpenTicket(t.Context(), bot.Ticket{Channel: "web", Conversation: "c", Opened: day.Add(hours * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Report(t.Context(), desk, desk, day)
	want := "问策日报 2026-03-01\n咨询6次:有依据的答复1次,政策没有写到4次,请说具体些0次,转人工1次,其他0次。新工单1件。评价:有用2次,没用2次。\n" +
		"现有2件工单没有人答复,最早的是2026-02-28。\n没有答上来的问题:\n1. 护照在哪办(2次)\n2. ??\n3. 机票补贴 多少?"
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := Report(t.Context(), desk, desk, day.AddDate(0, 0, 5)); err != nil || !strings.Contains(got, "没有人咨询") {
		t.Errorf("%s, %v", got, err)
	}
}

func TestButtonValues(t *testing.T) {
	for _, k := range []Kind{KindUp, KindDown, KindWithdrawn, KindHuman} {
		if kind, answer, ok := ParseValue(Button{Kind: k}.Value("A1")); !ok || kind != k || answer != "A1" {
			t.Errorf("%s: %s, %s, %v", k, kind, answer, ok)
		}
	}
	for _, s := range []string{"", "up", "up:", "text:A1", "welcome:A1", "up:" + strings.Repeat("A", 65)} {
		if _, _, ok := ParseValue(s); ok {
			t.Errorf("%q was read", s)
		}
	}
}
