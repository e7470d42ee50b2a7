package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// regionFlag says whose a policy is.
type regionFlag struct {
	Region string `help:"Whose policy it is, a place in full or 全国; default: what issuers, number and title say." placeholder:"NAME"`
}

// understand parses a text. region is whose policy it is; empty: what somebody has said
// of the document before, else as the text says.
func (h *house) understand(ctx context.Context, text, region string) (*corpus.Document, error) {
	register, err := h.edited(ctx)
	if err != nil {
		return nil, err
	}
	where := corpus.Where{Places: h.vocabulary.Places, Region: region}
	if err := where.Check(); err != nil {
		return nil, err
	}
	d, err := corpus.ParseAt(text, register, where)
	if err != nil || region != "" || h.store == nil {
		return d, err
	}
	before, err := h.revision(ctx, d.ID, "")
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return d, nil
	case err != nil:
		return nil, err
	case !before.RegionGiven || d.Region != "" && d.Revision != before.Revision:
		return d, nil
	}
	where.Region = before.Region
	return corpus.ParseAt(text, register, where)
}

// unknownRegion says that nobody knows of which place a policy is, and how to mend it.
func unknownRegion(d *corpus.Document) []string {
	if d.Region != "" {
		return nil
	}
	return []string{fmt.Sprintf("region unknown: no question that names a place is answered from it; set it with --region NAME, or now with: wence policy set %s --region NAME", d.ID)}
}

type policySetCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	ID        string `arg:"" help:"The ID of the policy, as list prints it."`
	Region    string `required:"" help:"Whose policy it is: a place in full, or 全国." placeholder:"NAME"`
}

// Run sets. The text is understood anew, for the names of its bureaus begin with the
// place, and published as a revision of the same text; the log says who did it and why.
func (c policySetCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withIndex, func(h *house) error {
		history, err := h.store.History(ctx, c.ID)
		if err != nil {
			return errIDs(err)
		}
		last := history[len(history)-1]
		if last.Kind != bot.KindPut {
			return fmt.Errorf("%s is withdrawn; make it current first: wence policy rollback %s %s", c.ID, c.ID, last.Revision)
		}
		before, err := h.store.Document(ctx, c.ID, last.Revision)
		if err != nil {
			return err
		}
		file, err := h.store.Original(ctx, c.ID, last.Revision)
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			return err
		}
		d, err := h.understand(ctx, before.Text, c.Region)
		if err != nil {
			return err
		}
		reason := c.Reason
		if reason == "" {
			reason = fmt.Sprintf("region set to %s", d.Region)
		}
		pub := bot.Publication{Document: d, Original: file, By: who(s, c.By), Reason: reason, Base: last.Revision}
		_, changed, err := h.publisher.Publish(ctx, pub, bot.Test{})
		if err != nil {
			return err
		}
		return said(s, changed, fmt.Sprintf("%s is of %s now", c.ID, d.Region), "was so already")
	})
}
