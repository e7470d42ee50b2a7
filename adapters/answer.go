package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
)

// How often a question that cannot be looked up is tried, and how long one attempt may take.
const (
	answerAttempts = 4
	answerTimeout  = 2 * time.Minute
	// completeTimeout bounds how long it may take to keep what came of it.
	completeTimeout = 30 * time.Second
)

// answerLater puts a message into the lane of its conversation.
func (g *Gateway) answerLater(in bot.Inbound) {
	failures := 0
	g.inbound.add(laneKey(in.Channel, in.Conversation), func() time.Duration {
		err := g.answer(in, failures+1 >= answerAttempts)
		switch {
		case err == nil:
			g.land(in.ID)
			return 0
		case g.ctx.Err() != nil || g.isClosing():
			return 0 // it stays in the queue for the next start
		}
		failures++
		g.log.Error("a message could not be answered", slog.String("channel", in.Channel), slog.String("id", in.ID),
			slog.Int("attempt", failures), slog.Any("error", err))
		return backoff(failures)
	})
}

// result is what comes of an event, before it is kept.
type result struct {
	exchange *bot.Exchange
	reply    Outbound
	notices  []bot.Delivery
	then     func() // what is not kept, such as a mark at a button; may be nil
	err      string
}

// answer does what an event asks for, and completes the message. If it is the last
// attempt, what cannot be answered is completed as failed. A nil error means completed.
func (g *Gateway) answer(in bot.Inbound, last bool) error {
	c := g.channels[in.Channel]
	ctx, cancel := context.WithTimeout(g.ctx, answerTimeout)
	defer cancel()
	var ev Event
	if err := json.Unmarshal(in.Event, &ev); err != nil {
		return g.config.Queue.Complete(ctx, bot.Completion{Inbound: in.ID, Error: fmt.Sprintf("the event cannot be read: %v", err)})
	}
	r, err := g.handle(ctx, c, in, ev)
	if err != nil {
		if !last {
			return err
		}
		r = result{reply: say(Phrase("failed")), err: strings.ToValidUTF8(err.Error(), "")}
	}
	done := bot.Completion{Inbound: in.ID, Exchange: r.exchange, Error: r.err}
	if len(r.reply.Blocks) > 0 {
		done.Deliveries = g.address(c, in, ev, r.reply)
	}
	done.Deliveries = append(done.Deliveries, r.notices...)
	// Answering may have used up all of its time.
	ctx, cancel = context.WithTimeout(g.ctx, completeTimeout)
	defer cancel()
	switch err := g.config.Queue.Complete(ctx, done); {
	case errors.Is(err, bot.ErrConflict):
		// It had been completed, but we were told otherwise. What became of its deliveries
		// since is in the queue only.
		if done.Deliveries, _, err = g.config.Queue.Deliveries(ctx, in.Channel, in.ID); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	g.metrics.answer.WithLabelValues(c.ID()).Observe(time.Since(in.Received).Seconds())
	g.log.Debug("answered", slog.String("channel", in.Channel), slog.String("id", in.ID), slog.String("kind", string(ev.Kind)))
	g.post(done.Deliveries...)
	if r.then != nil {
		r.then()
	}
	return nil
}

// say is a message of one paragraph.
func say(text string) Outbound { return Outbound{Blocks: []Block{{Text: text}}} }

// address makes the deliveries of a reply.
func (g *Gateway) address(c *channel, in bot.Inbound, ev Event, m Outbound) []bot.Delivery {
	m.Key, m.Format = in.ID, ev.To.Format
	more := ""
	if g.config.PublicURL != "" && g.config.AnswerPath != "" && m.Answer != "" {
		more = g.config.PublicURL + g.config.AnswerPath + m.Answer
	}
	pull := pullEnd(in)
	var out []bot.Delivery
	for _, part := range Split(m, c.caps, ev.To.Limit, more) {
		d := pack(c.ID(), ev.Conversation, letter{To: ev.To, Message: part, Pull: pull})
		d.Answer = in.ID
		switch {
		case !pull.IsZero():
			d.Next = pull.Add(handingOver)
			d.Conversation = d.ID // it is fetched when the platform likes: no other waits for it
		case ev.PullFor < 0:
			d.State = bot.DeliveryFetch
		}
		out = append(out, d)
	}
	return out
}

// handle does what an event asks for. It panics with nobody: what panics is an error.
func (g *Gateway) handle(ctx context.Context, c *channel, in bot.Inbound, ev Event) (r result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	switch ev.Kind {
	case KindText:
		if ev.Text == "" {
			return result{reply: say(Phrase("empty"))}, nil
		}
		return g.question(ctx, c, in, ev)
	case KindUp, KindDown, KindWithdrawn:
		return g.vote(ctx, c, ev)
	case KindHuman:
		if g.config.NoTickets {
			return result{reply: say(Phrase("unattended"))}, nil
		}
		return g.human(ctx, c, in, ev)
	case KindWelcome:
		return g.welcome(ctx, c, ev)
	case kindNotice:
		return result{reply: say(ev.Text)}, nil
	case kindReply:
		return result{reply: personal(c, ev)}, nil
	case KindUnsupported:
		return result{reply: say(Phrase("unsupported"))}, nil
	case KindReset:
		return result{reply: say(Phrase("reset"))}, g.config.Reception.Restart(ctx, c.ID(), ev.Conversation)
	}
	return result{}, nil // of a newer version that was turned back
}

// welcome greets somebody who has asked nothing so far: platforms tell whenever somebody
// opens the chat.
func (g *Gateway) welcome(ctx context.Context, c *channel, ev Event) (result, error) {
	if known, err := g.config.Reception.Knows(ctx, c.ID(), ev.Conversation); err != nil || known {
		return result{}, err
	}
	return result{reply: say(Phrase("welcome"))}, nil
}

// question answers a question. Its exchange is kept together with the deliveries, or,
// if a person takes over, before the ticket that refers to it.
func (g *Gateway) question(ctx context.Context, c *channel, in bot.Inbound, ev Event) (result, error) {
	e, kept, err := g.config.Reception.Answer(ctx, bot.Inquiry{
		ID: in.ID, Channel: c.ID(), Conversation: ev.Conversation, User: ev.User, Question: ev.Text,
	})
	if err != nil {
		return result{}, err
	}
	r := result{reply: compose(e, c.caps, g.config.PublicURL)}
	missed, err := g.missed(ctx, in)
	if err != nil {
		return result{}, err
	}
	r.reply.Blocks = append(missed, r.reply.Blocks...)
	if e.Answer.Outcome == bot.HandedOver && !g.config.NoTickets {
		t, opened, err := g.ticket(ctx, c, ev, e)
		if err != nil {
			return result{}, err
		}
		r.reply.Blocks = append(r.reply.Blocks, Block{Text: g.ticketPhrase(t, opened)})
		r.notices = g.notices(in, ev, t)
		return r, nil
	}
	if !kept {
		r.exchange = &e
	}
	return r, nil
}

// pressed marks a button as pressed, where a platform can do no more with it. One that can
// change its messages leaves the button to the others in a group; the reply says enough.
func (g *Gateway) pressed(c *channel, ev Event) {
	p, ok := c.Platform.(Confirmer)
	if _, updates := c.Platform.(Updater); !ok || updates {
		return
	}
	ctx, cancel := context.WithTimeout(g.ctx, sendTimeout)
	defer cancel()
	if err := p.Confirm(ctx, ev, Phrase("pressed")); err != nil {
		g.log.Warn("a pressed button could not be marked", slog.String("channel", c.ID()), slog.Any("error", err))
	}
}

// vote keeps what somebody thinks of an answer, and shows them that it was.
func (g *Gateway) vote(ctx context.Context, c *channel, ev Event) (result, error) {
	votes := map[Kind]bot.Vote{KindUp: bot.VoteUp, KindDown: bot.VoteDown, KindWithdrawn: bot.VoteNone}
	thanks := map[Kind]string{KindUp: "thanks_up", KindDown: "thanks_down", KindWithdrawn: "vote_withdrawn"}[ev.Kind]
	err := g.config.Reception.Rate(ctx, c.ID(), bot.Feedback{Answer: ev.Answer, User: ev.User, Vote: votes[ev.Kind], Reason: ev.Reason, At: ev.At})
	if errors.Is(err, bot.ErrNotFound) {
		g.log.Warn("a vote on an answer that this channel did not give", slog.String("channel", c.ID()))
		thanks, err = "gone", nil
	}
	return result{then: func() { g.confirm(c, ev, Phrase(thanks)) }}, err
}

// confirm shows at the button that was pressed that it was taken in. It is tried once:
// the vote is kept whether or not this is seen.
func (g *Gateway) confirm(c *channel, ev Event, text string) {
	ctx, cancel := context.WithTimeout(g.ctx, sendTimeout)
	defer cancel()
	shown, err := false, error(nil)
	if p, ok := c.Platform.(Updater); ok {
		shown, err = g.update(ctx, c, p, ev, text)
	}
	if p, ok := c.Platform.(Confirmer); ok && !shown && err == nil {
		err = p.Confirm(ctx, ev, text)
	}
	if err != nil {
		g.log.Warn("a vote could not be confirmed", slog.String("channel", c.ID()), slog.Any("error", err))
	}
}

// update shows below an answer what its reader did, and how to take it back. The other
// buttons stay, for in a group others have not voted yet. shown is false if the message
// cannot be changed.
func (g *Gateway) update(ctx context.Context, c *channel, p Updater, ev Event, text string) (shown bool, err error) {
	deliveries, _, err := g.config.Queue.Deliveries(ctx, c.ID(), ev.Answer)
	if len(deliveries) == 0 {
		return false, ignoreNotFound(err)
	}
	d := deliveries[len(deliveries)-1] // the buttons are there
	var l letter
	if err := json.Unmarshal(d.Message, &l); err != nil || d.Ref == "" || len(l.Message.Buttons) == 0 {
		return false, err
	}
	l.Message.Blocks = append(l.Message.Blocks, Block{Text: text})
	if ev.Kind != KindWithdrawn {
		l.Message.Buttons = append(l.Message.Buttons, Button{KindWithdrawn, Phrase("button_withdraw")})
	}
	return true, p.Update(ctx, l.To, MessageRef(d.Ref), l.Message)
}

// ignoreNotFound returns nil for what was never there or is kept no more.
func ignoreNotFound(err error) error {
	if errors.Is(err, bot.ErrNotFound) {
		return nil
	}
	return err
}
