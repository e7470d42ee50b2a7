package wecom

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// door is a callback whose refusals the test can read.
type door struct {
	callback
	refused error
}

func newDoor(sealed func([]byte) (string, error), crypts ...*crypt) *door {
	d := &door{callback: callback{crypts: crypts, sealed: sealed, now: time.Now, maxAge: 100 * 365 * 24 * time.Hour}}
	d.refuse = func(_ *http.Request, err error) { d.refused = err }
	return d
}

func officialQuery(change func(url.Values)) string {
	q := url.Values{"msg_signature": {officialSignature}, "timestamp": {officialTime}, "nonce": {officialNonce}}
	if change != nil {
		change(q)
	}
	return q.Encode()
}

const officialBody = "<xml><ToUserName><![CDATA[" + officialReceiver + "]]></ToUserName><Encrypt><![CDATA[" + officialEncrypted + "]]></Encrypt><AgentID><![CDATA[218]]></AgentID></xml>"

func TestReceiveTheOfficialRequest(t *testing.T) {
	d := newDoor(sealedXML, officialCrypt(t))
	w := httptest.NewRecorder()
	o, ok := d.receive(w, httptest.NewRequest(http.MethodPost, "/cb?"+officialQuery(nil), strings.NewReader(officialBody)))
	if !ok || d.refused != nil {
		t.Fatalf("refused: %v", d.refused)
	}
	m, err := parseApp(o.message)
	if err != nil || m.Content != "hello" || m.ID != "4561255354251345929" || m.From != "mycreate" || m.Agent != 218 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestReceiveRefuses changes one thing of the official request at a time.
func TestReceiveRefuses(t *testing.T) {
	query := func(change func(url.Values)) func(*http.Request) {
		return func(r *http.Request) { r.URL.RawQuery = officialQuery(change) }
	}
	body := func(s string) func(*http.Request) {
		return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(s)) }
	}
	for name, tt := range map[string]struct {
		change func(*http.Request)
		status int
		want   error // nil: any
	}{
		"parameter beside it":  {query(func(q url.Values) { q.Set("tenant", "a") }), 200, nil},
		"no signature":         {query(func(q url.Values) { q.Del("msg_signature") }), 400, errQuery},
		"no timestamp":         {query(func(q url.Values) { q.Del("timestamp") }), 400, errQuery},
		"no nonce":             {query(func(q url.Values) { q.Del("nonce") }), 400, errQuery},
		"empty signature":      {query(func(q url.Values) { q.Set("msg_signature", "") }), 400, errQuery},
		"two signatures":       {query(func(q url.Values) { q.Add("msg_signature", officialSignature) }), 400, errQuery},
		"two timestamps":       {query(func(q url.Values) { q.Add("timestamp", officialTime) }), 400, errQuery},
		"two nonces":           {query(func(q url.Values) { q.Add("nonce", "x") }), 400, errQuery},
		"timestamp no number":  {query(func(q url.Values) { q.Set("timestamp", "14096598l3") }), 400, errQuery},
		"query cannot be read": {func(r *http.Request) { r.URL.RawQuery += "&x=%zz" }, 400, errQuery},
		"another timestamp":    {query(func(q url.Values) { q.Set("timestamp", "1409659814") }), 403, errSignature},
		"another nonce":        {query(func(q url.Values) { q.Set("nonce", "1372623148") }), 403, errSignature},
		"long nonce":           {query(func(q url.Values) { q.Set("nonce", strings.Repeat("1", maxParameter+1)) }), 400, errQuery},
		"no body":              {body(""), 400, nil},
		"no XML":               {body("hello"), 400, nil},
		"no ciphertext":        {body("<xml><Encrypt></Encrypt></xml>"), 400, nil},
		"other ciphertext":     {body(strings.Replace(officialBody, "Ryp", "ryp", 1)), 403, errSignature},
		"oversized":            {body("<xml><Pad>" + strings.Repeat("x", adapters.MaxBody) + "</Pad>" + officialBody[5:]), 413, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(sealedXML, officialCrypt(t))
			r := httptest.NewRequest(http.MethodPost, "/cb?"+officialQuery(nil), strings.NewReader(officialBody))
			tt.change(r)
			w := httptest.NewRecorder()
			_, ok := d.receive(w, r)
			if w.Code != tt.status || ok != (tt.status == 200) {
				t.Errorf("status %d, ok %v, want %d (%v)", w.Code, ok, tt.status, d.refused)
			}
			switch {
			case ok != (d.refused == nil):
				t.Errorf("ok %v, refused %v", ok, d.refused)
			case tt.want != nil && !errors.Is(d.refused, tt.want):
				t.Errorf("refused: %v, want %v", d.refused, tt.want)
			}
			if s := w.Body.String(); !ok && tt.status != 413 && strings.TrimSpace(s) != http.StatusText(tt.status) {
				t.Errorf("the answer tells more than the status: %q", s)
			}
		})
	}
}

func TestCallbackWithoutCryptLetsNothingIn(t *testing.T) {
	d := newDoor(sealedXML)
	w := httptest.NewRecorder()
	if _, ok := d.receive(w, httptest.NewRequest(http.MethodPost, "/cb?"+officialQuery(nil), strings.NewReader(officialBody))); ok || w.Code != 403 {
		t.Errorf("let in, status %d", w.Code)
	}
}

