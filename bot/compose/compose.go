// Package compose writes the draft of an answer from the passages that were found.
//
// It owns how a draft is written. It refuses to know how passages were found and
// is not trusted: bot.Verify checks every sentence.
package compose

import (
	"context"

	"github.com/wence-bot/wence/bot"
)

// Extractive writes nothing of its own: it quotes the passages as they stand.
type Extractive struct{}

var _ bot.Composer = Extractive{}

// Compose implements bot.Composer.
func (Extractive) Compose(_ context.Context, b bot.Brief) (bot.Draft, error) {
	var d bot.Draft
	for _, p := range b.Passages {
		d.Sentences = append(d.Sentences, bot.Sentence{Text: p.Text(), Handle: p.Handle, Quote: p.Text()})
	}
	return d, nil
}
