package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/wence-bot/wence/bot"
)

// encode returns the address as a ticket keeps it, so that a person's reply finds the way
// back; nil if nothing can be sent there.
func (a Address) encode() []byte {
	if a == (Address{}) {
		return nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("adapters: an address is no JSON: %v", err)) // it holds strings, numbers and times only
	}
	return b
}

// AddressOf returns where an answer was sent, as a ticket about it keeps it: for who asks
// for a person elsewhere than in the chat. nil if it was sent nowhere, or long ago.
func AddressOf(ctx context.Context, q bot.Queue, answer bot.Exchange) ([]byte, error) {
	deliveries, _, err := q.Deliveries(ctx, answer.Channel, answer.ID)
	if err != nil || len(deliveries) == 0 {
		return nil, ignoreNotFound(err)
	}
	var l letter
	if err := json.Unmarshal(deliveries[0].Message, &l); err != nil {
		return nil, fmt.Errorf("where answer %s was sent: %w: %w", answer.ID, bot.ErrDamaged, err)
	}
	return l.To.encode(), nil
}

// Words are what a person tells an asker.
type Words struct {
	Text, By string
	KeepOpen bool // the ticket stays open
}

// A Way is how a reply reaches the asker.
type Way string

// The ways of a reply.
const (
	WayNow   Way = "now"   // it is being sent
	WayLater Way = "later" // it is sent once its channel runs
	WayFetch Way = "fetch" // nothing is sent: the asker sees it, now or when they come back
)

// Reply answers a ticket: when it returns the reply is kept, and will reach the asker once.
// The same words again do nothing: fresh is false. g is nil where no gateway runs. Errors
// are those of bot.NewReply and bot.Desk.
func Reply(ctx context.Context, desk bot.Desk, g *Gateway, t bot.Ticket, w Words) (way Way, fresh bool, err error) {
	r, err := bot.NewReply(t, bot.ReplyID(t, w.Text), w.Text, w.By, time.Now())
	if err == nil {
		err = addressReply(t, &r)
	}
	if err != nil {
		return "", false, err
	}
	r.KeepOpen = w.KeepOpen
	if fresh, err = desk.Reply(ctx, r); err != nil {
		return "", false, err
	}
	switch {
	case r.Inbound == nil:
		return WayFetch, fresh, nil
	case fresh && g != nil && g.take(*r.Inbound):
		return WayNow, fresh, nil
	}
	return WayLater, fresh, nil
}

// addressReply gives a reply what it needs to be sent by the gateway of its channel, if that
// can reach the asker. The gateway takes it up with take, or with its next look at the
// queue.
func addressReply(t bot.Ticket, r *bot.PersonalReply) error {
	if len(t.Address) == 0 {
		return nil
	}
	var to Address
	if err := json.Unmarshal(t.Address, &to); err != nil {
		return fmt.Errorf("ticket %s: its address cannot be read: %w: %w", t.ID, bot.ErrDamaged, err)
	}
	e := r.Exchange
	body, err := json.Marshal(Event{
		Kind: kindReply, Keys: []string{e.ID}, Conversation: e.Conversation, User: e.User, Text: e.Answer.Text, Answer: t.ID, At: e.Answered, To: to,
	})
	if err != nil {
		return fmt.Errorf("ticket %s: %w", t.ID, err)
	}
	r.Inbound = &bot.Inbound{ID: e.ID, Channel: e.Channel, Conversation: e.Conversation, Event: body, Received: e.Answered}
	return nil
}

// take takes up a reply that was put into the queue beside the gateway, at once. Without
// it that takes a minute. running is false if its channel is not running.
func (g *Gateway) take(in bot.Inbound) (running bool) {
	g.resume([]bot.Inbound{in}, nil)
	return g.channels[in.Channel] != nil
}

// missed returns the replies that could not be sent, for a platform may let nobody write to
// somebody who has not written for a while: now they have. First they are marked as told
// together with this message, so that they are told with it and with no other, whatever
// crashes in between.
func (g *Gateway) missed(ctx context.Context, in bot.Inbound) ([]Block, error) {
	replies, err := g.config.Reception.Replies(ctx, in.Channel, in.Conversation)
	if err != nil || len(replies) == 0 {
		return nil, err
	}
	stuck, err := g.config.Queue.Stuck(ctx, stuckRead)
	if err != nil {
		return nil, err
	}
	var out []Block
	for _, e := range replies {
		told := false
		for _, d := range stuck {
			if d.Channel != in.Channel || d.Answer != e.ID || d.State != bot.DeliveryDead || d.Ref != "" && d.Ref != in.ID {
				continue
			}
			if told = true; d.Ref == "" {
				d.Ref, d.Error = in.ID, "told with answer "+in.ID+", for: "+d.Error
				if err := g.config.Queue.Update(ctx, d); err != nil {
					return nil, err
				}
			}
		}
		if told {
			out = append(out, personalBlocks(e.Answer.Ticket, e.Answer.Text)...)
		}
	}
	return out, nil
}

