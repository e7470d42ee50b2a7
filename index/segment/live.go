package segment

import (
	"fmt"
	"sync/atomic"

	"github.com/wence-bot/wence/index"
)

// Live is a Segmenter whose domain words can change while others read: each change
// builds a new Segmenter beside the old one, for gse races when a word is added to
// a dictionary in use. The zero Live is not usable; see NewLive.
type Live struct {
	current atomic.Pointer[Segmenter]
}

var _ index.Analyzer = (*Live)(nil)

// NewLive returns a Live with the given words.
func NewLive(c Config) (*Live, error) {
	l := &Live{}
	return l, l.Swap(c.Words)
}

// Swap replaces the domain words. Calls under way finish with the old ones; on an
// error the old ones stay.
func (l *Live) Swap(words []string) error {
	s, err := New(Config{Words: words})
	if err != nil {
		return fmt.Errorf("segment: swap %d words: %w", len(words), err)
	}
	l.current.Store(s)
	return nil
}

// Segmenter returns the current Segmenter, for who must cut several texts alike.
func (l *Live) Segmenter() *Segmenter { return l.current.Load() }

// Normalize implements index.Analyzer.
func (l *Live) Normalize(text string) string { return Normalize(text) }

// Words implements index.Analyzer.
func (l *Live) Words(text string) []index.Token { return l.current.Load().Words(text) }

// Terms implements index.Analyzer.
func (l *Live) Terms(text string) []index.Token { return l.current.Load().Terms(text) }

// WordsAndTerms implements index.Analyzer.
func (l *Live) WordsAndTerms(text string) (words, terms []index.Token) {
	return l.current.Load().WordsAndTerms(text)
}

// Sound implements index.Analyzer.
func (l *Live) Sound(text string) string { return Sound(text) }

// FuzzySound is Sound with the distinctions folded that many speakers do not make.
func (l *Live) FuzzySound(text string) string { return FuzzySound(text) }
