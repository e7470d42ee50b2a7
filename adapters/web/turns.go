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

// channel is what the conversations of the chat page are kept under.
const channel = "web"

// The limits of a conversation.
const (
	maxQuestion = 2000 // characters; the bot reads fewer
	maxReason   = 1000 // characters
	answerTime  = 60 * time.Second
	maxPending  = 1000 // answers being made at a time
	maxStreams  = 20_000
	shownTurns  = 30
)

// A turn is one question whose answer is being made.
type turn struct {
	bot.Inquiry
	done  chan struct{} // closed when reply or err is there
	reply bot.Reply
	err   error
}

// pending are the turns that are not yet kept. Whoever comes for a later one finds it
// in the records.
type pending struct {
	mu    sync.Mutex
	turns map[string]*turn
}

// derive makes something that cannot be guessed, and cannot be traced back, of secrets.
func derive(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// begin has a question answered, whether or not the client waits for it, and returns
// its turn; nil if too many are under way. The same question with the same key is the
// same turn.
func (s *Server) begin(ctx context.Context, conversation, key, question string) *turn {
	in := bot.Inquiry{
		ID: derive("answer", conversation, key, question), Channel: channel, Conversation: conversation, User: conversation, Question: question,
	}
	p := &s.pending
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.turns[in.ID]; t != nil {
		return t
	}
	if len(p.turns) >= maxPending {
		return nil
	}
	t := &turn{Inquiry: in, done: make(chan struct{})}
	p.turns[in.ID] = t
	go s.answer(context.WithoutCancel(ctx), t)
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
	close(t.done)
	s.pending.mu.Lock()
	defer s.pending.mu.Unlock()
	delete(s.pending.turns, t.ID)
}

// turn returns a turn under way, or nil.
func (p *pending) turn(id string) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turns[id]
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
