package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/wence-bot/wence/bot"
)

func pages(t *testing.T, s suite) {
	for i := range 7 {
		s.publish(t, Document(fmt.Sprint(i%3), fmt.Sprintf("第%d版。", i)))
	}
	seq := int64(0)
	for after := int64(0); ; {
		page, err := s.Entries(ctx, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if seq++; e.Seq != seq || e.Document != fmt.Sprint((seq-1)%3) {
				t.Errorf("entry %+v, want seq %d", e, seq)
			}
			after = e.Seq
		}
	}
	if seq != 7 {
		t.Errorf("%d entries", seq)
	}
	if none, err := s.Entries(ctx, 0, 0); err != nil || len(none) != 0 {
		t.Errorf("limit 0: %v, %v", none, err)
	}
}

func concurrent(t *testing.T, s suite) {
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				d := Document(fmt.Sprint("d", w%2), fmt.Sprintf("%d的第%d版。", w, i))
				if _, _, err := s.Publish(ctx, bot.Publication{Document: d, By: "张三"}); err != nil {
					t.Error(err)
				}
				if _, err := s.InForce(ctx, today()); err != nil {
					t.Error(err)
				}
				if _, err := s.Document(ctx, d.ID, d.Revision); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	entries, err := s.Entries(ctx, 0, 1000)
	if err != nil || len(entries) != writers*each {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d has seq %d", i, e.Seq)
		}
	}
	// Of two who saw the same revision, one is told that the other was first.
	base, won := entries[len(entries)-1], make(chan bool, writers)
	for w := range writers {
		wg.Go(func() {
			_, _, err := s.Publish(ctx, bot.Publication{
				Document: Document(base.Document, fmt.Sprintf("%d的最后一版。", w)), By: "张三", Base: base.Revision,
			})
			if err != nil && !errors.Is(err, bot.ErrConflict) {
				t.Error(err)
			}
			won <- err == nil
		})
	}
	wg.Wait()
	n := 0
	for range writers {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of %d publications from one base succeeded", n, writers)
	}
}

func cancelled(t *testing.T, s suite) {
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err := s.Publish(gone, bot.Publication{Document: Document("a", "第一版。"), By: "张三"})
	wantErr(t, "Publish", err, context.Canceled)
	s.wantInForce(t)
	s.publish(t, Document("a", "第一版。"))
}

func changes(t *testing.T, s suite) {
	one, two := Document("a", "第一版。"), Document("a", "第二版。")
	s.publish(t, one)
	s.publish(t, Document("b", "另一份。"))
	s.publish(t, two)
	last, _, err := s.Withdraw(ctx, "b", "张三", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := bot.Changes(s.Store).Changes(ctx, 0, 10)
	if err != nil || len(got) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []string{"", "", "a", "b"} {
		if got[i].Document != want || got[i].Seq != int64(i+1) || got[i].Hash == "" {
			t.Errorf("change %d: %+v", i, got[i])
		}
	}
	if !reflect.DeepEqual(got[2].Put, two) || got[3].Put != nil || got[3].Hash != last.Hash {
		t.Errorf("%+v", got[2:])
	}
	got, err = bot.Changes(s.Store).Changes(ctx, 0, 1)
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Put, one) {
		t.Errorf("the first only: %+v, %v", got, err)
	}
}
