// Package eval measures answers against golden questions.
//
// It owns what "right" means and how it is counted. It refuses to know how an
// answer is made.
package eval

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A Golden is a question with what its answer must and must not have.
type Golden struct {
	ID   string `json:"id"`
	Text string `json:"q"`
	// Type is the kind of question: bureau, content, fuzzy, followup, number, multi,
	// compare, negation; oos, smalltalk, complaint, injection have no answer.
	Type           string      `json:"type"`
	Topic          string      `json:"topic"`
	Paragraphs     []Paragraph `json:"gold_paras"`
	Alternatives   []Paragraph `json:"alt_paras"`
	MustBureaus    []string    `json:"must_bureaus"`
	MustNotBureaus []string    `json:"must_not_bureaus"`
	MustPhrases    []string    `json:"must_phrases"`
	// MustNotPhrases are regular expressions for the text; those that Go cannot
	// express (look-around) are left out.
	MustNotPhrases []string `json:"must_not_phrases"`
	Answerable     *bool    `json:"answerable"` // nil means true
	// Outcome is the one that must be; empty: any if it is Answered as Answerable says.
	Outcome bot.Outcome `json:"outcome"`
	History []History   `json:"history"`
	Note    string      `json:"note"`
}

// History is an earlier question of the conversation.
type History struct {
	Text string `json:"q"`
}

// A Paragraph is written ["二(六)", 1].
type Paragraph struct {
	Clause    string
	Paragraph int
}

// Question returns the question as the bot is asked it.
func (g Golden) Question() bot.Question {
	q := bot.Question{ID: g.ID, Text: g.Text}
	for _, h := range g.History {
		q.History = append(q.History, h.Text)
	}
	return q
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Paragraph) UnmarshalJSON(b []byte) error {
	pair := [2]any{&p.Clause, &p.Paragraph}
	return json.Unmarshal(b, &pair)
}

func (p Paragraph) is(c bot.Citation) bool {
	return key(p.Clause) == key(c.Clause) && p.Paragraph == c.Paragraph
}

// key makes 二、(六), 二(六) and their full-width forms the same.
func key(clause string) string {
	return strings.NewReplacer("、", "", "（", "(", "）", ")").Replace(clause)
}

// Read reads golden questions, one JSON object a line.
func Read(name string, r io.Reader) ([]Golden, error) {
	var out []Golden
	s := bufio.NewScanner(r)
	s.Buffer(nil, 4<<20)
	for line := 1; s.Scan(); line++ {
		if strings.TrimSpace(s.Text()) == "" {
			continue
		}
		var g Golden
		if err := json.Unmarshal(s.Bytes(), &g); err != nil {
			return nil, fmt.Errorf("%s:%d: not a golden question: %w", name, line, err)
		}
		if g.ID == "" || g.Text == "" {
			return nil, fmt.Errorf("%s:%d: a golden question needs \"id\" and \"q\"", name, line)
		}
		out = append(out, g)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errors.New("no golden question in it"))
	}
	return out, nil
}

// The checks of an answer, in the order of a report.
const (
	CheckAll     = "all"     // every check that applies
	CheckOutcome = "outcome" // answered if and only if it can be answered
	CheckBureaus = "bureaus" // all that must be, none that must not be
	CheckClause  = "clause"  // the first citation is the right paragraph
	CheckPhrase  = "phrase"  // the words that answer are quoted
	CheckForbid  = "forbid"  // no words that must not be said
	CheckExact   = "exact"   // every quote is a verbatim span of the document
)

// Checks lists the checks in order.
var Checks = []string{CheckAll, CheckOutcome, CheckBureaus, CheckClause, CheckPhrase, CheckForbid, CheckExact}

// A Judge knows the documents that answers cite.
type Judge struct {
	Documents []*corpus.Document
}

// Judge returns for each check that applies whether the answer passes it.
func (j Judge) Judge(g Golden, a bot.Answer) map[string]bool {
	out := map[string]bool{}
	answerable := g.Answerable == nil || *g.Answerable
	out[CheckOutcome] = (a.Outcome == bot.Answered) == answerable
	if g.Outcome != "" {
		out[CheckOutcome] = a.Outcome == g.Outcome
		judgePhrases(g, a, out)
	}
	if answerable {
		j.judgeBureaus(g, a, out)
		j.judgeClause(g, a, out)
		judgePhrases(g, a, out)
	}
	if len(a.Citations) > 0 {
		out[CheckExact] = j.exact(a)
	}
	all := true
	for _, ok := range out {
		all = all && ok
	}
	out[CheckAll] = all
	return out
}

