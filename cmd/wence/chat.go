package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/terminal"
	"github.com/wence-bot/wence/bot"
)

type chatCmd struct {
	dataFlag   `embed:""`
	modelFlags `embed:""`
}

// Run talks until the input ends.
func (c chatCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withBot, func(h *house) (err error) {
		if err := h.answers(ctx, c.Data); err != nil {
			return err
		}
		if err := c.useHere(s, h.bot); err != nil {
			return err
		}
		t := terminal.New(bot.NewID())
		closeGateway, err := openTerminal(ctx, s, h, t)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeGateway()) }()
		return c.talk(ctx, s, t)
	})
}

// openTerminal opens a gateway for a terminal only: in a data folder what is said there
// is kept like any other conversation.
func openTerminal(ctx context.Context, s streams, h *house, t *terminal.Platform) (func() error, error) {
	var desk interface {
		bot.Records
		bot.Queue
	} = &bot.MemoryDesk{}
	if h.store != nil {
		desk = h.store
	}
	g, err := adapters.Open(ctx, adapters.Config{
		Platforms: []adapters.Platform{t}, Reception: bot.NewReception(h.bot, desk), Queue: desk, NoTickets: true,
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelError})), // other channels are not its business
	})
	if err != nil {
		return nil, err
	}
	g.Routes()
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		return g.Close(ctx)
	}, nil
}

func (c chatCmd) talk(ctx context.Context, s streams, t *terminal.Platform) error {
	color := painter(s.out)
	fmt.Fprintln(s.out, color(dim, "问策:请说您想办什么事。输入“退出”结束。"))
	in := bufio.NewReader(s.in)
	for {
		fmt.Fprint(s.out, color(bold, "> "))
		line, err := readLine(in)
		text := strings.TrimSpace(strings.ToValidUTF8(string(line), ""))
		switch {
		case text == "退出", text == "exit", text == "quit":
			return nil
		case errors.Is(err, errLineTooLong):
			fmt.Fprintln(s.out, "这段话太长了,请用一两句话说。")
			continue
		case text != "":
			if err := c.answer(ctx, s, t, text); err != nil && ctx.Err() == nil {
				return err
			}
		}
		if err != nil || ctx.Err() != nil {
			fmt.Fprintln(s.out) // the shell's prompt does not follow ours
			if errors.Is(err, io.EOF) || ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read the question: %w", err)
		}
	}
}

// answer prints the answer to one question.
func (chatCmd) answer(ctx context.Context, s streams, t *terminal.Platform, text string) error {
	parts, err := t.Ask(ctx, bot.NewID(), text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, paintParts(painter(s.out), parts)+"\n")
	return err
}

// paintParts is what a person reads: quotes coloured, and below each where it stands.
func paintParts(color func(code, text string) string, parts []adapters.Outbound) string {
	var blocks []string
	for _, m := range parts {
		for _, b := range m.Blocks {
			text := b.Text
			if b.Quote {
				text = "“" + color(cyan, b.Text) + "”\n" + color(dim, b.Source)
			}
			blocks = append(blocks, text)
		}
	}
	return strings.Join(blocks, "\n")
}

// The ANSI codes in use.
const (
	bold = "1"
	dim  = "2"
	cyan = "36"
)

// painter returns a function that colours text if w is a terminal.
func painter(w io.Writer) func(code, text string) string {
	f, ok := w.(*os.File)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if !ok || os.Getenv("NO_COLOR") != "" {
		return func(_, text string) string { return text }
	}
	return func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

// paintAnswer is what a person reads: the text with its quotes coloured, and below
// it what else to ask.
func paintAnswer(color func(code, text string) string, a bot.Answer) string {
	text := a.Text
	for _, c := range a.Citations {
		text = strings.Replace(text, c.Quote, color(cyan, c.Quote), 1)
	}
	for _, s := range a.Suggestions {
		text += "\n" + color(dim, "  · "+s)
	}
	return text
}
