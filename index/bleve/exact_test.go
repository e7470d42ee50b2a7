package bleve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// letters cuts a text into its blank-separated words: the test needs no dictionary.
type letters struct{}

func (letters) Normalize(text string) string { return text }
func (letters) Sound(text string) string     { return text }
func (letters) Words(text string) []index.Token {
	var out []index.Token
	for _, w := range strings.Fields(text) {
		out = append(out, index.Token{Term: w})
	}
	return out
}
func (l letters) Terms(text string) []index.Token { return l.Words(text) }
func (l letters) WordsAndTerms(text string) (words, terms []index.Token) {
	return l.Words(text), l.Terms(text)
}

// words are drawn so that few are common and most are rare, like those of a language.
func words(r *rand.Rand, n int) string {
	var out []string
	for range n {
		out = append(out, fmt.Sprintf("%c%c", '一'+rune(r.ExpFloat64()*8), '甲'+rune(r.IntN(3))))
	}
	return strings.Join(out, " ")
}

// TestFindsWhatReadingEverythingFinds compares the finder with adding up every
// posting, on indexes of several segments with deleted, repealed and unlike documents.
func TestFindsWhatReadingEverythingFinds(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 7))
		x, err := New(letters{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			var docs []*corpus.Document
			for j := range 1 + r.IntN(5) {
				docs = append(docs, made(r, fmt.Sprint("d", i, j), r.IntN(200)))
			}
			if err := x.Put(t.Context(), docs...); err != nil {
				t.Fatal(err)
			}
			if i%4 == 3 {
				if err := x.Delete(t.Context(), fmt.Sprint("d", i-1, 0)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 40 {
			q := index.Query{Limit: 1 + r.IntN(80)}
			for _, w := range strings.Fields(words(r, 1+r.IntN(60))) {
				q.Terms = append(q.Terms, index.Term{Text: w, Boost: 0.1 + r.Float64()})
			}
			if r.IntN(2) == 0 {
				q.AsOf = "2026-05-01"
			}
			if r.IntN(4) == 0 {
				q.Document = fmt.Sprint("d", r.IntN(12), 0)
			}
			compareFinders(t, x, q)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

func made(r *rand.Rand, id string, clauses int) *corpus.Document {
	d := &corpus.Document{ID: id, Title: words(r, 3), Status: corpus.InForce, Revision: "r"}
	if r.IntN(5) == 0 {
		d.Status = corpus.Repealed
	}
	for i := range clauses {
		d.Clauses = append(d.Clauses, corpus.Clause{
			Path: corpus.Path{{Level: corpus.LevelArticle, Num: i + 1}}, Text: words(r, 1+r.IntN(40)), Headings: []string{words(r, 2)},
		})
	}
	return d
}

// compareFinders compares the points of the best: among clauses with the same points
// any may be found.
func compareFinders(t *testing.T, x *Index, q index.Query) {
	t.Helper()
	s, done, err := x.searching()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	terms, err := s.weigh(q.Terms)
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{k: q.Limit}
	var all []candidate
	for _, i := range s.bySize() {
		lists, err := s.lists(i, terms, s.perUnit(terms))
		if err != nil {
			t.Fatal(err)
		}
		v, allowed := s.views[i], s.allowed(i, q)
		for entry, class := range v.lengths {
			sum := points(0)
			for _, l := range lists {
				if l.entries.Contains(uint32(entry)) {
					sum += l.points[class]
				}
			}
			if sum > 0 && allowed(uint32(entry)) {
				all = append(all, candidate{i, uint32(entry), sum})
			}
		}
		if err := f.find(context.Background(), i, v.lengths, lists, allowed); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(all, func(a, b candidate) int { return cmp.Compare(b.points, a.points) })
	all = all[:min(len(all), q.Limit)]
	slices.SortFunc(f.best, func(a, b candidate) int { return cmp.Compare(b.points, a.points) })
	if len(f.best) != len(all) {
		t.Fatalf("found %d, want %d", len(f.best), len(all))
	}
	for i := range all {
		if f.best[i].points != all[i].points {
			t.Fatalf("place %d has %d points, reading everything gives %d", i, f.best[i].points, all[i].points)
		}
	}
}

// TestPointsAreBM25 checks the points of a clause against the formula.
func TestPointsAreBM25(t *testing.T) {
	x, err := New(letters{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close() //nolint:errcheck // in memory
	d := &corpus.Document{ID: "d", Status: corpus.InForce, Revision: "r"}
	for i, text := range []string{"甲乙 丙丁 丙丁 丙丁 戊己", "甲乙 庚辛 壬癸", "庚辛 壬癸 子丑 寅卯 辰巳 午未 申酉 戌亥"} {
		d.Clauses = append(d.Clauses, corpus.Clause{Path: corpus.Path{{Level: corpus.LevelArticle, Num: i + 1}}, Text: text})
	}
	if err := x.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s, done, err := x.searching()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	terms, err := s.weigh([]index.Term{{Text: "甲乙", Boost: 1}, {Text: "丙丁", Boost: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.lists(0, terms, s.perUnit(terms))
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{k: 1}
	if err := f.find(t.Context(), 0, s.views[0].lengths, lists, s.allowed(0, index.Query{})); err != nil {
		t.Fatal(err)
	}
	length := lengthOf[lengthClass(5)] / s.lengths
	want := idf(2, 3)*saturation(1, length) + 0.5*idf(1, 3)*saturation(3, length)
	got := float64(f.best[0].points) / s.perUnit(terms)
	if len(f.best) != 1 || got < want*0.999 || got > want*1.001 {
		t.Errorf("the clause has %v, BM25 gives %v", got, want)
	}
	if mean := s.lengths; mean < 4 || mean > 7 {
		t.Errorf("mean length %v, want about 16/3", mean)
	}
}

func TestSignature(t *testing.T) {
	var in []uint64
	for i := range 2000 {
		in = append(in, hashOf(fmt.Sprint("in", i%1000)))
	}
	s, out := newSignature(in), 0
	for i := range 1000 {
		if key := fmt.Sprint("in", i); !s.has(markOf(key)) {
			t.Fatalf("%s was put in and is not there", key)
		}
	}
	for i := range 1000 {
		if s.has(markOf(fmt.Sprint("out", i))) {
			out++
		}
	}
	if out > 60 {
		t.Errorf("%d of 1000 keys are there that were not put in", out)
	}
	if signature(nil).has(markOf("a")) {
		t.Error("nothing has a key")
	}
}

// TestCommonestTermsCountForWhatWasFound splits the terms of a question anywhere and
// compares the points of what the first ones found with the sum of all.
func TestCommonestTermsCountForWhatWasFound(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x, err := New(letters{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close() //nolint:errcheck // in memory
	for i := range 3 {
		if err := x.Put(t.Context(), made(r, fmt.Sprint("d", i), 300)); err != nil {
			t.Fatal(err)
		}
	}
	s, done, err := x.searching()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var asked []index.Term
	for _, w := range strings.Fields(words(r, 30)) {
		asked = append(asked, index.Term{Text: w, Boost: 1})
	}
	terms, err := s.weigh(asked)
	if err != nil {
		t.Fatal(err)
	}
	perUnit := s.perUnit(terms)
	for n := 1; n <= len(terms); n++ {
		f := &finder{k: 20}
		for i, v := range s.views {
			lists, err := s.lists(i, terms[:n], perUnit)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.find(t.Context(), i, v.lengths, lists, s.allowed(i, index.Query{})); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.complete(f.best, terms[n:], perUnit); err != nil {
			t.Fatal(err)
		}
		for _, c := range f.best {
			lists, err := s.lists(c.view, terms, perUnit)
			if err != nil {
				t.Fatal(err)
			}
			want := points(0)
			for _, l := range lists {
				if l.entries.Contains(c.entry) {
					want += l.points[s.views[c.view].lengths[c.entry]]
				}
			}
			if c.points != want {
				t.Fatalf("found by %d of %d terms: %d points, all its terms have %d", n, len(terms), c.points, want)
			}
		}
	}
}

func TestFindingTermsAreBounded(t *testing.T) {
	const clauses = 2 * readLeast
	common := weighedTerm{df: clauses / 4}
	for _, c := range []struct {
		terms   []weighedTerm
		clauses int
		want    int
	}{
		{nil, clauses, 0},
		{[]weighedTerm{{df: 1}, {df: 10}, common}, clauses, 3},
		{[]weighedTerm{{df: 1}, common, common, common}, clauses, 2},
		{[]weighedTerm{{df: clauses}, {df: 1}}, clauses, 1}, // one there has to be
		{[]weighedTerm{{df: 100}, {df: 100}, {df: 100}}, 100, 3},
	} {
		if got := finding(c.terms, c.clauses); got != c.want {
			t.Errorf("%v in %d clauses: %d terms find clauses, want %d", c.terms, c.clauses, got, c.want)
		}
	}
}

// TestFinderAfterASearchThatEnded holds that a finder that a search has left, cancelled
// or in the middle of a window by a panic, does not lead the next one astray.
func TestFinderAfterASearchThatEnded(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	x, err := New(letters{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close() //nolint:errcheck // in memory
	if err := x.Put(t.Context(), made(r, "d", 500)); err != nil {
		t.Fatal(err)
	}
	s, done, err := x.searching()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	terms, err := s.weigh([]index.Term{{Text: "一甲", Boost: 1}, {Text: "丁乙", Boost: 1}, {Text: "七丙", Boost: 1}})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.lists(0, terms, s.perUnit(terms))
	if err != nil {
		t.Fatal(err)
	}
	lengths, all := s.views[0].lengths, func(uint32) bool { return true }
	search := func(f *finder, ctx context.Context) ([]candidate, error) {
		f.reset(10)
		err := f.find(ctx, 0, lengths, slices.Clone(lists), all)
		return f.best, err
	}
	want, err := search(new(finder), t.Context())
	if err != nil || len(want) != 10 {
		t.Fatalf("found %v, %v", want, err)
	}
	f := new(finder)
	for range 2 {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := search(f, cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled search: %v", err)
		}
		if got, err := search(f, t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("after a search that ended: found %v, %v, want %v", got, err, want)
		}
		f.midway = true
		f.read(&reader{it: lists[0].entries.ManyIterator()}, &lists[0].points, lengths, 0, uint32(len(lengths)))
		(&reader{it: lists[1].entries.ManyIterator()}).mark(&f.listed, 0, uint32(len(lengths)))
	}
}
