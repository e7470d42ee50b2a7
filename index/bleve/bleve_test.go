package bleve_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/indextest"
	"github.com/wence-bot/wence/index/segment"
)

func analyzer(t testing.TB) index.Analyzer {
	t.Helper()
	a, err := segment.New(segment.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestMemory(t *testing.T) {
	a := indextest.Placed(t, analyzer(t))
	indextest.Test(t, a, func(t *testing.T) index.Index {
		x, err := bleve.New(a)
		if err != nil {
			t.Fatal(err)
		}
		return x
	})
}

func TestDisk(t *testing.T) {
	a := indextest.Placed(t, analyzer(t))
	indextest.Test(t, a, func(t *testing.T) index.Index {
		x, err := bleve.Open(filepath.Join(t.TempDir(), "index"), a)
		if err != nil {
			t.Fatal(err)
		}
		return x
	})
}

func TestReopen(t *testing.T) {
	ctx, a, path := context.Background(), analyzer(t), filepath.Join(t.TempDir(), "index")
	x, err := bleve.Open(path, a)
	if err != nil {
		t.Fatal(err)
	}
	d := &corpus.Document{ID: "a", Status: corpus.InForce, Text: "贷款贴息。", Revision: "r"}
	d.Clauses = []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: d.Text, End: len(d.Text)}}
	if err := x.Put(ctx, d); err != nil {
		t.Fatal(err)
	}
	if _, err := bleve.Open(path, a); err == nil {
		t.Error("a second writer could open the same folder")
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x, err = bleve.Open(path, a); err != nil {
		t.Fatal(err)
	}
	defer x.Close() //nolint:errcheck // the test is over
	hits, err := x.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息", Boost: 1}}, AsOf: "2026-01-01"})
	if err != nil || len(hits) != 1 || hits[0].Ref != d.Ref(d.Clauses[0].Path) {
		t.Errorf("after reopening: %v, %v", hits, err)
	}
}
