package slack

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"
)

const testSecret = "8f742231b10e8888abcd99yyyzzz85a5"

var testTime = time.Unix(1_531_420_618, 0)

// signed returns the headers of a body.
func signed(secret string, at time.Time, body []byte) http.Header {
	ts := strconv.FormatInt(at.Unix(), 10)
	h := http.Header{}
	h.Set(headerTimestamp, ts)
	h.Set(headerSignature, sign(secret, ts, body))
	return h
}

func clockAt(at time.Time) func() time.Time { return func() time.Time { return at } }

// The official vector of docs.slack.dev/authentication/verifying-requests-from-slack.
func TestOfficialSignature(t *testing.T) {
	h := http.Header{}
	h.Set("x-slack-request-timestamp", published.timestamp)
	h.Set("x-slack-signature", published.signature)
	if err := (verifier{[]string{testSecret}, clockAt(testTime)}).verify(h, []byte(published.body)); err != nil {
		t.Error(err)
	}
}

func TestSharedVectors(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/vectors/slack.json")
	if errors.Is(err, os.ErrNotExist) {
		t.Log("no shared vectors here")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Body, Signature, Timestamp string
			SigningSecret              string `json:"signing_secret"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) == 0 {
		t.Fatal("the file has no vectors")
	}
	for i, v := range file.Vectors {
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set(headerTimestamp, v.Timestamp)
		h.Set(headerSignature, v.Signature)
		check := verifier{[]string{v.SigningSecret}, clockAt(time.Unix(seconds, 0))}
		if err := check.verify(h, []byte(v.Body)); err != nil {
			t.Errorf("vector %d: %v", i, err)
		}
		if err := check.verify(h, []byte(v.Body+" ")); !errors.Is(err, errSignature) {
			t.Errorf("vector %d with a longer body: %v", i, err)
		}
	}
}

// Each request is refused for the reason that it is made for.
func TestRefusals(t *testing.T) {
	body := []byte(`{"type":"url_verification","challenge":"c"}`)
	good := signed(testSecret, testTime, body)
	with := func(key string, values ...string) http.Header {
		h := good.Clone()
		h[http.CanonicalHeaderKey(key)] = values
		return h
	}
	secrets := []string{testSecret}
	for _, tt := range []struct {
		name    string
		secrets []string
		header  http.Header
		body    []byte
		now     time.Time
		want    error
	}{
		{"good", secrets, good, body, testTime, nil},
		{"the oldest that is taken", secrets, good, body, testTime.Add(300 * time.Second), nil},
		{"stale", secrets, good, body, testTime.Add(301 * time.Second), errStale},
		{"the furthest ahead that is taken", secrets, good, body, testTime.Add(-300 * time.Second), nil},
		{"future", secrets, good, body, testTime.Add(-301 * time.Second), errStale},
		{"far future", secrets, with(headerTimestamp, "9223372036854775807"), body, testTime, errStale},
		{"far past", secrets, with(headerTimestamp, "-9223372036854775808"), body, testTime, errStale},
		{"timestamp changed", secrets, with(headerTimestamp, "1531420619"), body, testTime, errSignature},
		{"timestamp with a sign", secrets, with(headerTimestamp, "+1531420618"), body, testTime, errSignature},
		{"timestamp no number", secrets, with(headerTimestamp, "now"), body, testTime, errTimestamp},
		{"no timestamp", secrets, with(headerTimestamp), body, testTime, errUnsigned},
		{"empty timestamp", secrets, with(headerTimestamp, ""), body, testTime, errUnsigned},
		{"two timestamps", secrets, with(headerTimestamp, "1531420618", "1"), body, testTime, errUnsigned},
		{"no signature", secrets, with(headerSignature), body, testTime, errUnsigned},
		{"empty signature", secrets, with(headerSignature, ""), body, testTime, errUnsigned},
		{"two signatures", secrets, with(headerSignature, good.Get(headerSignature), "v0=00"), body, testTime, errUnsigned},
		{"only the version", secrets, with(headerSignature, "v0="), body, testTime, errSignature},
		{"another version", secrets, with(headerSignature, "v1="+good.Get(headerSignature)[3:]), body, testTime, errSignature},
		{"body changed", secrets, good, []byte(`{"type":"url_verification","challenge":"d"}`), testTime, errSignature},
		{"body empty", secrets, good, nil, testTime, errSignature},
		{"another secret", []string{"other"}, good, body, testTime, errSignature},
		{"rotating, signed with the old one", []string{"new", testSecret}, good, body, testTime, nil},
		{"rotating, signed with the new one", []string{testSecret, "old"}, good, body, testTime, nil},
		{"rotating, signed with neither", []string{"new", "old"}, good, body, testTime, errSignature},
		{"no secret", nil, good, body, testTime, errNoSecret},
		{"empty secret", []string{""}, good, body, testTime, errNoSecret},
		{"empty secret, signed with it", []string{""}, signed("", testTime, body), body, testTime, errNoSecret},
		{"an empty second secret, signed with it", []string{testSecret, ""}, signed("", testTime, body), body, testTime, errSignature},
	} {
		if err := (verifier{tt.secrets, clockAt(tt.now)}).verify(tt.header, tt.body); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// No bit of the signature is free: not even the case of its letters.
func TestEveryBit(t *testing.T) {
	body := []byte("payload=x")
	good := signed(testSecret, testTime, body)
	check := verifier{[]string{testSecret}, clockAt(testTime)}
	flip := func(s []byte, bit int) { s[bit/8] ^= 1 << (bit % 8) }
	signature := []byte(good.Get(headerSignature))
	for bit := range 8 * len(signature) {
		flip(signature, bit)
		h := good.Clone()
		h.Set(headerSignature, string(signature))
		if err := check.verify(h, body); !errors.Is(err, errSignature) {
			t.Errorf("bit %d of the signature: %v", bit, err)
		}
		flip(signature, bit)
	}
	for bit := range 8 * len(body) {
		flip(body, bit)
		if err := check.verify(good, body); !errors.Is(err, errSignature) {
			t.Errorf("bit %d of the body: %v", bit, err)
		}
		flip(body, bit)
	}
	ts := []byte(good.Get(headerTimestamp))
	for bit := range 8 * len(ts) {
		flip(ts, bit)
		h := good.Clone()
		h.Set(headerTimestamp, string(ts))
		if err := check.verify(h, body); err == nil {
			t.Errorf("bit %d of the timestamp is not seen", bit)
		}
		flip(ts, bit)
	}
	if err := check.verify(good, body); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	body := []byte("payload=x")
	good := signed(testSecret, testTime, body)
	f.Add(good.Get(headerTimestamp), good.Get(headerSignature), body)
	f.Add("", "v0=", []byte(nil))
	f.Add("1531420618\n", "v0=\x00", []byte("x"))
	check := verifier{[]string{testSecret}, clockAt(testTime)}
	f.Fuzz(func(t *testing.T, ts, signature string, body []byte) {
		h := http.Header{headerTimestamp: {ts}, headerSignature: {signature}}
		if check.verify(h, body) == nil && signature != sign(testSecret, ts, body) {
			t.Error("accepted what we did not sign")
		}
	})
}
