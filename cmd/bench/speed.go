package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

type speedCmd struct {
	Dir   string `arg:"" help:"The folder of STARD, or one of law or policy texts (*.md, *.txt)."`
	Sizes []int  `help:"Numbers of clauses." default:"10000,100000,1000000"`
	// A million clauses take the others some ten minutes each.
	Others int    `help:"The most clauses that plain bleve and SQLite are measured with." default:"100000"`
	SVG    string `help:"Draw how CPU time grows into this file." placeholder:"FILE"`
	JSON   string `help:"Write the results into this file." placeholder:"FILE"`
	// What a question costs goes where go tool pprof -top says.
	Profile string `help:"Write where the time of wence's questions goes, at the largest size, into this file, for go tool pprof." placeholder:"FILE"`
}

// order is how the engines are listed.
var order = []string{"wence", "bleve", "fts5"}

var names = map[string]string{"wence": "wence", "bleve": "bleve, cjk, OR", "fts5": "SQLite FTS5 trigram"}

// Run measures one engine after the other at each size and prints tables.
func (c *speedCmd) Run(ctx context.Context, out io.Writer) error {
	var all []result
	for _, size := range c.Sizes {
		for _, engine := range order {
			if engine != "wence" && size > c.Others {
				all = append(all, result{Engine: engine, Clauses: size, NotRun: true})
				continue
			}
			r, err := c.measure(ctx, engine, size)
			if err != nil {
				return fmt.Errorf("%s with %d clauses: %w", engine, size, err)
			}
			all = append(all, r)
		}
	}
	if err := printSpeed(out, all); err != nil {
		return err
	}
	if c.JSON != "" {
		raw, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.JSON, raw, 0o644); err != nil {
			return err
		}
	}
	if c.SVG != "" {
		return os.WriteFile(c.SVG, []byte(drawGrowth(slices.DeleteFunc(all, func(r result) bool { return r.NotRun }))), 0o644)
	}
	return nil
}

// measure runs measureCmd in a process of its own.
func (c *speedCmd) measure(ctx context.Context, engine string, size int) (r result, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	questions := 400
	if engine != "wence" {
		questions = 60 // they take their time
	}
	cmd := exec.CommandContext(ctx, self, "measure", c.Dir, "--engine", engine, "--clauses", strconv.Itoa(size), "--questions", strconv.Itoa(questions))
	if c.Profile != "" && engine == "wence" && size == slices.Max(c.Sizes) {
		cmd.Args = append(cmd.Args, "--profile", c.Profile)
	}
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
}

func printSpeed(out io.Writer, all []result) error {
	fmt.Fprintln(out, "CPU time is that of the whole process, all threads; p50 and p99 are wall clock. Each index was made one\n"+
		"piece after the build, which counts as building. Beyond the texts that there are, clauses are perturbed\n"+
		"copies: runs of 2 to 4 characters, about a tenth, overwritten from others.")
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "clauses\tengine\tCPU/question\tp50\tp99\tclauses/CPU s\tdisk/text\topen, 1st answer\tmemory\tbuilding\t")
	for _, r := range all {
		if r.NotRun {
			fmt.Fprintf(t, "%d\t%s\tnot run\t\t\t\t\t\t\t\t\n", r.Clauses, names[r.Engine])
			continue
		}
		fmt.Fprintf(t, "%d\t%s\t%.2f ms\t%.2f ms\t%.2f ms\t%.0f\t%.2f ×\t%.0f ms CPU\t%.0f MB\t%.0f MB\t\n", r.Clauses, names[r.Engine],
			ms(r.CPU), ms(r.P50), ms(r.P99), float64(r.Clauses)/r.BuildCPU.Seconds(), float64(r.Disk)/float64(r.TextBytes), ms(r.OpenCPU),
			float64(max(0, r.Memory))/1e6, float64(max(0, r.BuildPeak))/1e6)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printRatios(out, all)
	return nil
}

// printRatios prints what the table says, as ratios within the run.
func printRatios(out io.Writer, all []result) {
	ours := map[int]result{}
	for _, r := range all {
		if r.Engine == "wence" {
			ours[r.Clauses] = r
		}
	}
	for _, r := range all {
		if o := ours[r.Clauses]; r.Engine != "wence" && !r.NotRun && o.CPU > 0 {
			fmt.Fprintf(out, "%d clauses: %s takes %.1f times the CPU of wence per question.\n", r.Clauses, names[r.Engine], float64(r.CPU)/float64(o.CPU))
		}
	}
	for _, size := range slices.Sorted(maps.Keys(ours)) {
		r := ours[size]
		if ten := ours[size/10]; ten.CPU > 0 {
			fmt.Fprintf(out, "From %d to %d clauses wence takes %.1f times the CPU.\n", size/10, size, float64(r.CPU)/float64(ten.CPU))
		}
		for _, name := range slices.Sorted(maps.Keys(r.Hostile)) {
			fmt.Fprintf(out, "%d clauses, hostile question (%s): %.1f times the CPU of the median question.\n", size, name,
				float64(r.Hostile[name])/float64(max(1, r.MedianCPU)))
		}
	}
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
