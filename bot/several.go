package bot

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// When several documents speak of what was asked, all are shown, those of the higher
// rank and the newer ones first, and the answer says where they differ.

// How near to the best sentence, in words and in cover, one of another document must
// come to speak of the same matter; and how many documents are shown at most.
const (
	sameMatter   = 0.85
	mostOfMatter = 0.5 // and this much of what was asked stands in the sentence itself
	maxDocuments = 3
)

// alsoSay adds to the pick of a question about one matter those of other documents
// that speak of it too.
func (b *Bot) alsoSay(r *reading, picks []pick) []pick {
	if len(picks) != 1 {
		return picks
	}
	first := picks[0]
	best := first.best()
	// What makes a clause prominent, a likeness to examples or a heading, is no measure of
	// what another document says.
	near := func(s scored) bool {
		for _, c := range first.rk.concepts {
			if stands(c, best) && !stands(c, s) {
				return false // each has a part of the question, not the same one
			}
		}
		return s.literal >= sameMatter*best.literal && s.cover >= sameMatter*best.cover && s.within >= max(mostOfMatter, sameMatter*best.within) &&
			(len(s.clause.Responsibilities) > 0) == (len(best.clause.Responsibilities) > 0)
	}
	for _, s := range first.rk.best {
		known := slices.ContainsFunc(picks, func(p pick) bool { return p.best().doc.ID == s.doc.ID || sameWords(p.best(), s) })
		if known || !near(s) || len(picks) == maxDocuments {
			continue
		}
		if other := (pick{rk: first.rk, sentences: []scored{s}}); b.covers(r, other) {
			picks = append(picks, other)
		}
	}
	slices.SortStableFunc(picks, func(x, y pick) int { return b.compareRank(x.best().doc, y.best().doc) })
	return picks
}

// sameWords reports whether two sentences say the same, with the same bureaus: the same
// document on two pages is no second voice.
func sameWords(a, b scored) bool {
	return a.norm() == b.norm() && slices.Equal(ownKinds(a.clause, nil), ownKinds(b.clause, nil))
}

func (s scored) norm() string { return s.sentence.norm }

// compareRank orders documents: of the whole country before those of a place, of a place
// before those of a place in it, then the newer before the older.
func (b *Bot) compareRank(x, y *corpus.Document) int {
	higher := func(a, c *corpus.Document) bool {
		return a.Region == corpus.Nation && c.Region != corpus.Nation || b.Vocabulary.Places.Above(b.placeOf(a.Region), b.placeOf(c.Region))
	}
	switch {
	case higher(x, y):
		return -1
	case higher(y, x):
		return 1
	}
	return cmp.Compare(y.Since(), x.Since())
}

// ownKinds returns the kinds of the bodies that a clause itself makes responsible, their
// names where reg knows no kind, sorted. Without reg it returns the names.
func ownKinds(c *corpus.Clause, reg *corpus.Register) []string {
	var out []string
	for _, r := range c.Responsibilities {
		kind := r.Bureau
		if reg != nil {
			kind = cmp.Or(reg.KindOf(r.Bureau), r.Bureau)
		}
		if !r.Inherited && !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}

// sameLaw reports whether policies of two regions can hold for the same place.
func (b *Bot) sameLaw(x, y string) bool {
	return x == y || x == corpus.Nation || y == corpus.Nation || x != "" && y != "" && b.Vocabulary.Places.Within(b.placeOf(x), b.placeOf(y))
}

// quantity finds what two documents can contradict each other in.
var quantity = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?\s*(?:万元|亿元|万|亿|元|%|个百分点|个工作日|工作日|个月|年|天|日|倍)`)

// differ says in which way the documents of an answer differ, "" if in none that shows.
func (b *Bot) differ(k *knowledge, picks []pick) []string {
	var lines []string
	say := func(line string) {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	for i, p := range picks {
		for _, q := range picks[i+1:] {
			x, y := p.best(), q.best()
			if x.doc.ID == y.doc.ID {
				continue
			}
			if !b.sameLaw(x.doc.Region, y.doc.Region) {
				say(phrase("several_places"))
				continue // each holds where it is in force
			}
			say(phrase("several"))
			if kx, ky := ownKinds(x.clause, k.register), ownKinds(y.clause, k.register); len(kx) > 0 && len(ky) > 0 && !slices.Equal(kx, ky) {
				say(phrase("several_bureaus"))
			}
			fx, fy := quantity.FindAllString(x.norm(), -1), quantity.FindAllString(y.norm(), -1)
			if len(fx) > 0 && len(fy) > 0 && !slices.ContainsFunc(fx, func(f string) bool { return slices.Contains(fy, f) }) {
				say(phrase("several_figures"))
			}
		}
	}
	return lines
}
