package slack

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// asSeen gives the blocks of a message to the fake's eyes.
func asSeen(t *testing.T, l look, m adapters.Outbound) (posted, string) {
	t.Helper()
	raw, err := json.Marshal(l.blocks(m))
	if err != nil {
		t.Fatal(err)
	}
	return read(fallback(m), raw)
}

func TestBlocksGolden(t *testing.T) {
	m := answer()
	m.Part, m.Parts = 2, 3
	m.Blocks = append(m.Blocks, adapters.Block{Text: "无链接", Quote: true, Source: "出处:乙"}, adapters.Block{Text: "其余请看:", URL: "https://wence.example/a"})
	got, err := json.MarshalIndent(look{}.blocks(m), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"type":"rich_text","elements":[` +
		`{"type":"rich_text_section","elements":[{"type":"text","text":"(2/3)"},{"type":"text","text":"\n"},{"type":"text","text":"甲局牵头。"}]},` +
		`{"type":"rich_text_quote","elements":[{"type":"text","text":"对*符合*条件的_企业_,按\u003c100万元给予 \u0026 ` + "`贴息`" + `。"}]},` +
		`{"type":"rich_text_section","elements":[{"type":"link","url":"https://wence.example/p/a#1","text":"出处:示例〔2026〕1号 二、(六)第1段(融资)"}]},` +
		`{"type":"rich_text_quote","elements":[{"type":"text","text":"无链接"}]},` +
		`{"type":"rich_text_section","elements":[{"type":"text","text":"出处:乙"},{"type":"text","text":"\n"},{"type":"text","text":"其余请看:"},` +
		`{"type":"text","text":"\n"},{"type":"link","url":"https://wence.example/a","text":"https://wence.example/a"}]}]},` +
		`{"type":"context_actions","elements":[{"type":"feedback_buttons","action_id":"wence_vote",` +
		`"positive_button":{"text":{"type":"plain_text","text":"👍 有用","emoji":true},"value":"up:A1"},` +
		`"negative_button":{"text":{"type":"plain_text","text":"👎 没用","emoji":true},"value":"down:A1"}}]},` +
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"转人工","emoji":true},"action_id":"wence_press_human","value":"human:A1"}]}]`
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatal("no JSON")
	}
	x, _ := json.Marshal(a)
	if y, _ := json.Marshal(b); string(x) != string(y) {
		t.Errorf("got %s\nwant %s", x, y)
	}
}

// One of the two votes alone is a plain button.
func TestButtons(t *testing.T) {
	up, down, human := adapters.Button{Kind: adapters.KindUp, Label: "👍"}, adapters.Button{Kind: adapters.KindDown, Label: "👎"}, adapters.Button{Kind: adapters.KindHuman, Label: strings.Repeat("人", 90)}
	back := adapters.Button{Kind: adapters.KindWithdrawn, Label: "撤回"}
	for _, tt := range []struct {
		buttons []adapters.Button
		plain   bool
		want    string
	}{
		{nil, false, ""},
		{[]adapters.Button{down, human}, false, "[👎]\n[" + strings.Repeat("人", 74) + "…]\n"},
		{[]adapters.Button{human, down, up}, false, "[👍]\n[👎]\n[" + strings.Repeat("人", 74) + "…]\n"},
		{[]adapters.Button{up, down, back}, true, "[👍]\n[👎]\n[撤回]\n"},
	} {
		m, code := asSeen(t, look{plain: tt.plain}, adapters.Outbound{Answer: "A1", Blocks: []adapters.Block{{Text: "x"}}, Buttons: tt.buttons})
		if code != "" || m.seen != "x\n"+tt.want {
			t.Errorf("%v: %s %q", tt.buttons, code, m.seen)
		}
	}
}

// The longest message that the gateway makes is one that Slack takes.
func TestLongest(t *testing.T) {
	p := openPlatform(t, testConfig("http://127.0.0.1:1"))
	m := answer()
	for range 40 {
		m.Blocks = append(m.Blocks, adapters.Block{Text: strings.Repeat("各单位应当抓好落实。", 90), Quote: true, Source: "出处:丙", URL: "https://wence.example/p/b#2"})
	}
	m.Blocks = append(m.Blocks, adapters.Block{Text: strings.Repeat("长", 9000)})
	caps := p.Caps()
	caps.MaxParts = 90
	parts, all := adapters.Split(m, caps, 0, ""), ""
	for _, part := range parts {
		seen, code := asSeen(t, look{}, part)
		if code != "" {
			t.Errorf("part %d: %s", part.Part, code)
		}
		all += strings.Join(seen.quotes, "")
	}
	if len(parts) < 4 || strings.Count(all, "各单位应当抓好落实。") != 40*90 {
		t.Errorf("%d parts", len(parts))
	}
}

func TestFallback(t *testing.T) {
	line := strings.Repeat("字", 999) + "\n"
	m := adapters.Outbound{Blocks: []adapters.Block{{Text: strings.Repeat(line, 5)}}}
	if got := fallback(m); !strings.HasSuffix(got, "字\n…") || strings.Count(got, "字") != 2*999 {
		t.Errorf("%d characters ending in %q", utf8.RuneCountInString(got), got[len(got)-10:])
	}
}

// Every message is one that Slack takes, with its quotes verbatim.
func FuzzBlocks(f *testing.F) {
	f.Add("甲局", "原文\n第二行", "出处", "https://wence.example/", uint16(1))
	f.Add("", "", "", "", uint16(0))
	f.Add("\xff", "长", "<!channel>", "", uint16(7000))
	f.Fuzz(func(t *testing.T, text, quote, source, url string, times uint16) {
		if len(quote)*int(times) > 1<<16 {
			return
		}
		quote = strings.Repeat(quote, int(times))
		if url != "" && !strings.Contains(url, "://") {
			url = "https://wence.example/"
		}
		m := answer()
		m.Blocks = []adapters.Block{{Text: text}, {Text: quote, Quote: true, Source: source, URL: url}}
		if utf8.RuneCountInString(adapters.PlainText(m)) > maxMessage {
			return
		}
		got, code := asSeen(t, look{}, m)
		if code != "" {
			t.Fatalf("Slack answers %s", code)
		}
		if valid := strings.ToValidUTF8(quote, ""); valid != "" && !slices.Equal(got.quotes, []string{valid}) {
			t.Errorf("quoted %q, want %q", got.quotes, valid)
		}
		if strings.ContainsAny(got.text, "<>") || utf8.RuneCountInString(got.text) > maxFallback+1 {
			t.Errorf("text %q", got.text)
		}
		var again slackgo.Blocks
		if err := json.Unmarshal(got.blocks, &again); err != nil {
			t.Error(err)
		}
	})
}
