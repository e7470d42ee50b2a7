package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/bot"
)

// Config is what a Gateway is made of.
type Config struct {
	Platforms []Platform
	Reception *bot.Reception
	Queue     bot.Queue
	// PublicURL is where the web pages can be reached, as in https://zc.example.gov.cn;
	// citations link there. Empty: citations have no links.
	PublicURL string
	// AnswerPath is the path of the page of an answer on PublicURL, before its ID, as in
	// /a/. Empty: what is too long for a chat has no link to the whole.
	AnswerPath string
	// Others are channels whose messages in the queue somebody else answers.
	Others []string
	// Notices are the addresses that are told when somebody wants a person.
	Notices []Notice
	// NoTickets: nobody can write back here, so no ticket is opened; the answer says where
	// a person is.
	NoTickets bool
	// Workers bounds how many questions are answered at the same time, Waiting how many
	// wait in all and PerConversation how many of one conversation; zero: 16, 200 and 5.
	Workers, Waiting, PerConversation int
	Metrics                           prometheus.Registerer // nil: not measured
	Log                               *slog.Logger          // nil: slog.Default
}

// A Notice is an address that is told about tickets.
type Notice struct {
	Channel string // ID of the Platform
	To      Address
}

// How long things are kept and how often they are looked after.
const (
	keepKeys   = 48 * time.Hour      // what tells that a message was seen
	keepSent   = 30 * 24 * time.Hour // what was sent, so that it can be changed in place
	purgeEvery = time.Hour
	sweepEvery = time.Minute
)

// A Gateway takes in the messages of all platforms, has them answered, each exactly
// once and in the order of its conversation, and sends the answers.
type Gateway struct {
	config   Config
	channels map[string]*channel
	metrics  *metrics
	log      *slog.Logger

	inbound, outbound *lanes
	ctx               context.Context // of everything that goes on behind requests
	cancel            context.CancelFunc
	background        sync.WaitGroup

	mu      sync.Mutex
	closing bool
	flights map[string]*flight // by inbound ID: what is not answered yet
	lanes   map[string]int     // how many of them each conversation has
	seen    *recent
	keeping map[string]chan struct{} // by channel and key: closed when what came with it is kept or not
	parcels map[string]*parcel       // by delivery ID: what is not sent yet
}

// A channel is a platform with what the gateway keeps about it.
type channel struct {
	Platform
	caps   Caps
	limits *limits
	busy   *limits // of saying that there is no room to who will be delivered again
}

// A flight is a message that is being answered.
type flight struct {
	conversation string
	pull         time.Time // until when the platform fetches the reply; zero: it does not
	done         chan struct{}
}

// Open starts a Gateway: it goes on with what was taken in before and not answered,
// and with what was not sent. Mount its Routes, then Close it.
func Open(ctx context.Context, c Config) (*Gateway, error) {
	c.Workers, c.Waiting, c.PerConversation = or(c.Workers, 16), or(c.Waiting, 200), or(c.PerConversation, 5)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	g := &Gateway{
		config: c, log: c.Log, channels: map[string]*channel{}, flights: map[string]*flight{}, lanes: map[string]int{},
		seen: newRecent(), keeping: map[string]chan struct{}{}, parcels: map[string]*parcel{},
	}
	for _, p := range c.Platforms {
		if g.channels[p.ID()] != nil {
			return nil, fmt.Errorf("two channels are called %s: give each its own id", p.ID())
		}
		caps := p.Caps()
		g.channels[p.ID()] = &channel{Platform: p, caps: caps, limits: newLimits(caps), busy: newLimits(Caps{PerConversation: busyRate})}
	}
	for _, n := range c.Notices {
		if g.channels[n.Channel] == nil {
			return nil, fmt.Errorf("notices go to channel %s, which is not running", n.Channel)
		}
	}
	var err error
	if g.metrics, err = newMetrics(c.Metrics); err != nil {
		return nil, err
	}
	pending, err := c.Queue.Pending(ctx)
	if err != nil {
		return nil, err
	}
	unsent, err := c.Queue.Unsent(ctx)
	if err != nil {
		return nil, err
	}
	g.ctx, g.cancel = context.WithCancel(context.WithoutCancel(ctx))
	g.inbound, g.outbound = newLanes(c.Workers), newLanes(c.Workers)
	for id, n := range g.resume(pending, unsent) {
		g.log.Warn("messages wait for a channel that is not running", slog.String("channel", id), slog.Int("messages", n))
	}
	g.background.Go(g.lookAfter)
	return g, nil
}

