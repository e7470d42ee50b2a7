package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/wence-bot/wence/adapters"
)

// metadataType names the metadata by which we find our messages again.
const metadataType = "wence_message"

// errUsedUp says that a response_url can be used no more: nothing was shown.
var errUsedUp = errors.New("the response URL is used up")

// Send implements adapters.Platform. An answer to a slash command is shown to its asker
// alone, where they asked or, half an hour later, in the direct messages with the bot.
func (p *Platform) Send(ctx context.Context, to adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	if to.URL != "" {
		err := p.respond(ctx, to, p.reply(m))
		if !errors.Is(err, errUsedUp) {
			return "", err
		}
		if to.Thread = ""; !strings.HasPrefix(to.Conversation, "D") {
			to.Conversation = to.User
		}
	}
	options := append(p.options(m), slackgo.MsgOptionDisableLinkUnfurl(), slackgo.MsgOptionDisableMediaUnfurl())
	if to.Thread != "" {
		options = append(options, slackgo.MsgOptionTS(to.Thread))
	}
	channel, ts, err := p.api.PostMessageContext(ctx, to.Conversation, options...)
	if err != nil {
		return "", p.failed("chat.postMessage", err)
	}
	if channel == "" || ts == "" {
		return "", adapters.Ambiguous(errors.New("slack: chat.postMessage: the response names no message"))
	}
	return reference(channel, ts), nil
}

// options returns a message for Slack's API.
func (p *Platform) options(m adapters.Outbound) []slackgo.MsgOption {
	return []slackgo.MsgOption{
		slackgo.MsgOptionText(fallback(m), false),
		slackgo.MsgOptionBlocks(p.look.blocks(m)...),
		slackgo.MsgOptionMetadata(slackgo.SlackMetadata{
			EventType: metadataType, EventPayload: map[string]any{"key": m.Key, "answer_id": m.Answer},
		}),
	}
}

// A reply is a message for a response URL. slackgo.Msg is none: it always writes
// metadata, here of no type.
type reply struct {
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal bool            `json:"replace_original"`
	Text            string          `json:"text"`
	Blocks          []slackgo.Block `json:"blocks,omitempty"`
}

// reply returns a message for a response URL.
func (p *Platform) reply(m adapters.Outbound) reply {
	return reply{Text: fallback(m), Blocks: p.look.blocks(m)}
}

// reference returns what we call a message: its channel and ts.
func reference(channel, ts string) adapters.MessageRef {
	return adapters.MessageRef(channel + ":" + ts)
}

