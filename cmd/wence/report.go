package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// maxReported bounds how many of the last exchanges and tickets a report looks at.
const maxReported = 20_000

// A reporter sends the daily report of the day before.
type reporter struct {
	at      time.Duration // after midnight in China
	records bot.Records
	gateway *adapters.Gateway
	to      []adapters.Notice
	log     *slog.Logger
}

// run sends each report once, also when wence starts after the time of the report, until
// ctx ends.
func (r reporter) run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for done := ""; ; {
		now := time.Now().In(corpus.China)
		today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
		if day := today.AddDate(0, 0, -1); now.Sub(today) >= r.at && done != corpus.DayOf(day) {
			if err := r.send(ctx, day); err == nil {
				done = corpus.DayOf(day)
			} else if ctx.Err() == nil {
				r.log.Error("the daily report was not sent; trying again", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// send sends the report of a day. A second time does nothing: its key is the day.
func (r reporter) send(ctx context.Context, day time.Time) error {
	exchanges, err := r.records.Recent(ctx, maxReported)
	if err != nil {
		return err
	}
	tickets, err := r.records.Tickets(ctx, maxReported)
	if err != nil {
		return err
	}
	text := adapters.Report(day, exchanges, tickets)
	for _, n := range r.to {
		if err := r.gateway.Notify(ctx, "report of "+corpus.DayOf(day), n, text); err != nil {
			return err
		}
	}
	return nil
}
