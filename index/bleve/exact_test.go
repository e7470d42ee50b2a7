package bleve

import (
	"cmp"
	"context"
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
	advanced, err := x.bleve.Advanced()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := advanced.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	s, err := newSearching(reader, &x.views)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := s.weigh(q.Terms)
	if err != nil {
		t.Fatal(err)
	}
	f := &finder{k: q.Limit}
	var all []candidate
	for _, i := range s.bySize() {
		lists, err := s.lists(i, terms)
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
	advanced, err := x.bleve.Advanced()
	if err != nil {
		t.Fatal(err)
	}
	reader, err := advanced.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	s, err := newSearching(reader, &x.views)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := s.weigh([]index.Term{{Text: "甲乙", Boost: 1}, {Text: "丙丁", Boost: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.lists(0, terms)
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
