package main

import (
	"fmt"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/wecom"
)

// robotSettings are those of a 智能机器人 of WeCom: see wecom.RobotConfig.
type robotSettings struct {
	Token     string `toml:"token" secret:"yes"`
	AESKey    string `toml:"aes_key" secret:"yes"`
	OldToken  string `toml:"old_token" secret:"yes" optional:"yes"`
	OldAESKey string `toml:"old_aes_key" secret:"yes" optional:"yes"`
	BotName   string `toml:"bot_name"`
	Stream    string `toml:"stream"` // as in 5m30s
	NoCards   bool   `toml:"no_cards"`
	MaxAge    string `toml:"max_age"` // as in 10m
	BaseURL   string `toml:"base_url"`
}

func (s robotSettings) open(id string) (adapters.Platform, error) {
	stream, err := duration("stream", s.Stream)
	if err != nil {
		return nil, err
	}
	age, err := duration("max_age", s.MaxAge)
	if err != nil {
		return nil, err
	}
	return wecom.NewRobot(wecom.RobotConfig{
		ID: id, Secret: wecom.Secret{Token: s.Token, AESKey: s.AESKey}, Old: wecom.Secret{Token: s.OldToken, AESKey: s.OldAESKey},
		BotName: s.BotName, Stream: stream, NoCards: s.NoCards, MaxAge: age, BaseURL: s.BaseURL,
	})
}

// appSettings are those of a 自建应用 of WeCom: see wecom.AppConfig.
type appSettings struct {
	CorpID    string `toml:"corp_id"`
	AgentID   int64  `toml:"agent_id"`
	Secret    string `toml:"secret" secret:"yes"`
	Token     string `toml:"token" secret:"yes"`
	AESKey    string `toml:"aes_key" secret:"yes"`
	OldToken  string `toml:"old_token" secret:"yes" optional:"yes"`
	OldAESKey string `toml:"old_aes_key" secret:"yes" optional:"yes"`
	Format    string `toml:"format"` // text or markdown
	NoCards   bool   `toml:"no_cards"`
	MaxAge    string `toml:"max_age"`
	BaseURL   string `toml:"base_url"`
}

func (s appSettings) open(id string) (adapters.Platform, error) {
	markdown, err := isMarkdown(s.Format)
	if err != nil {
		return nil, err
	}
	age, err := duration("max_age", s.MaxAge)
	if err != nil {
		return nil, err
	}
	return wecom.NewApp(wecom.AppConfig{
		ID: id, CorpID: s.CorpID, AgentID: s.AgentID, AppSecret: s.Secret,
		Secret: wecom.Secret{Token: s.Token, AESKey: s.AESKey}, Old: wecom.Secret{Token: s.OldToken, AESKey: s.OldAESKey},
		Markdown: markdown, NoCards: s.NoCards, MaxAge: age, BaseURL: s.BaseURL,
	})
}

// groupSettings are those of a 群机器人 of WeCom: see wecom.GroupConfig.
type groupSettings struct {
	Key     string   `toml:"key" secret:"yes"`
	Mention []string `toml:"mention"`
	Format  string   `toml:"format"` // text or markdown
	BaseURL string   `toml:"base_url"`
}

func (s groupSettings) open(id string) (adapters.Platform, error) {
	markdown, err := isMarkdown(s.Format)
	if err != nil {
		return nil, err
	}
	return wecom.NewGroup(wecom.GroupConfig{ID: id, Key: s.Key, Mention: s.Mention, Markdown: markdown, BaseURL: s.BaseURL})
}

// isMarkdown reads a format.
func isMarkdown(format string) (bool, error) {
	switch format {
	case "", "text":
		return false, nil
	case "markdown":
		return true, nil
	}
	return false, fmt.Errorf("format is text or markdown, not %q", format)
}

// duration reads a duration; empty is 0, the default.
func duration(setting, s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s is a duration such as 5m30s, not %q", setting, s)
	}
	return d, nil
}
