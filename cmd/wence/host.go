package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/segment"
)

// A host is a house that stays open: it learns what is published while it answers.
type host struct {
	*house
	log   *slog.Logger
	ready atomic.Pointer[error] // why it is not; nil in it if it is
}

// open makes a host on the data folder, or in memory if there is none. A new store
// begins with the embedded policies.
func open(ctx context.Context, data string, log *slog.Logger) (_ *host, err error) {
	h := &host{house: &house{data: data, dictionary: segment.Load()}, log: log}
	h.damaged = h.indexDamaged
	if h.words, err = loadWords(); err != nil {
		return nil, err
	}
	if h.store, err = openStore(ctx, data); err != nil {
		return nil, err
	}
	h.close = h.store.Close
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	if err := h.begin(ctx); err != nil {
		return nil, err
	}
	if err := h.move(ctx, data, h.followed, withBot); err != nil {
		return nil, err
	}
	h.employ()
	return h, nil
}

func openStore(ctx context.Context, data string) (*store.Store, error) {
	if data == "" {
		return store.OpenMemory(ctx)
	}
	return store.Open(ctx, data)
}

// begin publishes the embedded policies into a store that never had any.
func (h *host) begin(ctx context.Context) error {
	entries, err := h.store.Entries(ctx, 0, 1)
	if err != nil || len(entries) > 0 {
		return err
	}
	texts := policies.Texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		d, err := corpus.ParseAt(texts[name], h.register, corpus.Where{Places: h.vocabulary.Places})
		if err != nil {
			return fmt.Errorf("embedded policy %s: %w", name, err)
		}
		file := bot.File{Name: name + ".txt", Data: []byte(texts[name])}
		if _, _, err := h.store.Publish(ctx, bot.Publication{Document: d, Original: file, By: "wence", Reason: "embedded policy, at the first start"}); err != nil {
			return err
		}
	}
	return nil
}

// followed hears from the follower that the log has changed, or that it could not follow.
func (h *host) followed(err error) {
	if err == nil {
		err = h.bot.Reload(context.Background())
	}
	if err != nil {
		h.log.Error("the policies published last are not answered from yet; trying again", slog.String("error", err.Error()))
	}
	h.ready.Store(&err)
}

// indexDamaged hears that bytes of the index have changed on the disk, and then how making
// it anew from the store ended. Questions are answered meanwhile: no citation comes from
// the index.
func (h *host) indexDamaged(err error) {
	switch {
	case err == nil:
		h.log.Info("the index was made anew and is sound")
	case errors.Is(err, index.ErrUnusable):
		h.log.Error("the index is damaged and is made anew from the store; look after the disk", slog.String("error", err.Error()))
	default:
		h.log.Error("the damaged index cannot be made anew; trying again within a day and at the next start", slog.String("error", err.Error()))
	}
}

// keep starts what runs beside the answers until ctx ends: following the log, commands of
// other processes, and the folder whose files are published.
func (h *host) keep(ctx context.Context, background *sync.WaitGroup, watched string) error {
	if h.data != "" {
		c, err := listen(ctx, h.house, h.log)
		if err != nil {
			return err
		}
		background.Go(func() { c.serve(ctx) })
	}
	if watched != "" {
		w := &watcher{dir: watched, publish: h.publishFile, log: h.log}
		background.Go(func() { watch(ctx, w) })
	}
	background.Go(func() { h.keepUp(ctx) })
	return nil
}

// keepUp follows the log until ctx ends, and each new day asks what is in force.
func (h *host) keepUp(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = h.follower.Run(ctx) // it returns nil
	}()
	const often = time.Minute
	tick, day := time.NewTicker(often), today()
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			<-done
			return
		case <-tick.C:
			if now := today(); now != day {
				day = now
				h.followed(nil)
			}
		}
	}
}

// readiness returns why nobody should be sent here, or nil.
func (h *host) readiness(context.Context) error {
	if err := h.ready.Load(); err != nil {
		return *err
	}
	return nil
}
