package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

const (
	heartbeat = 15 * time.Second
	// eventTime is how long a client may take for one event: a slow one is cut off and
	// comes back for the rest.
	eventTime = 10 * time.Second
)

// An event is one step of an answer. Its ID is its place in the answer, from 1, so the
// same answer always has the same events.
type event struct {
	Name string // block: HTML to append; done: the last block; failed: a person's words
	Data string
}

// events streams an answer as server-sent events, each a block that was verified. A
// client that has lost its connection goes on behind Last-Event-ID. While it waits its
// stack is small, for many may wait: what needs more room is in deliver.
func (s *Server) events(g *gin.Context) {
	after, err := strconv.Atoi("0" + g.GetHeader("Last-Event-ID"))
	if err != nil || after < 0 {
		s.problem(g, badEventID)
		return
	}
	t := s.pending.turn(g.Param("id"))
	if t == nil && !s.isKept(g) {
		return
	}
	if s.streaming.Add(1) > maxStreams {
		s.streaming.Add(-1)
		s.problem(g, busy)
		return
	}
	s.metrics.streams.Inc()
	defer func() { s.streaming.Add(-1); s.metrics.streams.Dec() }()
	h := g.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w := stream{g.Writer, http.NewResponseController(g.Writer)}
	if !w.send("retry: 1500\n\n") {
		return
	}
	if t != nil && !w.wait(g.Request.Context(), s.stopped, t.done) {
		return // the client has gone, or will come back to whoever starts next
	}
	s.deliver(g, w, t, after)
}

// isKept reports whether the answer of the path is in the records; if not it says so.
func (s *Server) isKept(g *gin.Context) bool {
	_, ok := s.exchange(g)
	return ok
}

// deliver sends the events of an answer behind one; t is its turn if it was made just now.
func (s *Server) deliver(g *gin.Context, w stream, t *turn, after int) {
	var e bot.Exchange
	var err error
	switch {
	case t == nil:
		e, err = s.Records.Exchange(g.Request.Context(), g.Param("id"))
	case t.err != nil: // it was logged
		w.event(1, failedEvent)
		return
	default:
		e = t.reply.Exchange
	}
	var all []event
	if err == nil {
		all, err = s.eventsOf(g.Request.Context(), e)
	}
	if err != nil {
		g.Error(err) //nolint:errcheck // it returns what it was given
		w.event(1, failedEvent)
		return
	}
	for i, ev := range all {
		if i+1 > after && !w.event(i+1, ev) {
			return
		}
	}
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

// A stream writes server-sent events.
type stream struct {
	gin.ResponseWriter
	control *http.ResponseController
}

// send writes and reports whether the client still takes it.
func (w stream) send(text string) bool {
	_ = w.control.SetWriteDeadline(time.Now().Add(eventTime)) // a writer that knows none is that of a test
	if _, err := w.WriteString(text); err != nil {
		return false
	}
	return w.control.Flush() == nil
}

func (w stream) event(id int, e event) bool {
	data := strings.ReplaceAll(strings.ReplaceAll(e.Data, "\r", ""), "\n", "\ndata: ")
	return w.send(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, e.Name, data))
}

// wait keeps the connection alive until done is closed; false if the client has gone
// or the server stops before.
func (w stream) wait(client, server context.Context, done <-chan struct{}) bool {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return true
		case <-client.Done():
			return false
		case <-server.Done():
			return false
		case <-tick.C:
			if !w.send(": ping\n\n") {
				return false
			}
		}
	}
}
