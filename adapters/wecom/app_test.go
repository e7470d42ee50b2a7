package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
)

func fakeApp(t *testing.T, change func(*AppConfig)) (*fakeAPI, *App) {
	t.Helper()
	f := newFakeAPI()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, newApp(t, server.URL, change)
}

func mustSend(t *testing.T, p adapters.Platform, m adapters.Outbound) {
	t.Helper()
	m.Attempt = max(m.Attempt, 1)
	if _, err := p.Send(t.Context(), adapters.Address{User: fakeUser}, m); err != nil {
		t.Fatal(err)
	}
}

func buttons() []adapters.Button {
	return []adapters.Button{{Kind: adapters.KindUp, Label: "👍 有用"}, {Kind: adapters.KindDown, Label: "👎 没用"}, {Kind: adapters.KindHuman, Label: "转人工"}}
}

func TestAppSendsWordsThenCard(t *testing.T) {
	f, a := fakeApp(t, nil)
	mustSend(t, a, answered(buttons()...).Parts[0])
	shown := f.shown(t)
	if len(shown) != 2 || shown[0].Type != "text" || shown[1].Type != "template_card" {
		t.Fatalf("shown %+v", shown)
	}
	if !strings.Contains(shown[0].Text, "“给予贷款贴息。”\n出处:示例〔2026〕1号 二、(六)\nhttps://zc.example/p/a") {
		t.Errorf("text %q", shown[0].Text)
	}
	if b := shown[1].Buttons; len(b) != 3 || b[0].Key != "up:"+answerID || b[2].Key != "human:"+answerID {
		t.Errorf("buttons %+v", b)
	}
	f, a = fakeApp(t, func(c *AppConfig) { c.NoCards, c.Markdown = true, true })
	mustSend(t, a, answered(buttons()...).Parts[0])
	if shown := f.shown(t); len(shown) != 1 || shown[0].Type != "markdown" || a.Caps().Buttons {
		t.Errorf("shown %+v", shown)
	}
}

// TestTokenIsTakenBack: a token that is refused is renewed once, and the message is shown once.
func TestTokenIsTakenBack(t *testing.T) {
	for _, code := range []int{40014, 42001, 40001} {
		f, a := fakeApp(t, nil)
		mustSend(t, a, adapters.Outbound{Key: "k1", Blocks: []adapters.Block{{Text: "一"}}})
		mustSend(t, a, adapters.Outbound{Key: "k2", Blocks: []adapters.Block{{Text: "二"}}})
		if f.tokens != 1 {
			t.Errorf("%d tokens for two messages", f.tokens)
		}
		f.revoked = code
		mustSend(t, a, adapters.Outbound{Key: "k3", Blocks: []adapters.Block{{Text: "三"}}})
		if shown := f.shown(t); len(shown) != 3 || f.attempts != 3 {
			t.Errorf("%d: shown %+v after %d attempts", code, shown, f.attempts)
		}
	}
}

func TestTokenIsRefusedForGood(t *testing.T) {
	f, a := fakeApp(t, nil)
	f.fail = func(path string) int { return map[string]int{"/cgi-bin/message/send": 40014}[path] }
	_, err := a.Send(t.Context(), adapters.Address{User: fakeUser}, answered().Parts[0])
	if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent || f.tokens != 2 {
		t.Errorf("%v after %d tokens: one more and one retry, then an error", err, f.tokens)
	}
}

func TestTokenIsRenewedAt90Percent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int32
		k := &tokens{fetch: func(context.Context) (string, time.Duration, error) {
			time.Sleep(time.Second)
			return fmt.Sprint(fetched.Add(1)), 7200 * time.Second, nil
		}}
		get := func() string {
			token, err := k.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if token := get(); token != "1" {
					t.Errorf("token %s", token)
				}
			})
		}
		all.Wait()
		time.Sleep(6479 * time.Second)
		if token := get(); token != "1" {
			t.Errorf("token %s before 90 %% of its life", token)
		}
		time.Sleep(2 * time.Second)
		if token := get(); token != "2" {
			t.Errorf("token %s after 90 %% of its life", token)
		}
		k.drop("1") // an old one: the present one stays
		if token := get(); token != "2" {
			t.Errorf("token %s: one that was renewed meanwhile was dropped", token)
		}
		k.drop("2")
		if token := get(); token != "3" {
			t.Errorf("token %s after it was dropped", token)
		}
	})
}

