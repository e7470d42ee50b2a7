package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/wence-bot/wence/bot"
)

// known is what people say of things of one kind, kept in the audit trail alone: each
// entry has all that is known of its subject, or that it is forgotten. The last one about
// a subject counts.
type known[T any] struct {
	// selection selects action, subject and detail in order. The actions stand in it, or
	// the index of them would not be used.
	selection   string
	set, remove string // the actions
	field       string // of the JSON in the detail that has the T, beside its reason
	about       string // what stands before a subject in errors
}

// read returns what is known now, by subject.
func (k known[T]) read(ctx context.Context, q querier) (map[string]T, error) {
	out := map[string]T{}
	err := each(ctx, q, func(rows *sql.Rows) error {
		var action, subject, detail string
		if err := rows.Scan(&action, &subject, &detail); err != nil {
			return err
		}
		if delete(out, subject); action == k.remove {
			return nil
		}
		var fields map[string]json.RawMessage
		var value *T
		if json.Unmarshal([]byte(detail), &fields) != nil || json.Unmarshal(fields[k.field], &value) != nil || value == nil {
			return damaged(k.about + " " + subject)
		}
		out[subject] = *value
		return nil
	}, k.selection)
	return out, err
}

// list returns what is known now, in the order of the subjects.
func (k known[T]) list(ctx context.Context, s *Store) ([]T, error) {
	all, err := k.read(ctx, s.reader)
	if err != nil {
		return nil, s.explain(err)
	}
	var out []T
	for _, subject := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[subject])
	}
	return out, nil
}

// put says what is known of a subject from now on, and forgets another one that it
// replaces, if that is known. What is known already is not said again.
func (k known[T]) put(ctx context.Context, s *Store, subject string, value T, replaces, by, reason string) error {
	return s.write(ctx, func(tx transaction) error {
		all, err := k.read(ctx, tx)
		if err != nil {
			return err
		}
		if _, ok := all[replaces]; ok && replaces != subject {
			if err := k.record(ctx, s, tx, bot.AuditEntry{By: by, Action: k.remove, Subject: replaces}, map[string]any{"reason": reason}); err != nil {
				return err
			}
		}
		if old, ok := all[subject]; ok && reflect.DeepEqual(old, value) {
			return nil
		}
		return k.record(ctx, s, tx, bot.AuditEntry{By: by, Action: k.set, Subject: subject}, map[string]any{k.field: value, "reason": reason})
	})
}

// forget forgets a subject; bot.ErrNotFound if nothing is known of it.
func (k known[T]) forget(ctx context.Context, s *Store, subject, by, reason string) error {
	if err := bot.CheckActor(by, reason); err != nil {
		return err
	}
	return s.write(ctx, func(tx transaction) error {
		all, err := k.read(ctx, tx)
		if err != nil {
			return err
		}
		if _, ok := all[subject]; !ok {
			return bot.ErrNotFound
		}
		return k.record(ctx, s, tx, bot.AuditEntry{By: by, Action: k.remove, Subject: subject}, map[string]any{"reason": reason})
	})
}

// record writes an entry. An empty reason is left out of the detail.
func (known[T]) record(ctx context.Context, s *Store, tx transaction, e bot.AuditEntry, detail map[string]any) error {
	if detail["reason"] == "" {
		delete(detail, "reason")
	}
	data, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	e.Detail = string(data)
	_, err = s.record(ctx, tx, e)
	return err
}
