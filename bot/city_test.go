package bot_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// A city is a bot on a made-up policy of a city that is not the founding one, so
// that nothing the tests hold can rest on the founding policy.
type city struct {
	bot      *bot.Bot
	policy   *corpus.Document
	memory   *bot.Memory
	clauses  *bleve.Index
	register *corpus.Register
}

// The names that the made-up policy uses in full.
const (
	industry  = "赣州市工业和信息化局"
	finance   = "赣州市财政局"
	science   = "赣州市科学技术局"
	banking   = "赣州市金融工作局"
	forestry  = "赣州市林业局"
	commerce  = "赣州市商务局"
	transport = "赣州市交通运输局"
	customs   = "赣州海关"
	education = "赣州市教育局"
	labour    = "赣州市人力资源和社会保障局"
	ecology   = "赣州市生态环境局"
	zone      = "赣州经开区管委会"
	counties  = "各县(市、区)人民政府"
)

// newCity returns a bot on the made-up policy and more documents, which compose
// writes for; nil means bot/compose.Extractive.
func newCity(tb testing.TB, composer bot.Composer, more ...*corpus.Document) *city {
	tb.Helper()
	c, err := openCity(tb.Context(), composer, more)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func openCity(ctx context.Context, composer bot.Composer, more []*corpus.Document) (*city, error) {
	register, err := policies.Register()
	if err != nil {
		return nil, err
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile("testdata/scenarios.json")
	if err != nil {
		return nil, err
	}
	scenarios, err := corpus.ParseScenarios(raw)
	if err != nil {
		return nil, err
	}
	outside, err := corpus.ParseOutside("outside", "# 不归政策管\n[旅游]\n组织员工去境外旅游有补贴吗\n旅游团怎么报\n[票证]\n补办车牌去哪里\n")
	if err != nil {
		return nil, err
	}
	scenarios = append(scenarios, outside...)
	text, err := os.ReadFile("testdata/city.txt")
	if err != nil {
		return nil, err
	}
	policy, err := corpus.Parse(string(text), register)
	if err != nil {
		return nil, err
	}
	docs := append([]*corpus.Document{policy}, more...)
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(docs, vocabulary)})
	if err != nil {
		return nil, err
	}
	clauses, err := bleve.New(analyzer)
	if err != nil {
		return nil, err
	}
	if err := clauses.Put(ctx, docs...); err != nil {
		return nil, err
	}
	c := &city{policy: policy, memory: &bot.Memory{}, clauses: clauses, register: register}
	for _, d := range docs {
		c.memory.Put(d)
	}
	if composer == nil {
		composer = compose.Extractive{}
	}
	c.bot, err = bot.New(ctx, bot.Config{
		Documents: c.memory, Clauses: clauses, Scenarios: scenarios,
		Analyzer: analyzer, Register: register, Vocabulary: vocabulary,
		Composer: composer, Region: policy.Region,
	})
	return c, err
}

// ask asks a question after those of history, and checks what holds of every answer.
func (c *city) ask(tb testing.TB, text string, history ...string) bot.Answer {
	tb.Helper()
	a, err := c.bot.Ask(tb.Context(), bot.Question{ID: "q", Text: text, History: history})
	if err != nil {
		tb.Fatalf("%q: %v", text, err)
	}
	c.check(tb, text, a)
	return a
}

var outcomes = []bot.Outcome{bot.Answered, bot.Clarify, bot.NoBasis, bot.HandedOver, bot.SmallTalk}

// check holds an answer to what is true of every answer: quotes are verbatim,
// bureaus are those of a cited clause, and what is no answer cites nothing; only what an
// admin has registered is answered without a citation.
func (c *city) check(tb testing.TB, question string, a bot.Answer) {
	tb.Helper()
	if a.ID != "q" || strings.TrimSpace(a.Text) == "" || !utf8.ValidString(a.Text) || !slices.Contains(outcomes, a.Outcome) {
		tb.Errorf("%.100q: the answer is %+v", question, a)
	}
	registered := strings.Contains(a.Text, "由管理员登记") // how to reach a bureau, which no policy says
	if (a.Outcome == bot.Answered) != (len(a.Citations) > 0 || registered) || a.Outcome != bot.Answered && len(a.Bureaus) > 0 {
		tb.Errorf("%.100q: %s with %d citations and %d bureaus", question, a.Outcome, len(a.Citations), len(a.Bureaus))
	}
	if raw, err := json.Marshal(a); err != nil || strings.Contains(string(raw), ":null") {
		tb.Errorf("%.100q: JSON %s, %v", question, raw, err)
	}
	if strings.Contains(a.Text, "{") || strings.Contains(a.Text, "%!") {
		tb.Errorf("%.100q: a phrase was not filled in: %s", question, a.Text)
	}
	allowed := map[string]bool{}
	for _, cited := range a.Citations {
		d, err := c.memory.Document(tb.Context(), cited.Document.ID, cited.Ref.Revision)
		if err != nil {
			tb.Errorf("%.100q cites what is not there: %v", question, err)
			continue
		}
		if cited.Start < 0 || cited.End > len(d.Text) || cited.Start >= cited.End || d.Text[cited.Start:cited.End] != cited.Quote {
			tb.Errorf("%.100q: [%d:%d] of the text is not %q", question, cited.Start, cited.End, cited.Quote)
		}
		clause := d.Clause(cited.Ref.Path)
		if clause == nil || cited.Start < clause.Start || cited.End > clause.End {
			tb.Errorf("%.100q: %q does not stand in clause %s", question, cited.Quote, cited.Ref.Path)
			continue
		}
		if cited.Clause != clause.Path.Clause() || cited.Paragraph != clause.Path.Paragraph() {
			tb.Errorf("%.100q: %s is cited as %s paragraph %d", question, cited.Ref.Path, cited.Clause, cited.Paragraph)
		}
		for _, r := range clause.Responsibilities {
			allowed[r.Bureau] = true
			if !r.Inherited && strings.HasPrefix(r.Quote, "(") && strings.Contains(cited.Quote, r.Quote) {
				tb.Errorf("%.100q: the mark that names the bureaus is quoted as a sentence: %q", question, cited.Quote)
			}
		}
	}
	for _, b := range a.Bureaus {
		if !allowed[b.Name] {
			tb.Errorf("%.100q names %s, which no cited clause makes responsible", question, b.Name)
		}
	}
}

// names returns the full names of the bureaus of an answer, in order.
func names(a bot.Answer) []string {
	out := []string{}
	for _, b := range a.Bureaus {
		out = append(out, b.Name)
	}
	return out
}

// places returns where an answer cites, in order, each place once.
func places(a bot.Answer) []string {
	var out []string
	for _, c := range a.Citations {
		if !slices.Contains(out, c.Ref.Path) {
			out = append(out, c.Ref.Path)
		}
	}
	return out
}

func contains(tb testing.TB, question, text string, parts ...string) {
	tb.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			tb.Errorf("%q: the answer lacks %q:\n%s", question, p, text)
		}
	}
}

func lacks(tb testing.TB, question, text string, parts ...string) {
	tb.Helper()
	for _, p := range parts {
		if strings.Contains(text, p) {
			tb.Errorf("%q: the answer must not say %q:\n%s", question, p, text)
		}
	}
}
