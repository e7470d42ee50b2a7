package adapters

import (
	"strings"
	"testing"
)

func TestEscapeMarkdown(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"对符合条件的企业给予3~5年贴息,“首贷户”占比(见附件1)。", "对符合条件的企业给予3~5年贴息,“首贷户”占比(见附件1)。"},
		{"清府办函〔2024〕24号", "清府办函〔2024〕24号"},
		{"[2024]24号", "[2024]24号"}, // no link: nothing follows
		{"[点我](http://evil)", `\[点我\](http://evil)`},
		{"[a][b]", `\[a\]\[b\]`},
		{"面积≥5*10平方米", "面积≥5*10平方米"},
		{"**粗**", `\*\*粗\*\*`},
		{"_a_", `\_a\_`},
		{"`a`", "\\`a\\`"},
		{"3~5年、10~20万元", "3~5年、10~20万元"},
		{":-", `\:-`},
		{"-|", `\-|`},
		{"~~删~~", `\~\~删\~\~`},
		{"<font color=\"warning\">", `\<font color="warning">`},
		{"a&lt;b", `a\&lt;b`},
		{"R&D", "R&D"},
		{`\*`, `\\*`},
		{"# 标题", `\# 标题`},
		{"#话题", "#话题"},
		{"> 引", `\> 引`},
		{"- 项", `\- 项`},
		{"* 项", `\* 项`},
		{"---", `\---`},
		{"===", `\===`},
		{"|a|b|", `\|a\|b\|`},
		{"*甲\n乙*", "\\*甲\n乙\\*"}, // emphasis goes on over lines
		{"甲\n- 乙\n> 丙", "甲\n\\- 乙\n\\> 丙"},
	} {
		if got := EscapeMarkdown(tt.in); got != tt.want {
			t.Errorf("EscapeMarkdown(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzEscapeMarkdown: nothing but backslashes is added, and nothing is left out.
func FuzzEscapeMarkdown(f *testing.F) {
	f.Add("甲\n- [b](c) **d** &lt; \\*")
	f.Fuzz(func(t *testing.T, s string) {
		got, rest := EscapeMarkdown(s), s
		for _, r := range strings.SplitAfter(got, "") {
			switch {
			case strings.HasPrefix(rest, r):
				rest = rest[len(r):]
			case r != `\`:
				t.Fatalf("%q became %q", s, got)
			}
		}
		if rest != "" && strings.Trim(rest, `\`) != "" {
			t.Fatalf("%q became %q", s, got)
		}
	})
}
