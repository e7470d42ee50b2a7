package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/webhook"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

type channelCmd struct {
	Check  channelCheckCmd  `cmd:"" help:"Test a channel of the file of settings without a network, and print the URLs for the platform's console."`
	Status channelStatusCmd `cmd:"" help:"Say how many messages wait in each channel, and how many are stuck."`
	Dead   channelDeadCmd   `cmd:"" help:"List the messages that could not be delivered, or of which nobody knows whether they were."`
	Retry  channelRetryCmd  `cmd:"" help:"Send a message that is stuck once more. If it has arrived after all, it is seen twice."`
	Secret channelSecretCmd `cmd:"" help:"Make a secret for a webhook channel."`
}

// dotted returns the ID of a channel as its table in the file of settings.
func dotted(id string) string { return strings.Replace(id, ":", ".", 1) }

type channelCheckCmd struct {
	ID         string `arg:"" help:"As in slack:team1."`
	Online     bool   `help:"Also ask the platform whether it takes the secrets."`
	configFlag `embed:""`
}

// Run tests one channel.
func (c channelCheckCmd) Run(ctx context.Context, s streams) error {
	if c.Config == "" {
		return errors.New("name the file of settings: --config FILE")
	}
	settings, err := readConfig(s.path(c.Config), os.LookupEnv)
	if err != nil {
		return err
	}
	for _, p := range settings.plans {
		if p.id != c.ID {
			continue
		}
		if p.err != nil {
			return fmt.Errorf("channel %s does not start: %w", p.id, p.err)
		}
		return c.check(ctx, s, settings.PublicURL, p.platform)
	}
	return c.unknown(settings.plans)
}

