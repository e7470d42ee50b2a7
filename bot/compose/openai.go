package compose

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sashabaranov/go-openai"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

//go:embed prompt.txt
var prompt string

// The forms in which an endpoint can be asked to answer.
const (
	FormatSchema = "json_schema" // the schema of a draft; the default
	FormatObject = "json_object" // any JSON object, for endpoints that know no schemas
	FormatText   = "text"        // nothing is asked for but what the prompt says
)

// OpenAIConfig says which model writes. URL, Model and Register are needed.
type OpenAIConfig struct {
	URL      string // of the endpoint, as in https://api.openai.com/v1
	Key      string // sent as a bearer token; may be empty
	Model    string // as the endpoint calls it
	Format   string // FormatSchema, FormatObject or FormatText; empty: FormatSchema
	Timeout  time.Duration
	Register *corpus.Register
	// Failed hears why the policy's words were told as they stand and not as the model
	// wrote them; nil: nobody does. It is called by several goroutines.
	Failed func(error)
}

// The limits of what a model may cost. What is not there in time is told as it stands.
const (
	defaultTimeout = 8 * time.Second
	maxQuestion    = 600     // characters of the question that are sent, as many as the bot reads
	maxResponse    = 1 << 20 // bytes
	maxAtOnce      = 8       // requests; further questions do not wait
	giveUpAfter    = 3       // failures in a row …
	giveUpFor      = time.Minute
)

// The reasons for which a draft of a model is not used, beside those of bot.Verify and
// the errors of the network.
var (
	ErrRefused   = errors.New("the model refused to write")
	ErrMalformed = errors.New("the model's answer is not the JSON that was asked for")
	ErrPassages  = errors.New("the model did not use every passage once, in their order")
)

// OpenAI has a language model behind an OpenAI-compatible endpoint put connectives
// around the passages. The model is not trusted: it sees the question and the
// passages and nothing else, and its draft is used only if it tells every passage
// word for word, in order, and holds before bot.Verify. Otherwise, and whenever the
// model is slow, broken or refuses, Extractive writes. So with any model an answer
// states the same facts.
type OpenAI struct {
	OpenAIConfig
	client *openai.Client
	system string
	slots  chan struct{}
	pause  pause
}

var _ bot.Composer = (*OpenAI)(nil)

// NewOpenAI returns a composer. It sends nothing yet.
func NewOpenAI(c OpenAIConfig) (*OpenAI, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("compose: the URL of the model's endpoint must begin with http:// or https://, as in https://api.openai.com/v1")
	case u.User != nil || u.RawQuery != "":
		return nil, errors.New("compose: the URL of the model's endpoint may hold no password and no query: give the key as the key")
	case c.Model == "":
		return nil, errors.New("compose: the name of the model is missing")
	case c.Register == nil:
		return nil, errors.New("compose: the register of bureaus is missing")
	case c.Timeout < 0:
		return nil, fmt.Errorf("compose: a timeout of %s is over before it begins", c.Timeout)
	}
	switch c.Format {
	case "":
		c.Format = FormatSchema
	case FormatSchema, FormatObject, FormatText:
	default:
		return nil, fmt.Errorf("compose: %q is no format; choose %s, %s or %s", c.Format, FormatSchema, FormatObject, FormatText)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Failed == nil {
		c.Failed = func(error) {}
	}
	cc := openai.DefaultConfig(c.Key)
	cc.BaseURL = strings.TrimRight(c.URL, "/")
	cc.HTTPClient = &http.Client{
		Transport: bounded{http.DefaultTransport},
		// Questions go to the endpoint that was chosen, not to where it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &OpenAI{
		OpenAIConfig: c, client: openai.NewClientWithConfig(cc), slots: make(chan struct{}, maxAtOnce),
		system: strings.ReplaceAll(prompt, "{connectives}", strings.Join(bot.Connectives(), "\n")),
		pause:  pause{now: time.Now},
	}, nil
}

// Compose implements bot.Composer. It never fails.
func (o *OpenAI) Compose(ctx context.Context, b bot.Brief) (bot.Draft, error) {
	if len(b.Passages) == 0 || o.pause.on() {
		return Extractive{}.Compose(ctx, b)
	}
	select {
	case o.slots <- struct{}{}:
		defer func() { <-o.slots }()
	default:
		return Extractive{}.Compose(ctx, b)
	}
	d, err := o.write(ctx, b)
	if err != nil {
		if ctx.Err() == nil { // or who asked has gone, which is no fault of the model
			o.pause.failed()
			o.Failed(fmt.Errorf("compose: model %s at %s: %w", o.Model, o.URL, err))
		}
		return Extractive{}.Compose(ctx, b)
	}
	o.pause.worked()
	return d, nil
}

