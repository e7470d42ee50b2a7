package bot

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// A led scenario is a scenario whose clause was found in a document.
type led struct {
	corpus.Scenario
	ref        corpus.Ref
	start, end int // the part of Document.Text that answers it
	asks       []features
	words      map[string]bool // of all asks together
}

// A like says how like a question is to the ways people ask for a scenario.
type like struct {
	scenario *led
	likeness float64 // 0 to shareNearest+sharePooled
}

// features are the words of a question, weighted and of length 1.
type features map[string]float64

// ScenarioDocument makes a document of the scenarios, one clause each, so that
// they are searched like clauses by any index.Index.
func ScenarioDocument(scenarios []corpus.Scenario) *corpus.Document {
	d := &corpus.Document{ID: "scenarios", Title: "scenarios", Status: corpus.InForce}
	var text strings.Builder
	for i, s := range scenarios {
		start := text.Len()
		text.WriteString(s.Name + "\n" + s.Line + "\n" + strings.Join(s.Asks, "\n") + "\n")
		d.Clauses = append(d.Clauses, corpus.Clause{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: i + 1}}, Start: start, End: text.Len()})
	}
	d.Text = text.String()
	for i := range d.Clauses {
		d.Clauses[i].Text = d.Text[d.Clauses[i].Start:d.Clauses[i].End]
	}
	d.Revision = corpus.RevisionOf(d.Text)
	return d
}

// scenarioPath is the path of the i-th scenario in ScenarioDocument.
func scenarioPath(i int) string {
	return corpus.Path{{Level: corpus.LevelParagraph, Num: i + 1}}.String()
}

// lead finds the clause of each scenario in the documents. A scenario whose
// document is not there leads nowhere and is left out: another city's corpus has
// other scenarios.
func (b *Bot) lead(k *knowledge) {
	var all []*led
	for i, s := range b.Scenarios {
		if l := findScenario(s, k.docs); l != nil {
			k.led[scenarioPath(i)] = l
			all = append(all, l)
		}
	}
	inParallel(all, func(l *led) {
		l.words = map[string]bool{}
		for _, ask := range append([]string{l.Name, l.Line}, l.Asks...) {
			r := b.readExample(k, ask)
			f := b.features(r.concepts, r.aims)
			l.asks = append(l.asks, f)
			for t := range f {
				l.words[t] = true
			}
		}
	})
	df := map[string]int{}
	for _, l := range all {
		for t := range l.words {
			df[t]++
		}
	}
	for t, n := range df {
		k.exampleIDF[t] = idf(n, len(all))
	}
	k.rareExample = idf(1, len(all))
	inParallel(all, func(l *led) {
		for _, f := range l.asks {
			k.normalize(f)
		}
	})
}

// inParallel calls f for each item on all processors and waits. Reading a few
// thousand examples is most of what a start takes.
func inParallel[T any](items []T, f func(T)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(items); i = int(next.Add(1)) - 1 {
				f(items[i])
			}
		})
	}
	wg.Wait()
}

func findScenario(s corpus.Scenario, docs []*corpus.Document) *led {
	for _, d := range docs {
		if d.Number != s.Document {
			continue
		}
		for i := range d.Clauses {
			c := &d.Clauses[i]
			if c.Path.Clause() != s.Clause || c.Path.Paragraph() != s.Paragraph {
				continue
			}
			l := &led{Scenario: s, ref: d.Ref(c.Path), start: c.Start, end: c.End}
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
func (k *knowledge) normalize(f features) {
	var sum float64
	for t, w := range f {
		w *= k.rarity(t)
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

func (k *knowledge) rarity(term string) float64 {
	if v, ok := k.exampleIDF[term]; ok {
		return v
	}
	return k.rareExample
}

// likeExamples finds the scenarios that the question is like.
func (b *Bot) likeExamples(ctx context.Context, k *knowledge, concepts []weighted, aims map[aim]bool) ([]like, error) {
	if len(k.led) == 0 {
		return nil, nil
	}
	plain := make([]concept, len(concepts))
	for i, c := range concepts {
		plain[i] = c.concept
	}
	hits, err := b.Examples.Search(ctx, index.Query{Terms: b.queryTerms(concepts), Limit: scenarioCandidates})
	if err != nil {
		return nil, fmt.Errorf("bot: search scenarios: %w", err)
	}
	// A question of one common word is like many examples by chance.
	telling := 0.0
	for _, c := range concepts {
		telling += c.rareness()
	}
	telling = min(1, telling/leastTotal)
	q := b.features(plain, aims)
	k.normalize(q)
	var likes []like
	for _, h := range hits {
		l := k.led[h.Ref.Path]
		if l == nil {
			continue
		}
		nearest := 0.0
		for _, ask := range l.asks {
			same := cosine(q, ask)
			if asksFor := "#" + string(aimNumber); ask[asksFor] > 0 && q[asksFor] == 0 {
				same *= otherAim
			}
			nearest = max(nearest, same)
		}
		pooled := 0.0
		for t, w := range q {
			if l.words[t] {
				pooled += w * w
			}
		}
		likes = append(likes, like{l, (shareNearest*nearest + sharePooled*pooled) * telling})
	}
	return likes, nil
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

func cosine(a, b features) float64 {
	if len(b) < len(a) {
		a, b = b, a
	}
	var dot float64
	for t, w := range a {
		dot += w * b[t]
	}
	return dot
}
