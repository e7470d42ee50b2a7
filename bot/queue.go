package bot

import (
	"context"
	"fmt"
	"time"
)

// An Inbound 来信 is a message that a channel has taken in: from then on it is
// answered, whatever crashes.
type Inbound struct {
	ID           string // of the answer to come
	Channel      string // the instance, as in slack:team1
	Conversation string // within the channel; its messages are answered in order
	Event        []byte // what the gateway needs to answer it; opaque to the queue
	Received     time.Time
}

// A DeliveryState says how far a message on its way out has come.
type DeliveryState string

// The states of a delivery. It begins as ready, or as fetch if it is never sent; sent,
// unknown and dead are where it ends, though a dead one can be made ready again.
const (
	DeliveryReady   DeliveryState = "ready"   // to be sent, at Next or later
	DeliveryFetch   DeliveryState = "fetch"   // kept until the platform asks for it; never sent
	DeliverySending DeliveryState = "sending" // handed to the platform; what came of it is not known yet
	DeliverySent    DeliveryState = "sent"
	DeliveryUnknown DeliveryState = "unknown" // it may have arrived, so it is not sent again
	DeliveryDead    DeliveryState = "dead"    // the platform refused it for good
)

// A Delivery is one message on its way out.
type Delivery struct {
	ID           string // the idempotency key that the platform is given
	Answer       string // ID of the Inbound that it answers; may be empty
	Channel      string
	Conversation string // within the channel; its deliveries are sent in order
	Message      []byte // address and message as the gateway needs them; opaque to the queue
	State        DeliveryState
	Attempts     int
	Next         time.Time // ready: not before, zero at once; sending: since when it may have arrived
	Ref          string    // what the platform calls the message that was sent
	Error        string    // why the last attempt failed
	Created      time.Time
}

// A Completion is all that comes of one Inbound.
type Completion struct {
	Inbound    string     // ID; empty if nobody asked, as for a notice
	Exchange   *Exchange  // nil if none is to be kept, as for feedback
	Deliveries []Delivery // sent in this order
	Error      string     // why it could not be answered; else empty
}

// A Queue 收发队列 keeps what was taken in until it is answered, and what is to be sent
// until it has arrived. Implementations are safe for concurrent use; each writing
// method is one transaction that survives a crash once it has returned, and else had
// no effect. storetest says this as tests.
type Queue interface {
	// Accept keeps a message together with its keys, each within the channel. If one of
	// the keys has been seen it keeps the other keys as those of the message that came
	// with it, and returns the ID of that one and fresh = false.
	Accept(ctx context.Context, in Inbound, keys []string) (id string, fresh bool, err error)
	// Pending returns the messages that are not completed, oldest first.
	Pending(ctx context.Context) ([]Inbound, error)
	// Complete keeps the exchange with its audit entry, marks the message as answered
	// and adds the deliveries, all in one transaction. ErrConflict if it is completed
	// already: then it does nothing.
	Complete(ctx context.Context, c Completion) error
	// Unsent returns the deliveries that are ready or sending, oldest first.
	Unsent(ctx context.Context) ([]Delivery, error)
	// Update changes the state, attempts, next, ref and error of the delivery with this
	// ID; ErrNotFound if there is none.
	Update(ctx context.Context, d Delivery) error
	// Deliveries returns what was made of one message, in order. completed says
	// whether it has been answered; ErrNotFound if there is no such message in the
	// channel (or no more: see Purge).
	Deliveries(ctx context.Context, channel, inbound string) (out []Delivery, completed bool, err error)
	// Stuck returns the deliveries that are dead or unknown, and as dead ones without a
	// message what could not be answered, newest first, at most limit.
	Stuck(ctx context.Context, limit int) ([]Delivery, error)
	// Purge forgets keys and answered messages from before seen, and what was sent
	// before sent. What is stuck stays.
	Purge(ctx context.Context, seen, sent time.Time) error
}

// Check returns what makes it impossible to keep the message, an ErrInvalid, or nil.
func (in Inbound) Check() error {
	if in.ID == "" || in.Channel == "" || in.Conversation == "" || in.Received.IsZero() {
		return fmt.Errorf("message %q: its ID, channel, conversation or time is missing: %w", in.ID, ErrInvalid)
	}
	for _, s := range []string{in.ID, in.Channel, in.Conversation} {
		if !isText(s) {
			return fmt.Errorf("message %q: %q is not UTF-8 without NUL: %w", in.ID, s, ErrInvalid)
		}
	}
	return nil
}

// Check returns what makes the completion impossible, an ErrInvalid, or nil.
func (c Completion) Check() error {
	if c.Exchange != nil {
		if err := c.Exchange.Check(); err != nil {
			return err
		}
	}
	for _, d := range c.Deliveries {
		if d.ID == "" || d.Channel == "" || d.Conversation == "" || d.State == "" || d.Created.IsZero() {
			return fmt.Errorf("delivery %q: its ID, channel, conversation, state or time is missing: %w", d.ID, ErrInvalid)
		}
		for _, s := range []string{d.ID, d.Channel, d.Conversation, d.Answer, d.Ref, d.Error} {
			if !isText(s) {
				return fmt.Errorf("delivery %q: %q is not UTF-8 without NUL: %w", d.ID, s, ErrInvalid)
			}
		}
	}
	return nil
}
