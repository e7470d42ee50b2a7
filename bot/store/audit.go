package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/wence-bot/wence/bot"
)

// The statements about the audit trail.
const (
	selectTrail     = `SELECT seq, at, actor, action, subject, detail, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`
	selectLastAudit = `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`
	insertAudit     = `INSERT INTO audit (seq, at, actor, action, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)`
	selectBoth      = `
		SELECT a.seq, a.at, a.actor, a.action, a.subject, a.detail, a.hash,
			COALESCE(l.seq, 0), COALESCE(l.kind, ''), COALESCE(l.document, ''), COALESCE(l.revision, ''),
			COALESCE(l.reading, ''), COALESCE(l.file, ''), COALESCE(l.file_name, ''), COALESCE(l.reason, '')
		FROM audit a LEFT JOIN log l ON l.audit = a.seq ORDER BY a.seq`
	selectHeads = `SELECT document, first_seq, last_seq FROM head`
	countLog    = `SELECT COUNT(*) FROM log`

	selectExchangesAudited = `
		SELECT e.id, e.channel, e.conversation, e.asker, e.question, e.answer, e.asked, e.answered,
			COALESCE(a.action, ''), COALESCE(a.subject, ''), COALESCE(a.detail, '')
		FROM exchange e LEFT JOIN audit a ON a.seq = e.audit`
	// Each hash that the log names, and the bytes if they are there.
	selectStored = `
		SELECT h.hash, content.data FROM (SELECT reading AS hash FROM log UNION SELECT file FROM log) h
		LEFT JOIN content ON content.hash = h.hash WHERE h.hash IS NOT NULL`
)

// chain returns the hash of an entry that follows the one with the hash before:
// SHA-256 over before and the fields, each with its length in front, so that no
// two entries are the same bytes.
func chain(before string, e bot.AuditEntry) string {
	var b []byte
	field := func(s string) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
		b = append(b, s...)
	}
	field(before)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Seq))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMicro()))
	for _, s := range []string{e.By, e.Action, e.Subject, e.Detail} {
		field(s)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// record appends an entry to the trail. Everything that changes the store calls it
// in the transaction of the change.
func (s *Store) record(ctx context.Context, tx transaction, e bot.AuditEntry) (bot.AuditEntry, error) {
	var before string
	err := tx.QueryRowContext(ctx, selectLastAudit).Scan(&e.Seq, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return e, err
	}
	e.Seq++
	e.At = s.now().UTC().Truncate(time.Microsecond)
	e.Hash = chain(before, e)
	_, err = tx.ExecContext(ctx, insertAudit, e.Seq, e.At.UnixMicro(), e.By, e.Action, e.Subject, e.Detail, e.Hash)
	return e, err
}

// Record implements bot.Auditor.
func (s *Store) Record(ctx context.Context, e bot.AuditEntry) (bot.AuditEntry, error) {
	err := e.Check()
	if err == nil {
		err = s.write(ctx, func(tx transaction) (err error) {
			e, err = s.record(ctx, tx, e)
			return err
		})
	}
	if err != nil {
		return bot.AuditEntry{}, fmt.Errorf("store: record %s: %w", e.Action, err)
	}
	return e, nil
}

// Trail implements bot.Auditor.
func (s *Store) Trail(ctx context.Context, after int64, limit int) ([]bot.AuditEntry, error) {
	var out []bot.AuditEntry
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		e, err := scanAudit(rows)
		out = append(out, e)
		return err
	}, selectTrail, after, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("store: audit trail after %d: %w", after, s.explain(err))
	}
	return out, nil
}

func scanAudit(rows *sql.Rows, more ...any) (bot.AuditEntry, error) {
	var e bot.AuditEntry
	var at int64
	err := rows.Scan(append([]any{&e.Seq, &at, &e.By, &e.Action, &e.Subject, &e.Detail, &e.Hash}, more...)...)
	e.At = time.UnixMicro(at).UTC()
	return e, err
}

