package bot

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// A view is the index as it would be if it held the documents of a knowledge and no
// others: those that it lacks are searched beside it. So a publication is answered
// from at once, before the index has followed; a revision that is not in force yet
// does not hide the one that is; and what would be answered after a publication can
// be tried before. A view never changes and holds nothing that must be closed.
type view struct {
	base    index.Index
	day     string          // YYYY-MM-DD
	more    *shelf          // the documents that base lacks
	less    *shelf          // the revisions of them that base has instead
	instead map[string]bool // their IDs: what base says of them does not count
	current map[corpus.Ref]*corpus.Document
}

// newView returns the view on docs. held says which revision of each document the
// index has; nil means that it has docs.
func (b *Bot) newView(ctx context.Context, docs []*corpus.Document, day string, held map[string]string) (*view, error) {
	v := &view{base: b.Clauses, day: day, instead: map[string]bool{}, current: map[corpus.Ref]*corpus.Document{}}
	var more, less []*corpus.Document
	for _, d := range docs {
		v.current[corpus.Ref{Document: d.ID, Revision: d.Revision}] = d
		revision, ok := held[d.ID]
		if held == nil || ok && revision == d.Revision {
			continue
		}
		more, v.instead[d.ID] = append(more, d), true
		if !ok {
			continue
		}
		old, err := b.Documents.Document(ctx, d.ID, revision)
		if err != nil {
			return nil, err
		}
		less = append(less, old)
	}
	v.more, v.less = newShelf(b.Analyzer, more), newShelf(b.Analyzer, less)
	return v, nil
}

// most bounds how many hits are asked of the index when many do not count.
const most = 1024

// search returns the clauses of the documents that fit best on the day of the view, best
// first: at most q.Limit of the index, and as many of the documents that it lacks, of
// which q.Regions are not asked.
func (v *view) search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	q.AsOf = v.day
	limit := q.Limit
	var out []index.Hit
	for n := limit; ; n *= 4 {
		q.Limit = n
		hits, err := v.base.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		out = slices.DeleteFunc(slices.Clone(hits), func(h index.Hit) bool {
			return v.instead[h.Ref.Document] || v.current[corpus.Ref{Document: h.Ref.Document, Revision: h.Ref.Revision}] == nil
		})
		if len(out) >= limit || len(hits) < n || n >= most {
			break
		}
	}
	out = out[:min(len(out), limit)]
	if len(v.instead) == 0 {
		return out, nil
	}
	best := 1.0
	if len(out) > 0 {
		best = out[0].Score
	}
	return append(out, v.more.search(q.Terms, q.Document, limit, best)...), nil
}

// frequencies is index.Index.Frequencies on the documents of the view.
func (v *view) frequencies(ctx context.Context, terms []string) ([]int, int, error) {
	df, n, err := v.base.Frequencies(ctx, terms)
	if err != nil || len(v.instead) == 0 {
		return df, n, err
	}
	for i, t := range terms {
		df[i] = max(0, df[i]+v.more.frequency(t)-v.less.frequency(t))
	}
	return df, max(1, n+len(v.more.clauses)-len(v.less.clauses)), nil
}

// A shelf is a few documents under their terms.
type shelf struct {
	clauses []corpus.Ref
	text    map[string][]int32 // term → clauses in whose text it stands
	heading map[string][]int32 // the same for headings
}

func newShelf(a index.Analyzer, docs []*corpus.Document) *shelf {
	s := &shelf{text: map[string][]int32{}, heading: map[string][]int32{}}
	add := func(to map[string][]int32, text string, i int32) {
		for _, t := range a.Terms(text) {
			if had := to[t.Term]; len(had) == 0 || had[len(had)-1] != i {
				to[t.Term] = append(had, i)
			}
		}
	}
	for _, d := range docs {
		for k := range d.Clauses {
			i := int32(len(s.clauses))
			s.clauses = append(s.clauses, d.Ref(d.Clauses[k].Path))
			add(s.text, d.Clauses[k].Text, i)
			add(s.heading, strings.Join(d.Clauses[k].Headings, "\n"), i)
		}
	}
	return s
}

func (s *shelf) frequency(term string) int { return max(len(s.text[term]), len(s.heading[term])) }

// search scores clauses by how much of the question stands in them; all of it is
// worth best. The bot ranks what is found anew, so this only has to bring it in.
func (s *shelf) search(terms []index.Term, document string, limit int, best float64) []index.Hit {
	score, all := map[int32]float64{}, 0.0
	for _, t := range terms[:min(len(terms), index.MaxTerms)] {
		all += t.Boost
		for _, i := range s.text[t.Text] {
			score[i] += t.Boost
		}
		for _, i := range s.heading[t.Text] {
			score[i] += t.Boost * inHeading
		}
	}
	var out []index.Hit
	for i, n := range score {
		if ref := s.clauses[i]; document == "" || ref.Document == document {
			out = append(out, index.Hit{Ref: ref, Score: best * n / all})
		}
	}
	slices.SortFunc(out, func(x, y index.Hit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Ref.Path, y.Ref.Path), cmp.Compare(x.Ref.Document, y.Ref.Document))
	})
	return out[:min(len(out), limit)]
}