// unknown says of a channel that there is none how it would be called.
func (c channelCheckCmd) unknown(plans []plan) error {
	kind, name, full := strings.Cut(c.ID, ":")
	if !full {
		name = c.ID
	}
	for _, p := range plans {
		if _, other, _ := strings.Cut(p.id, ":"); other == name {
			return fmt.Errorf("there is no channel %s in %s; do you mean %s?", c.ID, c.Config, p.id)
		}
	}
	if _, known := kinds[kind]; known && full {
		return fmt.Errorf("there is no channel %s in %s: add a table [channels.%s]", c.ID, c.Config, dotted(c.ID))
	}
	return fmt.Errorf("there is no channel %s in %s: a channel is called KIND:NAME, as in webhook:%s with the table [channels.webhook.%s]; the kinds are %s",
		c.ID, c.Config, name, name, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
}

func (c channelCheckCmd) check(ctx context.Context, s streams, base string, p adapters.Platform) error {
	fmt.Fprintf(s.out, "%s: its settings are complete\n", p.ID())
	if t, ok := p.(adapters.SelfTester); ok {
		if err := t.SelfTest(); err != nil {
			return fmt.Errorf("channel %s: %w", p.ID(), err)
		}
		fmt.Fprintf(s.out, "%s: published vectors and its own secrets verify\n", p.ID())
	}
	if base == "" {
		base = "https://YOUR-HOST"
		fmt.Fprintln(s.out, "public_url is not set, so the host is yours to fill in:")
	}
	for _, r := range p.Routes(nil) {
		fmt.Fprintf(s.out, "%s: %-4s %s%s\n", p.ID(), r.Method, base, r.Path)
	}
	if m, ok := p.(interface{ Manifest(string) (string, string) }); ok {
		text, where := m.Manifest(base)
		fmt.Fprintf(s.out, "%s: paste this %s:\n%s", p.ID(), where, text)
	}
	if !c.Online {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	switch o := p.(type) {
	case interface{ Check(context.Context) error }:
		if err := o.Check(ctx); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: the platform takes the secrets\n", p.ID())
	case interface {
		Check(context.Context) (string, error)
	}:
		who, err := o.Check(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: the platform knows it as %s\n", p.ID(), who)
	default:
		fmt.Fprintf(s.out, "%s: there is nothing to ask the platform\n", p.ID())
	}
	return nil
}

// maxStuck bounds what is listed.
const maxStuck = 1000

type channelStatusCmd struct {
	storeFlag `embed:""`
}

// Run counts what is in the queue.
func (c channelStatusCmd) Run(ctx context.Context, s streams) error {
	return c.queue(ctx, s, func(q bot.Queue) error {
		pending, err := q.Pending(ctx)
		if err != nil {
			return err
		}
		unsent, err := q.Unsent(ctx)
		if err != nil {
			return err
		}
		stuck, err := q.Stuck(ctx, maxStuck)
		if err != nil {
			return err
		}
		count := map[string]*[3]int{}
		var order []string
		add := func(channel string, what int) {
			if count[channel] == nil {
				count[channel] = &[3]int{}
				order = append(order, channel)
			}
			count[channel][what]++
		}
		for _, in := range pending {
			add(in.Channel, 0)
		}
		for _, d := range unsent {
			add(d.Channel, 1)
		}
		for _, d := range stuck {
			add(d.Channel, 2)
		}
		for _, channel := range order {
			n := count[channel]
			fmt.Fprintf(s.out, "%s: %d to answer, %d to send, %d stuck\n", channel, n[0], n[1], n[2])
		}
		if len(order) == 0 {
			fmt.Fprintln(s.out, "nothing waits and nothing is stuck")
		}
		return nil
	})
}

type channelDeadCmd struct {
	Limit     int `help:"How many at most." default:"50"`
	storeFlag `embed:""`
}

// Run lists what is stuck, newest first.
func (c channelDeadCmd) Run(ctx context.Context, s streams) error {
	if err := atLeast(1, "--limit", c.Limit); err != nil {
		return err
	}
	return c.queue(ctx, s, func(q bot.Queue) error {
		stuck, err := q.Stuck(ctx, min(c.Limit, maxStuck))
		if err != nil {
			return err
		}
		for _, d := range stuck {
			state := string(d.State)
			if d.Message == nil {
				state = "not answered"
			}
			fmt.Fprintf(s.out, "%s  %s  %s  %s  attempts %d: %s\n", d.Created.In(corpus.China).Format(time.DateTime), d.ID, d.Channel, state, d.Attempts,
				strings.ReplaceAll(d.Error, "\n", " "))
		}
		return nil
	})
}

type channelRetryCmd struct {
	ID        string `arg:"" help:"Of the message, as wence channel dead prints it."`
	storeFlag `embed:""`
}

// Run makes a stuck message ready again; a running wence takes it up within a minute.
func (c channelRetryCmd) Run(ctx context.Context, s streams) error {
	return c.queue(ctx, s, func(q bot.Queue) error {
		stuck, err := q.Stuck(ctx, maxStuck)
		if err != nil {
			return err
		}
		for _, d := range stuck {
			if d.ID != c.ID {
				continue
			}
			if d.Message == nil {
				return fmt.Errorf("message %s could not be answered, so there is nothing to send: the user was asked to ask again", c.ID)
			}
			// Not the first attempt: a platform that can drop what it has shown is asked to.
			d.State, d.Attempts, d.Next = bot.DeliveryReady, 1, time.Time{}
			if err := q.Update(ctx, d); err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s is sent again within a minute, if wence serve runs; else at its next start\n", d.ID)
			return nil
		}
		return fmt.Errorf("no message %s is stuck: see wence channel dead", c.ID)
	})
}

// queue opens the queue of a data folder.
func (d storeFlag) queue(ctx context.Context, s streams, f func(q bot.Queue) error) error {
	return s.with(ctx, d.Data, withStore, func(h *house) error { return f(h.store) })
}

type channelSecretCmd struct{}

// Run prints a secret.
func (channelSecretCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, webhook.NewSecret())
	return err
}
