package index_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/indextest"
)

func TestSwapIsAnIndex(t *testing.T) {
	a, err := analyzer()
	if err != nil {
		t.Fatal(err)
	}
	placed := indextest.Placed(t, a)
	indextest.Test(t, placed, func(t *testing.T) index.Index {
		x, err := bleve.New(placed)
		if err != nil {
			t.Fatal(err)
		}
		return index.NewSwap(x)
	})
}

// slow is an index whose searches wait, and that knows whether it was closed.
type slow struct {
	index.Index
	searching, finish, closed chan struct{}
}

func (s *slow) Search(context.Context, index.Query) ([]index.Hit, error) {
	close(s.searching)
	<-s.finish
	select {
	case <-s.closed:
		return nil, errors.New("closed under a search")
	default:
		return nil, nil
	}
}

func (s *slow) Close() error {
	close(s.closed)
	return errors.New("said while closing")
}

func TestSwapWaitsForSearches(t *testing.T) {
	old := &slow{searching: make(chan struct{}), finish: make(chan struct{}), closed: make(chan struct{})}
	s, result := index.NewSwap(old), make(chan error)
	go func() {
		_, err := s.Search(ctx, index.Query{})
		result <- err
	}()
	<-old.searching
	a, err := analyzer()
	if err != nil {
		t.Fatal(err)
	}
	x, err := bleve.New(a)
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(x)
	if _, err := s.Search(ctx, index.Query{Terms: []index.Term{{Text: "a"}}}); err != nil {
		t.Errorf("the new index: %v", err)
	}
	close(old.finish)
	if err := <-result; err != nil {
		t.Error(err)
	}
	<-old.closed
	if err := s.Close(); err == nil || err.Error() != "said while closing" {
		t.Errorf("Close said %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// BenchmarkFollowInto100000 is the time from the entry in the log until it is found,
// for a document of 100 clauses among 100,000 on disk.
func BenchmarkFollowInto100000(b *testing.B) {
	h := &history{}
	c := config(b, h, b.TempDir())
	c.Batch = 64
	for i := range 1000 {
		h.put(fmt.Sprint("d", i), text(i))
		split(h, 100)
	}
	start := time.Now()
	f := follow(b, c)
	b.Logf("100,000 clauses indexed in %v", time.Since(start))
	for i := 0; b.Loop(); i++ {
		h.put("d500", text(1000+i))
		split(h, 100)
		if err := f.CatchUp(ctx); err != nil {
			b.Fatal(err)
		}
		hits, err := f.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息", Boost: 1}}, Document: "d500", Limit: 1000})
		if err != nil || len(hits) != 100 {
			b.Fatalf("%d hits, %v", len(hits), err)
		}
	}
}

func text(i int) string {
	return fmt.Sprintf("引导金融机构开发专属产品,对第%d批企业给予贷款贴息,由市财政局会同有关部门负责落实,缓解融资难问题。", i)
}

// split makes the last change n clauses of its one.
func split(h *history, n int) {
	d := h.changes[len(h.changes)-1].Put
	one := d.Clauses[0]
	for i := 1; i < n; i++ {
		one.Path = corpus.Path{{Level: corpus.LevelParagraph, Num: i + 1}}
		d.Clauses = append(d.Clauses, one)
	}
}
