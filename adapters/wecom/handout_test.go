package wecom

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// A fullDisk keeps nothing of deliveries in a state.
type fullDisk struct {
	bot.Queue
	mu    sync.Mutex
	state bot.DeliveryState
}

// reopen has the house keep what it does on a disk that keeps nothing of a state.
func (h *house) reopen(state bot.DeliveryState) {
	h.t.Helper()
	h.close(time.Second)
	h.disk = &fullDisk{state: state}
	h.open()
}

func (f *fullDisk) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = ""
}

func (f *fullDisk) Update(ctx context.Context, d bot.Delivery) error {
	f.mu.Lock()
	full := d.State == f.state
	f.mu.Unlock()
	if full {
		return errors.New("disk full")
	}
	return f.Queue.Update(ctx, d)
}

// TestFetchedThenCrash: an answer that WeCom has fetched is not sent again, also if that
// it was fetched could not be kept before wence died.
func TestFetchedThenCrash(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.reopen(bot.DeliverySent)
		last := h.robot.ask(robotText(1, asked))
		if !last.Stream.Finish || last.Stream.Content == "" {
			t.Fatalf("fetched %+v", last)
		}
		h.close(time.Second)
		h.disk = nil
		h.open()
		time.Sleep(20 * time.Minute)
		if shown := h.api.shown(t); len(shown) != 0 {
			t.Errorf("sent again: %+v", shown)
		}
		if stuck, err := h.store.Stuck(t.Context(), 10); err != nil || len(stuck) != 1 || stuck[0].State != bot.DeliveryUnknown {
			t.Errorf("stuck %+v, %v", stuck, err)
		}
	})
}

// TestNotFetchedWithoutMark: what cannot be marked before is not handed out, and is sent
// in the end.
func TestNotFetchedWithoutMark(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		h.reopen(bot.DeliverySending)
		if last := h.robot.ask(robotText(1, asked)); last.Stream.Content != adapters.Phrase("later") {
			t.Fatalf("fetched %+v", last)
		}
		h.disk.mend()
		time.Sleep(20 * time.Minute)
		if shown := h.api.shown(t); len(shown) != 1 {
			t.Errorf("sent: %+v", shown)
		}
	})
}

// A cutLine takes no answer.
type cutLine struct{ http.ResponseWriter }

func (cutLine) Write([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

// TestLostFrameIsSent: an answer whose frame could not be written is sent to the reply URL.
func TestLostFrameIsSent(t *testing.T) {
	live(t, func(t *testing.T, h *house) {
		routes, post := h.robot.routes, robotPoster(t)
		routes.ServeHTTP(httptest.NewRecorder(), post.request(robotText(1, asked)))
		time.Sleep(time.Minute)
		routes.ServeHTTP(cutLine{httptest.NewRecorder()}, post.request(robotText(1, asked))) // delivered again
		time.Sleep(20 * time.Minute)
		if shown := h.api.shown(t); len(shown) != 1 {
			t.Errorf("sent: %+v", shown)
		}
	})
}
