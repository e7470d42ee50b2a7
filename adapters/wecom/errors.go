package wecom

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// An apiError is a no of the platform. Which no it is says the code: the words change
// (doc 90455) and are for people.
type apiError struct {
	name       string // of the call
	http       int
	code       int
	message    string
	retryAfter string
}

// Codes by what follows from them (doc 90455, 90313); all others are final.
var (
	tokenCodes = []int{40001, 40014, 42001}    // the token was taken back: renew it
	laterCodes = []int{-1, 6000, 45009, 45033} // busy, or too many calls
	hints      = map[int]string{               // how to mend what the operator can mend
		40001: "check the secret of the application",
		40013: "check corp_id",
		40056: "check agent_id",
		48002: "allow the application this API in the console",
		60011: "the application may not see this member: widen its visible range (可见范围) in the console",
		60020: "add the address of this server to the trusted IPs (企业可信IP) of the application",
		81013: "the application may not see this member: widen its visible range (可见范围) in the console",
		93000: "the key of the group robot is wrong, or it was removed from the group",
	}
)

func (e *apiError) Error() string {
	if e.code == 0 {
		return fmt.Sprintf("wecom: %s: HTTP %d %s", e.name, e.http, http.StatusText(e.http))
	}
	s := fmt.Sprintf("wecom: %s: errcode %d: %s", e.name, e.code, printable(e.message))
	if hint, ok := hints[e.code]; ok {
		s += "; " + hint
	}
	return s
}

func (e *apiError) badToken() bool { return slices.Contains(tokenCodes, e.code) }

// passing reports whether the same call can succeed later.
func (e *apiError) passing() bool {
	return slices.Contains(laterCodes, e.code) || e.http >= 500 || e.http == http.StatusTooManyRequests
}

// A callError is a call of which no answer came, or none that can be read.
type callError struct {
	name    string
	reached bool // the platform may have acted on it
	err     error
}

func (e *callError) Error() string {
	if e.reached {
		return fmt.Sprintf("wecom: %s: sent, but no answer can be read: %v", e.name, e.err)
	}
	return fmt.Sprintf("wecom: %s: not sent: %v", e.name, e.err)
}

func (e *callError) Unwrap() error { return e.err }

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
