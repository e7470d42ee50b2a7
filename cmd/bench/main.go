// Command bench measures: how well the engine finds (quality, refusal, learn), how fast it
// is beside its alternatives (speed), and what wence serve takes for those who ask, wait
// and are slow (web). It prints tables; nothing else depends on it.
//
//	go run ./cmd/bench quality --stard DIR --ncpqa DIR
//	go run ./cmd/bench refusal DIR
//	go run ./cmd/bench speed DIR
//
// The server that is measured is a process of its own:
//
//	CGO_ENABLED=0 go build -tags ne,nomsgpack ./cmd/wence
//	go run ./cmd/bench web answers
//	go run ./cmd/bench web chat
//	go run ./cmd/bench web idle
//	go run ./cmd/bench web slow
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Quality qualityCmd `cmd:"" help:"Measure how well clauses are found for laypeople's questions, through the public index."`
	Refusal refusalCmd `cmd:"" help:"Measure how many questions without an answer are refused, for how many with one are kept."`
	Learn   learnCmd   `cmd:"" help:"Measure what is gained by learning from confirmed answers, over five folds."`
	Speed   speedCmd   `cmd:"" help:"Measure CPU time, build rate, disk and memory beside plain bleve and SQLite FTS5, as the corpus grows."`
	Web     webCmd     `cmd:"" help:"Measure wence serve: answers per second, clients that wait, clients that are slow."`
	Measure measureCmd `cmd:"" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k := kong.Parse(&c, kong.Name("bench"), kong.Description("Measures wence."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
