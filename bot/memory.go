package bot

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/wence-bot/wence/corpus"
)

// Memory keeps documents in memory. It implements Documents.
type Memory struct {
	mu   sync.RWMutex
	docs []*corpus.Document // newest revision of each, in the order they were first put
	all  map[[2]string]*corpus.Document
}

var _ Documents = (*Memory)(nil)

// Put adds a document or a new revision of it. Older revisions stay readable.
func (m *Memory) Put(d *corpus.Document) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.all == nil {
		m.all = map[[2]string]*corpus.Document{}
	}
	m.all[[2]string{d.ID, d.Revision}] = d
	if i := slices.IndexFunc(m.docs, func(o *corpus.Document) bool { return o.ID == d.ID }); i >= 0 {
		m.docs[i] = d
	} else {
		m.docs = append(m.docs, d)
	}
}

// Document implements Documents.
func (m *Memory) Document(_ context.Context, id, revision string) (*corpus.Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if d := m.all[[2]string{id, revision}]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("document %s revision %s: %w", id, revision, ErrNotFound)
}

// InForce implements Documents.
func (m *Memory) InForce(_ context.Context, day string) ([]*corpus.Document, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []*corpus.Document
	for _, d := range m.docs {
		if d.InForceOn(day) {
			out = append(out, d)
		}
	}
	return out, nil
}
