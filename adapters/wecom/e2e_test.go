package wecom

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/bottest"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/store"
)

// realBot is the bot on the embedded policies, made once.
var realBot = sync.OnceValues(func() (*bottest.World, error) {
	return bottest.New(context.Background(), compose.Extractive{})
})

// A slow asker answers after a while, or not before a time.
type slow struct {
	bot.Asker
	delay time.Duration
	ready time.Time
}

func (s *slow) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	select {
	case <-time.After(max(s.delay, time.Until(s.ready))):
	case <-ctx.Done():
		return bot.Answer{}, ctx.Err()
	}
	return s.Asker.Ask(ctx, q)
}

// A slowQueue takes its time to keep a message.
type slowQueue struct {
	bot.Queue
	delay time.Duration
}

func (s *slowQueue) Accept(ctx context.Context, in bot.Inbound, keys []string) (string, bool, error) {
	time.Sleep(s.delay)
	return s.Queue.Accept(ctx, in, keys)
}

// A house is wence with a robot, an application and a group robot, a real store and the
// real bot, beside a WeCom that is not one.
type house struct {
	t       *testing.T
	dir     string
	asker   *slow
	queue   slowQueue
	disk    *fullDisk // between it and the store, from the next open; nil: none
	store   *store.Store
	gateway *adapters.Gateway
	api     *fakeAPI
	group   *fakeAPI // the group of the duty desk
	robot   *fakeClient
	app     *fakeClient
	log     logBuffer
}

// live runs a test with a house, on a clock that goes on by itself.
func live(t *testing.T, test func(*testing.T, *house)) {
	b, err := realBot()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))) // its clock begins before there was a policy
		h := &house{t: t, dir: dir, asker: &slow{Asker: b}, api: newFakeAPI(), group: newFakeAPI()}
		h.robot = &fakeClient{t: t, post: robotPoster(t)}
		h.app = &fakeClient{t: t, post: appPoster(t)}
		h.open()
		defer func() { h.close(time.Hour) }()
		test(t, h)
		for _, s := range append(fakeSecrets, "response_code") {
			if strings.Contains(h.log.String(), s) {
				t.Errorf("the log holds %q:\n%s", s, h.log.String())
			}
		}
		h.api.shown(t)
	})
}

