package segment

import (
	"unicode"
	"unicode/utf8"

	"github.com/wence-bot/wence/index"
)

// A run is a stretch of folded text that can hold words: Chinese characters only,
// or letters and digits with what joins them (3.5%, r&d).
type run struct {
	start, end int
	han        bool
}

// A word is a place in folded text with what gse's dictionary has on it: the count,
// 0 if it does not know the word, and the part of speech.
type word struct {
	start, end int
	freq       float64
	pos        string
}

type kind uint8

const (
	kindNone kind = iota // blanks, punctuation, symbols
	kindHan
	kindPlain // letters and digits of other scripts
)

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' {
			return kindPlain
		}
		return kindNone
	case isHan(r):
		return kindHan
	case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
		return kindPlain
	}
	return kindNone
}

// isHan avoids unicode.Is, whose binary search would be the dearest part of a cut.
func isHan(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF ||
		r == 0x3005 || r == 0x3007 || // 々 〇
		0xF900 <= r && r <= 0xFAFF || 0x20000 <= r && r <= 0x3FFFD
}

func splitRuns(s string) []run {
	runs := make([]run, 0, len(s)/24+2)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		k := kindOf(r)
		if k == kindNone {
			i += size
			continue
		}
		start := i
		for i += size; i < len(s); i += size {
			r, size = utf8.DecodeRuneInString(s[i:])
			if kindOf(r) != k && !(k == kindPlain && joins(s, start, i)) {
				break
			}
		}
		runs = append(runs, run{start, i, k == kindHan})
	}
	return runs
}

