package wecom

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseRobot(t *testing.T) {
	for name, tt := range map[string]struct {
		data string
		want string // the words; "-" if there can be none
	}{
		"text":  {`{"msgid":"m","aibotid":"b","chattype":"single","from":{"userid":"u"},"msgtype":"text","text":{"content":"贷款找谁"}}`, "贷款找谁"},
		"group": {`{"msgid":"m","chatid":"c","chattype":"group","from":{"userid":"u"},"msgtype":"text","text":{"content":"@助手 贷款"}}`, "@助手 贷款"},
		"voice": {`{"msgid":"m","from":{"userid":"u"},"msgtype":"voice","voice":{"content":"贷款找谁"}}`, "贷款找谁"},
		"mute":  {`{"msgid":"m","from":{"userid":"u"},"msgtype":"voice","voice":{}}`, "-"},
		"mixed": {`{"msgid":"m","from":{"userid":"u"},"msgtype":"mixed","mixed":{"msg_item":[{"msgtype":"image","image":{"url":"x"}},{"msgtype":"text","text":{"content":"这是什么"}}]}}`, "这是什么"},
		"image": {`{"msgid":"m","from":{"userid":"u"},"msgtype":"image","image":{"url":"https://x"}}`, "-"},
	} {
		m, err := parseRobot([]byte(tt.data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, ok := m.text()
		if !ok {
			text = "-"
		}
		if text != tt.want {
			t.Errorf("%s: %q, want %q", name, text, tt.want)
		}
	}
}

func TestParseRobotEvents(t *testing.T) {
	for _, data := range []string{
		`{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"eventtype":"template_card_event","template_card_event":{"event_key":"human","task_id":"a1"}}}`,
		`{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"eventtype":"template_card_event","template_card_event":{"EventKey":"human","TaskId":"a1"}}}`,
	} {
		m, err := parseRobot([]byte(data))
		if err != nil || m.Event.Click.Key != "human" || m.Event.Click.Task != "a1" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	m, err := parseRobot([]byte(`{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"eventtype":"feedback_event","feedback_event":{"id":"a1","type":2,"content":"文件已废止","inaccurate_reason_list":[3]}}}`))
	if v := m.Event.Feedback; err != nil || v.ID != "a1" || v.Type != 2 || v.Content != "文件已废止" || len(v.Reasons) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestParseRefusesWhatMakesNoSense(t *testing.T) {
	long := strings.Repeat("x", maxID+1)
	for name, data := range map[string]string{
		"no JSON":           `<xml/>`,
		"nothing":           ``,
		"array":             `[]`,
		"no msgid":          `{"from":{"userid":"u"},"msgtype":"text"}`,
		"no user":           `{"msgid":"m","msgtype":"text"}`,
		"no type":           `{"msgid":"m","from":{"userid":"u"}}`,
		"group without ID":  `{"msgid":"m","chattype":"group","from":{"userid":"u"},"msgtype":"text"}`,
		"poll of nothing":   `{"msgid":"m","from":{"userid":"u"},"msgtype":"stream"}`,
		"user of two lines": `{"msgid":"m","from":{"userid":"u\nERROR forged"},"msgtype":"text"}`,
		"NUL in msgid":      `{"msgid":"m\u0000","from":{"userid":"u"},"msgtype":"text"}`,
		"direction change":  `{"msgid":"m","from":{"userid":"\u202eu"},"msgtype":"text"}`,
		"long chat":         `{"msgid":"m","chatid":"` + long + `","from":{"userid":"u"},"msgtype":"text"}`,
		"long task":         `{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"template_card_event":{"task_id":"` + long + `"}}}`,
		"user is a number":  `{"msgid":"m","from":{"userid":1},"msgtype":"text"}`,
	} {
		if m, err := parseRobot([]byte(data)); !errors.Is(err, errMessage) {
			t.Errorf("%s: %+v, %v", name, m, err)
		} else if strings.Contains(err.Error(), "forged") {
			t.Errorf("%s: the error repeats the message: %v", name, err)
		}
	}
	for name, data := range map[string]string{
		"no XML":          `{}`,
		"no user":         `<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>`,
		"no type":         `<xml><FromUserName>u</FromUserName><MsgId>1</MsgId></xml>`,
		"no ID":           `<xml><FromUserName>u</FromUserName><MsgType>text</MsgType></xml>`,
		"nameless event":  `<xml><FromUserName>u</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType></xml>`,
		"timeless event":  `<xml><FromUserName>u</FromUserName><MsgType>event</MsgType><Event>click</Event></xml>`,
		"lines in user":   "<xml><FromUserName>u\nforged</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
		"entity":          `<!DOCTYPE x [<!ENTITY e "boom">]><xml><FromUserName>&e;</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>`,
		"other charset":   `<?xml version="1.0" encoding="GBK"?><xml><FromUserName>u</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>`,
		"broken UTF-8":    "<xml><FromUserName>u\xff</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
		"time no number":  `<xml><FromUserName>u</FromUserName><CreateTime>now</CreateTime><MsgType>event</MsgType><Event>click</Event></xml>`,
		"endless element": `<xml><FromUserName>u`,
	} {
		if m, err := parseApp([]byte(data)); !errors.Is(err, errMessage) {
			t.Errorf("%s: %+v, %v", name, m, err)
		} else if strings.Contains(err.Error(), "forged") || strings.Contains(err.Error(), "boom") {
			t.Errorf("%s: the error repeats the message: %v", name, err)
		}
	}
}

func TestAppKeysTellMessagesApart(t *testing.T) {
	seen := map[string]int{}
	for i, data := range []string{
		`<xml><FromUserName>u</FromUserName><MsgType>text</MsgType><Content>a</Content><MsgId>1</MsgId></xml>`,
		`<xml><FromUserName>u</FromUserName><MsgType>text</MsgType><Content>a</Content><MsgId>2</MsgId></xml>`,
		`<xml><FromUserName>u</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>template_card_event</Event><EventKey>up</EventKey><TaskId>t</TaskId></xml>`,
		`<xml><FromUserName>u</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>template_card_event</Event><EventKey>down</EventKey><TaskId>t</TaskId></xml>`,
		`<xml><FromUserName>v</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>template_card_event</Event><EventKey>up</EventKey><TaskId>t</TaskId></xml>`,
		`<xml><FromUserName>u</FromUserName><CreateTime>2</CreateTime><MsgType>event</MsgType><Event>enter_agent</Event></xml>`,
	} {
		m, err := parseApp([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if j, ok := seen[m.key()]; ok {
			t.Errorf("messages %d and %d have the key %s", i, j, m.key())
		}
		seen[m.key()] = i
	}
	upper, _ := parseApp([]byte(`<xml><FromUserName>ZhangSan</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>`))
	if upper.From != "zhangsan" {
		t.Errorf("user %q: upper and lower case are the same person", upper.From)
	}
}

func TestStripMention(t *testing.T) {
	for _, tt := range []struct{ text, name, want string }{
		{"@政策助手 贷款找谁", "政策助手", "贷款找谁"},
		{"@政策助手\u2005贷款找谁", "政策助手", "贷款找谁"},
		{"@政策助手贷款找谁", "政策助手", "贷款找谁"},
		{"  @政策助手  @政策助手 贷款", "政策助手", "贷款"},
		{"请问 @政策助手 贷款找谁", "政策助手", "请问  贷款找谁"},
		{"贷款找谁 @政策助手", "政策助手", "贷款找谁"},
		{"问 @政策助手二号 吧", "政策助手", "问 @政策助手二号 吧"},
		{"@Policy Bot 贷款", "Policy Bot", "贷款"},
		{"@张三 贷款", "政策助手", "@张三 贷款"},
		{"@政策助手", "政策助手", ""},
		{"@谁 贷款", "", "贷款"},
		{"@谁", "", ""},
		{"a@b.com 是谁的", "", "a@b.com 是谁的"},
		{"", "政策助手", ""},
	} {
		if got := stripMention(tt.text, tt.name); got != tt.want {
			t.Errorf("stripMention(%q, %q) = %q, want %q", tt.text, tt.name, got, tt.want)
		}
	}
}

func FuzzParseRobot(f *testing.F) {
	f.Add([]byte(`{"msgid":"m","chatid":"c","chattype":"group","from":{"userid":"u"},"msgtype":"text","text":{"content":"@助手 贷款"}}`))
	f.Add([]byte(`{"msgid":"m","from":{"userid":"u"},"msgtype":"event","event":{"eventtype":"feedback_event","feedback_event":{"id":"a","type":3}}}`))
	f.Add([]byte(`{"msgtype":"stream","stream":{"id":"s"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseRobot(data)
		if err != nil {
			return
		}
		text, _ := m.text()
		for _, s := range []string{m.ID, m.From.User, m.Chat, m.Stream.ID, m.Event.Feedback.ID, m.Event.Click.Key, m.Event.Click.Task} {
			if !isID(s) {
				t.Errorf("%q is no identifier", s)
			}
		}
		if !utf8.ValidString(text) {
			t.Errorf("text %q", text)
		}
	})
}

func FuzzParseApp(f *testing.F) {
	f.Add([]byte(`<xml><FromUserName>u</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>click</Event></xml>`))
	f.Add([]byte(`<xml><FromUserName>u</FromUserName><MsgType>text</MsgType><Content><![CDATA[a]]></Content><MsgId>1</MsgId></xml>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseApp(data)
		if err == nil && (!isID(m.key()[:min(len(m.key()), maxID)]) || !utf8.ValidString(m.Content)) {
			t.Errorf("%+v", m)
		}
	})
}

func FuzzStripMention(f *testing.F) {
	f.Add("@政策助手 贷款", "政策助手")
	f.Add("@@a a", "a")
	f.Fuzz(func(t *testing.T, text, name string) {
		got := stripMention(text, name)
		if utf8.ValidString(text) && utf8.ValidString(name) && !utf8.ValidString(got) || len(got) > len(text) {
			t.Errorf("stripMention(%q, %q) = %q", text, name, got)
		}
		if name != "" && !strings.ContainsFunc(name, blank) && !strings.Contains(name, "@") && strings.HasPrefix(got, "@"+name+" ") {
			t.Errorf("stripMention(%q, %q) = %q still begins with it", text, name, got)
		}
	})
}
