package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// ticketView is a ticket as a desk sees it.
type ticketView struct {
	ID         string         `json:"id"`
	State      string         `json:"state"` // open or closed
	Channel    string         `json:"channel"`
	Question   string         `json:"question"`
	Answer     string         `json:"answer"` // ID of the answer that led to it; may be empty
	Opened     time.Time      `json:"opened"`
	Closed     *time.Time     `json:"closed"` // null: it is open
	Assessment bot.Assessment `json:"assessment"`
	Reason     string         `json:"reason"`
	Bureaus    []string       `json:"bureaus"` // whom to dispatch to
	Before     *turnView      `json:"before"`  // what the bot had said; null: nothing about policy
}

// turnView is a question with its answer, or what a person replied.
type turnView struct {
	ID       string      `json:"id"`
	Question string      `json:"question"`
	Outcome  bot.Outcome `json:"outcome"`
	Text     string      `json:"text"`
	At       time.Time   `json:"at"`
}

// ticketPage is the open tickets, oldest first.
type ticketPage struct {
	Data []ticketView `json:"data"`
	Open int          `json:"open"` // how many there are, also those beyond the limit
}

// caseView is a ticket with its whole conversation.
type caseView struct {
	Ticket       ticketView `json:"ticket"`
	Conversation []turnView `json:"conversation"`
}

// The limits of a list of tickets.
const (
	usualTickets = 50
	maxTickets   = 200
)

// repliesIn returns what persons have replied in a conversation.
func repliesIn(all []bot.Exchange) []turnView {
	out := []turnView{}
	for _, e := range all {
		if e.Answer.Outcome == bot.Replied {
			out = append(out, turnOf(e))
		}
	}
	return out
}

func turnOf(e bot.Exchange) turnView {
	return turnView{ID: e.ID, Question: e.Question, Outcome: e.Answer.Outcome, Text: e.Answer.Text, At: e.Asked}
}

func ticketOf(c bot.Case) ticketView {
	t := c.Ticket
	v := ticketView{
		ID: t.ID, State: "open", Channel: t.Channel, Question: t.Question, Answer: t.Answer, Opened: t.Opened,
		Assessment: t.Assessment, Reason: t.Reason, Bureaus: append([]string{}, c.Bureaus...),
	}
	if !t.IsOpen() {
		v.State, v.Closed = "closed", &t.Closed
	}
	if c.Before != nil {
		before := turnOf(*c.Before)
		v.Before = &before
	}
	return v
}

// tickets lists the open tickets.
func (a *API) tickets(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "limit")
	if err != nil {
		return err
	}
	limit := usualTickets
	if q["limit"] != "" {
		if limit, err = strconv.Atoi(q["limit"]); err != nil || limit < 1 || limit > maxTickets {
			return badRequest("limit 是 1 到 %d 的整数。", maxTickets)
		}
	}
	open, err := a.Desk.OpenTickets(r.Context(), limit)
	if err != nil {
		return err
	}
	p := ticketPage{Data: []ticketView{}}
	for _, t := range open {
		c, err := bot.CaseOf(r.Context(), a.Records, t)
		if err != nil {
			return err
		}
		p.Data = append(p.Data, ticketOf(c))
	}
	if p.Open, _, err = a.Desk.Backlog(r.Context()); err != nil {
		return err
	}
	return writeJSON(w, p)
}

// ticket returns a ticket with its conversation.
func (a *API) ticket(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	t, err := a.Desk.Ticket(r.Context(), r.PathValue("id"))
	if err != nil {
		return noTicket(err)
	}
	return a.writeCase(w, r, t)
}

func (a *API) writeCase(w http.ResponseWriter, r *http.Request, t bot.Ticket) error {
	c, err := bot.CaseOf(r.Context(), a.Records, t)
	if err != nil {
		return err
	}
	v := caseView{Ticket: ticketOf(c), Conversation: []turnView{}}
	for _, e := range c.Conversation {
		if e.Question != "" { // else it began anew
			v.Conversation = append(v.Conversation, turnOf(e))
		}
	}
	return writeJSON(w, v)
}

// replyRequest is what a person tells the asker.
type replyRequest struct {
	Text     string `json:"text"`
	By       string `json:"by"` // who answers, for the audit trail
	KeepOpen bool   `json:"keep_open"`
}

// reply sends a person's reply to the asker. The same words again do nothing.
func (a *API) reply(w http.ResponseWriter, r *http.Request) error {
	var in replyRequest
	if err := readJSON(r, true, &in); err != nil {
		return err
	}
	by, err := agent(r, in.By, in.Text)
	if err != nil {
		return err
	}
	t, err := a.Desk.Ticket(r.Context(), r.PathValue("id"))
	if err != nil {
		return noTicket(err)
	}
	_, _, err = adapters.Reply(r.Context(), a.Desk, a.Gateway, t, adapters.Words{Text: in.Text, By: by, KeepOpen: in.KeepOpen})
	switch {
	case errors.Is(err, bot.ErrInvalid):
		return badRequest("text 是要告诉提问人的话,不能为空,最多 %d 字节。", bot.MaxReply)
	case errors.Is(err, bot.ErrConflict):
		return refuse(http.StatusConflict, kindConflict, "工单已经办结", "提问人可以再次转人工;要分几次答复,请设 keep_open。")
	case err != nil:
		return err
	}
	if t, err = a.Desk.Ticket(r.Context(), t.ID); err != nil {
		return err
	}
	return a.writeCase(w, r, t)
}

// closeRequest says what came of a ticket.
type closeRequest struct {
	Assessment string `json:"assessment"`
	By         string `json:"by"`
	Reason     string `json:"reason"`
}

// closeTicket closes a ticket, or assesses one that is closed.
func (a *API) closeTicket(w http.ResponseWriter, r *http.Request) error {
	var in closeRequest
	if err := readJSON(r, true, &in); err != nil {
		return err
	}
	if in.Assessment == "" {
		return badRequest("缺少 assessment:solved 或 unsolved。")
	}
	if err := oneOf("assessment", in.Assessment, bot.Solved, bot.Unsolved); err != nil {
		return err
	}
	if utf8.RuneCountInString(in.Reason) > maxReason {
		return badRequest("reason 最多 %d 个字符。", maxReason)
	}
	by, err := agent(r, in.By, in.Reason)
	if err != nil {
		return err
	}
	t, err := a.Desk.CloseTicket(r.Context(), r.PathValue("id"), bot.Closing{Assessment: bot.Assessment(in.Assessment), By: by, Reason: in.Reason})
	if err != nil {
		return noTicket(err)
	}
	return a.writeCase(w, r, t)
}

// noTicket helps who gave the wrong number.
func noTicket(err error) error {
	if errors.Is(err, bot.ErrNotFound) {
		return refuse(http.StatusNotFound, kindNotFound, "没有这个工单", "请检查工单号,例如 T-000001;待办的在 GET /api/v1/tickets。")
	}
	return err
}

// agent names who works on a ticket: the key, and whom its owner names.
func agent(r *http.Request, by, text string) (string, error) {
	if utf8.RuneCountInString(by) > maxID {
		return "", badRequest("by 最多 %d 个字符。", maxID)
	}
	if err := checkText("请求", by, text); err != nil {
		return "", err
	}
	name := "key " + callerOf(r.Context()).name
	if by != "" {
		name += " " + by
	}
	return name, nil
}
