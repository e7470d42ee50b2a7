package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
	"github.com/wence-bot/wence/bot"
)

// An inbox is a Gateway of which the test decides what it says.
type inbox struct {
	receipt   adapters.Receipt
	err       error
	progress  map[string]adapters.Progress
	events    []adapters.Event
	delivered []string
}

func (in *inbox) Accept(_ context.Context, ev adapters.Event) (adapters.Receipt, error) {
	in.events = append(in.events, ev)
	return in.receipt, in.err
}

func (in *inbox) Progress(_ context.Context, answer string) (adapters.Progress, error) {
	p, ok := in.progress[answer]
	if !ok {
		return p, bot.ErrNotFound
	}
	return p, nil
}

func (in *inbox) Wait(ctx context.Context, answer string) (adapters.Progress, error) {
	return in.Progress(ctx, answer)
}

func (in *inbox) HandOut(_ context.Context, answer string, write func() error) error {
	err := write()
	if err == nil {
		in.delivered = append(in.delivered, answer)
	}
	return err
}

// talk posts a message to a robot and returns its frame; the zero one if it says nothing.
func talk(t *testing.T, r *Robot, in adapters.Inbox, message string) (int, fakeFrame) {
	t.Helper()
	post := robotPoster(t)
	w := httptest.NewRecorder()
	adaptertest.Handler(r.Routes(in)).ServeHTTP(w, post.request(message))
	data := body(t, w)
	if w.Code != 200 || len(data) == 0 {
		return w.Code, fakeFrame{}
	}
	return w.Code, openFrame(t, post.crypt, "nonce-1", data)
}

func pollOf(id string) string {
	return fmt.Sprintf(`{"msgid":"poll","aibotid":"BOT","from":{"userid":"zhangsan"},"msgtype":"stream","stream":{"id":%q}}`, id)
}

const answerID = "ANSWER00000000000000000001"

func answered(buttons ...adapters.Button) adapters.Progress {
	return adapters.Progress{Finished: true, Parts: []adapters.Outbound{{
		Key: answerID + "-1", Answer: answerID, Buttons: buttons,
		Blocks: []adapters.Block{{Text: "甲局负责。"}, {Text: "给予贷款贴息。", Quote: true, Source: "出处:示例〔2026〕1号 二、(六)", URL: "https://zc.example/p/a"}},
	}}}
}

func TestStreamIsFetched(t *testing.T) {
	human := adapters.Button{Kind: adapters.KindHuman, Label: "转人工"}
	up := adapters.Button{Kind: adapters.KindUp, Label: "👍 有用"}
	in := &inbox{receipt: adapters.Receipt{Verdict: adapters.Accepted, Answer: answerID}, progress: map[string]adapters.Progress{answerID: {}}}
	r := newRobot(t, "", nil)
	_, first := talk(t, r, in, robotText(1, "贷款找谁"))
	if s := first.Stream; first.Type != "stream" || s.Finish || s.ID != answerID || s.Feedback.ID != answerID || s.Content != adapters.Phrase("searching") {
		t.Errorf("first frame %+v", first)
	}
	ev := in.events[0]
	if ev.Conversation != "g:CHAT:zhangsan" || ev.PullFor != 330*time.Second || ev.Text != "贷款找谁" || !slices.Equal(ev.Keys, []string{"msg:MSG-1"}) || ev.To.URL == "" {
		t.Errorf("event %+v", ev)
	}
	_, second := talk(t, r, in, pollOf(answerID))
	if s := second.Stream; s.Finish || s.Content != adapters.Phrase("searching") || s.Feedback.ID != "" {
		t.Errorf("poll before the answer: %+v", second)
	}
	if len(in.delivered) > 0 {
		t.Errorf("delivered %v before it was", in.delivered)
	}
	in.progress[answerID] = answered(up, human)
	for range 2 { // the last frame may be lost on the way and polled again
		_, last := talk(t, r, in, pollOf(answerID))
		if s := last.Stream; !s.Finish || s.Feedback.ID != "" || !strings.Contains(s.Content, "> 给予贷款贴息。\n\n[出处:示例〔2026〕1号 二、(六)](https://zc.example/p/a)") {
			t.Errorf("last frame %+v", last)
		}
		if c := last.Card; last.Type != "stream_with_template_card" || c.Type != "button_interaction" || c.Task != answerID+"-1" ||
			len(c.Buttons) != 1 || c.Buttons[0].Key != "human:"+answerID {
			t.Errorf("card %+v", c)
		}
	}
	if !slices.Equal(in.delivered, []string{answerID, answerID}) {
		t.Errorf("delivered %v", in.delivered)
	}
	_, plain := talk(t, newRobot(t, "", func(c *RobotConfig) { c.NoCards = true }), in, pollOf(answerID))
	if plain.Type != "stream" || plain.Card.Type != "" {
		t.Errorf("a card without cards: %+v", plain)
	}
}

