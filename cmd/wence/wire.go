package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// A house is everything that answers a question, put together. What a command does not
// need is left out, see depth.
type house struct {
	words
	dictionary *segment.Loading // read while the words and the store are
	bot        *bot.Bot
	documents  []*corpus.Document
	data       string            // the data folder, empty if there is none
	store      *store.Store      // nil for the embedded policies
	follower   *index.Follower   // nil for the embedded policies
	publisher  *bot.Publisher    // nil for the embedded policies
	gateway    *adapters.Gateway // nil but in wence serve
	damaged    func(error)       // see index.FollowConfig; nil if nobody is to hear of it
	close      func() error
}

// dataFlag says where the policies live. It is part of every command that answers.
type dataFlag struct {
	Data string `help:"The folder with the policies that \"wence import\" put in; without it the embedded policy answers." env:"WENCE_DATA" placeholder:"DIR"`
}

// words is the data that every house has: register, vocabulary, scenarios.
type words struct {
	register   *corpus.Register
	vocabulary *corpus.Vocabulary
	scenarios  []corpus.Scenario
}

func loadWords() (words, error) {
	var w words
	var err error
	if w.register, err = policies.Register(); err != nil {
		return w, err
	}
	if w.vocabulary, err = corpus.LoadVocabulary(policies.FS, "words"); err != nil {
		return w, err
	}
	w.scenarios, err = policies.Scenarios()
	return w, err
}

// wording is how the policy reader compares words: as the engine does.
func (w words) wording() web.Wording {
	return web.Wording{
		Fold: segment.Fold,
		Topics: func(topic string) (out []string) {
			for _, f := range w.vocabulary.Thesaurus.Find(topic) {
				out = append(out, f.Keys...)
			}
			return out
		},
	}
}

// build puts the house together on the embedded policies, in memory.
func build(ctx context.Context) (*house, error) {
	dictionary := segment.Load()
	w, err := loadWords()
	if err != nil {
		return nil, err
	}
	docs, err := w.parseEmbedded()
	if err != nil {
		return nil, err
	}
	analyzer, err := dictionary.New(segment.Config{Words: corpus.DomainWords(nil, w.vocabulary)})
	if err != nil {
		return nil, err
	}
	clauses, err := bleve.New(index.Placed{Analyzer: analyzer, Places: w.vocabulary.Places})
	if err != nil {
		return nil, err
	}
	memory := &bot.Memory{}
	for _, d := range docs {
		memory.Put(d)
	}
	fill := func() error { return clauses.Put(ctx, docs...) }
	h := &house{words: w, documents: docs, close: clauses.Close}
	return h, h.furnish(ctx, ground{analyzer: analyzer, documents: memory, clauses: clauses, fill: fill})
}

// folderIn returns where the index of a data folder lives.
func folderIn(data string, a index.Analyzer) index.Home {
	return bleve.Folder{Path: filepath.Join(data, "index"), Analyzer: a}
}

// buildOf names the words and places that an index depends on.
func buildOf(domain []string, places *corpus.Places) string {
	return corpus.RevisionOf(strings.Join(domain, "\n") + "\n\n" + strings.Join(places.Names(), "\n"))
}

// ground is what a house stands on: in memory or in a data folder.
type ground struct {
	analyzer  index.Analyzer
	documents bot.Documents
	clauses   index.Index
	lessons   bot.Lessons                                      // see bot.Config
	bureaus   bot.Bureaus                                      // see bot.Config
	held      func(context.Context) (map[string]string, error) // see bot.Config
	fill      func() error                                     // puts the documents into clauses
}

// furnish adds to a house what answers questions.
func (h *house) furnish(ctx context.Context, g ground) error {
	defer lookForGarbage(usual)
	// Indexing and learning take about as long and need not wait for each other.
	indexed := make(chan error, 1)
	go func() { indexed <- g.fill() }()
	var err error
	h.bot, err = bot.New(ctx, bot.Config{
		Documents: g.documents, Clauses: g.clauses, Scenarios: h.scenarios, Examples: policies.Examples(),
		Analyzer: g.analyzer, Register: h.register, Vocabulary: h.vocabulary,
		Composer: compose.Extractive{}, Held: g.held, Bureaus: g.bureaus, Lessons: g.lessons,
	})
	if err := errors.Join(<-indexed, err); err != nil {
		return err
	}
	return h.bot.SelfTest(ctx)
}

func (w words) parseEmbedded() ([]*corpus.Document, error) {
	var docs []*corpus.Document
	texts := policies.Texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d, err := corpus.ParseAt(texts[name], w.register, corpus.Where{Places: w.vocabulary.Places})
		if err != nil {
			return nil, fmt.Errorf("embedded policy %s: %w", name, err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}
