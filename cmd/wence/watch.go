package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A watcher publishes the policy files that land in a folder. It looks again and again
// rather than being told by the system: that works on every file system, and a file is
// only read when two looks have found it the same, so none is read half-written. A
// program that needs longer between two writes should write elsewhere and rename.
type watcher struct {
	dir     string
	publish func(ctx context.Context, name string) (done string, err error) // name is the path; done is empty if there was nothing to do
	log     *slog.Logger
	seen    map[string]sighting
}

// A sighting is how a file was found at the last look.
type sighting struct {
	size     int64
	modified time.Time
	handled  bool // published or refused, as it is
}

// lookEvery is how often a watcher looks.
const lookEvery = 2 * time.Second

// watch publishes what lands in the folder dir until ctx ends.
func watch(ctx context.Context, w *watcher) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("cannot watch for policies; trying again", slog.String("folder", w.dir), slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look looks once, and publishes each file that is as it was at the look before. The
// files are taken in the order in which they were last written.
func (w *watcher) look(ctx context.Context) error {
	now := map[string]sighting{}
	var ready []string
	err := filepath.WalkDir(w.dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == w.dir:
			return err
		case err != nil:
			return nil // gone again, or not ours to read: the next look may fare better
		case strings.HasPrefix(d.Name(), "."), strings.HasPrefix(d.Name(), "~"):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !slices.Contains(policyFiles, strings.ToLower(filepath.Ext(name))):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		s := sighting{size: info.Size(), modified: info.ModTime()}
		before, again := w.seen[name]
		same := again && before.size == s.size && before.modified.Equal(s.modified)
		s.handled = same && before.handled
		if same && !s.handled {
			ready = append(ready, name)
		}
		now[name] = s
		return nil
	})
	if err != nil {
		return err
	}
	w.seen = now
	slices.SortStableFunc(ready, func(a, b string) int { return now[a].modified.Compare(now[b].modified) })
	for _, name := range ready {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.take(ctx, name)
	}
	return nil
}

// take publishes a file. What fails for another reason than the file itself is tried
// again at the next look.
func (w *watcher) take(ctx context.Context, name string) {
	done, err := w.tryPublish(ctx, name)
	if err != nil && (ctx.Err() != nil || errors.Is(err, bot.ErrFull) || errors.Is(err, bot.ErrConflict) || errors.Is(err, fs.ErrNotExist)) {
		w.log.Warn("a policy could not be published; trying again", slog.String("file", name), slog.String("error", err.Error()))
		return
	}
	s := w.seen[name]
	s.handled = true
	w.seen[name] = s
	switch {
	case err != nil:
		w.log.Error("a policy was refused", slog.String("file", name), slog.String("error", err.Error()), bot.Stack(err))
	case done != "":
		w.log.Info(done, slog.String("file", name))
	}
}

// tryPublish publishes a file. A file that panics is refused like any that cannot be read.
func (w *watcher) tryPublish(ctx context.Context, name string) (done string, err error) {
	defer bot.Recover(&err)
	return w.publish(ctx, name)
}

// publishFile publishes a file unless its revision was published before, now or in the
// past: after a restart the folder must not undo a rollback.
func (h *house) publishFile(ctx context.Context, name string) (done string, err error) {
	p, err := h.read(ctx, streams{}, name, "")
	if err != nil {
		return "", err
	}
	_, err = h.store.Document(ctx, p.doc.ID, p.doc.Revision)
	if err == nil {
		return "", nil
	}
	if !errors.Is(err, bot.ErrNotFound) {
		return "", err
	}
	golden, err := h.golden(streams{}, h.data, nil)
	if err != nil {
		return "", err
	}
	pub := bot.Publication{Document: p.doc, Original: p.file, By: "watch", Reason: "landed in the watched folder"}
	e, _, err := h.publisher.Publish(ctx, pub, bot.Test{Golden: golden})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("published %s, revision %s", e.Document, e.Revision), nil
}
