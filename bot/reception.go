package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
)

// An Asker answers one question without knowing who asks; a *Bot is one.
type Asker interface {
	Ask(ctx context.Context, q Question) (Answer, error)
}

// An Inquiry is a question with who asks it and where.
type Inquiry struct {
	ID           string // of the answer to come: URL-safe, not to be guessed; see NewID
	Channel      string // the instance, as in web, terminal or slack:team1
	Conversation string // within the channel
	User         string // within the channel; may be empty
	Question     string
	// Shown are the IDs of the answers that the asker sees, oldest first: what a follow-up
	// follows. Two windows on one conversation show different ones. nil: all of it.
	Shown []string
}

// A Reply is what comes of an Inquiry.
type Reply struct {
	Exchange
	Ticket *Ticket // if a person takes over, else nil
}

// How far back a follow-up such as 那上市呢? can point.
const (
	historyLength = 5 // questions
	historyAge    = 2 * time.Hour
)

// A Reception 咨询台 holds conversations: it gives the bot the earlier questions of
// the same conversation, keeps what was asked and answered, and opens a ticket when a
// person takes over. It is safe for concurrent use.
type Reception struct {
	asker   Asker
	records Records
	now     func() time.Time
}

// NewReception returns a Reception.
func NewReception(a Asker, r Records) *Reception {
	return &Reception{asker: a, records: r, now: time.Now}
}

// NewID returns an ID for an answer: 26 letters and digits that nobody can guess.
func NewID() string { return rand.Text() }

// Ask answers an inquiry and keeps the exchange. The same ID again returns what was
// kept the first time, without answering anew; ErrConflict if that was another
// question, or somebody else's.
func (r *Reception) Ask(ctx context.Context, in Inquiry) (Reply, error) {
	e, kept, err := r.Answer(ctx, in)
	if err != nil {
		return Reply{}, err
	}
	if !kept {
		// Another request with this ID may have been first.
		if e, err = r.records.Keep(ctx, e); err != nil {
			return Reply{}, fmt.Errorf("keep the answer %s: %w", in.ID, err)
		}
	}
	reply := Reply{Exchange: e}
	if e.Answer.Outcome == HandedOver {
		t, _, err := r.HandOver(ctx, Ticket{Channel: e.Channel, Conversation: e.Conversation, User: e.User, Answer: e.ID})
		if err != nil {
			return Reply{}, err
		}
		reply.Ticket = &t
	}
	return reply, nil
}

// Answer answers an inquiry without keeping the exchange: for who keeps it together
// with something else. kept reports that it was kept before and is returned as it is;
// ErrConflict as with Ask.
func (r *Reception) Answer(ctx context.Context, in Inquiry) (e Exchange, kept bool, err error) {
	e = Exchange{ID: in.ID, Channel: in.Channel, Conversation: in.Conversation, User: in.User, Question: in.Question, Asked: r.now().UTC()}
	if err := e.Check(); err != nil {
		return Exchange{}, false, err
	}
	switch old, err := r.records.Exchange(ctx, in.ID); {
	case err == nil && (old.Channel != in.Channel || old.Conversation != in.Conversation || old.User != in.User || old.Question != in.Question):
		return Exchange{}, false, fmt.Errorf("answer %s is to another question: use a new ID for each question: %w", in.ID, ErrConflict)
	case err == nil:
		return old, true, nil
	case !errors.Is(err, ErrNotFound):
		return Exchange{}, false, fmt.Errorf("look for the answer %s: %w", in.ID, err)
	}
	history, err := r.history(ctx, in)
	if err != nil {
		return Exchange{}, false, err
	}
	if e.Answer, err = r.asker.Ask(ctx, Question{ID: in.ID, Text: in.Question, History: history}); err != nil {
		return Exchange{}, false, fmt.Errorf("answer %s: %w", in.ID, err)
	}
	e.Answered = r.now().UTC()
	return e, false, nil
}

// Keep keeps an exchange that Answer has made.
func (r *Reception) Keep(ctx context.Context, e Exchange) error {
	if _, err := r.records.Keep(ctx, e); err != nil {
		return fmt.Errorf("keep the answer %s: %w", e.ID, err)
	}
	return nil
}

// Knows reports whether anything was asked in a conversation.
func (r *Reception) Knows(ctx context.Context, channel, conversation string) (bool, error) {
	earlier, err := r.records.Conversation(ctx, channel, conversation, 1)
	if err != nil {
		return false, fmt.Errorf("read the conversation: %w", err)
	}
	return len(earlier) > 0, nil
}

