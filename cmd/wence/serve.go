package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
)

type serveCmd struct {
	configFlag `embed:""`
	apiFlags   `embed:""`
	modelFlags `embed:""`

	Addr    string   `help:"Where to listen; :8080 is every address of this machine." default:"127.0.0.1:8080" env:"WENCE_ADDR" placeholder:"HOST:PORT"`
	Data    string   `help:"The data folder; made if there is none. Without it nothing is kept after the end." env:"WENCE_DATA" placeholder:"DIR"`
	Watch   string   `help:"Publish the policy files that land in this folder." env:"WENCE_WATCH" placeholder:"DIR"`
	Embed   []string `help:"Origins, as in https://www.example.gov.cn, whose pages may show the chat." env:"WENCE_EMBED" placeholder:"ORIGIN"`
	Proxies []string `help:"Addresses or networks of reverse proxies whose X-Forwarded-For is believed; limits count by what it says." default:"127.0.0.1,::1" env:"WENCE_PROXIES" placeholder:"ADDRESS"`
	Metrics []string `name:"metrics-from" help:"Addresses or networks that may read /metrics without a key of the API; 0.0.0.0/0 and ::/0 are all. Behind a proxy the client counts." default:"127.0.0.0/8,::1" env:"WENCE_METRICS_FROM" placeholder:"ADDRESS"`
}

// A mounted part is what another part of the program adds to the server.
type mounted struct {
	routes []web.Route
	close  func() error                            // may be nil; called after the server has stopped
	tell   func(context.Context, bot.Ticket) error // tells about a ticket; may be nil
	// metrics are shown with those of the server; may be nil
	metrics prometheus.Collector
	// admit reports whether a request shows a key; may be nil
	admit func(r *http.Request) bool
}

// parts are mounted in this order: a line each.
var parts = []func(ctx context.Context, h *host, c *serveCmd) (mounted, error){
	mountChannels,
	mountAPI,
}

// check returns what is wrong with the flags, before anything is opened.
func (c *serveCmd) check() error {
	return errors.Join(c.modelFlags.check(), c.apiFlags.check(), web.Config{Embedders: c.Embed, Proxies: c.Proxies, MetricsFrom: c.Metrics}.Check())
}

// settings reads the file of settings. It fails if a channel in it cannot start: nobody
// would notice that one is missing.
func (c *serveCmd) settings() (*config, error) {
	settings, err := readConfig(c.Config, os.LookupEnv)
	if err == nil {
		err = settings.broken()
	}
	return settings, err
}

// unattended reports whether nobody can see the tickets that are opened: they are in
// memory, where no command looks, and no key lets a desk see them.
func (c *serveCmd) unattended() bool { return c.Data == "" && c.APIKeys == "" }

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, s streams) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	if _, err := c.settings(); err != nil {
		return err
	}
	if info, err := os.Stat(c.Watch); c.Watch != "" && (err != nil || !info.IsDir()) {
		return fmt.Errorf("--watch %s is no folder: make it first", c.Watch)
	}
	log := slog.New(slog.NewTextHandler(s.err, nil))
	slog.SetDefault(log) // what is not given a log of its own logs there too
	h, err := open(ctx, c.Data, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := c.use(h.bot, log); err != nil { // before any channel asks
		return err
	}
	config := web.Config{
		Store: h.store, Records: h.store, Queue: h.store, Reception: bot.NewReception(h.bot, h.store), Offers: h.bot, Bureaus: h.store, Ready: h.readiness,
		Wording:   h.wording(),
		Embedders: c.Embed, Proxies: c.Proxies, MetricsFrom: c.Metrics, Log: log,
	}
	var metrics []prometheus.Collector
	for _, mount := range parts {
		m, mountErr := mount(ctx, h, c)
		if mountErr != nil {
			return mountErr
		}
		config.Routes = append(config.Routes, m.routes...)
		if m.tell != nil {
			config.Tell = m.tell
		}
		if m.metrics != nil {
			metrics = append(metrics, m.metrics)
		}
		if m.admit != nil {
			config.Admit = m.admit
		}
		if m.close != nil {
			defer func() { err = errors.Join(err, m.close()) }()
		}
	}
	config.Unattended = c.unattended() && config.Tell == nil
	server, err := web.New(config)
	if err != nil {
		return err
	}
	server.Registry().MustRegister(metrics...)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --addr HOST:PORT, as in 127.0.0.1:8080, or :8080 for every address of this machine", err)
	}
	var background sync.WaitGroup
	defer background.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop() // whatever ends the server ends what runs beside it
	if err := h.keep(ctx, &background, c.Watch); err != nil {
		return errors.Join(err, l.Close())
	}
	c.greet(s, l.Addr())
	return server.Serve(ctx, l)
}

// greet says where the pages are.
func (c *serveCmd) greet(s streams, at net.Addr) {
	host, port, err := net.SplitHostPort(at.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	fmt.Fprintf(s.out, "问策 is at http://%s\n", net.JoinHostPort(host, port))
	if c.Data == "" {
		fmt.Fprintln(s.out, "Nothing is kept after the end; give --data DIR to keep policies and conversations.")
	}
	fmt.Fprintln(s.out, "Stop it with Ctrl-C.")
}
