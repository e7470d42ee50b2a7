package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
)

var _ bot.Desk = (*Store)(nil)

// The statements about tickets. They are also PostgreSQL's, but for the ?.
const (
	selectTicket = `
		SELECT seq, channel, conversation, asker, COALESCE(answer, ''), question, address, opened, closed, assessment, reason FROM ticket `
	selectTickets     = selectTicket + `ORDER BY seq DESC LIMIT ?`
	selectSameTicket  = selectTicket + `WHERE channel = ? AND conversation = ? AND answer = ?`
	selectTicketBySeq = selectTicket + `WHERE seq = ?`
	selectOpenTickets = selectTicket + `WHERE closed = 0 ORDER BY seq LIMIT ?`
	selectBacklog     = `SELECT COUNT(*), COALESCE(MIN(opened), 0) FROM ticket WHERE closed = 0`
	insertTicket      = `
		INSERT INTO ticket (channel, conversation, asker, answer, question, address, opened)
		VALUES (?, ?, ?, NULLIF(?, ''), ?, ?, ?) RETURNING seq`
	updateTicketClosed = `UPDATE ticket SET closed = ?, assessment = ?, reason = ? WHERE seq = ?`
)

func scanTicket(row scanner) (bot.Ticket, error) {
	var t bot.Ticket
	var seq, opened, closed int64
	err := row.Scan(&seq, &t.Channel, &t.Conversation, &t.User, &t.Answer, &t.Question, &t.Address, &opened, &closed, &t.Assessment, &t.Reason)
	t.ID, t.Opened, t.Closed = bot.TicketID(seq), fromMicros(opened), fromMicros(closed)
	if len(t.Address) == 0 {
		t.Address = nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = bot.ErrNotFound
	}
	return t, err
}

// OpenTicket implements bot.Records.
func (s *Store) OpenTicket(ctx context.Context, t bot.Ticket) (ticket bot.Ticket, opened bool, err error) {
	err = t.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			ticket, opened, err = s.openTicket(ctx, tx, t)
			return err
		})
	}
	if err != nil {
		return bot.Ticket{}, false, fmt.Errorf("store: open a ticket in %s: %w", t.Channel, err)
	}
	return ticket, opened, nil
}

func (s *Store) openTicket(ctx context.Context, tx transaction, t bot.Ticket) (bot.Ticket, bool, error) {
	if t.Answer != "" {
		old, err := scanTicket(tx.QueryRowContext(ctx, selectSameTicket, t.Channel, t.Conversation, t.Answer))
		if !errors.Is(err, bot.ErrNotFound) {
			return old, false, err
		}
		var there bool
		if err := tx.QueryRowContext(ctx, existsExchange, t.Answer).Scan(&there); err != nil {
			return t, false, err
		}
		if !there {
			return t, false, bot.ErrNotFound
		}
	}
	var seq int64
	err := tx.QueryRowContext(ctx, insertTicket, t.Channel, t.Conversation, t.User, t.Answer, t.Question, orNone(t.Address), micros(t.Opened)).Scan(&seq)
	if err != nil {
		return t, false, err
	}
	t.ID, t.Opened = bot.TicketID(seq), fromMicros(micros(t.Opened))
	_, err = s.record(ctx, tx, bot.AuditEntry{By: t.Channel, Action: bot.ActionTicketOpen, Subject: t.ID, Detail: t.Answer})
	return t, err == nil, err
}

// tickets returns what a selectTicket statement finds.
func (s *Store) tickets(ctx context.Context, query string, limit int) ([]bot.Ticket, error) {
	var out []bot.Ticket
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		t, err := scanTicket(rows)
		out = append(out, t)
		return err
	}, query, max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("store: tickets: %w", s.explain(err))
	}
	return out, nil
}

// Tickets implements bot.Records.
func (s *Store) Tickets(ctx context.Context, limit int) ([]bot.Ticket, error) {
	return s.tickets(ctx, selectTickets, limit)
}

// OpenTickets implements bot.Desk.
func (s *Store) OpenTickets(ctx context.Context, limit int) ([]bot.Ticket, error) {
	return s.tickets(ctx, selectOpenTickets, limit)
}

