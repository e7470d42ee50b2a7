package adapters

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// MaxBody bounds what is read of a request or of a platform's response, in bytes.
const MaxBody = 1 << 20

// ReadBody reads the body of a request once, for verifying its very bytes. If it is
// longer than MaxBody or cannot be read it answers 413 or 400 and returns ok = false.
func ReadBody(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		http.Error(w, "the body is too long", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
	}
	return body, err == nil
}

// NewClient returns a client for calling a platform: it follows no redirects, and an
// error of it is a *SendError that says whether the request may have arrived.
func NewClient(timeout time.Duration) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = timeout
	return &http.Client{
		Transport: classifying{transport}, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// classifying says of each failed request whether it may have arrived.
type classifying struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper. A request has certainly not arrived if there
// was no connection for it, or if writing it failed.
func (c classifying) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected, torn atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true); torn.Store(false) },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			torn.Store(i.Err != nil)
		},
	})
	resp, err := c.next.RoundTrip(r.WithContext(ctx))
	switch {
	case err == nil:
		return resp, nil
	case !connected.Load() || torn.Load():
		return nil, Unsent(err)
	}
	return nil, Ambiguous(err)
}

// Do sends a request with a client from NewClient and reads at most MaxBody of the
// response. The error is a *SendError without the URL, which may hold a secret.
func Do(c *http.Client, r *http.Request) (status int, header http.Header, body []byte, err error) {
	resp, err := c.Do(r)
	if err != nil {
		return 0, nil, nil, Redact(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	body, err = io.ReadAll(io.LimitReader(resp.Body, MaxBody))
	if err != nil {
		return 0, nil, nil, Ambiguous(fmt.Errorf("read the response of %s: %w", r.URL.Host, err))
	}
	return resp.StatusCode, resp.Header, body, nil
}

// Redact returns an error of an HTTP client as a *SendError without the URL, of which
// only the host may be told: tokens and keys stand in paths and queries.
func Redact(err error) error {
	e := classify(err)
	cause := e.Err
	host := ""
	var u *url.Error
	if errors.As(err, &u) {
		if e.Err == err { // it was not classified on the way
			cause = u.Err
		}
		if parsed, perr := url.Parse(u.URL); perr == nil {
			host = parsed.Host
		}
	}
	for inner := cause; errors.As(inner, &u); inner = u.Err {
		cause = u.Err
	}
	if host != "" {
		cause = fmt.Errorf("call %s: %w", host, cause)
	}
	return &SendError{Class: e.Class, After: e.After, Hint: e.Hint, Err: cause}
}

// maxRetryAfter bounds how long a platform can make us wait.
const maxRetryAfter = time.Hour

// ParseRetryAfter returns how long a response asks to wait, at most an hour; zero if it
// does not say.
func ParseRetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	after := time.Duration(0)
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, 0), maxRetryAfter)
}

// CheckURL returns nil if raw, which came in with a message, may be called: an https URL
// (or one with the scheme of base) on the host of base or a host below one of hosts, on
// the port of base or the standard one, without user. Without it a forged message makes
// us post answers to an attacker, or into our own network.
func CheckURL(raw, base string, hosts ...string) error {
	u, err := url.Parse(raw)
	b, berr := url.Parse(base)
	if err != nil || berr != nil || u.User != nil || u.Opaque != "" || u.Hostname() == "" {
		return errors.New("a reply URL is malformed")
	}
	if u.Scheme == b.Scheme && strings.EqualFold(u.Host, b.Host) {
		return nil
	}
	if u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") {
		for _, h := range hosts {
			if host := strings.ToLower(u.Hostname()); host == h || strings.HasSuffix(host, "."+h) {
				return nil
			}
		}
	}
	return fmt.Errorf("a reply URL is on %q, which is not the platform", u.Host)
}
