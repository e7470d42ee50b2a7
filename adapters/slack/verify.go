package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// The headers in which Slack signs a request, and how old a request may be.
// Source: docs.slack.dev/authentication/verifying-requests-from-slack.
const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
	replayWindow    = 300 * time.Second
)

// The reasons for which a request is refused. None of them carries anything of the request.
var (
	errNoSecret  = errors.New("no signing secret is configured")
	errUnsigned  = errors.New("the signature or its timestamp is missing or stands there twice")
	errTimestamp = errors.New("the timestamp is no number")
	errStale     = errors.New("the timestamp is more than five minutes away from now")
	errSignature = errors.New("the signature does not fit the body")
)

// A verifier checks that requests come from Slack. slack-go has one too, but with a
// wall clock and one secret.
type verifier struct {
	secrets []string         // the current one and, while rotating, the one before
	now     func() time.Time // when the request is received
}

// verify returns nil if the body is signed with one of the secrets, within the replay
// window. Without a secret nothing is accepted.
func (v verifier) verify(h http.Header, body []byte) error {
	signatures, timestamps := h.Values(headerSignature), h.Values(headerTimestamp)
	if len(signatures) != 1 || len(timestamps) != 1 || signatures[0] == "" || timestamps[0] == "" {
		return errUnsigned
	}
	seconds, err := strconv.ParseInt(timestamps[0], 10, 64)
	if err != nil {
		return errTimestamp // without err: it repeats what was sent
	}
	// Compared as seconds: the difference of two far times does not fit a Duration.
	now, window := v.now().Unix(), int64(replayWindow/time.Second)
	if seconds < now-window || seconds > now+window {
		return errStale
	}
	known, fits := 0, 0
	for _, secret := range v.secrets {
		if secret == "" {
			continue
		}
		known++
		if hmac.Equal([]byte(sign(secret, timestamps[0], body)), []byte(signatures[0])) {
			fits++
		}
	}
	switch {
	case known == 0:
		return errNoSecret
	case fits == 0:
		return errSignature
	}
	return nil
}

// sign returns the signature header of a body, in lower case as Slack writes it:
// a signature in any other spelling is none.
func sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:", timestamp)
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
