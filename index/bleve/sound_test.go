package bleve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// TestCheckFindsBitRot: a byte that changes while the index is open and leaves size and
// time of its file as they were is found by Check, and has the next Open refuse.
func TestCheckFindsBitRot(t *testing.T) {
	f := Folder{Path: t.TempDir(), Analyzer: letters{}}
	open := func() *stored {
		t.Helper()
		x, err := f.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return x.(*stored)
	}
	x := open()
	if err := errors.Join(x.Put(t.Context(), made(rand.New(rand.NewPCG(1, 2)), "d", 50)), x.Close()); err != nil {
		t.Fatal(err)
	}
	x = open()
	if err := x.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	paths, err := x.segmentPaths()
	if err != nil || len(paths) != 1 {
		t.Fatalf("segments %v, %v", paths, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Check(ended); errors.Is(err, index.ErrUnusable) || !errors.Is(err, context.Canceled) {
		t.Errorf("a check that was ended: %v", err)
	}
	rot(t, paths[0], 1000)
	if err := x.Check(t.Context()); !errors.Is(err, index.ErrUnusable) || !strings.Contains(err.Error(), filepath.Base(paths[0])) {
		t.Errorf("check: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x.noted() {
		t.Error("the segments are still noted as sound")
	}
	if _, err := f.Open(t.Context()); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("open: %v", err)
	}
}

func (s *stored) noted() bool {
	_, err := os.Stat(filepath.Join(s.folder.Path, s.name, checkedFile))
	return err == nil
}

// TestFailedSearchIsLookedInto: what damaged bytes look like is an error of any kind, so
// after one the next Open reads all segments; not after those of the caller.
func TestFailedSearchIsLookedInto(t *testing.T) {
	f := Folder{Path: t.TempDir(), Analyzer: letters{}}
	x, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(x.Put(t.Context(), made(rand.New(rand.NewPCG(1, 2)), "d", 50)), x.Close()); err != nil {
		t.Fatal(err)
	}
	if x, err = f.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := x.(*stored)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	q := index.Query{Terms: []index.Term{{Text: "一甲", Boost: 1}}}
	if _, err := x.Search(ended, q); !errors.Is(err, context.Canceled) || !s.noted() {
		t.Errorf("a search that was ended: %v, noted as sound: %v", err, s.noted())
	}
	paths, err := s.segmentPaths()
	if err != nil {
		t.Fatal(err)
	}
	for at := range int64(3000) {
		rot(t, paths[0], at)
	}
	if _, err := x.Search(t.Context(), q); err == nil || s.noted() {
		t.Errorf("a search of damaged bytes: %v, noted as sound: %v", err, s.noted())
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}

// rot changes a byte of a file, and nothing else.
func rot(t *testing.T, name string, at int64) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	_, err1 := f.ReadAt(b[:], at)
	b[0] ^= 0x55
	_, err2 := f.WriteAt(b[:], at)
	if err := errors.Join(err1, err2, f.Close(), os.Chtimes(name, time.Time{}, info.ModTime())); err != nil {
		t.Fatal(err)
	}
}

// FuzzDamagedIndex: whatever bytes an index on disk has, reading it gives hits or errors.
// What it must not do is panic, or name a clause in a way that nobody can look up.
func FuzzDamagedIndex(f *testing.F) {
	folder := filepath.Join(f.TempDir(), "index")
	x, err := Open(folder, letters{})
	if err != nil {
		f.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	if err := errors.Join(x.Put(context.Background(), made(r, "a", 40), made(r, "b", 20)), x.Delete(context.Background(), "b"), x.Close()); err != nil {
		f.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "store", "*"))
	if err != nil {
		f.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range append(names, filepath.Join(folder, "index_meta.json")) {
		if files[name], err = os.ReadFile(name); err != nil {
			f.Fatal(err)
		}
	}
	segment := slices.IndexFunc(names, func(name string) bool { return strings.HasSuffix(name, ".zap") })
	f.Add(uint32(40), []byte{0xff})
	for at := uint32(0); int(at) < len(files[names[segment]]); at += 499 {
		f.Add(at, []byte{0x55, 0, 0x80})
	}
	f.Fuzz(func(t *testing.T, at uint32, change []byte) {
		path := filepath.Join(t.TempDir(), "index")
		for name, data := range files {
			if name == names[segment] {
				data = slices.Clone(data)
				for i, b := range change {
					data[(int(at)+i)%len(data)] ^= b
				}
			}
			to := filepath.Join(path, strings.TrimPrefix(name, folder))
			if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		x, err := Open(path, letters{})
		if err != nil {
			return
		}
		defer x.Close() //nolint:errcheck // it may be damaged
		x.rest.close()  // so as not to tidy it meanwhile
		readAll(t, x)
	})
}

// readAll does with a damaged index what can be done with one.
func readAll(t *testing.T, x *Index) {
	t.Helper()
	q := index.Query{Limit: 50, AsOf: "2026-05-01"}
	var words []string
	for i := range 20 {
		words = append(words, fmt.Sprintf("%c%c", '一'+rune(i), '甲'+rune(i%3)))
		q.Terms = append(q.Terms, index.Term{Text: words[i], Boost: 1})
	}
	hits, err := x.Search(t.Context(), q)
	if err == nil {
		for _, h := range hits {
			if strings.Contains(h.Ref.Document+h.Ref.Revision+h.Ref.Path, "\x00") {
				t.Errorf("found %q", h.Ref)
			}
		}
	}
	x.Frequencies(t.Context(), words) //nolint:errcheck // it may be damaged
	x.Cursor(t.Context())             //nolint:errcheck // it may be damaged
	d := &corpus.Document{ID: "a", Revision: "r2", Clauses: []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelArticle, Num: 1}}, Text: "一甲"}}}
	x.Put(t.Context(), d)      //nolint:errcheck // it may be damaged
	x.Delete(t.Context(), "a") //nolint:errcheck // it may be damaged
}
