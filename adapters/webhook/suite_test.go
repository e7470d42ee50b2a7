package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
)

const (
	secret    = "whsec_d2VuY2UtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE="
	oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// signed returns a request as another system sends it.
func signed(t testing.TB, key, path, id string, at time.Time, body []byte) *http.Request {
	t.Helper()
	raw, err := parseSecret(key)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set(headerID, id)
	r.Header.Set(headerTimestamp, timestamp)
	r.Header.Set(headerSignature, signer{raw}.sign(id, timestamp, body))
	return r
}

func question(session, text string) []byte {
	body, err := json.Marshal(map[string]any{"session_id": session, "user": map[string]string{"id": "u1", "name": "张三"}, "text": text})
	if err != nil {
		panic(err)
	}
	return body
}

func TestSuite(t *testing.T) {
	ask := func(t *testing.T, n int, text string) *http.Request {
		return signed(t, secret, "/ch/webhook/ivr", fmt.Sprint("msg_", n), time.Now(), question("ivr-778", text))
	}
	adaptertest.Run(t, adaptertest.Harness{
		Open: func(t *testing.T, api string) adapters.Platform {
			p, err := New(Config{ID: "webhook:ivr", Secrets: []string{secret, oldSecret}, CallbackURL: api + "/cb"})
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
		Secrets: []string{secret, strings.TrimPrefix(secret, secretPrefix), "wence-test-secret-32-bytes-long!", strings.TrimPrefix(oldSecret, secretPrefix)},
		In:      &adaptertest.In{Text: ask, Forge: forge},
		Out: &adaptertest.Out{
			Serve: func(w http.ResponseWriter, r *http.Request, how adaptertest.Mood) {
				switch how {
				case adaptertest.Throttled:
					w.Header().Set("Retry-After", "7")
					w.WriteHeader(http.StatusTooManyRequests)
				case adaptertest.Refusing:
					w.WriteHeader(http.StatusGone)
				}
			},
			Shown: func(t *testing.T, r *http.Request, body []byte) (string, bool) {
				var c callback
				if err := json.Unmarshal(body, &c); err != nil {
					t.Errorf("%v: %s", err, body)
				}
				if _, err := mustSigner(secret).verify(r.Header, body, time.Now()); err != nil {
					t.Errorf("the callback is not signed: %v", err)
				}
				return c.Text, true
			},
			Limit: func(_ *http.Request, body []byte) error {
				if len(body) > 20_000 || !utf8.Valid(body) {
					return fmt.Errorf("%d bytes", len(body))
				}
				return nil
			},
			After: 7,
			Known: func(r *http.Request, _ []byte) (string, time.Duration) {
				return r.Header.Get("webhook-id"), 48 * time.Hour
			}, // as we do
		},
	})
}

func TestSelfTest(t *testing.T) {
	p, err := New(Config{ID: "webhook:ivr", Secrets: []string{secret, oldSecret}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SelfTest(); err != nil {
		t.Error(err)
	}
	p.signer[1] = nil
	if err := p.SelfTest(); err == nil {
		t.Error("no error without a key")
	}
}

func mustSigner(secrets ...string) (s signer) {
	for _, one := range secrets {
		key, err := parseSecret(one)
		if err != nil {
			panic(err)
		}
		s = append(s, key)
	}
	return s
}

// forge returns requests with each signed thing spoiled.
func forge(t *testing.T) map[string]*http.Request {
	now := time.Now()
	body := question("ivr-778", "想贷款")
	valid := func() *http.Request { return signed(t, secret, "/ch/webhook/ivr", "msg_1", now, body) }
	out := map[string]*http.Request{}
	spoil := func(name string, change func(r *http.Request)) {
		r := valid()
		change(r)
		out[name] = r
	}
	for _, h := range []string{headerID, headerTimestamp, headerSignature} {
		spoil("no "+h, func(r *http.Request) { r.Header.Del(h) })
		spoil("empty "+h, func(r *http.Request) { r.Header.Set(h, "") })
		spoil("two "+h, func(r *http.Request) { r.Header.Add(h, r.Header.Get(h)) })
		value := valid().Header.Get(h)
		for i := range value {
			spoil(fmt.Sprintf("bit of %s[%d]", h, i), func(r *http.Request) {
				b := []byte(value)
				b[i] ^= 1
				r.Header.Set(h, string(b))
			})
		}
	}
	for i := range body {
		spoil(fmt.Sprintf("bit of body[%d]", i), func(r *http.Request) {
			b := bytes.Clone(body)
			b[i] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(b))
		})
	}
	spoil("version 2 only", func(r *http.Request) {
		r.Header.Set(headerSignature, strings.Replace(r.Header.Get(headerSignature), "v1,", "v2,", 1))
	})
	spoil("truncated signature", func(r *http.Request) { s := r.Header.Get(headerSignature); r.Header.Set(headerSignature, s[:len(s)-5]) })
	out["another secret"] = signed(t, NewSecret(), "/ch/webhook/ivr", "msg_1", now, body)
	out["six minutes old"] = signed(t, secret, "/ch/webhook/ivr", "msg_1", now.Add(-6*time.Minute), body)
	out["six minutes ahead"] = signed(t, secret, "/ch/webhook/ivr", "msg_1", now.Add(6*time.Minute), body)
	out["long id"] = signed(t, secret, "/ch/webhook/ivr", strings.Repeat("a", maxID+1), now, body)
	return out
}
