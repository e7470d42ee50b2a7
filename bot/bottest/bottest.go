// Package bottest makes the bot that tests of other packages talk to.
package bottest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// A World is a bot on the embedded policies, with the real engine in memory.
type World struct {
	*bot.Bot
	Register  *corpus.Register
	Documents []*corpus.Document // at least one
}

// New makes a World whose answers the composer writes. It takes a third of a second:
// tests that change nothing share one.
func New(ctx context.Context, composer bot.Composer) (*World, error) {
	register, err := policies.Register()
	if err != nil {
		return nil, err
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		return nil, err
	}
	scenarios, err := policies.Scenarios()
	if err != nil {
		return nil, err
	}
	w, memory := &World{Register: register}, &bot.Memory{}
	texts := policies.Texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d, err := corpus.Parse(texts[name], register)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		memory.Put(d)
		w.Documents = append(w.Documents, d)
	}
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(w.Documents, vocabulary)})
	if err != nil {
		return nil, err
	}
	clauses, err := bleve.New(index.Placed{Analyzer: analyzer, Places: vocabulary.Places})
	if err != nil {
		return nil, err
	}
	if err := clauses.Put(ctx, w.Documents...); err != nil {
		return nil, err
	}
	w.Bot, err = bot.New(ctx, bot.Config{
		Documents: memory, Clauses: clauses, Scenarios: scenarios, Analyzer: analyzer,
		Register: register, Vocabulary: vocabulary, Composer: composer, Region: w.Documents[0].Region,
	})
	return w, err
}
