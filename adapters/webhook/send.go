package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/wence-bot/wence/adapters"
)

// Send implements adapters.Platform: it posts one part to the callback URL. The
// webhook-id stays the same when it is sent again, so the receiver can tell.
func (p *Platform) Send(ctx context.Context, to adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	if p.callback == "" {
		return "", adapters.Permanent(errors.New("there is nowhere to send it"), "set callback_url, or fetch answers with /answer")
	}
	body := encode(newCallback(to, m))
	timestamp := strconv.FormatInt(p.now().Unix(), 10)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.callback, bytes.NewReader(body))
	if err != nil {
		return "", adapters.Permanent(errors.New("callback_url cannot be called"), "check callback_url")
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "wence")
	r.Header.Set(headerID, m.Key)
	r.Header.Set(headerTimestamp, timestamp)
	r.Header.Set(headerSignature, p.signer.sign(m.Key, timestamp, body))
	status, header, _, err := adapters.Do(p.client, r)
	if err != nil {
		return "", err
	}
	refusal := fmt.Errorf("the callback answered %d", status)
	switch {
	case status/100 == 2:
		return adapters.MessageRef(m.Key), nil
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return "", adapters.RetryAfter(adapters.ParseRetryAfter(header, p.now()), refusal)
	case status == http.StatusGone:
		return "", adapters.Permanent(refusal, "the receiver wants no more callbacks: ask its operators, or take callback_url out")
	case status/100 == 3:
		return "", adapters.Permanent(refusal, "redirects are not followed: set callback_url to where it leads")
	case status/100 == 4 && m.Attempt >= refusalsUntil:
		return "", adapters.Permanent(refusal, "check callback_url, and that the receiver verifies with the same secret")
	}
	return "", adapters.Unsent(refusal)
}
