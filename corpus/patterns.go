package corpus

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Patterns find the matters that people tell in words of everyday life, of which none
// is telling by itself: a machine and that it is old (设备更新), a child and a school, a
// dwelling and a loan. They are read from lines of two forms:
//
//	@class = word word …
//	policy words … = pattern pattern …
//
// A pattern is what must stand in a text, joined by "+", and after each "-" what must
// not: @机器+@老旧-@家电. Each is a class of words or a word. In a word # stands for any
// number: #年 is 三十年 and 15年. A line that begins with "# " is a comment.
type Patterns struct {
	words    map[string][]int // ids of the classes of a word
	longest  map[rune]int     // first rune → runes of the longest word that begins with it
	ids      map[string]int   // of a class, or of a word that a pattern names
	patterns []pattern
	first    map[int][]int // id → the patterns that begin with it, ascending
}

type pattern struct {
	keys      []string
	need, not []int // ids of classes
}

// A Compound is one pattern in a text.
type Compound struct {
	Keys   []string // what policies call the matter
	Pieces [][2]int // where its words stand, as byte offsets, ascending
	Apart  bool     // a comma or a full stop stands between them
}

// ParsePatterns reads patterns. A line that is none, and a pattern of a class that no
// line before has defined, is an error that names the line.
func ParsePatterns(name, src string) (*Patterns, error) {
	p := &Patterns{
		words: make(map[string][]int, len(src)/bytesPerWord), longest: map[rune]int{}, ids: map[string]int{}, first: map[int][]int{},
	}
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		left, right, ok := strings.Cut(line, " =")
		if left = strings.TrimSpace(left); !ok || left == "" || strings.TrimSpace(right) == "" {
			return nil, fmt.Errorf("%s:%d: want \"@class = word …\" or \"policy words … = pattern …\", have %q", name, i+1, line)
		}
		if strings.HasPrefix(left, "@") {
			p.define(left, strings.Fields(right))
			continue
		}
		keys := strings.Fields(left)
		for _, text := range strings.Fields(right) {
			pat, err := p.parse(text)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			pat.keys = keys
			p.first[pat.need[0]] = append(p.first[pat.need[0]], len(p.patterns))
			p.patterns = append(p.patterns, pat)
		}
	}
	return p, nil
}

// bytesPerWord is about how many bytes of the source there are to a word.
const bytesPerWord = 9

// define adds words to a class, which may be the word itself.
func (p *Patterns) define(class string, words []string) {
	id, ok := p.ids[class]
	if !ok {
		id = len(p.ids)
		p.ids[class] = id
	}
	for _, w := range words {
		if !slices.Contains(p.words[w], id) {
			p.words[w] = append(p.words[w], id)
			first, _ := utf8.DecodeRuneInString(w)
			p.longest[first] = max(p.longest[first], utf8.RuneCountInString(w))
		}
	}
}

func (p *Patterns) parse(text string) (pattern, error) {
	var out pattern
	to := &out.need
	for more := true; more; {
		part, mark := text, byte('+')
		end := strings.IndexAny(text, "+-")
		if more = end >= 0; more {
			part, mark, text = text[:end], text[end], text[end+1:]
		}
		_, known := p.ids[part]
		switch {
		case part == "":
			return pattern{}, fmt.Errorf("a part of the pattern is empty: %q", text)
		case strings.HasPrefix(part, "@") && !known:
			return pattern{}, fmt.Errorf("no line before defines the class %s", part)
		case !strings.HasPrefix(part, "@"):
			p.define(part, []string{part})
		}
		*to = append(*to, p.ids[part])
		if mark == '-' {
			to = &out.not
		}
	}
	return out, nil
}

// Keys calls yield for every text that policies call a matter by.
func (p *Patterns) Keys(yield func(string) bool) {
	for i := range p.patterns {
		for _, k := range p.patterns[i].keys {
			if !yield(k) {
				return
			}
		}
	}
}

// Find returns the patterns in text, but not those whose words are all part of a
// richer one. A word of one character counts only where isWord says so of its offsets.
func (p *Patterns) Find(text string, isWord func(start, end int) bool) []Compound {
	spans := p.spans(text, isWord)
	var begun []int // the patterns whose first word stands in the text
	for id := range spans {
		begun = append(begun, p.first[id]...)
	}
	slices.Sort(begun)
	var out []Compound
	for _, i := range begun {
		pat := &p.patterns[i]
		if slices.ContainsFunc(pat.not, func(id int) bool { return len(spans[id]) > 0 }) {
			continue
		}
		if pieces := nearest(spans, pat.need); pieces != nil {
			slices.SortFunc(pieces, func(a, b [2]int) int { return a[0] - b[0] })
			between := text[pieces[0][0]:pieces[len(pieces)-1][1]]
			out = append(out, Compound{pat.keys, pieces, strings.ContainsAny(between, ",;!?。")})
		}
	}
	return richest(out)
}

