package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	slackgo "github.com/slack-go/slack"
)

func TestCheck(t *testing.T) {
	f := newFake(t)
	who, err := openPlatform(t, testConfig(f.URL)).Check(t.Context())
	if err != nil || who != "bot wence (UBOT) in 示例 (T1)" {
		t.Errorf("%q, %v", who, err)
	}
	c := testConfig(f.URL)
	c.BotToken = "xoxb-wrong"
	if _, err := openPlatform(t, c).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "put in the bot token") || strings.Contains(err.Error(), "xoxb-wrong") {
		t.Errorf("wrong token: %v", err)
	}
	f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := openPlatform(t, testConfig(f.URL)).Check(ctx); err == nil {
		t.Error("nobody there")
	}
}

func TestSelfTest(t *testing.T) {
	c := testConfig("https://slack.example")
	c.OldSigningSecret = "the-signing-secret-before"
	p := openPlatform(t, c)
	if err := p.SelfTest(); err != nil {
		t.Error(err)
	}
	p.verifier.secrets[1] = ""
	if err := p.SelfTest(); err == nil || !strings.Contains(err.Error(), "signing secret 2") {
		t.Errorf("an empty secret: %v", err)
	}
}

// The manifest is one that Slack knows, and leads to the routes that exist.
func TestManifest(t *testing.T) {
	p := openPlatform(t, testConfig("https://slack.example"))
	var m slackgo.Manifest
	text, where := p.Manifest("https://wence.example/")
	if !strings.Contains(where, "api.slack.com/apps") {
		t.Errorf("where to paste it: %s", where)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	urls := []string{m.Settings.EventSubscriptions.RequestUrl, m.Features.SlashCommands[0].Url, m.Settings.Interactivity.RequestUrl}
	for i, r := range p.Routes(&inbox{}) {
		if r.Method != http.MethodPost || urls[i] != "https://wence.example"+r.Path {
			t.Errorf("%s does not lead to %s", urls[i], r.Path)
		}
	}
	if !slices.Equal(m.Settings.EventSubscriptions.BotEvents, []string{"app_home_opened", "app_mention", "message.im"}) {
		t.Errorf("events %q", m.Settings.EventSubscriptions.BotEvents)
	}
}
