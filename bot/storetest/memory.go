package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// Memory is a bot.Store for tests: it keeps everything in memory. The zero Memory
// is empty.
type Memory struct {
	mu   sync.RWMutex
	log  []record
	docs []string // in the order of their first publication
}

type record struct {
	bot.Entry
	doc  *corpus.Document
	file bot.File
}

var _ bot.Store = (*Memory)(nil)

// last returns the last record that fits, or nil.
func (m *Memory) last(fits func(r *record) bool) *record {
	for i := len(m.log) - 1; i >= 0; i-- {
		if fits(&m.log[i]) {
			return &m.log[i]
		}
	}
	return nil
}

func (m *Memory) head(document string) *record {
	return m.last(func(r *record) bool { return r.Document == document })
}

func (m *Memory) append(r record) bot.Entry {
	r.Seq, r.At = int64(len(m.log)+1), time.Now().UTC().Truncate(time.Microsecond)
	before := ""
	if len(m.log) > 0 {
		before = m.log[len(m.log)-1].Hash
	}
	r.Hash = hash(fmt.Appendf(nil, "%s %+v", before, r.Entry))
	m.log = append(m.log, r)
	if !slices.Contains(m.docs, r.Document) {
		m.docs = append(m.docs, r.Document)
	}
	return r.Entry
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Publish implements bot.Store.
func (m *Memory) Publish(ctx context.Context, p bot.Publication) (bot.Entry, bool, error) {
	if err := ctx.Err(); err != nil {
		return bot.Entry{}, false, err
	}
	if err := p.Check(); err != nil {
		return bot.Entry{}, false, err
	}
	for _, s := range []string{p.Document.Title, p.Document.Number} { // a database would notice
		if err := bot.CheckActor("x", s); err != nil {
			return bot.Entry{}, false, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	head, current := m.head(p.Document.ID), bot.NoRevision
	if head != nil && head.Kind == bot.KindPut {
		current = head.Revision
		if reflect.DeepEqual(head.doc, p.Document) {
			return head.Entry, false, nil
		}
	}
	if p.Base != "" && p.Base != current {
		return bot.Entry{}, false, bot.ErrConflict
	}
	file := p.Original
	if len(file.Data) > 0 {
		file.SHA256 = hash(file.Data)
	}
	e := bot.Entry{Kind: bot.KindPut, Document: p.Document.ID, Revision: p.Document.Revision, By: p.By, Reason: p.Reason}
	return m.append(record{e, p.Document, file}), true, nil
}

// Withdraw implements bot.Store.
func (m *Memory) Withdraw(ctx context.Context, document, by, reason string) (bot.Entry, bool, error) {
	if err := ctx.Err(); err != nil {
		return bot.Entry{}, false, err
	}
	if err := bot.CheckActor(by, reason); err != nil {
		return bot.Entry{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	head := m.head(document)
	switch {
	case head == nil:
		return bot.Entry{}, false, bot.ErrNotFound
	case head.Kind == bot.KindWithdraw:
		return head.Entry, false, nil
	}
	e := bot.Entry{Kind: bot.KindWithdraw, Document: document, Revision: head.Revision, By: by, Reason: reason}
	return m.append(record{Entry: e}), true, nil
}

// Entries implements bot.Store.
func (m *Memory) Entries(_ context.Context, after int64, limit int) ([]bot.Entry, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []bot.Entry
	for i := int(max(after, 0)); i < len(m.log) && len(out) < limit; i++ {
		out = append(out, m.log[i].Entry)
	}
	return out, nil
}

// History implements bot.Store.
func (m *Memory) History(_ context.Context, document string) ([]bot.Entry, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []bot.Entry
	for _, r := range m.log {
		if r.Document == document {
			out = append(out, r.Entry)
		}
	}
	if len(out) == 0 {
		return nil, bot.ErrNotFound
	}
	return out, nil
}

// Current implements bot.Store.
func (m *Memory) Current(context.Context) ([]bot.Entry, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []bot.Entry
	for _, id := range m.docs {
		out = append(out, m.head(id).Entry)
	}
	return out, nil
}

// Document implements bot.Documents.
func (m *Memory) Document(_ context.Context, id, revision string) (*corpus.Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r := m.last(func(r *record) bool { return r.Document == id && r.Revision == revision && r.doc != nil })
	if r == nil {
		return nil, bot.ErrNotFound
	}
	return r.doc, nil
}

// InForce implements bot.Documents.
func (m *Memory) InForce(_ context.Context, day string) ([]*corpus.Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []*corpus.Document
	for _, id := range m.docs {
		var entries []bot.Entry
		for _, r := range m.log {
			if r.Document == id {
				entries = append(entries, r.Entry)
			}
		}
		d, err := bot.HeldOn(entries, day, func(revision string) (*corpus.Document, error) {
			return m.last(func(r *record) bool { return r.Document == id && r.Revision == revision && r.doc != nil }).doc, nil
		})
		if err != nil {
			return nil, err
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out, nil
}

// Original implements bot.Store.
func (m *Memory) Original(_ context.Context, document, revision string) (bot.File, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r := m.last(func(r *record) bool { return r.Document == document && r.Revision == revision && len(r.file.Data) > 0 })
	if r == nil {
		return bot.File{}, bot.ErrNotFound
	}
	return r.file, nil
}
