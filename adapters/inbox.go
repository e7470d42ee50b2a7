package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
)

// The bounds of what is kept of an event, in bytes.
const (
	maxText = 8 << 10 // the bot reads 600 runes
	maxName = 256
	maxKeys = 8
)

// An inbox is the Inbox of one channel.
type inbox struct {
	g *Gateway
	c *channel
}

// Accept implements Inbox.
func (in *inbox) Accept(ctx context.Context, ev Event) (Receipt, error) {
	start := time.Now()
	receipt, err := in.accept(ctx, clean(ev))
	verdict := string(receipt.Verdict)
	if err != nil {
		verdict = "error"
		in.g.log.Error("an event could not be kept", slog.String("channel", in.c.ID()), slog.Any("error", err))
	}
	in.g.metrics.events.WithLabelValues(in.c.ID(), verdict).Inc()
	in.g.metrics.ack.WithLabelValues(in.c.ID()).Observe(time.Since(start).Seconds())
	return receipt, err
}

func (in *inbox) accept(ctx context.Context, ev Event) (Receipt, error) {
	if len(ev.Keys) == 0 || ev.Conversation == "" || ev.Kind == "" {
		return Receipt{}, fmt.Errorf("accept: an event of %s lacks keys, conversation or kind: %w", in.c.ID(), bot.ErrInvalid)
	}
	release, err := in.claim(ctx, ev.Keys)
	if err != nil {
		return Receipt{}, err
	}
	defer release()
	answer, all := in.g.seen.get(in.c.ID(), ev.Keys)
	if answer != "" && all {
		return Receipt{Duplicate, answer}, nil
	}
	body, err := json.Marshal(ev)
	if err != nil {
		return Receipt{}, fmt.Errorf("accept: %w", err)
	}
	m := bot.Inbound{ID: bot.NewID(), Channel: in.c.ID(), Conversation: ev.Conversation, Event: body, Received: time.Now().UTC()}
	if answer == "" && !in.reserve(m) { // what is known takes no room, but its other keys are kept
		in.sayBusy(ev)
		return Receipt{Verdict: Busy}, nil
	}
	// The caller's patience must not leave a message that is kept but not worked on.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	id, fresh, err := in.g.config.Queue.Accept(ctx, m, ev.Keys)
	if err != nil {
		in.g.land(m.ID) // if it was kept all the same, a sweep finds it
		return Receipt{}, fmt.Errorf("accept: %w", err)
	}
	in.g.seen.put(in.c.ID(), ev.Keys, id)
	if !fresh {
		in.g.land(m.ID)
		return Receipt{Duplicate, id}, nil
	}
	in.g.answerLater(m)
	return Receipt{Accepted, id}, nil
}

// claim waits until none of the keys is being kept by somebody else, and lets nobody else
// keep them until release. So of copies that come at the same time one takes a place in
// the queue, and the others wait for it and are duplicates.
func (in *inbox) claim(ctx context.Context, keys []string) (release func(), err error) {
	g := in.g
	for {
		g.mu.Lock()
		var busy chan struct{}
		for _, k := range keys {
			if other := g.keeping[laneKey(in.c.ID(), k)]; other != nil {
				busy = other
			}
		}
		if busy == nil {
			break // with g.mu held
		}
		g.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, fmt.Errorf("accept: wait for a copy of the message: %w", ctx.Err())
		}
	}
	defer g.mu.Unlock()
	done := make(chan struct{})
	for _, k := range keys {
		g.keeping[laneKey(in.c.ID(), k)] = done
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, k := range keys {
			delete(g.keeping, laneKey(in.c.ID(), k))
		}
		close(done)
	}, nil
}

// reserve makes room for a message; ok is false if there is none.
func (in *inbox) reserve(m bot.Inbound) (ok bool) {
	g := in.g
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing || len(g.flights) >= g.config.Waiting || g.lanes[laneKey(m.Channel, m.Conversation)] >= g.config.PerConversation {
		return false
	}
	g.takeOff(m)
	return true
}

// busyRate bounds how often a conversation hears that its platform will deliver again.
var busyRate = Rate{Messages: 1, Per: time.Minute}

