package adapters

import (
	"errors"
	"fmt"
	"time"
)

// A Class says whether a message that could not be sent may be sent again.
type Class int

// The classes of errors of Platform.Send.
const (
	// ClassUnknown: it may have arrived. It is sent again only if the platform is
	// idempotent or a Finder that does not find it. Any error that is no *SendError.
	ClassUnknown Class = iota
	// ClassUnsent: it has certainly not arrived (no connection, the platform refused it
	// for now). It is sent again after a while, or after After.
	ClassUnsent
	// ClassPermanent: the platform will never take it.
	ClassPermanent
)

// A SendError says what became of a message that was not sent.
type SendError struct {
	Class Class
	After time.Duration // of ClassUnsent: how long the platform wants us to wait; zero if it does not say
	Hint  string        // of ClassPermanent: what an admin can do about it; may be empty
	Err   error         // never holds a secret
}

// Error implements error.
func (e *SendError) Error() string {
	s := map[Class]string{ClassUnknown: "it may have arrived", ClassUnsent: "not sent", ClassPermanent: "refused for good"}[e.Class]
	if e.After > 0 {
		s += fmt.Sprintf(", again after %s", e.After)
	}
	s += ": " + e.Err.Error()
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Unsent returns a *SendError for a message that has certainly not arrived.
func Unsent(err error) error { return &SendError{Class: ClassUnsent, Err: err} }

// RetryAfter returns a *SendError for a message that the platform does not take before
// a time has passed: its 429.
func RetryAfter(after time.Duration, err error) error {
	return &SendError{Class: ClassUnsent, After: after, Err: err}
}

// Permanent returns a *SendError for a message that the platform will never take. hint
// says what an admin can do about it.
func Permanent(err error, hint string) error {
	return &SendError{Class: ClassPermanent, Hint: hint, Err: err}
}

// Ambiguous returns a *SendError for a message that may have arrived.
func Ambiguous(err error) error { return &SendError{Class: ClassUnknown, Err: err} }

// classify returns err as a *SendError.
func classify(err error) *SendError {
	var e *SendError
	if errors.As(err, &e) {
		return e
	}
	return &SendError{Class: ClassUnknown, Err: err}
}