// respond posts to the response URL of an address, for its user alone. The error is
// errUsedUp if that is no longer possible and nothing was shown, else a *SendError.
func (p *Platform) respond(ctx context.Context, to adapters.Address, m reply) error {
	if err := adapters.CheckURL(to.URL, p.hooks); err != nil { // it was checked before it was kept, under other settings maybe
		return adapters.Permanent(fmt.Errorf("slack: %w", err), "is hooks_url right?")
	}
	if !to.Expires.IsZero() && !p.now().Before(to.Expires) {
		return errUsedUp
	}
	m.ResponseType = slackgo.ResponseTypeEphemeral
	body, err := json.Marshal(m)
	if err != nil {
		return adapters.Permanent(fmt.Errorf("slack: write the message: %w", err), "")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return adapters.Permanent(errors.New("slack: the response URL is malformed"), "")
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	status, header, body, err := adapters.Do(p.client, r)
	if err != nil {
		return err
	}
	return p.responded(status, header, body)
}

// responded reads what a response URL answers: the word ok, or JSON as the API does.
func (p *Platform) responded(status int, header http.Header, body []byte) error {
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if text := strings.TrimSpace(string(body)); text == "ok" {
		said.OK = true
	} else if err := json.Unmarshal(body, &said); err != nil {
		said.Error = text
	}
	said.Error = code(said.Error)
	cause := fmt.Errorf("slack: response URL: HTTP status %d %s", status, said.Error)
	switch {
	case said.Error == "used_url" || said.Error == "expired_url" || status == http.StatusNotFound || status == http.StatusGone:
		return errUsedUp
	case status == http.StatusTooManyRequests:
		return adapters.RetryAfter(adapters.ParseRetryAfter(header, p.now()), cause)
	case status == http.StatusOK && said.OK:
		return nil
	case status == http.StatusOK && said.Error != "":
		return refusal(said.Error, cause)
	case status == http.StatusOK:
		return adapters.Ambiguous(cause)
	}
	return statusError(status, cause)
}

// Update implements adapters.Updater.
func (p *Platform) Update(ctx context.Context, to adapters.Address, ref adapters.MessageRef, m adapters.Outbound) error {
	if ref == "" && to.URL != "" { // only the asker sees it, and the API does not know it
		replacement := p.reply(m)
		replacement.ReplaceOriginal = true
		err := p.respond(ctx, to, replacement)
		if errors.Is(err, errUsedUp) {
			return adapters.Permanent(fmt.Errorf("slack: %w", err), "")
		}
		return err
	}
	channel, ts, ok := strings.Cut(string(ref), ":")
	if !ok {
		channel, ts = to.Conversation, to.Message
	}
	if _, _, _, err := p.api.UpdateMessageContext(ctx, channel, ts, p.options(m)...); err != nil {
		return p.failed("chat.update", err)
	}
	return nil
}

// Confirm implements adapters.Confirmer: it says something to who pressed a button,
// where they did and to them alone.
func (p *Platform) Confirm(ctx context.Context, ev adapters.Event, say string) error {
	text := escape.Replace(say)
	if ev.To.URL != "" {
		if err := p.respond(ctx, ev.To, reply{Text: text}); !errors.Is(err, errUsedUp) {
			return err
		}
	}
	options := []slackgo.MsgOption{slackgo.MsgOptionText(text, false)}
	if ev.To.Thread != "" {
		options = append(options, slackgo.MsgOptionTS(ev.To.Thread))
	}
	if _, err := p.api.PostEphemeralContext(ctx, ev.To.Conversation, ev.User, options...); err != nil {
		return p.failed("chat.postEphemeral", err)
	}
	return nil
}

// Find implements adapters.Finder. It looks through the thread, or the direct
// conversation, after the message that was replied to.
func (p *Platform) Find(ctx context.Context, to adapters.Address, key string) (adapters.MessageRef, bool, error) {
	if to.URL != "" || to.Conversation == "" || to.Message == "" && to.Thread == "" {
		return "", false, adapters.Permanent(errors.New("slack: what was sent to a response URL cannot be looked for"), "")
	}
	cursor := ""
	for range maxPages {
		found, next, err := p.page(ctx, to, cursor)
		if err != nil {
			return "", false, err
		}
		for _, m := range found {
			if m.Metadata.EventType == metadataType && m.Metadata.EventPayload["key"] == key && m.BotID != "" {
				return reference(to.Conversation, m.Timestamp), true, nil
			}
		}
		if next == "" {
			return "", false, nil
		}
		cursor = next
	}
	return "", false, adapters.Permanent(errors.New("slack: the thread is too long to be searched"), "")
}

// How far Find looks.
const (
	pageLength = 200
	maxPages   = 5
)

// page returns a page of the messages among which Find looks, and where the next begins.
func (p *Platform) page(ctx context.Context, to adapters.Address, cursor string) ([]slackgo.Message, string, error) {
	if to.Thread == "" {
		r, err := p.api.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{
			ChannelID: to.Conversation, Oldest: to.Message, Cursor: cursor, Limit: pageLength, IncludeAllMetadata: true,
		})
		if err != nil {
			return nil, "", p.failed("conversations.history", err)
		}
		return r.Messages, r.ResponseMetaData.NextCursor, nil
	}
	found, _, next, err := p.api.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
		ChannelID: to.Conversation, Timestamp: to.Thread, Oldest: to.Message, Cursor: cursor, Limit: pageLength, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", p.failed("conversations.replies", err)
	}
	return found, next, nil
}