func or(n, standard int) int {
	if n > 0 {
		return n
	}
	return standard
}

// resume goes on with what an earlier process left. It returns how many messages wait
// for channels that are not running.
func (g *Gateway) resume(pending []bot.Inbound, unsent []bot.Delivery) (orphans map[string]int) {
	orphans = map[string]int{}
	for _, d := range unsent { // before the answers that follow them
		if g.channels[d.Channel] == nil {
			orphans[d.Channel]++
			continue
		}
		g.post(d)
	}
	for _, in := range pending {
		if g.channels[in.Channel] == nil {
			if !slices.Contains(g.config.Others, in.Channel) {
				orphans[in.Channel]++
			}
			continue
		}
		g.mu.Lock()
		known := g.flights[in.ID] != nil
		if !known {
			g.takeOff(in)
		}
		g.mu.Unlock()
		if !known {
			g.answerLater(in)
		}
	}
	return orphans
}

// takeOff counts a message among those that are being answered. g.mu is held.
func (g *Gateway) takeOff(in bot.Inbound) {
	key := laneKey(in.Channel, in.Conversation)
	g.flights[in.ID] = &flight{conversation: key, pull: pullEnd(in), done: make(chan struct{})}
	g.lanes[key]++
	g.metrics.waiting.Set(float64(len(g.flights)))
}

// land says that a message has been answered.
func (g *Gateway) land(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.flights[id]
	if f == nil {
		return
	}
	delete(g.flights, id)
	if g.lanes[f.conversation]--; g.lanes[f.conversation] == 0 {
		delete(g.lanes, f.conversation)
	}
	g.metrics.waiting.Set(float64(len(g.flights)))
	close(f.done)
}

// laneKey is what stays in order.
func laneKey(channel, conversation string) string { return channel + "\x00" + conversation }

// Routes returns the routes of all platforms.
func (g *Gateway) Routes() []Route {
	var out []Route
	for _, p := range g.config.Platforms {
		c := g.channels[p.ID()]
		for _, r := range c.Platform.Routes(&inbox{g, c}) {
			r.Handler = g.watched(c.ID(), r.Handler)
			out = append(out, r)
		}
	}
	return out
}

// watched counts what a handler answers, and answers 500 if it panics.
func (g *Gateway) watched(channel string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &statusWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				g.log.Error("a channel panicked", slog.String("channel", channel), slog.Any("panic", p))
				if s.status == 0 {
					http.Error(s, "internal error", http.StatusInternalServerError)
				}
			}
			g.metrics.request(channel, or(s.status, http.StatusOK))
		}()
		next.ServeHTTP(s, r)
	})
}

