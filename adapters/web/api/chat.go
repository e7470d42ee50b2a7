package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/wence-bot/wence/bot"
)

// model is the one model that the OpenAI-compatible interface has.
const model = "wence"

// chatRequest is what counts of a request to /v1/chat/completions. Everything else
// that the clients send (temperature, max_tokens, tools, …) has no effect: the answer
// is a quote, and it is not cut off.
type chatRequest struct {
	Model         string        `json:"model"`
	Messages      []chatMessage `json:"messages"`
	Stream        bool          `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	N              *int `json:"n"`
	ResponseFormat *struct {
		Type string `json:"type"`
	} `json:"response_format"`
}

type chatMessage struct {
	Role    string      `json:"role"`
	Content chatContent `json:"content"`
}

// chatContent is the text of a message, which comes as a string or as parts.
type chatContent string

// UnmarshalJSON implements json.Unmarshaler. Parts that are no text are left out.
func (c *chatContent) UnmarshalJSON(b []byte) error {
	var text string
	if len(b) > 0 && b[0] != '[' {
		err := json.Unmarshal(b, &text) // null gives ""
		*c = chatContent(text)
		return err
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var texts []string
	for _, p := range parts {
		if p.Type == "text" || p.Type == "input_text" {
			texts = append(texts, p.Text)
		}
	}
	*c = chatContent(strings.Join(texts, "\n"))
	return nil
}

// question returns the last message as a question after those of the same user before.
// What others say in the conversation, the caller's system prompt above all, is not
// read: there is nothing that it could change.
func (in chatRequest) question() (bot.Question, error) {
	var asked []string
	for _, m := range in.Messages {
		if m.Role == "user" {
			asked = append(asked, string(m.Content))
		}
	}
	switch {
	case len(in.Messages) == 0 || in.Messages[len(in.Messages)-1].Role != "user":
		return bot.Question{}, badRequest("messages 的最后一条应当是用户的问题(role 为 user)。")
	case strings.TrimSpace(asked[len(asked)-1]) == "":
		return bot.Question{}, badRequest("最后一条消息没有文字。")
	}
	if err := checkText("messages", asked...); err != nil {
		return bot.Question{}, err
	}
	last := len(asked) - 1
	return bot.Question{Text: asked[last], History: asked[max(0, last-maxHistory):last]}, nil
}

// chat answers in the form of the OpenAI chat completions.
func (a *API) chat(w http.ResponseWriter, r *http.Request) error {
	var in chatRequest
	if err := readJSON(r, false, &in); err != nil {
		return err
	}
	switch {
	case in.Model != model:
		return noModel(in.Model)
	case in.N != nil && *in.N != 1:
		return badRequest("n 只能是 1:同一个问题只有一个回答。")
	case in.ResponseFormat != nil && in.ResponseFormat.Type != "" && in.ResponseFormat.Type != "text":
		return badRequest("response_format 只能是 text:回答是政策原文。要 JSON 请用 POST /api/v1/ask。")
	}
	q, err := in.question()
	if err != nil {
		return err
	}
	answer, err := a.Bot.Ask(r.Context(), q)
	if err != nil {
		return err
	}
	c := a.complete(r, answer)
	if in.Stream {
		return c.stream(w, in.StreamOptions.IncludeUsage)
	}
	return writeJSON(w, c.whole())
}

// modelView describes a model.
type modelView struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Owner   string `json:"owned_by"`
}

var theModel = modelView{ID: model, Object: "model", Created: 1735689600, Owner: "wence"} // clients want a date: 2025

// models lists the one model.
func (a *API) models(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, struct {
		Object string      `json:"object"`
		Data   []modelView `json:"data"`
	}{"list", []modelView{theModel}})
}

func (a *API) model(w http.ResponseWriter, r *http.Request) error {
	if name := r.PathValue("model"); name != model {
		return noModel(name)
	}
	return writeJSON(w, theModel)
}

func noModel(name string) error {
	return refuse(http.StatusNotFound, kindNotFound, "没有这个模型", "没有模型 %.40q,请把 model 设为 %s。", name, model)
}

// writeOpenAIError writes a problem in the form that OpenAI clients read.
func writeOpenAIError(w http.ResponseWriter, p *problem) {
	kind := "invalid_request_error"
	switch {
	case p.Status == http.StatusUnauthorized:
		kind = "authentication_error"
	case p.Status == http.StatusForbidden:
		kind = "permission_error"
	case p.Status == http.StatusTooManyRequests:
		kind = "rate_limit_error"
	case p.Status >= http.StatusInternalServerError:
		kind = "server_error"
	}
	var out struct {
		Error struct {
			Message string  `json:"message"`
			Type    string  `json:"type"`
			Param   *string `json:"param"`
			Code    string  `json:"code"`
		} `json:"error"`
		RequestID string `json:"request_id,omitempty"`
	}
	out.Error.Message, out.Error.Type = p.Title+":"+p.Hint, kind
	out.Error.Code = strings.ReplaceAll(strings.TrimPrefix(p.Type, kindPrefix), "-", "_")
	out.RequestID = w.Header().Get(requestIDHeader)
	p.setRetry(w)
	b, _ := json.Marshal(out) // strings always can
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b)
}
