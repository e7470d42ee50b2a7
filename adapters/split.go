package adapters

import (
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// defaultParts is how many messages one answer may take if Caps does not say.
const defaultParts = 5

// Split returns m as messages that each fit into the platform's limit, or into limit if
// that is positive and smaller. Blocks are kept whole if they fit into one message;
// longer ones are cut at the end of a sentence, and each piece of a quote keeps its
// source. What goes beyond Caps.MaxParts is left out, with a link to more, where the
// whole can be read. The keys are made from m.Key.
func Split(m Outbound, c Caps, limit int, more string) []Outbound {
	s := splitter{frame: m, limit: c.Limit, measure: c.Measure, maxParts: c.MaxParts}
	if limit > 0 && (s.limit == 0 || limit < s.limit) {
		s.limit = limit
	}
	if s.measure == nil {
		s.measure = Bytes(PlainText)
	}
	if s.maxParts == 0 {
		s.maxParts = defaultParts
	}
	groups := [][]Block{m.Blocks}
	if whole := m; s.limit > 0 && s.measure(whole) > s.limit {
		// Room for the mark: no part has a longer one.
		s.frame.Part, s.frame.Parts = s.maxParts, s.maxParts
		groups = s.groups(m.Blocks)
		if len(groups) > s.maxParts {
			groups = s.cutOff(groups[:s.maxParts], more)
		}
	}
	out := make([]Outbound, len(groups))
	for i, blocks := range groups {
		out[i] = m
		out[i].Blocks = blocks
		out[i].Key = m.Key + "-" + strconv.Itoa(i+1)
		if len(groups) > 1 {
			out[i].Part, out[i].Parts = i+1, len(groups)
		}
		if i+1 < len(groups) {
			out[i].Buttons = nil
		}
	}
	return out
}

// A splitter packs blocks into messages.
type splitter struct {
	frame    Outbound // what each part has around its blocks, at its longest
	limit    int
	measure  func(Outbound) int
	maxParts int
}

func (s *splitter) fits(blocks []Block) bool {
	size := 0
	for _, b := range blocks {
		size += len(b.Text)
	}
	if size/utf8.UTFMax > s.limit { // a character counts for 1 at least: no need to format it all
		return false
	}
	m := s.frame
	m.Blocks = blocks
	return s.measure(m) <= s.limit
}

// with returns blocks and one more, in a new array.
func with(blocks []Block, b Block) []Block {
	return append(blocks[:len(blocks):len(blocks)], b)
}

// groups packs the blocks in order, as many into each message as fit. It stops one
// message after the last that will be sent.
func (s *splitter) groups(blocks []Block) [][]Block {
	var out [][]Block
	var part []Block
	for _, b := range blocks {
		for rest := &b; rest != nil && len(out) <= s.maxParts; {
			if s.fits(with(part, *rest)) {
				part = with(part, *rest)
				break
			}
			if len(part) > 0 {
				out, part = append(out, part), nil
				continue
			}
			var head Block
			head, rest = s.cut(*rest)
			out = append(out, []Block{head})
		}
	}
	if len(part) > 0 {
		out = append(out, part)
	}
	return out
}

// cut takes as much off the front of a block as fits into a message; rest is nil if that
// is all.
func (s *splitter) cut(b Block) (head Block, rest *Block) {
	if empty := (Block{Quote: b.Quote, Source: b.Source, URL: b.URL}); !s.fits([]Block{empty}) {
		if b.URL != "" { // the address is so long that nothing fits beside it
			b.URL = ""
			return s.cut(b)
		}
		if b.Source != "" {
			source := Block{Text: b.Source}
			b.Source = ""
			return b, &source
		}
	}
	ends := runeEnds(b.Text, s.limit+1) // a character counts for 1 at least
	n := s.most(b, ends)
	if n == len(ends) && (n == 0 || ends[n-1] == len(b.Text)) {
		return b, nil
	}
	if n == 0 { // one character with more marks than a message can hold
		if ends = allRunes(b.Text, s.limit+1); s.most(b, ends) > 0 {
			n = s.most(b, ends)
		}
	}
	end := border(b.Text, ends[max(n, 1)-1])
	head, tail := b, b
	head.Text = strings.TrimRight(b.Text[:end], "\n")
	tail.Text = strings.TrimLeft(b.Text[end:], "\n")
	if tail.Text == "" {
		return head, nil
	}
	return head, &tail
}

// most returns how many of the ends, in order, can end a message with b alone.
func (s *splitter) most(b Block, ends []int) int {
	text := b.Text
	return sort.Search(len(ends), func(i int) bool {
		b.Text = text[:ends[i]]
		return !s.fits([]Block{b})
	})
}

// cutOff makes room in the last message for the note that there is more.
func (s *splitter) cutOff(groups [][]Block, more string) [][]Block {
	note := Block{Text: Phrase("more_nowhere")}
	if more != "" {
		note = Block{Text: Phrase("more"), URL: more}
	}
	last := groups[len(groups)-1]
	for len(last) > 0 && !s.fits(with(last, note)) {
		last = last[:len(last)-1]
	}
	groups[len(groups)-1] = with(last, note)
	return groups
}

// runeEnds returns the first offsets, at most limit, at which s may be cut without
// breaking a character: marks, joiners and variation selectors stay with what they follow.
func runeEnds(s string, limit int) []int {
	var out []int
	joined := false
	for i, r := range s {
		if len(out) == limit {
			return out
		}
		if i > 0 && !joined && !glued(r) {
			out = append(out, i)
		}
		joined = r == '\u200d'
	}
	if s != "" {
		out = append(out, len(s))
	}
	return out
}

func allRunes(s string, limit int) []int {
	var out []int
	for i, r := range s {
		if len(out) == limit {
			break
		}
		out = append(out, i+utf8.RuneLen(r))
	}
	return out
}

func glued(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc) || r == '\u200d' || r >= 0x1F3FB && r <= 0x1F3FF
}

// border returns the best place to cut text at or before end: behind a line, else
// behind a sentence, else behind a phrase, else end.
func border(text string, end int) int {
	if end == len(text) || text[end] == '\n' {
		return end
	}
	if i := strings.LastIndexByte(text[:end], '\n'); i >= end/2 {
		return i + 1
	}
	for _, marks := range []string{"。！？；!?;", "，、,：:"} {
		if i := strings.LastIndexAny(text[:end], marks); i > 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			if i += size; i >= end/8 { // a few characters alone look lost
				return behindClosing(text, i, end)
			}
		}
	}
	return end
}

// behindClosing moves i behind the quotation marks and brackets that close there.
func behindClosing(text string, i, end int) int {
	for i < end {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !strings.ContainsRune("”’」』）)】》\"'", r) || i+size > end {
			break
		}
		i += size
	}
	return i
}
