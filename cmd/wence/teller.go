package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
)

// A teller tells whoever is to know about the tickets that no channel has told about:
// those of the chat page and of the API.
type teller struct {
	records  bot.Records
	gateway  *adapters.Gateway
	channels []string // that tell themselves
	log      *slog.Logger
}

// How the teller looks for tickets.
const (
	tellEvery = 3 * time.Second
	tellFor   = 24 * time.Hour // the gateway knows for longer what it has told
	tellLast  = 200            // tickets
)

// run tells about each ticket once, also about those that were opened just before wence
// was killed, until ctx ends.
func (l teller) run(ctx context.Context) {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	told := map[string]bool{}
	for {
		if err := l.tell(ctx, told); err != nil && ctx.Err() == nil {
			l.log.Error("nobody was told about a ticket; trying again", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// tell tells about the tickets that are not in told, and puts them in.
func (l teller) tell(ctx context.Context, told map[string]bool) error {
	tickets, err := l.records.Tickets(ctx, tellLast)
	if err != nil {
		return err
	}
	for _, t := range slices.Backward(tickets) { // in their order
		if told[t.ID] || !t.IsOpen() || time.Since(t.Opened) > tellFor || slices.Contains(l.channels, t.Channel) {
			continue
		}
		if err := l.gateway.Tell(ctx, t); err != nil {
			return err
		}
		told[t.ID] = true
	}
	return nil
}

// backlog measures how many tickets wait for a person, and how long the first of them has
// waited.
type backlog struct {
	desk bot.Desk
	log  *slog.Logger
}

var (
	openTickets  = prometheus.NewDesc("wence_tickets_open", "Tickets that nobody has answered or closed.", nil, nil)
	oldestTicket = prometheus.NewDesc("wence_ticket_oldest_seconds", "How long the oldest open ticket has waited; 0 if there is none.", nil, nil)
)

// Describe implements prometheus.Collector.
func (backlog) Describe(out chan<- *prometheus.Desc) {
	out <- openTickets
	out <- oldestTicket
}

// Collect implements prometheus.Collector.
func (b backlog) Collect(out chan<- prometheus.Metric) {
	open, oldest, err := b.desk.Backlog(context.Background())
	if err != nil {
		b.log.Error("the open tickets cannot be counted", slog.Any("error", err))
		return // no figure is better than a wrong one
	}
	waited := 0.0
	if open > 0 {
		waited = max(0, time.Since(oldest).Seconds())
	}
	out <- prometheus.MustNewConstMetric(openTickets, prometheus.GaugeValue, float64(open))
	out <- prometheus.MustNewConstMetric(oldestTicket, prometheus.GaugeValue, waited)
}
