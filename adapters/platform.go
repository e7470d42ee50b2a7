package adapters

import (
	"context"
	"net/http"
	"time"
)

// A Platform is one instance of a chat platform, such as one Slack workspace. It
// verifies and parses what comes in, and formats and sends what goes out; when to do so
// is the Gateway's business. Implementations are safe for concurrent use and pass
// adaptertest.Run. What only some platforms can do are Updater, Confirmer and Finder.
type Platform interface {
	// ID is the name of the instance: kind:name, as in slack:team1. It never changes,
	// for it scopes dedupe keys, conversations and records.
	ID() string
	// Caps says what the platform can take. It is constant.
	Caps() Caps
	// Routes returns what is to be mounted for messages that come in by HTTP; none for a
	// platform that only sends. The handlers hand what they have verified and parsed to
	// in. Paths begin with /ch/ and the kind, as in /ch/slack/team1/events.
	Routes(in Inbox) []Route
	// Send formats and sends one message and waits for the platform to take it. An error
	// is a *SendError that says whether it may be sent again; any other error means that
	// nobody knows whether it arrived.
	Send(ctx context.Context, to Address, m Outbound) (MessageRef, error)
}

// A Route is an HTTP handler and where it belongs.
type Route struct {
	Method  string // as in GET
	Path    string // as in /ch/slack/team1/events; no wildcards
	Handler http.Handler
}

// Caps say what a platform can take.
type Caps struct {
	// Limit bounds one message, in the unit of Measure. Zero: no bound.
	Limit int
	// Measure returns the length of a message as the platform counts it after
	// formatting: its bytes, its runes. nil: the bytes of PlainText. See Bytes, Runes.
	Measure func(Outbound) int
	// MaxParts bounds into how many messages one answer is split; what does not fit is
	// left out with a link to the whole. Zero: 5.
	MaxParts int
	// Buttons: the platform shows Outbound.Buttons. Without it the text says which words
	// to reply with.
	Buttons bool
	// IdempotentFor is how long after the first Send others with the same Outbound.Key
	// show nothing new; zero: the platform does not know messages again. Only until then
	// is a message sent again of which nobody knows whether it arrived.
	IdempotentFor time.Duration
	// BusyStatus is what the routes answer when the queue is full: 503 for a platform
	// that delivers again later, which the Gateway asks the user to wait for, 429 for a
	// system that backs off, 200 for a platform whose response itself asks for patience.
	BusyStatus int
	// PerConversation and PerApp bound how often messages may be sent.
	PerConversation, PerApp Rate
	// Attempts bounds how often one message is tried; Backoff is the wait after the nth
	// failure unless the platform names one. Zero and nil: 20 and 0.5 s · 2ⁿ up to 30 s.
	Attempts int
	Backoff  func(failures int) time.Duration
}

// A Rate is a number of messages per time. The zero Rate is no limit.
type Rate struct {
	Messages int
	Per      time.Duration
	Burst    int // at once; zero: 1
}

// A MessageRef is what a platform calls a message that it has shown, in a form that
// only this platform reads. It may be empty.
type MessageRef string

// An Updater is a Platform that can change a message which it has shown.
type Updater interface {
	// Update puts m in the place of the message. Errors are as with Send.
	Update(ctx context.Context, to Address, ref MessageRef, m Outbound) error
}

// A Confirmer is a Platform that can show somebody who pressed a button that it was
// taken in, without a new message and without knowing the old one.
type Confirmer interface {
	// Confirm shows say, as in 已反馈, at the button of ev. Errors are as with Send.
	Confirm(ctx context.Context, ev Event, say string) error
}

// A SelfTester is a Platform that can test itself without a network, before anybody
// configures the other side.
type SelfTester interface {
	// SelfTest checks the cryptography against published vectors, and the configured
	// secrets by signing a message as the platform would and reading it back.
	SelfTest() error
}

// A Finder is a Platform without idempotency that can tell whether a message has
// arrived, so that one whose fate is unknown can be sent again if it has not.
type Finder interface {
	// Find looks for the message with this Outbound.Key. Errors are as with Send; a
	// ClassPermanent one says that it can never be found out.
	Find(ctx context.Context, to Address, key string) (ref MessageRef, found bool, err error)
}
