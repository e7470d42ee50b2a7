package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/wence-bot/wence/corpus"
)

// measureCmd measures one engine at one size, in a process of its own, so that what
// it takes can be told apart. speedCmd starts it.
type measureCmd struct {
	Dir       string `arg:""`
	Engine    string `required:""`
	Clauses   int    `required:""`
	Questions int    `required:""`
	Profile   string // of the CPU while questions are asked; empty: none
}

// A result is what was measured. CPU is that of the whole process, all threads, user
// and system.
type result struct {
	Engine    string
	Clauses   int
	TextBytes int64
	NotRun    bool

	BuildCPU  time.Duration // without making the texts
	BuildPeak int64         // bytes of memory beyond the texts, sampled
	Disk      int64         // bytes

	OpenCPU, OpenWall time.Duration            // open and first answer, in a new engine
	CPU, MedianCPU    time.Duration            // per question
	P50, P99          time.Duration            // wall clock
	Memory            int64                    // bytes of anonymous memory that answering takes, mapped files not counted
	Hits              float64                  // per question
	Hostile           map[string]time.Duration // CPU per question, the median of each kind
}

// Run prints the result as JSON.
func (c *measureCmd) Run(ctx context.Context, out io.Writer) (err error) {
	texts, err := loadTexts(c.Dir)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "wence-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	r := result{Engine: c.Engine, Clauses: c.Clauses}
	asked, worst := askedOf(c.Dir, texts, c.Questions), hostile(texts)
	if err := c.build(ctx, dir, newMaker(texts), &r); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	texts = nil
	debug.FreeOSMemory()
	if err := c.ask(ctx, dir, asked, worst, &r); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return json.NewEncoder(out).Encode(r)
}

// batch is how many clauses go into one batch.
const batch = 4000

func (c *measureCmd) build(ctx context.Context, dir string, m *maker, r *result) error {
	x, err := contenders[c.Engine](dir)
	if err != nil {
		return err
	}
	before := anonymous()
	for m.made < c.Clauses {
		var docs []*corpus.Document
		for n := m.made; m.made < min(n+batch, c.Clauses); {
			d := m.document(c.Clauses - m.made)
			docs = append(docs, d)
			r.TextBytes += int64(len(d.Text))
		}
		start := cpu()
		if err := x.put(ctx, docs); err != nil {
			return errors.Join(err, x.close())
		}
		r.BuildCPU += cpu() - start
		r.BuildPeak = max(r.BuildPeak, anonymous()-before)
	}
	start := cpu()
	if err := x.compact(ctx); err != nil {
		return errors.Join(err, x.close())
	}
	settle()
	if err := x.close(); err != nil {
		return err
	}
	r.BuildCPU += cpu() - start
	r.Disk, err = diskOf(dir)
	return err
}

// settle waits until background work has ended: until the process is idle for a while.
func settle() {
	for idle := 0; idle < 3; {
		before := cpu()
		time.Sleep(200 * time.Millisecond)
		if cpu()-before < 10*time.Millisecond {
			idle++
		} else {
			idle = 0
		}
	}
}

// profile records where CPU time goes into a file until end is called. Without a name it
// records nothing.
func profile(name string) (end func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}

func (c *measureCmd) ask(ctx context.Context, dir string, asked []string, worst map[string][hostileTimes]string, r *result) (err error) {
	base := anonymous()
	began, start := time.Now(), cpu()
	x, err := contenders[c.Engine](dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close()) }()
	if _, err := x.search(ctx, asked[0]); err != nil {
		return err
	}
	r.OpenWall, r.OpenCPU = time.Since(began), cpu()-start
	for _, q := range asked[:len(asked)/10+1] { // warm up
		if _, err := x.search(ctx, q); err != nil {
			return err
		}
	}
	settle()
	end, err := profile(c.Profile)
	if err != nil {
		return err
	}
	took, taken := make([]time.Duration, 0, len(asked)), make([]time.Duration, 0, len(asked))
	start = cpu()
	for _, q := range asked {
		at, before := time.Now(), cpu()
		n, err := x.search(ctx, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
		took, taken = append(took, time.Since(at)), append(taken, cpu()-before)
		r.Hits += float64(n) / float64(len(asked))
	}
	r.CPU = (cpu() - start) / time.Duration(len(asked))
	if err := end(); err != nil {
		return err
	}
	slices.Sort(took)
	slices.Sort(taken)
	r.P50, r.P99, r.MedianCPU = took[len(took)/2], took[len(took)*99/100], taken[len(taken)/2]
	runtime.GC()
	r.Memory = anonymous() - base
	if c.Engine != "wence" {
		return nil // the others have no bound
	}
	r.Hostile = map[string]time.Duration{}
	for name, asked := range worst {
		var taken [hostileTimes]time.Duration
		for i, q := range asked {
			before := cpu()
			if _, err := x.search(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			taken[i] = cpu() - before
		}
		slices.Sort(taken[:])
		r.Hostile[name] = taken[hostileTimes/2]
	}
	return nil
}

// cpu returns the CPU time that the process has taken.
func cpu() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0 // cannot happen for the process itself
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

var rssAnon = regexp.MustCompile(`RssAnon:\s+(\d+) kB`)

// anonymous returns the bytes of memory that are no mapped file, 0 where the system
// does not say.
func anonymous() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	if m := rssAnon.FindSubmatch(status); m != nil {
		kb, _ := strconv.ParseInt(string(m[1]), 10, 64)
		return kb << 10
	}
	return 0
}

func diskOf(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}
