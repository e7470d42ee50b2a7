package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
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

// mountChannels starts the channels of the file of settings. One that cannot start says
// why in the log, and the others start.
func mountChannels(ctx context.Context, h *host, c *serveCmd) (mounted, error) {
	settings, err := readConfig(c.Config, os.LookupEnv)
	if err != nil {
		return mounted{}, err
	}
	for _, p := range settings.plans {
		if p.err != nil {
			h.log.Error("a channel does not start", slog.String("channel", p.id), slog.String("error", p.err.Error()))
		}
	}
	registry := prometheus.NewRegistry()
	g, err := adapters.Open(ctx, adapters.Config{
		Platforms: settings.platforms(), Reception: bot.NewReception(h.bot, h.store), Queue: h.store,
		PublicURL: settings.PublicURL, AnswerPath: answerPath, Notices: settings.notices(h.log),
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
	r := reporter{at: at.Sub(midnight), records: h.store, gateway: g, to: c.notices(h.log), log: h.log}
	var running sync.WaitGroup
	running.Go(func() { r.run(ctx) })
	return func() { cancel(); running.Wait() }
}

// notices returns who is told about tickets, as far as their channels start.
func (c *config) notices(log *slog.Logger) (out []adapters.Notice) {
	for _, n := range c.Gateway.Notify {
		for _, p := range c.plans {
			switch {
			case p.id != n.Channel:
			case p.err != nil:
				log.Error("nobody is told about tickets there", slog.String("channel", p.id))
			default:
				out = append(out, adapters.Notice{Channel: n.Channel, To: adapters.Address{Conversation: n.To}})
			}
		}
	}
	return out
}

// secretKey fits flags that nobody may see.
var secretKey = regexp.MustCompile(`key|secret|token|password`)

// configCmd prints the settings.
type configCmd struct {
	configFlag `embed:""`
}

// Run prints the settings as they take effect, with secrets masked. Its exit status is 1
// if a channel does not start.
func (c configCmd) Run(s streams) error {
	settings, err := readConfig(s.path(c.Config), os.LookupEnv)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "public_url = %q\n", settings.PublicURL)
	g := settings.Gateway
	fmt.Fprintf(s.out, "\n[gateway] # 0: the default\nworkers = %d\nwaiting = %d\nper_conversation = %d\nreport = %q\n",
		g.Workers, g.Waiting, g.PerConversation, g.Report)
	for _, n := range g.Notify {
		fmt.Fprintf(s.out, "notify %s %s\n", n.Channel, n.To)
	}
	if len(settings.Serve) > 0 {
		fmt.Fprintln(s.out, "\n[serve]")
	}
	for _, key := range slices.Sorted(maps.Keys(settings.Serve)) {
		value := fmt.Sprintf("%#v", settings.Serve[key])
		if secretKey.MatchString(key) {
			value = mask(value)
		}
		fmt.Fprintf(s.out, "%s = %s\n", key, value)
	}
	var errs []error
	for _, p := range settings.plans {
		state := "starts"
		if p.err != nil {
			state = "does not start: " + p.err.Error()
			errs = append(errs, errors.New(p.id))
		}
		fmt.Fprintf(s.out, "\n# %s %s\n[channels.%s]\n%s", p.id, state, dotted(p.id), masked(p.settings))
	}
	if len(errs) > 0 {
		return fmt.Errorf("these channels do not start:\n%w", errors.Join(errs...))
	}
	return nil
}
