package bleve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wence-bot/wence/index"
)

const (
	// scoredTerms is how many terms of a question are scored: those that count
	// most. A question of two or three sentences has fewer.
	scoredTerms = 48
	// readEntries is how many entries the lists of terms that find clauses may have
	// together, for each clause of the index: the commonest words count least and take
	// longest. One question in five has more; what those words add is counted for the
	// clauses that were found. An index of less than readLeast clauses is read in no time.
	readEntries = 0.5
	readLeast   = 50_000
)

// A weighedTerm is a term of the question that stands somewhere.
type weighedTerm struct {
	text   string
	boost  float64
	weight float64 // boost · idf
	df     int     // deleted entries included
}

// weigh looks up the terms and returns those that count most: the scored terms.
func (s *searching) weigh(terms []index.Term) ([]weighedTerm, error) {
	known := make(map[string]bool, len(terms))
	out := make([]weighedTerm, 0, len(terms))
	for _, t := range terms[:min(len(terms), index.MaxTerms)] {
		if known[t.Text] || !isTerm(t.Text) || !(t.Boost > 0) {
			continue
		}
		known[t.Text] = true
		df, err := s.frequency(fieldTerms, t.Text)
		if err != nil {
			return nil, err
		}
		if df == 0 {
			continue
		}
		if isNumber(t.Text) {
			t.Boost *= numberWeight
		}
		out = append(out, weighedTerm{t.Text, t.Boost, t.Boost * idf(df, s.clauses), df})
	}
	return heaviest(out, scoredTerms), nil
}

// heaviest returns the n terms of most weight, the heaviest first, those of the same
// weight as they were. Numbers are sorted in place of terms, which take longer to move.
func heaviest(terms []weighedTerm, n int) []weighedTerm {
	type place struct {
		weight float64
		at     int
	}
	places := make([]place, len(terms))
	for i := range terms {
		places[i] = place{terms[i].weight, i}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.at, b.at))
	})
	out := make([]weighedTerm, min(n, len(terms)))
	for i := range out {
		out[i] = terms[places[i].at]
	}
	return out
}

// finding returns how many of the terms, the best first, find clauses.
func finding(terms []weighedTerm, clauses int) int {
	left := int(readEntries * float64(max(clauses, readLeast)))
	for i, t := range terms {
		if left -= t.df; left < 0 && i > 0 {
			return i
		}
	}
	return len(terms)
}

// isNumber reports whether a term is a year, an amount or the like.
func isNumber(term string) bool {
	return strings.Trim(term, "0123456789.,%") == ""
}
