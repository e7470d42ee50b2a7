package web

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// lowered is a Wording that knows nothing but case and one topic. Its folded text is
// longer than the text.
func lowered() Wording {
	return Wording{
		Fold: func(text string) (string, []int) {
			var b strings.Builder
			var offsets []int
			for i, r := range text {
				b.WriteString(strings.ReplaceAll(strings.ToLower(string(r)), "贴", "補貼"))
				for len(offsets) < b.Len() {
					offsets = append(offsets, i)
				}
			}
			return b.String(), offsets
		},
		Topics: func(topic string) []string { return map[string][]string{"借钱": {"融资"}}[topic] },
	}
}

// What is looked for in the list is found however it is written, and marked as it is written.
func TestSearchFoldsWords(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Wording = lowered() })
	o.publish(t, "某市ABC试点办法\n\n一、支持试点\nAbc企业贴息。\n二、附则\n没有小标题的话。")
	v := o.visitor(t)
	find := func(key, value string) (titles, marked string) {
		page := v.page("/p?" + key + "=" + url.QueryEscape(value))
		return page.Find(".policies h2").Text(), page.Find(".policies mark").Text()
	}
	for _, tt := range []struct{ key, value, title, mark string }{
		{"q", "aBC企", "某市ABC试点办法", "Abc企"},
		{"q", "业補貼息", "某市ABC试点办法", "业贴息"},
		{"q", "企业補 没有小标题", "某市ABC试点办法", "企业贴"},
		{"q", "aBd", "没有符合", ""},
		{"topic", "abc", "某市ABC试点办法", ""},
		{"topic", "借钱", "支持小微企业若干措施", ""},
		{"topic", "贷款", "没有", ""},
	} {
		title, mark := find(tt.key, tt.value)
		if want := !strings.HasPrefix(tt.title, "没有"); strings.Contains(title, tt.title) != want || !want && title != "" || mark != tt.mark {
			t.Errorf("%s=%s finds %q and marks %q, not %q", tt.key, tt.value, title, mark, tt.mark)
		}
	}
}

// A document without headings is found by what its clauses are about.
func TestTopicWithoutHeadings(t *testing.T) {
	o := newOffice(t, nil)
	o.publish(t, "某市公告\n\n参保人可以申领补贴。")
	page := o.visitor(t).page("/p?topic=" + url.QueryEscape("申领补贴"))
	if got := page.Find(".policies h2").Text(); got != "某市公告" {
		t.Errorf("found %q", got)
	}
}

// What is folded is folded once, also when something else is published.
func TestFoldedOnce(t *testing.T) {
	var folds atomic.Int64
	o := newOffice(t, func(c *Config) {
		c.Wording.Fold = func(text string) (string, []int) {
			if text == policyText {
				folds.Add(1)
			}
			return text, nil
		}
	})
	v := o.visitor(t)
	for range 2 {
		v.page("/p?q=" + url.QueryEscape("融资"))
		o.publish(t, "某市公告\n\n参保人可以申领补贴。")
		if got := v.page("/p?q=" + url.QueryEscape("融资")).Find(".policies h2").Length(); got != 1 {
			t.Errorf("found %d", got)
		}
	}
	if n := folds.Load(); n != 1 {
		t.Errorf("folded %d times", n)
	}
}