func (j Judge) judgeBureaus(g Golden, a bot.Answer, out map[string]bool) {
	if len(g.MustBureaus)+len(g.MustNotBureaus) == 0 {
		return
	}
	named := func(want string) bool {
		return slices.ContainsFunc(a.Bureaus, func(b bot.ResponsibleBureau) bool { return sameBureau(b.Name, want) })
	}
	ok := !slices.ContainsFunc(g.MustBureaus, func(m string) bool { return !named(m) }) && !slices.ContainsFunc(g.MustNotBureaus, named)
	if g.Type == "bureau" && len(g.Paragraphs) > 0 {
		allowed := j.responsible(append(slices.Clone(g.Paragraphs), g.Alternatives...))
		for _, b := range a.Bureaus {
			ok = ok && slices.Contains(allowed, b.Name)
		}
	}
	out[CheckBureaus] = ok
}

// sameBureau reports whether want, written with or without its city, is name.
func sameBureau(name, want string) bool {
	return strings.HasSuffix(name, want) || strings.HasSuffix(want, name)
}

func (j Judge) responsible(paragraphs []Paragraph) []string {
	var out []string
	for _, d := range j.Documents {
		for _, c := range d.Clauses {
			for _, p := range paragraphs {
				if key(p.Clause) == key(c.Path.Clause()) && p.Paragraph == c.Path.Paragraph() {
					for _, r := range c.Responsibilities {
						out = append(out, r.Bureau)
					}
				}
			}
		}
	}
	return out
}

func (j Judge) judgeClause(g Golden, a bot.Answer, out map[string]bool) {
	if len(g.Paragraphs) == 0 {
		return
	}
	cited := func(p Paragraph) bool { return slices.ContainsFunc(a.Citations, p.is) }
	if g.Type == "multi" || g.Type == "compare" {
		out[CheckClause] = !slices.ContainsFunc(g.Paragraphs, func(p Paragraph) bool { return !cited(p) })
		return
	}
	out[CheckClause] = len(a.Citations) > 0 && slices.ContainsFunc(append(slices.Clone(g.Paragraphs), g.Alternatives...),
		func(p Paragraph) bool { return p.is(a.Citations[0]) })
}

func judgePhrases(g Golden, a bot.Answer, out map[string]bool) {
	first := func(ps []Paragraph) bool {
		return len(a.Citations) > 0 && slices.ContainsFunc(ps, func(p Paragraph) bool { return p.is(a.Citations[0]) })
	}
	// An alternative paragraph is right too but has other words.
	if len(g.MustPhrases) > 0 && (first(g.Paragraphs) || !first(g.Alternatives)) {
		said := a.Text
		for _, c := range a.Citations {
			said += c.Quote
		}
		out[CheckPhrase] = !slices.ContainsFunc(g.MustPhrases, func(p string) bool { return !strings.Contains(fold(said), fold(p)) })
	}
	for _, p := range g.MustNotPhrases {
		re, err := regexp.Compile(p)
		if err != nil {
			continue
		}
		ok, seen := out[CheckForbid]
		out[CheckForbid] = (ok || !seen) && !re.MatchString(a.Text)
	}
}

var folding = strings.NewReplacer("，", ",", "；", ";", "：", ":", "（", "(", "）", ")", "？", "?", " ", "", "\n", "", "\t", "")

func fold(s string) string { return folding.Replace(s) }

func (j Judge) exact(a bot.Answer) bool {
	for _, c := range a.Citations {
		i := slices.IndexFunc(j.Documents, func(d *corpus.Document) bool { return d.ID == c.Document.ID })
		if i < 0 || c.Quote == "" || c.Start < 0 || c.End > len(j.Documents[i].Text) || j.Documents[i].Text[c.Start:c.End] != c.Quote {
			return false
		}
	}
	return true
}

// An Asker answers questions.
type Asker interface {
	Ask(ctx context.Context, q bot.Question) (bot.Answer, error)
}

// Run asks every golden question and reports how right the answers are.
func Run(ctx context.Context, asker Asker, judge Judge, golden []Golden) (*Report, error) {
	r := newReport()
	for _, g := range golden {
		start := time.Now()
		a, err := asker.Ask(ctx, g.Question())
		took := time.Since(start)
		if err != nil {
			return nil, fmt.Errorf("eval: question %s: %w", g.ID, err)
		}
		r.add(g, a, judge.Judge(g, a), took)
	}
	r.finish()
	return r, nil
}
