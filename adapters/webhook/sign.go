package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of Standard Webhooks.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	secretPrefix = "whsec_"
	tolerance    = 5 * time.Minute // of the clocks
	maxID        = 256
)

// NewSecret returns a secret of 32 random bytes, as both sides configure it.
func NewSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// parseSecret returns the key of a secret. The error does not hold it.
func parseSecret(s string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(s, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("must be whsec_ and 24 to 64 bytes in base64: make one with wence channel secret")
	}
	return key, nil
}

// A signer holds the keys of both directions, the present one first.
type signer [][]byte

// sign returns the value of Webhook-Signature: v1, and the HMAC-SHA256 over id, time and
// body, once for each key.
func (s signer) sign(id, timestamp string, body []byte) string {
	var out []string
	for _, key := range s {
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac(key, id, timestamp, body)))
	}
	return strings.Join(out, " ")
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// published is the vector of the libraries of Standard Webhooks.
var published = struct{ Secret, ID, Timestamp, Body, Signature string }{
	"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`,
	"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}

// SelfTest implements adapters.SelfTester.
func (p *Platform) SelfTest() error {
	key, err := parseSecret(published.Secret)
	if err != nil || (signer{key}).sign(published.ID, published.Timestamp, []byte(published.Body)) != published.Signature {
		return errors.New("the published vector of Standard Webhooks is not reproduced")
	}
	now, body := p.now(), []byte("{}")
	timestamp := strconv.FormatInt(now.Unix(), 10)
	for i := range p.signer {
		h := http.Header{headerID: {"test"}, headerTimestamp: {timestamp}, headerSignature: {p.signer[i:i+1].sign("test", timestamp, body)}}
		if _, err := p.signer.verify(h, body, now); err != nil {
			return fmt.Errorf("secret %d does not verify what it signs: %w", i+1, err)
		}
	}
	return nil
}

var errUnsigned = errors.New("the signature is missing, wrong or too old")

// verify returns the ID of a message if one of the keys signed it within the last five
// minutes. It does not say what was wrong.
func (s signer) verify(h http.Header, body []byte, now time.Time) (id string, err error) {
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		if len(h.Values(name)) != 1 {
			return "", errUnsigned
		}
	}
	id, timestamp := h.Get(headerID), h.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" || len(id) > maxID {
		return "", errUnsigned
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return "", errUnsigned
	}
	for given := range strings.FieldsSeq(h.Get(headerSignature)) {
		version, encoded, _ := strings.Cut(given, ",")
		signature, err := base64.StdEncoding.Strict().DecodeString(encoded) // strict: each bit counts
		if version != "v1" || err != nil {
			continue // of a scheme that we do not know
		}
		for _, key := range s {
			if len(key) > 0 && hmac.Equal(signature, mac(key, id, timestamp, body)) {
				return id, nil
			}
		}
	}
	return "", errUnsigned
}
