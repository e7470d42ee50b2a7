package index_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

var ctx = context.Background()

var analyzer = sync.OnceValues(func() (index.Analyzer, error) { return segment.New(segment.Config{}) })

// A history is a log in memory.
type history struct {
	mu      sync.Mutex
	changes []index.Change
}

func (h *history) Changes(_ context.Context, after int64, limit int) ([]index.Change, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := int64(len(h.changes))
	return append([]index.Change(nil), h.changes[min(after, n):min(after+int64(limit), n)]...), nil
}

// put appends a revision of a document to the log; without text it is withdrawn.
func (h *history) put(id, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := index.Change{Seq: int64(len(h.changes) + 1), Document: id}
	before := ""
	if n := len(h.changes); n > 0 {
		before = h.changes[n-1].Hash
	}
	c.Hash = corpus.RevisionOf(before + id + text)
	if text != "" {
		c.Put = &corpus.Document{ID: id, Status: corpus.InForce, Text: text, Revision: corpus.RevisionOf(text)}
		c.Put.Clauses = []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: text, End: len(text)}}
	}
	h.changes = append(h.changes, c)
}

func config(t testing.TB, h *history, path string) index.FollowConfig {
	t.Helper()
	a, err := analyzer()
	if err != nil {
		t.Fatal(err)
	}
	return index.FollowConfig{Source: h, Home: bleve.Folder{Path: path, Analyzer: a}, Build: "1", Batch: 3}
}

func follow(t testing.TB, c index.FollowConfig) *index.Follower {
	t.Helper()
	f, err := index.Follow(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() }) //nolint:errcheck // most tests have closed it
	return f
}

// wantAgreed checks that the index holds what the log says, and nothing else.
func wantAgreed(t *testing.T, f *index.Follower, h *history) {
	t.Helper()
	want := map[string]string{}
	for _, c := range h.changes {
		if delete(want, c.Document); c.Put != nil {
			want[c.Document] = c.Put.Revision
		}
	}
	hits, err := f.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息", Boost: 1}}, Limit: 1000})
	if err != nil || len(hits) != len(want) {
		t.Errorf("%d hits, %v, want %d", len(hits), err, len(want))
	}
	for _, hit := range hits {
		if want[hit.Ref.Document] != hit.Ref.Revision {
			t.Errorf("found %v, want revision %q", hit.Ref, want[hit.Ref.Document])
		}
	}
	if at, err := f.Cursor(ctx); err != nil || at.Seq != int64(len(h.changes)) {
		t.Errorf("cursor %+v, %v, want %d", at, err, len(h.changes))
	}
}

func closed(t *testing.T, f *index.Follower) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// indexes returns the names of the indexes on disk.
func indexes(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(path, "index-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFollow(t *testing.T) {
	h, path := &history{}, filepath.Join(t.TempDir(), "index")
	f := follow(t, config(t, h, path))
	wantAgreed(t, f, h)
	for i := range 20 {
		text := fmt.Sprintf("贷款贴息第%d版。", i)
		if i%6 == 5 {
			text = ""
		}
		h.put(fmt.Sprint("d", i%4), text)
		if i%3 == 0 {
			if err := f.CatchUp(ctx); err != nil {
				t.Fatal(err)
			}
			wantAgreed(t, f, h)
		}
	}
	closed(t, f)
	if _, err := f.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息"}}}); err == nil {
		t.Error("a closed index can be searched")
	}
	if f.CatchUp(ctx) == nil || f.Rebuild(ctx) == nil {
		t.Error("a closed index follows")
	}
	before := indexes(t, path)
	f = follow(t, config(t, h, path)) // it resumes where it was
	wantAgreed(t, f, h)
	if after := indexes(t, path); len(after) != 1 || len(before) != 1 || after[0] != before[0] {
		t.Errorf("indexes %v, before %v", after, before)
	}
	if f.Put(ctx) == nil || f.Delete(ctx, "d1") == nil {
		t.Error("somebody else than the log could change the index")
	}
}

// broken is an index that stops in the middle: the process that filled it was killed.
type broken struct {
	index.Derived
	after int64
}

var errKilled = errors.New("killed")

func (b broken) Apply(ctx context.Context, s index.Step) error {
	if s.To.Seq > b.after {
		return errKilled
	}
	return b.Derived.Apply(ctx, s)
}

type brokenHome struct {
	index.Home
	after int64
}

func (b brokenHome) Open(ctx context.Context) (index.Derived, error) {
	x, err := b.Home.Open(ctx)
	if err != nil {
		return nil, err
	}
	return broken{x, b.after}, nil
}

