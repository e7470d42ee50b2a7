package slack

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// published is the example of docs.slack.dev/authentication/verifying-requests-from-slack.
var published = struct{ secret, timestamp, body, signature string }{
	"8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
	"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
		"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
		"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
		"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
	"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}

// SelfTest implements adapters.SelfTester.
func (p *Platform) SelfTest() error {
	v := verifier{secrets: []string{published.secret}, now: func() time.Time { return time.Unix(1531420618, 0) }}
	h := http.Header{headerTimestamp: {published.timestamp}, headerSignature: {published.signature}}
	if err := v.verify(h, []byte(published.body)); err != nil {
		return fmt.Errorf("the published signature of Slack is not reproduced: %w", err)
	}
	if i, err := parseCommand([]byte(published.body)); err != nil || i.event == nil || i.event.User != "U2CERLKJA" || p.checkReply(i.reply) != nil && p.hooks == defaultHooks {
		return errors.New("the published command of Slack is not understood")
	}
	body, timestamp := []byte(`{"type":"url_verification","challenge":"test"}`), strconv.FormatInt(p.now().Unix(), 10)
	for i, secret := range p.verifier.secrets {
		h := http.Header{headerTimestamp: {timestamp}, headerSignature: {sign(secret, timestamp, body)}}
		if err := p.verifier.verify(h, body); err != nil {
			return fmt.Errorf("signing secret %d does not verify what it signs: %w", i+1, err)
		}
	}
	return nil
}

// Check asks Slack whether the token works, and says as whom. The error says what an
// admin can do.
func (p *Platform) Check(ctx context.Context) (string, error) {
	who, err := p.api.AuthTestContext(ctx)
	if err != nil {
		return "", p.failed("auth.test", err)
	}
	if who.UserID == "" {
		return "", errors.New("slack: auth.test: Slack does not say who we are: is api_url right?")
	}
	return fmt.Sprintf("bot %s (%s) in %s (%s)", who.User, who.UserID, who.Team, who.TeamID), nil
}

//go:embed manifest.json
var manifest string

// Manifest returns the app as Slack's console reads it (scopes, events, the command and
// the three URLs on publicURL, such as https://wence.example) and where to paste it.
func (p *Platform) Manifest(publicURL string) (text, where string) {
	return strings.ReplaceAll(manifest, "{url}", strings.TrimSuffix(publicURL, "/")+p.path()),
		"at https://api.slack.com/apps under Create New App, From a manifest"
}
