package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/bottest"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/store"
)

const (
	publicURL = "https://wence.example"
	question  = "想贷点款周转找谁?"
)

// realBot is the whole engine on the embedded policies, made once for all tests.
var realBot = sync.OnceValues(func() (*bottest.World, error) {
	return bottest.New(context.Background(), compose.Extractive{})
})

// A city hall is wence as it runs: gateway, engine and store, with Slack in front of it.
type cityHall struct {
	*fakeSlack
	t       *testing.T
	store   *store.Store
	gateway *adapters.Gateway
	routes  http.Handler
}

func openCityHall(t *testing.T) *cityHall {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &cityHall{fakeSlack: newFake(t), t: t, store: s}
	h.open()
	t.Cleanup(func() {
		h.close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *cityHall) open() {
	h.t.Helper()
	b, err := realBot()
	if err != nil {
		h.t.Fatal(err)
	}
	h.gateway, err = adapters.Open(h.t.Context(), adapters.Config{
		Platforms: []adapters.Platform{openPlatform(h.t, testConfig(h.URL))}, Reception: bot.NewReception(b, h.store), Queue: h.store,
		PublicURL: publicURL, Notices: []adapters.Notice{{Channel: "slack:team1", To: adapters.Address{Conversation: "C-DESK"}}},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.routes = adapters.Handler(h.gateway.Routes())
}

func (h *cityHall) close() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := h.gateway.Close(ctx); err != nil {
		h.t.Error(err)
	}
}

// settle waits until everything that was taken in is answered, and everything that is
// to be sent has been decided about.
func (h *cityHall) settle() {
	h.t.Helper()
	h.until("everything is answered and sent", func() bool {
		pending, err1 := h.store.Pending(h.t.Context())
		unsent, err2 := h.store.Unsent(h.t.Context())
		if err := errors.Join(err1, err2); err != nil {
			h.t.Fatal(err)
		}
		return len(pending)+len(unsent) == 0
	})
}

func (h *cityHall) until(what string, done func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("waited in vain until %s; shown: %+v", what, h.shown())
		}
	}
}

// post gives one of our URLs a signed request.
func (h *cityHall) post(what string, body []byte) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.routes.ServeHTTP(w, post(h.t, time.Now(), what, body))
	return w
}

// mention is a message in a channel, delivered under an event ID, as the mention that it
// is or as the message that it is too.
func mention(kind, eventID, ts, text string) []byte {
	return []byte(`{"type":"event_callback","team_id":"T1","api_app_id":"A1","event_id":"` + eventID + `","event_time":1,` +
		`"authorizations":[{"team_id":"T1","user_id":"UBOT","is_bot":true}],"event":{"type":"` + kind + `","user":"U1","channel":"C1",` +
		`"channel_type":"channel","ts":"` + ts + `","event_ts":"` + ts + `","text":"<@UBOT> ` + text + `"}}`)
}

// pressIn presses a button below a message that the fake shows.
func (h *cityHall) pressIn(m posted, user, action, value, at string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.post("interactions", payload("block_actions", `"container":{"type":"message","message_ts":"`+m.ts+`","channel_id":"`+m.channel+
		`","thread_ts":"`+m.thread+`"},"response_url":"`+h.URL+`/actions/x","actions":[{"type":"button","action_id":"`+action+`","value":"`+value+`","action_ts":"`+at+`"}]`, user))
}

// exchange returns the only exchange of a conversation.
func (h *cityHall) exchange(conversation string) bot.Exchange {
	h.t.Helper()
	all, err := h.store.Conversation(h.t.Context(), "slack:team1", conversation, 10)
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d exchanges in %s: %v", len(all), conversation, err)
	}
	return all[0]
}

// wantFeedback fails the test unless the answer has this feedback.
func (h *cityHall) wantFeedback(answer, want string) {
	h.t.Helper()
	all, err := h.store.FeedbackOn(h.t.Context(), answer)
	if err != nil {
		h.t.Fatal(err)
	}
	var got []string
	for _, f := range all {
		got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s %s", f.User, f.Vote, f.Reason), " "))
	}
	if s := strings.Join(got, ", "); s != want {
		h.t.Errorf("feedback %q, want %q", s, want)
	}
}

