package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

var _ bot.Bureaus = (*Store)(nil)

// The actions stand in the statement, or the index of them would not be used.
const selectBureaus = `SELECT action, subject, detail FROM audit WHERE action IN ('bureau', 'bureau.remove') ORDER BY seq`

// bureauDetail is the detail of the audit entry of a bureau.
type bureauDetail struct {
	Bureau *corpus.Bureau `json:"bureau,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

// Bureaus implements bot.Bureaus.
func (s *Store) Bureaus(ctx context.Context) ([]corpus.Bureau, error) {
	known, err := bureaus(ctx, s.reader)
	if err != nil {
		return nil, fmt.Errorf("store: bureaus: %w", s.explain(err))
	}
	var out []corpus.Bureau
	for _, name := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[name])
	}
	return out, nil
}

func bureaus(ctx context.Context, q querier) (map[string]corpus.Bureau, error) {
	known := map[string]corpus.Bureau{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var action, name, detail string
		if err := rows.Scan(&action, &name, &detail); err != nil {
			return err
		}
		var d bureauDetail
		if err := json.Unmarshal([]byte(detail), &d); err != nil || action == bot.ActionBureau && d.Bureau == nil {
			return damaged("what is known of bureau " + name)
		}
		if delete(known, name); action == bot.ActionBureau {
			known[name] = *d.Bureau
		}
		return nil
	}, selectBureaus)
	return known, err
}

// SetBureau implements bot.Bureaus.
func (s *Store) SetBureau(ctx context.Context, e bot.BureauEdit) error {
	err := e.Check()
	if err == nil {
		var b corpus.Bureau
		if b, err = e.Bureau.Normal(); err == nil {
			err = s.write(ctx, func(tx *sql.Tx) error { return s.setBureau(ctx, tx, b, e) })
		}
	}
	if err != nil {
		return fmt.Errorf("store: set bureau %s: %w", e.Bureau.Name, err)
	}
	return nil
}

func (s *Store) setBureau(ctx context.Context, tx *sql.Tx, b corpus.Bureau, e bot.BureauEdit) error {
	known, err := bureaus(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := known[e.Replaces]; ok && e.Replaces != b.Name {
		if err := s.recordBureau(ctx, tx, bot.AuditEntry{By: e.By, Action: bot.ActionBureauRemove, Subject: e.Replaces}, bureauDetail{Reason: e.Reason}); err != nil {
			return err
		}
	}
	if old, ok := known[b.Name]; ok && reflect.DeepEqual(old, b) {
		return nil
	}
	return s.recordBureau(ctx, tx, bot.AuditEntry{By: e.By, Action: bot.ActionBureau, Subject: b.Name}, bureauDetail{&b, e.Reason})
}

// RemoveBureau implements bot.Bureaus.
func (s *Store) RemoveBureau(ctx context.Context, name, by, reason string) error {
	err := bot.CheckActor(by, reason)
	if err == nil {
		err = s.write(ctx, func(tx *sql.Tx) error {
			known, err := bureaus(ctx, tx)
			if err != nil {
				return err
			}
			if _, ok := known[name]; !ok {
				return bot.ErrNotFound
			}
			return s.recordBureau(ctx, tx, bot.AuditEntry{By: by, Action: bot.ActionBureauRemove, Subject: name}, bureauDetail{Reason: reason})
		})
	}
	if err != nil {
		return fmt.Errorf("store: remove bureau %s: %w", name, err)
	}
	return nil
}

func (s *Store) recordBureau(ctx context.Context, tx *sql.Tx, e bot.AuditEntry, d bureauDetail) error {
	detail, err := json.Marshal(d)
	if err != nil {
		return err
	}
	e.Detail = string(detail)
	_, err = s.record(ctx, tx, e)
	return err
}
