package bot

import (
	"context"
	"time"
)

// An Exchange is one question with the answer that was given. It is never changed:
// the revision that its citations quote stays readable.
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

// A Ticket 工单 asks a person to take over a conversation.
type Ticket struct {
	ID           string // for people to read out, as in T-000042; set by the Records
	Channel      string
	Conversation string
	User         string
	Answer       string // ID of the Exchange that led to it; may be empty
	Question     string // what the asker wants, in their words
	Opened       time.Time
}

// Records 咨询记录 keep what was asked and answered, and what came of it.
// Implementations are safe for concurrent use; each writing method is one
// transaction that survives a crash once it has returned. storetest says this as tests.
type Records interface {
	// Record keeps an exchange, with its audit entry in the same transaction. Recording
	// one ID again does nothing: the first stays.
	Record(ctx context.Context, e Exchange) error
	// Exchange returns one exchange; ErrNotFound if there is none.
	Exchange(ctx context.Context, id string) (Exchange, error)
	// Conversation returns the last exchanges of a conversation, at most limit, oldest first.
	Conversation(ctx context.Context, channel, conversation string, limit int) ([]Exchange, error)
	// Recent returns the last exchanges of all channels, at most limit, newest first:
	// what a publication must not break.
	Recent(ctx context.Context, limit int) ([]Exchange, error)
	// Rate keeps a user's feedback in place of their earlier one on the same answer;
	// ErrNotFound if there is no such answer.
	Rate(ctx context.Context, f Feedback) error
	// FeedbackOn returns the feedback on an answer, oldest first, withdrawn votes included.
	FeedbackOn(ctx context.Context, answer string) ([]Feedback, error)
	// OpenTicket opens a ticket and returns it with its ID. A conversation that has led
	// to one from the same answer gets that one: pressing a button twice is one request.
	OpenTicket(ctx context.Context, t Ticket) (ticket Ticket, opened bool, err error)
	// Tickets returns the last tickets, at most limit, newest first.
	Tickets(ctx context.Context, limit int) ([]Ticket, error)
}
