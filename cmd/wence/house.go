package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// depth says how much of a house a command needs: each part takes time to open.
type depth int

const (
	withStore depth = iota // the log and the documents
	withIndex              // and the index that follows it
	withBot                // and what answers questions
)

// lockedError says that another process uses the data folder. See control.go.
type lockedError struct {
	data string
	err  error
}

func (e *lockedError) Error() string { return e.err.Error() }
func (e *lockedError) Unwrap() error { return e.err }

// with opens the data folder as far as a command needs it, or without a folder the
// embedded policies, calls f and closes it. A folder that holds no data is left as it is.
// A command that runs inside a process that has the folder open gets that house.
func (s streams) with(ctx context.Context, data string, need depth, f func(h *house) error) error {
	if s.house == nil && data == "" {
		h, err := build(ctx)
		if err != nil {
			return err
		}
		return errors.Join(f(h), h.close())
	}
	if s.house == nil {
		if err := holdsData(s.path(data)); err != nil {
			return err
		}
	}
	return s.making(ctx, data, need, f)
}

// making is with for a command that puts something in: it makes the folder if there is
// none.
func (s streams) making(ctx context.Context, data string, need depth, f func(h *house) error) error {
	if s.house != nil {
		h := *s.house
		return f(&h)
	}
	h, err := openStored(ctx, s.path(data), need)
	if errors.Is(err, store.ErrLocked) {
		err = &lockedError{s.path(data), err}
	}
	if err != nil {
		return err
	}
	return errors.Join(f(h), h.close())
}

// holdsData returns an error that says what to do if a folder holds no data.
func holdsData(data string) error {
	err := store.Holds(data)
	if errors.Is(err, store.ErrNoData) {
		return fmt.Errorf("%w; check --data, or put policies in first: wence import --data %s FILE…", err, data)
	}
	return err
}

// path returns where a file is that the command line names.
func (s streams) path(name string) string {
	if s.dir == "" || name == "-" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// openStored puts the house together on a data folder.
func openStored(ctx context.Context, data string, need depth) (_ *house, err error) {
	h := &house{data: data}
	if h.store, err = store.Open(ctx, data); err != nil { // first: it may be locked
		return nil, err
	}
	h.close = h.store.Close
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if need > withStore {
		h.dictionary = segment.Load()
	}
	if h.words, err = loadWords(); err != nil {
		return h, err
	}
	if need > withStore {
		err = h.move(ctx, data, nil, need)
	}
	h.employ()
	return h, err
}

// move opens the index in a data folder, or makes one in memory if there is none, and
// furnishes the house if that is needed. report hears what index.FollowConfig.Report does.
func (h *house) move(ctx context.Context, data string, report func(error), need depth) (err error) {
	if h.documents, err = h.store.InForce(ctx, today()); err != nil {
		return err
	}
	// In memory the index is new at each start, so it may depend on the words of the
	// documents; on disk it would have to be made anew with every publication.
	var docs []*corpus.Document
	if data == "" {
		docs = h.documents
	}
	domain := corpus.DomainWords(docs, h.vocabulary)
	analyzer, err := h.dictionary.New(segment.Config{Words: domain})
	if err != nil {
		return err
	}
	home := index.Home(bleve.Memory{Analyzer: analyzer})
	if data != "" {
		home = folderIn(data, analyzer)
	}
	h.follower, err = index.Follow(ctx, index.FollowConfig{
		Source: bot.Changes(h.store), Home: home, Build: buildOf(domain), Report: report, Damaged: h.damaged, Before: h.learn,
		Test: func(ctx context.Context, x index.Index) error { return h.testIndex(ctx, x, analyzer) },
	})
	if err != nil {
		return err
	}
	h.close = func() error { return errors.Join(h.follower.Close(), h.store.Close()) }
	if need < withBot {
		return nil
	}
	return h.furnish(ctx, ground{
		analyzer: analyzer, documents: h.store, clauses: h.follower, bureaus: h.store, lessons: h.store,
		held: bot.HeldBy(h.store, h.follower.Applied), fill: func() error { return nil },
	})
}

// learn has the bot learn what was published, before the index follows.
func (h *house) learn(ctx context.Context) error {
	if h.bot == nil { // the house is being put together
		return nil
	}
	return h.bot.Reload(ctx)
}

// testIndex tries an index that was made anew.
func (h *house) testIndex(ctx context.Context, x index.Index, a index.Analyzer) error {
	heads, err := h.store.Current(ctx)
	if err != nil {
		return err
	}
	for _, e := range heads {
		if e.Kind != bot.KindPut {
			continue
		}
		d, err := h.store.Document(ctx, e.Document, e.Revision)
		if err != nil {
			return err
		}
		if len(d.Clauses) > 0 {
			return bot.TestIndex(ctx, x, a, []*corpus.Document{d})
		}
	}
	return nil
}

// answers returns an error if the house has no policy to answer from.
func (h *house) answers(ctx context.Context, data string) error {
	if h.store == nil {
		return nil
	}
	docs, err := h.store.InForce(ctx, today())
	if err == nil && len(docs) == 0 {
		err = fmt.Errorf("no policy in %s is in force; put some in: wence import --data %s FILE…", data, data)
	}
	return err
}

// edited returns the register with what admins know of bureaus.
func (h *house) edited(ctx context.Context) (*corpus.Register, error) {
	if h.store == nil {
		return h.register, nil
	}
	known, err := h.store.Bureaus(ctx)
	if err != nil {
		return nil, err
	}
	return h.register.With(known)
}

// employ makes what puts policies into the house, from as much of it as is open.
func (h *house) employ() {
	h.publisher = &bot.Publisher{
		Store: h.store, Auditor: h.store, Bureaus: h.store, Records: h.store, Register: h.register, Bot: h.bot, Index: h.follower,
	}
}

func today() string { return corpus.DayOf(time.Now()) }
