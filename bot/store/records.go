package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The statements about conversations. They are also PostgreSQL's, but for the ?.
const (
	selectExchange = `
		SELECT id, channel, conversation, asker, question, answer, asked, answered FROM exchange `
	selectExchangeByID = selectExchange + `WHERE id = ?`
	selectConversation = selectExchange + `WHERE channel = ? AND conversation = ? ORDER BY seq DESC LIMIT ?`
	selectRecent       = selectExchange + `WHERE question <> '' ORDER BY seq DESC LIMIT ?`
	existsExchange     = `SELECT EXISTS (SELECT 1 FROM exchange WHERE id = ?)`
	insertExchange     = `
		INSERT INTO exchange (id, channel, conversation, asker, question, answer, asked, answered, audit)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

	upsertFeedback = `
		INSERT INTO feedback (answer, asker, vote, reason, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (answer, asker) DO UPDATE SET vote = excluded.vote, reason = excluded.reason, at = excluded.at`
	selectFeedback = `SELECT answer, asker, vote, reason, at FROM feedback WHERE answer = ? ORDER BY at, asker`
)

// storedAnswer is an answer with what its JSON leaves out.
type storedAnswer struct {
	bot.Answer
	Refs []corpus.Ref `json:"refs,omitempty"` // of the citations, in order
}

func encodeAnswer(a bot.Answer) ([]byte, error) {
	s := storedAnswer{Answer: a}
	for _, c := range a.Citations {
		s.Refs = append(s.Refs, c.Ref)
	}
	return json.Marshal(s)
}

func decodeAnswer(data []byte) (bot.Answer, error) {
	var s storedAnswer
	if err := json.Unmarshal(data, &s); err != nil {
		return bot.Answer{}, fmt.Errorf("%w: a stored answer is not JSON: %w", bot.ErrDamaged, err)
	}
	if len(s.Refs) != len(s.Citations) {
		return bot.Answer{}, fmt.Errorf("%w: a stored answer has %d citations and %d references", bot.ErrDamaged, len(s.Citations), len(s.Refs))
	}
	for i := range s.Citations {
		s.Citations[i].Ref = s.Refs[i]
	}
	return s.Answer, nil
}

// micros returns t as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros.
func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// A scanner is a row.
type scanner interface{ Scan(dest ...any) error }

func scanExchange(row scanner) (bot.Exchange, []byte, error) {
	var e bot.Exchange
	var answer []byte
	var asked, answered int64
	if err := row.Scan(&e.ID, &e.Channel, &e.Conversation, &e.User, &e.Question, &answer, &asked, &answered); err != nil {
		return e, nil, err
	}
	e.Asked, e.Answered = fromMicros(asked), fromMicros(answered)
	var err error
	e.Answer, err = decodeAnswer(answer)
	return e, answer, err
}

// exchangeHash is what the audit trail says about an exchange.
func exchangeHash(e bot.Exchange, answer []byte) string {
	b := fmt.Appendf(nil, "%q %q %q %q %q %d %d ", e.ID, e.Channel, e.Conversation, e.User, e.Question, micros(e.Asked), micros(e.Answered))
	return hashOf(append(b, answer...))
}

// keep keeps an exchange within a transaction, unless one with its ID is there already,
// and returns which is there now.
func (s *Store) keep(ctx context.Context, tx transaction, e bot.Exchange) (bot.Exchange, error) {
	first, _, err := scanExchange(tx.QueryRowContext(ctx, selectExchangeByID, e.ID))
	if !errors.Is(err, sql.ErrNoRows) {
		return first, err
	}
	answer, err := encodeAnswer(e.Answer)
	if err != nil {
		return e, fmt.Errorf("%w: %w", bot.ErrInvalid, err)
	}
	entry, err := s.record(ctx, tx, bot.AuditEntry{By: e.Channel, Action: bot.ActionAnswer, Subject: e.ID, Detail: exchangeHash(e, answer)})
	if err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, insertExchange, e.ID, e.Channel, e.Conversation, e.User, e.Question, answer,
		micros(e.Asked), micros(e.Answered), entry.Seq)
	e.Asked, e.Answered = fromMicros(micros(e.Asked)), fromMicros(micros(e.Answered))
	return e, err
}

// Keep implements bot.Records.
func (s *Store) Keep(ctx context.Context, e bot.Exchange) (kept bot.Exchange, err error) {
	if err = e.Check(); err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			kept, err = s.keep(ctx, tx, e)
			return err
		})
	}
	if err != nil {
		return bot.Exchange{}, fmt.Errorf("store: keep exchange %s: %w", e.ID, err)
	}
	return kept, nil
}

// Exchange implements bot.Records.
func (s *Store) Exchange(ctx context.Context, id string) (bot.Exchange, error) {
	e, _, err := scanExchange(s.reader.QueryRowContext(ctx, selectExchangeByID, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = bot.ErrNotFound
	}
	if err != nil {
		return bot.Exchange{}, fmt.Errorf("store: exchange %s: %w", id, s.explain(err))
	}
	return e, nil
}

// exchanges returns what a selectExchange statement finds.
func (s *Store) exchanges(ctx context.Context, query string, args ...any) ([]bot.Exchange, error) {
	var out []bot.Exchange
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		e, _, err := scanExchange(rows)
		out = append(out, e)
		return err
	}, query, args...)
	if err != nil {
		return nil, s.explain(err)
	}
	return out, nil
}

// Conversation implements bot.Records.
func (s *Store) Conversation(ctx context.Context, channel, conversation string, limit int) ([]bot.Exchange, error) {
	out, err := s.exchanges(ctx, selectConversation, channel, conversation, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("store: conversation in %s: %w", channel, err)
	}
	slices.Reverse(out)
	return out, nil
}

// Recent implements bot.Records.
func (s *Store) Recent(ctx context.Context, limit int) ([]bot.Exchange, error) {
	out, err := s.exchanges(ctx, selectRecent, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("store: recent exchanges: %w", err)
	}
	return out, nil
}

// Rate implements bot.Records.
func (s *Store) Rate(ctx context.Context, f bot.Feedback) error {
	err := f.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			var there bool
			if err := tx.QueryRowContext(ctx, existsExchange, f.Answer).Scan(&there); err != nil {
				return err
			}
			if !there {
				return bot.ErrNotFound
			}
			_, err := tx.ExecContext(ctx, upsertFeedback, f.Answer, f.User, f.Vote, f.Reason, micros(f.At))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("store: rate answer %s: %w", f.Answer, err)
	}
	return nil
}

// FeedbackOn implements bot.Records.
func (s *Store) FeedbackOn(ctx context.Context, answer string) ([]bot.Feedback, error) {
	var out []bot.Feedback
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var f bot.Feedback
		var at int64
		err := rows.Scan(&f.Answer, &f.User, &f.Vote, &f.Reason, &at)
		f.At = fromMicros(at)
		out = append(out, f)
		return err
	}, selectFeedback, answer)
	if err != nil {
		return nil, fmt.Errorf("store: feedback on %s: %w", answer, s.explain(err))
	}
	return out, nil
}
