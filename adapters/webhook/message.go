package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

// A request is what the other system posts; which fields count depends on the route.
type request struct {
	SessionID string `json:"session_id"` // the conversation: a call, a chat
	User      struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"user"`
	Text  string `json:"text"`
	Reply struct {
		Format   string `json:"format"`    // plain (default), markdown or speech
		MaxRunes int    `json:"max_runes"` // of one part; 0: 2500, for speech 200
	} `json:"reply"`
	DeadlineMS int    `json:"deadline_ms"` // of /sync: how long it waits; 0: 8000, at most 25000
	AnswerID   string `json:"answer_id"`
	Vote       string `json:"vote"`   // up, down or none
	Reason     string `json:"reason"` // of a vote, in their words
}

// The formats of a reply.
const (
	formatPlain    = "plain"
	formatMarkdown = "markdown"
	formatSpeech   = "speech"
)

// parse reads one JSON object. The error can be shown to the other system.
func parse(body []byte) (request, error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("the body is no JSON object as expected: %s", adapters.FaultOf(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, errors.New("there is something behind the JSON object")
	}
	for name, id := range map[string]string{"session_id": r.SessionID, "user.id": r.User.ID, "answer_id": r.AnswerID} {
		if len(id) > maxID || !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
			return r, fmt.Errorf("%s is longer than %d bytes or no text", name, maxID)
		}
	}
	switch r.Reply.Format {
	case "":
		r.Reply.Format = formatPlain
	case formatPlain, formatMarkdown, formatSpeech:
	default:
		return r, errors.New("reply.format must be plain, markdown or speech")
	}
	switch n := r.Reply.MaxRunes; {
	case n == 0 && r.Reply.Format == formatSpeech:
		r.Reply.MaxRunes = speechRunes
	case n == 0:
		r.Reply.MaxRunes = maxRunes
	case n < minRunes || n > maxRunes:
		return r, fmt.Errorf("reply.max_runes must be from %d to %d", minRunes, maxRunes)
	}
	return r, nil
}

// A callback is one part of an answer on its way to the other system.
type callback struct {
	AnswerID  string     `json:"answer_id"`
	SessionID string     `json:"session_id"`
	ReplyTo   string     `json:"reply_to"` // webhook-id of what it answers
	Sequence  int        `json:"sequence"` // 1, 2 … within the answer
	IsFinal   bool       `json:"is_final"` // no further part follows
	Status    string     `json:"status"`   // answered, clarify, no_basis, handed_over, small_talk, replied by a person; notice for what is no answer
	Format    string     `json:"format"`
	Text      string     `json:"text"`
	Citations []citation `json:"citations"`
	Buttons   []string   `json:"buttons"` // up, down, human: what makes sense to offer
}

// A citation is quoted verbatim.
type citation struct {
	Quote  string `json:"quote"`
	Source string `json:"source"`
	URL    string `json:"url,omitempty"`
}

// newCallback makes a callback of a part.
func newCallback(to adapters.Address, m adapters.Outbound) callback {
	c := callback{
		AnswerID: m.Answer, SessionID: to.Conversation, ReplyTo: to.Message, Sequence: max(m.Part, 1), IsFinal: m.Part == m.Parts,
		Status: m.Outcome, Format: m.Format, Text: text(m), Citations: []citation{}, Buttons: []string{},
	}
	if c.Status == "" {
		c.Status = "notice"
	}
	for _, b := range m.Blocks {
		if b.Quote {
			c.Citations = append(c.Citations, citation{b.Text, b.Source, b.URL})
		}
	}
	for _, b := range m.Buttons {
		c.Buttons = append(c.Buttons, string(b.Kind))
	}
	return c
}

// encode returns v as JSON that shows < and & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("webhook: %T is no JSON: %v", v, err)) // it holds strings and numbers only
	}
	return b.Bytes()
}
