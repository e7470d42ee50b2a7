package bot

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// A Lesson 问法 is a question whose answer somebody confirmed: from then on it is a way
// of asking for its clause, beside those of the scenarios. It changes which clause is
// found, never what is quoted of it, and whether the answer holds is still checked.
type Lesson struct {
	Answer    string `json:"answer"` // ID of the Exchange
	Question  string `json:"question"`
	Document  string `json:"document"` // ID
	Region    string `json:"region"`   // of the document
	Clause    string `json:"clause"`
	Paragraph int    `json:"paragraph"`
	Quote     string `json:"quote"` // what answered; a clause that lost these words teaches nothing
}

// Lessons 问法库 keep what was learnt of confirmed answers. Implementations are safe
// for concurrent use; each writing method is one transaction, with its audit entry.
type Lessons interface {
	// Lessons returns what is kept, in the order of their answers.
	Lessons(ctx context.Context) ([]Lesson, error)
	// Teach keeps a lesson in place of another of the same answer; ErrInvalid if it is none.
	Teach(ctx context.Context, l Lesson, by, reason string) error
	// Forget removes the lesson of an answer; ErrNotFound if there is none.
	Forget(ctx context.Context, answer, by, reason string) error
}

// The actions of the audit entries of lessons: only Lessons write them.
const (
	ActionLesson       = "lesson"
	ActionLessonRemove = "lesson.remove"
)

// Check returns what makes the lesson impossible, an ErrInvalid, or nil.
func (l Lesson) Check() error {
	for name, s := range map[string]string{"answer": l.Answer, "question": l.Question, "document": l.Document, "clause": l.Clause, "quote": l.Quote} {
		if strings.TrimSpace(s) == "" || !utf8.ValidString(s) {
			return fmt.Errorf("lesson %q: the %s is empty or no text: %w", l.Answer, name, ErrInvalid)
		}
	}
	if utf8.RuneCountInString(l.Question) > maxQuestion {
		return fmt.Errorf("lesson %q: the question is longer than %d characters: %w", l.Answer, maxQuestion, ErrInvalid)
	}
	return nil
}

// LessonOf makes a lesson of an exchange. It is an ErrInvalid if there is nothing to
// learn: no clause was quoted or several were, or the question says too little
// without the one before (那上市呢).
func (b *Bot) LessonOf(e Exchange) (Lesson, error) {
	if e.Answer.Outcome != Answered || len(e.Answer.Citations) == 0 {
		return Lesson{}, fmt.Errorf("answer %s quotes nothing: %w", e.ID, ErrInvalid)
	}
	first := e.Answer.Citations[0]
	for _, c := range e.Answer.Citations[1:] {
		if c.Clause != first.Clause || c.Paragraph != first.Paragraph || c.Document.ID != first.Document.ID {
			return Lesson{}, fmt.Errorf("answer %s quotes several clauses, so the question leads to none of them alone: %w", e.ID, ErrInvalid)
		}
	}
	r := b.read(b.known.Load(), clip(e.Question))
	if len(r.telling()) == 0 {
		return Lesson{}, fmt.Errorf("the question of answer %s says too little by itself: %w", e.ID, ErrInvalid)
	}
	l := Lesson{
		Answer: e.ID, Question: clip(e.Question), Document: first.Document.ID,
		Clause: first.Clause, Paragraph: first.Paragraph, Quote: first.Quote,
	}
	for _, d := range b.known.Load().docs {
		if d.ID == l.Document {
			l.Region = d.Region
		}
	}
	return l, l.Check()
}

// ledBy returns the clause that a lesson leads to, nil if it is not in force as it was.
func (l Lesson) ledBy(docs []*corpus.Document) *led {
	for _, d := range docs {
		if d.ID != l.Document || d.Region != l.Region {
			continue
		}
		for i := range d.Clauses {
			c := &d.Clauses[i]
			at := strings.Index(c.Text, l.Quote)
			if c.Path.Clause() == l.Clause && c.Path.Paragraph() == l.Paragraph && at >= 0 {
				return &led{ref: d.Ref(c.Path), start: c.Start + at, end: c.Start + at + len(l.Quote), learnt: true}
			}
		}
	}
	return nil
}

// kept returns the lessons that are kept.
func (b *Bot) kept(ctx context.Context) ([]Lesson, error) {
	if b.Lessons == nil {
		return nil, nil
	}
	lessons, err := b.Lessons.Lessons(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was learnt: %w", err)
	}
	return lessons, nil
}

// learnt returns what lessons say about the documents: one led scenario for each
// sentence, with the features of the questions that lead to it.
func (b *Bot) learnt(lessons []Lesson, docs []*corpus.Document) ([]*led, [][]features) {
	var all []*led
	var asks [][]features
	for _, lesson := range lessons {
		l := lesson.ledBy(docs)
		if l == nil {
			continue
		}
		i := slices.IndexFunc(all, func(o *led) bool { return o.ref == l.ref && o.start == l.start })
		if i < 0 {
			i = len(all)
			all, asks = append(all, l), append(asks, nil)
		}
		asks[i] = append(asks[i], b.readAsk(lesson.Question))
	}
	return all, asks
}

// confirmedMost is how many confirmed answers make a document as likely as any number.
const confirmedMost = 1000

// confirmedShares returns how far confirmed answers speak for each document, by ID, 0
// to 1: the logarithm of their number, so that the first few count little and a
// document that everybody asks about is not found for everything.
func confirmedShares(learnt []*led, asks [][]features) map[string]float64 {
	shares := map[string]float64{}
	for i, l := range learnt {
		shares[l.ref.Document] += float64(len(asks[i]))
	}
	for id, n := range shares {
		shares[id] = min(1, math.Log1p(n)/math.Log1p(confirmedMost))
	}
	return shares
}
