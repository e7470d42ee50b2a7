package bot

import (
	"context"
	"fmt"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// A Policy is a document as it stands on a day: the revision in force, or if there is
// none the last one.
type Policy struct {
	*corpus.Document
	Next  *corpus.Document // the revision that is published and not yet in force; nil if there is none
	Entry Entry            // the last of the log about it
	State corpus.Status    // on the day; corpus.Withdrawn if it was taken out of the answers
	// RepealedBy is the document in force that says it repeals this one; nil if none does.
	RepealedBy *corpus.Document
}

// InForce reports whether the policy is answered from.
func (p *Policy) InForce() bool { return p.State == corpus.InForce || p.State == corpus.Amended }

// PolicyLog is what Policies needs of a Store.
type PolicyLog interface {
	Documents
	Current(ctx context.Context) ([]Entry, error)
}

// Policies returns every document that was ever published as it stands on a day
// (YYYY-MM-DD), in the order of their first publication, and the number of the last
// entry of the log about them. What readers and other systems are shown comes from
// here, so that it is what Ask answers from.
func Policies(ctx context.Context, s PolicyLog, day string) (policies []*Policy, seq int64, err error) {
	entries, err := s.Current(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("bot: list the policies: %w", err)
	}
	held, err := s.InForce(ctx, day)
	if err != nil {
		return nil, 0, fmt.Errorf("bot: list the policies: %w", err)
	}
	for _, e := range entries {
		last, err := s.Document(ctx, e.Document, e.Revision)
		if err != nil {
			return nil, 0, fmt.Errorf("bot: list the policies: %w", err)
		}
		seq = max(seq, e.Seq)
		p := &Policy{Document: last, Entry: e, State: last.StatusOn(day)}
		if e.Kind == KindWithdraw {
			p.State = corpus.Withdrawn
		}
		if i := slices.IndexFunc(held, func(d *corpus.Document) bool { return d.ID == e.Document }); i >= 0 {
			if p.Document, p.State = held[i], held[i].StatusOn(day); p.Revision != e.Revision && e.Kind == KindPut {
				p.Next = last
			}
		}
		policies = append(policies, p)
	}
	repeal(policies)
	return policies, seq, nil
}

// repeal marks the policies that another one in force says it repeals, as
// corpus.Unrepealed leaves them out.
func repeal(policies []*Policy) {
	var inForce []*Policy
	for _, p := range policies {
		if p.InForce() {
			inForce = append(inForce, p)
		}
	}
	for _, p := range inForce {
		for _, other := range inForce {
			if len(p.Replaces) > 0 && p.Repeals(other.Document) {
				other.State, other.RepealedBy = corpus.Repealed, p.Document
			}
		}
	}
}
