package slack

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
)

var (
	inThread = adapters.Address{Conversation: "C1", Thread: "1500000001.000200", User: "U1", Message: "1500000001.000200"}
	inDirect = adapters.Address{Conversation: "D1", User: "U1", Message: "1500000001.000200"}
)

func answer() adapters.Outbound {
	return adapters.Outbound{
		Key: "A1-1", Answer: "A1", Outcome: "answered",
		Blocks: []adapters.Block{
			{Text: "甲局牵头。"},
			{Text: "对*符合*条件的_企业_,按<100万元给予 & `贴息`。", Quote: true, Source: "出处:示例〔2026〕1号 二、(六)第1段(融资)", URL: "https://wence.example/p/a#1"},
		},
		Buttons: []adapters.Button{{Kind: adapters.KindUp, Label: "👍 有用"}, {Kind: adapters.KindDown, Label: "👎 没用"}, {Kind: adapters.KindHuman, Label: "转人工"}},
		Attempt: 1,
	}
}

// replyTo is the address of a slash command's asker at the fake.
func replyTo(f *fakeSlack) adapters.Address {
	return adapters.Address{Conversation: "C1", User: "U1", URL: f.URL + "/commands/secret-reply", Expires: time.Now().Add(time.Hour)}
}

func TestSendInThread(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	ref, err := p.Send(t.Context(), inThread, answer())
	if err != nil {
		t.Fatal(err)
	}
	m := f.shown()[0]
	if m.channel != "C1" || m.thread != inThread.Thread || string(ref) != "C1:"+m.ts {
		t.Errorf("shown in %s %s as %s", m.channel, m.thread, ref)
	}
	if want := []string{answer().Blocks[1].Text}; !slices.Equal(m.quotes, want) {
		t.Errorf("quoted %q, want the very words %q", m.quotes, want)
	}
	const seen = "甲局牵头。\n对*符合*条件的_企业_,按<100万元给予 & `贴息`。\n出处:示例〔2026〕1号 二、(六)第1段(融资) <https://wence.example/p/a#1>\n[👍 有用]\n[👎 没用]\n[转人工]\n"
	if m.seen != seen {
		t.Errorf("seen %q\nwant %q", m.seen, seen)
	}
	if strings.Contains(m.text, "<100万") || !strings.Contains(m.text, "&lt;100万元") {
		t.Errorf("the text for notifications is not inert: %q", m.text)
	}
}

func TestPlainButtons(t *testing.T) {
	f := newFake(t)
	c := testConfig(f.URL)
	c.PlainButtons = true
	if _, err := openPlatform(t, c).Send(t.Context(), inDirect, answer()); err != nil {
		t.Fatal(err)
	}
	m := f.shown()[0]
	if strings.Contains(string(m.blocks), "context_actions") || !strings.Contains(m.seen, "[👍 有用]\n[👎 没用]\n[转人工]") {
		t.Errorf("blocks %s", m.blocks)
	}
}

// Whatever a policy, an asker or another bot writes is shown as it is.
func TestNothingIsMarkup(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	const evil = "<!channel> <@U1> <https://evil.example|点我> [点我](https://evil.example) *粗* :boom:"
	m := answer()
	m.Blocks = []adapters.Block{{Text: evil}, {Text: evil, Quote: true, Source: evil}, {Text: "x", Quote: true, Source: evil, URL: "https://wence.example/"}}
	if _, err := p.Send(t.Context(), inThread, m); err != nil {
		t.Fatal(err)
	}
	got := f.shown()[0]
	if n := strings.Count(got.seen, evil); n != 4 {
		t.Errorf("seen as it is %d times of 4: %q", n, got.seen)
	}
	if strings.Contains(string(got.blocks), `"mrkdwn"`) || strings.Contains(string(got.blocks), `"markdown"`) {
		t.Errorf("blocks %s", got.blocks)
	}
	if strings.ContainsAny(got.text, "<>") {
		t.Errorf("text %q", got.text)
	}
}