// A brokenWriter is a connection that has gone.
type brokenWriter struct{ http.ResponseWriter }

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestLastFrameThatIsNotWritten: what could not be handed out has not been delivered.
func TestLastFrameThatIsNotWritten(t *testing.T) {
	in := &inbox{progress: map[string]adapters.Progress{answerID: answered()}}
	r := newRobot(t, "", nil)
	adaptertest.Handler(r.Routes(in)).ServeHTTP(brokenWriter{httptest.NewRecorder()}, robotPoster(t).request(pollOf(answerID)))
	if len(in.delivered) != 0 {
		t.Errorf("delivered %v", in.delivered)
	}
}

func TestStreamEndsWhateverHappens(t *testing.T) {
	for name, tt := range map[string]struct {
		id       string
		progress adapters.Progress
		want     string
		delivers bool
	}{
		"sent by other means": {answerID, adapters.Progress{Pushed: true}, "later", false},
		"both":                {answerID, adapters.Progress{Pushed: true, Finished: true, Parts: answered().Parts}, "later", false},
		"nothing to say":      {answerID, adapters.Progress{Finished: true}, "failed", true},
		"unknown":             {"FOREIGN", adapters.Progress{}, "gone", false},
		"own saying":          {"busy-ABC", adapters.Progress{}, "busy", false},
	} {
		in := &inbox{progress: map[string]adapters.Progress{answerID: tt.progress}}
		_, f := talk(t, newRobot(t, "", nil), in, pollOf(tt.id))
		if f.Stream.ID != tt.id || !f.Stream.Finish || f.Stream.Content != adapters.Phrase(tt.want) || (len(in.delivered) == 1) != tt.delivers {
			t.Errorf("%s: %+v, delivered %v", name, f, in.delivered)
		}
	}
}

// TestFramesFit: however long the answer, a frame has at most 20480 bytes of valid UTF-8.
func TestFramesFit(t *testing.T) {
	r := newRobot(t, "", nil)
	m := answered().Parts[0]
	for range 60 {
		m.Blocks = append(m.Blocks, adapters.Block{Text: strings.Repeat("*各*单位[抓好](落实)。", 30), Quote: true, Source: "出处:示例〔2026〕1号"})
	}
	parts := adapters.Split(m, r.Caps(), 0, "https://zc.example/a/1")
	in := &inbox{progress: map[string]adapters.Progress{answerID: {Finished: true, Parts: parts}}}
	_, f := talk(t, r, in, pollOf(answerID))
	if n := len(f.Stream.Content); len(parts) != 1 || n > 20480 || n < 15000 {
		t.Errorf("%d parts, %d bytes", len(parts), n)
	}
	if !strings.Contains(f.Stream.Content, "https://zc.example/a/1") {
		t.Error("no link to the whole")
	}
}

