package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

// repliesPath streams what persons answer to the conversation of an answer.
const repliesPath = "/chat/answers/:id/replies"

// lookEvery is how often a page that is open hears whether somebody has answered, and
// maxListening how many such pages there may be: each asks the store.
const (
	lookEvery    = 3 * time.Second
	maxListening = 2000
)

// replies streams the persons' replies of a conversation to a page that shows a ticket of
// it, from the first to those that come while it is open. The page leaves out what it
// shows already. Who is not there finds them when they come back.
func (s *Server) replies(g *gin.Context) {
	e, ok := s.exchange(g)
	if !ok {
		return
	}
	defer s.listening.Add(-1)
	if s.listening.Add(1) > maxListening {
		s.problem(g, busy) // the page shows the reply when it is loaded again
		return
	}
	streamHeader(g.Writer.Header())
	if !s.push(g, streamBegin) || isHead(g.Request) {
		return
	}
	sent, quiet := 0, time.Now()
	tick := time.NewTicker(s.times.look)
	defer tick.Stop()
	for {
		news, all, err := s.repliesAfter(g.Request.Context(), e, sent)
		if err != nil {
			if g.Request.Context().Err() == nil {
				g.Error(err) //nolint:errcheck // it returns what it was given
			}
			return // the page comes again
		}
		sent = all
		if news == "" && time.Since(quiet) >= s.times.heartbeat {
			news = streamPing
		}
		if news != "" {
			if quiet = time.Now(); !s.push(g, news) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-g.Request.Context().Done():
			return
		case <-s.stopped.Done():
			return
		}
	}
}

// push sends a part of a stream and reports whether the client still takes it.
func (s *Server) push(g *gin.Context, part string) bool {
	control := http.NewResponseController(g.Writer)
	// A writer that knows no deadlines is that of a test.
	_ = control.SetWriteDeadline(time.Now().Add(eventTime))
	_, err := g.Writer.WriteString(part)
	return errors.Join(err, control.Flush()) == nil
}

// repliesAfter returns the replies of a conversation behind the first n as events, and how
// many there are.
func (s *Server) repliesAfter(ctx context.Context, of bot.Exchange, n int) (events string, all int, err error) {
	exchanges, err := s.Records.Conversation(ctx, of.Channel, of.Conversation, shownTurns)
	if err != nil {
		return "", 0, fmt.Errorf("web: replies: %w", err)
	}
	var replies []bot.Exchange
	for _, e := range exchanges {
		if e.Answer.Outcome == bot.Replied {
			replies = append(replies, e)
		}
	}
	if len(replies) <= n {
		return "", len(replies), nil
	}
	turns, err := s.turnViews(ctx, of.Conversation, replies...)
	if err != nil {
		return "", 0, err
	}
	var out []event
	for _, t := range turns {
		html, err := s.piece("turn", t)
		if err != nil {
			return "", 0, err
		}
		out = append(out, event{"reply", html})
	}
	return string(frames(nil, out, n)), len(replies), nil
}
