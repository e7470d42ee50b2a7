package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// A house is everything that answers a question, put together.
type house struct {
	bot       *bot.Bot
	documents []*corpus.Document
	close     func() error
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

// build puts the house together: on the policies in the folder data, or if that is
// empty on the embedded ones, in memory.
func build(ctx context.Context, data string) (*house, error) {
	w, err := loadWords()
	if err != nil {
		return nil, err
	}
	if data != "" {
		return buildStored(ctx, w, data)
	}
	docs, err := parseEmbedded(w.register)
	if err != nil {
		return nil, err
	}
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(docs, w.vocabulary)})
	if err != nil {
		return nil, err
	}
	clauses, err := bleve.New(analyzer)
	if err != nil {
		return nil, err
	}
	memory := &bot.Memory{}
	for _, d := range docs {
		memory.Put(d)
	}
	fill := func() error { return clauses.Put(ctx, docs...) }
	return furnish(ctx, &house{documents: docs, close: clauses.Close}, ground{w, analyzer, memory, clauses, fill})
}

// buildStored puts the house together on a data folder.
func buildStored(ctx context.Context, w words, data string) (_ *house, err error) {
	st, follower, analyzer, err := openData(ctx, w, data)
	if err != nil {
		return nil, err
	}
	h := &house{close: func() error { return errors.Join(follower.Close(), st.Close()) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if h.documents, err = st.InForce(ctx, time.Now().Format(time.DateOnly)); err != nil {
		return nil, err
	}
	if len(h.documents) == 0 {
		return nil, fmt.Errorf("no policy in %s is in force; put some in: wence import --data %s FILE…", data, data)
	}
	return furnish(ctx, h, ground{w, analyzer, st, follower, func() error { return nil }})
}

// openData opens the store in a data folder and the index that follows its log.
func openData(ctx context.Context, w words, data string) (*store.Store, *index.Follower, index.Analyzer, error) {
	// The words of documents are left out: they change with every publication, and
	// the index would have to be made anew each time.
	domain := corpus.DomainWords(nil, w.vocabulary)
	analyzer, err := segment.New(segment.Config{Words: domain})
	if err != nil {
		return nil, nil, nil, err
	}
	st, err := store.Open(ctx, data)
	if err != nil {
		return nil, nil, nil, err
	}
	follower, err := index.Follow(ctx, index.FollowConfig{
		Source: bot.Changes(st),
		Home:   folderIn(data, analyzer),
		Build:  buildOf(domain),
	})
	if err != nil {
		return nil, nil, nil, errors.Join(err, st.Close())
	}
	return st, follower, analyzer, nil
}

// folderIn returns where the index of a data folder lives.
func folderIn(data string, a index.Analyzer) index.Home {
	return bleve.Folder{Path: filepath.Join(data, "index"), Analyzer: a}
}

// buildOf names the words that an index depends on.
func buildOf(domain []string) string { return corpus.RevisionOf(strings.Join(domain, "\n")) }

// ground is what a house stands on: in memory or in a data folder.
type ground struct {
	words
	analyzer  index.Analyzer
	documents bot.Documents
	clauses   index.Index
	fill      func() error // puts the documents into clauses
}

// furnish adds to a house what answers questions.
func furnish(ctx context.Context, h *house, g ground) (*house, error) {
	examples, err := bleve.New(g.analyzer)
	if err != nil {
		return nil, err
	}
	closeRest := h.close
	h.close = func() error { return errors.Join(examples.Close(), closeRest()) }
	// Indexing and reading the examples take about as long and need not wait for each other.
	indexed := make(chan error, 1)
	go func() { indexed <- errors.Join(g.fill(), examples.Put(ctx, bot.ScenarioDocument(g.scenarios))) }()
	h.bot, err = bot.New(ctx, bot.Config{
		Documents: g.documents, Clauses: g.clauses, Examples: examples, Scenarios: g.scenarios,
		Analyzer: g.analyzer, Register: g.register, Vocabulary: g.vocabulary,
		Composer: compose.Extractive{}, Region: commonRegion(h.documents),
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
