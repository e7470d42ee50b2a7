package bot

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// A led scenario is a scenario whose clause was found in a document, or one that
// no policy has to cover: see corpus.Scenario.Outside.
type led struct {
	corpus.Scenario
	ref        corpus.Ref
	start, end int  // the part of Document.Text that answers it
	learnt     bool // from confirmed answers: see Lesson
}

// outside reports whether no policy has to cover the scenario.
func (l *led) outside() bool { return !l.learnt && l.Scenario.Outside() }

// A like says how like a question is to the ways people ask for a scenario.
type like struct {
	scenario *led
	likeness float64 // 0 to shareNearest+sharePooled
	nearest  float64 // to the most like example alone, 0 to 1
}

// features are the words of a question, weighted and of length 1.
type features map[string]float64

// An exampleIndex finds the examples that a question is like. It is immutable.
type exampleIndex struct {
	scenarios []*led
	asks      []exampleAsk
	terms     map[string]uint32
	postings  [][]posting // by term
	holders   [][]int32   // by term: the scenarios with it in any ask, ascending
	rarity    []float64   // by term: its inverse scenario frequency
	rarest    float64     // that of a term of one scenario

	leads     map[string]bool    // the documents that scenarios lead to
	confirmed map[string]float64 // by document: see confirmedShares
}

// An exampleAsk is one way of asking for a scenario.
type exampleAsk struct {
	scenario int32
	counts   bool // it asks how many
}

// A posting says how much a term weighs in an ask.
type posting struct {
	ask    int32
	weight float32
}

// lead finds the clause of each scenario in the documents. A scenario whose
// document is not there leads nowhere and is left out: another city's corpus has
// other scenarios.
func (b *Bot) lead(k *knowledge) {
	var read [][]compiledAsk
	k.examples.leads = map[string]bool{}
	for i := range b.Scenarios {
		if l := findScenario(&b.Scenarios[i], k.docs); l != nil {
			k.examples.scenarios = append(k.examples.scenarios, l)
			read = append(read, b.asks.scenarios[i])
			k.examples.leads[l.ref.Document] = true
		}
	}
	learnt, asks := b.learnt(k.lessons, k.docs)
	k.examples.scenarios = append(k.examples.scenarios, learnt...)
	k.examples.confirmed = confirmedShares(learnt, asks)
	k.examples.build(b.asks.terms, read, asks)
}

// build indexes the asks of each scenario: first those that were compiled, over the
// terms, then those that were learnt.
func (x *exampleIndex) build(terms []string, read [][]compiledAsk, learnt [][]features) {
	x.terms = make(map[string]uint32, len(terms))
	for i, t := range terms {
		x.terms[t] = uint32(i)
	}
	for _, asks := range learnt {
		var out []compiledAsk
		for _, f := range asks {
			for _, t := range slices.Sorted(maps.Keys(f)) {
				if _, ok := x.terms[t]; !ok {
					x.terms[t] = uint32(len(x.terms))
				}
			}
			out = append(out, compileAsk(f, x.terms))
		}
		read = append(read, out)
	}
	n := len(x.terms)
	x.holders, x.rarity = make([][]int32, n), make([]float64, n)
	count := make([]int, n) // of postings
	for i, asks := range read {
		for _, ask := range asks {
			for _, f := range ask {
				count[f.term]++
				if h := x.holders[f.term]; len(h) == 0 || h[len(h)-1] != int32(i) {
					x.holders[f.term] = append(h, int32(i))
				}
			}
		}
	}
	x.postings = make([][]posting, n)
	x.rarest = idf(1, len(read))
	for t, h := range x.holders {
		x.rarity[t] = x.rarest // what no scenario has makes a question unlike all
		if len(h) > 0 {
			x.rarity[t] = idf(len(h), len(read))
			x.postings[t] = make([]posting, 0, count[t])
		}
	}
	counting, ok := x.terms["#"+string(aimNumber)]
	for i, asks := range read {
		for _, ask := range asks {
			id, sum := int32(len(x.asks)), 0.0
			e := exampleAsk{scenario: int32(i)}
			for _, f := range ask {
				w := f.value() * x.rarity[f.term]
				sum += w * w
				e.counts = e.counts || ok && f.term == counting
			}
			x.asks = append(x.asks, e)
			for _, f := range ask {
				x.postings[f.term] = append(x.postings[f.term], posting{id, float32(f.value() * x.rarity[f.term] / math.Sqrt(sum))})
			}
		}
	}
}

func findScenario(s *corpus.Scenario, docs []*corpus.Document) *led {
	if s.Outside() {
		return &led{Scenario: *s}
	}
	for _, d := range docs {
		if d.Number != s.Document {
			continue
		}
		for i := range d.Clauses {
			c := &d.Clauses[i]
			if c.Path.Clause() != s.Clause || c.Path.Paragraph() != s.Paragraph {
				continue
			}
			l := &led{Scenario: *s, ref: d.Ref(c.Path), start: c.Start, end: c.End}
			if k := strings.Index(c.Text, s.Quote); k >= 0 && s.Quote != "" {
				l.start, l.end = c.Start+k, c.Start+k+len(s.Quote)
			}
			return l
		}
	}
	return nil
}

