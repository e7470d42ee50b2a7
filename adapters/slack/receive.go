package slack

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// How long what Slack gives us can be used. A response_url lives 30 minutes; a form
// opens for three seconds, of which some have passed.
const (
	replyLifetime = 29 * time.Minute
	maxReply      = 2048 // bytes of a response_url
	formTimeout   = 2 * time.Second
)

// Routes implements adapters.Platform: the three URLs to paste into the app's page.
func (p *Platform) Routes(in adapters.Inbox) []adapters.Route {
	base := p.path()
	return []adapters.Route{
		{Method: http.MethodPost, Path: base + "/events", Handler: p.receive(parseEvent, func(w http.ResponseWriter, r *http.Request, i incoming) {
			p.event(in, w, r, i)
		})},
		{Method: http.MethodPost, Path: base + "/commands", Handler: p.receive(parseCommand, func(w http.ResponseWriter, r *http.Request, i incoming) {
			p.command(in, w, r, i)
		})},
		{Method: http.MethodPost, Path: base + "/interactions", Handler: p.receive(parseInteraction, func(w http.ResponseWriter, r *http.Request, i incoming) {
			p.interaction(in, w, r, i)
		})},
	}
}

// receive reads a request, verifies its very bytes, parses it and hands it on.
func (p *Platform) receive(parse func([]byte) (incoming, error), take func(http.ResponseWriter, *http.Request, incoming)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := adapters.ReadBody(w, r)
		if !ok {
			return
		}
		if err := p.verifier.verify(r.Header, body); err != nil {
			p.refuse(w, r, http.StatusUnauthorized, err)
			return
		}
		i, err := parse(body)
		if err == nil && i.reply != "" {
			err = p.checkReply(i.reply)
		}
		if err != nil {
			p.refuse(w, r, http.StatusBadRequest, err)
			return
		}
		if i.event != nil {
			if i.event.At.IsZero() {
				i.event.At = p.now()
			}
			if i.private {
				i.event.To.URL, i.event.To.Expires = i.reply, p.now().Add(replyLifetime)
			}
		}
		take(w, r, i)
	})
}

// checkReply returns nil if a response_url may be kept and called.
func (p *Platform) checkReply(raw string) error {
	if len(raw) > maxReply {
		return errMalformed
	}
	return adapters.CheckURL(raw, p.hooks)
}

// refuse answers a request that is none of Slack's, or not as Slack writes it. Whoever
// sent it learns nothing.
func (p *Platform) refuse(w http.ResponseWriter, r *http.Request, status int, why error) {
	p.log.LogAttrs(r.Context(), slog.LevelWarn, "slack: request refused",
		slog.String("channel", p.id), slog.Int("status", status), slog.String("reason", why.Error()))
	http.Error(w, http.StatusText(status), status)
}

// accept keeps an event. If it could not it answers 500, so that Slack delivers it again.
func (p *Platform) accept(in adapters.Inbox, w http.ResponseWriter, r *http.Request, ev adapters.Event) (adapters.Verdict, bool) {
	receipt, err := in.Accept(r.Context(), ev)
	if err != nil {
		p.log.LogAttrs(r.Context(), slog.LevelError, "slack: event not kept", slog.String("channel", p.id), slog.String("error", err.Error()))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return "", false
	}
	return receipt.Verdict, true
}

// event answers the Events API. Retries are not told by their headers but by their
// keys: the first delivery may have been lost.
func (p *Platform) event(in adapters.Inbox, w http.ResponseWriter, r *http.Request, i incoming) {
	switch {
	case i.challenge != "":
		writeJSON(w, map[string]string{"challenge": i.challenge})
		return
	case i.limited:
		p.log.LogAttrs(r.Context(), slog.LevelError, "slack: Slack has dropped events: more than 30,000 in an hour", slog.String("channel", p.id))
	case i.event != nil:
		verdict, ok := p.accept(in, w, r, *i.event)
		if !ok {
			return
		}
		if verdict == adapters.Busy {
			http.Error(w, "busy", p.Caps().BusyStatus)
			return
		}
	}
	w.WriteHeader(http.StatusOK)
}

// command answers a slash command at once, to the asker alone. Slack does not deliver
// it again, so they are told when it was not taken.
func (p *Platform) command(in adapters.Inbox, w http.ResponseWriter, r *http.Request, i incoming) {
	say := "searching"
	if i.empty {
		say = "empty"
	} else {
		verdict, ok := p.accept(in, w, r, *i.event)
		if !ok {
			return
		}
		if verdict == adapters.Busy {
			say = "busy"
		}
	}
	writeJSON(w, map[string]string{"response_type": slackgo.ResponseTypeEphemeral, "text": escape.Replace(adapters.Phrase(say))})
}

// interaction answers a pressed button or a submitted form. Slack shows an error at the
// button if it is not taken, and does not deliver it again.
func (p *Platform) interaction(in adapters.Inbox, w http.ResponseWriter, r *http.Request, i incoming) {
	if i.event == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	verdict, ok := p.accept(in, w, r, *i.event)
	if !ok {
		return
	}
	if verdict == adapters.Busy {
		http.Error(w, "busy", p.Caps().BusyStatus)
		return
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	if verdict != adapters.Accepted || i.event.Kind != adapters.KindDown || i.trigger == "" {
		return
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return // the form must not delay the acknowledgement
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), formTimeout)
	defer cancel()
	if err := p.askReason(ctx, i); err != nil { // the vote is kept; only its reason is not asked for
		p.log.LogAttrs(ctx, slog.LevelWarn, "slack: form for the reason not shown", slog.String("channel", p.id), slog.String("error", err.Error()))
	}
}

// askReason opens the form that asks why an answer did not help.
func (p *Platform) askReason(ctx context.Context, i incoming) error {
	form, err := reasonForm(*i.event)
	if err != nil {
		return err
	}
	if _, err := p.api.OpenViewContext(ctx, i.trigger, form); err != nil {
		return p.failed("views.open", err)
	}
	return nil
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(v) // Slack has gone if it fails
}