// Question in, cited answer out, button pressed, feedback stored. The same event three
// times, its copy as a message, and eleven event IDs of one message: one answer.
func TestEndToEnd(t *testing.T) {
	h := openCityHall(t)
	const ts = "1500000001.000200"
	var wait sync.WaitGroup
	for i := range 11 {
		wait.Go(func() {
			for range 3 {
				if code := deliver(t, h.routes, mention("app_mention", fmt.Sprintf("Ev%d", i), ts, question)); code != http.StatusOK {
					t.Errorf("status %d", code)
				}
			}
			if code := deliver(t, h.routes, mention("message", fmt.Sprintf("EvM%d", i), ts, question)); code != http.StatusOK {
				t.Errorf("its copy: status %d", code)
			}
		})
	}
	wait.Wait()
	h.settle()
	all := h.shown()
	if len(all) != 1 {
		t.Fatalf("%d answers are shown: %+v", len(all), all)
	}
	m, e := all[0], h.exchange("C1/"+ts)
	if m.channel != "C1" || m.thread != ts || e.Question != question || e.User != "U1" {
		t.Errorf("shown in %s %s; kept %+v", m.channel, m.thread, e)
	}
	if e.Answer.Outcome != bot.Answered || len(e.Answer.Citations) == 0 {
		t.Fatalf("answer %+v", e.Answer)
	}
	for _, c := range e.Answer.Citations {
		if !strings.Contains(strings.Join(m.quotes, "\n"), c.Quote) || !strings.Contains(m.seen, "<"+publicURL+c.URL+">") {
			t.Errorf("the quote %q with its link %s is not shown: %s", c.Quote, c.URL, m.seen)
		}
	}
	for _, b := range e.Answer.Bureaus {
		if !strings.Contains(m.seen, b.Name) {
			t.Errorf("%s is not shown", b.Name)
		}
	}

	// 👍, twice by the same click, then 👎 by another, who says why.
	for range 2 {
		h.pressIn(m, "U1", actionVote, "up:"+e.ID, "8.1")
	}
	h.settle()
	h.wantFeedback(e.ID, "U1 up")
	withdraw := "[" + adapters.Phrase("button_withdraw") + "]"
	h.until("the vote is shown in place, and how to take it back", func() bool {
		seen := h.shown()[0].seen
		return strings.Contains(seen, adapters.Phrase("thanks_up")) && strings.Contains(seen, withdraw)
	})
	h.pressIn(m, "U1", actionPress+"withdrawn", "withdrawn:"+e.ID, "8.11")
	h.settle()
	h.wantFeedback(e.ID, "U1 none")
	h.until("it is shown as taken back", func() bool {
		seen := h.shown()[0].seen
		return strings.Contains(seen, adapters.Phrase("vote_withdrawn")) && !strings.Contains(seen, withdraw)
	})
	h.pressIn(m, "U1", actionVote, "up:"+e.ID, "8.12")
	h.settle()
	h.wantFeedback(e.ID, "U1 up")
	h.pressIn(m, "U2", actionVote, "down:"+e.ID, "8.2")
	h.settle()
	h.wantFeedback(e.ID, "U1 up, U2 down")
	h.until("the form is open", func() bool { return h.called("views.open") == 1 })
	h.mu.Lock()
	mark := h.views[0]
	h.mu.Unlock()
	h.post("interactions", payload("view_submission", fmt.Sprintf(`"view":{"id":"V1","callback_id":"wence_reason","private_metadata":%q,`+
		`"state":{"values":{"wence_reason_block":{"wence_reason_input":{"value":"没说额度"}}}}}`, mark), "U2"))
	h.settle()
	h.wantFeedback(e.ID, "U1 up, U2 down 没说额度")
	h.until("the answer is changed in place", func() bool {
		m := h.shown()[0]
		return strings.Contains(m.seen, adapters.Phrase("thanks_down")) && len(m.quotes) == len(all[0].quotes)
	})

	// 转人工, twice: one ticket, and those who are to know are told once.
	for i := range 2 {
		h.pressIn(m, "U1", actionPress+"human", "human:"+e.ID, fmt.Sprintf("9.%d", i))
	}
	h.settle()
	tickets, err := h.store.Tickets(t.Context(), 10)
	if err != nil || len(tickets) != 1 || tickets[0].Answer != e.ID || tickets[0].Question != question {
		t.Errorf("tickets %+v: %v", tickets, err)
	}
	told := 0
	for _, m := range h.shown()[1:] {
		switch {
		case m.channel == "C-DESK" && strings.Contains(m.seen, question):
			told++
		case m.channel == "C1" && m.thread == ts && strings.Contains(m.seen, tickets[0].ID):
		default:
			t.Errorf("also shown: %+v", m)
		}
	}
	if told != 1 || len(h.shown()) != 4 {
		t.Errorf("told %d times; %d messages", told, len(h.shown()))
	}

	// What a person answers comes into the same thread, once.
	for range 2 {
		if _, _, err := adapters.Reply(t.Context(), h.store, h.gateway, tickets[0], adapters.Words{Text: "请带*营业执照*到二楼。", By: "王五"}); err != nil {
			t.Error(err)
		}
	}
	h.settle()
	all = h.shown()
	if last := all[len(all)-1]; len(all) != 5 || last.channel != "C1" || last.thread != ts || !strings.Contains(last.seen, "【工作人员答复】") || !strings.Contains(last.seen, "请带*营业执照*到二楼。") {
		t.Errorf("shown %+v", all)
	}
}