// write returns the draft of the model if it can be told.
func (o *OpenAI) write(ctx context.Context, b bot.Brief) (bot.Draft, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	req, err := o.request(b)
	if err != nil {
		return bot.Draft{}, err
	}
	resp, err := o.client.CreateChatCompletion(ctx, req)
	if err != nil {
		return bot.Draft{}, err
	}
	if len(resp.Choices) != 1 {
		return bot.Draft{}, fmt.Errorf("%w: it has %d choices", ErrMalformed, len(resp.Choices))
	}
	switch c := resp.Choices[0]; {
	case c.Message.Refusal != "" || c.FinishReason == openai.FinishReasonContentFilter:
		return bot.Draft{}, ErrRefused
	case c.FinishReason != openai.FinishReasonStop:
		return bot.Draft{}, fmt.Errorf("%w: it ended with %q", ErrMalformed, c.FinishReason)
	default:
		return o.read(b, c.Message.Content)
	}
}

// written is what the model is to answer.
type written struct {
	Sentences []struct {
		Handle string `json:"handle"`
		Text   string `json:"text"`
	} `json:"sentences"`
}

// read checks what the model wrote. The quotes are the passages, not what the model
// says they are.
func (o *OpenAI) read(b bot.Brief, content string) (bot.Draft, error) {
	var w written
	dec := json.NewDecoder(strings.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return bot.Draft{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return bot.Draft{}, fmt.Errorf("%w: there is more behind it", ErrMalformed)
	}
	if len(w.Sentences) != len(b.Passages) {
		return bot.Draft{}, fmt.Errorf("%w: %d sentences for %d", ErrPassages, len(w.Sentences), len(b.Passages))
	}
	var d bot.Draft
	for i, s := range w.Sentences {
		p := b.Passages[i]
		if s.Handle != p.Handle {
			return bot.Draft{}, fmt.Errorf("%w: %.20q stands for %s", ErrPassages, s.Handle, p.Handle)
		}
		d.Sentences = append(d.Sentences, bot.Sentence{Text: strings.TrimSpace(s.Text), Handle: p.Handle, Quote: p.Text()})
	}
	if _, refused := bot.Verify(o.Register, b, d); len(refused) > 0 {
		return bot.Draft{}, errors.Join(refused...)
	}
	return d, nil
}

// request is all that leaves the house: the rules, the question, the passages.
func (o *OpenAI) request(b bot.Brief) (openai.ChatCompletionRequest, error) {
	type passage struct {
		Handle string `json:"handle"`
		Text   string `json:"text"`
	}
	var in struct {
		Question string    `json:"question"`
		Passages []passage `json:"passages"`
	}
	in.Question = clip(b.Question)
	for _, p := range b.Passages {
		in.Passages = append(in.Passages, passage{p.Handle, p.Text()})
	}
	var user bytes.Buffer // as JSON, a quote mark in the question ends nothing
	enc := json.NewEncoder(&user)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in); err != nil {
		return openai.ChatCompletionRequest{}, err
	}
	return openai.ChatCompletionRequest{
		Model: o.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: o.system},
			{Role: openai.ChatMessageRoleUser, Content: user.String()},
		},
		ResponseFormat: o.responseFormat(),
	}, nil
}

// draftSchema is the JSON Schema of written.
const draftSchema = `{"type":"object","properties":{"sentences":{"type":"array","items":{"type":"object",` +
	`"properties":{"handle":{"type":"string"},"text":{"type":"string"}},"required":["handle","text"],"additionalProperties":false}}},` +
	`"required":["sentences"],"additionalProperties":false}`

func (o *OpenAI) responseFormat() *openai.ChatCompletionResponseFormat {
	switch o.Format {
	case FormatText:
		return nil
	case FormatObject:
		return &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	return &openai.ChatCompletionResponseFormat{
		Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{
			Name: "draft", Schema: json.RawMessage(draftSchema), Strict: true,
		},
	}
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) > maxQuestion {
		return string([]rune(s)[:maxQuestion])
	}
	return s
}
