package corpus_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

func edited(t *testing.T, bureaus ...corpus.Bureau) *corpus.Register {
	t.Helper()
	r, err := policies.Register()
	if err == nil {
		r, err = r.With(bureaus)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const drones = `丙市人民政府办公室关于发展低空经济的通知
丙府办〔2023〕3号
一、主要任务
(一)建设起降点
建设无人机起降点。(市低空经济发展中心、市财政局负责)
(二)扩大融资
对无人机企业贷款给予贴息。(市金融工作局负责)`

func bodies(d *corpus.Document) string {
	var out []string
	for _, c := range d.Clauses {
		for _, r := range c.Responsibilities {
			name := r.Bureau
			if r.Formerly != "" {
				name += "←" + r.Formerly
			}
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// TestIdentify holds that a body is one in all documents once an admin has said so,
// whether the document was read before or after.
func TestIdentify(t *testing.T) {
	plain := parse(t, drones)
	register := edited(t,
		corpus.Bureau{Name: "丙市低空经济发展中心", Aliases: []string{"低空中心"}},
		corpus.Bureau{Name: "丙市地方金融管理局", Former: []corpus.FormerName{{Name: "丙市金融工作局", Until: "2024-03-31"}}},
	)
	anew, err := corpus.Parse(drones, register)
	if err != nil {
		t.Fatal(err)
	}
	if len(plain.Warnings) != 1 || len(anew.Warnings) != 0 {
		t.Errorf("warnings before %v, after %v", plain.Warnings, anew.Warnings)
	}
	for _, d := range []*corpus.Document{plain, anew} {
		before := bodies(d)
		for day, finance := range map[string]string{"2024-03-31": "丙市金融工作局", "2024-04-01": "丙市地方金融管理局←丙市金融工作局"} {
			if got, want := bodies(register.Identify(d, day)), "丙市低空经济发展中心 丙市财政局 "+finance; got != want {
				t.Errorf("on %s: %s, want %s", day, got, want)
			}
		}
		if bodies(d) != before {
			t.Errorf("the document itself was changed: %s", bodies(d))
		}
	}
	// Another city's documents are left alone.
	other, err := corpus.Parse(strings.ReplaceAll(drones, "丙", "丁"), register)
	if err != nil {
		t.Fatal(err)
	}
	if got := register.Identify(other, "2026-01-01"); got != other {
		t.Errorf("another city's: %s", bodies(got))
	}
	if got := register.KindOf("低空中心"); got != "丙市低空经济发展中心" {
		t.Errorf("the alias is of kind %q", got)
	}
}

func TestProposals(t *testing.T) {
	d := parse(t, drones)
	got := fmt.Sprint(edited(t).Proposals([]*corpus.Document{d, d}))
	if got != "[{丙市低空经济发展中心 [市低空经济发展中心] [丙府办-2023-3号] 2}]" {
		t.Errorf("proposals %s", got)
	}
	if got := edited(t, corpus.Bureau{Name: "丙市低空经济发展中心"}).Proposals([]*corpus.Document{d}); len(got) != 0 {
		t.Errorf("proposed though known: %v", got)
	}
}

func TestWithRefuses(t *testing.T) {
	r := edited(t)
	for name, bureaus := range map[string][]corpus.Bureau{
		"no name":               {{}},
		"a list":                {{Name: "丙市财政局、商务局"}},
		"name of another kind":  {{Name: "丙市财政局", Aliases: []string{"税务局"}}},
		"two of one name":       {{Name: "丙市低空中心", Aliases: []string{"飞办"}}, {Name: "丙市飞行办", Aliases: []string{"飞办"}}},
		"a day in another form": {{Name: "丙市财政局", Former: []corpus.FormerName{{Name: "丙市财政处", Until: "2024年"}}}},
		"too long":              {{Name: strings.Repeat("丙", 61)}},
	} {
		if _, err := r.With(bureaus); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := r.With([]corpus.Bureau{{Name: "丙市低空中心", Aliases: []string{"飞办"}}, {Name: "丁市飞行办", Aliases: []string{"飞办"}}}); err != nil {
		t.Errorf("two cities may have the same: %v", err)
	}
}
