package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// ticketCmd is what an agent does with what was handed over.
type ticketCmd struct {
	List   ticketListCmd   `cmd:"" help:"List the open tickets, oldest first: what is asked, what the bot had said, whom to dispatch to."`
	Show   ticketShowCmd   `cmd:"" help:"Show the whole conversation of a ticket, and what became of each reply."`
	Answer ticketAnswerCmd `cmd:"" help:"Send a reply to the asker's own channel, marked as a person's, and close the ticket."`
	Close  ticketCloseCmd  `cmd:"" help:"Close a ticket, or assess one that is closed: solved or unsolved."`
}

// The bounds of what a list shows: tickets, and runes of a text.
const (
	maxTickets = 1000
	maxShown   = 100
)

type ticketListCmd struct {
	storeFlag `embed:""`
	Limit     int `help:"How many at most." default:"50"`
}

// Run lists.
func (c ticketListCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		tickets, err := h.store.OpenTickets(ctx, min(c.Limit, maxTickets))
		if err != nil {
			return err
		}
		for _, t := range tickets {
			k, err := bot.CaseOf(ctx, h.store, t)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s  %s  %s  %s\n", t.ID, age(time.Since(t.Opened)), t.Channel, short(t.Question))
			if b := k.Before; b != nil {
				if !strings.HasPrefix(t.Question, b.Question) {
					fmt.Fprintf(s.out, "    asked before: %s\n", short(b.Question))
				}
				fmt.Fprintf(s.out, "    the bot said (%s): %s\n", b.Answer.Outcome, short(b.Answer.Text))
			}
			if len(k.Bureaus) > 0 {
				fmt.Fprintf(s.out, "    dispatch to: %s\n", strings.Join(k.Bureaus, "、"))
			}
		}
		open, _, err := h.store.Backlog(ctx)
		if err == nil && open > len(tickets) {
			fmt.Fprintf(s.out, "… and %d more\n", open-len(tickets))
		}
		return err
	})
}

// age is how long a ticket has waited, for people.
func age(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// short is a text in one line of a list.
func short(s string) string {
	s = strings.Join(strings.Fields(printable(s)), " ")
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}

// printable leaves out of a stranger's words what a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069) {
			return ' '
		}
		return r
	}, s)
}

type ticketShowCmd struct {
	storeFlag `embed:""`
	Ticket    string `arg:"" help:"The ticket, as in T-000001."`
}

