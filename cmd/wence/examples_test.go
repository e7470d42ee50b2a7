package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index/segment"
)

const compiledExamples = "../../corpus/policies/examples.bin"

// TestExamplesAreCompiled fails when the scenarios, the vocabulary or the dictionary
// have changed and the compiled ways of asking have not: then every answer would rest
// on what the words meant before. Make them with
// go test ./cmd/wence -run TestExamplesAreCompiled -update.
func TestExamplesAreCompiled(t *testing.T) {
	w, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(nil, w.vocabulary)})
	if err != nil {
		t.Fatal(err)
	}
	want := bot.CompileExamples(bot.Config{Scenarios: w.scenarios, Analyzer: analyzer, Vocabulary: w.vocabulary})
	if *update {
		if err := os.WriteFile(compiledExamples, want, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(policies.Examples(), want) {
		t.Error("corpus/policies/examples.bin is not up to date: run go test ./cmd/wence -run TestExamplesAreCompiled -update")
	}
}
