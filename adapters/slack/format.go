package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// What Slack takes, in characters. Sources: docs.slack.dev/reference/block-kit; that a
// message of 13,297 characters in blocks is refused: slackapi/bolt-js#2509.
const (
	maxMessage  = 10000 // of all blocks; below what is refused
	maxElement  = 3000  // of one text; a section takes no more
	maxBlocks   = 50
	maxLabel    = 75   // of a button
	maxFallback = 3000 // of the text for notifications, of which 4,000 are shown
)

// The identifiers of what can be pressed. They stand in messages for ever: never change one.
const (
	actionVote     = "wence_vote"   // the pair of 👍 and 👎
	actionPress    = "wence_press_" // a button of its own; its kind follows
	callbackReason = "wence_reason"
	blockReason    = "wence_reason_block"
	inputReason    = "wence_reason_input"
)

// A look says how messages are shown.
type look struct {
	plain bool // plain buttons instead of Slack's feedback buttons, for old clients
}

// blocks shows a message: paragraphs as they are, quotes as quote blocks followed by where
// they stand, as a link if there is one. All of it is rich_text, whose text elements are shown
// as they are: in markdown a policy's * or _ would be read as markup, so that the quote would
// not arrive verbatim, and an asker's <!channel> would call everybody.
func (l look) blocks(m adapters.Outbound) []slackgo.Block {
	var r rich
	r.text(strings.TrimSuffix(adapters.PartMark(m), "\n"))
	for _, b := range m.Blocks {
		if b.Quote {
			r.quote(b.Text)
		} else {
			r.text(b.Text)
		}
		if b.Source != "" && b.URL != "" {
			r.link(b.URL, b.Source)
		} else {
			r.text(b.Source)
			r.link(b.URL, b.URL)
		}
	}
	r.endSection()
	var blocks []slackgo.Block
	if len(r.elements) > 0 {
		blocks = append(blocks, slackgo.NewRichTextBlock("", r.elements...))
	}
	return append(blocks, l.buttons(m)...)
}

// A rich text being written: finished elements, and the section that is still open.
type rich struct {
	elements []slackgo.RichTextElement
	section  []slackgo.RichTextSectionElement
}

// text adds a paragraph, in elements that Slack takes.
func (r *rich) text(s string) {
	if words := textElements(strings.Trim(s, "\n")); len(words) > 0 {
		r.newLine()
		r.section = append(r.section, words...)
	}
}

// link adds a link with its words, if there is one.
func (r *rich) link(url, words string) {
	if url != "" {
		r.newLine()
		r.section = append(r.section, slackgo.NewRichTextSectionLinkElement(url, clip(words, maxElement), nil))
	}
}

// quote adds a quote block.
func (r *rich) quote(s string) {
	if words := textElements(s); len(words) > 0 {
		r.endSection()
		r.elements = append(r.elements, &slackgo.RichTextQuote{Type: slackgo.RTEQuote, Elements: words})
	}
}

func (r *rich) newLine() {
	if len(r.section) > 0 {
		r.section = append(r.section, slackgo.NewRichTextSectionTextElement("\n", nil))
	}
}

func (r *rich) endSection() {
	if len(r.section) > 0 {
		r.elements = append(r.elements, slackgo.NewRichTextSection(r.section...))
		r.section = nil
	}
}

func textElements(s string) []slackgo.RichTextSectionElement {
	var out []slackgo.RichTextSectionElement
	for _, piece := range pieces(s, maxElement) {
		out = append(out, slackgo.NewRichTextSectionTextElement(piece, nil))
	}
	return out
}

// pieces cuts a text into pieces of at most n characters.
func pieces(text string, n int) []string {
	var out []string
	text = strings.ToValidUTF8(text, "")
	for text != "" {
		head := text
		if utf8.RuneCountInString(text) > n {
			head = string([]rune(text)[:n])
		}
		out = append(out, head)
		text = text[len(head):]
	}
	return out
}

// clip shortens a text to n characters, the last of which says so.
func clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// fallback is what notifications show, and clients that know no blocks: the same text,
// inert, without a line that would have to be cut.
func fallback(m adapters.Outbound) string {
	var b strings.Builder
	left := maxFallback
	for _, line := range strings.SplitAfter(adapters.PlainText(m), "\n") {
		line = escape.Replace(strings.ToValidUTF8(line, ""))
		if left -= utf8.RuneCountInString(line); left <= 0 {
			b.WriteString("…")
			break
		}
		b.WriteString(line)
	}
	return strings.TrimSpace(b.String())
}

// buttons returns what stands below an answer.
func (l look) buttons(m adapters.Outbound) []slackgo.Block {
	var out []slackgo.Block
	var plain []slackgo.BlockElement
	find := func(k adapters.Kind) int {
		return slices.IndexFunc(m.Buttons, func(b adapters.Button) bool { return b.Kind == k })
	}
	up, down := find(adapters.KindUp), find(adapters.KindDown)
	pair := up >= 0 && down >= 0 && !l.plain
	if pair {
		good, bad := m.Buttons[up], m.Buttons[down]
		out = append(out, slackgo.NewContextActionsBlock("", slackgo.NewFeedbackButtonsBlockElement(actionVote,
			slackgo.NewFeedbackButton(label(good.Label), good.Value(m.Answer)),
			slackgo.NewFeedbackButton(label(bad.Label), bad.Value(m.Answer)))))
	}
	for i, b := range m.Buttons {
		if !pair || i != up && i != down {
			plain = append(plain, slackgo.NewButtonBlockElement(actionPress+string(b.Kind), b.Value(m.Answer), label(b.Label)))
		}
	}
	if len(plain) > 0 {
		out = append(out, slackgo.NewActionBlock("", plain...))
	}
	return out
}

func label(text string) *slackgo.TextBlockObject {
	return slackgo.NewTextBlockObject(slackgo.PlainTextType, clip(text, maxLabel), true, false)
}

// maxReason bounds the reason of a vote, in characters.
const maxReason = 1000

// reasonForm asks why an answer did not help. It carries with it what the reason is about.
func reasonForm(ev adapters.Event) (slackgo.ModalViewRequest, error) {
	about, err := json.Marshal(mark{
		Answer: ev.Answer, Conversation: ev.Conversation, Channel: ev.To.Conversation, Thread: ev.To.Thread, Message: ev.To.Message,
	})
	if err != nil {
		return slackgo.ModalViewRequest{}, fmt.Errorf("slack: write the form: %w", err)
	}
	input := slackgo.NewPlainTextInputBlockElement(nil, inputReason)
	input.Multiline, input.MaxLength = true, maxReason
	return slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: callbackReason, PrivateMetadata: string(about),
		Title: label(adapters.Phrase("reason_title")), Submit: label(adapters.Phrase("reason_send")), Close: label(adapters.Phrase("reason_skip")),
		Blocks: slackgo.Blocks{BlockSet: []slackgo.Block{
			slackgo.NewInputBlock(blockReason, label(adapters.Phrase("reason_ask")), nil, input).WithOptional(true),
		}},
	}, nil
}
