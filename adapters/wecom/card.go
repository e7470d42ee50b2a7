package wecom

import (
	"crypto/sha256"
	"encoding/base32"

	"github.com/wence-bot/wence/adapters"
)

// A templateCard is a card of the type button_interaction, with what is used of it
// (doc 90236, 101032).
type templateCard struct {
	Type    string       `json:"card_type"`
	Title   cardTitle    `json:"main_title"`
	Task    string       `json:"task_id"` // never the same twice; at most 128 bytes of 0-9 A-Z a-z _ - @
	Buttons []cardButton `json:"button_list"`
}

type cardTitle struct {
	Title string `json:"title"`
}

// A cardButton says in Key which answer it is about.
type cardButton struct {
	Text  string `json:"text"`
	Style int    `json:"style"` // 1 blue, 2 grey
	Key   string `json:"key"`   // at most 1024 bytes
}

func newCard(task, title string, buttons ...cardButton) *templateCard {
	return &templateCard{Type: "button_interaction", Title: cardTitle{title}, Task: task, Buttons: buttons}
}

// appCard returns the card with all buttons of a message; ok is false if it has none.
func appCard(m adapters.Outbound) (card *templateCard, ok bool) {
	var buttons []cardButton
	for _, b := range m.Buttons {
		buttons = append(buttons, cardButton{cleanText(b.Label), 1, b.Value(m.Answer)})
	}
	return newCard(m.Key, adapters.Phrase("card_vote"), buttons...), len(buttons) > 0
}

// robotCard returns the card by which a person is reached: robots have votes of their
// own. ok is false if the message has no button for it.
func robotCard(m adapters.Outbound) (card *templateCard, ok bool) {
	for _, b := range m.Buttons {
		if b.Kind == adapters.KindHuman {
			return newCard(m.Key, adapters.Phrase("card_human"), cardButton{cleanText(b.Label), 1, b.Value(m.Answer)}), true
		}
	}
	return nil, false
}

// A cardUpdate is the reply to the press of a button: it puts a card in place of the one
// with the same task_id, for the users who are named (doc 101031).
type cardUpdate struct {
	Type  string        `json:"response_type"` // update_template_card
	Users []string      `json:"userids"`
	Card  *templateCard `json:"template_card"`
}

// A textMessage is a message of plain text.
type textMessage struct {
	Type string  `json:"msgtype"`
	Text content `json:"text"`
}

// A streamFrame is one state of a stream: all of its text so far (doc 101031).
type streamFrame struct {
	Type   string        `json:"msgtype"` // stream, or stream_with_template_card
	Stream stream        `json:"stream"`
	Card   *templateCard `json:"template_card,omitempty"` // in one frame only
}

type stream struct {
	ID       string      `json:"id"`
	Finish   bool        `json:"finish"`
	Content  string      `json:"content"` // markdown, at most streamBytes
	Feedback *feedbackID `json:"feedback,omitempty"`
}

// A feedbackID names what votes are about. It counts in the first frame only.
type feedbackID struct {
	ID string `json:"id"`
}

func frame(id, text string, finish bool) streamFrame {
	return streamFrame{Type: typeStream, Stream: stream{ID: id, Finish: finish, Content: text}}
}

// shortHash returns 16 letters and digits that stand for s.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base32.StdEncoding.EncodeToString(sum[:10])
}
