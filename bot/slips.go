package bot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/index"
)

// The longest slip of the pen that is looked for, in characters.
const longestSlip = 6

// hearHomophones finds words of the policies that sound like a part of the
// question which is no word: 拔付 → 拨付. A part is looked at only if the
// dictionary had to leave it as single characters that no lexicon knows.
func (b *Bot) hearHomophones(k *knowledge, r *reading, marks marks, tokens []index.Token) {
	for i := 0; i < len(tokens); i++ {
		for j := min(i+longestSlip, len(tokens)); j > i; j-- {
			if w := b.slip(k, r.text, marks, tokens[i:j]); len(w) > 0 {
				b.heard(r, tokens[i].Start, tokens[j-1].End, w)
				i = j - 1
				break
			}
		}
	}
}

// slip returns the words that a run of tokens may be a slip for.
func (b *Bot) slip(k *knowledge, text string, marks marks, run []index.Token) []string {
	start, end := run[0].Start, run[len(run)-1].End
	written := text[start:end]
	n := utf8.RuneCountInString(written)
	if n < 2 || n > longestSlip || !isHan(written) || marks.any(start, end, markConcept|markAim) {
		return nil
	}
	lone, filler := 0, 0 // characters that are no part of a word, and those that carry no matter
	for _, t := range run {
		if c := utf8.RuneCountInString(t.Term); c == 1 || t.Freq == 0 {
			lone += c
		}
		if marks.any(t.Start, t.End, markFiller) {
			filler++
		}
	}
	// Three syllables that sound like a term hardly do so by chance, two easily do.
	if 2*lone < n || n == 2 && (lone < 2 || filler > 1) {
		return nil
	}
	words := k.sounds()[b.Analyzer.Sound(written)]
	if slices.Contains(words, written) {
		return nil
	}
	var out []string
	for _, w := range words {
		// Two characters sound alike by chance: one of them must be right.
		if n > 2 || sharesRune(w, written) {
			out = append(out, w)
		}
	}
	return out
}

func sharesRune(a, b string) bool { return strings.ContainsAny(a, b) }

// heard replaces the concepts inside a slip by one that means the right words.
func (b *Bot) heard(r *reading, start, end int, words []string) {
	c := concept{surface: r.text[start:end], start: start, end: end, alts: said(r.text[start:end])}
	for _, w := range words {
		c.alts = append(c.alts, alternative{text: w, weight: weightHomophone})
		for _, policy := range b.Vocabulary.Thesaurus.KeysOf(w) {
			c.alts = append(c.alts, alternative{text: policy, weight: weightHomophone * weightThesaurus})
		}
	}
	r.concepts = slices.DeleteFunc(r.concepts, func(o concept) bool { return o.start >= start && o.end <= end })
	r.concepts = append(r.concepts, c)
}

// hearBodies returns text with the names of bureaus that were typed by ear put
// right: 工信菊 → 工信局. All but one character of a short name must be right, all
// but two of a long one: then it sounds like a bureau by more than chance.
func (b *Bot) hearBodies(k *knowledge, text string, tokens []index.Token) string {
	for i := range tokens {
		for j := min(i+longestSlip, len(tokens)); j > i+1; j-- {
			start, end := tokens[i].Start, tokens[j-1].End
			written := text[start:end]
			n := utf8.RuneCountInString(written)
			if n < shortestBody || n > longestBody || !isHan(written) {
				continue
			}
			for _, name := range k.bodySounds[b.Analyzer.Sound(written)] {
				if wrong := differ(name, written); wrong > 0 && wrong <= n/shortestBody {
					rest := text[end:]
					return text[:start] + name + b.hearBodies(k, rest, b.Analyzer.Words(rest))
				}
			}
		}
	}
	return text
}

// The shortest and the longest name of a bureau that is looked for, in characters.
const (
	shortestBody = 3
	longestBody  = 12
)

// differ returns in how many places two texts of the same length differ.
func differ(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return len(x)
	}
	n := 0
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n
}
