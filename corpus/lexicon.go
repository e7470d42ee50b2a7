package corpus

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Lexicon finds known phrases in a text. It is read from lines of the form
//
//	key = phrase phrase …
//
// where '#' starts a comment line and a phrase may stand under several keys.
type Lexicon struct {
	keys    map[string][]string // phrase → the keys it stands under
	order   []string            // keys in the order of the file
	longest map[rune]int        // first rune → runes of the longest phrase that begins with it
}

// A Found is one phrase of a Lexicon in a text.
type Found struct {
	Phrase     string
	Keys       []string
	Start, End int // byte offsets into the text
}

func newLexicon() *Lexicon {
	return &Lexicon{keys: map[string][]string{}, longest: map[rune]int{}}
}

// ParseLexicon reads a lexicon. A line without '=' is an error that names it.
func ParseLexicon(name, src string) (*Lexicon, error) {
	l := newLexicon()
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, phrases, ok := strings.Cut(line, " =")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return nil, fmt.Errorf("%s:%d: want \"key = phrase phrase …\", have %q", name, i+1, line)
		}
		l.order = append(l.order, key)
		for _, p := range strings.Fields(phrases) {
			l.Add(p, key)
		}
	}
	return l, nil
}

// ParseList reads a file of words, one or several a line, as a lexicon with the one key.
func ParseList(key, src string) *Lexicon {
	l := newLexicon()
	l.order = []string{key}
	for _, line := range strings.Split(src, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, p := range strings.Fields(line) {
			l.Add(p, key)
		}
	}
	return l
}

// Add enters a phrase under a key. It must not be called once others use the lexicon.
func (l *Lexicon) Add(phrase, key string) {
	for _, k := range l.keys[phrase] {
		if k == key {
			return
		}
	}
	l.keys[phrase] = append(l.keys[phrase], key)
	first, _ := utf8.DecodeRuneInString(phrase)
	l.longest[first] = max(l.longest[first], utf8.RuneCountInString(phrase))
}

// Has reports whether phrase is in the lexicon.
func (l *Lexicon) Has(phrase string) bool {
	return len(l.keys[phrase]) > 0
}

// KeysOf returns the keys that phrase stands under.
func (l *Lexicon) KeysOf(phrase string) []string { return l.keys[phrase] }

// Keys returns the keys in the order of the file.
func (l *Lexicon) Keys() []string { return l.order }

// Phrases calls yield for every phrase with its keys, in no particular order.
func (l *Lexicon) Phrases(yield func(phrase string, keys []string) bool) {
	for p, k := range l.keys {
		if !yield(p, k) {
			return
		}
	}
}

// Find returns the phrases that stand in text, from left to right without
// overlap, the longest at each place. A phrase that begins or ends with a Latin
// letter or digit is found only where no other one adjoins: ipo is not in ipod. A
// long one is no part of a word by chance, and its text may have lost its blanks.
func (l *Lexicon) Find(text string) []Found {
	var found []Found
	for start := 0; start < len(text); {
		end := l.longestAt(text, start)
		if end == 0 {
			_, size := utf8.DecodeRuneInString(text[start:])
			start += size
			continue
		}
		phrase := text[start:end]
		found = append(found, Found{Phrase: phrase, Keys: l.keys[phrase], Start: start, End: end})
		start = end
	}
	return found
}

// Cut returns the phrases that text is made of, from left to right, if it can be cut
// into phrases with nothing but punctuation, blanks and signs between them; else nil.
// Of several ways it takes one with the fewest pieces, the longest first.
func (l *Lexicon) Cut(text string) []Found {
	type piece struct{ end, count int } // count: of pieces in text[start:], 0 if it cannot be cut
	cut := make([]piece, len(text)+1)
	cut[len(text)].count = 1
	for start := len(text) - 1; start >= 0; start-- {
		if !utf8.RuneStart(text[start]) {
			continue
		}
		first, size := utf8.DecodeRuneInString(text[start:])
		take := func(end int) {
			if n := cut[end].count; n > 0 && (cut[start].count == 0 || n+1 <= cut[start].count) {
				cut[start] = piece{end, n + 1}
			}
		}
		if !unicode.IsLetter(first) && !unicode.IsDigit(first) {
			take(start + size)
		}
		for n, end := l.longest[first], start; n > 0 && end < len(text); n-- {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
			if l.Has(text[start:end]) {
				take(end)
			}
		}
	}
	var found []Found
	for start := 0; start < len(text) && cut[start].count > 0; start = cut[start].end {
		if phrase := text[start:cut[start].end]; l.Has(phrase) {
			found = append(found, Found{Phrase: phrase, Keys: l.keys[phrase], Start: start, End: cut[start].end})
		}
	}
	return found
}

// Begins reports whether text begins with a phrase.
func (l *Lexicon) Begins(text string) bool { return text != "" && l.longestAt(text, 0) > 0 }

// longestAt returns the end of the longest phrase at start, or 0.
func (l *Lexicon) longestAt(text string, start int) int {
	first, _ := utf8.DecodeRuneInString(text[start:])
	best := 0
	end := start
	for n := l.longest[first]; n > 0 && end < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
		if len(l.keys[text[start:end]]) > 0 && (end-start >= longLatin || wordBorder(text, start) && wordBorder(text, end)) {
			best = end
		}
	}
	return best
}

// longLatin is the length in bytes from which a phrase needs no word borders.
const longLatin = 12

// wordBorder reports whether i does not lie inside a run of Latin letters and digits.
func wordBorder(text string, i int) bool {
	return i == 0 || i == len(text) || !isAlnum(text[i-1]) || !isAlnum(text[i])
}

func isAlnum(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// Replace returns text with every phrase replaced by the first key it stands under.
func (l *Lexicon) Replace(text string) string {
	found := l.Find(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, f := range found {
		b.WriteString(text[last:f.Start])
		b.WriteString(f.Keys[0])
		last = f.End
	}
	b.WriteString(text[last:])
	return b.String()
}