// Every answer of Slack's has its class, and neither token nor URL gets into an error.
func TestErrorClasses(t *testing.T) {
	const unknown, unsent, permanent = adapters.ClassUnknown, adapters.ClassUnsent, adapters.ClassPermanent
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		class  adapters.Class
		after  time.Duration
		says   string
	}{
		{"429 with a time", throttle("7"), unsent, 7 * time.Second, "too many"},
		{"429 with a huge time", throttle("999999999"), unsent, time.Hour, "too many"},
		{"429 with a time of the past", throttle("-5"), unsent, time.Second, "too many"},
		{"429 without a time", throttle(""), unsent, 0, "429"},
		{"429 with nonsense", throttle("soon"), unknown, 0, ""},
		{"ratelimited in the body", refuse("ratelimited"), unsent, 0, "ratelimited"},
		{"invalid_auth", refuse("invalid_auth"), permanent, 0, "put in the bot token"},
		{"token_revoked", refuse("token_revoked"), permanent, 0, "install the app"},
		{"token_new_kind_of_trouble", refuse("token_new_kind_of_trouble"), permanent, 0, "token_new_kind"},
		{"account_inactive", refuse("account_inactive"), permanent, 0, "install it again"},
		{"not_in_channel", refuse("not_in_channel"), permanent, 0, "/invite"},
		{"channel_not_found", refuse("channel_not_found"), permanent, 0, "/invite"},
		{"msg_too_long", refuse("msg_too_long"), permanent, 0, "split"},
		{"msg_blocks_too_long", refuse("msg_blocks_too_long"), permanent, 0, "split"},
		{"invalid_blocks", refuse("invalid_blocks"), permanent, 0, "plain_buttons"},
		{"internal_error", refuse("internal_error"), unknown, 0, "internal_error"},
		{"fatal_error", refuse("fatal_error"), unknown, 0, "fatal_error"},
		{"an error we do not know", refuse("something_new"), unsent, 0, "something_new"},
		{"an error that is none", refuse("<b>" + testToken + "\nforged log line"), unsent, 0, ""},
		{"500", status(500), unknown, 0, "500"},
		{"503", status(503), unknown, 0, "503"},
		{"404", status(404), permanent, 0, "api_url"},
		{"302", status(302), permanent, 0, "302"},
		{"no JSON", say("<html>"), unknown, 0, "cannot be read"},
		{"cut off", say(`{"ok":tr`), unknown, 0, "cannot be read"},
		{"too long", say(`{"ok":true,"channel":"C1","ts":"1.2","x":"` + strings.Repeat("x", adapters.MaxBody) + `"}`), unknown, 0, "cannot be read"},
		{"nothing", say(""), unknown, 0, "cannot be read"},
		{"an empty object", say("{}"), unknown, 0, "names no message"},
		{"ok without a message", say(`{"ok":true}`), unknown, 0, "names no message"},
		{"hangs up", hangUp, unknown, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.trouble(trouble{method: "chat.postMessage", answer: tt.answer})
			_, err := openPlatform(t, testConfig(f.URL)).Send(t.Context(), inThread, answer())
			var e *adapters.SendError
			if !errors.As(err, &e) || e.Class != tt.class || e.After != tt.after || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %#v %v", e, err)
			}
			if s := err.Error(); strings.Contains(s, testToken) || strings.ContainsAny(s, "\n<") {
				t.Errorf("the error tells too much: %q", s)
			}
		})
	}
}

// The same for a response URL, which answers in another way.
func TestResponseURLErrors(t *testing.T) {
	const unknown, unsent, permanent = adapters.ClassUnknown, adapters.ClassUnsent, adapters.ClassPermanent
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		class  adapters.Class
		after  time.Duration
	}{
		{"429", throttle("3"), unsent, 3 * time.Second},
		{"500", status(500), unknown, 0},
		{"400", status(400), permanent, 0},
		{"302", status(302), permanent, 0},
		{"no_text", refuse("no_text"), permanent, 0},
		{"nothing", say(""), unknown, 0},
		{"false", say(`{"ok":false}`), unknown, 0},
		{"hangs up", hangUp, unknown, 0},
	} {
		f := newFake(t)
		f.trouble(trouble{method: "hook", answer: tt.answer})
		_, err := openPlatform(t, testConfig(f.URL)).Send(t.Context(), replyTo(f), answer())
		var e *adapters.SendError
		if !errors.As(err, &e) || e.Class != tt.class || e.After != tt.after {
			t.Errorf("%s: got %#v %v", tt.name, e, err)
		}
		if strings.Contains(err.Error(), "secret-reply") {
			t.Errorf("%s: the error tells the URL: %v", tt.name, err)
		}
		if n := len(f.shown()); n != 0 {
			t.Errorf("%s: %d messages elsewhere", tt.name, n)
		}
	}
}

