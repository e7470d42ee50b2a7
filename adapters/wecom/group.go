package wecom

import (
	"context"
	"net/url"
	"time"

	"github.com/wence-bot/wence/adapters"
)

// A Group is a group robot 群机器人: it sends to its group and hears nothing. The key of
// its URL is all that it takes to write there, so it stands in no error and no log.
type Group struct {
	config GroupConfig
	api    *client
}

// NewGroup returns a Group. The error names the settings that are missing or wrong.
func NewGroup(c GroupConfig) (*Group, error) {
	if err := check(KindGroup, c.ID, map[string]string{"key": c.Key}); err != nil {
		return nil, err
	}
	return &Group{config: c, api: newClient(c.BaseURL)}, nil
}

// ID implements adapters.Platform.
func (g *Group) ID() string { return g.config.ID }

// Caps implements adapters.Platform. A group robot sends 20 messages a minute.
func (g *Group) Caps() adapters.Caps {
	return adapters.Caps{
		Limit: messageBytes, Measure: func(m adapters.Outbound) int { _, s := g.format(m); return len(s) },
		PerApp: adapters.Rate{Messages: 15, Per: time.Minute, Burst: 5},
	}
}

// Routes implements adapters.Platform: there are none.
func (g *Group) Routes(adapters.Inbox) []adapters.Route { return nil }

// format returns a message as it is sent, and as what. Only text can mention somebody
// without markup that others could type too.
func (g *Group) format(m adapters.Outbound) (kind, content string) {
	if g.config.Markdown && len(g.config.Mention) == 0 {
		if content, ok := subset(m); ok {
			return "markdown", content
		}
	}
	return typeText, plain(m)
}

// Send implements adapters.Platform. Where to is not asked: a robot has one group.
func (g *Group) Send(ctx context.Context, _ adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	type text struct {
		Content string   `json:"content"`
		Mention []string `json:"mentioned_list,omitempty"`
	}
	var post struct {
		Type     string   `json:"msgtype"`
		Text     *text    `json:"text,omitempty"`
		Markdown *content `json:"markdown,omitempty"`
	}
	var said string
	if post.Type, said = g.format(m); post.Type == typeText {
		post.Text = &text{said, g.config.Mention}
	} else {
		post.Markdown = &content{said}
	}
	return "", g.api.do(ctx, "/cgi-bin/webhook/send", url.Values{"key": {g.config.Key}}, post, nil)
}
