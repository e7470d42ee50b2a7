package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
)

// What goes wrong in one of several writes undoes that one, and nothing of the others.
func TestWritesTogether(t *testing.T) {
	s := open(t, t.TempDir())
	keep := func(id string) func(context.Context, transaction) error {
		return func(ctx context.Context, tx transaction) error {
			_, err := s.keep(ctx, tx, storetest.Exchange(id, "c", "想贷款"))
			return err
		}
	}
	wrong := errors.New("wrong")
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		f    func(ctx context.Context, tx transaction) error
		want string
	}{
		"error": {ctx, func(ctx context.Context, tx transaction) error { return errors.Join(keep("half")(ctx, tx), wrong) }, "wrong"},
		"panic": {ctx, func(ctx context.Context, tx transaction) error { return errors.Join(keep("half")(ctx, tx), panics()) }, "panic"},
		"gone":  {gone, keep("half"), "canceled"},
		// a statement that rolls everything back, as an interrupted one does
		"rollback": {ctx, func(ctx context.Context, tx transaction) error {
			_, err := tx.ExecContext(ctx, "ROLLBACK")
			return errors.Join(err, wrong)
		}, "wrong"},
	} {
		first, last := name+" first", name+" last"
		all := []*shared{{ctx, keep(first), make(chan error, 1)}, {tt.ctx, tt.f, make(chan error, 1)}, {ctx, keep(last), make(chan error, 1)}}
		s.commitTogether(all)
		for i, w := range all {
			err := <-w.done
			if i == 1 && (err == nil || !strings.Contains(err.Error(), tt.want)) || i != 1 && err != nil {
				t.Errorf("%s: write %d: %v", name, i, err)
			}
		}
		for _, id := range []string{first, last} {
			if _, err := s.Exchange(ctx, id); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := s.Exchange(ctx, "half"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("half of a write is there: %v", err)
	}
	if last, err := s.Verify(ctx); err != nil || last.Seq != 8 {
		t.Errorf("audit trail %+v, %v", last, err)
	}
}

func panics() error { panic("of a write") }

// Many at once, beside a publication.
func TestWritesTogetherAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			id := fmt.Sprint("a", i)
			if _, err := s.Keep(ctx, storetest.Exchange(id, "c", "想贷款")); err != nil {
				t.Error(err)
			}
			if err := s.Rate(ctx, bot.Feedback{Answer: "none", User: "u", Vote: bot.VoteUp}); !errors.Is(err, bot.ErrNotFound) {
				t.Errorf("%v", err)
			}
		})
	}
	publish(t, s, "d", "第一版。")
	wg.Wait()
	if last, err := s.Verify(ctx); err != nil || last.Seq != 301 {
		t.Errorf("audit trail %+v, %v", last, err)
	}
}