func (b brokenHome) Build(ctx context.Context) (index.Derived, func() error, error) {
	x, promote, err := b.Home.Build(ctx)
	if err != nil {
		return nil, nil, err
	}
	return broken{x, b.after}, promote, nil
}

func TestFollowResumesAfterAKill(t *testing.T) {
	h, path := &history{}, t.TempDir()
	for i := range 20 {
		h.put(fmt.Sprint("d", i%7), fmt.Sprintf("贷款贴息第%d版。", i))
	}
	for _, after := range []int64{0, 3, 10, 17} {
		c := config(t, h, path)
		c.Home = brokenHome{c.Home, after}
		if _, err := index.Follow(ctx, c); !errors.Is(err, errKilled) {
			t.Fatalf("error %v", err)
		}
	}
	wantAgreed(t, follow(t, config(t, h, path)), h)
}

func TestFollowHeals(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, h *history, path string, c *index.FollowConfig){
		"ahead of the log": func(_ *testing.T, h *history, _ string, _ *index.FollowConfig) { h.changes = h.changes[:4] },
		"emptied log":      func(_ *testing.T, h *history, _ string, _ *index.FollowConfig) { h.changes = nil },
		"another log of the same length": func(_ *testing.T, h *history, _ string, _ *index.FollowConfig) {
			h.changes = h.changes[:4]
			for i := range 6 {
				h.put("x", fmt.Sprintf("另一段贴息历史%d。", i))
			}
		},
		"another build": func(_ *testing.T, _ *history, _ string, c *index.FollowConfig) { c.Build = "2" },
		"lost folder": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			for _, x := range indexes(t, path) {
				if err := os.RemoveAll(x); err != nil {
					t.Fatal(err)
				}
			}
		},
		"damaged": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			overwrite(t, filepath.Join(indexes(t, path)[0], "store", "root.bolt"))
		},
		"damaged segments": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			segments, err := filepath.Glob(filepath.Join(indexes(t, path)[0], "store", "*.zap"))
			if err != nil || len(segments) == 0 {
				t.Fatalf("no segments: %v", err)
			}
			for _, s := range segments {
				flip(t, s)
			}
		},
		"damaged meta": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			overwrite(t, filepath.Join(indexes(t, path)[0], "index_meta.json"))
		},
		"damaged CURRENT": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			overwrite(t, filepath.Join(path, "CURRENT"))
		},
		"left over": func(t *testing.T, _ *history, path string, _ *index.FollowConfig) {
			if err := os.Mkdir(filepath.Join(path, "index-123"), 0o755); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, path := &history{}, t.TempDir()
			for i := range 10 {
				h.put(fmt.Sprint("d", i%4), fmt.Sprintf("贷款贴息第%d版。", i))
			}
			c := config(t, h, path)
			closed(t, follow(t, c))
			harm(t, h, path, &c)
			f := follow(t, c)
			wantAgreed(t, f, h)
			closed(t, f)
			f = follow(t, c)
			wantAgreed(t, f, h)
			if left := indexes(t, path); len(left) != 1 { // one that could not be read goes at the next start
				t.Errorf("on disk: %v", left)
			}
		})
	}
}

// flip changes some bytes in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 4; i < len(data)/2; i++ {
		data[i] ^= 0x55
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Repeat("垃圾", 3000)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRebuildUnderLoad(t *testing.T) {
	h, path := &history{}, t.TempDir()
	for i := range 10 {
		h.put(fmt.Sprint("d", i), fmt.Sprintf("贷款贴息第%d版。", i))
	}
	f := follow(t, config(t, h, path))
	load, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for load.Err() == nil {
				hits, err := f.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息", Boost: 1}}, Limit: 100})
				if err != nil || len(hits) != 10 {
					t.Errorf("%d hits, %v", len(hits), err)
					return
				}
			}
		})
	}
	for i := range 10 {
		h.put(fmt.Sprint("d", i), fmt.Sprintf("贷款贴息新的第%d版。", i))
		if err := errors.Join(f.Rebuild(ctx), f.CatchUp(ctx)); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
	wantAgreed(t, f, h)
	closed(t, f)
	if left := indexes(t, path); len(left) != 1 {
		t.Errorf("on disk: %v", left)
	}
}

