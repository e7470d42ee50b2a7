package api

import (
	"context"

	"github.com/wence-bot/wence/bot"
)

// failing is a Bot that cannot look anything up.
type failing struct {
	Bot
	err error
}

// Ask implements Bot.
func (f failing) Ask(context.Context, bot.Question) (bot.Answer, error) { return bot.Answer{}, f.err }

// SearchOn implements Bot.
func (f failing) SearchOn(context.Context, string, string, int) ([]bot.Found, error) {
	return nil, f.err
}
