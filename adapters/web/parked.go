package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// soon is how long a client waits for its answer as any request does. Who waits longer,
// for a model that writes, is parked: a connection without a goroutine and buffers of its
// own, so that ten thousand cost no more than their sockets. That it has left is seen when
// it is next written to.
const soon = 50 * time.Millisecond

// A parked client waits for the answer of a turn.
type parked struct {
	net.Conn
	after int // the event that it has already
}

// errLeft says that who was parked at a turn has been told, or that the server stops.
var errLeft = errors.New("there is nothing to wait for")

// park takes the connection of a request over and has it wait for the turn, unless
// errLeft.
func (s *Server) park(g *gin.Context, t *turn, after int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return errLeft
	}
	conn, _, err := http.NewResponseController(g.Writer).Hijack()
	if err != nil {
		return fmt.Errorf("web: wait for an answer: %w", err)
	}
	_ = conn.SetDeadline(time.Time{}) // those of the request
	p := parked{conn, after}
	h := g.Writer.Header()
	streamHeader(h)
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	h.Set("Connection", "close") // the stream ends with it
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = h.Write(&b) // into memory
	b.WriteString("\r\n" + streamBegin)
	if !p.send(b.Bytes()) {
		_ = p.Close() // it has gone
		return nil
	}
	s.streamBegins()
	t.parked = append(t.parked, p)
	if len(t.parked) == 1 && !t.tended {
		t.tended = true
		go s.tend(t)
	}
	return nil
}

// send writes and reports whether the client still takes it.
func (p parked) send(data []byte) bool {
	_ = p.SetWriteDeadline(time.Now().Add(eventTime)) // a connection knows deadlines
	_, err := p.Write(data)
	return err == nil
}

// tend keeps the connections of who is parked at a turn alive, and gives them the answer
// when it is there. It ends with the turn, after answerTime at the latest.
func (s *Server) tend(t *turn) {
	tick := time.NewTicker(s.times.heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.ping(s.streamEnds)
			continue
		case <-t.done:
			s.finish(t)
		case <-s.stopped.Done():
			for _, p := range t.leave() { // they come back to whoever starts next
				_ = p.Close() // there is nothing more to say
				s.streamEnds()
			}
		}
		return
	}
}

// ping drops who has gone.
func (t *turn) ping(gone func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	here := t.parked[:0]
	for _, p := range t.parked {
		if p.send([]byte(streamPing)) {
			here = append(here, p)
			continue
		}
		_ = p.Close() // it has gone
		gone()
	}
	clear(t.parked[len(here):])
	t.parked = here
}

// leave returns who is parked and lets nobody in any more.
func (t *turn) leave() []parked {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.parked
	t.parked, t.left = nil, true
	return all
}

// finish sends the events of a turn that is done to all who are parked. They are made
// once, and each client has a goroutine while it takes them.
func (s *Server) finish(t *turn) {
	all, err := s.eventsOfTurn(context.WithoutCancel(s.stopped), t) // it takes no time, and is all they wait for
	if err != nil {
		s.Log.Error("an answer could not be shown", "answer", t.ID, "error", err.Error())
	}
	for _, p := range t.leave() {
		go func() {
			p.send(frames(nil, all, p.after)) // who does not take it comes back
			_ = p.Close()                     // all is said
			s.streamEnds()
		}()
	}
}
