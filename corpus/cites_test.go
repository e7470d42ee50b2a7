package corpus_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func TestCites(t *testing.T) {
	d := &corpus.Document{Title: "甲办法(试行)"}
	for _, text := range []string{
		"根据《中华人民共和国乙法》、《关于印发〈丙办法〉的通知》和《乙法》(2019年修订),制定本办法。",
		"《甲办法》自公布之日起施行。《转发〈丁〉的 通知（二）》",
		"没有另一半的《戊",
		"《己办法》和没有另一半的" + strings.Repeat("长", 80) + "》《" + strings.Repeat("长", 80) + "》《》《庚》",
	} {
		d.Clauses = append(d.Clauses, corpus.Clause{Text: text})
	}
	const want = "乙法|关于印发丙办法的通知|转发丁的通知|己办法"
	if got := strings.Join(d.Cites(), "|"); got != want {
		t.Errorf("Cites() = %q, want %q", got, want)
	}
}

func TestCitedAs(t *testing.T) {
	for title, want := range map[string]string{
		"中华人民共和国甲法":      "甲法",
		"《甲法》":           "甲法",
		"甲办法（试行）":        "甲办法",
		"甲办法(2020年)补充规定": "甲办法补充规定",
		"甲办法)的(":         "甲办法的",
		"":               "",
	} {
		if got := corpus.CitedAs(title); got != want {
			t.Errorf("CitedAs(%q) = %q, want %q", title, got, want)
		}
	}
}