// each calls f for each row.
func each(ctx context.Context, q querier, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err says it
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Verify implements bot.Auditor. It reads the whole database.
func (s *Store) Verify(ctx context.Context) (bot.AuditEntry, error) {
	last, err := s.verify(ctx)
	if err != nil {
		return bot.AuditEntry{}, fmt.Errorf("store: verify: %w", s.explain(err))
	}
	return last, nil
}

func (s *Store) verify(ctx context.Context) (last bot.AuditEntry, err error) {
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one state for all questions
	if err != nil {
		return last, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	last, heads, err := verifyChain(ctx, tx)
	if err != nil {
		return last, err
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var document string
		var h [2]int64
		if err := rows.Scan(&document, &h[0], &h[1]); err != nil {
			return err
		}
		if heads[document] != h {
			return damaged(fmt.Sprintf("the current revision of document %s", document))
		}
		delete(heads, document)
		return nil
	}, selectHeads)
	if err != nil {
		return last, err
	}
	for document := range heads {
		return last, damaged(fmt.Sprintf("the current revision of document %s", document))
	}
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var hash string
		var data sql.RawBytes
		if err := rows.Scan(&hash, &data); err != nil {
			return err
		}
		if hashOf(data) != hash {
			return damaged("content " + hash)
		}
		return nil
	}, selectStored)
	if err != nil {
		return last, err
	}
	if err := verifyExchanges(ctx, tx); err != nil {
		return last, err
	}
	var result string
	if err := tx.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&result); err != nil {
		return last, err
	}
	if result != "ok" {
		return last, fmt.Errorf("%w: %s", bot.ErrDamaged, result)
	}
	return last, nil
}

// verifyExchanges checks each exchange against its audit entry. One that is missing is
// no damage: what people asked may have to be deleted, the trail keeps that it was.
func verifyExchanges(ctx context.Context, tx *sql.Tx) error {
	return each(ctx, tx, func(rows *sql.Rows) error {
		var action, subject, hash string
		e, answer, err := scanExchange(also{rows, []any{&action, &subject, &hash}})
		if err != nil {
			return err
		}
		if action != bot.ActionAnswer || subject != e.ID || hash != exchangeHash(e, answer) {
			return damaged("exchange " + e.ID)
		}
		return nil
	}, selectExchangesAudited)
}

// also is a row with more columns behind those that are scanned.
type also struct {
	scanner
	more []any
}

// Scan implements scanner.
func (a also) Scan(dest ...any) error { return a.scanner.Scan(append(dest, a.more...)...) }

// verifyChain checks every entry of the trail and that the log says the same, and
// returns the last entry, and the first and last seq of each document.
func verifyChain(ctx context.Context, tx *sql.Tx) (last bot.AuditEntry, heads map[string][2]int64, err error) {
	heads = map[string][2]int64{}
	logged := int64(0)
	err = each(ctx, tx, func(rows *sql.Rows) error {
		var r row
		e, err := scanAudit(rows, &r.Seq, &r.Kind, &r.Document, &r.Revision, &r.reading, &r.file, &r.fileName, &r.Reason)
		if err != nil {
			return err
		}
		if e.Seq != last.Seq+1 || chain(last.Hash, e) != e.Hash {
			return damaged(fmt.Sprintf("audit entry %d", last.Seq+1))
		}
		last = e
		if e.Action != bot.ActionPublish && e.Action != bot.ActionWithdraw {
			if r.Seq != 0 {
				return damaged(fmt.Sprintf("log entry %d", r.Seq))
			}
			return nil
		}
		logged++
		r.By = e.By
		want := r.audit()
		if r.Seq != logged || want.Action != e.Action || want.Subject != e.Subject || want.Detail != e.Detail {
			return damaged(fmt.Sprintf("log entry %d (audit entry %d)", logged, e.Seq))
		}
		h := heads[r.Document]
		if h[0] == 0 {
			h[0] = r.Seq
		}
		h[1] = r.Seq
		heads[r.Document] = h
		return nil
	}, selectBoth)
	if err != nil {
		return last, nil, err
	}
	var n int64
	if err := tx.QueryRowContext(ctx, countLog).Scan(&n); err != nil {
		return last, nil, err
	}
	if n != logged {
		return last, nil, damaged(fmt.Sprintf("the log with %d entries, of which the trail knows %d,", n, logged))
	}
	return last, heads, nil
}