func TestTokenOfNoLifeIsNotKept(t *testing.T) {
	n := 0
	k := &tokens{fetch: func(context.Context) (string, time.Duration, error) { n++; return "t", 59 * time.Second, nil }}
	for range 2 {
		if _, err := k.get(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("fetched %d times", n)
	}
}

// TestWaitingForATokenEnds: who waits for the call of another does not wait longer than
// they want, and the first who gives up does not take it from the others.
func TestWaitingForATokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &tokens{fetch: func(ctx context.Context) (string, time.Duration, error) {
			select {
			case <-ctx.Done():
				return "", 0, ctx.Err()
			case <-time.After(5 * time.Second):
				return "t", time.Hour, nil
			}
		}}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var first error
		var all sync.WaitGroup
		all.Go(func() { _, first = k.get(short) })
		synctest.Wait()
		token, err := k.get(t.Context())
		all.Wait()
		if token != "t" || err != nil {
			t.Errorf("token %q, %v", token, err)
		}
		if e := (*adapters.SendError)(nil); !errors.As(first, &e) || e.Class != adapters.ClassUnsent {
			t.Errorf("the first: %v", first)
		}
	})
}

// TestTriedAgain: on the second try the platform is asked to drop what it has shown, and
// on the first it is not, for somebody may ask the same twice.
func TestTriedAgain(t *testing.T) {
	f, a := fakeApp(t, nil)
	m := answered(buttons()...).Parts[0]
	mustSend(t, a, m)
	m.Attempt = 2
	mustSend(t, a, m)
	if shown := f.shown(t); len(shown) != 2 {
		t.Errorf("the same message was shown twice: %+v", shown)
	}
	m.Attempt, m.Key = 1, "ANOTHER-1"
	mustSend(t, a, m)
	if shown := f.shown(t); len(shown) != 4 {
		t.Errorf("the same question asked again got no answer: %+v", shown)
	}
}

// TestMemberIsUnknown: the platform says yes and names the receivers that it has left out.
func TestMemberIsUnknown(t *testing.T) {
	f, a := fakeApp(t, nil)
	f.leftOut = fakeUser
	_, err := a.Send(t.Context(), adapters.Address{User: fakeUser}, answered().Parts[0])
	if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent || e.Hint == "" {
		t.Errorf("%v", err)
	}
	before := f.attempts
	if _, err := a.Send(t.Context(), adapters.Address{}, answered().Parts[0]); err == nil || f.attempts != before {
		t.Error("sent to nobody, who may be everybody")
	}
	f.leftOut = ""
	if _, err := a.Send(t.Context(), adapters.Address{Conversation: fakeUser}, answered().Parts[0]); err != nil || len(f.shown(t)) != 1 {
		t.Errorf("a notice to a member: %v", err)
	}
}

