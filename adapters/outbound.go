package adapters

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Outbound is one message to somebody, in no platform's markup. Platforms format
// it, keep every Block whole and in order, and add nothing of their own. Texts are
// plain: whatever looks like markup in them must be escaped.
type Outbound struct {
	// Key is the same whenever this message is sent again: give it to the platform as
	// its idempotency key. At most 40 bytes of A-Z, a-z, 0-9, _ and -.
	Key string `json:"key"`
	// Answer is the ID of the answer that the message is part of: what buttons carry.
	// Empty for a notice.
	Answer  string   `json:"answer,omitempty"`
	Outcome string   `json:"outcome,omitempty"` // of the answer; see bot.Outcome
	Format  string   `json:"format,omitempty"`  // Address.Format of who it goes to
	Blocks  []Block  `json:"blocks"`
	Buttons []Button `json:"buttons,omitempty"` // on the last part only
	Part    int      `json:"part,omitempty"`    // 1 … Parts
	Parts   int      `json:"parts,omitempty"`   // more than 1: show (Part/Parts) in front
	// Attempt counts how often it has been given to Send, from 1.
	Attempt int `json:"-"`
}

// A Block is a piece of a message: a paragraph, or a quote with where it stands.
type Block struct {
	// Text is a paragraph, or the words that are quoted, verbatim and without quotation
	// marks. It may have several lines.
	Text string `json:"text"`
	// Quote: Text is quoted. Show it as a quote, followed by Source.
	Quote  bool   `json:"quote,omitempty"`
	Source string `json:"source,omitempty"` // of a quote: 文号, clause and paragraph
	// URL is where the quote, or more about the paragraph, can be read; it may be empty.
	// It is absolute and made by us.
	URL string `json:"url,omitempty"`
}

// A Button is something to press below an answer.
type Button struct {
	Kind  Kind   `json:"kind"`  // of the Event that pressing it causes
	Label string `json:"label"` // at most 10 runes
}

// Value returns what the button carries through the platform, as in up:ANSWER.
func (b Button) Value(answer string) string { return string(b.Kind) + ":" + answer }

// ParseValue reads what Value returned. ok is false for anything else.
func ParseValue(s string) (kind Kind, answer string, ok bool) {
	k, answer, ok := strings.Cut(s, ":")
	switch kind = Kind(k); kind {
	case KindUp, KindDown, KindWithdrawn, KindHuman:
		return kind, answer, ok && answer != "" && len(answer) <= 64
	}
	return "", "", false
}

// PlainText returns the message without any markup: part number, blocks with blank
// lines between them, quotes in “”, and URLs on lines of their own.
func PlainText(m Outbound) string {
	var b strings.Builder
	b.WriteString(PartMark(m))
	for i, block := range m.Blocks {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if block.Quote {
			b.WriteString("“" + block.Text + "”")
		} else {
			b.WriteString(block.Text)
		}
		for _, line := range []string{block.Source, block.URL} {
			if line != "" {
				b.WriteString("\n" + line)
			}
		}
	}
	return b.String()
}

// PartMark returns (1/3) and a new line for the first of three parts, and "" for a
// message in one part.
func PartMark(m Outbound) string {
	if m.Parts < 2 {
		return ""
	}
	return "(" + strconv.Itoa(m.Part) + "/" + strconv.Itoa(m.Parts) + ")\n"
}

// Bytes makes a Caps.Measure that counts the bytes of what format returns.
func Bytes(format func(Outbound) string) func(Outbound) int {
	return func(m Outbound) int { return len(format(m)) }
}

// Runes makes a Caps.Measure that counts the runes of what format returns.
func Runes(format func(Outbound) string) func(Outbound) int {
	return func(m Outbound) int { return utf8.RuneCountInString(format(m)) }
}
