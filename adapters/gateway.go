package adapters

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wence-bot/wence/bot"
)

// Config is what a Gateway is made of.
type Config struct {
	Platforms []Platform
	Reception *bot.Reception
	Queue     bot.Queue
	// PublicURL is where the web pages can be reached, as in https://zc.example.gov.cn;
	// citations link there. Empty: citations have no links.
	PublicURL string
	// Notices are the addresses that are told when somebody wants a person.
	Notices []Notice
	// Workers bounds how many questions are answered at the same time, Waiting how many
	// wait in all and PerConversation how many of one conversation; zero: 16, 200 and 5.
	Workers, Waiting, PerConversation int
	Metrics                           prometheus.Registerer // nil: not measured
	Log                               *slog.Logger          // nil: slog.Default
}

// A Notice is an address that is told about tickets.
type Notice struct {
	Channel string // ID of the Platform
	To      Address
}

// A Gateway takes in the messages of all platforms, has them answered, each exactly
// once and in the order of its conversation, and sends the answers.
type Gateway struct{}

// Open starts a Gateway: it goes on with what was taken in before and not answered,
// and with what was not sent. Mount its Routes, then Close it.
func Open(ctx context.Context, c Config) (*Gateway, error) { panic("not yet") }

// Routes returns the routes of all platforms.
func (g *Gateway) Routes() []Route { panic("not yet") }

// Notify sends a message that nobody asked for, as durably as an answer.
func (g *Gateway) Notify(ctx context.Context, n Notice, blocks ...Block) error { panic("not yet") }

// Close stops taking in, lets the answers that are being made be finished and sent as
// long as ctx allows, and leaves the rest to the next Open.
func (g *Gateway) Close(ctx context.Context) error { panic("not yet") }
