package wecom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// maxParameter bounds msg_signature, timestamp and nonce, in bytes.
const maxParameter = 512

// errQuery is returned for a callback without the parameters that the platform sends.
var errQuery = errors.New("the query does not have msg_signature, timestamp and nonce once each")

// A callback is the URL that WeCom posts to. It lets in what carries a signature of
// one of its crypts: two while a secret is being changed.
type callback struct {
	crypts []*crypt
	sealed func(body []byte) (string, error) // takes the ciphertext out of the body
	now    func() time.Time
	maxAge time.Duration
	refuse func(r *http.Request, err error)
}

// errStale is returned for a timestamp too far from now.
var errStale = errors.New("the timestamp is too far from the clock here")

// An opened callback remembers how it was sealed, for the reply.
type opened struct {
	message []byte
	crypt   *crypt
	nonce   string
}

// parameters are the query of a callback. Others may stand beside them and do not count.
type parameters struct{ signature, timestamp, nonce, echo string }

func parseQuery(raw string, echo bool) (p parameters, err error) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return p, errQuery // err would repeat a part of it
	}
	fields := map[string]*string{"msg_signature": &p.signature, "timestamp": &p.timestamp, "nonce": &p.nonce}
	if echo {
		fields["echostr"] = &p.echo
	}
	for name, to := range fields {
		if len(q[name]) != 1 || q[name][0] == "" || name != "echostr" && len(q[name][0]) > maxParameter {
			return p, errQuery
		}
		*to = q[name][0]
	}
	if _, err := strconv.ParseUint(p.timestamp, 10, 63); err != nil {
		return p, errQuery
	}
	// Base64 has no blank: it was a + that nobody escaped.
	p.echo = strings.ReplaceAll(p.echo, " ", "+")
	return p, nil
}

// open finds the crypt that the signature is of and opens the message.
func (c *callback) open(p parameters, encrypted string) (o opened, err error) {
	err = errSignature // also if there is no crypt
	for _, k := range c.crypts {
		var message []byte
		if message, err = k.open(p.signature, p.timestamp, p.nonce, encrypted); err == nil {
			o = opened{message: message, crypt: k, nonce: p.nonce}
			break
		}
		if !errors.Is(err, errSignature) {
			break // it is this one, and the message is bad
		}
	}
	if err != nil {
		return opened{}, err
	}
	if seconds, _ := strconv.ParseInt(p.timestamp, 10, 64); c.now().Sub(time.Unix(seconds, 0)).Abs() > c.maxAge {
		return opened{}, errStale
	}
	return o, nil
}

// routes returns the routes of the callback at a path: the test of the URL, and what is
// posted, which take handles once it is opened.
func (c *callback) routes(path string, take func(w http.ResponseWriter, r *http.Request, o opened)) []adapters.Route {
	return []adapters.Route{
		{Method: http.MethodGet, Path: path, Handler: http.HandlerFunc(c.verify)},
		{Method: http.MethodPost, Path: path, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if o, ok := c.receive(w, r); ok {
				take(w, r, o)
			}
		})},
	}
}

// refuser logs why a request was refused, and nothing of what is in it.
func refuser(log *slog.Logger) func(*http.Request, error) {
	return func(r *http.Request, err error) {
		log.Warn("a request was refused", slog.String("from", r.RemoteAddr), slog.Any("error", err))
	}
}

// verify answers the test that the console makes of the URL (doc 90968).
func (c *callback) verify(w http.ResponseWriter, r *http.Request) {
	p, err := parseQuery(r.URL.RawQuery, true)
	if err != nil {
		c.deny(w, r, http.StatusBadRequest, err)
		return
	}
	o, err := c.open(p, p.echo)
	if err != nil {
		c.deny(w, r, http.StatusForbidden, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(o.message) //nolint:errcheck // the caller has gone
}

// receive opens what WeCom posted; if it cannot, it has answered the request.
func (c *callback) receive(w http.ResponseWriter, r *http.Request) (opened, bool) {
	p, err := parseQuery(r.URL.RawQuery, false)
	if err != nil {
		c.deny(w, r, http.StatusBadRequest, err)
		return opened{}, false
	}
	body, ok := adapters.ReadBody(w, r)
	if !ok {
		c.refuse(r, errors.New("the body is too long or cannot be read"))
		return opened{}, false
	}
	encrypted, err := c.sealed(body)
	if err != nil || encrypted == "" {
		c.deny(w, r, http.StatusBadRequest, errors.New("the body has no ciphertext"))
		return opened{}, false
	}
	o, err := c.open(p, encrypted)
	if err != nil {
		c.deny(w, r, http.StatusForbidden, err)
		return opened{}, false
	}
	return o, true
}

// deny answers with the status alone: why is for the log.
func (c *callback) deny(w http.ResponseWriter, r *http.Request, status int, err error) {
	http.Error(w, http.StatusText(status), status)
	c.refuse(r, err)
}

// reply seals v as the JSON reply to a callback (doc 101033): the nonce is the
// callback's, the timestamp a number, and the signature has no underscore.
func (o opened) reply(v any, now time.Time) ([]byte, error) {
	message, err := encodeJSON(v)
	if err != nil {
		return nil, err
	}
	encrypted, err := o.crypt.seal(message)
	if err != nil {
		return nil, err
	}
	seconds := now.Unix()
	return encodeJSON(struct {
		Encrypt   string `json:"encrypt"`
		Signature string `json:"msgsignature"`
		Timestamp int64  `json:"timestamp"`
		Nonce     string `json:"nonce"`
	}{encrypted, o.crypt.sign(strconv.FormatInt(seconds, 10), o.nonce, encrypted), seconds, o.nonce})
}

// encodeJSON writes JSON without the \u escapes that WeCom refuses (errcode 40033),
// provided that every text in v has been cleaned.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
