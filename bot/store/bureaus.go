package store

import (
	"context"
	"fmt"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

var _ bot.Bureaus = (*Store)(nil)

var knownBureaus = known[corpus.Bureau]{
	selection: `SELECT action, subject, detail FROM audit WHERE action IN ('bureau', 'bureau.remove') ORDER BY seq`,
	set:       bot.ActionBureau, remove: bot.ActionBureauRemove, field: "bureau", about: "what is known of bureau",
}

// Bureaus implements bot.Bureaus.
func (s *Store) Bureaus(ctx context.Context) ([]corpus.Bureau, error) {
	out, err := knownBureaus.list(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("store: bureaus: %w", err)
	}
	return out, nil
}

// SetBureau implements bot.Bureaus.
func (s *Store) SetBureau(ctx context.Context, e bot.BureauEdit) error {
	err := e.Check()
	if err == nil {
		var b corpus.Bureau
		if b, err = e.Bureau.Normal(); err == nil {
			err = knownBureaus.put(ctx, s, b.Name, b, e.Replaces, e.By, e.Reason)
		}
	}
	if err != nil {
		return fmt.Errorf("store: set bureau %s: %w", e.Bureau.Name, err)
	}
	return nil
}

// RemoveBureau implements bot.Bureaus.
func (s *Store) RemoveBureau(ctx context.Context, name, by, reason string) error {
	if err := knownBureaus.forget(ctx, s, name, by, reason); err != nil {
		return fmt.Errorf("store: remove bureau %s: %w", name, err)
	}
	return nil
}
