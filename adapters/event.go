package adapters

import (
	"context"
	"time"
)

// Kind says what somebody did.
type Kind string

// The kinds of events. A platform drops what is none of these.
const (
	KindText        Kind = "text"        // asked something
	KindUp          Kind = "up"          // 👍
	KindDown        Kind = "down"        // 👎
	KindWithdrawn   Kind = "withdrawn"   // took their vote back
	KindHuman       Kind = "human"       // 转人工: wants a person
	KindWelcome     Kind = "welcome"     // opened the chat
	KindReset       Kind = "reset"       // wants to begin anew
	KindUnsupported Kind = "unsupported" // sent a picture, a voice message, a file

	kindReply  Kind = "reply"  // a person answered a ticket: Text is what they say, Answer the ticket, the key the exchange
	kindNotice Kind = "notice" // nobody did anything: the text is to be sent as it is; see Gateway.Notify
)

// An Event is something that somebody did, as a platform has parsed it after
// verifying that it comes from the platform. Everything in it is data: it was typed
// by strangers.
type Event struct {
	Kind Kind `json:"kind"`
	// Keys tell whether the event has been seen: any key that was seen within 48 hours
	// makes it a duplicate. At least one. The Gateway scopes them by channel instance.
	// Never the ID of a thread.
	Keys []string `json:"keys"`
	// Conversation is what stays in order and has a history: a chat between two, or in a
	// group the group with the user, so that two colleagues do not wait for each other.
	Conversation string `json:"conversation"`
	User         string `json:"user,omitempty"` // as the platform identifies them
	Name         string `json:"name,omitempty"` // as they call themselves
	Text         string `json:"text,omitempty"` // without the mention of the bot
	// Answer is the ID of the answer that a vote or a wish for a person is about.
	Answer string    `json:"answer,omitempty"`
	Reason string    `json:"reason,omitempty"` // of a vote, in their words
	At     time.Time `json:"at"`               // when it happened, as far as is known
	To     Address   `json:"to"`               // where the reply goes
	// PullFor: the platform asks for the reply itself, with Inbox.Progress or Wait, and
	// says Inbox.Delivered once it has handed it out. If it has not done so after
	// PullFor the Gateway sends the reply; if PullFor is PullOnly it never does.
	PullFor time.Duration `json:"pull_for,omitempty"`
}

// PullOnly as Event.PullFor: the reply is never sent, only fetched.
const PullOnly time.Duration = -1

// An Address is where a reply goes. It is kept with the message, so that replies
// survive a restart.
type Address struct {
	Conversation string    `json:"conversation,omitempty"` // as the platform calls the chat
	Thread       string    `json:"thread,omitempty"`
	User         string    `json:"user,omitempty"`
	Message      string    `json:"message,omitempty"` // the one that is replied to
	URL          string    `json:"url,omitempty"`     // a reply URL; a secret, never logged
	Token        string    `json:"token,omitempty"`   // what else replying needs; a secret, never logged
	Expires      time.Time `json:"expires,omitzero"`  // after which URL and Token are of no use; zero: never
	// Format and Limit are what this receiver asked for, where the platform lets them:
	// a name that only the platform reads, and a bound below Caps.Limit.
	Format string `json:"format,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// Verdict says what became of an event.
type Verdict string

// The verdicts.
const (
	Accepted  Verdict = "accepted"  // kept; it will be answered even after a crash
	Duplicate Verdict = "duplicate" // seen before; answer the platform as the first time
	Busy      Verdict = "busy"      // not kept: too much is waiting. Answer Caps.BusyStatus
)

// A Receipt is the Gateway's word on an event.
type Receipt struct {
	Verdict Verdict
	// Answer is the ID of the answer to come; for a duplicate that of the first time.
	// Empty if Busy.
	Answer string
}

// An Inbox takes in what a platform has verified and parsed. It belongs to one
// Platform and is safe for concurrent use.
type Inbox interface {
	// Accept keeps an event for good and returns; it does not wait for the answer.
	// Answer the platform with 2xx only after it. On an error nothing was kept: answer
	// 500, so that the platform delivers again.
	Accept(ctx context.Context, ev Event) (Receipt, error)
	// Progress returns at once how far the answer with this ID is; bot.ErrNotFound if
	// this channel has none.
	Progress(ctx context.Context, answer string) (Progress, error)
	// Wait is Progress that waits until the answer is finished or ctx is done; that is
	// no error but an unfinished Progress.
	Wait(ctx context.Context, answer string) (Progress, error)
	// Delivered says that the finished answer has been handed out, so that it need not
	// be sent (see Event.PullFor). A second time does nothing.
	Delivered(ctx context.Context, answer string) error
}

// Progress is how far an answer is.
type Progress struct {
	Finished bool
	// Parts are the messages of the finished answer, split to Caps.Limit. Empty if there
	// is nothing to say, as after a vote.
	Parts []Outbound
	// Pushed: Event.PullFor is over, so the Gateway sends the answer itself, or has sent
	// it. Do not hand it out.
	Pushed bool
}