// A follow-up in the same thread is understood from the question before.
func TestThreadIsAConversation(t *testing.T) {
	h := openCityHall(t)
	deliver(t, h.routes, mention("app_mention", "Ev1", "1500000001.000200", "专精特新企业贷款找哪个部门?"))
	h.settle()
	follow := strings.Replace(string(mention("app_mention", "Ev2", "1500000002.000200", "那上市呢?")), `"event_ts"`, `"thread_ts":"1500000001.000200","event_ts"`, 1)
	deliver(t, h.routes, []byte(follow))
	h.settle()
	all := h.shown()
	if len(all) != 2 || all[1].thread != "1500000001.000200" || len(all[1].quotes) == 0 {
		t.Fatalf("shown %+v", all)
	}
	if !strings.Contains(strings.Join(all[1].quotes, ""), "上市") {
		t.Errorf("quoted %q", all[1].quotes)
	}
}

// A slash command is answered to its asker alone, and what they think of it is kept.
func TestSlashCommandEndToEnd(t *testing.T) {
	h := openCityHall(t)
	if w := h.post("commands", commandAt(h.fakeSlack, question)); w.Code != 200 || !strings.Contains(w.Body.String(), adapters.Phrase("searching")) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.settle()
	all := h.shown()
	if len(all) != 1 || all[0].only == "" || len(all[0].quotes) == 0 {
		t.Fatalf("shown %+v", all)
	}
	e := h.exchange("C1@U1")
	w := h.post("interactions", payload("block_actions", `"container":{"message_ts":"7.1","channel_id":"C1","is_ephemeral":true},"response_url":"`+h.URL+
		`/actions/y","actions":[{"action_id":"wence_vote","value":"up:`+e.ID+`","action_ts":"8.1"}]`, "U1"))
	if w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.settle()
	h.wantFeedback(e.ID, "U1 up")
	h.until("the vote is confirmed", func() bool { return len(h.shown()) == 2 })
	if m := h.shown()[1]; m.only == "" || m.channel != "/actions/y" || m.text != adapters.Phrase("thanks_up") {
		t.Errorf("confirmed by %+v", m)
	}
}

// Whatever befalls the sending, each question is answered, and no answer seen twice.
func TestTroubleEndToEnd(t *testing.T) {
	for name, troubles := range map[string][]trouble{
		"asked to wait":        {{"chat.postMessage", false, throttle("1")}},
		"failed inside":        {{"chat.postMessage", false, refuse("internal_error")}},
		"failed, and had done": {{"chat.postMessage", true, status(500)}},
		"took it in silence":   {{"chat.postMessage", true, hangUp}},
		"lost it in silence":   {{"chat.postMessage", false, hangUp}},
		"the search fails too": {{"chat.postMessage", true, hangUp}, {"conversations.replies", false, throttle("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openCityHall(t)
			h.trouble(troubles...)
			deliver(t, h.routes, mention("app_mention", "Ev1", "1500000001.000200", question))
			h.settle()
			if n := len(h.shown()); n != 1 {
				t.Errorf("%d answers are shown", n)
			}
			h.wantStuck()
		})
	}
}

// wantStuck fails the test unless just deliveries of these states are stuck.
func (h *cityHall) wantStuck(want ...bot.DeliveryState) {
	h.t.Helper()
	stuck, err := h.store.Stuck(h.t.Context(), 10)
	var got []bot.DeliveryState
	for _, d := range stuck {
		got = append(got, d.State)
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		h.t.Errorf("stuck %v, want %v: %v", got, want, err)
	}
}

// What can be neither found nor refused is not sent again: nobody sees it twice.
func TestUnknownEndToEnd(t *testing.T) {
	for name, search := range map[string]func(http.ResponseWriter){"without the scope": refuse("missing_scope")} {
		t.Run(name, func(t *testing.T) {
			h := openCityHall(t)
			h.trouble(trouble{"chat.postMessage", true, hangUp})
			for range 30 {
				h.trouble(trouble{"conversations.replies", false, search})
			}
			deliver(t, h.routes, mention("app_mention", "Ev1", "1500000001.000200", question))
			h.settle()
			if n := len(h.shown()); n != 1 {
				t.Errorf("%d answers are shown", n)
			}
			h.wantStuck(bot.DeliveryUnknown)
		})
	}
}

// wence stops after Slack took the message and before that was marked: the next start
// finds it, and does not send it again.
func TestRestartEndToEnd(t *testing.T) {
	h := openCityHall(t)
	h.trouble(trouble{"chat.postMessage", true, func(w http.ResponseWriter) { <-w.(caller).ctx.Done() }})
	deliver(t, h.routes, mention("app_mention", "Ev1", "1500000001.000200", question))
	h.until("Slack has it", func() bool { return len(h.shown()) == 1 })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.gateway.Close(ctx); err == nil {
		t.Error("the message was not under way")
	}
	h.open()
	h.settle()
	if n := len(h.shown()); n != 1 || h.called("chat.postMessage") != 1 {
		t.Errorf("%d answers are shown after %d calls", n, h.called("chat.postMessage"))
	}
	h.wantStuck()
}