// spans returns where the words of each class stand, by its id. A character that is
// part of a longer word of a class is none by itself.
func (p *Patterns) spans(text string, isWord func(start, end int) bool) map[int][][2]int {
	spans := map[int][][2]int{}
	covered := 0 // end of the longest word so far
	var ends []int
	for start, first := range text {
		ends = ends[:0]
		end := start
		for n := p.longest[first]; n > 0 && end < len(text); n-- {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
			if len(p.words[text[start:end]]) > 0 {
				ends = append(ends, end)
			}
		}
		for _, end := range slices.Backward(ends) {
			lone := utf8.RuneCountInString(text[start:end]) == 1
			if lone && (end <= covered || !isWord(start, end)) || !wordBorder(text, start) || !wordBorder(text, end) {
				continue
			}
			covered = max(covered, end)
			for _, id := range p.words[text[start:end]] {
				spans[id] = append(spans[id], [2]int{start, end})
			}
		}
	}
	p.addNumbers(spans, text)
	return spans
}

// addNumbers adds the words with a number: the number with what follows it.
func (p *Patterns) addNumbers(spans map[int][][2]int, text string) {
	for start := 0; start < len(text); {
		stop := start
		for stop < len(text) {
			r, size := utf8.DecodeRuneInString(text[stop:])
			if !strings.ContainsRune(numerals, r) {
				break
			}
			stop += size
		}
		if stop == start {
			_, size := utf8.DecodeRuneInString(text[start:])
			start += size
			continue
		}
		number, end := text[start:stop], stop
		if trimmed := strings.TrimRight(number, "多来余几"); strings.HasSuffix(trimmed, "万") || strings.HasSuffix(trimmed, "亿") {
			p.addNumber(spans, "#万", start, stop)
		}
		unit := "#"
		for n := p.longest['#']; n > 1 && end < len(text); n-- {
			_, size := utf8.DecodeRuneInString(text[end:])
			unit, end = unit+text[end:end+size], end+size
			p.addNumber(spans, unit, start, end)
		}
		start = stop
	}
}

func (p *Patterns) addNumber(spans map[int][][2]int, word string, start, end int) {
	for _, id := range p.words[word] {
		spans[id] = append(spans[id], [2]int{start, end})
	}
}

// numerals are the characters of numbers, exact and rough.
const numerals = "0123456789.〇零一二三四五六七八九十百千万亿两几多来余好数半"

// nearest returns a place for each class, no two of which overlap, those that lie
// closest together, or nil.
func nearest(spans map[int][][2]int, need []int) [][2]int {
	for _, id := range need[1:] {
		if len(spans[id]) == 0 {
			return nil
		}
	}
	var best [][2]int
	extent := 0
	for _, first := range spans[need[0]] {
		pieces := [][2]int{first}
		for _, id := range need[1:] {
			at := -1
			for i, s := range spans[id] {
				if !slices.ContainsFunc(pieces, func(o [2]int) bool { return s[0] < o[1] && o[0] < s[1] }) &&
					(at < 0 || distance(first, s) < distance(first, spans[id][at])) {
					at = i
				}
			}
			if at < 0 {
				break
			}
			pieces = append(pieces, spans[id][at])
		}
		if len(pieces) < len(need) {
			continue
		}
		from, to := first[0], first[1]
		for _, s := range pieces {
			from, to = min(from, s[0]), max(to, s[1])
		}
		if best == nil || to-from < extent {
			best, extent = pieces, to-from
		}
	}
	return best
}

func distance(a, b [2]int) int { return max(a[0], b[0]) - min(a[1], b[1]) }

// richest drops the compounds whose words are all part of a richer one.
func richest(all []Compound) []Compound {
	size := func(c Compound) int {
		n := 0
		for _, s := range c.Pieces {
			n += s[1] - s[0]
		}
		return n
	}
	part := func(a, b Compound) bool { // a of b
		for _, s := range a.Pieces {
			if !slices.ContainsFunc(b.Pieces, func(o [2]int) bool { return o[0] <= s[0] && s[1] <= o[1] }) {
				return false
			}
		}
		return len(b.Pieces) > len(a.Pieces) || len(b.Pieces) == len(a.Pieces) && size(b) > size(a)
	}
	var out []Compound
	for _, a := range all {
		if !slices.ContainsFunc(all, func(b Compound) bool { return !b.Apart && part(a, b) }) {
			out = append(out, a)
		}
	}
	return out
}
