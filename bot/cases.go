package bot

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// A Case 案卷 is a ticket with what whoever answers it needs to know.
type Case struct {
	Ticket       Ticket
	Conversation []Exchange // up to now, oldest first, persons' replies included
	// Before is what the bot had said last before it handed over, about policy; nil if
	// nothing was asked before.
	Before *Exchange
	// Bureaus are whom to dispatch to 分办建议: those that the policies make responsible for
	// what was asked before. Empty if the policies name none.
	Bureaus []string
}

// caseLength bounds how much of a conversation a case shows, in exchanges.
const caseLength = 50

// CaseOf returns the case of a ticket.
func CaseOf(ctx context.Context, r Records, t Ticket) (Case, error) {
	c := Case{Ticket: t}
	var err error
	if c.Conversation, err = r.Conversation(ctx, t.Channel, t.Conversation, caseLength); err != nil {
		return c, fmt.Errorf("read the conversation of %s: %w", t.ID, err)
	}
	if t.Answer != "" && !slices.ContainsFunc(c.Conversation, func(e Exchange) bool { return e.ID == t.Answer }) {
		e, err := r.Exchange(ctx, t.Answer) // long ago, or of a group that several share
		switch {
		case err == nil:
			c.Conversation = append([]Exchange{e}, c.Conversation...)
		case !errors.Is(err, ErrNotFound):
			return c, fmt.Errorf("read the conversation of %s: %w", t.ID, err)
		}
	}
	for i, e := range c.Conversation {
		switch e.Answer.Outcome {
		case Answered, NoBasis, Clarify:
			c.Before = &c.Conversation[i]
		}
		if e.ID == t.Answer {
			break // what was asked since is another matter
		}
	}
	if c.Before != nil && c.Before.Answer.Outcome == Answered {
		var shared []string // by a standing note: whom to ask if the clause names nobody
		for _, b := range c.Before.Answer.Bureaus {
			if b.Role == corpus.Shared {
				shared = append(shared, b.Name)
			} else {
				c.Bureaus = append(c.Bureaus, b.Name)
			}
		}
		if len(c.Bureaus) == 0 {
			c.Bureaus = shared
		}
	}
	return c, nil
}

// ReplyID returns the ID of the reply to a ticket with these words: the same words to the
// same ticket are one reply, however often they are sent. Nobody can guess it who does not
// know the conversation.
func ReplyID(t Ticket, text string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"wence reply", t.Channel, t.Conversation, t.ID, strings.TrimSpace(text)}, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}
