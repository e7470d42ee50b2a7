// Package adaptertest is the suite that every adapters.Platform passes.
//
// To add a platform, describe in a Harness how the real one speaks, and call Run from
// its test.
package adaptertest

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// A Harness says how a platform speaks, so that the suite can play its part.
type Harness struct {
	// Open returns the platform as it is configured for real, but that api is the base
	// URL of everything it calls.
	Open func(t *testing.T, api string) adapters.Platform
	// Secrets are the secrets that Open configures. They may appear in no log, error or
	// response.
	Secrets []string

	In  *In  // nil for a platform that only sends
	Out *Out // nil for a platform that is only asked for answers
}

// In is how questions come in.
type In struct {
	// Text returns the request by which the platform delivers the nth message: the same
	// n is the same message, delivered again. It is signed at the present time.
	Text func(t *testing.T, n int, text string) *http.Request
	// Forge returns requests made from Text's that nobody but an attacker sends, by what
	// is wrong with them: each bit of signature, timestamp, nonce and body matters.
	Forge func(t *testing.T) map[string]*http.Request
	// Answer returns what an accepted message is answered with apart from what may
	// differ each time (a nonce, a signature). nil: all of the body.
	Answer func(t *testing.T, status int, body []byte) string
}

// Out is how answers go out.
type Out struct {
	To adapters.Address // somebody who can be written to; {api} in URL is replaced
	// Serve answers one API call of the platform: a token, or a message taken or not.
	Serve func(w http.ResponseWriter, r *http.Request, how Mood)
	// Shown returns what the user sees of a message that Serve was given the body of,
	// and whether it was a message at all (and not a call for a token).
	Shown func(t *testing.T, r *http.Request, body []byte) (text string, ok bool)
	// Limit returns nil if a user sees the whole of the message; it counts by itself,
	// as the platform does, and does not use the platform's code.
	Limit func(r *http.Request, body []byte) error
	// Asks reports whether a call only asks for something, a token or what was sent, and
	// sends nothing; nil: none does.
	Asks func(r *http.Request) bool
	// Known returns what the platform knows a message again by, and for how long it does;
	// nil if Caps do not say that it does.
	Known func(r *http.Request, body []byte) (key string, known time.Duration)
	// After is what Throttled asks to wait for, in seconds; 0 if it cannot say.
	After int
	// LosesURLs: the platform shows no addresses, as on the telephone.
	LosesURLs bool
}

// A Mood is how the platform's API answers.
type Mood int

// The moods of an API.
const (
	Willing   Mood = iota // takes the message
	Throttled             // asks to come again later
	Refusing              // refuses for good, as to a user who does not exist
)

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	t.Run("Caps", h.caps)
	if h.In != nil {
		for name, test := range map[string]func(*testing.T){
			"ValidIsAccepted": h.valid, "Redelivered": h.redelivered, "Forged": h.forged, "TooLarge": h.tooLarge,
			"Garbage": h.garbage, "Replayed": h.replayed, "QueueFull": h.queueFull, "StoreFails": h.storeFails, "HostileText": h.hostileText,
		} {
			t.Run(name, test)
		}
	}
	if h.Out != nil {
		for name, test := range map[string]func(*testing.T){
			"Shown": h.shown, "LongIsSplit": h.longIsSplit, "Throttled": h.throttled, "Refused": h.refused,
			"Unreachable": h.unreachable, "Silent": h.silent, "Redirect": h.redirect, "HostileMessage": h.hostileMessage,
			"KnownAgain": h.known, "WithoutEnd": h.withoutEnd, "GarbledAPI": h.garbledAPI,
		} {
			t.Run(name, test)
		}
	}
}

func (h Harness) caps(t *testing.T) {
	p := h.Open(t, "http://127.0.0.1:1")
	c := p.Caps()
	if c.BusyStatus != 200 && c.BusyStatus != 429 && c.BusyStatus != 503 && h.In != nil {
		t.Errorf("BusyStatus %d is none of 200, 429, 503", c.BusyStatus)
	}
	if c.Attempts < 0 || c.IdempotentFor < 0 {
		t.Errorf("Attempts %d, IdempotentFor %s", c.Attempts, c.IdempotentFor)
	}
	for _, r := range p.Routes(&inbox{}) {
		if r.Method == "" || r.Handler == nil || len(r.Path) < 5 || r.Path[:4] != "/ch/" {
			t.Errorf("route %+v", r)
		}
	}
	if h.In == nil && len(p.Routes(&inbox{})) > 0 {
		t.Error("there are routes but no Harness.In")
	}
}

// call gives the platform a request and returns what it answers.
func call(p http.Handler, r *http.Request) (status int, body []byte) {
	w := &recorder{header: http.Header{}}
	p.ServeHTTP(w, r)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.status, w.body
}

// A recorder is a ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(s int) {
	if r.status == 0 {
		r.status = s
	}
}
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, b...)
	return len(b), nil
}

// open returns the platform with an inbox and its routes.
func (h Harness) open(t *testing.T) (*inbox, http.Handler) {
	t.Helper()
	in := &inbox{}
	return in, Handler(h.Open(t, "http://127.0.0.1:1").Routes(in))
}

// send gives the platform a message to send to an API in a mood.
func (h Harness) send(t *testing.T, ctx context.Context, a *api, messages ...adapters.Outbound) error {
	t.Helper()
	p := h.Open(t, a.URL)
	for _, m := range messages {
		m.Attempt = max(m.Attempt, 1)
		if _, err := p.Send(ctx, a.address(h.Out.To), m); err != nil {
			return err
		}
	}
	return nil
}

func readAll(r io.ReadCloser) []byte {
	if r == nil {
		return nil
	}
	b, _ := io.ReadAll(r) // what was cut off is missed by the checks
	return b
}

// Handler serves routes as the web server does.
func Handler(routes []adapters.Route) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.Handle(r.Method+" "+r.Path, r.Handler)
	}
	return mux
}
