// Package terminal is the channel of somebody who sits at this machine: what is typed
// goes through the same gateway as what comes from a chat platform.
//
// It owns waiting for the answer. It refuses to know how it is found, and how a terminal
// is read and painted.
package terminal

import (
	"context"
	"errors"
	"sync"

	"github.com/wence-bot/wence/adapters"
)

// ID is the ID of the channel.
const ID = "terminal:local"

// A Platform is one terminal. Its answers are asked for with Ask; nothing is sent.
type Platform struct {
	conversation string

	mu    sync.Mutex
	inbox adapters.Inbox
}

var _ adapters.Platform = (*Platform)(nil)

// New returns a terminal in a conversation of its own.
func New(conversation string) *Platform { return &Platform{conversation: conversation} }

// ID implements adapters.Platform.
func (p *Platform) ID() string { return ID }

// Caps implements adapters.Platform.
func (p *Platform) Caps() adapters.Caps { return adapters.Caps{Buttons: true, BusyStatus: 429} }

// Routes implements adapters.Platform: there are none.
func (p *Platform) Routes(in adapters.Inbox) []adapters.Route {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inbox = in
	return nil
}

// Send implements adapters.Platform.
func (p *Platform) Send(context.Context, adapters.Address, adapters.Outbound) (adapters.MessageRef, error) {
	return "", adapters.Permanent(errors.New("a terminal is not written to"), "")
}

// Ask has something answered, waits for it, and returns what is to be shown. key is new
// for each question.
func (p *Platform) Ask(ctx context.Context, key, text string) ([]adapters.Outbound, error) {
	p.mu.Lock()
	in := p.inbox
	p.mu.Unlock()
	if in == nil {
		return nil, errors.New("terminal: no gateway has mounted it")
	}
	receipt, err := in.Accept(ctx, adapters.Event{
		Kind: adapters.KindText, Keys: []string{key}, Conversation: p.conversation, Text: text, PullFor: adapters.PullOnly,
	})
	if err != nil {
		return nil, err
	}
	if receipt.Verdict == adapters.Busy {
		return []adapters.Outbound{{Blocks: []adapters.Block{{Text: adapters.Phrase("busy")}}}}, nil
	}
	progress, err := in.Wait(ctx, receipt.Answer)
	if err == nil && !progress.Finished {
		err = errors.Join(errors.New("terminal: the answer was not finished"), ctx.Err())
	}
	if err != nil {
		return nil, err
	}
	return progress.Parts, in.HandOut(ctx, receipt.Answer, func() error { return nil }) // printing does not fail
}
