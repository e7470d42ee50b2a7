package index

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wence-bot/wence/corpus"
)

// A Change is one entry of the document log.
type Change struct {
	Seq      int64
	Hash     string           // names the entry and all before it
	Document string           // the document's ID; empty if a later change of the same list replaces this one
	Put      *corpus.Document // the revision that is current from now on; nil if the document was withdrawn
}

// A Source is the log that an index follows.
type Source interface {
	// Changes returns at most limit changes after seq, oldest first, Seq increasing
	// by one; 0 is before the first.
	Changes(ctx context.Context, after int64, limit int) ([]Change, error)
}

// A Cursor says how far an index has come in the log. The zero Cursor is that of
// an empty index.
type Cursor struct {
	Seq   int64  // of the last change that is in the index
	Hash  string // of that change: a log that says otherwise is another log
	Build string // FollowConfig.Build of whoever filled the index
}

// A Step is what takes an index from one cursor to the next.
type Step struct {
	To     Cursor
	Put    []*corpus.Document // no two with one ID
	Delete []string           // IDs, none of them in Put
}

// A Derived index knows how far it has come.
type Derived interface {
	Index
	// Apply makes all changes of a step and moves the cursor, atomically: after a
	// crash at any moment either all is done or nothing.
	Apply(ctx context.Context, s Step) error
	// Cursor returns where the last Apply went.
	Cursor(ctx context.Context) (Cursor, error)
}

// A Home is where derived indexes live.
type Home interface {
	// Open opens the index that is in use, or a new one if there is none. ErrUnusable
	// if there is one that cannot be read.
	Open(ctx context.Context) (Derived, error)
	// Build makes a new, empty index beside the one in use. It is not in use, also
	// not after a restart, before promote has returned. One that is closed without
	// is thrown away.
	Build(ctx context.Context) (x Derived, promote func() error, err error)
}

// ErrUnusable is returned for a stored index that must be made anew.
var ErrUnusable = errors.New("index is unusable")

var (
	errFollows = errors.New("index: this index follows the document log: publish there")
	errClosed  = errors.New("index: closed")
)

// FollowConfig is what a Follower needs. Source and Home are needed, the rest has
// defaults.
type FollowConfig struct {
	Source Source
	Home   Home
	// Build names everything besides the documents that the index depends on: the
	// dictionary, the analyzer's and the engine's version. An index with another
	// Build is made anew.
	Build string
	// Batch is how many changes go into one step; 0 means 64.
	Batch int
	// Poll is how often Run looks at the log without being woken; 0 means 1 s.
	Poll time.Duration
	// Test, if there is one, has to accept an index that was made anew before it is used.
	Test func(ctx context.Context, x Index) error
	// Before, if there is one, is called each time before the index in use gets changes
	// of the log, which can be read by then. If it fails they are not applied.
	Before func(ctx context.Context) error
	// Report hears of every error that Run will try to get over, and of every change
	// of the log (nil).
	Report func(error)
	// Check is how often Run checks an index that is a Checker, besides at its start; 0
	// means once a day.
	Check time.Duration
	// Damaged, if there is one, hears what a check has found, and then how making the
	// index anew ended: nil if it is sound again, else Run tries again at the next check.
	Damaged func(error)
}

// A Follower is an Index that is kept in step with the document log. Put and Delete
// fail: only the log changes it.
type Follower struct {
	*Swap
	config FollowConfig
	wake   chan struct{}
	// suspected has one if a search has failed.
	suspected chan struct{}

	mu      sync.Mutex // one CatchUp or Rebuild at a time
	current Derived
	trusted Cursor // a cursor that belongs to this log for sure
	closed  bool
	applied atomic.Int64 // trusted.Seq, for who must not wait for a step under way
}

