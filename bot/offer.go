package bot

import (
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// SampleQuestions returns at most n questions that the documents in force answer, each
// about another matter.
func (b *Bot) SampleQuestions(n int) []string {
	var asks []string
	for _, l := range b.known.Load().examples.scenarios {
		if !l.outside() && len(l.Asks) > 0 {
			asks = append(asks, neat(l.Asks))
		}
	}
	var out []string
	step := max(1, len(asks)/max(n, 1))
	for i := step / 2; i < len(asks) && len(out) < n; i += step {
		out = append(out, asks[i])
	}
	return out
}

// neat returns the first of some questions that is in one short piece, else the first.
func neat(asks []string) string {
	for _, a := range asks {
		if n := utf8.RuneCountInString(a); n >= 5 && n <= 14 && !strings.ContainsAny(a, ",，") {
			return a
		}
	}
	return asks[0]
}

// Related returns at most n questions that a clause answers, other than the one
// that was asked.
func (b *Bot) Related(ref corpus.Ref, asked string, n int) []string {
	var out []string
	for _, s := range b.suggest(b.known.Load(), scored{prepared: &prepared{ref: ref}}, n+1) {
		if s != asked && len(out) < n {
			out = append(out, s)
		}
	}
	return out
}