func (h *house) open() {
	h.t.Helper()
	log := slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	robot := newRobot(h.t, "", func(c *RobotConfig) { c.Log = log })
	robot.api.http = &http.Client{Transport: transport{h.api}}
	app := newApp(h.t, "", func(c *AppConfig) { c.Log = log })
	app.api.http = &http.Client{Transport: transport{h.api}}
	group := newGroup(h.t, "", nil)
	group.api.http = &http.Client{Transport: transport{h.group}}
	var err error
	if h.store, err = store.Open(h.t.Context(), h.dir); err != nil {
		h.t.Fatal(err)
	}
	h.queue.Queue = h.store
	if h.disk != nil {
		h.disk.Queue = h.store
		h.queue.Queue = h.disk
	}
	h.gateway, err = adapters.Open(h.t.Context(), adapters.Config{
		Platforms: []adapters.Platform{robot, app, group},
		Reception: bot.NewReception(h.asker, h.store), Queue: &h.queue, PublicURL: "https://zc.example.gov.cn",
		Notices: []adapters.Notice{{Channel: group.ID()}}, Log: log,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	routes := adaptertest.Handler(h.gateway.Routes())
	h.robot.routes, h.app.routes = routes, routes
}

// close stops the house; it lets what is under way end for as long as patience.
func (h *house) close(patience time.Duration) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := errors.Join(h.gateway.Close(ctx), h.store.Close()); err != nil && patience > 0 {
		h.t.Error(err)
	}
}

// settle waits until nothing goes on.
func (h *house) settle() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

// ofType returns what was shown of a kind.
func (h *house) ofType(kind string) (out []fakeMessage) {
	for _, m := range h.api.shown(h.t) {
		if m.Type == kind {
			out = append(out, m)
		}
	}
	return out
}

type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const asked = "想贷点款周转找谁?"

// cited fails the test unless a text is the answer to asked, with quote, source and link.
func cited(t *testing.T, text string) {
	t.Helper()
	for _, want := range []string{"负责。", "金融机构", "出处:", "〔2024〕", "https://zc.example.gov.cn/p/"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}

func TestRobotEndToEnd(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		last := h.robot.ask(robotText(1, asked))
		if last == nil || !last.Stream.Finish {
			t.Fatalf("no answer: %+v", last)
		}
		cited(t, last.Stream.Content)
		id := last.Stream.ID
		frames := h.robot.frames[id]
		if frames[0].Stream.Content != adapters.Phrase("searching") || frames[0].Stream.Feedback.ID != id {
			t.Errorf("first frame %+v", frames[0])
		}
		if n := len(last.Card.Buttons); n != 1 {
			t.Fatalf("%d buttons on %+v", n, last)
		}
		// The answer was fetched, so it is sent nowhere else, also not later.
		time.Sleep(10 * time.Minute)
		if shown := h.api.shown(t); len(shown) != 0 {
			t.Errorf("also shown %+v", shown)
		}
		h.votes(id)
		card := h.robot.press(1, "zhangsan", last.Card.Buttons[0], last.Card.Task)
		if card.Response != "update_template_card" || card.Card.Task != last.Card.Task {
			t.Errorf("card %+v", card)
		}
		h.settle()
		tickets, err := h.store.Tickets(t.Context(), 10)
		if err != nil || len(tickets) != 1 || tickets[0].Answer != id || tickets[0].Question != asked {
			t.Fatalf("tickets %+v, %v", tickets, err)
		}
		if shown := h.ofType("response"); len(shown) != 1 || !strings.Contains(shown[0].Text, tickets[0].ID) {
			t.Errorf("shown %+v", shown)
		}
		if notices := h.group.shown(t); len(notices) != 1 || !strings.Contains(notices[0].Text, asked) || !strings.Contains(notices[0].Text, tickets[0].ID) {
			t.Errorf("notices %+v", notices)
		}
		// What a person answers finds the reply URL used up, and is told with the next answer.
		h.replies(tickets[0])
		if shown := h.ofType("response"); len(shown) != 1 {
			t.Errorf("shown %+v", shown)
		}
		for i, want := range []int{1, 0} {
			last := h.robot.ask(robotText(2+i, asked))
			if last == nil || strings.Count(last.Stream.Content, personSays) != want || !strings.Contains(last.Stream.Content, "出处:") {
				t.Errorf("question %d was answered with %+v", i, last)
			}
		}
	})
}

const personSays = "请带营业执照到二楼。"

// replies has a person answer a ticket, twice in the same words.
func (h *house) replies(k bot.Ticket) {
	h.t.Helper()
	for i := range 2 {
		way, fresh, err := adapters.Reply(h.t.Context(), h.store, h.gateway, k, adapters.Words{Text: personSays, By: "王五"})
		if err != nil || fresh != (i == 0) || fresh && way != adapters.WayNow {
			h.t.Errorf("replied %s, %v, %v", way, fresh, err)
		}
	}
	h.settle()
}

// votes gives feedback, changes and withdraws it, days later too.
func (h *house) votes(answer string) {
	h.t.Helper()
	want := []bot.Vote{bot.VoteUp, bot.VoteDown, bot.VoteNone}
	for i, kind := range []int{1, 2, 3} {
		if !h.robot.vote(i, "lisi", answer, kind, "文件已废止") {
			h.t.Errorf("vote %d was not taken", kind)
		}
		h.settle()
		got, err := h.store.FeedbackOn(h.t.Context(), answer)
		if err != nil || len(got) != 1 || got[0].Vote != want[i] || got[0].User != "lisi" || got[0].Reason != "文件已废止" {
			h.t.Errorf("feedback %+v, %v, want %s", got, err, want[i])
		}
		time.Sleep(72 * time.Hour)
	}
}

