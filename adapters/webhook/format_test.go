package webhook

import (
	"testing"

	"github.com/wence-bot/wence/adapters"
)

// TestMarkdownShowsTextAsItIs: what a policy says is never taken for markup.
func TestMarkdownShowsTextAsItIs(t *testing.T) {
	for in, want := range map[string]string{
		"- 甲\n- 乙":           "\\- 甲\n\\- 乙",
		"1. 甲\n2) 乙":         "1\\. 甲\n2\\) 乙",
		"2024. 甲":            "2024\\. 甲",
		"3.5万元":              "3.5万元",
		"    甲":              "\u00a0\u00a0\u00a0\u00a0甲",
		"&lt;b&gt; &copy;":   `\&lt;b\&gt; \&copy;`,
		"3~5年、10~20万元":       `3\~5年、10\~20万元`,
		"~~删~~":              `\~\~删\~\~`,
		"<script>":           `\<script>`,
		"[点我](http://x)":     `\[点我\](http://x)`,
		"# 一、总则":             `\# 一、总则`,
		"甲\n===":             "甲\n\\===",
		"a\u202eb\x1bc\x00d": "abcd",
	} {
		if got := markdown(adapters.Outbound{Format: formatMarkdown, Blocks: []adapters.Block{{Text: in}}}); got != want {
			t.Errorf("%q is written as %q, want %q", in, got, want)
		}
	}
}
