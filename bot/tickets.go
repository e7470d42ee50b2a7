package bot

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A Ticket 工单 asks a person to take over a conversation. It is open until it is closed.
type Ticket struct {
	ID           string // for people to read out, as in T-000042; set by the Records
	Channel      string
	Conversation string
	User         string
	Answer       string // ID of the Exchange that led to it; may be empty
	Question     string // what the asker wants, in their words
	// Address is where the channel reaches the asker, as its gateway needs it; opaque. Empty:
	// nothing can be sent there, the asker sees a reply when they come back.
	Address    []byte
	Opened     time.Time
	Closed     time.Time  // zero: it is open
	Assessment Assessment // 评估, by whoever closed it; empty: none was made
	Reason     string     // of the assessment, in their words; may be empty
}

// IsOpen reports whether somebody still has to answer.
func (t Ticket) IsOpen() bool { return t.Closed.IsZero() }

// An Assessment 评估 says what came of a ticket.
type Assessment string

// The assessments. One can be changed; the last one counts.
const (
	Solved   Assessment = "solved"
	Unsolved Assessment = "unsolved"
)

// A PersonalReply 人工答复 is what a person answers to a ticket: the words of somebody, not
// a quote of a policy, so it has no citations.
type PersonalReply struct {
	// Exchange is the reply as the conversation keeps it, with the outcome Replied; see
	// NewReply. Its ID makes sending it again harmless.
	Exchange Exchange
	By       string   // who answers
	Inbound  *Inbound // has a gateway send it; nil if the asker comes for it
	KeepOpen bool     // the ticket stays open; else the reply closes it
}

// MaxReply bounds a reply, in bytes: what a message of any channel can hold in some parts.
const MaxReply = 8 << 10

// NewReply returns a reply to a ticket. id is that of the exchange: see NewID. ErrInvalid
// if the text is empty, too long or no text.
func NewReply(t Ticket, id, text, by string, now time.Time) (PersonalReply, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return PersonalReply{}, fmt.Errorf("reply to %s: it is empty: %w", t.ID, ErrInvalid)
	case len(text) > MaxReply:
		return PersonalReply{}, fmt.Errorf("reply to %s: it has %d bytes, more than %d: shorten it: %w", t.ID, len(text), MaxReply, ErrInvalid)
	}
	now = now.UTC()
	question := t.Question
	if question == "" {
		question = t.ID
	}
	r := PersonalReply{By: by, Exchange: Exchange{
		ID: id, Channel: t.Channel, Conversation: t.Conversation, User: t.User, Question: question, Asked: now, Answered: now,
		Answer: Answer{ID: id, Outcome: Replied, Text: text, Ticket: t.ID, Bureaus: []ResponsibleBureau{}, Citations: []Citation{}, Suggestions: []string{}},
	}}
	return r, r.Check()
}

// A Desk 工单台 is where persons answer what was handed over. Implementations are safe for
// concurrent use; each writing method is one transaction, with its audit entry, that
// survives a crash once it has returned. storetest says this as tests.
type Desk interface {
	// Ticket returns one ticket as it stands; ErrNotFound if there is none.
	Ticket(ctx context.Context, id string) (Ticket, error)
	// OpenTickets returns those that are open, at most limit, oldest first.
	OpenTickets(ctx context.Context, limit int) ([]Ticket, error)
	// Backlog returns how many are open, and when the oldest of them was opened.
	Backlog(ctx context.Context) (open int, oldest time.Time, err error)
	// Reply keeps a reply, gives it to the queue, and closes the ticket unless it shall
	// stay open. The same exchange again does nothing: fresh is false. ErrNotFound if there
	// is no such ticket, ErrConflict if it is closed, ErrInvalid if Check says so.
	Reply(ctx context.Context, r PersonalReply) (fresh bool, err error)
	// CloseTicket closes a ticket, or changes the assessment of one that is closed, and
	// returns it. ErrNotFound, ErrInvalid as with Reply.
	CloseTicket(ctx context.Context, id string, c Closing) (Ticket, error)
}

// A Closing 办结 says why a ticket is closed.
type Closing struct {
	Assessment Assessment
	By, Reason string
}

// Check returns what makes it impossible to keep the reply, an ErrInvalid, or nil.
func (r PersonalReply) Check() error {
	if err := CheckActor(r.By, ""); err != nil {
		return err
	}
	if a := r.Exchange.Answer; a.Outcome != Replied || a.Ticket == "" || len(a.Citations) > 0 || len(a.Bureaus) > 0 {
		return fmt.Errorf("reply %q: it is no person's answer to a ticket: %w", r.Exchange.ID, ErrInvalid)
	}
	if r.Inbound != nil {
		if r.Inbound.ID != r.Exchange.ID {
			return fmt.Errorf("reply %q: it is sent as %q: %w", r.Exchange.ID, r.Inbound.ID, ErrInvalid)
		}
		if err := r.Inbound.Check(); err != nil {
			return err
		}
	}
	return r.Exchange.Check()
}

// Check returns what makes it impossible to close a ticket so, an ErrInvalid, or nil.
func (c Closing) Check() error {
	if c.Assessment != Solved && c.Assessment != Unsolved {
		return fmt.Errorf("close a ticket: %q is no assessment, only %s and %s: %w", c.Assessment, Solved, Unsolved, ErrInvalid)
	}
	return CheckActor(c.By, c.Reason)
}

// Check returns what makes it impossible to open the ticket, an ErrInvalid, or nil.
func (t Ticket) Check() error {
	if t.Channel == "" || t.Conversation == "" {
		return fmt.Errorf("ticket: its channel or conversation is missing: %w", ErrInvalid)
	}
	for _, s := range []string{t.Channel, t.Conversation, t.User, t.Answer, t.Question} {
		if !isText(s) {
			return fmt.Errorf("ticket: %q is not UTF-8 without NUL: %w", s, ErrInvalid)
		}
	}
	return nil
}

// TicketID returns the ID of the nth ticket, as in T-000042.
func TicketID(n int64) string { return fmt.Sprintf("T-%06d", n) }

// TicketNumber is the inverse of TicketID, for what people type: ok is false for what is
// no ID.
func TicketNumber(id string) (n int64, ok bool) {
	_, err := fmt.Sscanf(strings.ToUpper(strings.TrimSpace(id)), "T-%d", &n)
	return n, err == nil && n > 0 && TicketID(n) == strings.ToUpper(strings.TrimSpace(id))
}

// The actions of the audit entries of tickets: only a Desk writes them, and Records
// ActionTicketOpen. Their Subject is the ID of the ticket; the Detail of a reply is the ID
// of the exchange, that of a closing its assessment and reason.
const (
	ActionTicketOpen  = "ticket.open"
	ActionTicketReply = "ticket.reply"
	ActionTicketClose = "ticket.close"
)
