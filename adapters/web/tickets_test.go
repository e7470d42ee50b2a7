package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// A reply comes to a page that is open, and stands there when its reader comes back: as a
// person's words, whatever they look like.
func TestRepliesOnThePage(t *testing.T) {
	o := newOffice(t, nil)
	o.times.look, o.times.heartbeat = 5*time.Millisecond, 10*time.Millisecond
	v := o.visitor(t)
	page := v.ask("转人工")
	ticket := page.Find(".ticket")
	if text := ticket.Text(); !strings.Contains(text, "看到后在这里答复您") {
		t.Errorf("promised is %q", text)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.http.URL+ticket.AttrOr("data-replies", ""), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // its end is of no interest
	stream := bufio.NewScanner(resp.Body)
	next := func(line string) {
		t.Helper()
		for stream.Scan() {
			if strings.Contains(stream.Text(), line) {
				return
			}
		}
		t.Fatalf("%q does not come: %v", line, stream.Err())
	}
	next(": ping")
	k, err := o.records.Ticket(t.Context(), ticket.Find("strong").Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<b>请</b>到二楼。", "还有一件事。"} {
		way, _, err := adapters.Reply(t.Context(), o.records, nil, k, adapters.Words{Text: text, By: "王五", KeepOpen: true})
		if err != nil || way != adapters.WayFetch {
			t.Fatal(way, err)
		}
		next("event: reply")
		next(strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(text))
	}
	replied := v.page("/").Find(".replied")
	if replied.Length() != 2 || replied.First().Find(".said").Text() != "<b>请</b>到二楼。" || replied.Find(".quote").Length() != 0 || replied.Find(".vote").Length() != 2 {
		t.Errorf("the page has %s", replied.Text())
	}
	if stranger := o.visitor(t).page("/").Find(".replied").Length(); stranger != 0 {
		t.Error("a stranger sees the reply")
	}
	if resp, _ := v.do(http.MethodGet, "/chat/answers/none/replies", nil, false); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the replies to nothing are %s", resp.Status)
	}
}

// Who asks for a person on the page of an answer that a chat got is answered in that chat,
// and whoever is to know is told; if they cannot be the page says so.
func TestHandOverOfAChat(t *testing.T) {
	var told []bot.Ticket
	fail := errors.New("the channel is down")
	o := newOffice(t, func(c *Config) {
		c.Tell = func(_ context.Context, k bot.Ticket) error {
			told = append(told, k)
			return fail
		}
	})
	e := bot.Exchange{ID: "chat1", Channel: "slack:a", Conversation: "C1", Question: "想贷款", Asked: time.Now(), Answered: time.Now(), Answer: bot.Answer{Outcome: bot.NoBasis, Text: "没有"}}
	message, err := json.Marshal(map[string]any{"to": adapters.Address{Conversation: "C1", Thread: "T1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.records.Accept(t.Context(), bot.Inbound{ID: e.ID, Channel: e.Channel, Conversation: e.Conversation, Received: time.Now()}, nil); err != nil {
		t.Fatal(err)
	}
	sent := bot.Delivery{ID: e.ID, Answer: e.ID, Channel: e.Channel, Conversation: e.Conversation, Message: message, State: bot.DeliverySent, Created: time.Now()}
	if err := o.records.Complete(t.Context(), bot.Completion{Inbound: e.ID, Exchange: &e, Deliveries: []bot.Delivery{sent}}); err != nil {
		t.Fatal(err)
	}
	v := o.visitor(t)
	if resp, _ := v.do(http.MethodPost, "/a/chat1/handover", url.Values{}, true); resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("nobody was told, but the page says %s", resp.Status)
	}
	fail = nil
	_, body := v.do(http.MethodPost, "/a/chat1/handover", url.Values{}, true)
	if text := v.parse(body).Find(".ticket").Text(); !strings.Contains(text, "T-000001") || !strings.Contains(text, "已通知工作人员") {
		t.Errorf("the page says %q", text)
	}
	if len(told) != 2 || told[1].ID != "T-000001" || string(told[1].Address) != `{"conversation":"C1","thread":"T1"}` {
		t.Errorf("told is %+v", told)
	}
}
