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
	registry := prometheus.NewRegistry()
	g, err := adapters.Open(ctx, adapters.Config{
		Platforms: settings.platforms(), Reception: bot.NewReception(h.bot, h.store), Queue: h.store,
		PublicURL: settings.PublicURL, AnswerPath: answerPath, Notices: settings.notices(),
		Workers: settings.Gateway.Workers, Waiting: settings.Gateway.Waiting, PerConversation: settings.Gateway.PerConversation,
		Metrics: registry, Log: h.log,
	})
	if err != nil {
		return mounted{}, fmt.Errorf("start the channels: %w", err)
	}
	stop := settings.report(ctx, h, g)
	m := mounted{metrics: registry, close: func() error {
		stop()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return g.Close(ctx)
	}}
	for _, r := range g.Routes() {
		// What is signed needs no protection from other origins: no cookie counts.
		m.routes = append(m.routes, web.Route{Method: r.Method, Path: r.Path, Handler: r.Handler, CrossOrigin: true})
	}
	for _, p := range settings.platforms() {
		h.log.Info("channel started", slog.String("channel", p.ID()))
	}
	return m, nil
}

// report starts sending the daily report. It returns what stops that.
func (c *config) report(ctx context.Context, h *host, g *adapters.Gateway) (stop func()) {
	if c.Gateway.Report == "" {
		return func() {}
	}
	at, err := time.Parse(reportTime, c.Gateway.Report)
	if err != nil {
		return func() {} // check has refused it
	}
	midnight, _ := time.Parse(reportTime, "00:00")
	ctx, cancel := context.WithCancel(ctx)
	r := reporter{at: at.Sub(midnight), records: h.store, gateway: g, to: c.notices(), log: h.log}
	var running sync.WaitGroup
	running.Go(func() { r.run(ctx) })
	return func() { cancel(); running.Wait() }
}

// notices returns who is told about tickets.
func (c *config) notices() (out []adapters.Notice) {
	for _, n := range c.Gateway.Notify {
		out = append(out, adapters.Notice{Channel: n.Channel, To: adapters.Address{Conversation: n.To}})
	}
	return out
}
