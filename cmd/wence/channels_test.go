package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// post sends a request as a system does that has the secret.
func post(t *testing.T, url, secret, id string, body any) (int, map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, raw)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", timestamp)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Errorf("%d: %v", resp.StatusCode, err)
	}
	return resp.StatusCode, out
}

// A question comes in over a channel of the file of settings and its answer goes out
// with the citation; what waited while wence was down is answered at the next start.
func TestServeChannels(t *testing.T) {
	const secret = "whsec_d2VuY2UtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE="
	callbacks := make(chan map[string]any, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		out := map[string]any{}
		if err != nil || json.Unmarshal(body, &out) != nil {
			t.Errorf("%v: %s", err, body)
		}
		callbacks <- out
	}))
	defer other.Close()
	dir := t.TempDir()
	settings := filepath.Join(dir, "wence.toml")
	text := fmt.Sprintf("public_url = %q\n[channels.webhook.ivr]\nsecret = \"${WENCE_TEST_IVR}\"\ncallback_url = %q\n",
		"https://zc.example", other.URL)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("WENCE_TEST_IVR", secret)
	data := filepath.Join(dir, "data")
	url, interrupt, status, stderr := serve(t, "--config", settings, "--data", data)
	code, out := post(t, url+"/ch/webhook/ivr", secret, "msg_1", map[string]any{"session_id": "call", "text": "想贷点款周转找谁?"})
	again, same := post(t, url+"/ch/webhook/ivr", secret, "msg_1", map[string]any{"session_id": "call", "text": "想贷点款周转找谁?"})
	if code != 202 || again != 202 || out["answer_id"] != same["answer_id"] {
		t.Errorf("%d %v, again %d %v", code, out, again, same)
	}
	got := <-callbacks
	said, _ := got["text"].(string)
	if got["answer_id"] != out["answer_id"] || !strings.Contains(said, "清府办函〔2024〕24号 二、(六)") || !strings.Contains(said, "https://zc.example/p/") {
		t.Errorf("%v", got)
	}
	if code, out = post(t, url+"/ch/webhook/ivr/sync", secret, "msg_2", map[string]any{"session_id": "call", "text": "那上市呢?"}); code != 200 {
		t.Errorf("%d %v", code, out)
	} else if said := fmt.Sprint(out["parts"]); !strings.Contains(said, "二、(六)第2段") {
		t.Errorf("the follow-up was not understood: %s", said)
	}
	if code, out = post(t, url+"/ch/webhook/ivr", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_3", map[string]any{"session_id": "call", "text": "q"}); code != 401 {
		t.Errorf("forged: %d %v", code, out)
	}
	if _, metrics := get(t, url+"/metrics"); !strings.Contains(metrics, `wence_channel_events_total{channel="webhook:ivr",verdict="accepted"} 2`) ||
		!strings.Contains(metrics, `wence_channel_requests_total{channel="webhook:ivr",code="401"} 1`) {
		t.Errorf("metrics: %s", metrics)
	}
	// The queue can be looked at while it is in use.
	var status1 bytes.Buffer
	if code := run(context.Background(), []string{"channel", "status", "--data", data}, streams{in: strings.NewReader(""), out: &status1, err: &status1}); code != 0 || !strings.Contains(status1.String(), "nothing waits") {
		t.Errorf("status %d: %s", code, &status1)
	}
	interrupt()
	if code := <-status; code != 0 {
		t.Errorf("status %d: %s", code, stderr)
	}
	if log := stderr.String(); !strings.Contains(log, "a request was refused") || strings.Contains(log, secret) || len(callbacks) != 0 {
		t.Errorf("%d callbacks too many; log: %s", len(callbacks), log)
	}
}

// A channel that cannot start keeps wence from starting, by name: nobody would notice that
// it is missing. Nothing is left behind. One whose platform cannot be reached starts.
func TestServeRefusesBrokenChannels(t *testing.T) {
	dir := t.TempDir()
	settings, data := filepath.Join(dir, "wence.toml"), filepath.Join(dir, "data")
	write := func(text string) {
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[channels.webhook.ivr]\nsecret = \"short\"\n[channels.slack.team1]\nsigning_secret = \"${WENCE_TEST_NONE}\"\nbot_token = \"xoxb-secret\"\n")
	var out, stderr bytes.Buffer
	args := []string{"serve", "--addr", "127.0.0.1:0", "--config", settings, "--data", data}
	code := run(t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &stderr})
	for _, want := range []string{"webhook:ivr: ", "secret must be whsec_", "slack:team1: ", "WENCE_TEST_NONE", "channels do not start"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in %s", want, &stderr)
		}
	}
	if code != 1 || out.Len() > 0 || strings.Contains(stderr.String(), "xoxb-secret") {
		t.Errorf("status %d: %s%s", code, &out, &stderr)
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("the data folder was made")
	}
	write("[channels.webhook.ivr]\nsecret = \"whsec_d2VuY2UtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=\"\ncallback_url = \"http://127.0.0.1:1/\"\n")
	_, interrupt, status, log := serve(t, args[3:]...)
	interrupt()
	if code := <-status; code != 0 {
		t.Errorf("status %d: %s", code, log)
	}
}