// TestRobotPostedAgainAndAgain: taking a question in takes so long that WeCom delivers it
// three times at once, and once more when it has been answered. All have one stream, and
// there is one answer.
func TestRobotPostedAgainAndAgain(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		for _, delay := range []time.Duration{7 * time.Second, 0, 0} {
			h.queue.delay = delay
			last := h.robot.ask(robotText(1, asked))
			if last == nil || !last.Stream.Finish {
				t.Fatalf("%+v", last)
			}
			cited(t, last.Stream.Content)
			h.settle()
		}
		time.Sleep(10 * time.Minute)
		recent, err := h.store.Recent(t.Context(), 10)
		if err != nil || len(recent) != 1 || len(h.robot.frames) != 1 || len(h.api.shown(t)) != 0 {
			t.Errorf("%d exchanges, %d streams, %d messages, %v", len(recent), len(h.robot.frames), len(h.api.shown(t)), err)
		}
	})
}

// TestRobotWhoseAnswerTakesTooLong: the stream is ended in time, and the answer comes by
// the reply URL, once and nowhere else.
func TestRobotWhoseAnswerTakesTooLong(t *testing.T) {
	for _, delay := range []time.Duration{329 * time.Second, 330 * time.Second, 331 * time.Second, 339 * time.Second, 7 * time.Minute} {
		live(t, func(t *testing.T, h *house) {
			h.asker.ready = time.Now().Add(delay)
			start := time.Now()
			last := h.robot.ask(robotText(1, asked))
			if last == nil || !last.Stream.Finish {
				t.Fatalf("%s: the stream never ended: %+v", delay, last)
			}
			if took := time.Since(start); took > 335*time.Second {
				t.Errorf("%s: the stream ended after %s", delay, took)
			}
			time.Sleep(30 * time.Minute)
			byURL := h.ofType("response")
			inStream := strings.Contains(last.Stream.Content, "出处:")
			if len(byURL)+map[bool]int{true: 1}[inStream] != 1 {
				t.Fatalf("%s: in the stream: %v, by reply URL: %d", delay, inStream, len(byURL))
			}
			if !inStream {
				if last.Stream.Content != adapters.Phrase("later") {
					t.Errorf("%s: the stream ended with %q", delay, last.Stream.Content)
				}
				cited(t, byURL[0].Text)
			}
		})
	}
}

// TestRobotStopsInBetween: wence is stopped while it answers, and the stream goes on.
func TestRobotStopsInBetween(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.asker.delay = 30 * time.Second
		data, ok := h.robot.deliver(robotText(1, asked))
		if !ok {
			t.Fatal("not taken")
		}
		first := openFrame(t, h.robot.post.crypt, "nonce-1", data)
		h.robot.show(first)
		time.Sleep(5 * time.Second)
		h.close(0)
		time.Sleep(10 * time.Second)
		h.asker.delay = time.Second
		h.open()
		last := h.robot.poll(first)
		if !last.Stream.Finish {
			t.Fatalf("%+v", last)
		}
		cited(t, last.Stream.Content)
		h.close(time.Second) // and the last frame is polled again by another process
		h.open()
		delete(h.robot.frames, first.Stream.ID)
		if again := h.robot.poll(first); again.Stream.Content != last.Stream.Content {
			t.Errorf("polled again: %+v", again)
		}
		time.Sleep(10 * time.Minute)
		if shown := h.api.shown(t); len(shown) != 0 {
			t.Errorf("also shown %+v", shown)
		}
	})
}

// TestRobotFullHouse: who is too many is asked to come again, in the stream and only there.
func TestRobotFullHouse(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.asker.delay = 2 * time.Minute
		for n := range 5 {
			if _, ok := h.robot.deliver(robotText(n, asked)); !ok {
				t.Fatalf("question %d was not taken", n)
			}
		}
		last := h.robot.ask(robotText(6, asked))
		if last == nil || !last.Stream.Finish || last.Stream.Content != adapters.Phrase("busy") {
			t.Errorf("%+v", last)
		}
		h.settle()
		if shown := h.api.shown(t); len(shown) != 0 {
			t.Errorf("also shown %+v", shown)
		}
	})
}

