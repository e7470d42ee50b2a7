package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The statements about documents.
const (
	selectEntry = `
		SELECT log.seq, log.kind, log.document, log.revision, log.reason, audit.at, audit.actor, audit.hash
		FROM log JOIN audit ON audit.seq = log.audit `
	selectEntries = selectEntry + `WHERE log.seq > ? ORDER BY log.seq LIMIT ?`
	selectBySeq   = selectEntry + `WHERE log.seq = ?`
	selectHistory = selectEntry + `WHERE log.document = ? ORDER BY log.seq`
	selectCurrent = selectEntry + `JOIN head ON head.last_seq = log.seq ORDER BY head.first_seq`

	selectReading = `
		SELECT reading FROM log WHERE document = ? AND revision = ? AND kind = 'put' ORDER BY seq DESC LIMIT 1`
	selectOriginal = `
		SELECT log.file_name, log.file, content.data FROM log JOIN content ON content.hash = log.file
		WHERE log.document = ? AND log.revision = ? ORDER BY log.seq DESC LIMIT 1`
	selectContent = `SELECT data FROM content WHERE hash = ?`
	selectHead    = `
		SELECT log.seq, log.kind, log.revision, COALESCE(log.reading, '')
		FROM head JOIN log ON log.seq = head.last_seq WHERE head.document = ?`

	insertContent = `INSERT INTO content (hash, data) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING`
	insertLog     = `
		INSERT INTO log (seq, kind, document, revision, reading, file, file_name, reason, audit)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertHead = `
		INSERT INTO head (document, first_seq, last_seq) VALUES (?, ?, ?)
		ON CONFLICT (document) DO UPDATE SET last_seq = excluded.last_seq`
	selectLastSeq = `SELECT COALESCE(MAX(seq), 0) FROM log`
)

// A querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// entries returns what a selectEntry statement finds.
func entries(ctx context.Context, q querier, query string, args ...any) ([]bot.Entry, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err says it
	var out []bot.Entry
	for rows.Next() {
		var e bot.Entry
		var at int64
		if err := rows.Scan(&e.Seq, &e.Kind, &e.Document, &e.Revision, &e.Reason, &at, &e.By, &e.Hash); err != nil {
			return nil, err
		}
		e.At = time.UnixMicro(at).UTC()
		out = append(out, e)
	}
	return out, rows.Err()
}

// Entries implements bot.Store.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]bot.Entry, error) {
	out, err := entries(ctx, s.reader, selectEntries, after, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("store: entries after %d: %w", after, s.explain(err))
	}
	return out, nil
}

// History implements bot.Store.
func (s *Store) History(ctx context.Context, document string) ([]bot.Entry, error) {
	out, err := entries(ctx, s.reader, selectHistory, document)
	if err == nil && len(out) == 0 {
		err = bot.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("store: history of document %s: %w", document, s.explain(err))
	}
	return out, nil
}

// Current implements bot.Store.
func (s *Store) Current(ctx context.Context) ([]bot.Entry, error) {
	out, err := entries(ctx, s.reader, selectCurrent)
	if err != nil {
		return nil, fmt.Errorf("store: current documents: %w", s.explain(err))
	}
	return out, nil
}

// Document implements bot.Documents.
func (s *Store) Document(ctx context.Context, id, revision string) (*corpus.Document, error) {
	d, err := s.document(ctx, s.reader, id, revision)
	if err != nil {
		return nil, fmt.Errorf("store: document %s revision %s: %w", id, revision, s.explain(err))
	}
	return d, nil
}

func (s *Store) document(ctx context.Context, q querier, id, revision string) (*corpus.Document, error) {
	var hash string
	err := q.QueryRowContext(ctx, selectReading, id, revision).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, bot.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return s.reading(ctx, q, hash)
}

// InForce implements bot.Documents.
func (s *Store) InForce(ctx context.Context, day string) ([]*corpus.Document, error) {
	out, err := s.inForce(ctx, day)
	if err != nil {
		return nil, fmt.Errorf("store: documents in force on %s: %w", day, s.explain(err))
	}
	return out, nil
}

func (s *Store) inForce(ctx context.Context, day string) ([]*corpus.Document, error) {
	heads, err := entries(ctx, s.reader, selectCurrent)
	if err != nil {
		return nil, err
	}
	var out []*corpus.Document
	for _, e := range heads { // nothing is ever removed: this needs no transaction
		d, err := s.heldOn(ctx, e, day)
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// heldOn returns the revision in force on a day of the document that e is the last
// entry of, or nil.
func (s *Store) heldOn(ctx context.Context, e bot.Entry, day string) (d *corpus.Document, err error) {
	read := func(revision string) (*corpus.Document, error) {
		return s.document(ctx, s.reader, e.Document, revision)
	}
	if e.Kind == bot.KindPut {
		if d, err = read(e.Revision); err != nil {
			return nil, err
		}
	}
	if e.Settles(d, day) {
		if d == nil || !d.InForceOn(day) {
			return nil, nil
		}
		return d, nil
	}
	all, err := entries(ctx, s.reader, selectHistory, e.Document)
	if err != nil {
		return nil, err
	}
	return bot.HeldOn(all, day, read)
}

// reading returns the document with a reading.
func (s *Store) reading(ctx context.Context, q querier, hash string) (*corpus.Document, error) {
	if d := s.readings.get(hash); d != nil {
		return d, nil
	}
	var data []byte
	if err := q.QueryRowContext(ctx, selectContent, hash).Scan(&data); err != nil {
		return nil, err
	}
	if hashOf(data) != hash {
		return nil, damaged("content " + hash)
	}
	d, err := decode(data)
	if err != nil {
		return nil, err
	}
	return s.readings.put(hash, d), nil
}

// Original implements bot.Store.
func (s *Store) Original(ctx context.Context, document, revision string) (bot.File, error) {
	var f bot.File
	err := s.reader.QueryRowContext(ctx, selectOriginal, document, revision).Scan(&f.Name, &f.SHA256, &f.Data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = bot.ErrNotFound
	case err == nil && hashOf(f.Data) != f.SHA256:
		err = damaged("content " + f.SHA256)
	}
	if err != nil {
		return bot.File{}, fmt.Errorf("store: file of document %s revision %s: %w", document, revision, s.explain(err))
	}
	return f, nil
}

func damaged(what string) error {
	return fmt.Errorf("%w: %s is not what was written: restore a backup", bot.ErrDamaged, what)
}

// head is the last entry of a document; seq 0 if there is none.
type head struct {
	seq      int64
	kind     bot.Kind
	revision string
	reading  string
}

func (h head) current() string {
	if h.kind != bot.KindPut {
		return bot.NoRevision
	}
	return h.revision
}

func headOf(ctx context.Context, tx transaction, document string) (h head, err error) {
	err = tx.QueryRowContext(ctx, selectHead, document).Scan(&h.seq, &h.kind, &h.revision, &h.reading)
	if errors.Is(err, sql.ErrNoRows) {
		return head{}, nil
	}
	return h, err
}

// Publish implements bot.Store.
func (s *Store) Publish(ctx context.Context, p bot.Publication) (e bot.Entry, changed bool, err error) {
	if err := p.Check(); err != nil {
		return bot.Entry{}, false, fmt.Errorf("store: %w", err)
	}
	doc := p.Document
	data, err := encode(doc)
	if err == nil {
		err = s.write(ctx, func(tx transaction) error {
			e, changed, err = s.publish(ctx, tx, p, data)
			return err
		})
	}
	if err != nil {
		return bot.Entry{}, false, fmt.Errorf("store: publish document %s revision %s: %w", doc.ID, doc.Revision, err)
	}
	return e, changed, nil
}

// publish does in a transaction what Publish promises; reading is the encoded document.
func (s *Store) publish(ctx context.Context, tx transaction, p bot.Publication, reading []byte) (bot.Entry, bool, error) {
	doc, none := p.Document, bot.Entry{}
	h, err := headOf(ctx, tx, doc.ID)
	if err != nil {
		return none, false, err
	}
	before, err := s.document(ctx, tx, doc.ID, doc.Revision)
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return none, false, err
	}
	if before != nil && before.Text != doc.Text {
		return none, false, fmt.Errorf("%w: another text has the same revision", bot.ErrConflict)
	}
	// The hash can differ although nothing does, if the program has a new field since.
	if h.current() == doc.Revision && reflect.DeepEqual(before, doc) {
		e, err := entries(ctx, tx, selectBySeq, h.seq)
		if err != nil || len(e) != 1 {
			return none, false, errors.Join(err, missing(h.seq, len(e)))
		}
		return e[0], false, nil
	}
	if p.Base != "" && p.Base != h.current() {
		return none, false, fmt.Errorf("%w: revision %s is current, not %s", bot.ErrConflict, h.current(), p.Base)
	}
	r := row{
		Entry:    bot.Entry{Kind: bot.KindPut, Document: doc.ID, Revision: doc.Revision, By: p.By, Reason: p.Reason},
		reading:  hashOf(reading),
		fileName: p.Original.Name,
	}
	if _, err := tx.ExecContext(ctx, insertContent, r.reading, reading); err != nil {
		return none, false, err
	}
	if len(p.Original.Data) > 0 {
		r.file = hashOf(p.Original.Data)
		if _, err := tx.ExecContext(ctx, insertContent, r.file, p.Original.Data); err != nil {
			return none, false, err
		}
	}
	e, err := s.append(ctx, tx, r)
	return e, err == nil, err
}

func missing(seq int64, found int) error {
	if found == 1 {
		return nil
	}
	return damaged(fmt.Sprintf("entry %d", seq))
}

// Withdraw implements bot.Store.
func (s *Store) Withdraw(ctx context.Context, document, by, reason string) (e bot.Entry, changed bool, err error) {
	if err := bot.CheckActor(by, reason); err != nil {
		return bot.Entry{}, false, fmt.Errorf("store: withdraw document %s: %w", document, err)
	}
	err = s.write(ctx, func(tx transaction) error {
		h, err := headOf(ctx, tx, document)
		if err != nil {
			return err
		}
		if h.seq == 0 {
			return bot.ErrNotFound
		}
		if h.kind == bot.KindWithdraw {
			found, err := entries(ctx, tx, selectBySeq, h.seq)
			if err != nil || len(found) != 1 {
				return errors.Join(err, missing(h.seq, len(found)))
			}
			e = found[0]
			return nil
		}
		changed = true
		e, err = s.append(ctx, tx, row{Entry: bot.Entry{
			Kind: bot.KindWithdraw, Document: document, Revision: h.revision, By: by, Reason: reason,
		}})
		return err
	})
	if err != nil {
		return bot.Entry{}, false, fmt.Errorf("store: withdraw document %s: %w", document, err)
	}
	return e, changed, nil
}

// row is a row of log. An empty hash is NULL.
type row struct {
	bot.Entry
	reading, file, fileName string
}

// append adds an entry to the log, with its audit row, and moves the head of the
// document. It sets Seq, At and Hash.
func (s *Store) append(ctx context.Context, tx transaction, r row) (bot.Entry, error) {
	if err := tx.QueryRowContext(ctx, selectLastSeq).Scan(&r.Seq); err != nil {
		return bot.Entry{}, err
	}
	r.Seq++
	a, err := s.record(ctx, tx, r.audit())
	if err != nil {
		return bot.Entry{}, err
	}
	r.At, r.Hash = a.At, a.Hash
	null := func(hash string) sql.NullString { return sql.NullString{String: hash, Valid: hash != ""} }
	if _, err := tx.ExecContext(ctx, insertLog, r.Seq, r.Kind, r.Document, r.Revision,
		null(r.reading), null(r.file), r.fileName, r.Reason, a.Seq); err != nil {
		return bot.Entry{}, err
	}
	_, err = tx.ExecContext(ctx, insertHead, r.Document, r.Seq, r.Seq)
	return r.Entry, err
}

// audit returns what the trail says about the row: all of it, so that Verify can
// compare them.
func (r row) audit() bot.AuditEntry {
	a := bot.AuditEntry{By: r.By, Action: bot.ActionPublish, Subject: r.Document}
	detail := []string{fmt.Sprintf("seq=%d revision=%s", r.Seq, r.Revision)}
	if r.Kind == bot.KindWithdraw {
		a.Action = bot.ActionWithdraw
	} else {
		detail = append(detail, fmt.Sprintf("reading=%s file=%s name=%q", r.reading, r.file, r.fileName))
	}
	if r.Reason != "" {
		detail = append(detail, fmt.Sprintf("reason=%q", r.Reason))
	}
	a.Detail = strings.Join(detail, " ")
	return a
}
