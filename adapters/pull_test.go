package adapters

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A platform that fetches its answers gets each until PullFor is over, or the Gateway
// sends it: one of both, however close the answer comes to the end, whether or not wence
// is started again in between, and also if the answer is fetched at the last moment and
// marked a little later.
func TestFetchedOrSent(t *testing.T) {
	const pull = 330 * time.Second
	for _, tt := range []struct {
		delay   time.Duration // until the answer is there, in several attempts if need be
		restart time.Duration // after this wence is started again, and only then it is polled; 0: not
		fetched bool
	}{
		{time.Second, 0, true},
		{pull - time.Second, 0, true},
		{pull, 0, false},
		{pull + time.Second, 0, false},
		{pull + 9*time.Second, 0, false},
		{pull + time.Minute, 0, false},
		{time.Second, time.Minute, true},
		{time.Second, pull - time.Second, true},
		{time.Second, pull + time.Second, false},
		{time.Second, pull + time.Minute, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{id: "fake:1", caps: testCaps}
			b := newBench(t, f, nil)
			defer func() { b.close() }()
			ready := time.Now().Add(tt.delay)
			b.asker.delay = func(bot.Question) time.Duration { return max(0, min(time.Until(ready), answerTimeout)) }
			b.asker.fail = func(bot.Question) error {
				if time.Now().Before(ready) {
					return context.DeadlineExceeded
				}
				return nil
			}
			r := b.event(Event{Kind: KindText, Conversation: "c", Text: "想贷款", PullFor: pull})
			if tt.restart > 0 {
				time.Sleep(tt.restart)
				b.close()
				b.open(nil)
			}
			fetched := false
			for range 400 {
				time.Sleep(time.Second - time.Nanosecond)
				p, err := f.inbox.Progress(t.Context(), r.Answer)
				if err != nil {
					t.Fatal(err)
				}
				if p.Pushed {
					break
				}
				if p.Finished {
					fetched = true
					time.Sleep(5 * time.Second) // the response is on its way
					if err := f.inbox.HandOut(t.Context(), r.Answer, wrote); err != nil {
						t.Fatal(err)
					}
					break
				}
			}
			time.Sleep(time.Hour)
			if shown := len(f.seen()); fetched != tt.fetched || fetched == (shown == 1) || shown > 1 {
				t.Errorf("%+v: fetched %v, sent %d times", tt, fetched, shown)
			}
			p, err := f.inbox.Progress(t.Context(), r.Answer) // asked again much later
			if err != nil || p.Pushed == fetched || !p.Finished {
				t.Errorf("%+v: much later: %+v, %v", tt, p, err)
			}
		})
	}
}

// A process that dies while it sends leaves behind how often it has tried: a platform
// that is idempotent only when it is asked to be is asked from the second time on.
func TestAttemptsSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{id: "fake:1", caps: testCaps}
		f.caps.IdempotentFor = time.Hour
		attempts := make(chan int, 9)
		f.send = func(ctx context.Context, n int, m Outbound) (bool, error) {
			attempts <- m.Attempt
			if n == 1 {
				<-ctx.Done() // it dies meanwhile
				return true, errors.New("nobody reads this")
			}
			return true, nil
		}
		b := newBench(t, f, nil)
		b.accept("c", "想贷款")
		time.Sleep(time.Second)
		b.close()
		b.open(nil)
		defer b.close()
		time.Sleep(time.Hour)
		if n, first, second := len(attempts), <-attempts, <-attempts; n != 2 || first != 1 || second != 2 {
			t.Errorf("%d attempts, %d and %d", n, first, second)
		}
	})
}

// A question whose answer never comes is answered with a word of regret in the end.
func TestAnswerThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, &fake{id: "fake:1", caps: testCaps}, nil)
		b.asker.delay = func(bot.Question) time.Duration { return answerTimeout }
		b.asker.fail = func(bot.Question) error { return context.DeadlineExceeded }
		b.accept("c", "想贷款")
		time.Sleep(time.Hour)
		b.wantShown(Phrase("failed"))
		b.close()
	})
}
