package bot

import (
	"context"
	"fmt"
	"time"
)

// An Exchange is one question with the answer that was given. It is never changed:
// the revision that its citations quote stays readable. One without a question marks
// where a conversation begins anew.
type Exchange struct {
	ID           string // of the answer: URL-safe, not to be guessed
	Channel      string // the instance it came through, as in web, terminal or slack:team1
	Conversation string // within the channel
	User         string // within the channel, as the platform names them; may be empty
	Question     string // as it was typed
	Answer       Answer
	Asked        time.Time
	Answered     time.Time
}

// A Vote says whether an answer helped.
type Vote string

// The votes. A vote can be changed and withdrawn.
const (
	VoteUp   Vote = "up"
	VoteDown Vote = "down"
	VoteNone Vote = "none" // withdrawn
)

// Feedback 评价 is what one user thinks of one answer; the last one counts.
type Feedback struct {
	Answer string // ID of the Exchange
	User   string // within the channel of the Exchange
	Vote   Vote
	Reason string // in their words; may be empty
	At     time.Time
}

// Records 咨询记录 keep what was asked and answered, and what came of it.
// Implementations are safe for concurrent use; each writing method is one
// transaction that survives a crash once it has returned. storetest says this as tests.
type Records interface {
	// Keep keeps an exchange, with its audit entry in the same transaction, and returns
	// it as Exchange would. Keeping one ID again does nothing: the first stays, and is
	// returned. ErrInvalid if Check says so.
	Keep(ctx context.Context, e Exchange) (Exchange, error)
	// Exchange returns one exchange; ErrNotFound if there is none.
	Exchange(ctx context.Context, id string) (Exchange, error)
	// Conversation returns the last exchanges of a conversation, at most limit, oldest
	// first, marks of a new beginning included.
	Conversation(ctx context.Context, channel, conversation string, limit int) ([]Exchange, error)
	// Recent returns the last exchanges of all channels, at most limit, newest first:
	// what a publication must not break. Marks of a new beginning are left out.
	Recent(ctx context.Context, limit int) ([]Exchange, error)
	// Rate keeps a user's feedback in place of their earlier one on the same answer;
	// ErrNotFound if there is no such answer, ErrInvalid if it is no vote.
	Rate(ctx context.Context, f Feedback) error
	// FeedbackOn returns the feedback on an answer, oldest first, withdrawn votes included.
	FeedbackOn(ctx context.Context, answer string) ([]Feedback, error)
	// OpenTicket opens a ticket and returns it with its ID. A conversation that has led
	// to one from the same answer gets that one: pressing a button twice is one request.
	// ErrNotFound if there is no such answer.
	OpenTicket(ctx context.Context, t Ticket) (ticket Ticket, opened bool, err error)
	// Tickets returns the last tickets, at most limit, newest first.
	Tickets(ctx context.Context, limit int) ([]Ticket, error)
}

// Check returns what makes it impossible to keep the exchange, an ErrInvalid, or nil.
// All implementations of Records call it first.
func (e Exchange) Check() error {
	if e.ID == "" || e.Channel == "" || e.Conversation == "" {
		return fmt.Errorf("exchange %q: its ID, channel or conversation is missing: %w", e.ID, ErrInvalid)
	}
	for _, s := range []string{e.ID, e.Channel, e.Conversation, e.User, e.Question, e.Answer.Text} {
		if !isText(s) {
			return fmt.Errorf("exchange %q: %q is not UTF-8 without NUL: %w", e.ID, s, ErrInvalid)
		}
	}
	return nil
}

// Check returns what makes it impossible to keep the feedback, an ErrInvalid, or nil.
func (f Feedback) Check() error {
	switch {
	case f.Vote != VoteUp && f.Vote != VoteDown && f.Vote != VoteNone:
		return fmt.Errorf("feedback on %q: %q is no vote: %w", f.Answer, f.Vote, ErrInvalid)
	case !isText(f.Answer) || !isText(f.User) || !isText(f.Reason):
		return fmt.Errorf("feedback on %q: not UTF-8 without NUL: %w", f.Answer, ErrInvalid)
	}
	return nil
}

// ActionAnswer is the action of the audit entry of an exchange: only Records write it.
// Its Subject is the ID of the answer, its Detail the hash of what was kept.
const ActionAnswer = "answer"
