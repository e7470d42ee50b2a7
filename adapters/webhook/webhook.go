// Package webhook lets other systems ask over signed HTTP: a telephone menu (IVR), a
// service platform of the city, anything. It follows Standard Webhooks
// (https://www.standardwebhooks.com) in both directions.
//
// A question comes in by POST and is acknowledged at once; its answer is posted to the
// callback URL of the configuration, or fetched, or waited for with a deadline. The
// package owns the signature, the JSON of both directions and the texts for the ear. It
// refuses to know what is answered, and to call any URL that came in with a message.
package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// Kind is the first half of the IDs of these channels.
const Kind = "webhook"

// Config says how one other system is spoken to.
type Config struct {
	ID string // webhook:name, the name of a-z, 0-9, _ and -
	// Secrets sign in both directions: whsec_ and 24 to 64 bytes in base64. One, or two
	// while they are being changed: both are accepted, and messages out carry a signature
	// of each.
	Secrets []string
	// CallbackURL is where answers are posted to. It never comes from a message. Empty:
	// answers are fetched.
	CallbackURL string

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: slog.Default
}

// The bounds of a message.
const (
	maxRunes      = 2500 // of one part: with its citations below 20 KB
	minRunes      = 100  // that a receiver can ask for
	speechRunes   = 200  // that are listened to at once
	callTimeout   = 10 * time.Second
	refusalsUntil = 3 // attempts until a refusal is believed
)

// A Platform is one system that asks. It is safe for concurrent use.
type Platform struct {
	id       string
	signer   signer
	callback string
	client   *http.Client
	now      func() time.Time
	log      *slog.Logger
}

var (
	_ adapters.Platform   = (*Platform)(nil)
	_ adapters.SelfTester = (*Platform)(nil)
)

var validID = regexp.MustCompile(`^webhook:[a-z0-9][a-z0-9_-]{0,31}$`)

// New returns the platform of a system. It calls nobody. A missing or malformed setting
// is an error that names it.
func New(c Config) (*Platform, error) {
	if !validID.MatchString(c.ID) {
		return nil, fmt.Errorf("the ID of a channel is webhook: and a name of a-z, 0-9, _ and -, not %q", c.ID)
	}
	p := &Platform{id: c.ID, callback: c.CallbackURL, client: adapters.NewClient(callTimeout), now: c.Now, log: c.Log}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	var errs []error
	if len(c.Secrets) == 0 || len(c.Secrets) > 2 {
		errs = append(errs, errors.New("secret is missing: make one with wence channel secret"))
	}
	for i, s := range c.Secrets {
		key, err := parseSecret(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %w", []string{"secret", "old_secret"}[min(i, 1)], err))
		}
		p.signer = append(p.signer, key)
	}
	if c.CallbackURL != "" {
		if err := adapters.CheckURL(c.CallbackURL, c.CallbackURL); err != nil || !strings.HasPrefix(c.CallbackURL, "http") {
			errs = append(errs, errors.New("callback_url is no URL such as https://ivr.example.gov.cn/wence"))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("channel %s: %w", c.ID, err)
	}
	return p, nil
}

// ID implements adapters.Platform.
func (p *Platform) ID() string { return p.id }

// schedule is when a callback is tried again, as Standard Webhooks recommends.
var schedule = []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour}

// knownFor is how long a receiver remembers the webhook-id of a callback: longer than
// they are tried, and as long as we remember the ids of requests.
const knownFor = 48 * time.Hour

// Caps implements adapters.Platform.
func (p *Platform) Caps() adapters.Caps {
	return adapters.Caps{
		Limit: maxRunes, Measure: measure, Buttons: true, IdempotentFor: knownFor, BusyStatus: http.StatusTooManyRequests,
		Attempts: len(schedule) + 1, Backoff: func(failures int) time.Duration { return schedule[min(failures, len(schedule))-1] },
	}
}