// The answer to a slash command is for its asker alone, also when its URL can be used no more.
func TestPrivateStaysPrivate(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	to := replyTo(f)
	for range 7 { // two more than the URL takes
		if _, err := p.Send(t.Context(), to, answer()); err != nil {
			t.Fatal(err)
		}
	}
	to.Expires = time.Now().Add(-time.Second)
	if _, err := p.Send(t.Context(), to, answer()); err != nil {
		t.Fatal(err)
	}
	for i, m := range f.shown() {
		if alone := m.only != "" || m.channel == "DU1"; !alone || (i < 5) != (m.only != "") {
			t.Errorf("message %d is shown in %s to %q", i, m.channel, m.only)
		}
	}
	if n := len(f.shown()); n != 8 {
		t.Errorf("%d messages", n)
	}
	inDM := replyTo(f)
	inDM.Conversation = "D7"
	if _, err := p.Send(t.Context(), inDM, answer()); err != nil {
		t.Fatal(err)
	}
	if last := f.shown()[8]; last.channel != "D7" {
		t.Errorf("asked in D7, shown in %s", last.channel)
	}
}

// A URL that leads elsewhere is not called, whatever was kept.
func TestResponseURLElsewhere(t *testing.T) {
	f := newFake(t)
	c := testConfig(f.URL)
	c.HooksURL = "" // the real one
	p := openPlatform(t, c)
	for _, raw := range hostileURLs(f.URL) {
		to := replyTo(f)
		to.URL = raw
		_, err := p.Send(t.Context(), to, answer())
		var e *adapters.SendError
		if !errors.As(err, &e) || e.Class != adapters.ClassPermanent {
			t.Errorf("%s: %v", raw, err)
		}
		if err := p.Update(t.Context(), to, "", answer()); err == nil {
			t.Errorf("%s: updated", raw)
		}
	}
	if n := f.called("hook") + f.called("chat.postMessage"); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// hostileURLs lead anywhere but to Slack.
func hostileURLs(fake string) []string {
	return []string{
		fake + "/commands/x", "http://hooks.slack.com/commands/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x",
		"http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://hooks.slack.com.evil.example/x",
		"https://evil.example/hooks.slack.com", "https://hooks.slack.com@evil.example/x", "https://user:pass@hooks.slack.com/x",
		"https://hooks.slack.com:8443/x", "https://xhooks.slack.com/", "//hooks.slack.com/x", "file:///etc/passwd", "gopher://hooks.slack.com/",
		"https:hooks.slack.com/x", "https:///x", "javascript:alert(1)", "\x00https://hooks.slack.com/",
	}
}

func TestUpdate(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	ref, err := p.Send(t.Context(), inThread, answer())
	if err != nil {
		t.Fatal(err)
	}
	changed := answer()
	changed.Blocks[0].Text = "已反馈"
	if err := p.Update(t.Context(), inThread, ref, changed); err != nil {
		t.Fatal(err)
	}
	if m := f.shown(); len(m) != 1 || m[0].edited != 1 || !strings.HasPrefix(m[0].seen, "已反馈") {
		t.Errorf("shown %+v", m)
	}
	pressed := inThread
	_, pressed.Message, _ = strings.Cut(string(ref), ":") // without a reference: the message that was pressed
	if err := p.Update(t.Context(), pressed, "", changed); err != nil || f.shown()[0].edited != 2 {
		t.Errorf("without reference: %v", err)
	}
	late := replyTo(f) // to a slash command, but shown in the direct messages at last
	if err := p.Update(t.Context(), late, ref, changed); err != nil || f.shown()[0].edited != 3 || f.called("hook") != 0 {
		t.Errorf("with a reference and a URL: %v", err)
	}
	var e *adapters.SendError
	if err := p.Update(t.Context(), inThread, "C1:9.9", changed); !errors.As(err, &e) || e.Class != adapters.ClassPermanent {
		t.Errorf("a message that is gone: %v", err)
	}
}

func TestUpdateForOne(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	if _, err := p.Send(t.Context(), replyTo(f), answer()); err != nil {
		t.Fatal(err)
	}
	changed := answer()
	changed.Blocks[0].Text = "已反馈"
	if err := p.Update(t.Context(), replyTo(f), "", changed); err != nil {
		t.Fatal(err)
	}
	if m := f.shown(); len(m) != 1 || m[0].edited != 1 || !strings.HasPrefix(m[0].seen, "已反馈") {
		t.Errorf("shown %+v", m)
	}
}

func TestConfirm(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	if err := p.Confirm(t.Context(), adapters.Event{User: "U1", To: inThread}, "已反馈 <!channel>"); err != nil {
		t.Fatal(err)
	}
	if m := f.shown()[0]; m.only != "U1" || m.channel != "C1" || m.thread != inThread.Thread || m.text != "已反馈 &lt;!channel&gt;" {
		t.Errorf("shown %+v", m)
	}
	if err := p.Confirm(t.Context(), adapters.Event{User: "U1", To: replyTo(f)}, "已反馈"); err != nil {
		t.Fatal(err)
	}
	if m := f.shown()[1]; m.only == "" || m.text != "已反馈" {
		t.Errorf("shown %+v", m)
	}
}

// Slack took the message and the connection broke: it is found, so it is not sent twice.
func TestFindAfterSilence(t *testing.T) {
	for name, to := range map[string]adapters.Address{"thread": inThread, "direct": inDirect} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := openPlatform(t, testConfig(f.URL))
			for i := range 7 { // others in the same conversation, over several pages
				m := answer()
				m.Key = "other-" + string(rune('a'+i))
				if _, err := p.Send(t.Context(), to, m); err != nil {
					t.Fatal(err)
				}
			}
			if _, found, err := p.Find(t.Context(), to, "A1-1"); found || err != nil {
				t.Errorf("found before it was sent: %v", err)
			}
			f.trouble(trouble{method: "chat.postMessage", after: true, answer: hangUp})
			_, err := p.Send(t.Context(), to, answer())
			var e *adapters.SendError
			if !errors.As(err, &e) || e.Class != adapters.ClassUnknown {
				t.Fatalf("silence is %v", err)
			}
			ref, found, err := p.Find(t.Context(), to, "A1-1")
			if all := f.shown(); !found || err != nil || string(ref) != to.Conversation+":"+all[len(all)-1].ts {
				t.Errorf("found %v %s: %v", found, ref, err)
			}
		})
	}
}

