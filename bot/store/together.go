package store

import (
	"context"
	"fmt"
	"sync"
)

// maxTogether bounds how many writes share one transaction.
const maxTogether = 128

// A batch lets small writes that come at the same time share one commit, so that each of
// them waits for one synchronisation of the disk and not for those of all others.
type batch struct {
	mu      sync.Mutex
	waiting []*shared
	leading bool // somebody is committing
}

// A shared is a write that waits for its transaction.
type shared struct {
	ctx  context.Context
	f    func(ctx context.Context, tx transaction) error
	done chan error
}

// writeTogether is write for a small f that may share its transaction with others. f is
// called again if the transaction fails because of another, so it must not change
// anything but what it returns. In the order of the calls.
func (s *Store) writeTogether(ctx context.Context, f func(ctx context.Context, tx transaction) error) error {
	w := &shared{ctx, f, make(chan error, 1)}
	s.batch.mu.Lock()
	s.batch.waiting = append(s.batch.waiting, w)
	lead := !s.batch.leading
	s.batch.leading = true
	s.batch.mu.Unlock()
	if lead {
		go s.lead()
	}
	return <-w.done
}

// lead commits what is waiting until nothing is.
func (s *Store) lead() {
	for {
		s.batch.mu.Lock()
		all := s.batch.waiting[:min(len(s.batch.waiting), maxTogether)]
		s.batch.waiting = s.batch.waiting[len(all):]
		s.batch.leading = len(all) > 0
		s.batch.mu.Unlock()
		if len(all) == 0 {
			return
		}
		s.commitTogether(all)
	}
}

// commitTogether tries all writes in one transaction, and if that fails each in its own.
func (s *Store) commitTogether(all []*shared) {
	errs := make([]error, len(all))
	err := error(nil)
	if len(all) > 1 {
		err = s.write(context.Background(), func(tx transaction) error {
			for i, w := range all {
				var err error
				if errs[i], err = w.within(tx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for i, w := range all {
		if len(all) == 1 || err != nil {
			errs[i] = s.alone(w)
		}
		w.done <- s.explain(errs[i])
	}
}

// alone runs one write in its own transaction.
func (s *Store) alone(w *shared) error {
	var failed error
	err := s.write(context.Background(), func(tx transaction) error {
		failed = w.run(tx)
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// run calls f. A caller who gives up must not interrupt a statement: that would undo what
// the others have done in the transaction.
func (w *shared) run(tx transaction) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return w.f(context.WithoutCancel(w.ctx), tx)
}

// The statements around one write of several.
const (
	beginOne = "SAVEPOINT one"
	undoOne  = "ROLLBACK TO one"
	endOne   = "RELEASE one"
)

// within runs one write of several: what goes wrong in it undoes it alone. broken means
// that the whole transaction is of no use any more.
func (w *shared) within(tx transaction) (failed, broken error) {
	ctx := context.Background()
	if _, err := tx.ExecContext(ctx, beginOne); err != nil {
		return nil, err
	}
	if failed = w.run(tx); failed != nil {
		if _, err := tx.ExecContext(ctx, undoOne); err != nil {
			return failed, err
		}
	}
	_, err := tx.ExecContext(ctx, endOne)
	return failed, err
}
