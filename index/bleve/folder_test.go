package bleve

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/segment"
)

// TestSegmentsHaveChecksums: bleve still writes what isSound reads, and any changed
// byte is noticed.
func TestSegmentsHaveChecksums(t *testing.T) {
	a, err := segment.New(segment.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, f := context.Background(), Folder{Path: t.TempDir(), Analyzer: a}
	x, err := f.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		text := fmt.Sprintf("贷款贴息第%d版。", i)
		d := &corpus.Document{ID: fmt.Sprint(i), Text: text, Revision: corpus.RevisionOf(text)}
		d.Clauses = []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: text, End: len(text)}}
		if err := x.Apply(ctx, index.Step{To: index.Cursor{Seq: int64(i + 1)}, Put: []*corpus.Document{d}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(f.Path, "index-*", "store", "*.zap"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	for _, name := range segments {
		if ok, err := isSound(name, nil); err != nil || !ok {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
	data, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(data); i += 17 {
		data[i] ^= 1
		if err := os.WriteFile(segments[0], data, 0o644); err != nil {
			t.Fatal(err)
		}
		if ok, err := isSound(segments[0], nil); err != nil || ok {
			t.Errorf("byte %d of %s changed: %v, %v", i, segments[0], ok, err)
		}
		data[i] ^= 1
	}
	if err := os.WriteFile(segments[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
	// What a crash leaves half-written is not in use.
	half := filepath.Join(filepath.Dir(segments[0]), "0000000000ff.zap")
	if err := os.WriteFile(half, data[:len(data)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if x, err = f.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if at, err := x.Cursor(ctx); err != nil || at.Seq != 5 {
		t.Errorf("cursor %+v, %v", at, err)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	segments, err = filepath.Glob(filepath.Join(f.Path, "index-*", "store", "*.zap"))
	if err != nil || len(segments) == 0 || slices.Contains(segments, half) {
		t.Fatalf("segments %v, %v", segments, err)
	}
	for _, name := range segments { // some may be merged ones that were not in use yet
		if err := os.Truncate(name, 100); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Open(ctx); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("with damaged segments: error %v", err)
	}
}

// TestOtherFormatIsUnusable: an index of another version is made anew, not searched in vain.
func TestOtherFormatIsUnusable(t *testing.T) {
	f := Folder{Path: t.TempDir(), Analyzer: letters{}}
	x, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &corpus.Document{ID: "d", Revision: "r", Clauses: []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: "甲乙"}}}
	if err := x.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := x.(*stored).bleve.SetInternal(formatKey, []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open(t.Context()); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("error %v, want ErrUnusable", err)
	}
}

// TestCheckedSegmentsAreNotReadAgain: a large segment is read when it is new or was
// written since, and when what was noted of it is damaged. A small one always is.
func TestCheckedSegmentsAreNotReadAgain(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "store"), 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(path, "store", "000000000001.zap")
	data := bytes.Repeat([]byte("postings"), alwaysRead/8)
	sound := binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(data))
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage := func(at time.Time) {
		t.Helper()
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data[1] = 'a'
		write(name, data)
		if err := os.Chtimes(name, time.Time{}, at); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(data []byte) (written time.Time) {
		t.Helper()
		write(name, data)
		if err := checkSegments(path); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	write(filepath.Join(path, "store", "root.bolt"), []byte("names 000000000001.zap"))
	damage(begin(binary.BigEndian.AppendUint32(data[:8:8], crc32.ChecksumIEEE(data[:8]))))
	if err := checkSegments(path); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("a small one: %v", err)
	}
	written := begin(sound)
	noted, err := os.ReadFile(filepath.Join(path, checkedFile))
	if err != nil {
		t.Fatal(err)
	}
	damage(written.Add(time.Second))
	if err := checkSegments(path); !errors.Is(err, index.ErrUnusable) {
		t.Errorf("written since: %v", err)
	}
	damage(written)
	if err := checkSegments(path); err != nil {
		t.Errorf("it was read again: %v", err)
	}
	for n := range noted { // a crash has left a part
		write(filepath.Join(path, checkedFile), noted[:n])
		if err := checkSegments(path); !errors.Is(err, index.ErrUnusable) {
			t.Fatalf("noted %q: %v", noted[:n], err)
		}
	}
}

// TestIndexIsPrivate: the words of what was asked to be kept are for nobody else on this
// machine, in folders from before too.
func TestIndexIsPrivate(t *testing.T) {
	a, err := segment.New(segment.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, f := context.Background(), Folder{Path: filepath.Join(t.TempDir(), "index"), Analyzer: a}
	for _, when := range []string{"new", "old"} {
		x, err := f.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text := "贷款贴息" + when
		d := &corpus.Document{ID: when, Text: text, Revision: corpus.RevisionOf(text)}
		d.Clauses = []corpus.Clause{{Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: text, End: len(text)}}
		if err := x.Apply(ctx, index.Step{To: index.Cursor{Seq: int64(len(when))}, Put: []*corpus.Document{d}}); err != nil {
			t.Fatal(err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		err = filepath.WalkDir(f.Path, func(name string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %s is %v, %v", when, name, info.Mode(), err)
			}
			return os.Chmod(name, 0o755)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
