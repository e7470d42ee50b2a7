package wecom

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/corpus"
)

const (
	messageBytes = 2048           // of a text or markdown message; the rest is cut off silently (doc 90236)
	codeFor      = 72 * time.Hour // how long a response_code is good for, once (doc 94888)
	buttonRunes  = 10             // of what stands on a button
	sameWithin   = 1800           // seconds within which the platform drops the same message to the same member
)

// An App is an application 自建应用: it talks with members one to one. WeCom gives it no
// messages of groups.
type App struct {
	config AppConfig
	crypts []*crypt
	api    *caller
	log    *slog.Logger
}

// NewApp returns an App. The error names the settings that are missing or wrong.
func NewApp(c AppConfig) (*App, error) {
	if err := check(KindApp, c.ID, map[string]string{"corp_id": c.CorpID, "secret": c.AppSecret}); err != nil {
		return nil, err
	}
	keys, err := crypts(c.CorpID, c.Secret, c.Old)
	if err != nil {
		return nil, err
	}
	if c.MaxAge, err = oldest(c.MaxAge); err != nil {
		return nil, err
	}
	if c.AgentID <= 0 {
		return nil, errors.New("agent_id is missing")
	}
	return &App{config: c, crypts: keys, api: newCaller(c.BaseURL, c.CorpID, c.AppSecret), log: logger(c.Log, c.ID)}, nil
}

// ID implements adapters.Platform.
func (a *App) ID() string { return a.config.ID }

// Caps implements adapters.Platform. A member gets 30 messages a minute and 1000 an
// hour, and beyond that silently nothing; the card with the buttons is one of them.
func (a *App) Caps() adapters.Caps {
	return adapters.Caps{
		Limit: messageBytes, Measure: func(m adapters.Outbound) int { _, s := a.format(m); return len(s) },
		Buttons: !a.config.NoCards, IdempotentFor: sameWithin*time.Second - time.Minute, BusyStatus: http.StatusServiceUnavailable,
		PerConversation: adapters.Rate{Messages: 8, Per: time.Minute, Burst: 5},
		PerApp:          adapters.Rate{Messages: 100, Per: time.Second, Burst: 100},
	}
}

// Routes implements adapters.Platform.
func (a *App) Routes(in adapters.Inbox) []adapters.Route {
	c := &callback{crypts: a.crypts, sealed: sealedXML, now: time.Now, maxAge: a.config.MaxAge, refuse: refuser(a.log)}
	return c.routes(path(a.config.ID), func(w http.ResponseWriter, r *http.Request, o opened) {
		m, err := parseApp(o.message)
		if err != nil {
			c.deny(w, r, http.StatusBadRequest, err)
			return
		}
		ev, ok := a.event(m)
		if !ok {
			w.WriteHeader(http.StatusOK) // or it comes again
			return
		}
		receipt, err := in.Accept(r.Context(), ev)
		switch {
		case err != nil:
			a.log.Error("a message was not taken in", slog.String("kind", string(ev.Kind)), slog.String("msgid", m.ID), slog.Any("error", err))
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		case receipt.Verdict == adapters.Busy: // it is delivered again, twice, within seconds
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		default:
			w.WriteHeader(http.StatusOK)
		}
	})
}

// event returns what somebody did; ok is false for what concerns nobody.
func (a *App) event(m appMessage) (ev adapters.Event, ok bool) {
	now := time.Now()
	ev = adapters.Event{
		Keys: []string{m.key()}, Conversation: "u:" + m.From, User: m.From, At: now,
		To: adapters.Address{User: m.From},
	}
	if m.Created > 0 {
		ev.At = time.Unix(m.Created, 0)
	}
	switch {
	case m.Type == typeText && strings.TrimFunc(m.Content, blank) == "":
		return ev, false
	case m.Type == typeText:
		ev.Kind, ev.Text = adapters.KindText, strings.TrimFunc(m.Content, blank)
		return ev, true
	case m.Type != typeEvent:
		ev.Kind = adapters.KindUnsupported // a voice message comes without its words
		return ev, true
	}
	switch m.Event {
	case "template_card_event":
		ev.Kind, ev.Answer, ok = adapters.ParseValue(m.Key)
		ev.To.Token, ev.To.Expires = m.ResponseCode, now.Add(codeFor)
		return ev, ok
	case "subscribe", "enter_agent":
		// Once a day: it comes whenever somebody opens the application.
		ev.Kind = adapters.KindWelcome
		ev.Keys = append(ev.Keys, "welcome:"+m.From+":"+corpus.DayOf(now))
		return ev, true
	case "inactive_alert", "close_inactive_agent", "low_active_alert":
		a.log.Warn("WeCom says that this application is hardly used and may be stopped: see the console", slog.String("event", m.Event))
	}
	return ev, false
}