// ticket reads one ticket.
func ticket(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, id string) (bot.Ticket, error) {
	n, ok := bot.TicketNumber(id)
	if !ok {
		return bot.Ticket{}, bot.ErrNotFound
	}
	return scanTicket(q.QueryRowContext(ctx, selectTicketBySeq, n))
}

// Ticket implements bot.Desk.
func (s *Store) Ticket(ctx context.Context, id string) (bot.Ticket, error) {
	t, err := ticket(ctx, s.reader, id)
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: ticket %s: %w", id, s.explain(err))
	}
	return t, nil
}

// Backlog implements bot.Desk.
func (s *Store) Backlog(ctx context.Context) (open int, oldest time.Time, err error) {
	var opened int64
	if err := s.reader.QueryRowContext(ctx, selectBacklog).Scan(&open, &opened); err != nil {
		return 0, time.Time{}, fmt.Errorf("store: open tickets: %w", s.explain(err))
	}
	return open, fromMicros(opened), nil
}

// Reply implements bot.Desk.
func (s *Store) Reply(ctx context.Context, r bot.PersonalReply) (fresh bool, err error) {
	err = r.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			fresh, err = s.reply(ctx, tx, r)
			return err
		})
	}
	if err != nil {
		return false, fmt.Errorf("store: reply to %s: %w", r.Exchange.Answer.Ticket, err)
	}
	return fresh, nil
}

func (s *Store) reply(ctx context.Context, tx transaction, r bot.PersonalReply) (fresh bool, err error) {
	e := r.Exchange
	var there bool
	if err := tx.QueryRowContext(ctx, existsExchange, e.ID).Scan(&there); err != nil || there {
		return false, err
	}
	t, err := ticket(ctx, tx, e.Answer.Ticket)
	switch {
	case err != nil:
		return false, err
	case !t.IsOpen():
		return false, bot.ErrConflict
	}
	if _, err := s.keep(ctx, tx, e); err != nil {
		return false, err
	}
	if r.Inbound != nil {
		if _, _, err := accept(ctx, tx, *r.Inbound, nil); err != nil {
			return false, err
		}
	}
	if _, err := s.record(ctx, tx, bot.AuditEntry{By: r.By, Action: bot.ActionTicketReply, Subject: t.ID, Detail: e.ID}); err != nil {
		return false, err
	}
	if r.KeepOpen {
		return true, nil
	}
	return true, closeTicket(ctx, tx, t, e.Answered)
}

// closeTicket writes how a ticket stands now that it is closed.
func closeTicket(ctx context.Context, tx transaction, t bot.Ticket, at time.Time) error {
	n, _ := bot.TicketNumber(t.ID)
	_, err := tx.ExecContext(ctx, updateTicketClosed, micros(at), t.Assessment, t.Reason, n)
	return err
}

// CloseTicket implements bot.Desk.
func (s *Store) CloseTicket(ctx context.Context, id string, c bot.Closing) (t bot.Ticket, err error) {
	err = c.Check()
	if err == nil {
		err = s.writeTogether(ctx, func(ctx context.Context, tx transaction) error {
			t, err = s.close(ctx, tx, id, c)
			return err
		})
	}
	if err != nil {
		return bot.Ticket{}, fmt.Errorf("store: close %s: %w", id, err)
	}
	return t, nil
}

func (s *Store) close(ctx context.Context, tx transaction, id string, c bot.Closing) (bot.Ticket, error) {
	t, err := ticket(ctx, tx, id)
	if err != nil {
		return t, err
	}
	t.Assessment, t.Reason = c.Assessment, c.Reason
	if t.IsOpen() {
		t.Closed = fromMicros(micros(s.now()))
	}
	detail := strings.TrimSpace(string(c.Assessment) + " " + c.Reason)
	if _, err := s.record(ctx, tx, bot.AuditEntry{By: c.By, Action: bot.ActionTicketClose, Subject: t.ID, Detail: detail}); err != nil {
		return t, err
	}
	return t, closeTicket(ctx, tx, t, t.Closed)
}
