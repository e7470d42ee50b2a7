package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	publicAPI   = "https://qyapi.weixin.qq.com"
	callTimeout = 10 * time.Second
	maxReply    = 1 << 20 // bytes of an answer of the API
)

// A client calls the API of WeCom. Its errors say which call failed and never hold a
// URL: tokens and keys stand there.
type client struct {
	base string // without a slash at the end
	http *http.Client
}

func newClient(base string) *client {
	return &client{
		base: strings.TrimRight(base, "/"),
		http: &http.Client{
			Timeout: callTimeout,
			// No API of WeCom redirects; whoever does wants a token.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// A status is what every answer of the API holds, beside HTTP 200.
type status struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

// do sends in as JSON (nil: a GET) to path, reads the answer into out (nil: nothing of
// it) and returns an *apiError if the platform says no, a *callError if it said nothing.
func (c *client) do(ctx context.Context, path string, query url.Values, in, out any) error {
	return c.doURL(ctx, path, c.base+path+"?"+query.Encode(), in, out)
}

// doURL is do for a whole address; name stands for it in errors.
func (c *client) doURL(ctx context.Context, name, address string, in, out any) error {
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		if body, err = encodeJSON(in); err != nil {
			return err
		}
		method = http.MethodPost
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) },
	})
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("wecom: %s: the address cannot be read", name) // err would repeat it
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &callError{name: name, reached: written.Load(), err: withoutURL(err)}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return &callError{name: name, reached: true, err: withoutURL(err)}
	}
	return readReply(name, resp, data, out)
}

func readReply(name string, resp *http.Response, data []byte, out any) error {
	var s status
	if resp.StatusCode != http.StatusOK {
		return &apiError{name: name, http: resp.StatusCode, retryAfter: resp.Header.Get("Retry-After")}
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return &callError{name: name, reached: true, err: errors.New("the answer is no JSON")}
	}
	if s.Code != 0 {
		return &apiError{name: name, http: resp.StatusCode, code: s.Code, message: s.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &callError{name: name, reached: true, err: errors.New("the answer has another shape")}
	}
	return nil
}

// withoutURL takes the address out of an error of net/http.
func withoutURL(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}

// tokens keeps the access token of one corp ID and secret (doc 91039).
type tokens struct {
	fetch func(ctx context.Context) (token string, life time.Duration, err error)

	one   singleflight.Group
	mu    sync.Mutex
	token string
	until time.Time
}

// shortLife is the life under which a token is used once and not kept.
const shortLife = time.Minute

// get returns a token, an own one or that of a call which is under way.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	token, fresh := t.token, time.Now().Before(t.until)
	t.mu.Unlock()
	if fresh {
		return token, nil
	}
	result := t.one.DoChan("", func() (any, error) {
		// Others wait for it too: it does not end with the context of the first.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		token, life, err := t.fetch(ctx)
		if err == nil && life >= shortLife {
			t.mu.Lock()
			t.token, t.until = token, time.Now().Add(life*9/10)
			t.mu.Unlock()
		}
		return token, err
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-result:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// drop forgets a token that the platform refused, unless it has been renewed meanwhile.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token, t.until = "", time.Time{}
	}
}

// A caller calls the API as one application.
type caller struct {
	*client
	tokens *tokens
}

func newCaller(base, corp, secret string) *caller {
	c := &caller{client: newClient(base)}
	c.tokens = &tokens{fetch: func(ctx context.Context) (string, time.Duration, error) {
		var out struct {
			Token   string `json:"access_token"`
			Expires int64  `json:"expires_in"` // seconds
		}
		err := c.do(ctx, "/cgi-bin/gettoken", url.Values{"corpid": {corp}, "corpsecret": {secret}}, nil, &out)
		if err == nil && out.Token == "" {
			err = errors.New("wecom: /cgi-bin/gettoken: the answer has no access_token")
		}
		return out.Token, time.Duration(out.Expires) * time.Second, err
	}}
	return c
}

// call posts in with the access token. A token that is refused was taken back early:
// it is renewed, and the call made once more, for it had no effect.
func (c *caller) call(ctx context.Context, path string, in, out any) error {
	for again := true; ; again = false {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return err
		}
		err = c.do(ctx, path, url.Values{"access_token": {token}}, in, out)
		if a := (*apiError)(nil); !again || !errors.As(err, &a) || !a.badToken() {
			return err
		}
		c.tokens.drop(token)
	}
}
