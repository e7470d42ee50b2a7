package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
)

func testConfig(api string) Config {
	return Config{ID: "slack:team1", SigningSecret: testSecret, BotToken: testToken, APIURL: api + "/api/", HooksURL: api}
}

func openPlatform(t *testing.T, c Config) *Platform {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// textEvent is the nth message of a user, as an event of a kind.
func textEvent(t *testing.T, kind string, n int, text string) []byte {
	t.Helper()
	inner := map[string]any{"type": kind, "user": "U1", "ts": fmt.Sprintf("%d.000200", 1_500_000_000+n), "text": escape.Replace(text)}
	if kind == "message" {
		inner["channel"], inner["channel_type"] = "D1", "im"
	} else {
		inner["channel"], inner["thread_ts"], inner["text"] = "C1", "1400000000.000100", "<@UBOT> "+escape.Replace(text)
	}
	body, err := json.Marshal(map[string]any{
		"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": fmt.Sprintf("Ev%d", n), "event_time": 1_500_000_000 + n,
		"authorizations": []any{map[string]any{"team_id": "T1", "user_id": "UBOT", "is_bot": true}}, "event": inner,
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// forgeries are requests that only an attacker makes. The edges of the replay window are tested with
// a clock that stands still, in TestRefusals.
func forgeries(t *testing.T, kind string) map[string]*http.Request {
	body := textEvent(t, kind, 1, "贷款找谁?")
	now := time.Now()
	out := map[string]*http.Request{
		"stale":  post(t, now.Add(-time.Hour), "events", body),
		"future": post(t, now.Add(time.Hour), "events", body),
	}
	add := func(name string, change func(*http.Request)) {
		r := post(t, now, "events", body)
		change(r)
		out[name] = r
	}
	for _, header := range []string{headerSignature, headerTimestamp} {
		value := []byte(post(t, now, "events", body).Header.Get(header))
		for bit := range 8 * len(value) {
			add(fmt.Sprintf("bit %d of %s", bit, header), func(r *http.Request) {
				changed := append([]byte(nil), []byte(r.Header.Get(header))...)
				changed[bit/8] ^= 1 << (bit % 8)
				r.Header.Set(header, string(changed))
			})
		}
		add("without "+header, func(r *http.Request) { r.Header.Del(header) })
		add("two of "+header, func(r *http.Request) { r.Header.Add(header, string(value)) })
	}
	for bit := range 8 * len(body) {
		changed := append([]byte(nil), body...)
		changed[bit/8] ^= 1 << (bit % 8)
		r := post(t, now, "events", changed)
		r.Header[headerSignature] = post(t, now, "events", body).Header[headerSignature]
		out[fmt.Sprintf("bit %d of the body", bit)] = r
	}
	add("another secret", func(r *http.Request) {
		r.Header.Set(headerSignature, sign("other", r.Header.Get(headerTimestamp), body))
	})
	add("the empty secret", func(r *http.Request) {
		r.Header.Set(headerSignature, sign("", r.Header.Get(headerTimestamp), body))
	})
	return out
}

func in(kind string) *adaptertest.In {
	return &adaptertest.In{
		Text: func(t *testing.T, n int, text string) *http.Request {
			return post(t, time.Now(), "events", textEvent(t, kind, n, text))
		},
		Forge: func(t *testing.T) map[string]*http.Request { return forgeries(t, kind) },
	}
}

// out is how messages leave: by the API, or to a response URL.
func out(to adapters.Address) *adaptertest.Out {
	parse := func(r *http.Request, body []byte) (posted, string) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			var m struct {
				Text   string
				Blocks json.RawMessage
			}
			if err := json.Unmarshal(body, &m); err != nil {
				return posted{}, "invalid_payload"
			}
			return read(m.Text, m.Blocks)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("token") != testToken {
			return posted{}, "invalid_auth"
		}
		return read(form.Get("text"), []byte(form.Get("blocks")))
	}
	return &adaptertest.Out{
		To: to, After: 7,
		Asks: func(r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, "/api/conversations.") || strings.HasPrefix(r.URL.Path, "/api/users.")
		},
		Serve: func(w http.ResponseWriter, r *http.Request, how adaptertest.Mood) {
			switch how {
			case adaptertest.Throttled:
				throttle("7")(w)
			case adaptertest.Refusing:
				refuse("not_in_channel")(w)
			case adaptertest.Willing:
				say(`{"ok":true,"channel":"C1","ts":"1.2"}`)(w)
			}
		},
		Shown: func(t *testing.T, r *http.Request, body []byte) (string, bool) {
			m, code := parse(r, body)
			if code != "" {
				t.Errorf("Slack answers %s", code)
			}
			return m.seen, true
		},
		Limit: func(r *http.Request, body []byte) error {
			if _, code := parse(r, body); code != "" {
				return errors.New(code)
			}
			return nil
		},
	}
}

// The suite of all platforms, for each way in and each way out.
func TestSuite(t *testing.T) {
	open := func(t *testing.T, api string) adapters.Platform { return openPlatform(t, testConfig(api)) }
	secrets := []string{testSecret, testToken, "secret-reply"}
	for name, h := range map[string]adaptertest.Harness{
		"Direct":      {In: in("message"), Out: out(adapters.Address{Conversation: "D1", User: "U1", Message: "1.1"})},
		"Mention":     {In: in("app_mention"), Out: out(adapters.Address{Conversation: "C1", Thread: "1.1", User: "U1", Message: "1.1"})},
		"ResponseURL": {Out: out(adapters.Address{Conversation: "C1", User: "U1", URL: "{api}/commands/secret-reply", Expires: time.Now().Add(time.Hour)})},
	} {
		h.Open, h.Secrets = open, secrets
		if h.In == nil {
			h.Open = func(t *testing.T, api string) adapters.Platform { return sender{openPlatform(t, testConfig(api))} }
		}
		t.Run(name, func(t *testing.T) { adaptertest.Run(t, h) })
	}
}

// A sender is a platform of which only the way out is looked at.
type sender struct{ *Platform }

func (sender) Routes(adapters.Inbox) []adapters.Route { return nil }