func TestAppEndToEnd(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.queue.delay = 7 * time.Second // so that it is delivered three times
		h.api.revoked = 42001
		h.app.deliver(appText(1, asked))
		h.queue.delay = 0
		h.settle()
		if _, ok := h.app.deliver(appText(1, asked)); !ok {
			t.Error("a duplicate was not acknowledged")
		}
		h.settle()
		texts, cards := h.ofType("text"), h.ofType("template_card")
		if len(texts) != 1 || len(cards) != 1 {
			t.Fatalf("%d texts and %d cards", len(texts), len(cards))
		}
		cited(t, texts[0].Text)
		_, id, _ := strings.Cut(cards[0].Buttons[0].Key, ":")
		press := func(key string) {
			message := appEvent("ZhangSan", "template_card_event", "<EventKey>"+key+"</EventKey><TaskId>"+cards[0].Task+"</TaskId><ResponseCode>code-"+key+"</ResponseCode>")
			for range 2 {
				if _, ok := h.app.deliver(message); !ok {
					t.Errorf("the press of %s was not taken", key)
				}
			}
			h.settle()
		}
		press("down:" + id)
		got, err := h.store.FeedbackOn(t.Context(), id)
		if err != nil || len(got) != 1 || got[0].Vote != bot.VoteDown || got[0].User != fakeUser {
			t.Errorf("feedback %+v, %v", got, err)
		}
		if len(h.api.updates) != 1 {
			t.Errorf("the card was updated %d times: %q", len(h.api.updates), h.api.updates)
		}
		press("human:" + id)
		tickets, err := h.store.Tickets(t.Context(), 10)
		if err != nil || len(tickets) != 1 || tickets[0].Answer != id {
			t.Fatalf("tickets %+v, %v", tickets, err)
		}
		if texts = h.ofType("text"); len(texts) != 2 || !strings.Contains(texts[1].Text, tickets[0].ID) {
			t.Errorf("texts %+v", texts)
		}
		if notices := h.group.shown(t); len(notices) != 1 {
			t.Errorf("notices %+v", notices)
		}
		h.replies(tickets[0])
		if texts = h.ofType("text"); len(texts) != 3 || strings.Count(texts[2].Text, personSays) != 1 || !strings.Contains(texts[2].Text, "【工作人员答复】工单号"+tickets[0].ID) {
			t.Errorf("texts %+v", texts)
		}
	})
}

// TestAppWelcomesOnceADay: the event comes whenever somebody opens the application.
func TestAppWelcomesOnceADay(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		for range 3 { // bubbles begin at midnight UTC
			for range 3 {
				h.app.deliver(appEvent(fakeUser, "enter_agent", ""))
				time.Sleep(time.Hour)
			}
			time.Sleep(21 * time.Hour)
		}
		if texts := h.ofType("text"); len(texts) != 3 {
			t.Errorf("%d welcomes in three days", len(texts))
		}
	})
}

// TestAppKeepsTheLimit: WeCom drops silently what is more than 30 a minute for a member,
// so nothing may be more.
func TestAppKeepsTheLimit(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		const questions = 60
		for n := range questions {
			for {
				if _, ok := h.app.deliver(appText(n, asked)); ok {
					break
				}
				time.Sleep(time.Second) // the queue of this member is full
			}
		}
		time.Sleep(time.Hour)
		answers, busy := 0, 0
		for _, m := range h.ofType("text") {
			if m.Text == adapters.Phrase("busy_again") {
				busy++ // said at most once a minute, within the same limit
			} else {
				answers++
			}
		}
		if answers != questions || busy > 3 || h.api.dropped != 0 {
			t.Errorf("%d answers and %d times busy shown and %d messages dropped of %d questions", answers, busy, h.api.dropped, questions)
		}
	})
}

// TestPicturesGetANotice: what cannot be read is answered politely.
func TestPicturesGetANotice(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.app.deliver("<xml><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format><MsgId>77</MsgId></xml>")
		h.settle()
		if texts := h.ofType("text"); len(texts) != 1 || texts[0].Text != adapters.Phrase("unsupported") {
			t.Errorf("%+v", texts)
		}
	})
}
