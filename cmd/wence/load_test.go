package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wence-bot/wence/bot"
)

// A load asks one question again and again through wence ask, and counts the answers
// that fail, and those that name none of the bureaus that may be named.
type load struct {
	cmd                  *exec.Cmd
	stop                 atomic.Bool
	done                 chan error
	asked, failed, empty int
	first                string // the first wrong answer
}

// cmdLoad is "load start FOLDER QUESTION BUREAU…" and "load stop", which prints the counts.
func cmdLoad(ts *testscript.TestScript, _ bool, args []string) {
	switch {
	case len(args) >= 4 && args[0] == "start":
		l := &load{done: make(chan error, 1)}
		l.cmd = exec.Command(os.Args[0], "ask", "--data", ts.MkAbs(args[1]), "--jsonl")
		l.cmd.Args[0] = "wence" // which command the test binary is
		in, err := l.cmd.StdinPipe()
		ts.Check(err)
		out, err := l.cmd.StdoutPipe()
		ts.Check(err)
		l.cmd.Stderr = os.Stderr
		ts.Check(l.cmd.Start())
		ts.Defer(func() { _ = l.cmd.Process.Kill() })
		loads.Store(ts, l)
		go func() {
			answers := bufio.NewReader(out)
			for !l.stop.Load() {
				if _, err := fmt.Fprintf(in, "{\"id\":\"q\",\"text\":%q}\n", args[2]); err != nil {
					l.done <- err
					return
				}
				line, err := answers.ReadBytes('\n')
				if err != nil {
					l.done <- err
					return
				}
				l.judge(line, args[3:])
			}
			l.done <- in.Close()
		}()
	case len(args) == 1 && args[0] == "stop":
		found, ok := loads.Load(ts)
		if !ok {
			ts.Fatalf("no load was started")
		}
		l := found.(*load)
		l.stop.Store(true)
		ts.Check(<-l.done)
		ts.Check(l.cmd.Wait())
		if l.asked < 20 {
			ts.Fatalf("only %d questions were asked meanwhile", l.asked)
		}
		ts.Logf("%d asked, %s", l.asked, l.first)
		_, err := fmt.Fprintf(ts.Stdout(), "%d asked, %d failed, %d empty\n", l.asked, l.failed, l.empty)
		ts.Check(err)
	default:
		ts.Fatalf("usage: load start FOLDER QUESTION BUREAU… | load stop")
	}
}

// loads are the loads that run, by their script. Scripts run in parallel.
var loads sync.Map

func (l *load) judge(line []byte, bureaus []string) {
	var a struct {
		bot.Answer
		Error string `json:"error"`
	}
	l.asked++
	switch err := json.Unmarshal(line, &a); {
	case err != nil || a.Error != "":
		l.failed++
	case a.Outcome != bot.Answered || len(a.Bureaus) != 1 || !slices.Contains(bureaus, a.Bureaus[0].Name):
		l.empty++
	default:
		return
	}
	if l.first == "" {
		l.first = string(line)
	}
}

// cmdAwait waits until a file is there, at most a minute.
func cmdAwait(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(ts.MkAbs(f)); err == nil {
				break
			}
			if time.Now().After(end) {
				ts.Fatalf("%s does not come", f)
			}
		}
	}
}
