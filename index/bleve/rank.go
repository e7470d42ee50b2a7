package bleve

import (
	"cmp"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
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
func (s *searching) rank(candidates []candidate, terms []weighedTerm) ([]ranked, error) {
	out := make([]ranked, len(candidates))
	bags := make([]float64, 0, 64)
	parents := map[[2]int]int{} // view and document → index of bags
	entries := make([][2]int, 0, 64)
	perUnit := s.perUnit(terms)
	for i, c := range candidates {
		of := [2]int{c.view, int(s.views[c.view].parents[c.entry])}
		p, ok := parents[of]
		if !ok {
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
	if err := s.addBags(bags, entries, keys); err != nil {
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
		for _, char := range charsOf(t.text) {
			text := keyOfChar(char)
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

// listsOf returns the posting list of a key in each view, and how long they are together.
func (s *searching) listsOf(field int, key string) ([]*roaring.Bitmap, int, error) {
	lists, df := make([]*roaring.Bitmap, len(s.views)), 0
	for i := range s.views {
		var err error
		if lists[i], err = s.lookups[i].postings(field, key); err != nil {
			return nil, 0, err
		}
		if lists[i] != nil {
			df += int(lists[i].GetCardinality())
		}
	}
	return lists, df, nil
}

// addChars adds to each clause the characters that stand in it.
func (s *searching) addChars(clauses []ranked, chars []key) error {
	for _, c := range chars {
		lists, df, err := s.listsOf(fieldTerms, c.text)
		if err != nil {
			return err
		}
		add := c.boost * idf(df, s.clauses)
		for i := range clauses {
			if l := lists[clauses[i].view]; l != nil && l.Contains(clauses[i].entry) {
				clauses[i].score += add
			}
		}
	}
	return nil
}

// addBags adds to each document the keys that it is about, and again those of its title.
func (s *searching) addBags(bags []float64, documents [][2]int, keys []key) error {
	for _, k := range keys {
		lists, df, err := s.listsOf(fieldBag, k.text)
		if err != nil {
			return err
		}
		if df == 0 {
			continue
		}
		titles, _, err := s.listsOf(fieldTitle, k.text)
		if err != nil {
			return err
		}
		weight := k.boost * idf(df, s.documents)
		for i, d := range documents {
			entry := s.views[d[0]].documents[d[1]].entry
			if l := lists[d[0]]; l == nil || !l.Contains(entry) {
				continue // what is in the title is in the bag
			}
			bags[i] += bagWeight * weight
			if l := titles[d[0]]; l != nil && l.Contains(entry) {
				bags[i] += titleWeight * weight
			}
		}
	}
	return nil
}