// format returns a message as it is sent, and as what.
func (a *App) format(m adapters.Outbound) (kind, content string) {
	if a.config.Markdown {
		if content, ok := subset(m); ok {
			return "markdown", content
		}
	}
	return typeText, plain(m)
}

// An appPost is a message to a member (doc 90236).
type appPost struct {
	To       string        `json:"touser"`
	Type     string        `json:"msgtype"`
	Agent    int64         `json:"agentid"`
	Text     *content      `json:"text,omitempty"`
	Markdown *content      `json:"markdown,omitempty"`
	Card     *templateCard `json:"template_card,omitempty"`
	Check    int           `json:"enable_duplicate_check,omitempty"`
	Within   int           `json:"duplicate_check_interval,omitempty"` // seconds
}

// Send implements adapters.Platform. The buttons follow as a card of its own. The
// platform can drop a message that it has just shown, which makes sending again safe;
// but so it would drop the same answer to the same question asked twice, so it is asked
// to only when a message is tried again.
func (a *App) Send(ctx context.Context, to adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	member := to.User
	if member == "" { // a notice goes to a chat, which is a member here
		member = to.Conversation
	}
	if member == "" {
		return "", adapters.Permanent(errors.New("wecom: there is no member to send to"), "set a user ID")
	}
	post := appPost{To: member, Agent: a.config.AgentID}
	if m.Attempt > 1 {
		post.Check, post.Within = 1, sameWithin
	}
	var text string
	words := post
	if words.Type, text = a.format(m); words.Type == typeText {
		words.Text = &content{text}
	} else {
		words.Markdown = &content{text}
	}
	ref, err := a.send(ctx, words)
	if err != nil {
		return "", err
	}
	if card, ok := appCard(m); ok && !a.config.NoCards {
		post.Type, post.Card = "template_card", card
		if _, err := a.send(ctx, post); err != nil {
			return a.withoutCard(ref, m, err)
		}
	}
	return ref, nil
}

// withoutCard says what becomes of an answer that was shown but for its buttons: it is
// tried again if that can help. If not the answer has arrived all the same.
func (a *App) withoutCard(ref adapters.MessageRef, m adapters.Outbound, err error) (adapters.MessageRef, error) {
	if e := (*adapters.SendError)(nil); errors.As(err, &e) && e.Class == adapters.ClassPermanent {
		a.log.Warn("an answer was sent without its buttons", slog.String("answer", m.Answer), slog.Any("error", err))
		return ref, nil
	}
	return "", err
}

func (a *App) send(ctx context.Context, post appPost) (adapters.MessageRef, error) {
	var out struct {
		ID      string `json:"msgid"`
		Invalid string `json:"invaliduser"`
	}
	if err := a.api.call(ctx, "/cgi-bin/message/send", post, &out); err != nil {
		return "", err
	}
	if out.Invalid != "" { // there is one receiver
		return "", adapters.Permanent(errors.New("wecom: /cgi-bin/message/send: the member is unknown or out of sight"), hints[81013])
	}
	return adapters.MessageRef(out.ID), nil
}

// Confirm implements adapters.Confirmer: it puts say in place of the buttons that were
// pressed, which the platform allows once for each press.
func (a *App) Confirm(ctx context.Context, ev adapters.Event, say string) error {
	if ev.To.Token == "" {
		return adapters.Permanent(errors.New("wecom: the event has no response_code"), "")
	}
	type button struct {
		Name string `json:"replace_name"`
	}
	if utf8.RuneCountInString(say) > buttonRunes {
		say = adapters.Phrase("pressed")
	}
	return a.api.call(ctx, "/cgi-bin/message/update_template_card", struct {
		Users  []string `json:"userids"`
		Agent  int64    `json:"agentid"`
		Code   string   `json:"response_code"`
		Button button   `json:"button"`
	}{[]string{ev.User}, a.config.AgentID, ev.To.Token, button{cleanText(say)}}, nil)
}

// Check asks the platform for a token, which fails if corp_id, secret or the trusted
// IPs are wrong.
func (a *App) Check(ctx context.Context) error {
	_, err := a.api.tokens.get(ctx)
	return err
}
