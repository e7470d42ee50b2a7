package wecom

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

func text(s string) adapters.Outbound {
	return adapters.Outbound{Blocks: []adapters.Block{{Text: s}}}
}

func TestSubsetShowsWhatIsThereOrNothing(t *testing.T) {
	for _, s := range []string{"**粗**", "`a`", "[点我](http://evil)", "> 引", "# 题", "<font color=\"info\">绿</font>", "<@all>"} {
		if got, ok := subset(text("甲局\n" + s)); ok {
			t.Errorf("%q is sent as %q", s, got)
		}
		quote := adapters.Outbound{Blocks: []adapters.Block{{Text: s, Quote: true, Source: "出处"}}}
		if got, ok := subset(quote); ok {
			t.Errorf("the quote %q is sent as %q", s, got)
		}
	}
	if _, ok := subset(adapters.Outbound{Blocks: []adapters.Block{{Text: "a", URL: "https://x/)("}}}); ok {
		t.Error("a URL with brackets ends the link")
	}
	got, ok := subset(answered().Parts[0])
	if want := "甲局负责。\n\n> 给予贷款贴息。\n\n[出处:示例〔2026〕1号 二、(六)](https://zc.example/p/a)"; !ok || got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPlainHasNoLinksOfOthers(t *testing.T) {
	if got := plain(text(`看<a href="http://evil">这里</a>,3<5`)); got != `看＜a href="http://evil">这里＜/a>,3<5` {
		t.Errorf("%q", got)
	}
}

func TestLabelsDoNotEndEarly(t *testing.T) {
	got := full(adapters.Outbound{Blocks: []adapters.Block{{Text: "a", Quote: true, Source: "示例[2026]1号](http://evil)", URL: "https://zc.example/p"}}})
	if want := "> a\n\n[示例［2026］1号］(http://evil)](https://zc.example/p)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := full(adapters.Outbound{Blocks: []adapters.Block{{Text: "更多", URL: "https://zc.example/a"}}}); got != "更多\n[https://zc.example/a](https://zc.example/a)" {
		t.Errorf("%q", got)
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("甲局负责。", "给予**贴息**。\n> x", "出处:[1]", "https://zc.example/p")
	f.Add("\u2028\u202e\x00\xff\\u4e00", "<a>", "](", ")(")
	f.Fuzz(func(t *testing.T, say, quote, source, url string) {
		m := adapters.Outbound{Part: 1, Parts: 2, Blocks: []adapters.Block{{Text: say}, {Text: quote, Quote: true, Source: source, URL: url}}}
		inSubset, _ := subset(m)
		for _, s := range []string{plain(m), full(m), inSubset} {
			data, err := encodeJSON(content{s})
			if err != nil {
				t.Fatal(err)
			}
			var back content
			if err := json.Unmarshal(data, &back); err != nil || back.Content != s {
				t.Errorf("%q became %q, %v", s, back.Content, err)
			}
			if !utf8.ValidString(s) || strings.Contains(string(data), `\u`) {
				t.Errorf("the platform refuses %s", data)
			}
		}
	})
}