func TestRebuildKeepsTheOldOneWhenTheNewFails(t *testing.T) {
	h, path := &history{}, t.TempDir()
	h.put("a", "贷款贴息第1版。")
	c := config(t, h, path)
	bad := errors.New("the golden questions fail")
	c.Test = func(context.Context, index.Index) error { return bad }
	f := follow(t, c) // a first index is empty and grows: there is nothing to compare
	if err := f.Rebuild(ctx); !errors.Is(err, bad) {
		t.Errorf("error %v", err)
	}
	wantAgreed(t, f, h)
	if left := indexes(t, path); len(left) != 1 {
		t.Errorf("on disk: %v", left)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := f.Rebuild(gone); err == nil {
		t.Error("a cancelled rebuild succeeded")
	}
	wantAgreed(t, f, h)
}

func TestRun(t *testing.T) {
	h := &history{}
	c := config(t, h, t.TempDir())
	reports := make(chan error, 10)
	c.Poll, c.Report = time.Hour, func(err error) { reports <- err }
	f := follow(t, c)
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- f.Run(running) }()
	h.put("a", "贷款贴息第1版。")
	f.Wake()
	if err := <-reports; err != nil {
		t.Error(err)
	}
	wantAgreed(t, f, h)
	h.changes[0].Seq = 7 // nonsense: it is reported, and Run goes on
	h.put("b", "贷款贴息第2版。")
	h.changes[1].Seq = 9
	f.Wake()
	if err := <-reports; err == nil {
		t.Error("no report")
	}
	h.changes[1].Seq = 2
	f.Wake()
	if err := <-reports; err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestDamagedIndexIsMadeAnew: what rots on the disk while it is in use is found and
// replaced, and whoever watches hears of both.
func TestDamagedIndexIsMadeAnew(t *testing.T) {
	h, path := &history{}, filepath.Join(t.TempDir(), "index")
	for i := range 5 {
		h.put(fmt.Sprint("d", i), fmt.Sprintf("贷款贴息第%d版。", i))
	}
	c := config(t, h, path)
	c.Batch = len(h.changes) // one segment, for those of several are merged meanwhile
	closed(t, follow(t, c))
	heard := make(chan error, 10)
	c.Damaged = func(err error) { heard <- err }
	f := follow(t, c)
	old := indexes(t, path)
	segments, err := filepath.Glob(filepath.Join(path, "index-*", "store", "*.zap"))
	if err != nil || len(segments) != 1 || len(old) != 1 {
		t.Fatalf("indexes %v, segments %v, %v", old, segments, err)
	}
	segment, err := os.OpenFile(segments[0], os.O_RDWR, 0) // it must not become shorter: it is mapped
	if err != nil {
		t.Fatal(err)
	}
	if _, err := segment.WriteAt([]byte("rotten"), 200); err != nil {
		t.Fatal(err)
	}
	if err := segment.Close(); err != nil {
		t.Fatal(err)
	}
	run, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { f.Run(run) }) //nolint:errcheck // it is always nil
	if err := <-heard; !errors.Is(err, index.ErrUnusable) {
		t.Errorf("heard %v", err)
	}
	if err := <-heard; err != nil {
		t.Errorf("made anew: %v", err)
	}
	wantAgreed(t, f, h)
	stop()
	running.Wait()
	closed(t, f)
	if now := indexes(t, path); len(now) != 1 || now[0] == old[0] {
		t.Errorf("indexes %v, then %v", old, now)
	}
}

// TestFailedSearchHasTheIndexChecked: it does not wait for the check of the next day.
func TestFailedSearchHasTheIndexChecked(t *testing.T) {
	h := &history{}
	h.put("a", "贷款贴息。")
	home := &failing{checked: make(chan struct{}, 10)}
	c := config(t, h, "")
	c.Home = home
	f := follow(t, c)
	run, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { f.Run(run) }) //nolint:errcheck // it is always nil
	<-home.checked                    // at the start
	if _, err := f.Search(ctx, index.Query{}); !errors.Is(err, errBroken) {
		t.Errorf("search: %v", err)
	}
	<-home.checked
	stop()
	running.Wait()
	closed(t, f)
}

// failing is a home of indexes that cannot be searched.
type failing struct {
	bleve.Memory
	checked chan struct{}
}

type failingIndex struct {
	index.Derived
	home *failing
}

func (h *failing) Open(ctx context.Context) (index.Derived, error) {
	a, err := analyzer()
	if err != nil {
		return nil, err
	}
	x, err := bleve.Memory{Analyzer: a}.Open(ctx)
	return failingIndex{x, h}, err
}

func (x failingIndex) Search(context.Context, index.Query) ([]index.Hit, error) {
	return nil, errBroken
}

var errBroken = errors.New("invalid address")

func (x failingIndex) Check(context.Context) error {
	x.home.checked <- struct{}{}
	return nil
}