func TestTwoSecretsWhileChanging(t *testing.T) {
	newer := mustCrypt(t, "newer", strings.Repeat("A", keyChars), officialReceiver)
	d := newDoor(sealedXML, newer, officialCrypt(t))
	o, ok := d.receive(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/cb?"+officialQuery(nil), strings.NewReader(officialBody)))
	if !ok || o.crypt != d.crypts[1] {
		t.Errorf("ok %v, %v: the reply must be sealed with the secret of the request", ok, d.refused)
	}
}

func TestStaleTimestamp(t *testing.T) {
	for _, age := range []time.Duration{-11 * time.Minute, -9 * time.Minute, 9 * time.Minute, 11 * time.Minute} {
		d := newDoor(sealedXML, officialCrypt(t))
		d.now = func() time.Time { return time.Unix(1409659813, 0).Add(age) }
		d.maxAge = 10 * time.Minute
		_, ok := d.receive(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/cb?"+officialQuery(nil), strings.NewReader(officialBody)))
		if fresh := age.Abs() < d.maxAge; ok != fresh || !fresh && !errors.Is(d.refused, errStale) {
			t.Errorf("age %v: ok %v, %v", age, ok, d.refused)
		}
	}
}

func TestVerifyURL(t *testing.T) {
	q := url.Values{"msg_signature": {officialEchoSig}, "timestamp": {officialEchoTime}, "nonce": {officialEchoNonce}}.Encode()
	for name, tt := range map[string]struct {
		query  string
		status int
		want   error
	}{
		"escaped":   {q + "&echostr=" + url.QueryEscape(officialEcho), 200, nil},
		"raw plus":  {q + "&echostr=" + officialEcho, 200, nil},
		"no echo":   {q, 400, errQuery},
		"two echos": {q + "&echostr=a&echostr=b", 400, errQuery},
		"changed":   {q + "&echostr=" + url.QueryEscape(strings.ToLower(officialEcho)), 403, errSignature},
		"cut":       {q + "&echostr=" + url.QueryEscape(officialEcho[:len(officialEcho)-4]), 403, errSignature},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(sealedXML, officialCrypt(t))
			w := httptest.NewRecorder()
			d.verify(w, httptest.NewRequest(http.MethodGet, "/cb?"+tt.query, nil))
			if w.Code != tt.status || !errors.Is(d.refused, tt.want) {
				t.Errorf("status %d (%v), want %d (%v)", w.Code, d.refused, tt.status, tt.want)
			}
			if w.Code == 200 && w.Body.String() != officialEchoPlain {
				t.Errorf("echoed %q", w.Body)
			}
		})
	}
}

func TestReplyHasTheShapeThatRobotsWant(t *testing.T) {
	c := mustCrypt(t, officialToken, officialKey, "")
	data, err := opened{crypt: c, nonce: "nonce-1"}.reply(map[string]string{"a": "<b>&"}, time.Unix(1641002400, 0))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil || len(fields) != 4 {
		t.Fatalf("%s: %v", data, err)
	}
	if fields["timestamp"] != 1641002400.0 || fields["nonce"] != "nonce-1" {
		t.Errorf("%s", data)
	}
	text, err := c.open(fields["msgsignature"].(string), "1641002400", "nonce-1", fields["encrypt"].(string))
	if err != nil || string(text) != `{"a":"<b>&"}` {
		t.Errorf("sealed %q, %v", text, err)
	}
}

func FuzzCallback(f *testing.F) {
	f.Add(officialQuery(nil), []byte(officialBody))
	f.Add("msg_signature=%zz&timestamp=1&nonce=;", []byte(`{"encrypt":"x"}`))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		for _, sealed := range []func([]byte) (string, error){sealedXML, sealedJSON} {
			d := newDoor(sealed, officialCrypt(t))
			r := httptest.NewRequest(http.MethodPost, "/cb", strings.NewReader(string(body)))
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			o, ok := d.receive(w, r)
			if ok && !strings.Contains(string(o.message), "<Content><![CDATA[hello]]></Content>") {
				t.Errorf("let in %q", o.message)
			}
			if !ok && w.Code < 400 {
				t.Errorf("refused with status %d", w.Code)
			}
		}
	})
}

// TestMaxAgeHasABound: what is valid for longer than its keys are known would be answered
// twice.
func TestMaxAgeHasABound(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{0: 24 * time.Hour, time.Minute: time.Minute, adapters.KeepKeys: 0, -1: 0} {
		got, err := oldest(age)
		if got != want || (err == nil) != (want > 0) || err != nil && !strings.Contains(err.Error(), "max_age") {
			t.Errorf("%s: %s, %v", age, got, err)
		}
	}
	_, robot := NewRobot(RobotConfig{ID: "wecom-aibot:main", Secret: Secret{officialToken, officialKey}, MaxAge: 50 * time.Hour})
	_, app := NewApp(AppConfig{ID: "wecom-app:hall", CorpID: "c", AgentID: 1, AppSecret: "s", Secret: Secret{officialToken, officialKey}, MaxAge: 50 * time.Hour})
	if robot == nil || app == nil {
		t.Errorf("robot %v, application %v", robot, app)
	}
}
