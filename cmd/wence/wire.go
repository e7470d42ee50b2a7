package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// A house is everything that answers a question, put together.
type house struct {
	bot       *bot.Bot
	documents []*corpus.Document
	close     func() error
}

// build puts the house together on the embedded policies, in memory.
func build(ctx context.Context) (*house, error) {
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
	docs, err := parseEmbedded(register)
	if err != nil {
		return nil, err
	}
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(docs, vocabulary)})
	if err != nil {
		return nil, err
	}
	clauses, err := bleve.New(analyzer)
	if err != nil {
		return nil, err
	}
	examples, err := bleve.New(analyzer)
	if err != nil {
		return nil, err
	}
	h := &house{documents: docs, close: func() error { return errors.Join(clauses.Close(), examples.Close()) }}
	memory := &bot.Memory{}
	for _, d := range docs {
		memory.Put(d)
	}
	// Indexing and reading the examples take about as long and need not wait for each other.
	indexed := make(chan error, 1)
	go func() {
		indexed <- errors.Join(clauses.Put(ctx, docs...), examples.Put(ctx, bot.ScenarioDocument(scenarios)))
	}()
	h.bot, err = bot.New(ctx, bot.Config{
		Documents: memory, Clauses: clauses, Examples: examples, Scenarios: scenarios,
		Analyzer: analyzer, Register: register, Vocabulary: vocabulary,
		Composer: compose.Extractive{}, Region: commonRegion(docs),
	})
	if err := errors.Join(<-indexed, err); err != nil {
		return nil, err
	}
	return h, h.bot.SelfTest(ctx)
}

func parseEmbedded(register *corpus.Register) ([]*corpus.Document, error) {
	var docs []*corpus.Document
	texts := policies.Texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d, err := corpus.Parse(texts[name], register)
		if err != nil {
			return nil, fmt.Errorf("embedded policy %s: %w", name, err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// commonRegion returns the place whose policies all documents are, or "".
func commonRegion(docs []*corpus.Document) string {
	region := ""
	for i, d := range docs {
		if i > 0 && d.Region != region {
			return ""
		}
		region = d.Region
	}
	return region
}
