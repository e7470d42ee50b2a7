package bot

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// memoryQueue is what a MemoryDesk keeps as a Queue.
type memoryQueue struct {
	inbox  []*waiting
	keys   map[[2]string]seenKey // by channel and key
	outbox []*Delivery
}

type waiting struct {
	Inbound
	done time.Time
	err  string
}

type seenKey struct {
	inbound string
	at      time.Time
}

var _ Queue = (*MemoryDesk)(nil)

// Accept implements Queue.
func (m *MemoryDesk) Accept(ctx context.Context, in Inbound, keys []string) (string, bool, error) {
	if err := ctx.Err(); err != nil {
		return "", false, err
	}
	if err := in.Check(); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := &m.queue
	for _, k := range keys {
		if seen, ok := q.keys[[2]string{in.Channel, k}]; ok {
			q.note(in.Channel, keys, seenKey{seen.inbound, kept(in.Received)})
			return seen.inbound, false, nil
		}
	}
	if q.message(in.ID) != nil {
		return in.ID, false, nil
	}
	q.note(in.Channel, keys, seenKey{in.ID, kept(in.Received)})
	q.accept(in)
	return in.ID, true, nil
}

// accept keeps a message.
func (q *memoryQueue) accept(in Inbound) {
	in.Received, in.Event = kept(in.Received), slices.Clone(in.Event)
	q.inbox = append(q.inbox, &waiting{Inbound: in})
}

// note keeps keys that are not known yet.
func (q *memoryQueue) note(channel string, keys []string, seen seenKey) {
	if q.keys == nil {
		q.keys = map[[2]string]seenKey{}
	}
	for _, k := range keys {
		if _, known := q.keys[[2]string{channel, k}]; !known {
			q.keys[[2]string{channel, k}] = seen
		}
	}
}

func (q *memoryQueue) message(id string) *waiting {
	for i := len(q.inbox) - 1; i >= 0; i-- { // the last ones are asked for
		if q.inbox[i].ID == id {
			return q.inbox[i]
		}
	}
	return nil
}

// Pending implements Queue.
func (m *MemoryDesk) Pending(ctx context.Context) ([]Inbound, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Inbound
	for _, w := range m.queue.inbox {
		if w.done.IsZero() {
			out = append(out, w.Inbound)
		}
	}
	return out, ctx.Err()
}

// Complete implements Queue.
func (m *MemoryDesk) Complete(ctx context.Context, c Completion) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Inbound != "" {
		w := m.queue.message(c.Inbound)
		if w == nil {
			return fmt.Errorf("complete %s: %w", c.Inbound, ErrNotFound)
		}
		if !w.done.IsZero() {
			return fmt.Errorf("message %s is completed: %w", c.Inbound, ErrConflict)
		}
		w.done, w.err = time.Now(), c.Error
	}
	if c.Exchange != nil {
		m.keep(*c.Exchange)
	}
	for _, d := range c.Deliveries {
		if !slices.ContainsFunc(m.queue.outbox, func(o *Delivery) bool { return o.ID == d.ID }) {
			d.Next, d.Created, d.Message = kept(d.Next), kept(d.Created), slices.Clone(d.Message)
			m.queue.outbox = append(m.queue.outbox, &d)
		}
	}
	return nil
}

// deliveries returns those that fit, in order.
func (m *MemoryDesk) deliveries(fits func(*Delivery) bool) []Delivery {
	var out []Delivery
	for _, d := range m.queue.outbox {
		if fits(d) {
			out = append(out, *d)
		}
	}
	return out
}

// Unsent implements Queue.
func (m *MemoryDesk) Unsent(ctx context.Context) ([]Delivery, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.deliveries(func(d *Delivery) bool { return d.State == DeliveryReady || d.State == DeliverySending }), ctx.Err()
}

// Update implements Queue.
func (m *MemoryDesk) Update(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.queue.outbox) - 1; i >= 0; i-- {
		if o := m.queue.outbox[i]; o.ID == d.ID {
			o.State, o.Attempts, o.Next, o.Ref, o.Error = d.State, d.Attempts, kept(d.Next), d.Ref, d.Error
			return nil
		}
	}
	return fmt.Errorf("delivery %s: %w", d.ID, ErrNotFound)
}

// Deliveries implements Queue.
func (m *MemoryDesk) Deliveries(ctx context.Context, channel, inbound string) ([]Delivery, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	w := m.queue.message(inbound)
	if w == nil || w.Channel != channel {
		return nil, false, fmt.Errorf("message %s in %s: %w", inbound, channel, ErrNotFound)
	}
	return m.deliveries(func(d *Delivery) bool { return d.Answer == inbound }), !w.done.IsZero(), ctx.Err()
}

// Stuck implements Queue.
func (m *MemoryDesk) Stuck(ctx context.Context, limit int) ([]Delivery, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := m.deliveries(func(d *Delivery) bool { return d.State == DeliveryDead || d.State == DeliveryUnknown })
	for _, w := range m.queue.inbox {
		if w.err != "" {
			out = append(out, w.unanswered())
		}
	}
	slices.SortStableFunc(out, func(a, b Delivery) int { return b.Created.Compare(a.Created) })
	return out[:min(len(out), max(limit, 0))], ctx.Err()
}

func (w *waiting) unanswered() Delivery {
	return Delivery{ID: w.ID, Answer: w.ID, Channel: w.Channel, Conversation: w.Conversation, State: DeliveryDead, Error: w.err, Created: w.Received}
}

// Purge implements Queue.
func (m *MemoryDesk) Purge(ctx context.Context, seen, sent time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := &m.queue
	for k, s := range q.keys {
		if s.at.Before(seen) {
			delete(q.keys, k)
		}
	}
	q.inbox = slices.DeleteFunc(q.inbox, func(w *waiting) bool {
		return !w.done.IsZero() && w.err == "" && w.Received.Before(seen)
	})
	q.outbox = slices.DeleteFunc(q.outbox, func(d *Delivery) bool {
		return (d.State == DeliverySent || d.State == DeliveryFetch) && d.Created.Before(sent)
	})
	return nil
}
