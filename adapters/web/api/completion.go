package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
)

// A completion is an answer on its way into the form of OpenAI.
type completion struct {
	id      string
	created int64
	text    string
	answer  bot.Answer
	notes   []annotation
}

// annotation is a citation as OpenAI clients know it. The indices count characters of
// the content.
type annotation struct {
	Type     string      `json:"type"` // url_citation
	Citation urlCitation `json:"url_citation"`
}

type urlCitation struct {
	Start int    `json:"start_index"`
	End   int    `json:"end_index"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// complete says an answer in a chat whose other end no person watches.
func (a *API) complete(r *http.Request, answer bot.Answer) completion {
	answer.ID = "chatcmpl-" + bot.NewID()
	if answer.Outcome == bot.HandedOver {
		answer.Text = phrases.Say("nobody_here") // nobody here can take over, so nobody may be promised
	}
	c := completion{id: answer.ID, created: time.Now().Unix(), text: answer.Text, answer: answer, notes: []annotation{}}
	if len(answer.Suggestions) > 0 {
		c.text += "\n\n" + phrases.Say("also_ask") + "\n- " + strings.Join(answer.Suggestions, "\n- ")
	}
	base := a.base(r)
	for _, cited := range answer.Citations {
		note := annotation{Type: "url_citation", Citation: urlCitation{Title: titleOf(cited), URL: base + cited.URL}}
		if before, _, ok := strings.Cut(c.text, cited.Quote); ok {
			note.Citation.Start = utf8.RuneCountInString(before)
			note.Citation.End = note.Citation.Start + utf8.RuneCountInString(cited.Quote)
		}
		c.notes = append(c.notes, note)
	}
	return c
}

// titleOf names where a citation stands.
func titleOf(c bot.Citation) string {
	return strings.TrimSpace(c.Document.Number + "《" + c.Document.Title + "》 " + c.Ref.Path)
}

// base returns the address of the server for links, without a slash at the end.
func (a *API) base(r *http.Request) string {
	if a.URL != "" {
		return strings.TrimRight(a.URL, "/")
	}
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

// usage is what OpenAI clients add up. No model has read or written tokens.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

type replyMessage struct {
	Role        string       `json:"role,omitempty"`
	Content     string       `json:"content"`
	Annotations []annotation `json:"annotations,omitempty"`
}

type choice struct {
	Index   int           `json:"index"`
	Message *replyMessage `json:"message,omitempty"`
	Delta   *replyMessage `json:"delta,omitempty"`
	Finish  *string       `json:"finish_reason"`
}

type chatResponse struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
	// Wence is the answer as POST /api/v1/ask gives it: bureaus, verbatim quotes, offsets.
	Wence *bot.Answer `json:"wence,omitempty"`
}

func (c completion) response(object string, choices ...choice) chatResponse {
	return chatResponse{ID: c.id, Object: object, Created: c.created, Model: model, Choices: choices}
}

var stopped = "stop"

// whole is the completion in one piece.
func (c completion) whole() chatResponse {
	out := c.response("chat.completion", choice{Message: &replyMessage{"assistant", c.text, c.notes}, Finish: &stopped})
	out.Usage, out.Wence = &usage{}, &c.answer
	return out
}

// stream sends the completion line by line: a client never sees part of a quote that
// has not been verified as a whole. The citations come with the last piece of text.
func (c completion) stream(w http.ResponseWriter, withUsage bool) error {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or nginx would keep it until the end
	control := http.NewResponseController(w)
	send := func(event chatResponse) bool {
		b, err := json.Marshal(event)
		if err == nil {
			_, err = w.Write(append(append([]byte("data: "), b...), "\n\n"...))
		}
		return err == nil && control.Flush() == nil
	}
	lines := strings.SplitAfter(c.text, "\n")
	for i, line := range lines {
		delta := &replyMessage{Content: line}
		if i == 0 {
			delta.Role = "assistant"
		}
		if i == len(lines)-1 {
			delta.Annotations = c.notes
		}
		if !send(c.response("chat.completion.chunk", choice{Delta: delta})) {
			return nil // the client has gone
		}
	}
	end := c.response("chat.completion.chunk", choice{Delta: &replyMessage{}, Finish: &stopped})
	end.Wence = &c.answer
	if !send(end) {
		return nil
	}
	if withUsage {
		last := c.response("chat.completion.chunk")
		last.Choices, last.Usage = []choice{}, &usage{}
		if !send(last) {
			return nil
		}
	}
	_, _ = w.Write([]byte("data: [DONE]\n\n"))
	return nil
}
