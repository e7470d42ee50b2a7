// Package policies holds the policy texts and vocabulary that wence starts with,
// embedded. It owns data and refuses to know what is done with it.
package policies

import (
	"embed"
	"fmt"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// FS holds the files of this folder: policy texts (*.txt), the register of bodies
// and the dispatch scenarios (*.json), their ways of asking compiled (examples.bin), and the
// vocabulary (words/*.txt).
//
//go:embed *.txt *.json examples.bin words/*.txt
var FS embed.FS

// Texts returns the embedded policies: file name without .txt → text.
func Texts() map[string]string {
	texts := map[string]string{}
	entries, err := FS.ReadDir(".")
	if err != nil {
		return texts // cannot happen: the folder is embedded
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".txt")
		if !ok || e.IsDir() {
			continue
		}
		if data, err := FS.ReadFile(e.Name()); err == nil {
			texts[name] = string(data)
		}
	}
	return texts
}

// Register returns the register of bureaus.json.
func Register() (*corpus.Register, error) {
	data, err := FS.ReadFile("bureaus.json")
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return corpus.NewRegister(data)
}

// Scenarios returns the dispatch scenarios of scenarios.json and after them those
// of outside.txt, which lead to no clause.
func Scenarios() ([]corpus.Scenario, error) {
	data, err := FS.ReadFile("scenarios.json")
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	inside, err := corpus.ParseScenarios(data)
	if err != nil {
		return nil, err
	}
	if data, err = FS.ReadFile("words/outside.txt"); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	outside, err := corpus.ParseOutside("outside.txt", string(data))
	return append(inside, outside...), err
}

// Examples returns the ways of asking for Scenarios, compiled with the vocabulary of
// words/ and the words of its thesaurus as the domain words of the analyzer. A test of
// cmd/wence makes them and fails when they are not up to date.
func Examples() []byte {
	data, err := FS.ReadFile("examples.bin")
	if err != nil {
		return nil // cannot happen: the file is embedded
	}
	return data
}