// history returns the questions that a follow-up can point back to, oldest first.
func (r *Reception) history(ctx context.Context, in Inquiry) ([]string, error) {
	earlier, err := r.earlier(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("read the conversation: %w", err)
	}
	var out []string
	for _, e := range earlier {
		switch {
		case e.Question == "":
			out = nil // it began anew
		case e.Answer.Outcome == Replied: // a person spoke, nothing was asked
		case r.now().Sub(e.Asked) <= historyAge:
			out = append(out, e.Question)
		}
	}
	return out, nil
}

// earlier returns the last exchanges that an inquiry may follow, oldest first. Of those
// that are said to be shown only what is of this conversation counts.
func (r *Reception) earlier(ctx context.Context, in Inquiry) ([]Exchange, error) {
	if in.Shown == nil {
		return r.records.Conversation(ctx, in.Channel, in.Conversation, historyLength)
	}
	var out []Exchange
	for _, id := range in.Shown[max(0, len(in.Shown)-historyLength):] {
		switch e, err := r.records.Exchange(ctx, id); {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return nil, err
		case e.Channel == in.Channel && e.Conversation == in.Conversation:
			out = append(out, e)
		}
	}
	return out, nil
}

// Rate 评价 keeps what a user of a channel thinks of an answer; ErrNotFound if that
// channel gave no such answer. In a group anybody may rate it.
func (r *Reception) Rate(ctx context.Context, channel string, f Feedback) error {
	e, err := r.records.Exchange(ctx, f.Answer)
	if err == nil && e.Channel != channel {
		err = ErrNotFound
	}
	if err == nil {
		if f.At.IsZero() {
			f.At = r.now().UTC()
		}
		err = r.records.Rate(ctx, f)
	}
	if err != nil {
		return fmt.Errorf("rate answer %s: %w", f.Answer, err)
	}
	return nil
}

// HandOver 转人工 opens a ticket. If it names an answer but no question it is about
// the question of that answer, or if that only asks for a person, about the one before as
// well; ErrNotFound if its channel gave no such answer. See
// Records.OpenTicket for what opened says.
func (r *Reception) HandOver(ctx context.Context, t Ticket) (ticket Ticket, opened bool, err error) {
	if t.Answer != "" {
		e, err := r.records.Exchange(ctx, t.Answer)
		if err == nil && e.Channel != t.Channel {
			err = ErrNotFound
		}
		if err != nil {
			return Ticket{}, false, fmt.Errorf("hand over answer %s: %w", t.Answer, err)
		}
		if t.Question == "" {
			if t.Question, err = r.wish(ctx, e); err != nil {
				return Ticket{}, false, err
			}
		}
	}
	if t.Opened.IsZero() {
		t.Opened = r.now().UTC()
	}
	ticket, opened, err = r.records.OpenTicket(ctx, t)
	if err != nil {
		return Ticket{}, false, fmt.Errorf("open a ticket: %w", err)
	}
	return ticket, opened, nil
}

// wish returns what somebody wants who is handed over with an exchange: who says 转人工
// wants it for what they asked before.
func (r *Reception) wish(ctx context.Context, e Exchange) (string, error) {
	if e.Answer.Outcome != HandedOver {
		return e.Question, nil
	}
	all, err := r.records.Conversation(ctx, e.Channel, e.Conversation, historyLength+1)
	if err != nil {
		return "", fmt.Errorf("read the conversation: %w", err)
	}
	if i := slices.IndexFunc(all, func(x Exchange) bool { return x.ID == e.ID }); i >= 0 {
		all = all[:i] // what was asked since is another matter
	}
	before := ""
	for _, earlier := range all {
		switch {
		case earlier.Question == "" || e.Asked.Sub(earlier.Asked) > historyAge:
			before = "" // it began anew
		case earlier.Answer.Outcome == Answered || earlier.Answer.Outcome == NoBasis || earlier.Answer.Outcome == Clarify:
			before = earlier.Question + "\n"
		}
	}
	return before + e.Question, nil
}

// repliesRead bounds how far back in a conversation replies are looked for, in exchanges.
const repliesRead = 20

// Replies returns what persons have lately answered to the tickets of a conversation,
// oldest first.
func (r *Reception) Replies(ctx context.Context, channel, conversation string) ([]Exchange, error) {
	all, err := r.records.Conversation(ctx, channel, conversation, repliesRead)
	if err != nil {
		return nil, fmt.Errorf("read the replies: %w", err)
	}
	return slices.DeleteFunc(all, func(e Exchange) bool { return e.Answer.Outcome != Replied }), nil
}

// Restart begins a conversation anew: later questions do not follow earlier ones.
func (r *Reception) Restart(ctx context.Context, channel, conversation string) error {
	now := r.now().UTC()
	e := Exchange{ID: NewID(), Channel: channel, Conversation: conversation, Answer: Answer{Outcome: SmallTalk}, Asked: now, Answered: now}
	if _, err := r.records.Keep(ctx, e); err != nil {
		return fmt.Errorf("begin the conversation anew: %w", err)
	}
	return nil
}
