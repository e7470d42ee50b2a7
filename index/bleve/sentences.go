package bleve

import (
	"encoding/binary"
	"strings"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// sentences is what is stored of a clause to rank it by: for each heading and sentence
// a byte with its length in characters, the size of a signature in bytes as a uvarint,
// and the signature of its characters.
type sentences []byte

// A clause answers with one sentence of it or two; characters that are scattered over
// many are there by chance. More sentences than mostSentences are not told apart, so
// that a clause without end costs no more than others.
const (
	mostSentences = 24
	sentenceEnds  = "。;!?\n" // normalised
	leastSentence = 4        // characters
	mostSentence  = 250      // characters; tables have no stops
)

func sentencesOf(a index.Analyzer, c *corpus.Clause) sentences {
	var out sentences
	var hashes []uint64
	n := 0
	add := func(part []rune) {
		if len(part) < leastSentence {
			return
		}
		n++
		hashes = hashes[:0]
		for _, r := range part {
			if r >= firstHan {
				hashes = append(hashes, hashOf(string(r)))
			}
		}
		chars := newSignature(hashes)
		out = append(out, byte(min(len(part), 255)))
		out = binary.AppendUvarint(out, uint64(len(chars)))
		out = append(out, chars...)
	}
	for _, h := range c.Headings {
		add([]rune(a.Normalize(h)))
	}
	text := []rune(a.Normalize(c.Text))
	start := 0
	for i, r := range text {
		if n >= mostSentences-1 {
			break
		}
		if strings.ContainsRune(sentenceEnds, r) {
			add(text[start:i])
			start = i + 1
		} else if i-start == mostSentence {
			add(text[start:i])
			start = i
		}
	}
	add(text[start:])
	return out
}

// next returns the first sentence's length in characters and the signature of those,
// and the sentences after it. The signature of what is damaged is empty.
func (s sentences) next() (length int, chars signature, rest sentences) {
	size, n := binary.Uvarint(s[1:])
	if n <= 0 || size > uint64(len(s)-1-n) {
		return 0, nil, nil
	}
	end := 1 + n + int(size)
	return int(s[0]), signature(s[1+n : end]), s[end:]
}

// has reports whether any of the sentences has the character with a mark.
func (s sentences) has(m mark) bool {
	for len(s) > 0 {
		var chars signature
		if _, chars, s = s.next(); chars.has(m) {
			return true
		}
	}
	return false
}

// A weighedMark is that of a character with what the character counts.
type weighedMark struct {
	mark
	weight float64
}

// score returns what the characters count that stand in any of the sentences, and the
// most that those of one sentence count: the longer it is, the more it has by chance.
func (s sentences) score(chars []weighedMark) (anywhere, best float64) {
	var seen [(2*scoredTerms + 63) / 64]uint64
	for len(s) > 0 {
		var length int
		var here signature
		length, here, s = s.next()
		sum := 0.0
		for i := range chars {
			c := &chars[i]
			if !here.has(c.mark) {
				continue
			}
			sum += c.weight
			if seen[i/64]>>(i%64)&1 == 0 {
				seen[i/64] |= 1 << (i % 64)
				anywhere += c.weight
			}
		}
		best = max(best, sum*shortness[length])
	}
	return anywhere, best
}

// shortness is what a character counts in a sentence of each length.
var shortness = func() (of [256]float64) {
	for length := range of {
		of[length] = saturation(1, float64(length)/sentenceLength)
	}
	return of
}()
