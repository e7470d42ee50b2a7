package index

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

//go:embed askwords.txt
var askWordsText string

var askWords = func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(askWordsText) {
		if !strings.HasPrefix(line, "#") {
			for _, w := range strings.Fields(line) {
				words[w] = true
			}
		}
	}
	return words
}()

// How much a term of a question counts.
const (
	boostPlain = 1.0
	boostAsk   = 0.3 // of words of asking, and across their edges
	boostLong  = 0.3 // a word of three characters or more, whose pairs count already
)

// TermsOf returns the terms of a question in plain words, for whoever knows nothing
// more of it than its text.
func TermsOf(a Analyzer, text string) []Term {
	words, terms := a.WordsAndTerms(clip(text, 2*MaxTerms))
	var asks []Token
	for _, w := range words {
		if askWords[w.Term] {
			asks = append(asks, w)
		}
	}
	out := make([]Term, 0, len(terms))
	at := make(map[string]int, len(terms))
	for _, t := range terms {
		for len(asks) > 0 && asks[0].End <= t.Start {
			asks = asks[1:]
		}
		boost := boostPlain
		switch {
		case len(asks) > 0 && asks[0].Start < t.End:
			boost = boostAsk
		case utf8.RuneCountInString(t.Term) > 2 && t.Term[0] >= utf8.RuneSelf:
			boost = boostLong
		}
		i, ok := at[t.Term]
		if !ok {
			i = len(out)
			at[t.Term] = i
			out = append(out, Term{Text: t.Term})
		}
		out[i].Boost = max(out[i].Boost, boost)
	}
	return out
}

// clip returns the first n characters of a text: they have more terms than count.
func clip(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
