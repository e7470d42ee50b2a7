package bleve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// poolLeast is how many of the clauses with the best terms are ranked with all that is
// known of them, at least.
const poolLeast = 64

// A question is our own bleve query: it finds the best clauses without reading every
// posting of every term, as bleve's disjunction would, and ranks them with more than
// their terms.
type question struct {
	index.Query
	views *views
}

var _ query.Query = (*question)(nil)

// Searcher implements query.Query.
func (q *question) Searcher(ctx context.Context, r bleveindex.IndexReader, _ mapping.IndexMapping, _ search.SearcherOptions) (search.Searcher, error) {
	s, err := newSearching(r, q.views)
	if err != nil {
		return nil, err
	}
	terms, err := s.weigh(q.Terms)
	if err != nil {
		return nil, err
	}
	f := finders.Get().(*finder)
	defer finders.Put(f)
	f.reset(max(2*q.Limit, poolLeast))
	n, perUnit := finding(terms, s.clauses), s.perUnit(terms)
	for _, i := range s.bySize() {
		lists, err := s.lists(i, terms[:n], perUnit)
		if err != nil {
			return nil, err
		}
		if err := f.find(ctx, i, s.views[i].lengths, lists, s.allowed(i, q.Query)); err != nil {
			return nil, err
		}
	}
	if err := s.complete(f.best, terms[n:], perUnit); err != nil {
		return nil, err
	}
	best, err := s.rank(f.best, terms)
	if err != nil {
		return nil, err
	}
	return &found{best: best[:min(len(best), q.Limit)], views: s.views, offsets: s.offsets}, nil
}

// searching is one search in one snapshot of the index.
type searching struct {
	snapshot *scorch.IndexSnapshot
	views    []*view
	common   *counted // in the documents of views
	lookups  []lookup
	offsets  []uint64 // number of the first entry of each segment

	clauses, documents int
	lengths            float64 // mean length of a clause
	gains              *[len(moreThan) + 1][lengthClasses]float64
}

func newSearching(r bleveindex.IndexReader, vs *views) (*searching, error) {
	snapshot, ok := r.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("bleve: cannot search a %T", r)
	}
	s := &searching{snapshot: snapshot}
	var err error
	if s.views, s.common, err = vs.of(snapshot); err != nil {
		return nil, err
	}
	offset := uint64(0)
	for _, v := range s.views {
		s.lookups = append(s.lookups, lookup{view: v})
		s.offsets = append(s.offsets, offset)
		offset += uint64(len(v.lengths))
		s.clauses += v.clauses
		s.documents += len(v.documents)
		for class, n := range v.byClass {
			s.lengths += float64(n) * lengthOf[class]
		}
	}
	s.lengths /= max(1, float64(s.clauses))
	return s, nil
}

// bySize returns the numbers of the views, the largest first: the more is seen early,
// the less has to be read later.
func (s *searching) bySize() []int {
	order := make([]int, len(s.views))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.views[b].clauses, s.views[a].clauses) })
	return order
}

// frequency returns under how many entries a key stands, deleted ones included until
// bleve drops them.
func (s *searching) frequency(field int, key string) (int, error) {
	n := 0
	for i := range s.lookups {
		list, err := s.lookups[i].postings(field, key)
		if err != nil {
			return 0, err
		}
		if list != nil {
			n += int(list.GetCardinality())
		}
	}
	return n, nil
}

// living returns under how many entries that are not deleted a key stands.
func (s *searching) living(field int, key string) (int, error) {
	n := 0
	for i := range s.lookups {
		list, err := s.lookups[i].postings(field, key)
		if err != nil {
			return 0, err
		}
		if list == nil {
			continue
		}
		n += int(list.GetCardinality())
		if deleted := s.snapshot.Segments()[i].Deleted(); deleted != nil {
			n -= int(list.AndCardinality(deleted))
		}
	}
	return n, nil
}

// lists returns the posting lists of the terms in a segment with the points that each
// gives: the first for a term that occurs, the others for what it counts more if it
// occurs several times.
func (s *searching) lists(i int, terms []weighedTerm, perUnit float64) ([]scoredList, error) {
	if s.gains == nil {
		s.gains = gainsOf(s.lengths)
	}
	out := make([]scoredList, 0, 2*len(terms))
	for _, t := range terms {
		for step, key := 0, t.text; ; step++ {
			list, err := s.lookups[i].postings(fieldTerms, key)
			if err != nil {
				return nil, err
			}
			if list == nil || list.IsEmpty() {
				break
			}
			out = append(out, newScoredList(list, t.weight*perUnit, &s.gains[step]))
			if step == len(moreThan) {
				break
			}
			key = keyOfMore(t.text, moreThan[step])
		}
	}
	return out, nil
}

