package bot

import (
	"context"
	"fmt"
	"slices"
	"time"
)

var _ Desk = (*MemoryDesk)(nil)

// OpenTicket implements Records.
func (m *MemoryDesk) OpenTicket(ctx context.Context, t Ticket) (Ticket, bool, error) {
	if err := ctx.Err(); err != nil {
		return Ticket{}, false, err
	}
	if err := t.Check(); err != nil {
		return Ticket{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.Answer != "" {
		for _, o := range m.tickets {
			if o.Answer == t.Answer && o.Channel == t.Channel && o.Conversation == t.Conversation {
				return o, false, nil
			}
		}
		if _, ok := m.byID[t.Answer]; !ok {
			return Ticket{}, false, fmt.Errorf("ticket about answer %s: %w", t.Answer, ErrNotFound)
		}
	}
	t.ID, t.Opened = TicketID(int64(len(m.tickets)+1)), kept(t.Opened)
	m.tickets = append(m.tickets, t)
	return t, true, nil
}

// Tickets implements Records.
func (m *MemoryDesk) Tickets(ctx context.Context, limit int) ([]Ticket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Ticket
	for i := len(m.tickets) - 1; i >= 0 && len(out) < limit; i-- {
		out = append(out, m.tickets[i])
	}
	return out, ctx.Err()
}

// ticket returns where a ticket is kept. m.mu is held.
func (m *MemoryDesk) ticket(id string) (*Ticket, error) {
	n, ok := TicketNumber(id)
	if !ok || n > int64(len(m.tickets)) {
		return nil, fmt.Errorf("ticket %s: %w", id, ErrNotFound)
	}
	return &m.tickets[n-1], nil
}

// Ticket implements Desk.
func (m *MemoryDesk) Ticket(ctx context.Context, id string) (Ticket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	t, err := m.ticket(id)
	if err != nil {
		return Ticket{}, err
	}
	return *t, ctx.Err()
}

// OpenTickets implements Desk.
func (m *MemoryDesk) OpenTickets(ctx context.Context, limit int) ([]Ticket, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	open := slices.DeleteFunc(slices.Clone(m.tickets), func(t Ticket) bool { return !t.IsOpen() })
	return open[:min(len(open), max(limit, 0))], ctx.Err()
}

// Backlog implements Desk.
func (m *MemoryDesk) Backlog(ctx context.Context) (int, time.Time, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	open, oldest := 0, time.Time{}
	for _, t := range m.tickets {
		if !t.IsOpen() {
			continue
		}
		if open++; oldest.IsZero() || t.Opened.Before(oldest) {
			oldest = t.Opened
		}
	}
	return open, oldest, ctx.Err()
}

// Reply implements Desk.
func (m *MemoryDesk) Reply(ctx context.Context, r PersonalReply) (fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := r.Check(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.byID[r.Exchange.ID]; there {
		return false, nil
	}
	t, err := m.ticket(r.Exchange.Answer.Ticket)
	switch {
	case err != nil:
		return false, err
	case !t.IsOpen():
		return false, fmt.Errorf("reply to %s: it is closed: %w", t.ID, ErrConflict)
	}
	e := m.keep(r.Exchange)
	if r.Inbound != nil {
		m.queue.accept(*r.Inbound)
	}
	if !r.KeepOpen {
		t.Closed = e.Answered
	}
	return true, nil
}

// CloseTicket implements Desk.
func (m *MemoryDesk) CloseTicket(ctx context.Context, id string, c Closing) (Ticket, error) {
	if err := ctx.Err(); err != nil {
		return Ticket{}, err
	}
	if err := c.Check(); err != nil {
		return Ticket{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.ticket(id)
	if err != nil {
		return Ticket{}, err
	}
	t.Assessment, t.Reason = c.Assessment, c.Reason
	if t.IsOpen() {
		t.Closed = kept(time.Now())
	}
	return *t, nil
}