// joins reports whether the mark at i belongs to the run of letters and digits from
// start on. Hyphens and slashes do not: 10-50人 and 2023/2024 are two numbers each.
func joins(s string, start, i int) bool {
	before := s[i-1]
	switch s[i] {
	case '%':
		return isDigit(before)
	case '.':
		return i+1 < len(s) && (isDigit(before) && isDigit(s[i+1]) || isLower(before) && isLower(s[i+1]))
	case '&':
		return i+1 < len(s) && isLower(before) && isLower(s[i+1])
	case ',': // 1,000 but not 1,2,3
		return isDigit(before) && digitsAt(s, i+1) == 3
	}
	return false
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isLower(b byte) bool { return 'a' <= b && b <= 'z' }

// digitsAt counts digits from i on, up to 4.
func digitsAt(s string, i int) (n int) {
	for i < len(s) && n < 4 && isDigit(s[i]) {
		i, n = i+1, n+1
	}
	return n
}

// A cutting is a text folded and cut into words.
type cutting struct {
	s      *Segmenter
	folded string
	spans  []span // nil if folding changed nothing
	runs   []run
	words  []word
}

func (s *Segmenter) cut(text string) cutting {
	t := cutting{s: s}
	t.folded, t.spans = fold(text)
	t.runs = splitRuns(t.folded)
	t.words = s.wordsOf(t.folded, t.runs)
	return t
}

// tokens returns the words.
func (t cutting) tokens() []index.Token {
	if len(t.words) == 0 {
		return nil
	}
	tokens := make([]index.Token, len(t.words))
	for i, w := range t.words {
		tokens[i] = t.s.token(t.folded, t.spans, w)
	}
	return tokens
}

// terms returns what the text is indexed under.
func (t cutting) terms() []index.Token {
	if len(t.runs) == 0 {
		return nil
	}
	c := collector{cutting: t, bytes: []byte(t.folded), tokens: make([]index.Token, 0, len(t.folded)*2/3+2)}
	for _, r := range t.runs {
		if r.han {
			c.hanRun(r)
		} else {
			c.plainRun(r)
		}
	}
	return c.tokens
}

// wordsOf returns the words of folded text in order. gse walks the whole text, so that
// domain words may mix scripts (5g基站); what it splits inside a run of letters and
// digits (3|.|5) is put together again.
func (s *Segmenter) wordsOf(folded string, runs []run) []word {
	if len(runs) == 0 {
		return nil
	}
	segs := s.seg.Segment([]byte(folded))
	words := make([]word, 0, len(segs))
	ri, done := 0, 0
	for i := range segs {
		start, end := segs[i].Start(), segs[i].End()
		if end <= done {
			continue
		}
		start = max(start, done)
		for ri < len(runs) && runs[ri].end <= start {
			ri++
		}
		if ri == len(runs) {
			break
		}
		r := runs[ri]
		if r.start >= end { // punctuation only
			continue
		}
		tok := segs[i].Token()
		w := word{max(start, r.start), end, tok.Freq(), tok.Pos()}
		if !r.han && end <= r.end {
			w.end = r.end
			for j := i + 1; j < len(segs) && segs[j].Start() < r.end; j++ {
				w.freq, w.pos = 0, ""
				if segs[j].End() > r.end { // a word of mixed script begins in this run
					w.end = segs[j].Start()
					break
				}
			}
		}
		words = append(words, w)
		done = w.end
	}
	return words
}

// A collector gathers the terms of one text.
type collector struct {
	cutting
	bytes  []byte // of folded, for gse
	next   int    // the first word that may reach into the current place
	tokens []index.Token
	at     int // where in tokens those of the current place begin
}

// add appends a term unless this place has it already.
func (c *collector) add(w word) {
	t := c.s.token(c.folded, c.spans, w)
	for i := range c.tokens[c.at:] {
		if len(c.tokens[c.at+i].Term) == len(t.Term) {
			return
		}
	}
	c.tokens = append(c.tokens, t)
}

// wordAt returns the word that covers a place, which moves forward only.
func (c *collector) wordAt(place int) (w word, ok bool) {
	for c.next < len(c.words) && c.words[c.next].end <= place {
		c.next++
	}
	if c.next == len(c.words) || c.words[c.next].start > place {
		return word{}, false
	}
	return c.words[c.next], true
}

// plainRun adds a run of letters and digits: without its percent sign, so that 100%
// is found by 100, as a whole, and with a word of mixed script that begins in it.
func (c *collector) plainRun(r run) {
	c.at = len(c.tokens)
	if c.folded[r.end-1] == '%' {
		c.add(word{start: r.start, end: r.end - 1})
	}
	for place := r.start; place < r.end; {
		w, ok := c.wordAt(place)
		if !ok {
			break
		}
		if place == r.start && (w.start != r.start || w.end >= r.end) {
			c.add(word{start: r.start, end: r.end})
		}
		if w.start >= r.start {
			if w.start > r.start {
				c.at = len(c.tokens)
			}
			c.add(w)
		}
		place = w.end
	}
}

// hanRun adds the dictionary words and the character pairs of a Chinese run.
func (c *collector) hanRun(r run) {
	_, size := utf8.DecodeRuneInString(c.folded[r.start:])
	if r.start+size == r.end {
		c.at = len(c.tokens)
		c.add(c.look(r.start, r.end))
	}
	for place := r.start; place < r.end; place += size {
		c.at = len(c.tokens)
		_, size = utf8.DecodeRuneInString(c.folded[place:])
		c.place(r, place, place+size)
	}
}

// place adds the terms that begin with the character from place to after.
func (c *collector) place(r run, place, after int) {
	w, inWord := c.wordAt(place)
	known := true // the dictionary has words that begin like this
	for end := after; end < r.end; {
		_, size := utf8.DecodeRuneInString(c.folded[end:])
		pair := end == after
		end += size
		if !pair && (!known || !inWord || end > w.end) {
			break
		}
		var found word
		found, known = c.lookPrefix(place, end)
		if pair || found.freq > 0 {
			c.add(found)
		}
	}
	if inWord && w.start == place && w.end > after {
		c.add(w) // of mixed script, if it was not among the above
	}
}

// look fills in what the dictionary has on a place.
func (c *collector) look(start, end int) word {
	w, _ := c.lookPrefix(start, end)
	return w
}

// lookPrefix also reports whether any dictionary word begins like that.
func (c *collector) lookPrefix(start, end int) (w word, known bool) {
	freq, pos, known := c.s.seg.Dict.Find(c.bytes[start:end])
	return word{start, end, freq, pos}, known
}