// sayBusy asks the user to wait, once a minute, where the platform will deliver again by
// itself. It is not kept: it would fill the queue that is full.
func (in *inbox) sayBusy(ev Event) {
	if ev.Kind != KindText || ev.PullFor != 0 || in.c.caps.BusyStatus != http.StatusServiceUnavailable || !in.c.busy.allow(ev.Conversation, time.Now()) {
		return
	}
	booked := false
	// A lane of its own: neither answers nor other conversations wait for it.
	in.g.outbound.add(laneKey(in.c.ID(), "busy\x00"+ev.Conversation), func() time.Duration {
		if !booked {
			booked = true
			if wait := in.c.limits.reserve(ev.Conversation, time.Now()); wait > 0 {
				return wait
			}
		}
		ctx, cancel := context.WithTimeout(in.g.ctx, sendTimeout)
		defer cancel()
		m := Outbound{Key: bot.NewID(), Blocks: []Block{{Text: Phrase("busy_again")}}, Attempt: 1}
		var err error
		if panicked := caught(func() { _, err = in.c.Send(ctx, ev.To, m) }); panicked != nil {
			err = panicked
		}
		if err != nil {
			in.g.log.Warn("could not ask to come again", slog.String("channel", in.c.ID()), slog.Any("error", err), bot.Stack(err))
		}
		return 0
	})
}

// clean makes the texts of an event such that every store can keep them, and bounds them.
func clean(ev Event) Event {
	ev.Text, ev.Reason, ev.Name = tidy(ev.Text, maxText), tidy(ev.Reason, maxText), tidy(ev.Name, maxName)
	ev.User, ev.Conversation, ev.Answer = tidy(ev.User, maxName), tidy(ev.Conversation, 2*maxName), tidy(ev.Answer, maxName)
	if len(ev.Keys) > maxKeys {
		ev.Keys = ev.Keys[:maxKeys]
	}
	var keys []string
	for _, k := range ev.Keys {
		if k = tidy(k, 2*maxName); k != "" {
			keys = append(keys, k)
		}
	}
	ev.Keys = keys
	if ev.At.IsZero() {
		ev.At = time.Now()
	}
	return ev
}

// tidy returns s as UTF-8 without NUL, without space around it, of at most limit bytes.
func tidy(s string, limit int) string {
	s = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", ""))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return s
}

// Progress implements Inbox.
func (in *inbox) Progress(ctx context.Context, answer string) (Progress, error) {
	in.g.mu.Lock()
	f := in.g.flights[answer]
	in.g.mu.Unlock()
	if f != nil && strings.HasPrefix(f.conversation, in.c.ID()+"\x00") {
		return Progress{Pushed: isOver(f.pull)}, nil
	}
	deliveries, completed, err := in.g.config.Queue.Deliveries(ctx, in.c.ID(), answer)
	if err != nil {
		return Progress{}, fmt.Errorf("progress of %s: %w", answer, err)
	}
	p := Progress{Finished: completed}
	for _, d := range deliveries {
		var l letter
		if err := json.Unmarshal(d.Message, &l); err != nil {
			return Progress{}, fmt.Errorf("progress of %s: %w: %w", answer, bot.ErrDamaged, err)
		}
		p.Parts = append(p.Parts, l.Message)
		fetched := d.State != bot.DeliveryReady && d.Attempts == 0 // or may have been: then what was seen is shown again
		p.Pushed = p.Pushed || isOver(l.Pull) && !fetched
	}
	return p, nil
}

// Wait implements Inbox.
func (in *inbox) Wait(ctx context.Context, answer string) (Progress, error) {
	in.g.mu.Lock()
	f := in.g.flights[answer]
	in.g.mu.Unlock()
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
		case <-in.g.ctx.Done():
		}
	}
	return in.Progress(context.WithoutCancel(ctx), answer)
}

// HandOut implements Inbox.
func (in *inbox) HandOut(ctx context.Context, answer string, write func() error) error {
	deliveries, _, err := in.g.config.Queue.Deliveries(ctx, in.c.ID(), answer)
	for _, d := range deliveries {
		if err == nil {
			err = in.g.handOut(ctx, d, bot.DeliverySending)
		}
	}
	if err != nil {
		return fmt.Errorf("hand out %s: %w", answer, err)
	}
	became := bot.DeliverySent
	failed := write()
	if failed != nil {
		became = bot.DeliveryReady
	}
	errs := []error{failed}
	for _, d := range deliveries {
		if err := in.g.handOut(ctx, d, became); err != nil {
			errs = append(errs, fmt.Errorf("keep that %s was handed out: %w", answer, err))
		}
	}
	return errors.Join(errs...)
}
