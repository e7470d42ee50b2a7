package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/eval"
)

// BenchmarkBuild is a start without the process: from nothing to the first answer.
func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		h, err := build(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.bot.Ask(b.Context(), bot.Question{Text: "想贷点款周转找谁?"}); err != nil {
			b.Fatal(err)
		}
		if err := h.close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAsk asks all golden questions in each round.
func BenchmarkAsk(b *testing.B) {
	questions := goldenQuestions(b)
	h, err := build(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer h.close() //nolint:errcheck // in memory
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		for _, q := range questions {
			start := time.Now()
			if _, err := h.bot.Ask(b.Context(), q); err != nil {
				b.Fatalf("%s: %v", q.ID, err)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	at := func(share float64) float64 { return float64(took[int(share*float64(len(took)-1))].Microseconds()) }
	b.ReportMetric(float64(len(questions)), "questions/op")
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
	b.ReportMetric(at(1), "max-µs")
}

func goldenQuestions(tb testing.TB) []bot.Question {
	tb.Helper()
	files, err := filepath.Glob("../../bot/eval/testdata/golden-*.jsonl")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no golden questions found: %v", err)
	}
	var out []bot.Question
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		golden, err := eval.Read(name, bytes.NewReader(raw))
		if err != nil {
			tb.Fatal(err)
		}
		for _, g := range golden {
			q := bot.Question{ID: g.ID, Text: g.Text}
			for _, h := range g.History {
				q.History = append(q.History, h.Text)
			}
			out = append(out, q)
		}
	}
	return out
}
