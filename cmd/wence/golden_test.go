package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot/eval"
)

var update = flag.Bool("update", false, "rewrite golden files")

const (
	goldenFiles  = "../../bot/eval/testdata/golden-*.jsonl"
	goldenReport = "../../bot/eval/testdata/report.golden"
	// What has to hold of the golden set whatever the report says.
	leastQuestions    = 400
	leastUnanswerable = 0.15
	// Questions that have no answer and get one, of all that have none.
	mostFalse = 0.05
)

// TestGolden fails when a figure of the committed report drops, so a change of
// ranking, words or data is a reviewed change of the report: run
// go test ./cmd/wence -run TestGolden -update and read the diff.
func TestGolden(t *testing.T) {
	golden := readGolden(t)
	h := newHouse(t)
	report, err := eval.Run(context.Background(), h.bot, eval.Judge{Documents: h.documents}, golden)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(goldenReport, []byte(strings.Join(report.Figures(), "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(goldenReport)
	if err != nil {
		t.Fatal(err)
	}
	for _, drop := range eval.Drops(strings.Split(strings.TrimSpace(string(raw)), "\n"), report.Figures()) {
		t.Error(drop)
	}
	if exact := report.Total[eval.CheckExact]; exact.Right != exact.Of {
		t.Errorf("%d of %d answers have a quote that is not verbatim", exact.Of-exact.Right, exact.Of)
	}
}

// TestGoldenSet holds the golden set to its purpose.
func TestGoldenSet(t *testing.T) {
	golden := readGolden(t)
	h := newHouse(t)
	no, ids, asked := 0, map[string]bool{}, map[string]bool{}
	for _, g := range golden {
		if ids[g.ID] {
			t.Errorf("the id %s stands twice", g.ID)
		}
		ids[g.ID] = true
		if g.Answerable != nil && !*g.Answerable {
			no++
		}
		for _, p := range g.Paragraphs {
			asked[fmt.Sprint(strings.ReplaceAll(p.Clause, "、", ""), p.Paragraph)] = true
		}
	}
	if len(golden) < leastQuestions || float64(no) < leastUnanswerable*float64(len(golden)) {
		t.Errorf("%d golden questions, %d of them without an answer", len(golden), no)
	}
	for _, d := range h.documents {
		for _, c := range d.Clauses {
			if !asked[fmt.Sprint(strings.ReplaceAll(c.Path.Clause(), "、", ""), c.Path.Paragraph())] {
				t.Errorf("no golden question asks for %s", c.Path)
			}
		}
	}
}

// TestFalseAnswers bounds the worst mistake: an answer where there is none.
func TestFalseAnswers(t *testing.T) {
	h := newHouse(t)
	golden := slices.DeleteFunc(readGolden(t), func(g eval.Golden) bool { return g.Answerable == nil || *g.Answerable })
	report, err := eval.Run(context.Background(), h.bot, eval.Judge{Documents: h.documents}, golden)
	if err != nil {
		t.Fatal(err)
	}
	if float64(report.FalseAnswers) > mostFalse*float64(len(golden)) {
		t.Errorf("%d of %d questions without an answer got one", report.FalseAnswers, len(golden))
	}
}

func readGolden(t testing.TB) []eval.Golden {
	t.Helper()
	names, err := filepath.Glob(goldenFiles)
	if err != nil || len(names) == 0 {
		t.Fatalf("no golden questions at %s: %v", goldenFiles, err)
	}
	var all []eval.Golden
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		g, err := eval.Read(name, f)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g...)
	}
	return all
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h, err := build(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}
