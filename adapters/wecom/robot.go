package wecom

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

const (
	streamBytes  = 20480 // of one frame, and of one message by reply URL (doc 101031)
	streamFor    = 330 * time.Second
	replyFor     = time.Hour // how long a reply URL is good for, once (doc 101138)
	reasonsLimit = 8
)

// A Robot is a robot 智能机器人 in URL mode. WeCom fetches its answers: the first reply
// opens a stream, which WeCom then polls until a frame says that it is finished. What
// takes too long goes to the reply URL of the message.
type Robot struct {
	config RobotConfig
	crypts []*crypt
	api    *client
	log    *slog.Logger
}

// NewRobot returns a Robot. The error names the settings that are missing or wrong.
func NewRobot(c RobotConfig) (*Robot, error) {
	if err := check(KindRobot, c.ID, nil); err != nil {
		return nil, err
	}
	keys, err := crypts("", c.Secret, c.Old)
	if err != nil {
		return nil, err
	}
	if c.MaxAge, err = oldest(c.MaxAge); err != nil {
		return nil, err
	}
	if c.Stream == 0 {
		c.Stream = streamFor
	}
	if c.Stream < time.Minute || c.Stream > 10*time.Minute {
		return nil, fmt.Errorf("stream is between 1m and 10m, not %s: WeCom polls for 6 to 10 minutes", c.Stream)
	}
	return &Robot{config: c, crypts: keys, api: newClient(c.BaseURL), log: logger(c.Log, c.ID)}, nil
}

// ID implements adapters.Platform.
func (r *Robot) ID() string { return r.config.ID }

// Caps implements adapters.Platform.
func (r *Robot) Caps() adapters.Caps {
	return adapters.Caps{
		Limit: streamBytes, Measure: adapters.Bytes(full), MaxParts: 1,
		Buttons: !r.config.NoCards, BusyStatus: http.StatusOK,
	}
}

