package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

const (
	heartbeat = 15 * time.Second // keeps the streams of who waits alive
	// eventTime is how long a client may take for what it is sent: a slow one is cut off
	// and comes back for the rest.
	eventTime = 10 * time.Second
)

const eventsPath = "/chat/answers/:id/events"

// An event is one step of an answer. Its ID is its place in the answer, from 1, so the
// same answer always has the same events.
type event struct {
	Name string // block: HTML to append; done: the last block; failed: a person's words
	Data string
}

// events streams an answer as server-sent events, each a block that was verified. A
// client that has lost its connection goes on behind Last-Event-ID.
func (s *Server) events(g *gin.Context) {
	t, after, ok := s.resume(g)
	if !ok {
		return
	}
	if s.streaming.Load() >= maxStreams {
		s.problem(g, busy)
		return
	}
	if !t.waitFor(g.Request.Context(), s.times.soon) {
		if g.Request.Context().Err() != nil || isHead(g.Request) {
			return
		}
		switch err := s.park(g, t, after); {
		case errors.Is(err, errLeft): // the answer has come meanwhile, or the server stops
		case err != nil:
			s.fail(g, err)
			return
		default:
			return
		}
	}
	s.deliver(g, t, after)
}

// resume returns the turn that a request is about, made of the records if it was kept
// before, and behind which event to go on; ok is false, and the problem told, if there is
// no such answer.
func (s *Server) resume(g *gin.Context) (t *turn, after int, ok bool) {
	after, err := strconv.Atoi("0" + g.GetHeader("Last-Event-ID"))
	if err != nil || after < 0 {
		s.problem(g, badEventID)
		return nil, 0, false
	}
	if t = s.turns.find(g.Param("id")); t != nil {
		return t, after, true
	}
	e, ok := s.exchange(g)
	t = &turn{done: make(chan struct{}), reply: bot.Reply{Exchange: e}}
	close(t.done)
	return t, after, ok
}

// waitFor waits for the answer for a while and reports whether it is there.
func (t *turn) waitFor(client context.Context, d time.Duration) bool {
	select {
	case <-t.done:
		return true
	default:
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.done:
		return true
	case <-client.Done():
	case <-timer.C:
	}
	return false
}

// deliver sends the events of a turn behind one, all that there are: they were made
// before the first is sent. Of a turn that is not done, for the server stops, there are
// none, and the client comes back.
func (s *Server) deliver(g *gin.Context, t *turn, after int) {
	s.streamBegins()
	defer s.streamEnds()
	all, err := s.eventsOfTurn(g.Request.Context(), t)
	if err != nil {
		g.Error(err) //nolint:errcheck // it returns what it was given
	}
	body := frames([]byte(streamBegin), all, after)
	h := g.Writer.Header()
	streamHeader(h)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	// A writer that knows no deadlines is that of a test.
	_ = http.NewResponseController(g.Writer).SetWriteDeadline(time.Now().Add(eventTime))
	_, _ = g.Writer.Write(body) // who does not take it comes back
}

// eventsOfTurn returns all events of a turn that is done, and none of another. With an
// error they say that there is no answer.
func (s *Server) eventsOfTurn(ctx context.Context, t *turn) ([]event, error) {
	select {
	case <-t.done:
	default:
		return nil, nil
	}
	if t.err != nil { // it was logged
		return []event{failedEvent}, nil
	}
	all, err := s.eventsOf(ctx, t.reply.Exchange)
	if err != nil {
		return []event{failedEvent}, err
	}
	return all, nil
}

// streamBegins and streamEnds count the streams.
func (s *Server) streamBegins() {
	s.streaming.Add(1)
	s.metrics.streams.Inc()
}

func (s *Server) streamEnds() {
	s.metrics.streams.Dec()
	s.streaming.Add(-1)
}

var failedEvent = event{"failed", "这个问题没有查成，请再问一次。"}

// eventsOf returns all events of an answer.
func (s *Server) eventsOf(ctx context.Context, e bot.Exchange) ([]event, error) {
	t, err := s.answerView(ctx, e)
	if err != nil {
		return nil, err
	}
	if e.Answer.Outcome == bot.HandedOver { // a ticket was opened at once
		all, err := s.turnViews(ctx, e.Conversation, e)
		if err != nil {
			return nil, err
		}
		t = all[0]
	}
	var out []event
	add := func(name, piece string, data any) error {
		html, err := s.piece(piece, data)
		out = append(out, event{name, html})
		return err
	}
	if len(t.Lines) > 0 {
		if err := add("block", "lines", t); err != nil {
			return nil, err
		}
	}
	for _, m := range t.Matters {
		if err := add("block", "matter", m); err != nil {
			return nil, err
		}
	}
	return out, add("done", "end", t)
}

// What a stream begins with, and what keeps it alive: see
// https://html.spec.whatwg.org/multipage/server-sent-events.html
const (
	streamBegin = "retry: 1500\n\n"
	streamPing  = ": ping\n\n"
)

func streamHeader(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
}

// frames appends the events behind one as they are sent, with their IDs, to out.
func frames(out []byte, all []event, after int) []byte {
	size := 0
	for _, e := range all {
		const around = 48 // id, event, and data once more for some lines
		size += len(e.Data) + len(e.Data)/8 + around
	}
	out = slices.Grow(out, size)
	for i, e := range all {
		if i+1 <= after {
			continue
		}
		out = fmt.Appendf(out, "id: %d\nevent: %s\n", i+1, e.Name)
		for line := range strings.SplitSeq(e.Data, "\n") {
			out = append(out, "data: "...)
			out = append(out, strings.ReplaceAll(line, "\r", "")...)
			out = append(out, '\n')
		}
		out = append(out, '\n')
	}
	return out
}
