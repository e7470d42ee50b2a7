package bot

import (
	"context"
	"fmt"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// An Asked is a question that a publication should not break.
type Asked struct {
	Source   string // where it is from, as in golden or asked
	Question Question
	// Right reports whether an answer is, when docs are in force; nil if nobody knows.
	Right func(a Answer, docs []*corpus.Document) bool
}

// A ChangedAnswer is a question that would be answered differently.
type ChangedAnswer struct {
	Asked
	Before, After Answer
	Broken        bool // it was right and would not be any more
}

// A Preview is what a publication would do.
type Preview struct {
	Document *corpus.Document
	Current  *corpus.Document // the revision that would be replaced, nil if there is none
	Diff     corpus.Comparison
	Problems []Problem
	// Day is the day (YYYY-MM-DD) for which questions were tried: today, or the first
	// day of a document that is not in force yet.
	Day     string
	Tried   int // how many questions were tried
	Changed []ChangedAnswer
}

// Preview returns what publishing a document would do, and tries questions with and
// without it. Nothing is changed. The Publisher must have a Bot.
func (p *Publisher) Preview(ctx context.Context, d *corpus.Document, questions []Asked) (Preview, error) {
	out := Preview{Document: d, Day: max(p.Bot.today(), d.Since())}
	var err error
	if out.Problems, out.Current, err = p.Review(ctx, d); err != nil {
		return out, fmt.Errorf("preview %s: %w", d.ID, err)
	}
	out.Diff = corpus.Diff(out.Current, d)
	before, after, err := p.Bot.withAndWithout(ctx, d, out.Day)
	if err != nil {
		return out, fmt.Errorf("preview %s: %w", d.ID, err)
	}
	for _, q := range questions {
		a, err := p.Bot.ask(ctx, before, q.Question)
		if err != nil {
			return out, fmt.Errorf("preview %s: ask %q: %w", d.ID, q.Question.Text, err)
		}
		b, err := p.Bot.ask(ctx, after, q.Question)
		if err != nil {
			return out, fmt.Errorf("preview %s: ask %q: %w", d.ID, q.Question.Text, err)
		}
		out.Tried++
		if sameAnswer(a, b) {
			continue
		}
		broken := q.Right != nil && q.Right(a, before.docs) && !q.Right(b, after.docs)
		if broken {
			out.Problems = append(out.Problems, Problem{Kind: BrokenGolden, Message: fmt.Sprintf("the golden question %q would be answered wrongly", q.Question.Text)})
		}
		out.Changed = append(out.Changed, ChangedAnswer{q, a, b, broken})
	}
	return out, nil
}

// withAndWithout returns what is known on a day, without and with a document.
func (b *Bot) withAndWithout(ctx context.Context, d *corpus.Document, day string) (before, after *knowledge, err error) {
	if before, err = b.on(ctx, day); err != nil {
		return nil, nil, err
	}
	b.learning.Lock()
	defer b.learning.Unlock()
	after, err = b.learn(ctx, day, d, nil)
	return before, after, err
}

// sameAnswer reports whether whoever asked would notice no difference but in where
// things stand: the same outcome, bureaus, roles and quotes.
func sameAnswer(a, b Answer) bool {
	quotes := func(a Answer) []string {
		var out []string
		for _, c := range a.Citations {
			out = append(out, c.Document.ID+"\x00"+c.Quote)
		}
		return out
	}
	bureaus := func(a Answer) []string {
		var out []string
		for _, r := range a.Bureaus {
			out = append(out, string(r.Role)+r.Name)
		}
		slices.Sort(out)
		return out
	}
	return a.Outcome == b.Outcome && slices.Equal(quotes(a), quotes(b)) && slices.Equal(bureaus(a), bureaus(b)) &&
		(a.Outcome == Answered || a.Text == b.Text)
}

// historyAsked is how many earlier questions of its conversation go with a question.
const historyAsked = 5

// AskedBefore returns the last questions that were asked, the newest first, each text
// once and with the questions before it in its conversation.
func (p *Publisher) AskedBefore(ctx context.Context, limit int) ([]Asked, error) {
	if p.Records == nil {
		return nil, nil
	}
	recent, err := p.Records.Recent(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("read what was asked before: %w", err)
	}
	var out []Asked
	seen := map[string]bool{}
	recent = slices.DeleteFunc(recent, func(e Exchange) bool { return e.Answer.Outcome == Replied }) // nobody asked
	for i, e := range recent {
		q := Question{ID: e.ID, Text: e.Question}
		for _, earlier := range recent[i+1:] {
			if earlier.Channel == e.Channel && earlier.Conversation == e.Conversation && len(q.History) < historyAsked {
				q.History = append(q.History, earlier.Question)
			}
		}
		slices.Reverse(q.History)
		if key := fmt.Sprint(q.Text, q.History); !seen[key] {
			seen[key] = true
			out = append(out, Asked{Source: "asked", Question: q})
		}
	}
	return out, nil
}
