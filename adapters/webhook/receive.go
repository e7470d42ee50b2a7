package webhook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// How long /sync waits.
const (
	syncDefault = 8 * time.Second
	syncMost    = 25 * time.Second
)

// busyAfter is what Retry-After says when the queue is full, in seconds.
const busyAfter = "5"

// Path returns the path of a channel's route for questions; the others are below it.
func Path(id string) string { return "/ch/" + strings.Replace(id, ":", "/", 1) }

// Routes implements adapters.Platform.
func (p *Platform) Routes(in adapters.Inbox) []adapters.Route {
	base := Path(p.id)
	var out []adapters.Route
	for _, r := range []struct {
		path   string
		handle func(c call) error
	}{
		{base, call.ask}, {base + "/sync", call.sync}, {base + "/answer", call.answer},
		{base + "/feedback", call.feedback}, {base + "/handoff", call.handoff}, {base + "/reset", call.reset},
	} {
		out = append(out, adapters.Route{Method: http.MethodPost, Path: r.path, Handler: p.handler(in, r.handle)})
	}
	return out
}

// A call is one verified request.
type call struct {
	*Platform
	request
	in  adapters.Inbox
	ctx context.Context
	id  string // webhook-id
	w   http.ResponseWriter
}

// An invalid is an error that the other system can mend.
type invalid string

func (i invalid) Error() string { return string(i) }

// handler verifies, parses, and says in JSON what went wrong.
func (p *Platform) handler(in adapters.Inbox, handle func(call) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := adapters.ReadBody(w, r)
		if !ok {
			return
		}
		id, err := p.signer.verify(r.Header, body, p.now())
		if err != nil {
			p.log.Warn("a request was refused", slog.String("channel", p.id), slog.Any("error", err))
			respond(w, http.StatusUnauthorized, map[string]string{"error": err.Error()})
			return
		}
		c := call{Platform: p, in: in, ctx: r.Context(), id: id, w: w}
		if c.request, err = parse(body); err != nil {
			err = invalid(err.Error())
		} else {
			err = handle(c)
		}
		var wrong invalid
		switch {
		case err == nil:
		case errors.As(err, &wrong):
			respond(w, http.StatusBadRequest, map[string]string{"error": wrong.Error()})
		case errors.Is(err, bot.ErrNotFound):
			respond(w, http.StatusNotFound, map[string]string{"error": "there is no such answer"})
		default: // it was logged where it happened
			respond(w, http.StatusInternalServerError, map[string]string{"error": "it could not be kept; send it again"})
		}
	})
}

func respond(w http.ResponseWriter, status int, v any) {
	_ = tryRespond(w, status, v) // who has gone does not hear it
}

func tryRespond(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(encode(v))
	return err
}

// event returns the event of a call.
func (c call) event(kind adapters.Kind) (adapters.Event, error) {
	if c.SessionID == "" {
		return adapters.Event{}, invalid("session_id is missing")
	}
	ev := adapters.Event{
		Kind: kind, Keys: []string{c.id}, Conversation: c.SessionID, User: c.User.ID, Name: c.User.Name, Text: c.Text,
		Answer: c.AnswerID, Reason: c.Reason, At: c.now(),
		To: adapters.Address{Conversation: c.SessionID, User: c.User.ID, Message: c.id, Format: c.Reply.Format, Limit: c.Reply.MaxRunes},
	}
	if c.callback == "" {
		ev.PullFor = adapters.PullOnly
	}
	return ev, nil
}

// accept keeps an event. If the queue is full it answers 429 and returns ok = false.
func (c call) accept(ev adapters.Event) (answer string, ok bool, err error) {
	receipt, err := c.in.Accept(c.ctx, ev)
	if err != nil {
		return "", false, err
	}
	if receipt.Verdict == adapters.Busy {
		c.w.Header().Set("Retry-After", busyAfter)
		respond(c.w, http.StatusTooManyRequests, map[string]string{"error": adapters.Phrase("busy")})
		return "", false, nil
	}
	return receipt.Answer, true, nil
}

// acknowledge keeps an event and answers 202 with the ID of the answer to come.
func (c call) acknowledge(ev adapters.Event, err error) error {
	if err != nil {
		return err
	}
	answer, ok, err := c.accept(ev)
	if ok {
		respond(c.w, http.StatusAccepted, map[string]string{"answer_id": answer})
	}
	return err
}

// question returns the event of a question.
func (c call) question() (adapters.Event, error) {
	if strings.TrimSpace(c.Text) == "" {
		return adapters.Event{}, invalid("text is missing")
	}
	return c.event(adapters.KindText)
}

// ask takes in a question that is answered by callback.
func (c call) ask() error { return c.acknowledge(c.question()) }

// sync takes in a question and waits for its answer, but not longer than the deadline.
func (c call) sync() error {
	ev, err := c.question()
	if err != nil {
		return err
	}
	deadline := time.Duration(c.DeadlineMS) * time.Millisecond
	switch {
	case deadline == 0:
		deadline = syncDefault
	case deadline < 0 || deadline > syncMost:
		return invalid("deadline_ms must be from 1 to 25000")
	}
	ev.PullFor = adapters.PullOnly
	answer, ok, err := c.accept(ev)
	if err != nil || !ok {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, deadline)
	defer cancel()
	progress, err := c.in.Wait(ctx, answer)
	if err != nil {
		return err
	}
	return c.tell(answer, ev.To, progress)
}

// answer returns the answer to a question that was asked before.
func (c call) answer() error {
	if c.AnswerID == "" {
		return invalid("answer_id is missing")
	}
	progress, err := c.in.Progress(c.ctx, c.AnswerID)
	if err != nil {
		return err
	}
	return c.tell(c.AnswerID, adapters.Address{Conversation: c.SessionID}, progress)
}

// tell answers 200 with all parts of an answer, or 202 if it is not finished.
func (c call) tell(answer string, to adapters.Address, p adapters.Progress) error {
	if !p.Finished {
		respond(c.w, http.StatusAccepted, map[string]string{"answer_id": answer})
		return nil
	}
	parts := []callback{}
	for _, m := range p.Parts {
		part := newCallback(to, m)
		part.AnswerID = answer
		parts = append(parts, part)
	}
	begun := false
	err := c.in.HandOut(context.WithoutCancel(c.ctx), answer, func() error {
		begun = true
		return tryRespond(c.w, http.StatusOK, map[string]any{"answer_id": answer, "parts": parts})
	})
	if err != nil && begun {
		c.log.Warn("it is not known whether an answer was fetched", slog.String("channel", c.Platform.id), slog.Any("error", err))
		return nil
	}
	return err
}

// feedback takes in a vote.
func (c call) feedback() error {
	kind, ok := map[string]adapters.Kind{"up": adapters.KindUp, "down": adapters.KindDown, "none": adapters.KindWithdrawn}[c.Vote]
	switch {
	case !ok:
		return invalid("vote must be up, down or none")
	case c.AnswerID == "":
		return invalid("answer_id is missing")
	}
	return c.acknowledge(c.event(kind))
}

// handoff takes in the wish for a person; the ticket's number comes as the answer.
func (c call) handoff() error { return c.acknowledge(c.event(adapters.KindHuman)) }

// reset begins the conversation anew.
func (c call) reset() error { return c.acknowledge(c.event(adapters.KindReset)) }
