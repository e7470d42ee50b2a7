package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
)

// Channel is what the conversations of the chat page are kept under.
const Channel = "web"

// The limits of a conversation.
const (
	maxQuestion = 2000 // characters; the bot reads fewer
	maxReason   = 1000 // characters
	answerTime  = 60 * time.Second
	maxPending  = 1000 // answers being made at a time
	maxRecent   = 256  // answers that are remembered after they were made
	maxStreams  = 20_000
	shownTurns  = 30
)

// A turn is one question whose answer is being made.
type turn struct {
	bot.Inquiry
	done  chan struct{} // closed when reply or err is there
	reply bot.Reply
	err   error

	mu     sync.Mutex
	parked []parked // who waits for it
	tended bool     // somebody sees to them
	left   bool     // nobody may park here any more
}

// turns are the turns whose answer is being made, and the last that were: their events
// are mostly asked for at once. Whoever comes for an older one finds it in the records.
type turns struct {
	mu      sync.Mutex
	byID    map[string]*turn
	pending int
	recent  [maxRecent]string // IDs of those that are kept, in turn
	next    int
}

// find returns a turn, or nil.
func (p *turns) find(id string) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// finished notes that a turn is done. One that has failed is forgotten, so that it can be
// tried again.
func (p *turns) finished(t *turn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending--
	if t.err != nil {
		delete(p.byID, t.ID)
		return
	}
	delete(p.byID, p.recent[p.next])
	p.recent[p.next] = t.ID
	p.next = (p.next + 1) % maxRecent
}

// derive makes something that cannot be guessed, and cannot be traced back, of secrets.
func derive(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// begin has a question answered, whether or not the client waits for it, and returns
// its turn; nil if too many are under way. The same question with the same key is the
// same turn.
func (s *Server) begin(ctx context.Context, key string, in bot.Inquiry) *turn {
	in.ID, in.Channel, in.User = derive("answer", in.Conversation, key, in.Question), Channel, in.Conversation
	p := &s.turns
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.byID[in.ID]; t != nil {
		return t
	}
	if p.pending >= maxPending {
		return nil
	}
	t := p.enter(in)
	go s.answer(context.WithoutCancel(ctx), t)
	return t
}

// enter notes a turn whose answer is going to be made. p.mu is held.
func (p *turns) enter(in bot.Inquiry) *turn {
	t := &turn{Inquiry: in, done: make(chan struct{})}
	p.pending++
	p.byID[in.ID] = t
	return t
}

// answer makes the answer of a turn. What goes on behind the other promise of a
// goroutine: it ends after answerTime at the latest.
func (s *Server) answer(ctx context.Context, t *turn) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	t.reply, t.err = s.Reception.Ask(ctx, t.Inquiry)
	if t.err != nil {
		s.Log.ErrorContext(ctx, "no answer", slog.String("answer", t.ID), slog.String("error", t.err.Error()))
	} else {
		s.metrics.answers.WithLabelValues(string(t.reply.Answer.Outcome)).Inc()
	}
	s.turns.finished(t) // first, or who tries a failed one again at once would find it
	close(t.done)
}

// clean returns what somebody typed without blanks around it; ok is false if it is too
// long or no text.
func clean(s string, maxRunes int) (text string, p Problem, ok bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return "", badForm, false
	case utf8.RuneCountInString(s) > maxRunes:
		return "", tooLong, false
	}
	return s, Problem{}, true
}
