package index

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/wence-bot/wence/corpus"
)

// A Swap is an Index that stands for another one, which can be replaced while it
// is used. Whoever uses the old one at that moment finishes with it; it is closed
// when the last has.
type Swap struct {
	current atomic.Pointer[held]
	open    sync.WaitGroup // indexes that are not closed yet

	mu     sync.Mutex
	closed error // what closing the old ones said
}

var _ Index = (*Swap)(nil)

// held is an index with the number of its users. The Swap is one of them for as
// long as it is the current one. At 0 it is closed for good.
type held struct {
	Index
	users atomic.Int64
}

// NewSwap returns a Swap that stands for x and owns it.
func NewSwap(x Index) *Swap {
	s := &Swap{}
	s.Replace(x)
	return s
}

// Replace makes s stand for x from now on. It does not wait for the users of the
// old index.
func (s *Swap) Replace(x Index) {
	var h *held
	if x != nil {
		h = &held{Index: x}
		h.users.Store(1)
		s.open.Add(1)
	}
	if old := s.current.Swap(h); old != nil {
		s.release(old)
	}
}

// acquire returns the current index; whoever gets it must release it.
func (s *Swap) acquire() (*held, error) {
	for {
		h := s.current.Load()
		if h == nil {
			return nil, errClosed
		}
		// With 0 users it was replaced after it had been loaded.
		if n := h.users.Load(); n > 0 && h.users.CompareAndSwap(n, n+1) {
			return h, nil
		}
	}
}

func (s *Swap) release(h *held) {
	if h.users.Add(-1) > 0 {
		return
	}
	err := h.Close()
	s.mu.Lock()
	s.closed = errors.Join(s.closed, err)
	s.mu.Unlock()
	s.open.Done()
}

// Put implements Index.
func (s *Swap) Put(ctx context.Context, docs ...*corpus.Document) error {
	h, err := s.acquire()
	if err != nil {
		return err
	}
	defer s.release(h)
	return h.Put(ctx, docs...)
}

// Delete implements Index.
func (s *Swap) Delete(ctx context.Context, id string) error {
	h, err := s.acquire()
	if err != nil {
		return err
	}
	defer s.release(h)
	return h.Delete(ctx, id)
}

// Search implements Index.
func (s *Swap) Search(ctx context.Context, q Query) ([]Hit, error) {
	h, err := s.acquire()
	if err != nil {
		return nil, err
	}
	defer s.release(h)
	return h.Search(ctx, q)
}

// Frequencies implements Index.
func (s *Swap) Frequencies(ctx context.Context, terms []string) ([]int, int, error) {
	h, err := s.acquire()
	if err != nil {
		return nil, 0, err
	}
	defer s.release(h)
	return h.Frequencies(ctx, terms)
}

// Close implements Index. It waits until nobody uses the index any more and
// returns what closing it, and those before it, said. Replace must not be called
// at the same time or later.
func (s *Swap) Close() error {
	s.Replace(nil)
	s.open.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.closed
	s.closed = nil
	return err
}
