package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A reporter sends the daily report of the day before.
type reporter struct {
	at      time.Duration // after midnight in China
	records bot.Records
	desk    bot.Desk
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
	text, err := adapters.Report(ctx, r.records, r.desk, day)
	if err != nil {
		return err
	}
	for _, n := range r.to {
		if err := r.gateway.Notify(ctx, "report of "+corpus.DayOf(day), n, text); err != nil {
			return err
		}
	}
	return nil
}
