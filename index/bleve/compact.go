package bleve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/index/scorch/mergeplan"
)

// Every Put leaves a segment with a dictionary of its own, and bleve merges some of
// them. All in one take a fifth less of disk and a quarter less of a search, for a
// tenth of the time that the Puts took. So an index makes one of them when it has been
// at rest for a while and that is worth it.

// restsAfter is how long after the last change an index on disk is at rest.
const restsAfter = 5 * time.Second

// What must lie outside the largest segment for a rest to be used: an import, not the
// documents of a day, for all segments are written anew. With a third, a clause is
// written three times by this, however often the index rests while it grows.
const (
	compactEntries = 1000
	compactShare   = 1.0 / 3 // of all entries
)

// oneSegment is the plan by which bleve merges all segments into one.
var oneSegment = mergeplan.MergePlanOptions{
	MaxSegmentsPerTier: 1, MaxSegmentSize: 1 << 30, MaxSegmentFileSize: 1 << 40, TierGrowth: 1, SegmentsPerMergeTask: 1 << 10,
	FloorSegmentSize: 1 << 30, FloorSegmentFileSize: 1 << 40, ReclaimDeletesWeight: 2,
	// The lowest score is merged, and bleve's own likes to leave a segment out.
	ScoreSegments: func(s []mergeplan.Segment, _ *mergeplan.MergePlanOptions) float64 { return -float64(len(s)) },
}

// Compact makes one segment of all. Searches and changes go on meanwhile; what changes
// add may stay outside. In memory there is nothing to gain. It fails if ctx ends or
// bleve cannot write: the index is then as it was.
func (x *Index) Compact(ctx context.Context) error {
	if x.rest == nil {
		return nil
	}
	engine, err := x.scorch()
	if err != nil {
		return err
	}
	x.compacting.Lock()
	defer x.compacting.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go watchMerges(ctx, engine, cancel)
	err = engine.ForceMerge(ctx, &oneSegment)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = x.derive()
	}
	if err != nil {
		return fmt.Errorf("bleve: compact %s: %w", x.bleve.Name(), err)
	}
	return nil
}

var errMerge = errors.New("the segments cannot be merged: is the disk full?")

// watchMerges cancels ctx when a merge has failed: bleve tries again for ever, and
// tells nobody who waits.
func watchMerges(ctx context.Context, engine *scorch.Scorch, cancel context.CancelCauseFunc) {
	failures := func() any { return engine.StatsMap()["TotFileMergeLoopErr"] }
	before, tick := failures(), time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if failures() != before {
				cancel(errMerge)
			}
		}
	}
}

func (x *Index) scorch() (*scorch.Scorch, error) {
	advanced, err := x.bleve.Advanced()
	if err != nil {
		return nil, err
	}
	engine, ok := advanced.(*scorch.Scorch)
	if !ok {
		return nil, fmt.Errorf("the index is a %T, not of scorch", advanced)
	}
	return engine, nil
}

// derive makes the views of new segments, so that no search has to.
func (x *Index) derive() error {
	_, done, err := x.searching()
	if err == nil {
		done()
	}
	return err
}

// tidy compacts the index if that is worth it. If it fails, the index is no worse than
// before, and the next rest will try again.
func (x *Index) tidy(ctx context.Context) {
	s, done, err := x.searching()
	if err != nil {
		return
	}
	most, all := 0, 0
	for i := range s.views {
		n := len(s.views[i].lengths)
		most, all = max(most, n), all+n
	}
	done()
	if outside := all - most; outside >= compactEntries && float64(outside) >= compactShare*float64(all) {
		_ = x.Compact(ctx)
	}
}

// A rest calls a function when nothing has changed for a while.
type rest struct {
	ctx context.Context // ends when the index is closed
	end context.CancelFunc

	mu    sync.Mutex
	after time.Duration
	use   func(context.Context)
	timer *time.Timer
	under sync.WaitGroup // calls under way
}

func newRest(use func(context.Context)) *rest {
	r := &rest{after: restsAfter, use: use}
	r.ctx, r.end = context.WithCancel(context.Background())
	r.begin()
	return r
}

// pause is to be called before each change, and begin after it.
func (r *rest) pause() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer.Stop()
}

func (r *rest) begin() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ctx.Err() != nil:
	case r.timer == nil:
		r.timer = time.AfterFunc(r.after, r.call)
	default:
		r.timer.Reset(r.after)
	}
}

func (r *rest) call() {
	r.mu.Lock()
	if r.ctx.Err() != nil {
		r.mu.Unlock()
		return
	}
	r.under.Add(1)
	use := r.use
	r.mu.Unlock()
	defer r.under.Done()
	use(r.ctx)
}

// close ends a call under way and waits for it. None comes after.
func (r *rest) close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.end()
	r.timer.Stop()
	r.mu.Unlock()
	r.under.Wait()
}
