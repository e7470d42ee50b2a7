package bot

import (
	"context"
	"fmt"

	"github.com/wence-bot/wence/corpus"
)

// labelDay says that an answer holds for another day than today.
func (b *Bot) labelDay(a *Answer, day string) {
	today := b.today()
	if day == today {
		return
	}
	a.AsOf = day
	switch {
	case len(a.Citations) == 0:
	case day < today:
		a.remarkFirst(phrase("as_of_past", "day", day))
	default:
		a.remarkFirst(phrase("as_of_future", "day", day))
	}
}

// sayNotYet says, of a question about a day in the past that has no answer, from which
// day on there is one, if today there is, or there are policies at all.
func (b *Bot) sayNotYet(ctx context.Context, a *Answer, k *knowledge, q Question) error {
	if a.Outcome != NoBasis || k.day >= b.today() {
		return nil
	}
	now, err := b.on(ctx, "")
	if err != nil {
		return fmt.Errorf("bot: look up what holds today: %w", err)
	}
	today, err := b.ask(ctx, now, q)
	if err != nil {
		return err
	}
	var docs []*corpus.Document // that answer today
	for _, c := range today.Citations {
		if d := now.current[corpus.Ref{Document: c.Ref.Document, Revision: c.Ref.Revision}]; d != nil {
			docs = append(docs, d)
		}
	}
	first := earliest(docs)
	switch {
	case first != nil && first.Since() > k.day:
		a.remarkFirst(phrase("not_yet", "day", k.day, "since", first.Since(), "document", nameOf(first)))
	case len(k.docs) == 0:
		if first = earliest(now.docs); first != nil {
			a.remarkFirst(phrase("none_yet", "day", k.day, "since", first.Since(), "document", nameOf(first)))
		}
	}
	return nil
}

// earliest returns the document that came into force first, nil if none names a day.
func earliest(docs []*corpus.Document) *corpus.Document {
	var first *corpus.Document
	for _, d := range docs {
		if d.Since() != "" && (first == nil || d.Since() < first.Since()) {
			first = d
		}
	}
	return first
}
