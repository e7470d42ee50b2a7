package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/wence-bot/wence/bot/eval"
)

type evalCmd struct {
	Files   []string `arg:"" name:"file" help:"Golden questions, one JSON object a line."`
	JSON    string   `help:"Write the report as JSON to this file." placeholder:"FILE"`
	Verbose bool     `short:"v" help:"List what was wrong."`
}

// Run measures.
func (c *evalCmd) Run(ctx context.Context, s streams) error {
	var golden []eval.Golden
	for _, name := range c.Files {
		raw, err := readFile(name, s)
		if err != nil {
			return err
		}
		g, err := eval.Read(name, bytes.NewReader(raw))
		if err != nil {
			return err
		}
		golden = append(golden, g...)
	}
	h, err := build(ctx)
	if err != nil {
		return err
	}
	defer h.close() //nolint:errcheck // in memory
	report, err := eval.Run(ctx, h.bot, eval.Judge{Documents: h.documents}, golden)
	if err != nil {
		return err
	}
	if c.JSON != "" {
		raw, err := json.MarshalIndent(report, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.JSON, append(raw, '\n'), 0o644); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return report.Print(s.out, c.Verbose)
}
