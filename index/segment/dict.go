package segment

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

//go:generate go run ./internal/gendict -out .

// dictText is one "word count pos" per line after a header; see README.md.
//
//go:embed dict.txt
var dictText string

const (
	// minFreq is the least count in the dictionary; gse gives 1 to what it does not know.
	minFreq = 2
	// maxWord bounds the characters of a domain word: gse looks as far ahead from
	// every character of a text as its longest word goes.
	maxWord = 32
	// domainWords is for how many there is room from the beginning.
	domainWords = 4096
	// domainPOS marks domain words inside gse; it never leaves this package.
	domainPOS = "\x00domain"
	// domainBits is the path cost of a domain word: log2(1/p) of a word about as
	// common as 企业. It beats any row of shorter words, yet is dear enough that a
	// short domain word does not tear common neighbours apart (提高|企业, not 高企).
	domainBits = 14
	// unknownBits is what gse charges for a character that it does not know.
	unknownBits = 32
)

// A Loading is a general dictionary that is being read.
type Loading struct {
	read chan loaded
}

type loaded struct {
	s   *Segmenter
	err error
}

// Load begins to read the general dictionary, which takes most of the time of New, while
// the caller does something else.
func Load() *Loading {
	l := &Loading{make(chan loaded, 1)}
	go func() {
		s := &Segmenter{}
		s.seg.NotLoadHMM = true // guessed words would differ between question and clause
		s.seg.SkipLog = true
		s.seg.Load = true
		s.seg.Dict = gse.NewDict()
		s.seg.Init()
		l.read <- loaded{s, s.load(dictText)}
	}()
	return l
}

// New is the function New with the dictionary that was loaded. It must be called once at
// most: each Segmenter changes its dictionary.
func (l *Loading) New(c Config) (*Segmenter, error) {
	got := <-l.read
	if got.err != nil {
		return nil, fmt.Errorf("segment: read embedded dictionary: %w", got.err)
	}
	s := got.s
	if err := s.addDomain(c.Words); err != nil {
		return nil, err
	}
	s.seg.CalcToken() // without it, gse takes every word to be free of charge
	return s, nil
}

// load adds the words as they are, not through gse.LoadDictStr, which flattens the
// counts of single characters to 2 and thereby glues 的 and 和 to their neighbours.
func (s *Segmenter) load(text string) error {
	header, text, ok := strings.Cut(text, "\n\n")
	_, after, ok2 := strings.Cut(header, "# total ")
	if !ok || !ok2 {
		return errors.New("no header with a total")
	}
	total, err := strconv.ParseFloat(strings.TrimSpace(after), 64)
	if err != nil || total <= 0 {
		return fmt.Errorf("bad total in header: %w", err)
	}
	s.perUnit = 1e6 / total
	s.seg.Dict.Tokens = make([]gse.Token, 0, strings.Count(text, "\n")+domainWords)
	// From the last word to the first: the trie has a tenth less to move than in order.
	for text = strings.TrimSuffix(text, "\n"); text != ""; {
		at := strings.LastIndexByte(text, '\n')
		line := text[at+1:]
		text = text[:max(at, 0)]
		w, rest, _ := strings.Cut(line, " ")
		count, pos, _ := strings.Cut(rest, " ")
		freq, err := strconv.Atoi(count)
		if err != nil || freq < minFreq {
			return fmt.Errorf("bad line %q", line)
		}
		if err := s.seg.AddToken(w, float64(freq), pos); err != nil {
			return fmt.Errorf("add %q: %w", w, err)
		}
	}
	return nil
}

// addDomain adds domain words so that they stay whole, and keeps aside what the
// general dictionary said about them: being a domain word makes none common.
func (s *Segmenter) addDomain(words []string) error {
	s.domain = make(map[string]wordInfo, len(words))
	for _, w := range words {
		w = strings.TrimFunc(Normalize(w), func(r rune) bool { return kindOf(r) == kindNone && r != '+' && r != '#' })
		n := utf8.RuneCountInString(w)
		if _, ok := s.domain[w]; ok || n < 2 || n > maxWord {
			continue
		}
		freq, pos, known := s.seg.Dict.Find([]byte(w))
		known = known && freq >= minFreq // Find also reports mere prefixes
		total := s.seg.Dict.TotalFreq()
		bits := min(domainBits, s.cost(w)-3)
		if known {
			bits = min(bits, math.Log2(total/freq))
		}
		want := total / math.Exp2(max(bits, 1))
		add := s.seg.AddToken
		if known {
			add = s.seg.ReAddToken // AddToken would silently keep the old count
			s.domain[w] = wordInfo{freq, pos}
		} else {
			s.domain[w] = wordInfo{}
		}
		if err := add(w, want, domainPOS); err != nil {
			return fmt.Errorf("segment: add domain word %q: %w", w, err)
		}
	}
	return nil
}

// cost returns the bits of the cheapest way to cut w into more than one word.
func (s *Segmenter) cost(w string) float64 {
	logTotal := math.Log2(s.seg.Dict.TotalFreq())
	best := make([]float64, len(w)+1)
	for i := range w {
		best[i] = math.Inf(1)
	}
	best[0], best[len(w)] = 0, math.Inf(1)
	for i, r := range w {
		single := i + utf8.RuneLen(r)
		best[single] = min(best[single], best[i]+unknownBits)
		for end, known := single, true; known; {
			var freq float64
			if freq, _, known = s.seg.Dict.Find([]byte(w[i:end])); freq >= minFreq && end-i < len(w) {
				best[end] = min(best[end], best[i]+logTotal-math.Log2(freq))
			}
			if end == len(w) {
				break
			}
			_, size := utf8.DecodeRuneInString(w[end:])
			end += size
		}
	}
	return best[len(w)]
}
