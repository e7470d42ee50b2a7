package index

import (
	"context"
	"errors"
	"time"
)

// A Checker is a Derived index whose stored bytes can change by themselves, as those on
// a disk do.
type Checker interface {
	// Check reads all that is stored, and returns ErrUnusable if that is not what was
	// written. It takes its time: it must not slow down searches. A check that ctx ends
	// says nothing.
	Check(ctx context.Context) error
}

// Search implements Index. If it fails, Run checks the index at once.
func (f *Follower) Search(ctx context.Context, q Query) ([]Hit, error) {
	hits, err := f.Swap.Search(ctx, q)
	f.suspect(err)
	return hits, err
}

// Frequencies implements Index. If it fails, Run checks the index at once.
func (f *Follower) Frequencies(ctx context.Context, terms []string) (df []int, clauses int, err error) {
	df, clauses, err = f.Swap.Frequencies(ctx, terms)
	f.suspect(err)
	return df, clauses, err
}

// suspect has Run check the index after any error that is not the caller's: damaged bytes
// can look like anything.
func (f *Follower) suspect(err error) {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	select {
	case f.suspected <- struct{}{}:
	default: // it is going to be checked anyway
	}
}

// watch checks the index now, every so often, and when a search has failed, until ctx
// ends.
func (f *Follower) watch(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-f.suspected:
		}
		f.mend(ctx)
		timer.Reset(f.config.Check)
	}
}

// mend checks the index and makes it anew if it is damaged. Searches go on meanwhile.
func (f *Follower) mend(ctx context.Context) {
	f.mu.Lock()
	x, ok := f.current.(Checker)
	f.mu.Unlock()
	if !ok {
		return
	}
	err := x.Check(ctx)
	if !errors.Is(err, ErrUnusable) {
		return // sound, closed meanwhile, or to be checked again
	}
	if f.config.Damaged != nil {
		f.config.Damaged(err)
	}
	if err := f.Rebuild(ctx); f.config.Damaged != nil && ctx.Err() == nil {
		f.config.Damaged(err)
	}
}