func TestRobotAnswersByItself(t *testing.T) {
	busy := adapters.Receipt{Verdict: adapters.Busy}
	for name, tt := range map[string]struct{ message, want string }{
		"busy":      {robotText(1, "贷款"), "busy"},
		"picture":   {`{"msgid":"m","from":{"userid":"u"},"msgtype":"image","image":{"url":"https://x"}}`, "unsupported"},
		"mute":      {`{"msgid":"m","from":{"userid":"u"},"msgtype":"voice","voice":{}}`, "unsupported"},
		"only @":    {robotText(1, ""), "empty"},
		"of blanks": {`{"msgid":"m","from":{"userid":"u"},"msgtype":"text","text":{"content":" \n"}}`, "empty"},
	} {
		in := &inbox{receipt: busy}
		r := newRobot(t, "", nil)
		_, f := talk(t, r, in, tt.message)
		if f.Type != "stream" || !f.Stream.Finish || f.Stream.Content != adapters.Phrase(tt.want) {
			t.Errorf("%s: %+v", name, f)
		}
		if _, again := talk(t, r, in, pollOf(f.Stream.ID)); again.Stream.Content != f.Stream.Content || !again.Stream.Finish {
			t.Errorf("%s: polled: %+v", name, again)
		}
	}
	_, f := talk(t, newRobot(t, "", nil), &inbox{}, `{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"eventtype":"enter_chat"}}`)
	if f.Type != "text" || f.Text.Content != adapters.Phrase("welcome") {
		t.Errorf("welcome %+v", f)
	}
}

func TestRobotVotes(t *testing.T) {
	vote := func(kind int) string {
		return fmt.Sprintf(`{"msgid":"V%d","create_time":1700000000,"chatid":"CHAT","chattype":"group","from":{"userid":"lisi"},"response_url":"https://qyapi.weixin.qq.com/x","msgtype":"event",
			"event":{"eventtype":"feedback_event","feedback_event":{"id":%q,"type":%d,"content":"文件已废止","inaccurate_reason_list":[3,99]}}}`, kind, answerID, kind)
	}
	in := &inbox{receipt: adapters.Receipt{Verdict: adapters.Accepted}}
	r := newRobot(t, "", nil)
	for _, kind := range []int{1, 2, 3, 4} {
		if status, f := talk(t, r, in, vote(kind)); status != 200 || f.Type != "" {
			t.Errorf("vote %d: status %d, %+v: only an empty reply is allowed", kind, status, f)
		}
	}
	if len(in.events) != 3 {
		t.Fatalf("%d events", len(in.events))
	}
	for i, want := range []adapters.Kind{adapters.KindUp, adapters.KindDown, adapters.KindWithdrawn} {
		ev := in.events[i]
		if ev.Kind != want || ev.Answer != answerID || ev.User != "lisi" || ev.Reason != "内容有错误;文件已废止" || ev.To != (adapters.Address{}) || ev.At.Unix() != 1700000000 {
			t.Errorf("event %+v", ev)
		}
	}
	in.receipt = adapters.Receipt{Verdict: adapters.Busy}
	if status, _ := talk(t, r, in, vote(1)); status != 503 {
		t.Errorf("status %d: a vote that is not kept must come again", status)
	}
	in.err = errors.New("disk full")
	if status, _ := talk(t, r, in, vote(1)); status != 500 {
		t.Errorf("status %d: a vote that is not kept must come again", status)
	}
}

func TestRobotClick(t *testing.T) {
	click := func(key string) string {
		return fmt.Sprintf(`{"msgid":"C","from":{"userid":"lisi"},"response_url":"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=c","msgtype":"event",
			"event":{"eventtype":"template_card_event","template_card_event":{"card_type":"button_interaction","event_key":%q,"task_id":"T-1"}}}`, key)
	}
	in := &inbox{receipt: adapters.Receipt{Verdict: adapters.Accepted, Answer: "NEW"}}
	r := newRobot(t, "", nil)
	_, f := talk(t, r, in, click("human:"+answerID))
	if f.Response != "update_template_card" || f.Card.Task != "T-1" || !slices.Equal(f.Users, []string{"lisi"}) || len(f.Card.Buttons) != 1 {
		t.Errorf("reply %+v", f)
	}
	if ev := in.events[0]; ev.Kind != adapters.KindHuman || ev.Answer != answerID || ev.To.URL == "" || ev.PullFor != 0 {
		t.Errorf("event %+v", ev)
	}
	in.receipt = adapters.Receipt{Verdict: adapters.Busy}
	if status, f := talk(t, r, in, click("human:"+answerID)); status != 503 || f.Response != "" {
		t.Errorf("status %d, %+v: it was not taken, so it must come again", status, f)
	}
	in.events = in.events[:1]
	for _, key := range []string{"", "human:", "drop:x", "human:" + strings.Repeat("x", 100), "'; DROP TABLE"} {
		if status, f := talk(t, r, in, click(key)); status != 200 || f.Type+f.Response != "" || len(in.events) != 1 {
			t.Errorf("key %q: status %d, %+v, %d events", key, status, f, len(in.events))
		}
	}
}