// complete adds the points of terms that have not found clauses.
func (s *searching) complete(best []candidate, terms []weighedTerm, perUnit float64) error {
	if len(terms) == 0 {
		return nil
	}
	of := make([][]scoredList, len(s.views))
	for i := range best {
		c := &best[i]
		if of[c.view] == nil {
			var err error
			if of[c.view], err = s.lists(c.view, terms, perUnit); err != nil {
				return err
			}
		}
		for _, l := range of[c.view] {
			if l.entries.Contains(c.entry) {
				c.points += l.points[s.views[c.view].lengths[c.entry]]
			}
		}
	}
	return nil
}

// perUnit is how many points a score of 1 has.
func (s *searching) perUnit(terms []weighedTerm) float64 {
	most := 0.0
	for _, t := range terms {
		most += t.weight * (bm25K1 + 1)
	}
	return mostPoints / max(most, 1e-9)
}

// gainsOf returns what a term counts in a clause of each length by occurring once, and
// what it counts more with each step of moreThan.
func gainsOf(mean float64) *[len(moreThan) + 1][lengthClasses]float64 {
	gains := new([len(moreThan) + 1][lengthClasses]float64)
	for class, length := range lengthOf {
		before := 0.0
		for step := range gains {
			times := 1.0
			if step > 0 {
				times = float64(moreThan[step-1])
			}
			now := saturation(times, length/mean)
			gains[step][class] = now - before
			before = now
		}
	}
	return gains
}

func newScoredList(entries *roaring.Bitmap, weight float64, gains *[lengthClasses]float64) scoredList {
	l := scoredList{entries: entries}
	for class, gain := range gains {
		l.points[class] = points(weight * gain)
		l.most = max(l.most, l.points[class])
	}
	return l
}

// allowed returns whether an entry of a segment may be found. It is asked for the few
// that get in.
func (s *searching) allowed(i int, q index.Query) func(uint32) bool {
	v := s.views[i]
	deleted := s.snapshot.Segments()[i].Deleted()
	return func(entry uint32) bool {
		return v.document(int(v.parents[entry])).allowed(q) && (deleted == nil || !deleted.Contains(entry))
	}
}

// allowed reports whether clauses of the document may be found. One that cannot be read
// gets through, to where its error is returned.
func (d *viewDocument) allowed(q index.Query) bool {
	if d.err != nil {
		return true
	}
	if q.Document != "" && d.ref.Document != q.Document {
		return false
	}
	f := d.facts
	if len(q.Regions) > 0 && !slices.Contains(q.Regions, f.region) {
		return false
	}
	if q.AsOf == "" {
		return true
	}
	return (f.status == string(corpus.InForce) || f.status == string(corpus.Amended)) && f.from <= q.AsOf && q.AsOf <= f.until
}

// found is the bleve searcher of a question: it gives out what was found, best first.
type found struct {
	best    []ranked
	views   []*view
	offsets []uint64
	next    int
}

var _ search.Searcher = (*found)(nil)

// Next implements search.Searcher.
func (f *found) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	if f.next == len(f.best) {
		return nil, nil
	}
	r := f.best[f.next]
	f.next++
	ref, err := f.views[r.view].refOf(r.entry)
	if err != nil {
		return nil, err
	}
	m := ctx.DocumentMatchPool.Get()
	m.ID = formatRef(ref) // bleve would look up the short one
	m.IndexInternalID = bleveindex.NewIndexInternalID(m.IndexInternalID, f.offsets[r.view]+uint64(r.entry))
	m.Score = r.score
	return m, nil
}

// Advance implements search.Searcher: what was found is ordered by score, so a
// question cannot be a part of a larger query.
func (f *found) Advance(*search.SearchContext, bleveindex.IndexInternalID) (*search.DocumentMatch, error) {
	return nil, errors.New("bleve: a question cannot be combined with other queries")
}

// Close implements search.Searcher.
func (f *found) Close() error { return nil }

// Weight implements search.Searcher.
func (f *found) Weight() float64 { return 0 }

// SetQueryNorm implements search.Searcher.
func (f *found) SetQueryNorm(float64) {}

// Count implements search.Searcher.
func (f *found) Count() uint64 { return uint64(len(f.best)) }

// Min implements search.Searcher.
func (f *found) Min() int { return 0 }

// Size implements search.Searcher.
func (f *found) Size() int { return 0 }

// DocumentMatchPoolSize implements search.Searcher.
func (f *found) DocumentMatchPoolSize() int { return 1 }
