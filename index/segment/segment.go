// Package segment cuts Chinese text into words: it normalises (width, case,
// traditional characters), segments with gse over a compact embedded dictionary
// plus the domain words it is given, and spells sounds for homophone slips. Every
// token knows where its bytes stand in the text as it was given.
//
// It owns the general dictionary, the folding tables and the notion of a term. It
// refuses to know what a policy is, which words matter (they are handed in), where
// the terms go, and any place or bureau by name.
package segment

import (
	"github.com/go-ego/gse"

	"github.com/wence-bot/wence/index"
)

// A Config says what a Segmenter knows beyond general Chinese.
type Config struct {
	// Words are domain words, in any spelling that Normalize folds. They stay whole
	// unless a longer word contains them. Blank ones, single characters and those
	// of more than 32 characters are ignored: nothing is lost, their parts are
	// still words.
	Words []string
}

// A Segmenter cuts text. It is immutable, because gse's dictionary must not be
// written while it is read; see Live for changing words.
type Segmenter struct {
	seg     gse.Segmenter
	perUnit float64             // dictionary count → occurrences per million words
	domain  map[string]wordInfo // what the general dictionary says about domain words
}

type wordInfo struct {
	freq float64 // dictionary count, 0 if the general dictionary does not know it
	pos  string
}

var _ index.Analyzer = (*Segmenter)(nil)

// New builds a Segmenter from the embedded dictionary and the domain words. It
// fails only if the embedded data is damaged.
func New(c Config) (*Segmenter, error) {
	return Load().New(c)
}

// Normalize implements index.Analyzer. See Fold for what it folds.
func (s *Segmenter) Normalize(text string) string { return Normalize(text) }

// Sound implements index.Analyzer.
func (s *Segmenter) Sound(text string) string { return Sound(text) }

// FuzzySound is Sound with the distinctions folded that many speakers do not make.
func (s *Segmenter) FuzzySound(text string) string { return FuzzySound(text) }

// Words implements index.Analyzer. Runs of letters and digits (12345, 3.5%, r&d)
// are one word.
func (s *Segmenter) Words(text string) []index.Token {
	return s.cut(text).tokens()
}

// Terms implements index.Analyzer: the words of two or more characters, the
// dictionary words inside them, and every pair of neighbouring Chinese characters,
// each once per place, ordered by place and length. A single Chinese character is a
// term only if it stands alone, for among others it says too little.
func (s *Segmenter) Terms(text string) []index.Token {
	return s.cut(text).terms()
}

// WordsAndTerms implements index.Analyzer.
func (s *Segmenter) WordsAndTerms(text string) (words, terms []index.Token) {
	c := s.cut(text)
	return c.tokens(), c.terms()
}

// token places a word of the folded text in the text as given.
func (s *Segmenter) token(folded string, spans []span, w word) index.Token {
	t := index.Token{Term: folded[w.start:w.end], Start: w.start, End: w.end}
	if spans != nil {
		t.Start, t.End = spans[w.start].start, spans[w.end-1].end
	}
	switch {
	case w.pos == domainPOS:
		d := s.domain[t.Term]
		t.Freq, t.POS = d.freq*s.perUnit, d.pos
	case w.freq >= minFreq: // gse gives 1 and "x" to a character it does not know
		t.Freq, t.POS = w.freq*s.perUnit, w.pos
	}
	return t
}
