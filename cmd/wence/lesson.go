package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wence-bot/wence/bot"
)

// lessonCmd is what an agent does with questions whose answers were confirmed.
type lessonCmd struct {
	List      lessonListCmd      `cmd:"" help:"List the questions that were learnt, with the clause that each leads to."`
	Proposals lessonProposalsCmd `cmd:"" help:"List the recent questions whose answers users found helpful and that nobody has decided on."`
	Accept    lessonAcceptCmd    `cmd:"" help:"Confirm the answer to a question: from now on it is a way of asking for its clause."`
	Remove    lessonRemoveCmd    `cmd:"" help:"Forget a question that was learnt."`
}

type lessonListCmd struct {
	storeFlag `embed:""`
	Region    string `help:"Only those of the documents of this place." placeholder:"PLACE"`
}

// Run lists: answer, document, clause, question.
func (c lessonListCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		lessons, err := h.store.Lessons(ctx)
		if err != nil {
			return err
		}
		for _, l := range lessons {
			if c.Region != "" && l.Region != c.Region {
				continue
			}
			if _, err := fmt.Fprintf(s.out, "%s  %s %s第%d段  %s\n", l.Answer, l.Document, l.Clause, l.Paragraph, l.Question); err != nil {
				return err
			}
		}
		return nil
	})
}

type lessonProposalsCmd struct {
	storeFlag `embed:""`
	Recent    int `help:"Look at this many of the last questions." default:"1000"`
}

// Run lists the answers with more votes for than against.
func (c lessonProposalsCmd) Run(ctx context.Context, s streams) error {
	if err := atLeast(1, "--recent", c.Recent); err != nil {
		return err
	}
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		exchanges, err := h.store.Recent(ctx, c.Recent)
		if err != nil {
			return err
		}
		lessons, err := h.store.Lessons(ctx)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, l := range lessons {
			known[l.Answer] = true
		}
		for _, e := range exchanges {
			if known[e.ID] {
				continue
			}
			votes, err := h.store.FeedbackOn(ctx, e.ID)
			if err != nil {
				return err
			}
			up := 0
			for _, v := range votes {
				switch v.Vote {
				case bot.VoteUp:
					up++
				case bot.VoteDown:
					up--
				}
			}
			l, err := h.bot.LessonOf(e)
			if up < 1 || err != nil {
				continue
			}
			if _, err := fmt.Fprintf(s.out, "%s  %+d  %s %s第%d段  %s\n", e.ID, up, l.Document, l.Clause, l.Paragraph, l.Question); err != nil {
				return err
			}
		}
		return nil
	})
}

type lessonAcceptCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Answer    string `arg:"" help:"The ID of the answer."`
}

// Run teaches.
func (c lessonAcceptCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		e, err := h.store.Exchange(ctx, c.Answer)
		if errors.Is(err, bot.ErrNotFound) {
			return fmt.Errorf("%w; \"wence lesson proposals\" prints the IDs of answers", err)
		}
		if err != nil {
			return err
		}
		l, err := h.bot.LessonOf(e)
		if err != nil {
			return err
		}
		if err := h.store.Teach(ctx, l, who(s, c.By), c.Reason); err != nil {
			return err
		}
		return h.relearn(ctx, s, "learnt")
	})
}

type lessonRemoveCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Answer    string `arg:"" help:"The ID of the answer."`
}

// Run forgets.
func (c lessonRemoveCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		err := h.store.Forget(ctx, c.Answer, who(s, c.By), c.Reason)
		if errors.Is(err, bot.ErrNotFound) {
			return fmt.Errorf("%w; \"wence lesson list\" prints what was learnt", err)
		}
		if err != nil {
			return err
		}
		return h.relearn(ctx, s, "forgotten")
	})
}

// relearn makes the bot of the house know what was just decided, and says so.
func (h *house) relearn(ctx context.Context, s streams, what string) error {
	if err := h.bot.Reload(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.out, what)
	return err
}