// features returns what a question is compared with examples by: its words, the
// policy terms that they stand for, and character pairs.
func (b *Bot) features(concepts []concept, aims map[aim]bool) features {
	f := features{}
	for _, a := range []aim{aimNumber, aimAmount, aimDate} {
		// How many are to list is another matter than how to get listed.
		if aims[a] {
			f["#"+string(a)] = 0.8
		}
	}
	for _, c := range concepts {
		if c.isYear() {
			continue
		}
		scale := 0.3 + 0.7*rareness(c.freq)
		if c.context {
			scale *= weightContext
		}
		if len(c.pieces) > 0 {
			// Its words are features of their own.
		} else if utf8.RuneCountInString(c.surface) <= 2 { // it has no parts
			f[c.surface] = max(f[c.surface], scale)
		} else {
			for _, t := range b.Analyzer.Terms(c.surface) {
				w := 0.5
				if t.Term == c.surface {
					w = 1
				}
				f[t.Term] = max(f[t.Term], w*scale)
			}
		}
		for _, a := range c.alts[1:] {
			f["="+a.text] = max(f["="+a.text], 0.8*a.weight*scale)
		}
	}
	return f
}

// normalize applies the inverse scenario frequency and scales to length 1. A
// word that no scenario knows counts as the rarest: it makes the question unlike all.
func (x *exampleIndex) normalize(f features) {
	var sum float64
	for t, w := range f {
		if i, ok := x.terms[t]; ok {
			w *= x.rarity[i]
		} else {
			w *= x.rarest
		}
		f[t] = w
		sum += w * w
	}
	if sum == 0 {
		return
	}
	norm := 1 / math.Sqrt(sum)
	for t := range f {
		f[t] *= norm
	}
}

// likeExamples returns the scenarios that the question is most like, the best
// first, and the one of those that no policy has to cover.
func (b *Bot) likeExamples(k *knowledge, concepts []weighted, aims map[aim]bool) (likes []like, outside like) {
	plain := make([]concept, len(concepts))
	// A question of one common word is like many examples by chance.
	telling := 0.0
	for i, c := range concepts {
		plain[i] = c.concept
		telling += c.rareness()
	}
	telling = min(1, telling/leastTotal)
	q := b.features(plain, aims)
	k.examples.normalize(q)
	for _, l := range k.examples.like(q) {
		l.likeness *= telling
		l.nearest *= telling
		if l.scenario.outside() {
			if l.likeness > outside.likeness {
				outside = l
			}
		} else if len(likes) < scenarioCandidates {
			likes = append(likes, l)
		}
	}
	return likes, outside
}

// explains reports whether the asks of a scenario hold a telling word of a question
// that the clause of s does not name: then the question may be theirs.
func (x *exampleIndex) explains(l *led, concepts []weighted, s scored) bool {
	i := int32(slices.Index(x.scenarios, l))
	return slices.ContainsFunc(concepts, func(c weighted) bool {
		t, ok := x.terms[c.surface]
		if !ok {
			return false
		}
		_, has := slices.BinarySearch(x.holders[t], i)
		return has && !c.context && utf8.RuneCountInString(c.surface) > 1 && !stands(c, s)
	})
}

// sums are the room for one number for each ask: more than all else that a question needs.
var sums = sync.Pool{New: func() any { return new([]float64) }}

// like returns the scenarios that share a feature with q, the most like first.
func (x *exampleIndex) like(q features) []like {
	room := sums.Get().(*[]float64)
	defer sums.Put(room)
	same := slices.Grow((*room)[:0], len(x.asks))[:len(x.asks)]
	clear(same)
	*room = same
	nearest := make([]float64, len(x.scenarios))
	pooled := make([]float64, len(x.scenarios))
	for term, w := range q {
		t, ok := x.terms[term]
		if !ok {
			continue
		}
		for _, p := range x.postings[t] {
			same[p.ask] += w * float64(p.weight)
		}
		for _, i := range x.holders[t] {
			pooled[i] += w * w
		}
	}
	counts := q["#"+string(aimNumber)] > 0
	for a, s := range same {
		if x.asks[a].counts && !counts {
			s *= otherAim
		}
		i := x.asks[a].scenario
		nearest[i] = max(nearest[i], s)
	}
	var out []like
	for i, l := range x.scenarios {
		if pooled[i] > 0 {
			out = append(out, like{l, shareNearest*nearest[i] + sharePooled*pooled[i], nearest[i]})
		}
	}
	slices.SortStableFunc(out, func(a, b like) int { return cmp.Compare(b.likeness, a.likeness) })
	return out
}

// otherAim is what likeness to an example that asks how many counts for a
// question that does not.
const otherAim = 0.6

// Likeness is made of likeness to the nearest example and of how much of the
// question stands in any example of the scenario: a long story is like no single
// example but shares its words with many.
const (
	shareNearest = 0.7
	sharePooled  = 0.4
)
