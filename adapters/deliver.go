package adapters

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/wence-bot/wence/bot"
)

// How sending goes about it unless Caps say otherwise.
const (
	sendTimeout   = 30 * time.Second
	sendAttempts  = 20 // about seven minutes: a platform that restarts is back by then
	firstBackoff  = 500 * time.Millisecond
	lastBackoff   = 30 * time.Second
	throttledFor  = 24 * time.Hour // how long a platform may ask to come again later
	findAfter     = 2 * time.Second
	deliveryRetry = time.Second // when the queue cannot be written
)

// backoff returns the wait after the nth failure: 0.5 s · 2ⁿ⁻¹ up to 30 s, ± 50 %.
func backoff(failures int) time.Duration {
	d := min(firstBackoff<<min(failures-1, 10), lastBackoff)
	return jitter(d)
}

func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1) //nolint:gosec // no secret
}

// A parcel is a delivery that is on its way.
type parcel struct {
	mu     sync.Mutex // held while it is being sent
	d      bot.Delivery
	letter letter
	booked bool // its turn within the limits has been reserved
	asked  bool // Find has been asked since the last attempt
	unsure bool // an earlier attempt may have arrived: it stays sending
}

// post puts deliveries on their way.
func (g *Gateway) post(deliveries ...bot.Delivery) {
	for _, d := range deliveries {
		if d.State != bot.DeliveryReady && d.State != bot.DeliverySending {
			continue
		}
		c := g.channels[d.Channel]
		p := &parcel{d: d}
		if err := json.Unmarshal(d.Message, &p.letter); err != nil {
			g.log.Error("a kept message cannot be read", slog.String("delivery", d.ID), slog.Any("error", err))
			continue
		}
		g.mu.Lock()
		known := g.parcels[d.ID] != nil
		if !known {
			g.parcels[d.ID] = p
		}
		g.mu.Unlock()
		if known {
			continue
		}
		g.outbound.add(laneKey(d.Channel, d.Conversation), func() time.Duration {
			again := g.deliver(c, p)
			if again == 0 {
				g.mu.Lock()
				delete(g.parcels, d.ID)
				g.mu.Unlock()
			}
			return again
		})
	}
}

// handOut keeps how far it has come that the platform hands out a message itself: it is
// about to (sending), has done so (sent), or has failed (ready). Until it has, the message
// is sending without an attempt.
func (g *Gateway) handOut(ctx context.Context, d bot.Delivery, became bot.DeliveryState) error {
	g.mu.Lock()
	p := g.parcels[d.ID]
	g.mu.Unlock()
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		d = p.d
	}
	ready := d.State == bot.DeliveryReady
	untried := d.Attempts == 0 && (ready || d.State == bot.DeliverySending || d.State == bot.DeliveryUnknown)
	switch {
	case became == bot.DeliverySent && (ready || untried || d.State == bot.DeliveryFetch):
	case p != nil && untried && d.State != became: // without a parcel nobody would go on with it
	default:
		return nil // it has been handed out before, or been sent
	}
	d.State = became
	if err := g.config.Queue.Update(ctx, d); err != nil {
		return err
	}
	if p != nil {
		p.d = d
	}
	if became == bot.DeliverySent {
		g.sent(d)
	}
	return nil
}

// sent counts a delivery that has arrived.
func (g *Gateway) sent(d bot.Delivery) {
	g.metrics.sends.WithLabelValues(d.Channel, "sent").Inc()
	g.metrics.delivery.WithLabelValues(d.Channel).Observe(time.Since(d.Created).Seconds())
}

// deliver brings a parcel one step further, and returns after how long to call it again,
// or 0 if it has arrived or never will.
func (g *Gateway) deliver(c *channel, p *parcel) (again time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := caught(func() { again = g.step(c, p) }); err != nil { // of a platform: nobody knows what it has done before
		g.log.Error("a channel panicked", slog.String("channel", c.ID()), slog.String("delivery", p.d.ID), slog.Any("error", err), bot.Stack(err))
		return g.after(c, p, "", err)
	}
	return again
}

