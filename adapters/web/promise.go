package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/wence-bot/wence/bot"
)

// sure is how long an acknowledgement waits for the answer, which is then kept with its
// question. A model writes longer: then the question is kept alone.
const sure = 50 * time.Millisecond

// promise returns when a turn may be acknowledged: it is kept, and will be answered by
// this process or by the next one. gone means that the client did not wait.
func (s *Server) promise(client context.Context, t *turn) (gone bool, err error) {
	if t.waitFor(client, s.times.sure) {
		return false, t.err
	}
	if client.Err() != nil {
		return true, nil
	}
	event, err := json.Marshal(t.Inquiry)
	if err != nil {
		return false, fmt.Errorf("web: keep a question: %w", err)
	}
	in := bot.Inbound{ID: t.ID, Channel: Channel, Conversation: t.Conversation, Event: event, Received: time.Now().UTC()}
	_, fresh, err := s.Queue.Accept(client, in, nil)
	if err != nil {
		return client.Err() != nil, fmt.Errorf("web: keep a question: %w", err)
	}
	if fresh {
		go s.settle(t)
	}
	return false, nil
}

// settle takes the question of a turn out of the queue once it is answered. It ends after
// answerTime at the latest, for the turn does.
func (s *Server) settle(t *turn) {
	<-t.done
	done := bot.Completion{Inbound: t.ID}
	if t.err != nil {
		done.Error = t.err.Error()
	}
	// If this fails the next start finds the answer kept, and tries again.
	if err := s.Queue.Complete(context.WithoutCancel(s.stopped), done); err != nil && !errors.Is(err, bot.ErrConflict) {
		s.Log.Warn("an answered question stays in the queue until the next start", slog.String("answer", t.ID), slog.String("error", err.Error()))
	}
}

// takeUp answers what an earlier process has acknowledged and not answered, in its order.
func (s *Server) takeUp(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx) // who stops at once stops well
	pending, err := s.Queue.Pending(ctx)
	if err != nil {
		return fmt.Errorf("web: questions of an earlier start: %w", err)
	}
	var turns []*turn
	for _, in := range pending {
		if in.Channel != Channel {
			continue
		}
		var inquiry bot.Inquiry
		if err := json.Unmarshal(in.Event, &inquiry); err != nil {
			err = s.Queue.Complete(ctx, bot.Completion{Inbound: in.ID, Error: fmt.Sprintf("the question cannot be read: %v", err)})
			if err != nil {
				return fmt.Errorf("web: questions of an earlier start: %w", err)
			}
			continue
		}
		s.turns.mu.Lock()
		turns = append(turns, s.turns.enter(inquiry))
		s.turns.mu.Unlock()
	}
	go func() { // one after the other, for a follow-up needs what was before it
		for _, t := range turns {
			s.answer(ctx, t)
			s.settle(t)
		}
	}()
	return nil
}
