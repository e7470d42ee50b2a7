package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
)

// configFlag says where the settings are.
type configFlag struct {
	Config string `help:"The file of settings, in TOML: channels, limits, and the flags of wence serve." env:"WENCE_CONFIG" placeholder:"FILE"`
}

// answerPath is the path of the page of an answer, before its ID.
const answerPath = "/a/"

// closeTimeout bounds how long answers that are under way may take when wence stops.
const closeTimeout = 20 * time.Second

// mountChannels starts the channels of the file of settings. No platform is called yet: one
// that cannot be reached keeps nobody from starting.
func mountChannels(ctx context.Context, h *host, c *serveCmd) (mounted, error) {
	settings, err := c.settings()
	if err != nil {
		return mounted{}, err
	}
	registry, notices := prometheus.NewRegistry(), settings.notices()
	if err := registry.Register(backlog{h.store, h.log}); err != nil {
		return mounted{}, fmt.Errorf("measure the tickets: %w", err)
	}
	g, err := adapters.Open(ctx, adapters.Config{
		Platforms: settings.platforms(), Reception: bot.NewReception(h.bot, h.store), Queue: h.store,
		PublicURL: settings.PublicURL, AnswerPath: answerPath, Others: []string{web.Channel}, Notices: notices, NoTickets: c.unattended() && len(notices) == 0,
		Workers: settings.Gateway.Workers, Waiting: settings.Gateway.Waiting, PerConversation: settings.Gateway.PerConversation,
		Metrics: registry, Log: h.log,
	})
	if err != nil {
		return mounted{}, fmt.Errorf("start the channels: %w", err)
	}
	h.gateway = g
	stop := settings.background(ctx, h, g, notices)
	m := mounted{metrics: registry, close: func() error {
		stop()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return g.Close(ctx)
	}}
	if len(notices) > 0 {
		m.tell = g.Tell
	}
	for _, r := range g.Routes() {
		// What is signed needs no protection from other origins: no cookie counts.
		m.routes = append(m.routes, web.Route{Method: r.Method, Path: r.Path, Handler: r.Handler, CrossOrigin: true})
	}
	for _, p := range settings.platforms() {
		h.log.Info("channel started", slog.String("channel", p.ID()))
	}
	return m, nil
}

// background starts what tells people without being asked: about tickets, and each day
// what was asked the day before. It returns what stops that.
func (c *config) background(ctx context.Context, h *host, g *adapters.Gateway, notices []adapters.Notice) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	if len(notices) > 0 {
		l := teller{records: h.store, gateway: g, log: h.log}
		for _, p := range c.platforms() {
			l.channels = append(l.channels, p.ID())
		}
		running.Go(func() { l.run(ctx) })
	}
	if at, err := time.Parse(reportTime, c.Gateway.Report); err == nil { // check has refused what is no time
		midnight, _ := time.Parse(reportTime, "00:00")
		r := reporter{at: at.Sub(midnight), records: h.store, desk: h.store, gateway: g, to: notices, log: h.log}
		running.Go(func() { r.run(ctx) })
	}
	return func() { cancel(); running.Wait() }
}

// notices returns who is told about tickets.
func (c *config) notices() (out []adapters.Notice) {
	for _, n := range c.Gateway.Notify {
		out = append(out, adapters.Notice{Channel: n.Channel, To: adapters.Address{Conversation: n.To}})
	}
	return out
}
