package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/corpus"
)

// ActionRevive is the audit action of a withdrawal that brought repealed policies back
// into force.
const ActionRevive = "withdraw.revive"

// A Withdrawal takes a document out of the answers. What the document had repealed stays
// out of them too, as if it were withdrawn with it: that a policy is gone does not say
// that the one before holds again, and an answer from it would be wrong.
type Withdrawal struct {
	ID     string
	By     string
	Reason string
	Revive bool // what it had repealed is in force again; recorded
}

// Withdraw withdraws a document and returns those that it had repealed and that nothing
// else has: they stay repealed, or with Withdrawal.Revive are in force again.
func (p *Publisher) Withdraw(ctx context.Context, w Withdrawal) (repealed []*corpus.Document, changed bool, err error) {
	if err := CheckActor(w.By, w.Reason); err != nil {
		return nil, false, err
	}
	if repealed, err = p.onlyRepealedBy(ctx, w.ID); err != nil {
		return nil, false, err
	}
	if w.Revive && len(repealed) > 0 {
		detail := fmt.Sprintf("reason=%q in force again: %s", w.Reason, strings.Join(idsOf(repealed), " "))
		if _, err := p.Auditor.Record(ctx, AuditEntry{By: w.By, Action: ActionRevive, Subject: w.ID, Detail: detail}); err != nil {
			return nil, false, err
		}
	}
	if !w.Revive {
		for _, d := range repealed { // first, so that none of them answers meanwhile
			reason := fmt.Sprintf("repealed by %s, which is withdrawn: %s", w.ID, w.Reason)
			if _, _, err := p.Store.Withdraw(ctx, d.ID, w.By, reason); err != nil {
				return nil, false, err
			}
		}
	}
	e, changed, err := p.Store.Withdraw(ctx, w.ID, w.By, w.Reason)
	if err != nil || !changed {
		return repealed, changed, err
	}
	return repealed, changed, p.settled(ctx, e)
}

// onlyRepealedBy returns the documents that would be in force again without the one with
// an ID, and those that would be without these in turn.
func (p *Publisher) onlyRepealedBy(ctx context.Context, id string) ([]*corpus.Document, error) {
	docs, err := p.Store.InForce(ctx, corpus.DayOf(time.Now()))
	if err != nil {
		return nil, err
	}
	docs = slices.Clone(docs)
	before := corpus.Unrepealed(docs)
	gone := func(d *corpus.Document) bool { return d.ID == id }
	var out []*corpus.Document
	for {
		docs = slices.DeleteFunc(docs, gone)
		back := slices.DeleteFunc(slices.Clone(corpus.Unrepealed(docs)), func(d *corpus.Document) bool { return slices.Contains(before, d) })
		if len(back) == 0 {
			return out, nil
		}
		out = append(out, back...)
		gone = func(d *corpus.Document) bool { return slices.Contains(back, d) }
	}
}

func idsOf(docs []*corpus.Document) []string {
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	return ids
}
