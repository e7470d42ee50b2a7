package webhook

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The vector of the libraries of Standard Webhooks, and one with a body in Chinese.
var vectors = []struct{ Secret, ID, Timestamp, Body, Signature string }{
	published,
	{"whsec_d2VuY2UtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=", "msg_01HZX0000000000000000000", "1614265330", `{"conversation_id":"ticket-10293","sender":{"id":"u-5567","name":"张三"},"text":"公积金提取条件"}`, "v1,EnC60n3s+UhrxyNAtDn6zCwKut4IplrmNv3jqi2RgBU="},
}

func TestVectors(t *testing.T) {
	if data, err := os.ReadFile("../../../shared/vectors/generic_webhook.json"); err == nil { // beside the project, where it is developed
		var file struct {
			Vectors []struct{ Secret, ID, Timestamp, Body, Signature string }
		}
		if err := json.Unmarshal(data, &file); err != nil || len(file.Vectors) == 0 {
			t.Fatalf("%d vectors, %v", len(file.Vectors), err)
		}
		vectors = append(vectors, file.Vectors...)
	}
	for _, v := range vectors {
		s := mustSigner(v.Secret)
		if got := s.sign(v.ID, v.Timestamp, []byte(v.Body)); got != v.Signature {
			t.Errorf("%s: signature %s, want %s", v.ID, got, v.Signature)
		}
		seconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{headerID: {v.ID}, headerTimestamp: {v.Timestamp}, headerSignature: {"v1a,abc v1,AAAA " + v.Signature}}
		at := time.Unix(seconds, 0)
		for age, ok := range map[time.Duration]bool{0: true, tolerance: true, -tolerance: true, tolerance + time.Second: false, -tolerance - time.Second: false} {
			if id, err := s.verify(h, []byte(v.Body), at.Add(age)); (err == nil) != ok || ok && id != v.ID {
				t.Errorf("%s at %s: %q, %v", v.ID, age, id, err)
			}
		}
	}
}

// While secrets are being changed both are accepted, and what goes out is signed by both.
func TestRotation(t *testing.T) {
	both, body, now := mustSigner(secret, oldSecret), []byte("{}"), time.Now()
	for _, one := range []string{secret, oldSecret} {
		for name, pair := range map[string][2]signer{"in": {mustSigner(one), both}, "out": {both, mustSigner(one)}} {
			timestamp := strconv.FormatInt(now.Unix(), 10)
			h := http.Header{headerID: {"a"}, headerTimestamp: {timestamp}, headerSignature: {pair[0].sign("a", timestamp, body)}}
			if _, err := pair[1].verify(h, body, now); err != nil {
				t.Errorf("%s %.12s: %v", name, one, err)
			}
		}
	}
}

// Without a secret nothing is accepted, whatever is signed with nothing.
func TestFailsClosed(t *testing.T) {
	for _, c := range []Config{
		{}, {ID: "webhook:ivr"}, {ID: "webhook:ivr", Secrets: []string{""}}, {ID: "webhook:ivr", Secrets: []string{secret, ""}},
		{ID: "webhook:ivr", Secrets: []string{"whsec_"}}, {ID: "webhook:ivr", Secrets: []string{"whsec_c2hvcnQ="}}, {ID: "webhook:ivr", Secrets: []string{"password"}},
		{ID: "webhook:ivr", Secrets: []string{secret, oldSecret, secret}}, {ID: "ivr", Secrets: []string{secret}}, {ID: "webhook:a/../b", Secrets: []string{secret}},
		{ID: "webhook:ivr", Secrets: []string{secret}, CallbackURL: "file:///etc/passwd"}, {ID: "webhook:ivr", Secrets: []string{secret}, CallbackURL: "/cb"},
		{ID: "webhook:ivr", Secrets: []string{secret}, CallbackURL: "https://user:pass@host/"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		} else if strings.Contains(err.Error(), "c2hvcnQ") || strings.Contains(err.Error(), "pass@") {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
	now := time.Now()
	timestamp := strconv.FormatInt(now.Unix(), 10)
	h := http.Header{headerID: {"a"}, headerTimestamp: {timestamp}, headerSignature: {signer{nil}.sign("a", timestamp, nil)}}
	for _, s := range []signer{nil, {}, {nil}, {{}}} {
		if _, err := s.verify(h, nil, now); err == nil {
			t.Errorf("%v verifies what is signed with nothing", s)
		}
	}
	if a, b := NewSecret(), NewSecret(); a == b {
		t.Error("the same secret twice")
	} else if _, err := parseSecret(a); err != nil {
		t.Error(err)
	}
}

// Whatever comes in: no panic, and nothing that was not signed is believed.
func FuzzReceive(f *testing.F) {
	f.Add("msg_1", "1614265330", "v1,AAAA", []byte(`{"session_id":"a","text":"b"}`))
	f.Add("", "-1", "v1, v1", []byte(`{"reply":{"format":"speech","max_runes":1e9}}`))
	s := mustSigner(secret)
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		h := http.Header{headerID: {id}, headerTimestamp: {timestamp}, headerSignature: {signature}}
		if _, err := s.verify(h, body, time.Unix(1614265330, 0)); err == nil {
			t.Fatal("believed")
		}
		r, err := parse(body)
		if err == nil && (r.Reply.MaxRunes < minRunes || r.Reply.MaxRunes > maxRunes || r.Reply.Format == "" || len(r.SessionID) > maxID) {
			t.Fatalf("%+v", r)
		}
	})
}