// stuckRead bounds among how many messages that were not delivered replies are looked for.
const stuckRead = 1000

// personalBlocks are a person's words, marked as such, never a quote.
func personalBlocks(ticket, text string) []Block {
	return []Block{{Text: Phrase("reply_head", "ticket", ticket)}, {Text: text}, {Text: Phrase("reply_foot")}}
}

// personal is a person's reply as a message.
func personal(c *channel, ev Event) Outbound {
	m := Outbound{Outcome: string(bot.Replied), Blocks: personalBlocks(ev.Answer, ev.Text)}
	m.Answer = ev.Keys[0]
	if c.caps.Buttons {
		m.Buttons = buttons(bot.Answered)
	}
	return m
}

// ticket keeps an exchange and opens the ticket that it leads to.
func (g *Gateway) ticket(ctx context.Context, c *channel, ev Event, e bot.Exchange) (bot.Ticket, bool, error) {
	if err := g.config.Reception.Keep(ctx, e); err != nil {
		return bot.Ticket{}, false, err
	}
	return g.config.Reception.HandOver(ctx, bot.Ticket{Channel: c.ID(), Conversation: ev.Conversation, User: ev.User, Answer: e.ID, Address: ev.To.encode()})
}

// ticketPhrase is what the asker reads. It promises no more than there is: somebody is
// told, or the ticket waits until somebody looks.
func (g *Gateway) ticketPhrase(t bot.Ticket, opened bool) string {
	switch {
	case !opened && !t.IsOpen():
		return Phrase("ticket_closed", "ticket", t.ID)
	case !opened:
		return Phrase("ticket_again", "ticket", t.ID)
	case len(g.config.Notices) > 0:
		return Phrase("ticket_told", "ticket", t.ID)
	}
	return Phrase("ticket", "ticket", t.ID)
}

// notices tell whoever is to know about a ticket. Their keys are made of the message,
// so that they are sent once even if this is done twice.
func (g *Gateway) notices(in bot.Inbound, ev Event, t bot.Ticket) []bot.Delivery {
	who := ev.Name
	if who == "" {
		who = ev.User
	}
	text := noticeText(t, who)
	var out []bot.Delivery
	for i, n := range g.config.Notices {
		m := say(text)
		m.Key = fmt.Sprintf("%s-n%d", in.ID, i+1)
		for _, part := range Split(m, g.channels[n.Channel].caps, n.To.Limit, "") {
			out = append(out, pack(n.Channel, n.conversation(), letter{To: n.To, Message: part}))
		}
	}
	return out
}

func noticeText(t bot.Ticket, who string) string {
	return Phrase("notice_ticket", "ticket", t.ID, "channel", t.Channel, "user", oneLine(who, maxNotice), "question", oneLine(t.Question, maxNotice))
}

// Tell tells whoever is to know about a ticket that another door than a platform opened,
// as the chat page does: each once, however often it is called within 48 hours.
func (g *Gateway) Tell(ctx context.Context, t bot.Ticket) error {
	var errs []error
	for _, n := range g.config.Notices {
		errs = append(errs, g.Notify(ctx, "ticket "+t.ID, n, noticeText(t, "")))
	}
	return errors.Join(errs...)
}

// maxNotice bounds what a notice repeats of what somebody typed, in runes.
const maxNotice = 300

// oneLine returns what a stranger typed, at most limit runes of it, such that it cannot
// pass for lines of a notice.
func oneLine(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return s
}

// human opens a ticket for somebody who pressed 转人工.
func (g *Gateway) human(ctx context.Context, c *channel, in bot.Inbound, ev Event) (result, error) {
	var t bot.Ticket
	opened, err := false, bot.ErrNotFound
	if ev.Answer != "" {
		t, opened, err = g.config.Reception.HandOver(ctx, bot.Ticket{
			Channel: c.ID(), Conversation: ev.Conversation, User: ev.User, Answer: ev.Answer, Question: ev.Text, Address: ev.To.encode(),
		})
	}
	if errors.Is(err, bot.ErrNotFound) {
		// No answer led to it, so the wish itself is kept as an exchange: done twice, it
		// is still one ticket.
		now := time.Now().UTC()
		question := ev.Text
		if question == "" {
			question = Phrase("button_human")
		}
		t, opened, err = g.ticket(ctx, c, ev, bot.Exchange{
			ID: in.ID, Channel: c.ID(), Conversation: ev.Conversation, User: ev.User, Question: question, Asked: now, Answered: now,
			Answer: bot.Answer{ID: in.ID, Outcome: bot.HandedOver, Text: Phrase("button_human")},
		})
	}
	if err != nil {
		return result{}, err
	}
	r := result{reply: say(g.ticketPhrase(t, opened)), then: func() { g.pressed(c, ev) }}
	if opened {
		r.notices = g.notices(in, ev, t)
	}
	return r, nil
}
