package bot

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A compound is a concept that several words tell together, none of them by itself:
// see corpus.Patterns. Which of them a city's policies deal with is computed from their
// text: one that no clause names is foreign to them, whatever word it shares with one.

// readCompounds makes concepts of the patterns in the text, outside of the names of
// documents that are marked already.
func (b *Bot) readCompounds(r *reading, marks marks, border map[int]bool) {
	found := b.Vocabulary.Patterns.Find(r.text, func(start, end int) bool { return border[start] && border[end] })
	for _, f := range found {
		if slices.ContainsFunc(f.Pieces, func(p [2]int) bool { return marks.any(p[0], p[1], markFiller) }) {
			continue
		}
		first, last := f.Pieces[0], f.Pieces[len(f.Pieces)-1]
		c := concept{start: first[0], end: last[1], pieces: f.Pieces, apart: f.Apart}
		c.apart = c.apart || strays(r.text, f.Pieces)
		for _, p := range f.Pieces {
			c.words = append(c.words, r.text[p[0]:p[1]])
		}
		c.surface = strings.Join(c.words, "")
		c.alts = said(c.surface)
		for i, k := range f.Keys {
			c.alts = append(c.alts, alternative{text: k, weight: max(leastKey, weightThesaurus-float64(i)*nextKey)})
		}
		i := slices.IndexFunc(r.concepts, func(o concept) bool { return len(o.pieces) > 0 && o.alts[1].text == f.Keys[0] })
		switch {
		case i < 0:
			r.concepts = append(r.concepts, c)
		case r.concepts[i].lessSure(c):
			r.concepts[i] = c
		}
	}
}

// strays reports whether a piece of one character stands far from the others: 老 and 锅炉 of
// 老汉我想借二十万买锅炉 tell nothing together.
func strays(text string, pieces [][2]int) bool {
	for i, p := range pieces {
		if utf8.RuneCountInString(text[p[0]:p[1]]) > 1 {
			continue
		}
		if (i == 0 || p[0]-pieces[i-1][1] > farBytes) && (i+1 == len(pieces) || pieces[i+1][0]-p[1] > farBytes) {
			return true
		}
	}
	return false
}

// farBytes is how far, eight characters, a word of one character reaches in a sentence.
const farBytes = 8 * len("老")

// dropCompounds drops the compounds whose words belong to two matters that a word joins,
// or are all part of longer phrases that a lexicon knows: 贷款贴息 says it better. What
// policies call a single word is another name of the listed matter that holds it.
func (r *reading) dropCompounds() {
	r.keepSurest()
	known := r.concepts
	for _, c := range known {
		if len(c.pieces) == 1 {
			if i := r.holder(c.pieces[0]); i >= 0 && known[i].sure {
				known[i].alts = append(slices.Clip(known[i].alts), c.alts[1:]...)
			}
		}
	}
	r.concepts = slices.DeleteFunc(slices.Clone(known), func(c concept) bool {
		switch len(c.pieces) {
		case 0:
			return false
		case 1:
			i := r.holder(c.pieces[0])
			return i >= 0 && known[i].sure || slices.ContainsFunc(known, func(o concept) bool { return c.cutsInto(o) })
		default:
			joined := slices.ContainsFunc(r.joints, func(at int) bool { return c.start < at && at < c.end })
			return joined && len(c.pieces) == 2 || !slices.ContainsFunc(c.pieces, func(p [2]int) bool {
				i := r.holder(p)
				return i < 0 || known[i].end-known[i].start == p[1]-p[0]
			})
		}
	})
}

// cutsInto reports whether a compound of one phrase begins or ends within a longer term of
// the thesaurus, which says better what is meant: 招聘吗 in 校园招聘吗.
func (c concept) cutsInto(o concept) bool {
	return o.term && len(o.pieces) == 0 && o.end-o.start > c.end-c.start && o.start < c.end && c.start < o.end &&
		(c.start < o.start || o.end < c.end)
}

// mostCompounds is how many compounds of a text are looked at: a long story has words of
// many by chance.
const mostCompounds = 4

// keepSurest keeps the compounds that say most surely what the matter is.
func (r *reading) keepSurest() {
	var all []concept
	for _, c := range r.concepts {
		if len(c.pieces) > 1 {
			all = append(all, c)
		}
	}
	if len(all) <= mostCompounds {
		return
	}
	slices.SortStableFunc(all, func(x, y concept) int {
		return cmp.Or(boolInt(x.apart)-boolInt(y.apart), len(y.pieces)-len(x.pieces), len(y.surface)-len(x.surface))
	})
	least := all[mostCompounds:]
	r.concepts = slices.DeleteFunc(r.concepts, func(c concept) bool {
		return len(c.pieces) > 1 && slices.ContainsFunc(least, func(o concept) bool {
			return o.start == c.start && o.surface == c.surface && o.alts[1].text == c.alts[1].text
		})
	})
}

// holder returns the phrase that a piece of text is part of, or -1.
func (r *reading) holder(p [2]int) int {
	return slices.IndexFunc(r.concepts, func(c concept) bool {
		return len(c.pieces) == 0 && c.start <= p[0] && p[1] <= c.end
	})
}

// lessSure reports whether a compound says less surely than another what the matter is.
func (c *concept) lessSure(o concept) bool {
	if c.apart != o.apart {
		return c.apart
	}
	return len(c.pieces) < len(o.pieces)
}

// The first name that policies have for a matter is the closest one.
const (
	nextKey  = 0.1
	leastKey = 0.6
)