func TestCardThatFails(t *testing.T) {
	var log bytes.Buffer
	f, a := fakeApp(t, func(c *AppConfig) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	m := answered(buttons()...).Parts[0]
	f.tasks[m.Key] = true // not unique: refused for good
	mustSend(t, a, m)
	if shown := f.shown(t); len(shown) != 1 || !strings.Contains(log.String(), "without its buttons") {
		t.Errorf("shown %+v, log %s", shown, &log)
	}
	calls := 0
	f.fail = func(path string) int {
		if calls++; path == "/cgi-bin/message/send" && calls == 2 {
			return 45009
		}
		return 0
	}
	m.Key = "OTHER-1"
	_, err := a.Send(t.Context(), adapters.Address{User: fakeUser}, m)
	if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassUnsent || e.After != time.Minute {
		t.Errorf("a card that can be tried again: %v", err)
	}
}

func TestConfirmOnce(t *testing.T) {
	f, a := fakeApp(t, nil)
	ev := adapters.Event{User: fakeUser, To: adapters.Address{User: fakeUser, Token: "code-1"}}
	if err := a.Confirm(t.Context(), ev, "已反馈"); err != nil || len(f.updates) != 1 || f.updates[0] != "已反馈" {
		t.Errorf("%v, %q", err, f.updates)
	}
	ev.To.Token = "code-2"
	if err := a.Confirm(t.Context(), ev, "谢谢,已记下:没用。我们会据此改进。"); err != nil || f.updates[1] != adapters.Phrase("pressed") {
		t.Errorf("%v, %q: no button is that long", err, f.updates)
	}
	for _, code := range []string{"code-1", ""} {
		ev.To.Token = code
		err := a.Confirm(t.Context(), ev, "已反馈")
		if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent {
			t.Errorf("code %q: %v", code, err)
		}
	}
}

// TestErrorClasses: what follows from a no is told by its code, and how to mend it by a hint.
func TestErrorClasses(t *testing.T) {
	for code, want := range map[int]adapters.SendError{
		-1:    {Class: adapters.ClassUnsent},
		6000:  {Class: adapters.ClassUnsent},
		45033: {Class: adapters.ClassUnsent},
		45009: {Class: adapters.ClassUnsent, After: time.Minute},
		60020: {Class: adapters.ClassPermanent, Hint: hints[60020]},
		81013: {Class: adapters.ClassPermanent, Hint: hints[81013]},
		48002: {Class: adapters.ClassPermanent, Hint: hints[48002]},
		40033: {Class: adapters.ClassPermanent},
		99999: {Class: adapters.ClassPermanent},
	} {
		f, a := fakeApp(t, nil)
		f.fail = func(path string) int { return map[string]int{"/cgi-bin/message/send": code}[path] }
		_, err := a.Send(t.Context(), adapters.Address{User: fakeUser}, answered().Parts[0])
		e := (*adapters.SendError)(nil)
		if !errors.As(err, &e) || e.Class != want.Class || e.After != want.After || e.Hint != want.Hint {
			t.Errorf("%d: %#v", code, err)
		}
		if !strings.Contains(err.Error(), fmt.Sprint(code)) || !strings.Contains(err.Error(), "203.0.113.9") {
			t.Errorf("%d: the admin reads only %v", code, err)
		}
	}
	for status, want := range map[int]adapters.Class{
		400: adapters.ClassPermanent, 404: adapters.ClassPermanent, 302: adapters.ClassPermanent,
		429: adapters.ClassUnsent, 503: adapters.ClassUnsent, 500: adapters.ClassUnknown, 502: adapters.ClassUnknown, 504: adapters.ClassUnknown,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
		}))
		_, err := newGroup(t, server.URL, nil).Send(t.Context(), adapters.Address{}, answered().Parts[0])
		server.Close()
		e := (*adapters.SendError)(nil)
		if !errors.As(err, &e) || e.Class != want || e.Class == adapters.ClassUnsent && e.After != 7*time.Second {
			t.Errorf("HTTP %d: %v", status, err)
		}
	}
	for _, body := range []string{"", "<html>", "[]", `{"errcode":"0"}`, `{}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		_, err := newGroup(t, server.URL, nil).Send(t.Context(), adapters.Address{}, answered().Parts[0])
		server.Close()
		if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassUnknown {
			t.Errorf("answer %q: %v: who knows what has become of the message", body, err)
		}
	}
}

// TestNoTokenNoMessage: while there is no token nothing has been sent, whatever it was
// that went wrong.
func TestNoTokenNoMessage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }))
	defer server.Close()
	_, err := newApp(t, server.URL, nil).Send(t.Context(), adapters.Address{User: fakeUser}, answered().Parts[0])
	if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassUnsent {
		t.Errorf("%v", err)
	}
	f, a := fakeApp(t, func(c *AppConfig) { c.AppSecret = "wrong" })
	_, err = a.Send(t.Context(), adapters.Address{User: fakeUser}, answered().Parts[0])
	if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassPermanent || e.Hint == "" || strings.Contains(err.Error(), "wrong") {
		t.Errorf("%v", err)
	}
	if err := a.Check(t.Context()); err == nil || len(f.shown(t)) != 0 {
		t.Errorf("check: %v", err)
	}
}

func TestAppEvents(t *testing.T) {
	a := newApp(t, "", nil)
	event := func(more string) string {
		return "<xml><ToUserName>" + fakeCorp + "</ToUserName><FromUserName>LiSi</FromUserName><CreateTime>1700000000</CreateTime><MsgType>event</MsgType>" + more + "<AgentID>218</AgentID></xml>"
	}
	for name, tt := range map[string]struct {
		message string
		want    adapters.Kind // "": it concerns nobody
	}{
		"text":          {appText(1, "贷款找谁"), adapters.KindText},
		"blanks":        {appText(1, " \n"), ""},
		"voice":         {"<xml><FromUserName>LiSi</FromUserName><MsgType>voice</MsgType><MediaId>m</MediaId><MsgId>1</MsgId></xml>", adapters.KindUnsupported},
		"image":         {"<xml><FromUserName>LiSi</FromUserName><MsgType>image</MsgType><PicUrl>http://x</PicUrl><MsgId>1</MsgId></xml>", adapters.KindUnsupported},
		"opened":        {event("<Event>enter_agent</Event>"), adapters.KindWelcome},
		"followed":      {event("<Event>subscribe</Event>"), adapters.KindWelcome},
		"left":          {event("<Event>unsubscribe</Event>"), ""},
		"pressed":       {event("<Event>template_card_event</Event><EventKey>down:" + answerID + "</EventKey><TaskId>t</TaskId><ResponseCode>code</ResponseCode>"), adapters.KindDown},
		"pressed human": {event("<Event>template_card_event</Event><EventKey>human:" + answerID + "</EventKey><TaskId>t</TaskId><ResponseCode>code</ResponseCode>"), adapters.KindHuman},
		"foreign card":  {event("<Event>template_card_event</Event><EventKey>buy</EventKey><TaskId>t</TaskId>"), ""},
		"hardly used":   {event("<Event>low_active_alert</Event>"), ""},
	} {
		in := &inbox{receipt: adapters.Receipt{Verdict: adapters.Accepted}}
		w := httptest.NewRecorder()
		adaptertest.Handler(a.Routes(in)).ServeHTTP(w, appPoster(t).request(tt.message))
		if w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("%s: status %d %q", name, w.Code, w.Body)
		}
		if (len(in.events) == 1) != (tt.want != "") {
			t.Errorf("%s: %d events", name, len(in.events))
			continue
		}
		if tt.want == "" {
			continue
		}
		ev := in.events[0]
		if ev.Kind != tt.want || ev.User == "" || ev.User != strings.ToLower(ev.User) || ev.To.User != ev.User || ev.Conversation != "u:"+ev.User {
			t.Errorf("%s: %+v", name, ev)
		}
		if strings.HasPrefix(name, "pressed") && (ev.Answer != answerID || ev.To.Token != "code") {
			t.Errorf("%s: %+v", name, ev)
		}
		if ev.Kind == adapters.KindWelcome && len(ev.Keys) != 2 {
			t.Errorf("%s: keys %q welcome somebody again and again", name, ev.Keys)
		}
	}
}

func TestGroupMentionsWhomItShould(t *testing.T) {
	f := newFakeAPI()
	server := httptest.NewServer(f)
	defer server.Close()
	m := adapters.Outbound{Key: "k", Blocks: []adapters.Block{{Text: "转人工 T-000001\n问题:<@all> [点我](http://evil.example) <a href=\"http://evil.example\">领补贴</a>"}}}
	mustSend(t, newGroup(t, server.URL, func(c *GroupConfig) { c.Mention = []string{"zhiban"} }), m)
	mustSend(t, newGroup(t, server.URL, func(c *GroupConfig) { c.Markdown = true }), m)
	plain := adapters.Outbound{Key: "p", Blocks: []adapters.Block{{Text: "未答问题日报"}}}
	mustSend(t, newGroup(t, server.URL, func(c *GroupConfig) { c.Markdown = true }), plain)
	mustSend(t, newGroup(t, server.URL, func(c *GroupConfig) { c.Markdown, c.Mention = true, []string{"zhiban"} }), plain)
	shown := f.shown(t)
	if len(shown) != 4 || shown[2].Type != "markdown" || shown[3].Type != "text" || len(shown[3].Mention) != 1 || shown[0].Type != "text" || strings.Join(shown[0].Mention, "") != "zhiban" {
		t.Fatalf("shown %+v", shown)
	}
	for _, s := range shown[:2] { // what would be markup is sent as text, in which it is none
		if s.Type != "text" || strings.Contains(s.Text, "<a") || strings.Contains(s.Text, "<@") {
			t.Errorf("shown %+v", s)
		}
	}
	for range 20 {
		m.Key += "x"
		if _, err := newGroup(t, server.URL, nil).Send(t.Context(), adapters.Address{}, m); err != nil {
			if e := (*adapters.SendError)(nil); !errors.As(err, &e) || e.Class != adapters.ClassUnsent || e.After != time.Minute {
				t.Errorf("too many: %v", err)
			}
			return
		}
	}
	t.Error("the fake takes more than 20 a minute")
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	for name, tt := range map[string]struct {
		err  func() error
		want string
	}{
		"robot without token": {func() error {
			_, err := NewRobot(RobotConfig{ID: "wecom-aibot:a", Secret: Secret{"", fakeAESKey}})
			return err
		}, "token"},
		"robot without key": {func() error {
			_, err := NewRobot(RobotConfig{ID: "wecom-aibot:a", Secret: Secret{"t", ""}})
			return err
		}, "EncodingAESKey"},
		"robot, half of old": {func() error {
			_, err := NewRobot(RobotConfig{ID: "wecom-aibot:a", Secret: fakeSecret, Old: Secret{"", officialKey}})
			return err
		}, "old_token"},
		"robot too patient": {func() error {
			_, err := NewRobot(RobotConfig{ID: "wecom-aibot:a", Secret: fakeSecret, Stream: time.Hour})
			return err
		}, "stream"},
		"robot of wrong kind": {func() error { _, err := NewRobot(RobotConfig{ID: "wecom-app:a", Secret: fakeSecret}); return err }, "wecom-aibot:"},
		"robot of bad name":   {func() error { _, err := NewRobot(RobotConfig{ID: "wecom-aibot:../x", Secret: fakeSecret}); return err }, "wecom-aibot:"},
		"app without secret": {func() error {
			_, err := NewApp(AppConfig{ID: "wecom-app:a", CorpID: "c", AgentID: 1, Secret: fakeSecret})
			return err
		}, "secret"},
		"app without corp": {func() error {
			_, err := NewApp(AppConfig{ID: "wecom-app:a", AppSecret: "s", AgentID: 1, Secret: fakeSecret})
			return err
		}, "corp_id"},
		"app without agent": {func() error {
			_, err := NewApp(AppConfig{ID: "wecom-app:a", CorpID: "c", AppSecret: "s", Secret: fakeSecret})
			return err
		}, "agent_id"},
		"group without key": {func() error { _, err := NewGroup(GroupConfig{ID: "wecom-group:a"}); return err }, "key"},
	} {
		if err := tt.err(); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), fakeToken) || strings.Contains(err.Error(), officialKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
