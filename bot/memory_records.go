package bot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A MemoryDesk keeps conversations, and what is waiting, in memory: for a process whose
// conversations end with it, and for tests. It implements Records, Desk and Queue. The zero
// MemoryDesk is empty.
type MemoryDesk struct {
	mu        sync.RWMutex
	exchanges []Exchange
	byID      map[string]int
	feedback  map[string][]Feedback // by answer
	tickets   []Ticket
	queue     memoryQueue
}

var _ Records = (*MemoryDesk)(nil)

// kept is a time as a database keeps it.
func kept(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Keep implements Records.
func (m *MemoryDesk) Keep(ctx context.Context, e Exchange) (Exchange, error) {
	if err := ctx.Err(); err != nil {
		return Exchange{}, err
	}
	if err := e.Check(); err != nil {
		return Exchange{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keep(e), nil
}

func (m *MemoryDesk) keep(e Exchange) Exchange {
	if i, ok := m.byID[e.ID]; ok {
		return m.exchanges[i]
	}
	if m.byID == nil {
		m.byID = map[string]int{}
	}
	e.Asked, e.Answered = kept(e.Asked), kept(e.Answered)
	m.byID[e.ID] = len(m.exchanges)
	m.exchanges = append(m.exchanges, e)
	return e
}

// Exchange implements Records.
func (m *MemoryDesk) Exchange(ctx context.Context, id string) (Exchange, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if i, ok := m.byID[id]; ok {
		return m.exchanges[i], ctx.Err()
	}
	return Exchange{}, fmt.Errorf("exchange %s: %w", id, ErrNotFound)
}

// last returns the last exchanges that fit, at most limit, newest first.
func (m *MemoryDesk) last(limit int, fits func(Exchange) bool) []Exchange {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Exchange
	for i := len(m.exchanges) - 1; i >= 0 && len(out) < limit; i-- {
		if fits(m.exchanges[i]) {
			out = append(out, m.exchanges[i])
		}
	}
	return out
}

// Conversation implements Records.
func (m *MemoryDesk) Conversation(ctx context.Context, channel, conversation string, limit int) ([]Exchange, error) {
	out := m.last(limit, func(e Exchange) bool { return e.Channel == channel && e.Conversation == conversation })
	slices.Reverse(out)
	return out, ctx.Err()
}

// Recent implements Records.
func (m *MemoryDesk) Recent(ctx context.Context, limit int) ([]Exchange, error) {
	return m.last(limit, func(e Exchange) bool { return e.Question != "" }), ctx.Err()
}

// Rate implements Records.
func (m *MemoryDesk) Rate(ctx context.Context, f Feedback) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.byID[f.Answer]; !ok {
		return fmt.Errorf("rate answer %s: %w", f.Answer, ErrNotFound)
	}
	if m.feedback == nil {
		m.feedback = map[string][]Feedback{}
	}
	f.At = kept(f.At)
	all := slices.DeleteFunc(m.feedback[f.Answer], func(o Feedback) bool { return o.User == f.User })
	all = append(all, f)
	slices.SortStableFunc(all, func(a, b Feedback) int { return a.At.Compare(b.At) })
	m.feedback[f.Answer] = all
	return nil
}

// FeedbackOn implements Records.
func (m *MemoryDesk) FeedbackOn(ctx context.Context, answer string) ([]Feedback, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.feedback[answer]), ctx.Err()
}
