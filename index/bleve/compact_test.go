package bleve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// parts returns how many entries each segment has.
func parts(t *testing.T, x *Index) (out []int) {
	t.Helper()
	s, done, err := x.searching()
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	for _, v := range s.views {
		out = append(out, len(v.lengths))
	}
	return out
}

// onDisk returns an index with a segment for each document of so many clauses, large
// enough that bleve leaves them alone, and how to wait until it has rested.
func onDisk(t *testing.T, documents ...int) (x *Index, rested chan struct{}) {
	t.Helper()
	x, err := Open(filepath.Join(t.TempDir(), "index"), letters{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	rested = make(chan struct{}, 100)
	tidy := x.rest.use
	x.rest.mu.Lock()
	x.rest.after = time.Hour
	x.rest.use = func(ctx context.Context) { tidy(ctx); rested <- struct{}{} }
	x.rest.timer.Stop()
	x.rest.mu.Unlock()
	r := rand.New(rand.NewPCG(1, 2))
	for i, clauses := range documents {
		d := made(r, fmt.Sprint("d", i), clauses)
		d.Status = corpus.InForce
		if err := x.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return x, rested
}

func found10(t *testing.T, x *Index) (refs []corpus.Ref) {
	t.Helper()
	q := index.Query{Limit: 10, Terms: []index.Term{{Text: "一甲", Boost: 1}, {Text: "丆乙", Boost: 2}, {Text: "丈丙", Boost: 1}}}
	hits, err := x.Search(t.Context(), q)
	if err != nil || len(hits) == 0 {
		t.Fatalf("%d hits, %v", len(hits), err)
	}
	for _, h := range hits {
		refs = append(refs, h.Ref)
	}
	return refs
}

func TestRestMakesOneSegment(t *testing.T) {
	x, rested := onDisk(t, 2200, 2200, 2200)
	before := found10(t, x)
	if n := len(parts(t, x)); n < 2 {
		t.Fatalf("%d segments before the rest", n)
	}
	x.rest.mu.Lock()
	x.rest.after = 0
	x.rest.mu.Unlock()
	x.rest.begin() // as Put does
	<-rested
	if got := parts(t, x); !slices.Equal(got, []int{6603}) {
		t.Errorf("segments after the rest: %v, want one of 6,600 clauses and 3 documents", got)
	}
	if after := found10(t, x); len(after) != len(before) {
		t.Errorf("found %v before, %v after", before, after)
	}
}

// TestRareKeysTakeNoPostingList holds what an index on disk saves by it: a quarter of the
// terms and more stand in one clause only.
func TestRareKeysTakeNoPostingList(t *testing.T) {
	x, _ := onDisk(t, 2200)
	paragraph := corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}
	rare := &corpus.Document{ID: "rare", Revision: "r", Status: corpus.InForce, Clauses: []corpus.Clause{{Path: paragraph, Text: "朱砂 朱砂 一甲"}}}
	for _, d := range []*corpus.Document{rare, made(rand.New(rand.NewPCG(3, 4)), "after", 2200)} {
		if err := x.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, done, err := x.searching()
	if err != nil || len(s.views) != 1 {
		t.Fatalf("%d segments, %v", len(s.views), err)
	}
	defer done()
	d, err := s.views[0].segment.Dictionary(fieldNames[fieldTerms])
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"朱砂": true, keyOfMore("朱砂", 2): true, "一甲": false} {
		list, err := d.PostingsList([]byte(key), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, alone := list.Iterator(false, false, false, nil).(segment.OptimizablePostingsIterator).DocNum1Hit(); alone != want {
			t.Errorf("%q stands without a posting list: %v, want %v", key, alone, want)
		}
	}
	hits, err := x.Search(t.Context(), index.Query{Terms: []index.Term{{Text: "朱砂", Boost: 1}}})
	if err != nil || len(hits) != 1 || hits[0].Ref != rare.Ref(paragraph) {
		t.Errorf("found %v, %v", hits, err)
	}
}

// TestRestLeavesSmallSegments holds that the documents of a day do not have all written
// anew.
func TestRestLeavesSmallSegments(t *testing.T) {
	x, _ := onDisk(t, 5000, 100)
	before := parts(t, x)
	if len(before) != 2 {
		t.Fatalf("segments %v", before)
	}
	x.tidy(t.Context())
	if got := parts(t, x); !slices.Equal(got, before) {
		t.Errorf("segments %v became %v", before, got)
	}
}

func TestCompactEndsWithItsContext(t *testing.T) {
	x, _ := onDisk(t, 2200, 2200, 2200)
	before := found10(t, x)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Compact(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("compact with an ended context: %v", err)
	}
	if after := found10(t, x); !slices.Equal(after, before) {
		t.Errorf("found %v before, %v after", before, after)
	}
	if err := x.Compact(t.Context()); err != nil || len(parts(t, x)) != 1 {
		t.Errorf("compact afterwards: %v, segments %v", err, parts(t, x))
	}
}

func TestCloseEndsARest(t *testing.T) {
	x, err := Open(filepath.Join(t.TempDir(), "index"), letters{})
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	x.rest.mu.Lock()
	x.rest.after = 0
	x.rest.use = func(ctx context.Context) { close(began); <-ctx.Done() }
	x.rest.mu.Unlock()
	x.rest.begin()
	<-began
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	x.rest.begin() // a Put that lost the race
	x.rest.call()
}

func TestCompactInMemory(t *testing.T) {
	x, err := New(letters{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.Compact(t.Context()), x.Close()); err != nil {
		t.Error(err)
	}
}
