package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// A ticket of the chat page or of the API is told about once, also if wence was killed
// before it could, and one that a channel tells about itself is not told about again.
func TestTellerTellsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		duty, desk := &group{}, &bot.MemoryDesk{}
		open := func(channel, question string, ago time.Duration) bot.Ticket {
			k, _, err := desk.OpenTicket(t.Context(), bot.Ticket{Channel: channel, Conversation: "c", Question: question, Opened: time.Now().Add(-ago)})
			if err != nil {
				t.Fatal(err)
			}
			return k
		}
		up := func(d time.Duration) {
			log := slog.New(slog.NewTextHandler(io.Discard, nil))
			g, err := adapters.Open(t.Context(), adapters.Config{
				Platforms: []adapters.Platform{duty}, Reception: bot.NewReception(nil, desk), Queue: desk, Log: log, Notices: []adapters.Notice{{Channel: "group:duty"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			teller{records: desk, gateway: g, channels: []string{"group:duty"}, log: log}.run(ctx)
			if err := g.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		open("web", "很久以前", 30*time.Hour)
		answered := open("web", "已经办结", time.Hour)
		if _, err := desk.CloseTicket(t.Context(), answered.ID, bot.Closing{Assessment: bot.Solved, By: "王五"}); err != nil {
			t.Fatal(err)
		}
		open("group:duty", "自己会说", time.Minute)
		open("web", "第一件", time.Minute)
		up(time.Minute)
		open("api", "第二件", 0)
		up(time.Minute)
		up(time.Hour)
		if len(duty.text) != 2 || !strings.Contains(duty.text[0], "第一件") || !strings.Contains(duty.text[1], "第二件") {
			t.Errorf("told is %q", duty.text)
		}
	})
}
