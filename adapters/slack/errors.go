package slack

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// hints say what an admin can do about the errors that trying again does not mend.
// Source: docs.slack.dev/reference/methods/chat.postMessage#errors.
var hints = map[string]string{
	"invalid_auth":              "put in the bot token of this workspace",
	"not_authed":                "put in the bot token of this workspace",
	"token_expired":             "turn token rotation off, or put in the new bot token",
	"token_revoked":             "install the app to the workspace again and put in its new bot token",
	"account_inactive":          "the app was removed from the workspace: install it again",
	"missing_scope":             "add the scopes of the guide to the app and install it again",
	"no_permission":             "add the scopes of the guide to the app and install it again",
	"ekm_access_denied":         "an administrator of the workspace has suspended posting",
	"access_denied":             "let the app post in this channel",
	"restricted_action":         "an administrator of the workspace restricts posting in this channel",
	"not_in_channel":            "invite the bot to the channel with /invite",
	"channel_not_found":         "invite the bot to the channel with /invite",
	"is_archived":               "the channel is archived",
	"messages_tab_disabled":     "allow messages under App Home, Messages Tab",
	"user_not_found":            "",
	"user_not_in_channel":       "",
	"cannot_dm_bot":             "",
	"msg_too_long":              "please report it: wence should have split the message",
	"msg_blocks_too_long":       "please report it: wence should have split the message",
	"no_text":                   "please report it: wence sent an empty message",
	"invalid_blocks":            "set plain_buttons = true if this workspace has no feedback buttons; else please report it",
	"invalid_blocks_format":     "please report it",
	"invalid_metadata_format":   "please report it",
	"metadata_too_large":        "please report it",
	"message_not_found":         "",
	"cant_update_message":       "",
	"edit_window_closed":        "",
	"thread_not_found":          "",
	"team_access_not_granted":   "let the app into this workspace of the organisation",
	"two_factor_setup_required": "",
}

// maybe are the errors after which some of what was asked for may have happened.
var maybe = map[string]bool{"internal_error": true, "fatal_error": true, "service_unavailable": true, "request_timeout": true}

// failed returns the error of a call of slack-go's as a *SendError. It holds neither
// the token nor a URL.
func (p *Platform) failed(method string, err error) error {
	var sent *adapters.SendError
	var limited *slackgo.RateLimitedError
	var refused slackgo.SlackErrorResponse
	var status slackgo.StatusCodeError
	say := func(cause error) error { return fmt.Errorf("slack: %s: %w", method, cause) }
	switch {
	case errors.As(err, &sent): // of the transport
		sent = adapters.Redact(err).(*adapters.SendError) //nolint:errorlint // that is what it returns
		return &adapters.SendError{Class: sent.Class, After: sent.After, Hint: sent.Hint, Err: say(sent.Err)}
	case errors.As(err, &limited):
		return adapters.RetryAfter(min(max(limited.RetryAfter, time.Second), maxRetryAfter), say(errors.New("too many messages")))
	case errors.As(err, &refused):
		return refusal(refused.Err, say(errors.New(code(refused.Err))))
	case errors.As(err, &status):
		return statusError(status.Code, say(fmt.Errorf("HTTP status %d", status.Code)))
	}
	// The response could not be read: it is not JSON, or too long, or was cut off. err
	// may repeat some of it.
	return adapters.Ambiguous(say(errors.New("the response cannot be read")))
}

// maxRetryAfter bounds how long Slack can make us wait.
const maxRetryAfter = time.Hour

// refusal classifies what Slack says with HTTP 200 and ok: false.
func refusal(code string, err error) error {
	hint, known := hints[code]
	switch {
	case maybe[code]:
		return adapters.Ambiguous(err)
	case known, strings.HasPrefix(code, "token_"), strings.HasPrefix(code, "invalid_"):
		return adapters.Permanent(err, hint)
	}
	return adapters.Unsent(err) // ratelimited, and what we do not know: it was not posted
}

// statusError classifies an HTTP status other than 200.
func statusError(status int, err error) error {
	switch {
	case status == http.StatusTooManyRequests:
		return adapters.Unsent(err)
	case status >= 500:
		return adapters.Ambiguous(err)
	}
	return adapters.Permanent(err, "is api_url right?")
}

// code returns an error code of Slack's if it looks like one: it is foreign text that
// goes to the log.
func code(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '_' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 60)]
}
