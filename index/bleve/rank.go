package bleve

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// A ranked clause has its final score.
type ranked struct {
	candidate
	parent int // which of the documents of all candidates
	score  float64
}

// voters is how many of the best clauses vote for their documents.
const voters = 50

// rank gives the candidates their final score and sorts them, best first: the points
// of their terms, the characters of those, the terms that stand elsewhere in their
// document, and how many of the best are of one document.
func (s *searching) rank(candidates []candidate, terms []weighedTerm, places asked) ([]ranked, error) {
	out := make([]ranked, len(candidates))
	bags := make([]float64, 0, 64)
	parents := map[[2]int]int{} // view and document → index of bags
	entries := make([][2]int, 0, 64)
	perUnit := s.perUnit(terms)
	for i, c := range candidates {
		of := [2]int{c.view, int(s.views[c.view].parents[c.entry])}
		p, ok := parents[of]
		if !ok {
			if err := s.views[of[0]].document(of[1]).err; err != nil {
				return nil, fmt.Errorf("read a document of the index: %w", err)
			}
			p = len(bags)
			parents[of] = p
			bags = append(bags, 0)
			entries = append(entries, of)
		}
		out[i] = ranked{c, p, float64(c.points) / perUnit}
	}
	chars := charKeys(terms)
	if err := s.addChars(out, chars); err != nil {
		return nil, err
	}
	keys := chars
	for _, t := range terms {
		keys = append(keys, key{t.text, t.boost})
	}
	s.addBags(bags, entries, keys)
	if err := s.addStanding(bags, entries, terms, places); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].score += bags[out[i].parent]
	}
	slices.SortFunc(out, compare)
	vote(out, len(bags))
	slices.SortFunc(out, compare)
	return out, nil
}

func compare(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.view, b.view), cmp.Compare(a.entry, b.entry))
}

// vote adds to each score what the best clauses give to its document.
func vote(best []ranked, documents int) {
	if len(best) == 0 || best[0].score <= 0 {
		return
	}
	votes, sum := make([]float64, documents), 0.0
	for _, r := range best[:min(len(best), voters)] {
		v := math.Pow(r.score/best[0].score, 4)
		votes[r.parent] += v
		sum += v
	}
	most := best[0].score
	for i := range best {
		best[i].score += voteWeight * most * math.Sqrt(votes[best[i].parent]/sum)
	}
}

// A key is what a clause or document stands under, with its boost.
type key struct {
	text  string
	boost float64
}

// charKeys returns the keys of the characters of the terms, each with the largest boost.
func charKeys(terms []weighedTerm) []key {
	var out []key
	for _, t := range terms {
		for _, text := range pairChars(t.text) {
			i := slices.IndexFunc(out, func(k key) bool { return k.text == text })
			if i < 0 {
				i = len(out)
				out = append(out, key{text, 0})
			}
			out[i].boost = max(out[i].boost, charWeight*t.boost)
		}
	}
	return out
}

// addChars adds to each clause the characters that stand in it, and again those of the
// sentence that has most.
func (s *searching) addChars(clauses []ranked, chars []key) error {
	marks := make([]weighedMark, len(chars))
	for i, c := range chars {
		m := markOf(c.text)
		share := 0.0 // of the clauses that have it
		for _, v := range s.views {
			share += v.clausesWith(c.text, m)
		}
		marks[i] = weighedMark{m, c.boost * idf(int(share), s.clauses)}
	}
	for i := range clauses {
		c := &clauses[i]
		err := s.views[c.view].visitSentences(c.entry, func(stored sentences) {
			anywhere, best := stored.score(marks)
			c.score += anywhere + sentenceWeight*best
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addBags adds to each document the keys that it has anywhere, and again those of its
// title.
func (s *searching) addBags(bags []float64, documents [][2]int, keys []key) {
	step := max(1, s.documents/sampled)
	asked := max(1, (s.documents+step-1)/step)
	var sample []*viewDocument
	for _, k := range keys {
		m := markOf(k.text)
		df := s.common.of(k.text, func() (df int) {
			if sample == nil {
				sample = s.sample(step)
			}
			for _, d := range sample {
				if d.bag.has(m) {
					df++
				}
			}
			return df
		})
		weight := k.boost * idf(df*s.documents/asked, s.documents)
		for i, of := range documents {
			d := s.views[of[0]].document(of[1])
			if !d.bag.has(m) {
				continue // what is in the title is in the bag
			}
			bags[i] += bagWeight * weight
			if d.title.has(m) {
				bags[i] += titleWeight * weight
			}
		}
	}
}

// asked are the places that a question asks about, with what is known of places.
type asked struct {
	names []string
	known *corpus.Places
}

// of returns what a document counts that is of some places, as a part of what all terms
// of the question count.
func (a asked) of(places []string) float64 {
	if len(places) == 0 || a.known == nil {
		return 0
	}
	elsewhere := len(a.names) > 0
	for _, asked := range a.names {
		if slices.Contains(places, asked) {
			return placeWeight
		}
		elsewhere = elsewhere && !slices.ContainsFunc(places, func(p string) bool { return a.known.Within(asked, p) })
	}
	if elsewhere {
		return -elsewhereWeight
	}
	return 0
}

// addStanding adds to each document what it counts whatever its words: for its places,
// and for being cited, as parts of what all terms count.
func (s *searching) addStanding(bags []float64, documents [][2]int, terms []weighedTerm, places asked) error {
	all := 0.0
	for _, t := range terms {
		all += t.weight
	}
	for i, of := range documents {
		d := s.views[of[0]].document(of[1])
		cited, err := s.frequency(fieldCites, d.facts.citedAs)
		if err != nil {
			return err
		}
		n := float64(cited)
		bags[i] += all * (places.of(d.facts.places) + citedWeight*n/(n+1))
	}
	return nil
}

// sample returns every so many-th document.
func (s *searching) sample(step int) []*viewDocument {
	out := make([]*viewDocument, 0, s.documents/step+1)
	at := 0
	for _, v := range s.views {
		for ; at < len(v.documents); at += step {
			out = append(out, v.document(at))
		}
		at -= len(v.documents)
	}
	return out
}
