package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/wence-bot/wence/adapters"
)

const (
	publicAPI   = "https://qyapi.weixin.qq.com"
	callTimeout = 10 * time.Second
)

// A client calls the API of WeCom. Its errors are *adapters.SendError; they say which
// call failed and never hold a URL: tokens and keys stand there.
type client struct {
	base string // without a slash at the end
	http *http.Client
}

func newClient(base string) *client {
	if base == "" {
		base = publicAPI
	}
	return &client{base: strings.TrimRight(base, "/"), http: adapters.NewClient(callTimeout)}
}

// do sends in as JSON (nil: a GET) to path and reads the answer into out (nil: only
// whether it is a yes).
func (c *client) do(ctx context.Context, path string, query url.Values, in, out any) error {
	return c.doURL(ctx, path, c.base+path+"?"+query.Encode(), in, out)
}

// doURL is do for a whole address; name stands for it in errors.
func (c *client) doURL(ctx context.Context, name, address string, in, out any) error {
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		if body, err = encodeJSON(in); err != nil {
			return adapters.Permanent(fmt.Errorf("wecom: %s: %w", name, err), "")
		}
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil { // it would repeat the address
		return adapters.Permanent(fmt.Errorf("wecom: %s: the address cannot be read", name), "check base_url")
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	code, header, data, err := adapters.Do(c.http, req)
	if err != nil {
		return fmt.Errorf("wecom: %s: %w", name, err)
	}
	if code != http.StatusOK {
		return refusal(&apiError{name: name, http: code}, adapters.ParseRetryAfter(header, time.Now()))
	}
	var s struct { // of every answer: HTTP says 200 whatever happened
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(data, &s); err != nil || s.Code == nil {
		return adapters.Ambiguous(fmt.Errorf("wecom: %s: the answer is not one of the API: is base_url right?", name))
	}
	if *s.Code != 0 {
		return refusal(&apiError{name: name, http: code, code: *s.Code, message: s.Message}, 0)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return adapters.Ambiguous(fmt.Errorf("wecom: %s: the answer has another shape", name))
	}
	return nil
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

// get returns a token: the one that is kept until 90 % of its life, or that of the one
// call which fetches another.
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
		return "", adapters.Unsent(ctx.Err())
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
		return out.Token, time.Duration(out.Expires) * time.Second, unsent(err)
	}}
	return c
}

// unsent says of a failed call for a token that no message has been sent with it.
func unsent(err error) error {
	if e := (*adapters.SendError)(nil); err == nil || errors.As(err, &e) && e.Class == adapters.ClassPermanent {
		return err
	}
	return adapters.Unsent(err)
}

// call posts in with the access token. A token that is refused was taken back early:
// it is renewed and the call made once more, for it had no effect.
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