// TestReplyURLOfOthersIsNotCalled: whoever can make WeCom deliver a message must not make
// us post into our own network.
func TestReplyURLOfOthersIsNotCalled(t *testing.T) {
	called := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer inside.Close()
	r := newRobot(t, "", nil)
	in := &inbox{receipt: adapters.Receipt{Verdict: adapters.Accepted, Answer: answerID}}
	for _, u := range []string{
		inside.URL, "http://169.254.169.254/latest", "https://qyapi.weixin.qq.com.evil.example/x", "https://qyapi.weixin.qq.com@evil.example/",
		"http://qyapi.weixin.qq.com/cgi-bin/aibot/response", "https://qyapi.weixin.qq.com:8443/x", "file:///etc/passwd", "//evil.example", "https://[::1]/", "\x00",
	} {
		in.events = nil
		status, f := talk(t, r, in, strings.Replace(robotText(1, "贷款"), `"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RESPONSE-CODE-1"`, quoted(u), 1))
		if status != 200 || f.Stream.ID != answerID || in.events[0].To != (adapters.Address{}) {
			t.Errorf("%q: status %d, %+v, %+v", u, status, f, in.events[0].To)
		}
		_, err := r.Send(t.Context(), adapters.Address{URL: u}, answered().Parts[0])
		if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent {
			t.Errorf("%q: sent: %v", u, err)
		}
	}
	if called {
		t.Error("called a server that is not WeCom's")
	}
}

func TestReplyURLIsGoodOnce(t *testing.T) {
	f := newFakeAPI()
	server := httptest.NewServer(f)
	defer server.Close()
	r := newRobot(t, server.URL, nil)
	to := adapters.Address{URL: server.URL + "/cgi-bin/aibot/response?response_code=once", Expires: time.Now().Add(time.Minute)}
	if _, err := r.Send(t.Context(), to, answered().Parts[0]); err != nil {
		t.Fatal(err)
	}
	expired, none := to, adapters.Address{User: "zhangsan"}
	expired.Expires = time.Now().Add(-time.Second)
	for name, to := range map[string]adapters.Address{"used": to, "expired": expired, "none": none} {
		_, err := r.Send(t.Context(), to, answered().Parts[0])
		if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent || strings.Contains(err.Error(), "response_code") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if shown := f.shown(t); len(shown) != 1 || !strings.Contains(shown[0].Text, "> 给予贷款贴息。") {
		t.Errorf("shown %+v", shown)
	}
}

// TestNothingLeaks: what is refused is logged, but nothing of what was in it.
func TestNothingLeaks(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := newRobot(t, "", func(c *RobotConfig) { c.Log = logger })
	in := &inbox{err: errors.New("disk full")}
	talk(t, r, in, robotText(1, "我的身份证号是什么"))
	talk(t, r, in, `{"msgid":"m","from":{"userid":"身份证号\nlevel=ERROR"},"msgtype":"text"}`)
	talk(t, r, in, strings.Replace(robotText(1, "身份证号"), "https://qyapi.weixin.qq.com", "http://evil.example", 1))
	bad := robotPoster(t).request(robotText(1, "身份证号"))
	bad.URL.RawQuery = strings.Replace(bad.URL.RawQuery, "msg_signature=", "msg_signature=0", 1)
	w := httptest.NewRecorder()
	adaptertest.Handler(r.Routes(in)).ServeHTTP(w, bad)
	if n := strings.Count(log.String(), "\n"); n < 4 {
		t.Errorf("%d lines logged:\n%s", n, &log)
	}
	for _, s := range append(fakeSecrets, "身份证号", "response_code", "zhangsan") {
		if strings.Contains(log.String(), s) {
			t.Errorf("the log holds %q:\n%s", s, &log)
		}
	}
}
