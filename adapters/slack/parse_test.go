package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"<@UBOT> 差旅标准？", "差旅标准？"},
		{"请问<@UBOT>贷款找谁", "请问 贷款找谁"},
		{"贷款找谁 <@UBOT|wence>", "贷款找谁"},
		{"<@U2|王五>和<@U3>问贷款", "@王五和 问贷款"},
		{"见<https://example.com/a?b=1&amp;c=2|这里>", "见这里"},
		{"见<https://example.com/a?b=1&amp;c=2>", "见https://example.com/a?b=1&c=2"},
		{"写给<mailto:a@example.com|a@example.com>", "写给a@example.com"},
		{"<mailto:a@example.com>", "a@example.com"},
		{"在<#C1|general>和<#C2>", "在#general和"},
		{"<!here> <!subteam^S1|@all> <!date^1^{date}|昨天>", "@all 昨天"},
		{"注册资本&lt;100万 &amp; &gt;50万", "注册资本<100万 & >50万"},
		{"&amp;lt;b&amp;gt;", "&lt;b&gt;"},                // unescaped once
		{"&lt;@UBOT&gt;", "<@UBOT>"},                      // typed, no mention
		{"<https://e.cn|&lt;!channel&gt;>", "<!channel>"}, // harmless when escaped again
		{"a < b <c", "a < b <c"},
		{"<<@UBOT>> x", "< > x"},
		{"<>", ""},
		{"<@>", ""},
		{"  \n 第一行\n第二行\t三 ", "第一行\n第二行\t三"},
		{"\u202e倒着\u0000写\u200b的\ufeff", "倒着写的"},
		{"坏\xff字节", "坏字节"},
	} {
		if got := plain(tt.in, "UBOT"); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func event(kind, rest string) string {
	return `{"type":"event_callback","team_id":"T1","api_app_id":"A1","event_id":"Ev1","event_time":1,` +
		`"authorizations":[{"team_id":"T1","user_id":"UBOT","is_bot":true}],"event":{"type":"` + kind + `",` + rest + `}}`
}

// show prints what was read, and what it means.
func show(in incoming) string {
	b, _ := json.Marshal(in.event)
	return fmt.Sprintf("%+v %s", in, b)
}

func TestParseEvent(t *testing.T) {
	asked := func(conversation string, to adapters.Address) incoming {
		return incoming{event: &adapters.Event{
			Kind: adapters.KindText, Keys: []string{"event:Ev1", "message:" + to.Conversation + ":5.1"}, Conversation: conversation,
			User: "U1", Text: "贷款找谁？", At: time.Unix(5, 0), To: to,
		}}
	}
	mention := asked("C1/5.1", adapters.Address{Conversation: "C1", Thread: "5.1", User: "U1", Message: "5.1"})
	inThread := asked("C1/4.0", adapters.Address{Conversation: "C1", Thread: "4.0", User: "U1", Message: "5.1"})
	direct := asked("D1", adapters.Address{Conversation: "D1", User: "U1", Message: "5.1"})
	directThread := asked("D1/4.0", adapters.Address{Conversation: "D1", Thread: "4.0", User: "U1", Message: "5.1"})
	of := func(in incoming, kind adapters.Kind) incoming {
		ev := *in.event
		ev.Kind, ev.Text = kind, ""
		return incoming{event: &ev}
	}
	opened := incoming{event: &adapters.Event{
		Kind: adapters.KindWelcome, Keys: []string{"event:Ev1", "welcome:U1"}, Conversation: "D1", User: "U1", At: time.Unix(5, 0),
		To: adapters.Address{Conversation: "D1", User: "U1"},
	}}
	skip := incoming{}
	for _, tt := range []struct {
		name, body string
		want       incoming
		err        error
	}{
		{"challenge", `{"token":"t","type":"url_verification","challenge":"c1"}`, incoming{challenge: "c1"}, nil},
		{"challenge without one", `{"type":"url_verification"}`, skip, errMalformed},
		{"mention", event("app_mention", `"user":"U1","text":"<@UBOT> 贷款找谁？","ts":"5.1","channel":"C1","event_ts":"5.1"`), mention, nil},
		{"mention by who installed us", strings.Replace(event("app_mention", `"user":"U1","text":"<@UBOT> 贷款找谁？","ts":"5.1","channel":"C1","event_ts":"5.1"`),
			`"authorizations":[`, `"authorizations":[{"team_id":"T1","user_id":"U1","is_bot":false},`, 1), mention, nil},
		{"mention in a thread", event("app_mention", `"user":"U1","text":"<@UBOT> 贷款找谁？","ts":"5.1","thread_ts":"4.0","channel":"C1"`), inThread, nil},
		{"mention in a direct message", event("app_mention", `"user":"U1","text":"<@UBOT> 贷款找谁？","ts":"5.1","channel":"D1"`), direct, nil},
		{"only the mention", event("app_mention", `"user":"U1","text":"<@UBOT>","ts":"5.1","channel":"C1"`), of(mention, adapters.KindText), nil},
		{"its copy as message", event("message", `"user":"U1","text":"<@UBOT> 贷款找谁？","ts":"5.1","channel":"C1","channel_type":"channel"`), skip, nil},
		{"direct", event("message", `"user":"U1","text":"贷款找谁？","ts":"5.1","channel":"D1","channel_type":"im"`), direct, nil},
		{"direct in a thread", event("message", `"user":"U1","text":"贷款找谁？","ts":"5.1","thread_ts":"4.0","channel":"D1","channel_type":"im"`), directThread, nil},
		{"with a file", event("message", `"subtype":"file_share","files":[{}],"user":"U1","text":"贷款找谁？","ts":"5.1","channel":"D1","channel_type":"im"`), direct, nil},
		{"only a file", event("message", `"subtype":"file_share","files":[{}],"user":"U1","text":"","ts":"5.1","channel":"D1","channel_type":"im"`), of(direct, adapters.KindUnsupported), nil},
		{"sent to the channel too", event("message", `"subtype":"thread_broadcast","user":"U1","text":"贷款找谁？","ts":"5.1","thread_ts":"4.0","channel":"D1","channel_type":"im"`), directThread, nil},
		{"changed", event("message", `"subtype":"message_changed","hidden":true,"user":"U1","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"changed, not hidden", event("message", `"subtype":"message_changed","user":"U1","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"hidden", event("message", `"hidden":true,"user":"U1","text":"x","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"deleted", event("message", `"subtype":"message_deleted","user":"U1","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"joined", event("message", `"subtype":"channel_join","user":"U1","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"a bot", event("message", `"subtype":"bot_message","bot_id":"B1","text":"x","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"a bot with a user", event("message", `"bot_id":"B1","user":"U9","text":"x","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"ourselves", event("app_mention", `"user":"UBOT","text":"<@UBOT> x","ts":"5.1","channel":"C1"`), skip, nil},
		{"Slack itself", event("message", `"user":"USLACKBOT","text":"x","ts":"5.1","channel":"D1","channel_type":"im"`), skip, nil},
		{"nobody", event("app_mention", `"text":"<@UBOT> x","ts":"5.1","channel":"C1"`), skip, nil},
		{"opened", event("app_home_opened", `"user":"U1","channel":"D1","tab":"messages","event_ts":"5.1"`), opened, nil},
		{"opened nowhere", event("app_home_opened", `"user":"U1","tab":"home","event_ts":"5.1"`), skip, errMalformed},
		{"another event", event("reaction_added", `"user":"U1","ts":"5.1","channel":"C1"`), skip, nil},
		{"without ts", event("app_mention", `"user":"U1","text":"x","channel":"C1"`), skip, errMalformed},
		{"without channel", event("app_mention", `"user":"U1","text":"x","ts":"5.1"`), skip, errMalformed},
		{"without event ID", `{"type":"event_callback","team_id":"T1","event":{}}`, skip, errMalformed},
		{"rate limited", `{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1}`, incoming{limited: true}, nil},
		{"another envelope", `{"type":"new"}`, skip, nil},
		{"no JSON", `{"type":`, skip, errMalformed},
		{"not an object", `[1]`, skip, errMalformed},
		{"a field of another type", `{"type":"event_callback","event_id":1}`, skip, errMalformed},
		{"empty", ``, skip, errMalformed},
	} {
		got, err := parseEvent([]byte(tt.body))
		if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %s, %v\nwant %s, %v", tt.name, show(got), err, show(tt.want), tt.err)
		}
	}
}

func commandForm() url.Values {
	return url.Values{
		"token": {"x"}, "team_id": {"T1"}, "channel_id": {"C1"}, "user_id": {"U1"}, "user_name": {"<!channel>\x00"}, "command": {"/wence"},
		"text": {"贷款找谁？"}, "response_url": {"https://hooks.slack.com/commands/T1/1/x"}, "trigger_id": {"1.2.3"},
	}
}

func TestParseCommand(t *testing.T) {
	form := commandForm()
	want := incoming{private: true, trigger: "1.2.3", reply: "https://hooks.slack.com/commands/T1/1/x", event: &adapters.Event{
		Kind: adapters.KindText, Keys: []string{"command:1.2.3"}, Conversation: "C1@U1", User: "U1", Name: "<!channel>", Text: "贷款找谁？",
		To: adapters.Address{Conversation: "C1", User: "U1"},
	}}
	if got, err := parseCommand([]byte(form.Encode())); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %s, %v", show(got), err)
	}
	form.Set("text", " ")
	if got, err := parseCommand([]byte(form.Encode())); err != nil || !got.empty {
		t.Errorf("empty: got %s, %v", show(got), err)
	}
	for _, key := range []string{"channel_id", "user_id", "trigger_id", "command", "response_url"} {
		bad := commandForm()
		bad.Del(key)
		if _, err := parseCommand([]byte(bad.Encode())); !errors.Is(err, errMalformed) {
			t.Errorf("without %s: %v", key, err)
		}
	}
	if _, err := parseCommand([]byte("channel_id=%zz")); !errors.Is(err, errMalformed) {
		t.Errorf("no form: %v", err)
	}
}

// payload is an interaction of U1, or of another user.
func payload(t string, rest string, user ...string) []byte {
	p := `{"type":"` + t + `","team":{"id":"T1"},"user":{"id":"` + append(user, "U1")[0] + `","username":"王五"},"trigger_id":"1.2.3",` + rest + `}`
	return []byte(url.Values{"payload": {p}}.Encode())
}

func TestParseInteraction(t *testing.T) {
	const where = `"container":{"type":"message","message_ts":"7.1","channel_id":"C1","thread_ts":"5.1"},"response_url":"https://hooks.slack.com/actions/T1/1/x",`
	pressed := func(kind adapters.Kind, action string) incoming {
		return incoming{trigger: "1.2.3", reply: "https://hooks.slack.com/actions/T1/1/x", event: &adapters.Event{
			Kind: kind, Keys: []string{"action:U1:8.1:" + action}, Conversation: "C1/5.1", User: "U1", Name: "王五", Answer: "a1",
			At: time.Unix(8, 0), To: adapters.Address{Conversation: "C1", Thread: "5.1", User: "U1", Message: "7.1"},
		}}
	}
	alone := pressed(adapters.KindUp, "wence_vote")
	alone.event.Conversation, alone.event.To.Thread = "C1@U1", ""
	alone.private = true
	why := incoming{event: &adapters.Event{
		Kind: adapters.KindDown, Keys: []string{"view:V1"}, Conversation: "C1/5.1", User: "U1", Name: "王五", Answer: "a1", Reason: "答非所问",
		To: adapters.Address{Conversation: "C1", Thread: "5.1", User: "U1", Message: "7.1"},
	}}
	form := func(id, meta, text string) []byte {
		return payload("view_submission", `"view":{"id":"`+id+`","callback_id":"wence_reason","private_metadata":`+strconv.Quote(meta)+
			`,"state":{"values":{"wence_reason_block":{"wence_reason_input":{"type":"plain_text_input","value":`+text+`}}}}}`)
	}
	const meta = `{"answer":"a1","conversation":"C1/5.1","channel":"C1","thread":"5.1","message":"7.1"}`
	skip := incoming{}
	for _, tt := range []struct {
		name string
		body []byte
		want incoming
		err  error
	}{
		{"up", payload("block_actions", where+`"actions":[{"type":"feedback_buttons","action_id":"wence_vote","block_id":"b","value":"up:a1","action_ts":"8.1"}]`), pressed(adapters.KindUp, "wence_vote"), nil},
		{"plain down", payload("block_actions", where+`"actions":[{"type":"button","action_id":"wence_press_down","value":"down:a1","action_ts":"8.1"}]`), pressed(adapters.KindDown, "wence_press_down"), nil},
		{"withdrawn", payload("block_actions", where+`"actions":[{"type":"button","action_id":"wence_press_withdrawn","value":"withdrawn:a1","action_ts":"8.1"}]`), pressed(adapters.KindWithdrawn, "wence_press_withdrawn"), nil},
		{"person", payload("block_actions", where+`"actions":[{"type":"button","action_id":"wence_press_human","value":"human:a1","action_ts":"8.1"}]`), pressed(adapters.KindHuman, "wence_press_human"), nil},
		{"below an answer for one", payload("block_actions", `"container":{"message_ts":"7.1","channel_id":"C1","is_ephemeral":true},"response_url":"https://hooks.slack.com/actions/T1/1/x",`+
			`"actions":[{"action_id":"wence_vote","value":"up:a1","action_ts":"8.1"}]`), alone, nil},
		{"below one without a way to answer", payload("block_actions", `"container":{"message_ts":"7.1","channel_id":"C1","is_ephemeral":true},`+
			`"actions":[{"action_id":"wence_vote","value":"up:a1","action_ts":"8.1"}]`), skip, errMalformed},
		{"not ours", payload("block_actions", where+`"actions":[{"type":"button","action_id":"other","value":"x","action_ts":"8.1"}]`), skip, nil},
		{"not our value", payload("block_actions", where+`"actions":[{"action_id":"wence_vote","value":"text:a1","action_ts":"8.1"}]`), skip, errMalformed},
		{"no action", payload("block_actions", where+`"actions":[]`), skip, errMalformed},
		{"no value", payload("block_actions", where+`"actions":[{"action_id":"wence_vote","action_ts":"8.1"}]`), skip, errMalformed},
		{"no time", payload("block_actions", where+`"actions":[{"action_id":"wence_vote","value":"up:a1"}]`), skip, errMalformed},
		{"nowhere", payload("block_actions", `"actions":[{"action_id":"wence_vote","value":"up:a1","action_ts":"8.1"}]`), skip, errMalformed},
		{"reason", form("V1", meta, `" 答非所问\u0000 "`), why, nil},
		{"no reason", form("V1", meta, "null"), skip, nil},
		{"a form without mark", form("V1", "", `"x"`), skip, errMalformed},
		{"a form about nothing", form("V1", `{"conversation":"C1","channel":"C1"}`, `"x"`), skip, errMalformed},
		{"another form", payload("view_submission", `"view":{"id":"V1","callback_id":"x"}`), skip, nil},
		{"shortcut", payload("shortcut", `"callback_id":"x"`), skip, nil},
		{"no JSON", []byte("payload=%7B"), skip, errMalformed},
		{"no payload", []byte("x=1"), skip, errMalformed},
		{"no form", []byte("payload=%zz"), skip, errMalformed},
		{"nobody", []byte(url.Values{"payload": {`{"type":"block_actions"}`}}.Encode()), skip, errMalformed},
	} {
		got, err := parseInteraction(tt.body)
		if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %s, %v\nwant %s, %v", tt.name, show(got), err, show(tt.want), tt.err)
		}
	}
}

// checkEvent fails if an event cannot be told apart or answered.
func checkEvent(t *testing.T, in incoming, err error) {
	if err != nil && !reflect.DeepEqual(in, incoming{}) {
		t.Error("both a result and an error")
	}
	ev := in.event
	if ev == nil {
		return
	}
	if len(ev.Keys) == 0 || slices.Contains(ev.Keys, "") || ev.Conversation == "" || ev.User == "" || ev.To.Conversation == "" {
		t.Errorf("cannot be answered once: %s", show(in))
	}
	if !utf8.ValidString(ev.Text+ev.Name+ev.Reason) || strings.ContainsRune(ev.Text+ev.Name+ev.Reason, 0) {
		t.Errorf("broken text: %s", show(in))
	}
	if vote := ev.Kind == adapters.KindUp || ev.Kind == adapters.KindDown; vote && ev.Answer == "" {
		t.Errorf("a vote on nothing: %s", show(in))
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(event("app_mention", `"user":"U1","text":"<@UBOT> x","ts":"5.1","channel":"C1"`)))
	f.Add([]byte(event("message", `"user":"U1","text":"<a|b>","ts":"5.1","channel":"D1","channel_type":"im"`)))
	f.Add([]byte(event("app_home_opened", `"user":"U1","channel":"D1","tab":"home"`)))
	f.Add([]byte(`{"type":"url_verification","challenge":"c"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parseEvent(body)
		checkEvent(t, in, err)
	})
}

func FuzzParseForms(f *testing.F) {
	f.Add(payload("block_actions", `"container":{"message_ts":"7.1","channel_id":"C1"},"actions":[{"action_id":"wence_vote","value":"up:a1","action_ts":"8.1"}]`))
	f.Add(payload("view_submission", `"view":{"id":"V1","callback_id":"wence_reason","private_metadata":"{}"}`))
	f.Add([]byte(commandForm().Encode()))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parseCommand(body)
		checkEvent(t, in, err)
		in, err = parseInteraction(body)
		checkEvent(t, in, err)
	})
}

// Text that has been escaped comes back, and reading never leaves control characters.
func FuzzPlain(f *testing.F) {
	f.Add("<@UBOT> &lt;x&gt; <https://e.cn|y>")
	f.Add("<<a>|&amp;amp;")
	f.Fuzz(func(t *testing.T, s string) {
		if got := plain(s, "UBOT"); !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Errorf("%q gives %q", s, got)
		}
		if clean := tidy(s); plain(escape.Replace(clean), "UBOT") != clean {
			t.Errorf("%q does not come back", clean)
		}
		if _, err := json.Marshal(plain(s, "")); err != nil {
			t.Error(err)
		}
	})
}