// settleCompound fixes the weight of a compound: what several words tell together is
// beyond doubt if they stand together, and no matter of these policies if no clause
// names it.
func (w *weighted) settleCompound() {
	words := float64(len(w.pieces) - 1)
	switch {
	case w.found && !w.apart:
		w.weight = 1 + compoundWord*words
	case w.found:
		w.weight = compoundApart + compoundWord*(words-1)
	case w.apart:
		w.weight = 0 // scattered over a story, and nothing that the policies know
	default:
		w.weight, w.matter = 1, true
	}
	if w.context {
		w.weight *= weightContext
	}
}

// What a compound whose words stand in several sentences counts, and what each word
// beyond the first adds to one.
const (
	compoundApart = 0.6
	compoundWord  = 0.25
)

// storyWord is what a word that no clause has counts in a question that a compound
// explains: the rest of a story is how it came about.
const storyWord = 0.3

// tellStory makes little of the words that no clause has, if a compound explains the question.
func tellStory(concepts []weighted) {
	if !slices.ContainsFunc(concepts, func(c weighted) bool { return len(c.pieces) > 0 && c.found && !c.context }) {
		return
	}
	for i := range concepts {
		if c := &concepts[i]; !c.found && !c.matter && len(c.pieces) == 0 {
			c.weight *= storyWord
		}
	}
}

// explained reports whether a compound of at least n words stands in the clause of s.
// What is scattered over several sentences needs a word more.
func (rk *ranking) explained(s scored, n int) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool { return c.explains(s, n) })
}

func (c weighted) explains(s scored, n int) bool {
	if c.apart {
		n++
	}
	return len(c.pieces) >= n && !c.context && c.found && standsAs(c, s)
}

// circumstance reports whether a matter that the clause of s does not name is one that
// is told of beside what is asked: a compound explains the question, and the matter
// stands in another sentence than its words, or is less sure.
func (r *reading) circumstance(rk *ranking, c weighted, s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(o weighted) bool {
		switch {
		case !o.explains(s, 2):
			return false
		case len(c.pieces) > 1:
			return !o.apart && len(o.pieces) > len(c.pieces) && o.start <= c.start && c.end <= o.end
		case c.term && !c.sure:
			return true // the thesaurus says what it may mean
		case len(o.pieces) > 2 && !o.apart && o.start < c.start && c.end < o.end && !o.holds(c):
			return true // on the way to what the sentence is about: 专家的孩子上幼儿园了要读小学
		}
		from, to := min(c.end, o.end), max(c.start, o.start)
		return !o.apart && from <= to && r.sentenceEnds(from, to) && !r.asksIn(c)
	})
}

// sentenceEnds reports whether a sentence, or a part of one, ends between two byte offsets
// of the told text, the first of which is not behind the second.
func (r *reading) sentenceEnds(from, to int) bool {
	text := r.told()
	return strings.ContainsAny(text[min(from, len(text)):min(to, len(text))], ",;!?。")
}

// told returns the text that the concepts of the matter stand in.
func (r *reading) told() string {
	if r.recalled != "" {
		return r.recalled
	}
	return r.text
}

// asksIn reports whether the sentence of a concept asks who or how.
func (r *reading) asksIn(c weighted) bool {
	text := r.told()
	if c.end > len(text) {
		return false // a name in a question about the one before
	}
	start := strings.LastIndexAny(text[:c.start], ",;!?。") + 1
	end := len(text)
	if i := strings.IndexAny(text[c.end:], ",;!?。"); i >= 0 {
		end = c.end + i
	}
	return slices.ContainsFunc(askingWords, func(w string) bool { return strings.Contains(text[start:end], w) })
}

// askingWords make a sentence one that asks for something, rather than tells.
var askingWords = []string{"怎", "咋", "如何", "谁", "哪", "办理", "申请", "找", "什么", "多少"}

// within reports whether a concept is part of a compound that stands in the clause of
// s: 限高 of a plot is not what courts do.
func (rk *ranking) within(c weighted, s scored) bool {
	return len(c.pieces) == 0 && slices.ContainsFunc(rk.concepts, func(o weighted) bool {
		return len(o.pieces) > 1 && o.context == c.context && o.found && standsAs(o, s) &&
			slices.ContainsFunc(o.pieces, func(p [2]int) bool {
				shared := float64(min(p[1], c.end) - max(p[0], c.start))
				return shared >= mostOfPhrase*float64(c.end-c.start)
			})
	})
}

// inWords reports whether the clause of s has the words of a compound as they are: then
// it deals with the matter, whatever others call it.
func inWords(c weighted, s scored) bool {
	return len(c.words) > 1 && !slices.ContainsFunc(c.words, func(w string) bool {
		return utf8.RuneCountInString(w) < 2 || !strings.Contains(s.prepared.norm, w) && !strings.Contains(s.heading, w)
	})
}

// mostOfPhrase is how much of a phrase a compound must hold to say what it means: 养老金
// of 领养老金, but not 破产 of 破产重整.
const mostOfPhrase = 0.65

// standsAs reports whether a compound stands in the clause of s under one of the
// names that policies have for it.
func standsAs(c weighted, s scored) bool {
	for i := range c.alts[1:] {
		if text := c.alts[1+i].text; strings.Contains(s.prepared.norm, text) || strings.Contains(s.heading, text) || strings.Contains(s.title, text) {
			return true
		}
	}
	return false
}