// Run shows.
func (c ticketShowCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		t, err := h.store.Ticket(ctx, c.Ticket)
		if err != nil {
			return errTickets(err)
		}
		k, err := bot.CaseOf(ctx, h.store, t)
		if err != nil {
			return err
		}
		state := "open for " + age(time.Since(t.Opened))
		if !t.IsOpen() {
			state = strings.TrimSpace("closed " + moment(t.Closed) + " " + string(t.Assessment) + " " + short(t.Reason))
		}
		fmt.Fprintf(s.out, "%s  %s  opened %s  %s\n", t.ID, t.Channel, moment(t.Opened), state)
		if len(k.Bureaus) > 0 {
			fmt.Fprintf(s.out, "dispatch to: %s\n", strings.Join(k.Bureaus, "、"))
		}
		for _, e := range k.Conversation {
			if err := h.showExchange(ctx, s, e, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func moment(t time.Time) string { return t.In(corpus.China).Format("2006-01-02 15:04") }

// showExchange prints a question with its answer, or a person's reply with how far it has come.
func (h *house) showExchange(ctx context.Context, s streams, e bot.Exchange, t bot.Ticket) error {
	if e.Question == "" {
		fmt.Fprintf(s.out, "\n[%s] —— began anew ——\n", moment(e.Asked))
		return nil
	}
	mark := ""
	if e.ID == t.Answer {
		mark = "  ← " + t.ID
	}
	if e.Answer.Outcome == bot.Replied {
		sent, err := h.sent(ctx, e)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "\n[%s] a person, to %s (%s):\n%s\n", moment(e.Answered), e.Answer.Ticket, sent, printable(e.Answer.Text))
	} else {
		fmt.Fprintf(s.out, "\n[%s] asked:%s\n%s\nthe bot (%s):\n%s\n", moment(e.Asked), mark, printable(e.Question), e.Answer.Outcome, printable(e.Answer.Text))
	}
	votes, err := h.store.FeedbackOn(ctx, e.ID)
	if err != nil {
		return err
	}
	for _, v := range votes {
		if v.Vote != bot.VoteNone {
			fmt.Fprintf(s.out, "voted: %s %s\n", v.Vote, short(v.Reason))
		}
	}
	return nil
}

// sent returns how far a reply has come on its way to the asker.
func (h *house) sent(ctx context.Context, e bot.Exchange) (string, error) {
	deliveries, completed, err := h.store.Deliveries(ctx, e.Channel, e.ID)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return "kept in the conversation", nil // of a channel that is not sent to, or long ago
	case err != nil:
		return "", err
	case !completed:
		return "waits for wence serve with this channel", nil
	}
	out := make([]string, len(deliveries))
	for i, d := range deliveries {
		out[i] = strings.TrimSpace(string(d.State) + " " + short(d.Error))
	}
	return strings.Join(out, ", "), nil
}

type ticketAnswerCmd struct {
	storeFlag `embed:""`
	By        string `help:"Who answers, for the log; default: the user of this machine." placeholder:"NAME"`
	KeepOpen  bool   `help:"Leave the ticket open: more is to come."`
	Ticket    string `arg:"" help:"The ticket, as in T-000001."`
	Text      string `arg:"" optional:"" help:"What to tell the asker; standard input if left out."`
}

// Run answers. What it says is done is kept and will be sent.
func (c ticketAnswerCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		if c.Text == "" {
			raw, err := io.ReadAll(io.LimitReader(s.in, bot.MaxReply+1))
			if err != nil {
				return fmt.Errorf("read the reply: %w", err)
			}
			c.Text = string(raw)
		}
		t, err := h.store.Ticket(ctx, c.Ticket)
		if err != nil {
			return errTickets(err)
		}
		sent, fresh, err := adapters.Reply(ctx, h.store, h.gateway, t, adapters.Words{Text: c.Text, By: who(s, c.By), KeepOpen: c.KeepOpen})
		if errors.Is(err, bot.ErrConflict) {
			err = fmt.Errorf("%w: %s is closed, and who asked can ask for a person again; see \"wence ticket show %s\"", err, t.ID, t.ID)
		}
		if err != nil {
			return err
		}
		if !fresh {
			_, err = fmt.Fprintf(s.out, "%s was answered in these words before; nothing is sent again\n", t.ID)
			return err
		}
		state := "closed"
		if c.KeepOpen {
			state = "open"
		}
		_, err = fmt.Fprintf(s.out, "%s is answered and %s: %s\n", t.ID, state, map[adapters.Way]string{
			adapters.WayNow:   "the reply is on its way to " + t.Channel + "; wence ticket show says whether it has arrived",
			adapters.WayLater: "the reply is kept, and sent once wence serve runs with the channel " + t.Channel,
			adapters.WayFetch: "the asker sees the reply in " + t.Channel + ", now or when they come back",
		}[sent])
		return err
	})
}

type ticketCloseCmd struct {
	storeFlag  `embed:""`
	actFlags   `embed:""`
	Ticket     string `arg:"" help:"The ticket, as in T-000001."`
	Assessment string `arg:"" enum:"solved,unsolved" help:"What came of it: solved or unsolved."`
}

// Run closes.
func (c ticketCloseCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		t, err := h.store.CloseTicket(ctx, c.Ticket, bot.Closing{Assessment: bot.Assessment(c.Assessment), By: who(s, c.By), Reason: c.Reason})
		if err != nil {
			return errTickets(err)
		}
		_, err = fmt.Fprintf(s.out, "%s is closed: %s\n", t.ID, t.Assessment)
		return err
	})
}

// errTickets helps who gave the wrong number.
func errTickets(err error) error {
	if errors.Is(err, bot.ErrNotFound) {
		return fmt.Errorf("%w; \"wence ticket list\" prints the numbers, as in T-000001", err)
	}
	return err
}
