package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wence-bot/wence/bot"
)

type chatCmd struct {
	dataFlag   `embed:""`
	modelFlags `embed:""`
}

// How many earlier questions a follow-up can point back to.
const historyLength = 5

// Run talks until the input ends.
func (c chatCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		if err := h.answers(ctx, c.Data); err != nil {
			return err
		}
		if err := c.useHere(s, h.bot); err != nil {
			return err
		}
		return c.talk(ctx, s, h)
	})
}

func (c chatCmd) talk(ctx context.Context, s streams, h *house) error {
	color := painter(s.out)
	fmt.Fprintln(s.out, color(dim, "问策:请说您想办什么事。输入“退出”结束。"))
	in := bufio.NewReader(s.in)
	var history []string
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
			c.answer(ctx, s, h.bot, bot.Question{Text: text, History: history})
			if history = append(history, text); len(history) > historyLength {
				history = history[1:]
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

// answer prints the answer to one question. The asker reads Chinese, whoever runs
// the program reads what went wrong.
func (chatCmd) answer(ctx context.Context, s streams, b *bot.Bot, q bot.Question) {
	a, err := b.Ask(ctx, q)
	if err == nil {
		fmt.Fprintln(s.out, paintAnswer(painter(s.out), a)+"\n")
	} else if ctx.Err() == nil {
		fmt.Fprintln(s.out, "抱歉,这个问题没有查成,请再问一次。")
		fmt.Fprintf(s.err, "wence: %q: %v\n", q.Text, err)
	}
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
