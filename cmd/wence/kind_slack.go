package main

import (
	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/slack"
)

// slackSettings are those of a Slack workspace: see slack.Config.
type slackSettings struct {
	SigningSecret    string `toml:"signing_secret" secret:"yes"`
	OldSigningSecret string `toml:"old_signing_secret" secret:"yes" optional:"yes"`
	BotToken         string `toml:"bot_token" secret:"yes"`
	APIURL           string `toml:"api_url"`
	HooksURL         string `toml:"hooks_url"`
	PlainButtons     bool   `toml:"plain_buttons"`
}

func (s slackSettings) open(id string) (adapters.Platform, error) {
	return slack.New(slack.Config{
		ID: id, SigningSecret: s.SigningSecret, OldSigningSecret: s.OldSigningSecret, BotToken: s.BotToken,
		APIURL: s.APIURL, HooksURL: s.HooksURL, PlainButtons: s.PlainButtons,
	})
}
