package corpus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

const head = "丙市人民政府关于印发《丙市扶持办法》的通知\n丙府〔2022〕5号\n一、扶持措施\n(一)贷款贴息\n"

// TestTerms holds which parts of a clause hold how long, and on which days.
func TestTerms(t *testing.T) {
	for name, tt := range map[string]struct {
		text  string
		holds map[string]string // day → the sentences that hold, by their first character
	}{
		"whole clause":     {"甲企业贷款给予贴息。乙由财政局负责。本条政策执行期限至2022年12月31日。", map[string]string{"2022-12-31": "甲乙本", "2023-01-01": ""}},
		"own sentence":     {"甲企业贷款给予贴息。乙的申请期限至2022年12月31日。", map[string]string{"2022-12-31": "甲乙", "2023-01-01": "甲"}},
		"extended":         {"甲对缓缴期限届满的延长至2022年6月30日。", map[string]string{"2022-06-30": "甲", "2022-07-01": ""}},
		"carried out":      {"甲社会保险补贴政策实施期限延长至2022年6月30日。乙另行规定。", map[string]string{"2022-06-30": "甲乙", "2022-07-01": "乙"}},
		"from a day":       {"甲给予补贴。上述政策自2023年1月1日起执行。", map[string]string{"2022-12-31": "", "2023-01-01": "甲上"}},
		"a loan":           {"甲贷款期限至2022年12月31日的给予贴息。", map[string]string{"2030-01-01": "甲"}},
		"told of the past": {"甲截至2022年12月31日累计发放贷款3亿元。", map[string]string{"2030-01-01": "甲"}},
		"the document":     {"甲企业贷款给予贴息。本办法执行期限至2022年12月31日。", map[string]string{"2022-12-31": "甲本", "2030-01-01": "甲本"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, head+tt.text)
			c := d.Clauses[len(d.Clauses)-1]
			for day, want := range tt.holds {
				got, at := "", c.Start
				for _, s := range strings.SplitAfter(c.Text, "。") {
					if s != "" && c.HoldsOn(at, at+len(s), day) {
						got += string([]rune(s)[0])
					}
					at += len(s)
				}
				if got != want {
					t.Errorf("on %s: %q holds, want %q; terms %+v", day, got, want, c.Terms)
				}
			}
		})
	}
}

func TestStatusOn(t *testing.T) {
	for _, tt := range []struct {
		status             corpus.Status
		effective, expires string
		day                string
		want               corpus.Status
	}{
		{corpus.InForce, "2025-01-01", "2025-12-31", "2024-12-31", corpus.Pending},
		{corpus.InForce, "2025-01-01", "2025-12-31", "2025-01-01", corpus.InForce},
		{corpus.InForce, "2025-01-01", "2025-12-31", "2025-12-31", corpus.InForce},
		{corpus.InForce, "2025-01-01", "2025-12-31", "2026-01-01", corpus.Expired},
		{corpus.Amended, "", "", "2026-01-01", corpus.Amended},
		{corpus.Amended, "", "2025-12-31", "2026-01-01", corpus.Expired},
		{corpus.Repealed, "2025-01-01", "", "2024-01-01", corpus.Repealed},
		{corpus.Draft, "", "", "2026-01-01", corpus.Draft},
	} {
		d := &corpus.Document{Status: tt.status, Effective: tt.effective, Expires: tt.expires}
		if got := d.StatusOn(tt.day); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

func TestRepeals(t *testing.T) {
	older := &corpus.Document{ID: "a", Number: "丙府〔2019〕1号", Title: "丙市人民政府关于印发《丙市扶持办法》的通知", Encloses: []string{"丙市扶持办法"}, Written: "2019-01-01"}
	other := &corpus.Document{ID: "b", Number: "丙府〔2019〕2号", Title: "丙市人才办法", Written: "2019-01-01"}
	for name, tt := range map[string]struct {
		replaces []string
		written  string
		want     string
	}{
		"number":         {[]string{"丙府〔2019〕1号"}, "2022-01-01", "b"},
		"title":          {[]string{"《丙市人才办法》"}, "2022-01-01", "a"},
		"enclosed title": {[]string{"《丙市扶持办法》"}, "2022-01-01", "b"},
		"nothing":        {nil, "2022-01-01", "ab"},
		"a newer one":    {[]string{"丙府〔2019〕1号"}, "2018-01-01", "ab"},
	} {
		d := &corpus.Document{ID: "c", Written: tt.written, Replaces: tt.replaces}
		got := ""
		for _, left := range corpus.Unrepealed([]*corpus.Document{older, other, d}) {
			got += left.ID
		}
		if got != tt.want+"c" {
			t.Errorf("%s: left %s, want %sc", name, got, tt.want)
		}
	}
	if older.Repeals(older) {
		t.Error("a document repeals itself")
	}
}

// TestRealTerms reads how long parts of real documents hold.
func TestClauseTermsOfText(t *testing.T) {
	d := parse(t, head+"甲给予贴息。")
	if got := fmt.Sprint(d.Clauses[0].Terms); got != "[]" {
		t.Errorf("terms %s", got)
	}
}

// TestTermOfDocument holds how long a document holds by its own words, and that it is
// said when they are not understood.
func TestTermOfDocument(t *testing.T) {
	for text, want := range map[string]string{
		"本办法自2022年3月1日起施行，有效期三年。":           "2025-02-28",
		"本办法自2022年3月1日起施行，执行期限自发布之日起3个月。":   "2022-05-31",
		"本政策自2022年3月1日起施行，暂定三年有效期。":         "2025-02-28",
		"本办法自2022年3月1日起施行，有效期至2024年12月31日。": "2024-12-31",
		"本办法自2022年3月1日起施行，有效期至疫情结束。":        "?",
		"本办法自2022年3月1日起施行。":                 "",
	} {
		d := parse(t, head+"贷款给予贴息。\n二、附则\n"+text)
		got := d.Expires
		for _, w := range d.Warnings {
			if w.Lost {
				got += "?"
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q; %v", text, got, want, d.Warnings)
		}
	}
}