// step is deliver with p.mu held.
func (g *Gateway) step(c *channel, p *parcel) time.Duration {
	if g.ctx.Err() != nil {
		return time.Hour // the next start goes on
	}
	switch p.d.State {
	case bot.DeliveryReady:
		if wait := time.Until(p.d.Next); wait > 0 {
			return wait
		}
		if wait := p.book(c); wait > 0 {
			return wait
		}
		return g.send(c, p)
	case bot.DeliverySending:
		if wait := time.Until(p.d.Next); p.d.Attempts == 0 && wait > 0 {
			return wait // it was being handed out, and may be again
		}
		return g.resolve(c, p)
	}
	return 0 // handed out meanwhile
}

// book reserves a turn for a parcel within the limits of its channel, and returns how
// long it is until then.
func (p *parcel) book(c *channel) time.Duration {
	if p.booked {
		return 0
	}
	p.booked = true
	return c.limits.reserve(p.d.Conversation, time.Now())
}

// send gives a parcel to its platform.
func (g *Gateway) send(c *channel, p *parcel) time.Duration {
	// If we die now, the next start knows that it may have arrived: without an idempotency
	// key nobody sends it again, and with one Attempt is more than 1.
	d := p.d
	if d.State == bot.DeliveryReady {
		d.Next = time.Now().UTC() // since when it may have arrived
	}
	d.State, d.Attempts = bot.DeliverySending, d.Attempts+1
	if wait := g.mark(p, d); wait > 0 {
		return wait
	}
	p.booked, p.asked = false, false
	m := p.letter.Message
	m.Attempt = p.d.Attempts
	ctx, cancel := context.WithTimeout(g.ctx, sendTimeout)
	defer cancel()
	ref, err := c.Send(ctx, p.letter.To, m)
	if err != nil && g.ctx.Err() != nil {
		return time.Hour // we are being stopped; the next start sees what was marked
	}
	return g.after(c, p, ref, err)
}

// resolve decides about a parcel of which nobody knows whether it has arrived.
func (g *Gateway) resolve(c *channel, p *parcel) time.Duration {
	finder, ok := c.Platform.(Finder)
	switch {
	case c.caps.IdempotentFor > 0:
		return g.repeat(c, p)
	case !ok:
		return g.end(p, bot.DeliveryUnknown, "it was being sent when wence stopped")
	}
	ctx, cancel := context.WithTimeout(g.ctx, sendTimeout)
	defer cancel()
	var ref MessageRef
	found, err := false, error(nil)
	panicked := caught(func() { ref, found, err = finder.Find(ctx, p.letter.To, p.letter.Message.Key) })
	last := p.d.Attempts >= or(c.caps.Attempts, sendAttempts)
	switch {
	case panicked != nil:
		g.log.Error("a channel panicked", slog.String("channel", c.ID()), slog.String("delivery", p.d.ID), slog.Any("error", panicked), bot.Stack(panicked))
		return g.end(p, bot.DeliveryUnknown, panicked.Error())
	case err == nil && found:
		return g.arrived(p, ref)
	case err == nil && !p.asked: // it may be slow to appear
		p.asked = true
		return findAfter
	case err == nil && last: // what it said about each attempt may not be true
		return g.end(p, bot.DeliveryUnknown, "it has not arrived: "+p.d.Error)
	case err == nil:
		return g.retry(c, p, c.backoff(p.d.Attempts), "it has not arrived: "+p.d.Error)
	case g.ctx.Err() != nil:
		return time.Hour
	}
	e := classify(err)
	if p.d.Attempts++; e.Class == ClassPermanent || p.d.Attempts >= or(c.caps.Attempts, sendAttempts) {
		return g.end(p, bot.DeliveryUnknown, err.Error())
	}
	return max(e.After, c.backoff(p.d.Attempts))
}

// repeat sends a parcel again that may have arrived, while its platform knows it again.
func (g *Gateway) repeat(c *channel, p *parcel) time.Duration {
	p.unsure = true
	since := p.d.Next
	if since.IsZero() {
		since = p.d.Created
	}
	if time.Since(since) >= c.caps.IdempotentFor {
		return g.end(p, bot.DeliveryUnknown, "it may have arrived, too long ago to send it again: "+p.d.Error)
	}
	if wait := p.book(c); wait > 0 {
		return wait
	}
	return g.send(c, p)
}

