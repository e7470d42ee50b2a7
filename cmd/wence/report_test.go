package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// group is a channel that keeps what it is sent.
type group struct {
	mu   sync.Mutex
	text []string
}

func (g *group) ID() string                             { return "group:duty" }
func (g *group) Caps() adapters.Caps                    { return adapters.Caps{Limit: 2048} }
func (g *group) Routes(adapters.Inbox) []adapters.Route { return nil }
func (g *group) Send(_ context.Context, _ adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.text = append(g.text, adapters.PlainText(m))
	return "", nil
}

// Each day's report is sent once, even if wence is started again and again, and also if
// it was down at the time.
func TestReportOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		duty, desk := &group{}, &bot.MemoryDesk{}
		e := bot.Exchange{ID: "a", Channel: "web", Conversation: "c", Question: "学位", Answer: bot.Answer{Outcome: bot.NoBasis}, Asked: time.Now(), Answered: time.Now()}
		if _, err := desk.Keep(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.NewTextHandler(io.Discard, nil))
		up := func(d time.Duration) {
			g, err := adapters.Open(t.Context(), adapters.Config{Platforms: []adapters.Platform{duty}, Reception: bot.NewReception(nil, desk), Queue: desk, Log: log})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			r := reporter{at: 8*time.Hour + 30*time.Minute, records: desk, desk: desk, gateway: g, to: []adapters.Notice{{Channel: "group:duty"}}, log: log}
			r.run(ctx)
			if err := g.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		want := func(n int) {
			t.Helper()
			if len(duty.text) != n {
				t.Errorf("at %s: %d reports: %q", time.Now(), len(duty.text), duty.text)
			}
		}
		time.Sleep(12 * time.Hour) // it is 8 o'clock in China when the test begins
		up(10 * time.Hour)         // until 6 o'clock of the next day
		want(1)                    // of the day before the first, late
		time.Sleep(6 * time.Hour)  // down at half past eight
		up(time.Hour)
		want(2)
		up(time.Hour)
		want(2)
		up(24 * time.Hour)
		want(3)
		if !strings.Contains(duty.text[1], "1. 学位") {
			t.Errorf("%q", duty.text)
		}
	})
}