// Follow opens the index and brings it in step with the log. If there is no index,
// or it cannot be read, was filled by another Build or from another log, or is
// ahead of the log, it is made anew. From then on CatchUp or Run keep it in step.
func Follow(ctx context.Context, c FollowConfig) (*Follower, error) {
	if c.Batch <= 0 {
		c.Batch = 64
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	if c.Check <= 0 {
		c.Check = 24 * time.Hour
	}
	f := &Follower{config: c, wake: make(chan struct{}, 1), suspected: make(chan struct{}, 1)}
	x, err := c.Home.Open(ctx)
	if errors.Is(err, ErrUnusable) {
		if err := f.Rebuild(ctx); err != nil {
			return nil, err
		}
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("index: follow: %w", err)
	}
	f.current, f.Swap = x, NewSwap(x)
	if err = f.CatchUp(ctx); errors.Is(err, ErrUnusable) {
		err = f.Rebuild(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// CatchUp applies what the log has and the index has not. When it returns without
// error everything is found that was in the log when it was called.
func (f *Follower) CatchUp(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errClosed
	}
	at, err := f.current.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("index: follow: %w", err)
	}
	if at != f.trusted {
		same, err := f.belongs(ctx, at)
		if err != nil {
			return fmt.Errorf("index: follow: %w", err)
		}
		if !same {
			return f.rebuild(ctx)
		}
	}
	if _, err := f.apply(ctx, f.current, at); err != nil {
		return fmt.Errorf("index: follow: %w", err)
	}
	return f.trust(ctx, f.current)
}

// trust notes how far an index has come that belongs to this log.
func (f *Follower) trust(ctx context.Context, x Derived) (err error) {
	f.trusted, err = x.Cursor(ctx)
	f.applied.Store(f.trusted.Seq)
	return err
}

// Applied returns the Seq of a change up to which all are in the index for sure. Unlike
// Cursor it does not wait for a step under way.
func (f *Follower) Applied() int64 { return f.applied.Load() }

// belongs reports whether an index that has come to a cursor was filled from this
// log, by this Build.
func (f *Follower) belongs(ctx context.Context, at Cursor) (bool, error) {
	if at.Seq == 0 {
		return true, nil
	}
	if at.Build != f.config.Build {
		return false, nil
	}
	last, err := f.config.Source.Changes(ctx, at.Seq-1, 1)
	if err != nil {
		return false, err
	}
	return len(last) == 1 && last[0].Seq == at.Seq && last[0].Hash == at.Hash, nil
}

// apply brings x from a cursor to the end of the log and returns how many clauses
// each of the documents has that it put and that are current.
func (f *Follower) apply(ctx context.Context, x Derived, at Cursor) (map[string]int, error) {
	clauses := map[string]int{}
	for {
		changes, err := f.config.Source.Changes(ctx, at.Seq, f.config.Batch)
		if err != nil {
			return nil, err
		}
		if len(changes) == 0 {
			return clauses, nil
		}
		step := stepOf(changes)
		if from := changes[0].Seq; from != at.Seq+1 || step.To.Seq != at.Seq+int64(len(changes)) {
			return nil, fmt.Errorf("the log goes on after %d with %d changes from %d to %d", at.Seq, len(changes), from, step.To.Seq)
		}
		step.To.Build = f.config.Build
		if x == f.current {
			if err := f.before(ctx); err != nil {
				return nil, err
			}
		}
		if err := x.Apply(ctx, step); err != nil {
			return nil, err
		}
		at = step.To
		for _, d := range step.Put {
			clauses[d.ID] = len(d.Clauses)
		}
		for _, id := range step.Delete {
			delete(clauses, id)
		}
	}
}

func (f *Follower) before(ctx context.Context) error {
	if f.config.Before == nil {
		return nil
	}
	return f.config.Before(ctx)
}

// stepOf makes one step of changes: of those about one document only the last counts.
func stepOf(changes []Change) Step {
	var s Step
	last := map[string]int{}
	for i, c := range changes {
		last[c.Document] = i
	}
	for i, c := range changes {
		s.To = Cursor{Seq: c.Seq, Hash: c.Hash}
		switch {
		case c.Document == "" || last[c.Document] != i:
		case c.Put != nil:
			s.Put = append(s.Put, c.Put)
		default:
			s.Delete = append(s.Delete, c.Document)
		}
	}
	return s
}

// Rebuild makes the index anew beside the one in use, tests it, and swaps them.
// Searches go on meanwhile and notice nothing. On an error the old one stays.
func (f *Follower) Rebuild(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errClosed
	}
	return f.rebuild(ctx)
}

func (f *Follower) rebuild(ctx context.Context) error {
	x, promote, err := f.config.Home.Build(ctx)
	if err != nil {
		return fmt.Errorf("index: rebuild: %w", err)
	}
	if err = f.fill(ctx, x); err == nil {
		err = f.before(ctx)
	}
	if err == nil {
		err = promote()
	}
	if err != nil {
		return fmt.Errorf("index: rebuild: %w", errors.Join(err, x.Close()))
	}
	f.current = x
	if f.Swap == nil {
		f.Swap = NewSwap(x)
	} else {
		f.Replace(x)
	}
	return f.trust(ctx, x)
}

// fill brings a new index in step and tests it.
func (f *Follower) fill(ctx context.Context, x Derived) error {
	clauses, err := f.apply(ctx, x, Cursor{})
	if err != nil {
		return err
	}
	want := 0
	for _, n := range clauses {
		want += n
	}
	_, got, err := x.Frequencies(ctx, nil)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the new index has %d clauses, the documents have %d", got, want)
	}
	if f.config.Test == nil {
		return nil
	}
	if err := f.config.Test(ctx, x); err != nil {
		return fmt.Errorf("the new index fails its test: %w", err)
	}
	return nil
}

// Wake makes Run look at the log now. It does not wait.
func (f *Follower) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// Run keeps the index in step until ctx ends, and then returns nil. An error is
// reported and tried again at the next look: meanwhile the index answers from what
// it has. Beside that it checks what is stored.
func (f *Follower) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { f.watch(ctx) })
	tick := time.NewTicker(f.config.Poll)
	defer tick.Stop()
	before, _ := f.Cursor(ctx) // a cursor that cannot be read fails in CatchUp too
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		case <-tick.C:
		}
		err := f.CatchUp(ctx)
		if ctx.Err() != nil {
			return nil
		}
		f.suspect(err)
		after, _ := f.Cursor(ctx)
		if f.config.Report != nil && (err != nil || after != before) {
			f.config.Report(err)
		}
		before = after
	}
}

// Put implements Index: it always fails.
func (f *Follower) Put(context.Context, ...*corpus.Document) error { return errFollows }

// Delete implements Index: it always fails.
func (f *Follower) Delete(context.Context, string) error { return errFollows }

// Cursor returns how far the index has come.
func (f *Follower) Cursor(ctx context.Context) (Cursor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return Cursor{}, errClosed
	}
	return f.current.Cursor(ctx)
}

// Close waits for a step under way and closes the index when the searches that
// use it have ended.
func (f *Follower) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return f.Swap.Close()
}
