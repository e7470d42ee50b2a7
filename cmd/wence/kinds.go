package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/slack"
	"github.com/wence-bot/wence/adapters/webhook"
	"github.com/wence-bot/wence/adapters/wecom"
)

// kinds are the kinds of channels: a line each.
var kinds = map[string]kind{
	slack.Kind:      kindOf(slackSettings.open),
	webhook.Kind:    kindOf(webhookSettings.open),
	wecom.KindRobot: kindOf(robotSettings.open),
	wecom.KindApp:   kindOf(appSettings.open),
	wecom.KindGroup: kindOf(groupSettings.open),
}

// A kind makes the platforms of one kind of channel.
type kind struct {
	settings func() any // a pointer to a new struct of its settings
	open     func(id string, settings any) (adapters.Platform, error)
}

// kindOf makes a kind of its settings and a function that opens a platform with them.
// Settings are fields tagged toml; those that nobody may see are tagged secret, and
// those whose variable may be missing optional.
func kindOf[S any](open func(s S, id string) (adapters.Platform, error)) kind {
	return kind{
		settings: func() any { return new(S) },
		open:     func(id string, settings any) (adapters.Platform, error) { return open(*settings.(*S), id) },
	}
}

// webhookSettings are those of another system: see webhook.Config.
type webhookSettings struct {
	Secret      string `toml:"secret" secret:"yes"`
	OldSecret   string `toml:"old_secret" secret:"yes" optional:"yes"`
	CallbackURL string `toml:"callback_url"`
}

func (s webhookSettings) open(id string) (adapters.Platform, error) {
	return webhook.New(webhook.Config{ID: id, Secrets: some(s.Secret, s.OldSecret), CallbackURL: s.CallbackURL})
}

// some returns the strings that are not empty.
func some(all ...string) (out []string) {
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// masked prints settings as key = value, secrets as stars.
func masked(settings any) string {
	v := reflect.ValueOf(settings).Elem()
	var b strings.Builder
	for i := range v.NumField() {
		field := v.Type().Field(i)
		value := literal(v.Field(i).Interface())
		if field.Tag.Get("secret") != "" {
			value = mask(v.Field(i).String())
		}
		fmt.Fprintf(&b, "%s = %s\n", field.Tag.Get("toml"), value)
	}
	return b.String()
}

// mask says of a secret only whether there is one.
func mask(secret string) string {
	if secret == "" {
		return `""`
	}
	return `"********"`
}