func TestFindCannot(t *testing.T) {
	f := newFake(t)
	p := openPlatform(t, testConfig(f.URL))
	f.trouble(trouble{method: "conversations.replies", answer: throttle("2")}, trouble{method: "conversations.replies", answer: refuse("missing_scope")})
	for _, tt := range []struct {
		name  string
		to    adapters.Address
		class adapters.Class
	}{
		{"too often", inThread, adapters.ClassUnsent},
		{"without the scope", inThread, adapters.ClassPermanent},
		{"a response URL", replyTo(f), adapters.ClassPermanent},
		{"nowhere", adapters.Address{}, adapters.ClassPermanent},
		{"since nothing", adapters.Address{Conversation: "C1"}, adapters.ClassPermanent},
	} {
		_, found, err := p.Find(t.Context(), tt.to, "A1-1")
		var e *adapters.SendError
		if found || !errors.As(err, &e) || e.Class != tt.class {
			t.Errorf("%s: found %v, %v", tt.name, found, err)
		}
	}
}

// Somebody else who writes our key into a message does not make it ours.
func TestFindIgnoresOthers(t *testing.T) {
	f := newFake(t)
	f.trouble(trouble{method: "conversations.replies", answer: say(`{"ok":true,"messages":[{"user":"U9","ts":"9.9",` +
		`"metadata":{"event_type":"wence_message","event_payload":{"key":"A1-1"}}},{"bot_id":"B9","ts":"9.8","metadata":{"event_type":"other","event_payload":{"key":"A1-1"}}}]}`)})
	if _, found, err := openPlatform(t, testConfig(f.URL)).Find(t.Context(), inThread, "A1-1"); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}

// A channel with a missing secret does not start, and says which without telling it.
func TestNewRefuses(t *testing.T) {
	good := testConfig("https://slack.example")
	for _, tt := range []struct {
		says   string
		change func(*Config)
	}{
		{"ID", func(c *Config) { c.ID = "" }},
		{"ID", func(c *Config) { c.ID = "slack:Team/1" }},
		{"ID", func(c *Config) { c.ID = "webhook:team1" }},
		{"signing_secret is empty", func(c *Config) { c.SigningSecret = "" }},
		{"signing_secret is empty", func(c *Config) { c.SigningSecret, c.OldSigningSecret = " ", testSecret }},
		{"too short", func(c *Config) { c.SigningSecret = "guessable" }},
		{"too short", func(c *Config) { c.OldSigningSecret = "guessable" }},
		{"bot_token is empty", func(c *Config) { c.BotToken = "" }},
		{"bot_token does not begin with xoxb-", func(c *Config) { c.BotToken = "xoxp-user-token" }},
		{"api_url", func(c *Config) { c.APIURL = "slack.com/api" }},
		{"api_url", func(c *Config) { c.APIURL = "ftp://slack.com/api" }},
		{"hooks_url", func(c *Config) { c.HooksURL = "://" }},
	} {
		c := good
		tt.change(&c)
		p, err := New(c)
		if p != nil || err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "user-token") {
			t.Errorf("%s: %v", tt.says, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}
