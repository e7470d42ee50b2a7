package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wence-bot/wence/bot"
)

type askCmd struct {
	dataFlag   `embed:""`
	modelFlags `embed:""`

	Text    []string `arg:"" optional:"" help:"The question."`
	JSON    bool     `xor:"form" help:"Print the answer as one JSON object."`
	JSONL   bool     `xor:"form" name:"jsonl" help:"Read one question a line from standard input, write one answer a line: {\"id\",\"text\",\"history\":[]}."`
	AsOf    string   `help:"Answer from the policies as they were, or will be, in force on this day." placeholder:"YYYY-MM-DD"`
	History []string `sep:"none" help:"An earlier question of the conversation; may be given more than once." placeholder:"QUESTION"`
}

// questionLine is a question as a batch holds it.
type questionLine struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	History []string `json:"history"`
	AsOf    string   `json:"as_of"`
}

// Run answers.
func (c *askCmd) Run(ctx context.Context, s streams) error {
	text := strings.Join(c.Text, " ")
	if c.JSONL && (text != "" || len(c.History) > 0) {
		return errors.New("ask --jsonl reads questions and their history from standard input; leave out the text and --history")
	}
	if !c.JSONL && strings.TrimSpace(text) == "" {
		return errors.New("no question; try: wence ask \"想贷点款周转找谁?\"")
	}
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		if err := h.answers(ctx, c.Data); err != nil && c.AsOf == "" {
			return err
		}
		if err := c.useHere(s, h.bot); err != nil {
			return err
		}
		return c.answer(ctx, s, h, text)
	})
}

func (c *askCmd) answer(ctx context.Context, s streams, h *house, text string) error {
	if c.JSONL {
		return eachLine(ctx, s, func(q questionLine) (any, error) {
			return h.bot.Ask(ctx, bot.Question{ID: q.ID, Text: q.Text, History: q.History, AsOf: cmp.Or(q.AsOf, c.AsOf)})
		})
	}
	a, err := h.bot.Ask(ctx, bot.Question{Text: text, History: c.History, AsOf: c.AsOf})
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(a)
	}
	_, err = fmt.Fprintln(s.out, paintAnswer(painter(s.out), a))
	return err
}

type searchCmd struct {
	dataFlag `embed:""`

	Text  []string `arg:"" optional:"" help:"The question."`
	JSONL bool     `name:"jsonl" help:"Read one question a line from standard input, write one list of hits a line: {\"id\",\"text\"}."`
	Limit int      `help:"At most this many clauses." default:"10"`
	AsOf  string   `help:"Search the policies as they were, or will be, in force on this day." placeholder:"YYYY-MM-DD"`
}

// searchLine is a search as a batch holds it.
type searchLine struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type hitsLine struct {
	ID   string    `json:"id"`
	Hits []hitLine `json:"hits"`
}

type hitLine struct {
	Document struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"document"`
	Clause    string  `json:"clause"`
	Paragraph int     `json:"paragraph"`
	Score     float64 `json:"score"`
}

// Run searches.
func (c *searchCmd) Run(ctx context.Context, s streams) error {
	text := strings.Join(c.Text, " ")
	if c.JSONL == (strings.TrimSpace(text) != "") {
		return errors.New("give either a question or --jsonl; try: wence search \"融资\"")
	}
	if err := atLeast(1, "--limit", c.Limit); err != nil {
		return err
	}
	return s.with(ctx, c.Data, withBot, func(h *house) error {
		if err := h.answers(ctx, c.Data); err != nil && c.AsOf == "" {
			return err
		}
		return c.search(ctx, s, h, text)
	})
}

func (c *searchCmd) search(ctx context.Context, s streams, h *house, text string) error {
	if c.JSONL {
		return eachLine(ctx, s, func(q searchLine) (any, error) {
			found, err := h.bot.SearchOn(ctx, c.AsOf, q.Text, c.Limit)
			return hits(q.ID, found), err
		})
	}
	found, err := h.bot.SearchOn(ctx, c.AsOf, text, c.Limit)
	if err != nil {
		return err
	}
	for _, f := range found {
		if _, err := fmt.Fprintf(s.out, "%6.3f  %s %s  %s\n", f.Score, f.Document.Number, f.Clause.Path, strings.Join(f.Clause.Headings, " / ")); err != nil {
			return err
		}
	}
	return nil
}

func hits(id string, found []bot.Found) hitsLine {
	out := hitsLine{ID: id, Hits: []hitLine{}}
	for _, f := range found {
		var h hitLine
		h.Document.ID, h.Document.Title = f.Document.ID, f.Document.Title
		h.Clause, h.Paragraph, h.Score = f.Clause.Path.Clause(), f.Clause.Path.Paragraph(), f.Score
		out.Hits = append(out.Hits, h)
	}
	return out
}