// A statusWriter remembers the status that was written.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	s.status = or(s.status, status)
	s.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (s *statusWriter) Write(b []byte) (int, error) {
	s.status = or(s.status, http.StatusOK)
	return s.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Notify sends a text that nobody asked for, as durably as an answer: the same key to the
// same address once within 48 hours.
func (g *Gateway) Notify(ctx context.Context, key string, n Notice, text string) error {
	c := g.channels[n.Channel]
	if c == nil {
		return fmt.Errorf("notify: channel %s is not running", n.Channel)
	}
	to := n.conversation()
	receipt, err := (&inbox{g, c}).Accept(ctx, Event{Kind: kindNotice, Keys: []string{to + " " + key}, Conversation: to, Text: text, To: n.To})
	if err == nil && receipt.Verdict == Busy {
		err = errors.New("too much is waiting; try again later")
	}
	if err != nil {
		return fmt.Errorf("notify %s: %w", n.Channel, err)
	}
	return nil
}

// conversation returns what stays in order of all that an address is told.
func (n Notice) conversation() string { return "notice:" + n.To.Conversation + n.To.User }

// pack makes a delivery of a message.
func pack(channel, conversation string, l letter) bot.Delivery {
	body, err := json.Marshal(l)
	if err != nil {
		panic(fmt.Sprintf("adapters: a message is no JSON: %v", err)) // it holds strings, numbers and times only
	}
	return bot.Delivery{
		ID: l.Message.Key, Channel: channel, Conversation: conversation, Message: body, State: bot.DeliveryReady, Created: time.Now().UTC(),
	}
}

// A letter is a message with its address, as the queue keeps it.
type letter struct {
	To      Address   `json:"to"`
	Message Outbound  `json:"message"`
	Pull    time.Time `json:"pull,omitzero"` // until when the platform fetches it; zero: it does not
}

// handingOver is how long after the end of Event.PullFor a reply is sent: what has been
// handed out until then has been marked as delivered by then.
const handingOver = 10 * time.Second

// pullEnd returns until when the platform fetches the reply to a message; zero if it
// does not.
func pullEnd(in bot.Inbound) time.Time {
	var ev struct {
		PullFor time.Duration `json:"pull_for"`
	}
	if err := json.Unmarshal(in.Event, &ev); err != nil || ev.PullFor <= 0 {
		return time.Time{} // what cannot be read is completed as such
	}
	return in.Received.Add(ev.PullFor)
}

// isOver reports whether a time that is set has passed.
func isOver(end time.Time) bool { return !end.IsZero() && !time.Now().Before(end) }

// lookAfter purges and sweeps until the gateway closes.
func (g *Gateway) lookAfter() {
	purge, sweep := time.NewTicker(purgeEvery), time.NewTicker(sweepEvery)
	defer purge.Stop()
	defer sweep.Stop()
	for err := g.purge(time.Now()); ; { // at once, for who is started again every hour
		if err != nil && g.ctx.Err() == nil {
			g.log.Error("the queue cannot be looked after", slog.Any("error", err))
		}
		select {
		case <-g.ctx.Done():
			return
		case now := <-purge.C:
			err = g.purge(now)
		case now := <-sweep.C:
			err = g.sweep(now)
		}
	}
}

// purge forgets what nobody needs any more.
func (g *Gateway) purge(now time.Time) error {
	return g.config.Queue.Purge(g.ctx, now.Add(-keepKeys), now.Add(-keepSent))
}

// sweep takes up what is in the queue and nobody works on: kept although we were told
// that it was not.
func (g *Gateway) sweep(now time.Time) error {
	g.mu.Lock()
	flights, parcels := maps.Clone(g.flights), maps.Clone(g.parcels) // before the queue is read: what ends meanwhile is not lost
	g.mu.Unlock()
	pending, err := g.config.Queue.Pending(g.ctx)
	if err != nil {
		return err
	}
	unsent, err := g.config.Queue.Unsent(g.ctx)
	if err != nil || g.isClosing() {
		return err
	}
	young := now.Add(-sweepEvery)
	g.resume(slices.DeleteFunc(pending, func(in bot.Inbound) bool { return flights[in.ID] != nil || in.Received.After(young) }),
		slices.DeleteFunc(unsent, func(d bot.Delivery) bool { return parcels[d.ID] != nil || d.Created.After(young) }))
	return nil
}

func (g *Gateway) isClosing() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closing
}

// Close stops taking in, lets the answers that are being made be finished and sent as
// long as ctx allows, and leaves the rest to the next Open.
func (g *Gateway) Close(ctx context.Context) error {
	g.mu.Lock()
	g.closing = true
	g.mu.Unlock()
	answered := g.inbound.close()
	select {
	case <-answered:
	case <-ctx.Done():
	}
	g.outbound.drain(ctx)
	sent := g.outbound.close()
	if ctx.Err() != nil {
		g.cancel() // what is being sent has had its time
	}
	<-sent
	g.cancel()
	<-answered
	g.background.Wait()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("close the channels: some answers were left for the next start: %w", errors.Join(err, context.Cause(ctx)))
	}
	return nil
}