// Routes implements adapters.Platform.
func (r *Robot) Routes(in adapters.Inbox) []adapters.Route {
	c := &callback{crypts: r.crypts, sealed: sealedJSON, now: time.Now, maxAge: r.config.MaxAge, refuse: refuser(r.log)}
	return c.routes(path(r.config.ID), func(w http.ResponseWriter, req *http.Request, o opened) {
		m, err := parseRobot(o.message)
		if err != nil {
			c.deny(w, req, http.StatusBadRequest, err)
			return
		}
		reply, err := r.handle(req.Context(), in, m)
		if errors.Is(err, errBusy) {
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			r.log.Error("a message was not taken in", slog.String("msgid", m.ID), slog.Any("error", err))
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		if err := r.hand(req.Context(), in, w, o, reply); err != nil {
			r.log.Error("a reply was not written", slog.String("msgid", m.ID), slog.Any("error", err))
		}
	})
}

// hand answers a request with a reply; if that is the answer to a question it is handed
// out, or WeCom told to come again.
func (r *Robot) hand(ctx context.Context, in adapters.Inbox, w http.ResponseWriter, o opened, reply robotReply) error {
	if reply.delivers == "" {
		return r.answer(w, o, reply)
	}
	begun := false
	err := in.HandOut(context.WithoutCancel(ctx), reply.delivers, func() error { // the request may end with the response
		begun = true
		return r.answer(w, o, reply)
	})
	if !begun {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return err
}

// A robotReply is what a request is answered with.
type robotReply struct {
	message  any    // nil: nothing, which WeCom takes for no reply
	delivers string // ID of the answer that is handed out with it
}

// answer seals a reply and writes it.
func (r *Robot) answer(w http.ResponseWriter, o opened, reply robotReply) error {
	if reply.message == nil {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	data, err := o.reply(reply.message, time.Now())
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if _, err = w.Write(data); err != nil {
		return err
	}
	if err = http.NewResponseController(w).Flush(); errors.Is(err, http.ErrNotSupported) {
		err = nil // all that can be known
	}
	return err
}

// handle takes in what WeCom posted and returns what it is answered with.
func (r *Robot) handle(ctx context.Context, in adapters.Inbox, m robotMessage) (robotReply, error) {
	switch {
	case m.Type == typeStream:
		return r.poll(ctx, in, m.Stream.ID)
	case m.Type != typeEvent:
		return r.ask(ctx, in, m)
	case m.Event.Type == "enter_chat":
		return robotReply{message: textMessage{"text", content{adapters.Phrase("welcome")}}}, nil
	case m.Event.Type == "feedback_event":
		return robotReply{}, r.vote(ctx, in, m)
	case m.Event.Type == "template_card_event":
		return r.click(ctx, in, m)
	}
	return robotReply{}, nil
}

// event returns what is common to all events of a message.
func (r *Robot) event(m robotMessage, kind adapters.Kind) adapters.Event {
	at := time.Now()
	if m.Created > 0 {
		at = time.Unix(m.Created, 0)
	}
	conversation := "u:" + m.From.User
	if m.ChatType == chatGroup {
		conversation = "g:" + m.Chat + ":" + m.From.User
	}
	ev := adapters.Event{Kind: kind, Keys: []string{"msg:" + m.ID}, Conversation: conversation, User: m.From.User, At: at}
	if m.ResponseURL == "" {
		return ev
	}
	if err := adapters.CheckURL(m.ResponseURL, r.api.base, replyHost); err != nil {
		// The platform can still fetch the answer; what it must not do is send us elsewhere.
		r.log.Warn("a reply URL was not taken", slog.String("msgid", m.ID), slog.Any("error", err))
		return ev
	}
	ev.To = adapters.Address{URL: m.ResponseURL, Expires: time.Now().Add(replyFor)}
	return ev
}

// replyHost is where reply URLs are, beside the base URL of the API.
const replyHost = "qyapi.weixin.qq.com"

// ask takes in a question and opens the stream of its answer. A question that is
// delivered again is answered with the same stream: nothing was seen of it before.
func (r *Robot) ask(ctx context.Context, in adapters.Inbox, m robotMessage) (robotReply, error) {
	text, ok := m.text()
	if !ok {
		return r.say(m, "unsupported"), nil
	}
	ev := r.event(m, adapters.KindText)
	if ev.Text = stripMention(text, r.mention(m)); ev.Text == "" {
		return r.say(m, "empty"), nil
	}
	ev.PullFor = r.config.Stream
	receipt, err := in.Accept(ctx, ev)
	switch {
	case err != nil:
		return robotReply{}, err
	case receipt.Verdict == adapters.Busy:
		return r.say(m, "busy"), nil
	}
	reply := robotReply{message: frame(receipt.Answer, adapters.Phrase("searching"), false)}
	if receipt.Verdict == adapters.Duplicate { // whatever it has come to meanwhile
		if reply, err = r.poll(ctx, in, receipt.Answer); err != nil {
			return robotReply{}, err
		}
	}
	if f, ok := reply.message.(streamFrame); ok { // the first that WeCom sees
		f.Stream.Feedback = &feedbackID{receipt.Answer}
		reply.message = f
	}
	return reply, nil
}

// mention returns the name that people mention the robot by; in a chat between two
// they need not, and a first word with @ is not taken for it.
func (r *Robot) mention(m robotMessage) string {
	if r.config.BotName == "" && m.ChatType != chatGroup {
		return nobody
	}
	return r.config.BotName
}

// nobody is a name that no text mentions.
const nobody = "\x00"

// sayings are what a robot says by itself, in one finished frame of which nothing is
// kept: the ID of its stream tells what to say if that is polled all the same.
var sayings = []string{"unsupported", "empty", "busy"}

func (r *Robot) say(m robotMessage, phrase string) robotReply {
	return robotReply{message: frame(phrase+"-"+shortHash(m.ID), adapters.Phrase(phrase), true)}
}

// poll answers what has become of a stream.
func (r *Robot) poll(ctx context.Context, in adapters.Inbox, id string) (robotReply, error) {
	if phrase, _, _ := strings.Cut(id, "-"); slices.Contains(sayings, phrase) {
		return robotReply{message: frame(id, adapters.Phrase(phrase), true)}, nil
	}
	p, err := in.Progress(ctx, id)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return robotReply{message: frame(id, adapters.Phrase("gone"), true)}, nil
	case err != nil:
		return robotReply{}, err
	case p.Pushed:
		return robotReply{message: frame(id, adapters.Phrase("later"), true)}, nil
	case !p.Finished:
		return robotReply{message: frame(id, adapters.Phrase("searching"), false)}, nil
	case len(p.Parts) == 0:
		return robotReply{message: frame(id, adapters.Phrase("failed"), true), delivers: id}, nil
	}
	last := p.Parts[0] // Caps.MaxParts is 1
	f := frame(id, full(last), true)
	// Votes are the platform's own business here; a person is reached by a card.
	if card, ok := robotCard(last); ok && !r.config.NoCards {
		f.Type, f.Card = "stream_with_template_card", card
	}
	return robotReply{message: f, delivers: id}, nil
}

// errBusy is returned for what cannot be taken in now and can be told to nobody: WeCom
// delivers it again.
var errBusy = errors.New("too much is waiting")

// take takes in what is not a question.
func take(ctx context.Context, in adapters.Inbox, ev adapters.Event) error {
	receipt, err := in.Accept(ctx, ev)
	if err == nil && receipt.Verdict == adapters.Busy {
		err = errBusy
	}
	return err
}

// votes are the kinds of native feedback (doc 101027).
var votes = map[int]adapters.Kind{1: adapters.KindUp, 2: adapters.KindDown, 3: adapters.KindWithdrawn}

// vote takes in native feedback, which can come days after the answer. The platform
// allows no reply.
func (r *Robot) vote(ctx context.Context, in adapters.Inbox, m robotMessage) error {
	v := m.Event.Feedback
	kind, ok := votes[v.Type]
	if !ok || v.ID == "" {
		return nil
	}
	ev := r.event(m, kind)
	ev.To = adapters.Address{}
	ev.Answer, ev.Reason = v.ID, reason(v)
	return take(ctx, in, ev)
}

// reason returns why somebody found an answer wrong, in their words and the platform's.
func reason(v robotVote) string {
	var said []string
	for _, n := range v.Reasons[:min(len(v.Reasons), reasonsLimit)] {
		if n >= 1 && n <= 4 {
			said = append(said, adapters.Phrase(fmt.Sprintf("wecom_reason_%d", n)))
		}
	}
	if v.Content != "" {
		said = append(said, v.Content)
	}
	return strings.Join(said, ";")
}

// click takes in the press of a button and shows it on the card.
func (r *Robot) click(ctx context.Context, in adapters.Inbox, m robotMessage) (robotReply, error) {
	kind, answer, ok := adapters.ParseValue(m.Event.Click.Key)
	if !ok || m.Event.Click.Task == "" {
		return robotReply{}, nil
	}
	ev := r.event(m, kind)
	ev.Answer = answer
	if err := take(ctx, in, ev); err != nil {
		return robotReply{}, err
	}
	return robotReply{message: cardUpdate{
		Type: "update_template_card", Users: []string{m.From.User},
		Card: newCard(m.Event.Click.Task, adapters.Phrase("card_human"), cardButton{adapters.Phrase("pressed"), 2, m.Event.Click.Key}),
	}}, nil
}

// Send implements adapters.Platform: it sends an answer that nobody fetched in time to
// the reply URL of the question, which takes one message.
func (r *Robot) Send(ctx context.Context, to adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	switch {
	case to.URL == "":
		return "", adapters.Permanent(errors.New("wecom: there is no reply URL to send to"), "")
	case !to.Expires.IsZero() && time.Now().After(to.Expires):
		return "", adapters.Permanent(errors.New("wecom: the reply URL has expired"), "")
	}
	if err := adapters.CheckURL(to.URL, r.api.base, replyHost); err != nil {
		return "", adapters.Permanent(fmt.Errorf("wecom: %w", err), "check base_url")
	}
	return "", r.api.doURL(ctx, "aibot/response", to.URL, struct {
		Type     string  `json:"msgtype"`
		Markdown content `json:"markdown"`
	}{"markdown", content{full(m)}}, nil)
}
