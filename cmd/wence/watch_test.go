package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// watched is a watcher with what it published and logged.
type watched struct {
	*watcher
	t         *testing.T
	published []string
	fail      map[string]error
	logged    bytes.Buffer
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, fail: map[string]error{}}
	w.watcher = &watcher{dir: t.TempDir(), log: slog.New(slog.NewTextHandler(&w.logged, nil)), publish: func(_ context.Context, name string) (string, error) {
		raw, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		w.published = append(w.published, filepath.Base(name)+"="+string(raw))
		return "published", w.fail[filepath.Base(name)]
	}}
	return w
}

// write writes a file that seems to have been written n seconds after the others.
func (w *watched) write(name, text string, n int) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	at := time.Unix(1_700_000_000+int64(n), 0)
	if err == nil {
		err = os.Chtimes(path, at, at)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// look looks and checks what was published since.
func (w *watched) look(want ...string) {
	w.t.Helper()
	w.published = nil
	if err := w.watcher.look(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if fmt.Sprint(w.published) != fmt.Sprint(want) {
		w.t.Errorf("published %q, want %q", w.published, want)
	}
}

func TestWatchWaitsUntilAFileIsComplete(t *testing.T) {
	w := newWatched(t)
	w.look()
	w.write("a.txt", "一半", 1)
	w.look()
	w.write("a.txt", "一半又一半", 2) // it grows
	w.look()
	w.write("a.txt", "一半又一些", 3) // as long as before, written later
	w.look()
	w.look("a.txt=一半又一些")
	w.look()
	w.write("a.txt", "改了", 4)
	w.look()
	w.look("a.txt=改了")
	w.write("sub/c.docx", "later", 6)
	w.write("b.md", "earlier", 5)
	for _, name := range []string{".hidden.txt", "~$a.docx", "a.txt.part", "notes.csv", ".git/x.txt"} {
		w.write(name, "不读", 5)
	}
	w.look()
	w.look("b.md=earlier", "c.docx=later") // in the order in which they were written
	if err := os.Rename(filepath.Join(w.dir, "a.txt.part"), filepath.Join(w.dir, "d.txt")); err != nil {
		t.Fatal(err)
	}
	w.look()
	w.look("d.txt=不读")
	w.look()
}

func TestWatchReportsARefusedFileOnce(t *testing.T) {
	w := newWatched(t)
	w.fail["a.txt"] = &bot.RefusedError{Problems: []bot.Problem{{Message: "it is a draft"}}}
	w.write("a.txt", "稿", 1)
	w.look()
	w.look("a.txt=稿")
	w.look()
	w.look()
	if n := strings.Count(w.logged.String(), "it is a draft"); n != 1 {
		t.Errorf("reported %d times", n)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "a.txt")); err != nil {
		t.Error(err)
	}
	w.write("a.txt", "新稿", 2) // somebody mends it
	w.look()
	w.look("a.txt=新稿")
}

func TestWatchTriesAgain(t *testing.T) {
	w := newWatched(t)
	for _, err := range []error{bot.ErrFull, bot.ErrConflict, fs.ErrNotExist} {
		w.fail["a.txt"] = fmt.Errorf("publish: %w", err)
		w.write("a.txt", err.Error(), 1)
		w.look()
		w.look("a.txt=" + err.Error())
		w.look("a.txt=" + err.Error())
		delete(w.fail, "a.txt")
		w.look("a.txt=" + err.Error())
		w.look()
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := w.watcher.look(t.Context()); err == nil {
		t.Error("a folder that is gone is no error")
	}
}

// After a restart the files in the folder must not undo what was done since.
func TestWatchUndoesNothingAfterARestart(t *testing.T) {
	data, end := occupied(t)
	end()
	folder := t.TempDir()
	two := strings.ReplaceAll(lathes, "财政", "商务")
	for name, text := range map[string]string{"v1.txt": lathes, "v2.txt": two, "bad.docx": "PK\x03\x04 half a docx"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	start := func() {
		t.Helper()
		h, err := open(t.Context(), data, log)
		if err != nil {
			t.Fatal(err)
		}
		w := &watcher{dir: folder, publish: h.publishFile, log: log}
		for range 3 {
			if err := w.look(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}
	start()
	if n := strings.Count(logged.String(), "published"); n != 1 || strings.Count(logged.String(), "refused") != 1 {
		t.Fatalf("v2 alone is new and one file is bad: %s", logged.String())
	}
	_, out, _ := wence(t, t.Context(), "", "policy", "history", "--data", data, "丙府办-2025-7号")
	first := strings.Fields(out)[4]
	if status, _, stderr := wence(t, t.Context(), "", "policy", "rollback", "--data", data, "--reason", "有误", "丙府办-2025-7号", first); status != 0 {
		t.Fatal(stderr)
	}
	start()
	if _, out, _ := wence(t, t.Context(), "", "ask", "--data", data, "机床贷款贴息找谁"); !strings.Contains(out, "丙市财政局") {
		t.Errorf("the rollback was undone: %s", out)
	}
}

// TestWatchSurvivesAFile: a file that the parser panics at is refused once, with the
// stack in the log, and the next is published.
func TestWatchSurvivesAFile(t *testing.T) {
	w := newWatched(t)
	publish := w.watcher.publish
	w.watcher.publish = func(ctx context.Context, name string) (string, error) {
		if filepath.Base(name) == "a.txt" {
			panic("a bug in the parser")
		}
		return publish(ctx, name)
	}
	w.write("a.txt", "坏", 1)
	w.write("b.txt", "好", 2)
	w.look()
	w.look("b.txt=好")
	w.look()
	if n := strings.Count(w.logged.String(), "stack="); n != 1 || !strings.Contains(w.logged.String(), "a bug in the parser") {
		t.Errorf("%d stacks in the log:\n%s", n, w.logged.String())
	}
}
