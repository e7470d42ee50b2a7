package bot

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// A led scenario is a scenario whose clause was found in a document, or one that
// no policy has to cover: see corpus.Scenario.Outside.
type led struct {
	corpus.Scenario
	ref        corpus.Ref
	start, end int // the part of Document.Text that answers it
}

// A like says how like a question is to the ways people ask for a scenario.
type like struct {
	scenario *led
	likeness float64 // 0 to shareNearest+sharePooled
}

// features are the words of a question, weighted and of length 1.
type features map[string]float64

// An exampleIndex finds the examples that a question is like. It is immutable.
type exampleIndex struct {
	scenarios []*led
	asks      []exampleAsk
	postings  map[string][]posting // by feature
	holders   map[string][]int32   // by feature: the scenarios with it in any ask, ascending
	rarity    map[string]float64   // inverse scenario frequency of a feature
	rarest    float64              // that of a feature of one scenario
}

// An exampleAsk is one way of asking for a scenario.
type exampleAsk struct {
	scenario int32
	counts   bool // it asks how many
}

// A posting says how much a feature weighs in an ask.
type posting struct {
	ask    int32
	weight float32
}

// lead finds the clause of each scenario in the documents. A scenario whose
// document is not there leads nowhere and is left out: another city's corpus has
// other scenarios.
func (b *Bot) lead(k *knowledge) {
	for i := range b.Scenarios {
		if l := findScenario(&b.Scenarios[i], k.docs); l != nil {
			k.examples.scenarios = append(k.examples.scenarios, l)
		}
	}
	scenarios := k.examples.scenarios
	asks := make([][]features, len(scenarios))
	inParallel(len(scenarios), func(i int) {
		l := scenarios[i]
		for _, ask := range append([]string{l.Name, l.Line}, l.Asks...) {
			r := b.readExample(k, ask)
			asks[i] = append(asks[i], b.features(r.concepts, r.aims))
		}
	})
	k.examples.build(asks)
}

// build indexes the features of the asks of each scenario.
func (x *exampleIndex) build(asks [][]features) {
	x.postings, x.holders, x.rarity = map[string][]posting{}, map[string][]int32{}, map[string]float64{}
	for i := range asks {
		for _, f := range asks[i] {
			for t := range f {
				if h := x.holders[t]; len(h) == 0 || h[len(h)-1] != int32(i) {
					x.holders[t] = append(h, int32(i))
				}
			}
		}
	}
	for t, h := range x.holders {
		x.rarity[t] = idf(len(h), len(asks))
	}
	x.rarest = idf(1, len(asks))
	for i := range asks {
		for _, f := range asks[i] {
			x.normalize(f)
			id := int32(len(x.asks))
			x.asks = append(x.asks, exampleAsk{int32(i), f["#"+string(aimNumber)] > 0})
			for t, w := range f {
				x.postings[t] = append(x.postings[t], posting{id, float32(w)})
			}
		}
	}
}

// inParallel calls f for 0 … n-1 on all processors and waits.
func inParallel(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
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
		if utf8.RuneCountInString(c.surface) <= 2 { // it has no parts
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
		rarity, ok := x.rarity[t]
		if !ok {
			rarity = x.rarest
		}
		w *= rarity
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
		if l.scenario.Outside() {
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
		_, has := slices.BinarySearch(x.holders[c.surface], i)
		return has && !c.context && utf8.RuneCountInString(c.surface) > 1 && !stands(c, s)
	})
}

// like returns the scenarios that share a feature with q, the most like first.
func (x *exampleIndex) like(q features) []like {
	same := make([]float64, len(x.asks))
	nearest := make([]float64, len(x.scenarios))
	pooled := make([]float64, len(x.scenarios))
	for t, w := range q {
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
			out = append(out, like{l, shareNearest*nearest[i] + sharePooled*pooled[i]})
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
