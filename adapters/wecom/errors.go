package wecom

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wence-bot/wence/adapters"
)

// An apiError is a no of the platform. Which no it is says the code: the words change
// (doc 90455) and are for people.
type apiError struct {
	name    string // of the call
	http    int
	code    int // errcode; 0 if there is none
	message string
}

func (e *apiError) Error() string {
	if e.code == 0 {
		return fmt.Sprintf("wecom: %s: HTTP %d %s", e.name, e.http, http.StatusText(e.http))
	}
	return fmt.Sprintf("wecom: %s: errcode %d: %s", e.name, e.code, printable(e.message))
}

// tokenCodes say that the access token is of no use (any more).
var tokenCodes = []int{40001, 40014, 42001}

func (e *apiError) badToken() bool { return slices.Contains(tokenCodes, e.code) }

// laterCodes say that the same call can succeed after a while: the platform is busy,
// or there were too many calls.
var laterCodes = map[int]time.Duration{-1: 0, 6000: 0, 45033: 0, 45009: time.Minute}

// hints tell an admin how to mend it, by code (doc 90313).
var hints = map[int]string{
	40001: "check the secret of the application",
	40003: "the member has left or was never in this corp",
	40013: "check corp_id",
	40056: "check agent_id",
	48002: "allow the application this API in the console",
	60011: "widen the visible range (可见范围) of the application in the console",
	60020: "add the address of this server to the trusted IPs (企业可信IP) of the application; it is in the message",
	81013: "widen the visible range (可见范围) of the application in the console",
	93000: "the key of the group robot is wrong, or it was removed from the group",
}

// refusal says by its code what follows from a no of the platform.
func refusal(e *apiError, after time.Duration) error {
	if wait, ok := laterCodes[e.code]; ok {
		return adapters.RetryAfter(wait, e)
	}
	switch {
	case e.code != 0:
		return adapters.Permanent(e, hints[e.code])
	case e.http == http.StatusTooManyRequests || e.http == http.StatusServiceUnavailable:
		return adapters.RetryAfter(after, e)
	case e.http >= 500: // it may have been done before something in between gave up
		return adapters.Ambiguous(e)
	}
	return adapters.Permanent(e, "check base_url")
}

// maxMessage bounds what of a foreign message stands in an error, in characters.
const maxMessage = 200

// printable makes a foreign message fit for a log.
func printable(s string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	return string(runes[:min(len(runes), maxMessage)])
}
