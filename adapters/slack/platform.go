// Package slack brings wence into a Slack workspace: mentions, direct messages, threads
// and a slash command in; answers with quote blocks, links and buttons out.
//
// It owns what Slack signs, sends and takes. It refuses to know what is answered and
// when: that is the Gateway's business. What it sends is built with slack-go; what comes
// in it reads itself, because slack-go's verifier knows neither two secrets nor another
// clock than the wall's.
package slack

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// Config says how to reach one workspace. Secrets come from the app's page on
// api.slack.com/apps.
type Config struct {
	ID string // of the instance, as in slack:team1: lower case letters, digits and -
	// SigningSecret is under Basic Information, App Credentials. OldSigningSecret is the
	// one before, taken too while it is being changed; else empty.
	SigningSecret, OldSigningSecret string
	BotToken                        string // under OAuth & Permissions; begins with xoxb-
	APIURL                          string // where Slack is called; empty: https://slack.com/api/
	HooksURL                        string // where response URLs must lead; empty: https://hooks.slack.com
	// PlainButtons shows three buttons below an answer instead of Slack's own feedback
	// buttons, which old clients do not know.
	PlainButtons bool

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: slog.Default
}

// A Platform is one Slack workspace. It is safe for concurrent use.
type Platform struct {
	id       string
	verifier verifier
	hooks    string
	look     look
	client   *http.Client
	api      *slackgo.Client
	now      func() time.Time
	log      *slog.Logger
}

var (
	_ adapters.Platform   = (*Platform)(nil)
	_ adapters.Updater    = (*Platform)(nil)
	_ adapters.Confirmer  = (*Platform)(nil)
	_ adapters.Finder     = (*Platform)(nil)
	_ adapters.SelfTester = (*Platform)(nil)
)

// minSecret is the least length of a signing secret: a shorter one can be guessed.
const minSecret = 16

// timeout bounds one call of Slack's API.
const timeout = 10 * time.Second

// Kind is the kind of channel that this package is: what its IDs begin with.
const Kind = "slack"

// defaultHooks is where Slack's response URLs lead.
const defaultHooks = "https://hooks.slack.com"

var validID = regexp.MustCompile(`^slack:[a-z0-9][a-z0-9-]{0,31}$`)

// New returns the platform of a workspace. It calls nobody: see Check. A missing or
// misplaced secret is an error that names the setting.
func New(c Config) (*Platform, error) {
	if !validID.MatchString(c.ID) {
		return nil, fmt.Errorf("slack: the ID %q is not slack: with 1 to 32 of a-z, 0-9 and -", c.ID)
	}
	fail := func(setting, mend string) (*Platform, error) {
		return nil, errors.New(setting + " " + mend)
	}
	switch {
	case strings.TrimSpace(c.SigningSecret) == "":
		return fail("signing_secret", "is empty: copy it from Basic Information, App Credentials, on api.slack.com/apps")
	case len(c.SigningSecret) < minSecret, c.OldSigningSecret != "" && len(c.OldSigningSecret) < minSecret:
		return fail("signing_secret", "or the one before it is too short to be Slack's, which has 32 characters")
	case strings.TrimSpace(c.BotToken) == "":
		return fail("bot_token", "is empty: copy it from OAuth & Permissions on api.slack.com/apps")
	case !strings.HasPrefix(c.BotToken, "xoxb-"):
		return fail("bot_token", "does not begin with xoxb-: take the Bot User OAuth Token, no other")
	}
	if c.APIURL == "" {
		c.APIURL = slackgo.APIURL
	}
	if c.HooksURL == "" {
		c.HooksURL = defaultHooks
	}
	for setting, raw := range map[string]string{"api_url": c.APIURL, "hooks_url": c.HooksURL} {
		if err := adapters.CheckURL(raw, raw); err != nil || !strings.HasPrefix(raw, "http") {
			return fail(setting, "is no URL such as https://slack.com/api/")
		}
	}
	p := &Platform{
		id: c.ID, hooks: c.HooksURL,
		look: look{plain: c.PlainButtons}, client: adapters.NewClient(timeout), now: c.Now, log: c.Log,
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.verifier = verifier{secrets: []string{c.SigningSecret}, now: p.now}
	if c.OldSigningSecret != "" {
		p.verifier.secrets = append(p.verifier.secrets, c.OldSigningSecret)
	}
	p.api = slackgo.New(c.BotToken, slackgo.OptionHTTPClient(bounded{p.client}), slackgo.OptionAPIURL(strings.TrimSuffix(c.APIURL, "/")+"/"))
	return p, nil
}

// ID implements adapters.Platform.
func (p *Platform) ID() string { return p.id }

// path returns what the paths of our URLs begin with, as in /ch/slack/team1.
func (p *Platform) path() string { return "/ch/" + strings.Replace(p.id, ":", "/", 1) }

// Caps implements adapters.Platform. Slack takes a message per second and channel, and
// several hundred a minute in all; what goes over it is told by its 429.
func (p *Platform) Caps() adapters.Caps {
	return adapters.Caps{
		Limit: maxMessage, Measure: adapters.Runes(adapters.PlainText), Buttons: true, BusyStatus: http.StatusServiceUnavailable,
		PerConversation: adapters.Rate{Messages: 1, Per: time.Second}, PerApp: adapters.Rate{Messages: 300, Per: time.Minute, Burst: 20},
	}
}

// A bounded client reads no response longer than adapters.MaxBody.
type bounded struct{ client *http.Client }

// Do sends a request, for slack-go.
func (b bounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.client.Do(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, adapters.MaxBody)
	}
	return resp, err
}
