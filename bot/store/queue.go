package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wence-bot/wence/bot"
)

// The statements about the queue.
const (
	selectKey     = `SELECT inbox FROM inbox_key WHERE channel = ? AND key = ?`
	insertKey     = `INSERT INTO inbox_key (channel, key, inbox, at) VALUES (?, ?, ?, ?) ON CONFLICT (channel, key) DO NOTHING`
	insertInbound = `
		INSERT INTO inbox (id, channel, conversation, event, received, done, error) VALUES (?, ?, ?, ?, ?, 0, '')
		ON CONFLICT (id) DO NOTHING`
	selectPending = `SELECT id, channel, conversation, event, received FROM inbox WHERE done = 0 ORDER BY seq`
	selectDone    = `SELECT done FROM inbox WHERE id = ?`
	selectDoneIn  = `SELECT done FROM inbox WHERE id = ? AND channel = ?`
	updateDone    = `UPDATE inbox SET done = ?, error = ? WHERE id = ?`

	insertDelivery = `
		INSERT INTO outbox (id, answer, channel, conversation, message, state, attempts, next, ref, error, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	selectDelivery = `
		SELECT id, answer, channel, conversation, message, state, attempts, next, ref, error, created FROM outbox `
	selectUnsent     = selectDelivery + `WHERE state IN ('ready', 'sending') ORDER BY seq`
	selectDeliveries = selectDelivery + `WHERE answer = ? AND channel = ? ORDER BY seq`
	updateDelivery   = `UPDATE outbox SET state = ?, attempts = ?, next = ?, ref = ?, error = ? WHERE id = ?`
	selectStuck      = selectDelivery + `WHERE state IN ('dead', 'unknown') ORDER BY seq DESC LIMIT ?`
	selectFailed     = `
		SELECT id, id, channel, conversation, x'', 'dead', 0, 0, '', error, received FROM inbox
		WHERE error <> '' ORDER BY seq DESC LIMIT ?`

	deleteKeys  = `DELETE FROM inbox_key WHERE at < ?`
	deleteInbox = `DELETE FROM inbox WHERE received < ? AND done <> 0 AND error = ''`
	deleteSent  = `DELETE FROM outbox WHERE created < ? AND state IN ('sent', 'fetch')`
)

// Accept implements bot.Queue.
func (s *Store) Accept(ctx context.Context, in bot.Inbound, keys []string) (id string, fresh bool, err error) {
	err = in.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			id, fresh, err = accept(ctx, tx, in, keys)
			return err
		})
	}
	if err != nil {
		return "", false, fmt.Errorf("store: accept a message from %s: %w", in.Channel, err)
	}
	return id, fresh, nil
}

func accept(ctx context.Context, tx transaction, in bot.Inbound, keys []string) (string, bool, error) {
	for _, k := range keys {
		var first string
		err := tx.QueryRowContext(ctx, selectKey, in.Channel, k).Scan(&first)
		if err == nil {
			return first, false, noteKeys(ctx, tx, in, keys, first)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return "", false, err
		}
	}
	result, err := tx.ExecContext(ctx, insertInbound, in.ID, in.Channel, in.Conversation, in.Event, micros(in.Received))
	if err != nil {
		return "", false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return in.ID, false, err
	}
	return in.ID, true, noteKeys(ctx, tx, in, keys, in.ID)
}

// noteKeys keeps the keys that are not known yet as those of the message with this ID.
func noteKeys(ctx context.Context, tx transaction, in bot.Inbound, keys []string, id string) error {
	for _, k := range keys {
		if _, err := tx.ExecContext(ctx, insertKey, in.Channel, k, id, micros(in.Received)); err != nil {
			return err
		}
	}
	return nil
}

// Pending implements bot.Queue.
func (s *Store) Pending(ctx context.Context) ([]bot.Inbound, error) {
	var out []bot.Inbound
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var in bot.Inbound
		var received int64
		err := rows.Scan(&in.ID, &in.Channel, &in.Conversation, &in.Event, &received)
		in.Received = fromMicros(received)
		out = append(out, in)
		return err
	}, selectPending)
	if err != nil {
		return nil, fmt.Errorf("store: messages that are not answered: %w", s.explain(err))
	}
	return out, nil
}

// Complete implements bot.Queue.
func (s *Store) Complete(ctx context.Context, c bot.Completion) error {
	err := c.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error { return s.complete(ctx, tx, c) })
	}
	if err != nil {
		return fmt.Errorf("store: complete message %s: %w", c.Inbound, err)
	}
	return nil
}

func (s *Store) complete(ctx context.Context, tx transaction, c bot.Completion) error {
	if c.Inbound != "" {
		var done int64
		err := tx.QueryRowContext(ctx, selectDone, c.Inbound).Scan(&done)
		if errors.Is(err, sql.ErrNoRows) {
			return bot.ErrNotFound
		}
		if err != nil {
			return err
		}
		if done != 0 {
			return bot.ErrConflict
		}
		if _, err := tx.ExecContext(ctx, updateDone, micros(s.now()), c.Error, c.Inbound); err != nil {
			return err
		}
	}
	if c.Exchange != nil {
		if _, err := s.keep(ctx, tx, *c.Exchange); err != nil {
			return err
		}
	}
	for _, d := range c.Deliveries {
		_, err := tx.ExecContext(ctx, insertDelivery, d.ID, d.Answer, d.Channel, d.Conversation, orNone(d.Message), d.State, d.Attempts,
			micros(d.Next), d.Ref, d.Error, micros(d.Created))
		if err != nil {
			return err
		}
	}
	return nil
}

// orNone makes nil an empty BLOB, not NULL.
func orNone(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// deliveries returns what a selectDelivery statement finds.
func (s *Store) deliveries(ctx context.Context, query string, args ...any) ([]bot.Delivery, error) {
	var out []bot.Delivery
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var d bot.Delivery
		var next, created int64
		err := rows.Scan(&d.ID, &d.Answer, &d.Channel, &d.Conversation, &d.Message, &d.State, &d.Attempts, &next, &d.Ref, &d.Error, &created)
		if len(d.Message) == 0 {
			d.Message = nil
		}
		d.Next, d.Created = fromMicros(next), fromMicros(created)
		out = append(out, d)
		return err
	}, query, args...)
	return out, s.explain(err)
}

// Unsent implements bot.Queue.
func (s *Store) Unsent(ctx context.Context) ([]bot.Delivery, error) {
	out, err := s.deliveries(ctx, selectUnsent)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries that are not sent: %w", err)
	}
	return out, nil
}

// Update implements bot.Queue.
func (s *Store) Update(ctx context.Context, d bot.Delivery) error {
	err := s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
		result, err := tx.ExecContext(ctx, updateDelivery, d.State, d.Attempts, micros(d.Next), d.Ref, d.Error, d.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, bot.ErrNotFound)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: update delivery %s: %w", d.ID, err)
	}
	return nil
}

// Deliveries implements bot.Queue.
func (s *Store) Deliveries(ctx context.Context, channel, inbound string) (out []bot.Delivery, completed bool, err error) {
	var done int64
	// In this order: what is completed has its deliveries.
	err = s.reader.QueryRowContext(ctx, selectDoneIn, inbound, channel).Scan(&done)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = bot.ErrNotFound
	case err == nil:
		out, err = s.deliveries(ctx, selectDeliveries, inbound, channel)
	}
	if err != nil {
		return nil, false, fmt.Errorf("store: deliveries of %s in %s: %w", inbound, channel, s.explain(err))
	}
	return out, done != 0, nil
}

// Stuck implements bot.Queue.
func (s *Store) Stuck(ctx context.Context, limit int) ([]bot.Delivery, error) {
	limit = max(limit, 0)
	out, err := s.deliveries(ctx, selectStuck, limit)
	if err == nil {
		var failed []bot.Delivery
		failed, err = s.deliveries(ctx, selectFailed, limit)
		out = append(out, failed...)
	}
	if err != nil {
		return nil, fmt.Errorf("store: what is stuck: %w", err)
	}
	slices.SortStableFunc(out, func(a, b bot.Delivery) int { return b.Created.Compare(a.Created) })
	return out[:min(len(out), limit)], nil
}

// Purge implements bot.Queue.
func (s *Store) Purge(ctx context.Context, seen, sent time.Time) error {
	err := s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
		for _, d := range []struct {
			statement string
			before    time.Time
		}{{deleteKeys, seen}, {deleteInbox, seen}, {deleteSent, sent}} {
			if _, err := tx.ExecContext(ctx, d.statement, micros(d.before)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: purge the queue: %w", err)
	}
	return nil
}
