package bot

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// A PanicError is a panic that was caught: a bug, of which the one question that found
// it suffers and nobody else.
type PanicError struct {
	Value any    // what the panic was called with
	Stack []byte // where it was, as debug.Stack prints it
}

// Error implements error, in one line and without the stack: see Stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Recover, deferred, turns a panic of the function into its error, a *PanicError.
func Recover(err *error) {
	if p := recover(); p != nil {
		caught, again := p.(*PanicError)
		if !again { // else of a goroutine that it was caught in
			caught = &PanicError{p, debug.Stack()}
		}
		*err = caught
	}
}

// Stack returns where the panic was that err comes of, for a log; the zero Attr, which
// logs leave out, if it comes of none.
func Stack(err error) slog.Attr {
	var p *PanicError
	if errors.As(err, &p) {
		return slog.String("stack", string(p.Stack))
	}
	return slog.Attr{}
}
