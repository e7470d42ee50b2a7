package adapters

import (
	"context"
	"sync"
	"time"
)

// A job is one step of a lane. It returns 0 when it is done, or after how long it is to
// be run again; until then its lane stands still, but no worker waits for it.
type job func() (again time.Duration)

// lanes run jobs: those of one lane one after the other in the order they were added,
// those of different lanes at the same time, each lane in its turn.
type lanes struct {
	mu      sync.Mutex
	changed *sync.Cond
	all     map[string]*lane
	ready   []*lane // to be worked on next, in turn
	running int
	closed  bool
	workers sync.WaitGroup
}

type lane struct {
	key   string
	jobs  []job
	timer *time.Timer // while it stands still
}

// newLanes returns lanes with a number of workers. They stop with close.
func newLanes(workers int) *lanes {
	l := &lanes{all: map[string]*lane{}}
	l.changed = sync.NewCond(&l.mu)
	for range workers {
		l.workers.Go(l.work)
	}
	return l
}

// add puts a job at the end of its lane. It never blocks. After close it does nothing.
func (l *lanes) add(key string, j job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	ln := l.all[key]
	if ln == nil {
		ln = &lane{key: key}
		l.all[key] = ln
		l.ready = append(l.ready, ln)
	}
	ln.jobs = append(ln.jobs, j)
	l.changed.Broadcast()
}

// work runs jobs until close.
func (l *lanes) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for len(l.ready) == 0 && !l.closed {
			l.changed.Wait()
		}
		if l.closed {
			return
		}
		ln := l.ready[0]
		l.ready = l.ready[1:]
		first := ln.jobs[0]
		l.running++
		l.mu.Unlock()
		again := first()
		l.mu.Lock()
		l.running--
		l.after(ln, again)
		l.changed.Broadcast()
	}
}

// after decides how a lane goes on when its first job has run.
func (l *lanes) after(ln *lane, again time.Duration) {
	if again > 0 {
		if l.closed {
			return
		}
		ln.timer = time.AfterFunc(again, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			ln.timer = nil
			l.ready = append(l.ready, ln)
			l.changed.Broadcast()
		})
		return
	}
	ln.jobs = ln.jobs[1:]
	if len(ln.jobs) == 0 {
		delete(l.all, ln.key)
		return
	}
	l.ready = append(l.ready, ln)
}

// drain waits until nothing can be done but waiting, or ctx is done.
func (l *lanes) drain(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for (l.running > 0 || len(l.ready) > 0) && ctx.Err() == nil {
		l.changed.Wait()
	}
}

// close lets the jobs that are running end and forgets the others. It returns a
// channel that is closed then.
func (l *lanes) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, ln := range l.all {
		if ln.timer != nil {
			ln.timer.Stop()
		}
	}
	l.changed.Broadcast()
	done := make(chan struct{})
	go func() {
		l.workers.Wait()
		close(done)
	}()
	return done
}