// after decides what an attempt to send leads to.
func (g *Gateway) after(c *channel, p *parcel, ref MessageRef, err error) time.Duration {
	if err == nil {
		return g.arrived(p, ref)
	}
	e := classify(err)
	_, finds := c.Platform.(Finder)
	idempotent := c.caps.IdempotentFor > 0
	p.unsure = idempotent && (p.unsure || e.Class == ClassUnknown)
	ended := bot.DeliveryDead
	if p.unsure {
		ended = bot.DeliveryUnknown
	}
	switch {
	case e.Class == ClassPermanent:
		return g.end(p, ended, err.Error())
	case e.Class == ClassUnknown && !idempotent && !finds:
		return g.end(p, bot.DeliveryUnknown, err.Error())
	case e.Class == ClassUnknown && !idempotent:
		p.d.State, p.d.Error = bot.DeliverySending, plain(err.Error())
		return findAfter
	case e.After > 0 && time.Since(p.d.Created) < throttledFor:
		p.d.Attempts-- // the platform is there and asks for patience
	case p.d.Attempts >= or(c.caps.Attempts, sendAttempts):
		return g.end(p, ended, err.Error())
	}
	wait := e.After + rand.N(e.After/10+1) //nolint:gosec // no secret
	if e.After == 0 {
		wait = c.backoff(p.d.Attempts)
	}
	return g.retry(c, p, wait, err.Error())
}

// backoff returns the wait after the nth failure.
func (c *channel) backoff(failures int) time.Duration {
	wait := backoff(failures)
	if c.caps.Backoff != nil {
		_ = caught(func() { wait = jitter(c.caps.Backoff(failures)) }) // else as usual
	}
	return wait
}

// retry keeps that a parcel is to be sent again, and when; if it may have arrived, since
// when that is, which matters more: a restart sends it again at once.
func (g *Gateway) retry(c *channel, p *parcel, wait time.Duration, why string) time.Duration {
	d := p.d
	d.Error = plain(why)
	if !p.unsure {
		d.State, d.Next = bot.DeliveryReady, time.Now().Add(wait).UTC()
	}
	g.metrics.sends.WithLabelValues(c.ID(), "retry").Inc()
	g.log.Warn("a message is sent again later", slog.String("channel", c.ID()), slog.String("delivery", d.ID),
		slog.Int("attempt", d.Attempts), slog.Duration("after", wait), slog.String("error", d.Error))
	if err := g.config.Queue.Update(g.ctx, d); err != nil {
		g.log.Error("the queue cannot be written", slog.Any("error", err))
	}
	p.d = d // the wait is kept in memory anyway
	return wait
}

// arrived keeps that a parcel has been taken. It is not sent again even if that cannot
// be written: the lane waits until it can.
func (g *Gateway) arrived(p *parcel, ref MessageRef) time.Duration {
	d := p.d
	d.State, d.Ref, d.Error, d.Next = bot.DeliverySent, plain(string(ref)), "", time.Time{}
	for wait := deliveryRetry; ; wait = min(2*wait, lastBackoff) {
		err := g.config.Queue.Update(g.ctx, d)
		if err == nil {
			break
		}
		g.log.Error("a sent message could not be marked as sent", slog.String("delivery", d.ID), slog.Any("error", err))
		select {
		case <-time.After(wait):
		case <-g.ctx.Done():
			return time.Hour
		}
	}
	p.d = d
	g.sent(d)
	return 0
}

// end keeps that a parcel is given up.
func (g *Gateway) end(p *parcel, state bot.DeliveryState, why string) time.Duration {
	d := p.d
	d.State, d.Error = state, plain(why)
	if wait := g.mark(p, d); wait > 0 {
		return wait
	}
	g.metrics.sends.WithLabelValues(d.Channel, string(state)).Inc()
	g.log.Error("a message was not delivered", slog.String("channel", d.Channel), slog.String("delivery", d.ID),
		slog.String("state", string(state)), slog.String("error", d.Error))
	return 0
}

// mark keeps a new state; if that fails it returns after how long to try again.
func (g *Gateway) mark(p *parcel, d bot.Delivery) time.Duration {
	if err := g.config.Queue.Update(g.ctx, d); err != nil {
		g.log.Error("the queue cannot be written", slog.String("delivery", d.ID), slog.Any("error", err))
		return deliveryRetry
	}
	p.d = d
	return 0
}

// plain returns s as the queue can keep it.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
