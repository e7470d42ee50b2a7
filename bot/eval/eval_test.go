package eval_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/eval"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

const policy = `乙市人民政府办公室关于印发《乙市扶持办法》的通知
乙府办〔2025〕3号
一、主要任务
(一)优化融资服务
鼓励金融机构加大贷款投放。(市财政局、商务局负责)
(二)强化人才支撑
举办招聘会。(市教育局负责)`

func document(t *testing.T) *corpus.Document {
	t.Helper()
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	d, err := corpus.Parse(policy, register)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func cite(d *corpus.Document, i int, quote string) bot.Citation {
	c := d.Clauses[i]
	start := strings.Index(d.Text, quote)
	return bot.Citation{Document: bot.CitedDocument{ID: d.ID}, Clause: c.Path.Clause(), Paragraph: c.Path.Paragraph(), Quote: quote, Start: start, End: start + len(quote)}
}

// TestJudge sees every check fail once.
func TestJudge(t *testing.T) {
	d := document(t)
	no := false
	loan := eval.Golden{
		ID: "1", Text: "贷款找谁", Type: "bureau", Paragraphs: []eval.Paragraph{{Clause: "一(一)", Paragraph: 1}},
		MustBureaus: []string{"市财政局", "市商务局"}, MustNotBureaus: []string{"市教育局"}, MustPhrases: []string{"加大贷款投放"}, MustNotPhrases: []string{`[0-9]+万元`},
	}
	right := bot.Answer{
		Outcome: bot.Answered, Bureaus: []bot.ResponsibleBureau{{Name: "乙市财政局"}, {Name: "乙市商务局"}},
		Citations: []bot.Citation{cite(d, 0, "鼓励金融机构加大贷款投放。")},
	}
	for name, c := range map[string]struct {
		golden eval.Golden
		change func(*bot.Answer)
		failed []string
	}{
		"right":                       {loan, func(*bot.Answer) {}, nil},
		"refused":                     {loan, func(a *bot.Answer) { *a = bot.Answer{Outcome: bot.NoBasis} }, []string{eval.CheckOutcome, eval.CheckBureaus, eval.CheckClause, eval.CheckPhrase}},
		"a bureau too few":            {loan, func(a *bot.Answer) { a.Bureaus = a.Bureaus[:1] }, []string{eval.CheckBureaus}},
		"a forbidden bureau":          {loan, func(a *bot.Answer) { a.Bureaus = append(a.Bureaus, bot.ResponsibleBureau{Name: "乙市教育局"}) }, []string{eval.CheckBureaus}},
		"a bureau too many":           {loan, func(a *bot.Answer) { a.Bureaus = append(a.Bureaus, bot.ResponsibleBureau{Name: "乙市公安局"}) }, []string{eval.CheckBureaus}},
		"another clause":              {loan, func(a *bot.Answer) { a.Citations = []bot.Citation{cite(d, 1, "举办招聘会。")} }, []string{eval.CheckClause, eval.CheckPhrase}},
		"another sentence":            {loan, func(a *bot.Answer) { a.Citations = []bot.Citation{cite(d, 0, "鼓励金融机构")} }, []string{eval.CheckPhrase}},
		"a forbidden phrase":          {loan, func(a *bot.Answer) { a.Text = "最高50万元" }, []string{eval.CheckForbid}},
		"a changed quote":             {loan, func(a *bot.Answer) { a.Citations[0].Quote = "鼓励金融机构加大贷款投放!" }, []string{eval.CheckExact}},
		"a shifted span":              {loan, func(a *bot.Answer) { a.Citations[0].Start++; a.Citations[0].End++ }, []string{eval.CheckExact}},
		"a span outside":              {loan, func(a *bot.Answer) { a.Citations[0].End = 1 << 20 }, []string{eval.CheckExact}},
		"another outcome":             {eval.Golden{ID: "3", Text: "人工", Answerable: &no, Outcome: bot.HandedOver}, func(a *bot.Answer) { *a = bot.Answer{Outcome: bot.NoBasis} }, []string{eval.CheckOutcome}},
		"that outcome, other words":   {eval.Golden{ID: "4", Text: "着火了", Answerable: &no, Outcome: bot.NoBasis, MustPhrases: []string{"119"}}, func(a *bot.Answer) { *a = bot.Answer{Outcome: bot.NoBasis} }, []string{eval.CheckPhrase}},
		"answered what has no answer": {eval.Golden{ID: "2", Text: "护照", Answerable: &no}, func(*bot.Answer) {}, []string{eval.CheckOutcome}},
	} {
		t.Run(name, func(t *testing.T) {
			a := right
			a.Bureaus, a.Citations = slices.Clone(right.Bureaus), slices.Clone(right.Citations)
			c.change(&a)
			var failed []string
			got := eval.Judge{Documents: []*corpus.Document{d}}.Judge(c.golden, a)
			for _, check := range eval.Checks {
				if ok, applies := got[check]; applies && !ok && check != eval.CheckAll {
					failed = append(failed, check)
				}
			}
			if !slices.Equal(failed, c.failed) || got[eval.CheckAll] != (len(c.failed) == 0) {
				t.Errorf("failed %v, want %v", failed, c.failed)
			}
		})
	}
}

func TestMultiNeedsEveryClause(t *testing.T) {
	d := document(t)
	g := eval.Golden{ID: "1", Text: "贷款和招聘", Type: "multi", Paragraphs: []eval.Paragraph{{Clause: "一(一)", Paragraph: 1}, {Clause: "一(二)", Paragraph: 1}}}
	judge := eval.Judge{Documents: []*corpus.Document{d}}
	one := bot.Answer{Outcome: bot.Answered, Citations: []bot.Citation{cite(d, 0, "鼓励金融机构")}}
	both := bot.Answer{Outcome: bot.Answered, Citations: []bot.Citation{one.Citations[0], cite(d, 1, "举办招聘会。")}}
	if judge.Judge(g, one)[eval.CheckClause] || !judge.Judge(g, both)[eval.CheckClause] {
		t.Error("an answer to two matters must cite both, and is right if it does")
	}
}

func TestRead(t *testing.T) {
	g, err := eval.Read("x", strings.NewReader(`{"id":"1","q":"贷款","gold_paras":[["二(六)",1]],"answerable":false,"history":[{"q":"a"}]}`+"\n\n"))
	if err != nil || len(g) != 1 || g[0].Paragraphs[0] != (eval.Paragraph{Clause: "二(六)", Paragraph: 1}) || *g[0].Answerable || g[0].History[0].Text != "a" {
		t.Errorf("Read = %+v, %v", g, err)
	}
	for _, bad := range []string{"", "{", `{"id":"1"}`, `{"id":"1","q":"x","gold_paras":[["a","b"]]}`} {
		if _, err := eval.Read("file", strings.NewReader(bad)); err == nil || !strings.HasPrefix(err.Error(), "file") {
			t.Errorf("Read(%q) gave %v, want an error that names the file", bad, err)
		}
	}
}

func TestDrops(t *testing.T) {
	before := []string{"bureau all 8/10", "total false_answers 1/10"}
	for _, c := range []struct {
		after []string
		drops int
	}{
		{before, 0},
		{[]string{"bureau all 9/10", "total false_answers 0/10"}, 0},
		{[]string{"bureau all 7/10", "total false_answers 1/10"}, 1},
		{[]string{"bureau all 8/10", "total false_answers 2/10"}, 1},
		{[]string{"bureau all 8/9", "total false_answers 1/10"}, 1},
		{nil, 2},
	} {
		if got := eval.Drops(before, c.after); len(got) != c.drops {
			t.Errorf("Drops(%v) = %v, want %d", c.after, got, c.drops)
		}
	}
}

type refuser struct{}

func (refuser) Ask(context.Context, bot.Question) (bot.Answer, error) {
	return bot.Answer{Outcome: bot.NoBasis}, nil
}

func TestRun(t *testing.T) {
	no := false
	r, err := eval.Run(context.Background(), refuser{}, eval.Judge{}, []eval.Golden{{ID: "1", Text: "a", Type: "content"}, {ID: "2", Text: "b", Type: "oos", Answerable: &no}})
	if err != nil || r.Total[eval.CheckAll] != (eval.Count{Right: 1, Of: 2}) || r.FalseAnswers != 0 || len(r.Wrong) != 1 || r.Wrong[0].ID != "1" {
		t.Errorf("Run = %+v, %v", r, err)
	}
	var out strings.Builder
	if err := r.Print(&out, true); err != nil || !strings.Contains(out.String(), "2 questions, 0 false answers") {
		t.Errorf("Print wrote %q, %v", out.String(), err)
	}
}
