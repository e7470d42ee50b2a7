package bot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// speaks publishes a policy of a city or province about loans for lathes.
func (o *office) speaks(t *testing.T, place, number, written, sentence string) {
	t.Helper()
	d := parsed(t, place+"人民政府办公室关于印发《机床产业扶持办法》的通知\n"+number+"\n一、主要任务\n(一)优化融资服务\n"+sentence+"\n(二)强化人才支撑\n举办机床行业专场招聘会。(教育局负责)\n")
	if d.Region != place || len(d.Clauses) != 2 {
		t.Fatalf("%s: region %q, %d clauses", place, d.Region, len(d.Clauses))
	}
	d.Written = written
	o.publish(t, d)
}

func TestSeveralDocumentsSpeak(t *testing.T) {
	const loan = "对机床企业的贷款给予贴息。(市财政局负责)"
	type doc struct{ place, number, written, sentence string }
	for name, tt := range map[string]struct {
		docs  []doc
		cited []string // numbers, in order
		says  []string
		not   []string
	}{
		"the newer first": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", loan}, {"赣州市", "赣市府办发〔2024〕2号", "2024-01-01", "对机床企业的中长期贷款给予贴息。(市财政局负责)"}},
			[]string{"赣市府办发〔2024〕2号", "赣市府办发〔2021〕1号"}, []string{"不止一份"}, []string{"不一致"},
		},
		"the higher first": {
			[]doc{{"赣州市", "赣市府办发〔2024〕2号", "2024-01-01", "对机床企业的中长期贷款给予贴息。(市财政局负责)"}, {"江西省", "赣府办发〔2021〕1号", "2021-01-01", "对机床企业的贷款给予贴息。(省财政厅负责)"}},
			[]string{"赣府办发〔2021〕1号", "赣市府办发〔2024〕2号"}, []string{"不止一份"}, []string{"不一致"},
		},
		"other bureaus": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", loan}, {"赣州市", "赣市府办发〔2024〕2号", "2024-01-01", "对机床企业的贷款给予贴息。(市商务局负责)"}},
			[]string{"赣市府办发〔2024〕2号", "赣市府办发〔2021〕1号"}, []string{"不止一份", "责任单位不一致"}, []string{"数字不一致"},
		},
		"other figures": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", "对机床企业的贷款给予30%贴息。(市财政局负责)"}, {"赣州市", "赣市府办发〔2024〕2号", "2024-01-01", "对机床企业的贷款给予50%贴息。(市财政局负责)"}},
			[]string{"赣市府办发〔2024〕2号", "赣市府办发〔2021〕1号"}, []string{"数字不一致"}, []string{"责任单位不一致"},
		},
		"the same on two pages": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", loan}, {"赣州市", "赣市府办发〔2021〕11号", "2021-01-01", loan}},
			[]string{"赣市府办发〔2021〕1号"}, nil, []string{"不止一份"},
		},
		"two cities": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", loan}, {"九江市", "九府办发〔2024〕2号", "2024-01-01", "对机床企业的贷款给予贴息。(市商务局负责)"}},
			[]string{"九府办发〔2024〕2号", "赣市府办发〔2021〕1号"}, []string{"各地只按当地的文件办"}, []string{"不一致"},
		},
		"another matter": {
			[]doc{{"赣州市", "赣市府办发〔2021〕1号", "2021-01-01", loan}, {"赣州市", "赣市府办发〔2024〕2号", "2024-01-01", "对养老机构的床位给予补助。(市民政局负责)"}},
			[]string{"赣市府办发〔2021〕1号"}, nil, []string{"不止一份"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			for _, d := range tt.docs {
				o.speaks(t, d.place, d.number, d.written, d.sentence)
			}
			a, err := o.Bot.Ask(t.Context(), bot.Question{Text: askLathe})
			if err != nil {
				t.Fatal(err)
			}
			var cited []string
			for _, c := range a.Citations {
				cited = append(cited, c.Document.Number)
			}
			if !slices.Equal(cited, tt.cited) {
				t.Errorf("cites %v, want %v\n%s", cited, tt.cited, a.Text)
			}
			contains(t, askLathe, a.Text, tt.says...)
			lacks(t, askLathe, a.Text, tt.not...)
			for _, line := range tt.says {
				if !slices.ContainsFunc(a.Remarks, func(r string) bool { return strings.Contains(r, line) }) {
					t.Errorf("the remarks %q lack %q", a.Remarks, line)
				}
			}
		})
	}
}
