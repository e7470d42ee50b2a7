package web

import (
	"strings"
	"testing"
)

// print writes edits as text-[went]+[came].
func printed(es []edit) string {
	var b strings.Builder
	for _, e := range es {
		switch e.Kind {
		case went:
			b.WriteString("-[" + e.Text + "]")
		case came:
			b.WriteString("+[" + e.Text + "]")
		default:
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

func TestEdits(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"", "", ""},
		{"一样。", "一样。", "一样。"},
		{"", "新。", "+[新。]"},
		{"旧。", "", "-[旧。]"},
		{"推广贷款,加快审批,扩大投放。", "推广贷款,扩大投放。", "推广贷款,-[加快审批,]扩大投放。"},
		{"补贴3万元,一次付清。", "补贴5万元,一次付清。", "补贴-[3]+[5]万元,一次付清。"},
		{"(市财政局、商务局负责)", "(市商务局负责)", "(市-[财政局、]商务局负责)"},
		{"甲。乙。丙。", "丙。甲。", "-[甲。乙。]丙。+[甲。]"},
		{"\xff甲", "\xfe甲", "-[\xff]+[\xfe]甲"},
	} {
		if got := printed(edits(tt.before, tt.after)); got != tt.want {
			t.Errorf("%q to %q: %s, want %s", tt.before, tt.after, got, tt.want)
		}
	}
	long := strings.Repeat("甲,乙;", 2000)
	if got := edits(long+"旧", long+"新"); len(got) != 3 || got[0].Text != long {
		t.Errorf("a text that is too long to compare has %d edits", len(got))
	}
}

func FuzzEdits(f *testing.F) {
	f.Add("推广贷款,加快审批。", "推广贷款。加快,审批")
	f.Add("甲\xff,乙", "甲\xfe,乙")
	f.Fuzz(func(t *testing.T, before, after string) {
		var old, now strings.Builder
		for _, e := range edits(before, after) {
			if e.Kind != came {
				old.WriteString(e.Text)
			}
			if e.Kind != went {
				now.WriteString(e.Text)
			}
		}
		if old.String() != before || now.String() != after {
			t.Errorf("%q to %q became %q to %q", before, after, old.String(), now.String())
		}
	})
}
