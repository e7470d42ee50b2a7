package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

const lathes = "丙市人民政府办公室关于印发《丙市机床产业扶持办法》的通知\n丙府办〔2025〕7号\n一、主要任务\n(一)优化融资服务\n对机床企业的贷款给予贴息。(市财政局负责)\n"

// occupied opens a house on a new data folder with one policy, and its control. It returns
// the folder and what ends the control.
func occupied(t *testing.T) (data string, end func()) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "d")
	file := filepath.Join(t.TempDir(), "v1.txt")
	if err := os.WriteFile(file, []byte(lathes), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := wence(t, t.Context(), "", "import", "--data", data, file); status != 0 {
		t.Fatal(stderr)
	}
	return data, occupy(t, data)
}

// occupy opens a house on a data folder, and its control.
func occupy(t *testing.T, data string) (end func()) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h, err := open(t.Context(), data, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c, err := listen(ctx, h.house, log)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.serve(ctx)
	}()
	var once sync.Once
	end = func() {
		once.Do(func() {
			cancel()
			<-done
			if err := h.close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(end)
	return end
}

// wence runs a command in this process, as another one would.
func wence(t *testing.T, ctx context.Context, input string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(ctx, args, streams{in: strings.NewReader(input), out: &out, err: &errs})
	return status, out.String(), errs.String()
}

func TestCommandRunsWhereTheFolderIsOpen(t *testing.T) {
	data, _ := occupied(t)
	for _, tt := range []struct {
		input  string
		args   []string
		status int
		out    string
	}{
		{"", []string{"ask", "机床贷款贴息找谁"}, 0, "丙市财政局"},
		{`{"id":"a","text":"机床贷款贴息找谁"}` + "\nbad\n" + `{"id":"b","text":"机床贷款贴息找谁"}`, []string{"ask", "--jsonl"}, 0, `{"id":"b"`},
		{"", []string{"search", "机床贷款"}, 0, "优化融资服务"},
		{"", []string{"policy", "list"}, 0, "丙府办-2025-7号"},
		{strings.ReplaceAll(lathes, "财政", "商务"), []string{"policy", "publish", "--by", "甲", "-"}, 0, "entry 2 of the log"},
		{"", []string{"policy", "history", "丙府办-2025-7号"}, 0, "甲"},
		{"", []string{"policy", "history", "没有"}, 1, ""},
		{"", []string{"ask", "机床贷款贴息找谁"}, 0, "丙市商务局"},
		{"", []string{"reindex"}, 0, "1 clauses"},
		{"", []string{"policy", "verify"}, 0, "all is as it was written"},
		{"", []string{"ask", "--limit-that-is-not"}, 1, ""},
	} {
		status, out, stderr := wence(t, t.Context(), tt.input, append(tt.args, "--data", data)...)
		if status != tt.status || !strings.Contains(out, tt.out) || (status == 1) != (stderr != "") {
			t.Errorf("%v: status %d\n%s%s", tt.args, status, out, stderr)
		}
	}
	info, err := os.Stat(filepath.Join(data, controlSocket))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
}

// What was asked before is tried before a publication.
func TestPreviewTriesWhatWasAsked(t *testing.T) {
	data, end := occupied(t)
	end()
	h, err := openStored(t.Context(), data, withStore)
	if err != nil {
		t.Fatal(err)
	}
	e := bot.Exchange{ID: bot.NewID(), Channel: "web", Conversation: "c", Question: "机床贷款贴息找谁", Answer: bot.Answer{Outcome: bot.Answered}, Asked: time.Now(), Answered: time.Now()}
	_, err = h.store.Keep(t.Context(), e)
	if err := errors.Join(err, h.close()); err != nil {
		t.Fatal(err)
	}
	occupy(t, data)
	status, out, stderr := wence(t, t.Context(), strings.ReplaceAll(lathes, "财政", "商务"), "policy", "preview", "--data", data, "-")
	if status != 0 || !strings.Contains(out, "asked: 机床贷款贴息找谁") || !strings.Contains(out, "1 of 1") {
		t.Errorf("%d %s%s", status, out, stderr)
	}
}

// The folder may be named by the environment of whoever sends the command, and its paths
// start where that was.
func TestCommandComesWithItsSurroundings(t *testing.T) {
	data, _ := occupied(t)
	t.Setenv("WENCE_DATA", data)
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "v2.txt"), []byte(strings.ReplaceAll(lathes, "财政", "商务")), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(elsewhere)
	if status, out, stderr := wence(t, t.Context(), "", "policy", "publish", "v2.txt"); status != 0 || !strings.Contains(out, "published") {
		t.Fatalf("%d %s%s", status, out, stderr)
	}
	if status, out, _ := wence(t, t.Context(), "", "policy", "history", "丙府办-2025-7号"); status != 0 || strings.Count(out, who(streams{}, "")) != 2 {
		t.Errorf("%d %s", status, out)
	}
}

// A killed process leaves its socket behind.
func TestStaleSocketIsNoObstacle(t *testing.T) {
	data, end := occupied(t)
	end()
	stale, err := net.Listen("unix", filepath.Join(data, controlSocket))
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	if status, out, stderr := wence(t, t.Context(), "", "ask", "--data", data, "机床贷款贴息找谁"); status != 0 || !strings.Contains(out, "丙市财政局") {
		t.Errorf("with nobody there: %d %s%s", status, out, stderr)
	}
	occupy(t, data)
	if status, out, stderr := wence(t, t.Context(), "", "ask", "--data", data, "机床贷款贴息找谁"); status != 0 || !strings.Contains(out, "丙市财政局") {
		t.Errorf("with a new process: %d %s%s", status, out, stderr)
	}
}

// Whoever uses the folder and takes no commands is named.
func TestFolderInUseWithoutControl(t *testing.T) {
	data, end := occupied(t)
	end()
	h, err := openStored(t.Context(), data, withStore)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close() //nolint:errcheck // of a test
	status, _, stderr := wence(t, t.Context(), "", "policy", "list", "--data", data)
	if status != 1 || !strings.Contains(stderr, fmt.Sprint(os.Getpid())) || !strings.Contains(stderr, "takes no commands") {
		t.Errorf("%d %s", status, stderr)
	}
}

// A folder may lie deeper than the address of a socket is long.
func TestLongPath(t *testing.T) {
	data := filepath.Join(t.TempDir(), strings.Repeat("很长的名字", 12), "d")
	file := filepath.Join(t.TempDir(), "v1.txt")
	if err := os.WriteFile(file, []byte(lathes), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := wence(t, t.Context(), "", "import", "--data", data, file); status != 0 {
		t.Fatal(stderr)
	}
	occupy(t, data)
	if status, out, stderr := wence(t, t.Context(), "", "ask", "--data", data, "机床贷款贴息找谁"); status != 0 || !strings.Contains(out, "丙市财政局") {
		t.Errorf("%d %s%s", status, out, stderr)
	}
}

// Many at once, each with its own input and output.
func TestCommandsAtOnce(t *testing.T) {
	data, _ := occupied(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := strings.NewReplacer("7号", fmt.Sprint(i+10, "号"), "机床", strings.Repeat("机床", i+1)).Replace(lathes)
			if status, _, stderr := wence(t, t.Context(), text, "policy", "publish", "--data", data, "-"); status != 0 {
				t.Error(stderr)
			}
			var in strings.Builder
			for j := range 20 {
				fmt.Fprintf(&in, "{\"id\":\"%d-%d\",\"text\":\"机床贷款贴息找谁\"}\n", i, j)
			}
			_, out, _ := wence(t, t.Context(), in.String(), "ask", "--jsonl", "--data", data)
			if n := strings.Count(out, fmt.Sprintf(`{"id":"%d-`, i)); n != 20 || strings.Count(out, "\n") != 20 {
				t.Errorf("%d answers of ours in %d lines", n, strings.Count(out, "\n"))
			}
		})
	}
	wg.Wait()
	if _, out, _ := wence(t, t.Context(), "", "policy", "list", "--data", data); strings.Count(out, "\n") != 9 {
		t.Errorf("%s", out)
	}
}

// Who interrupts a command interrupts it where it runs; and when that process ends, who
// waits is told.
func TestInterrupted(t *testing.T) {
	data, end := occupied(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"ask", "--jsonl", "--data", data}, streams{in: in, out: out, err: io.Discard})
		out.Close() //nolint:errcheck // of a pipe
	}()
	line := make([]byte, 10)
	if _, err := io.WriteString(ask, `{"id":"a","text":"机床贷款贴息找谁"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(answers, line); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, answers) //nolint:errcheck // ends with the pipe
	cancel()
	if got := <-status; got != 1 {
		t.Errorf("interrupted: status %d", got)
	}
	in2, ask2 := io.Pipe()
	var stderr bytes.Buffer
	answers2, out2 := io.Pipe()
	go func() {
		status <- run(t.Context(), []string{"ask", "--jsonl", "--data", data}, streams{in: in2, out: out2, err: &stderr})
	}()
	if _, err := io.WriteString(ask2, `{"id":"a","text":"机床贷款贴息找谁"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(answers2, line); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, answers2) //nolint:errcheck // ends with the pipe
	end()
	if got := <-status; got != 1 || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("the service ended: status %d: %s", got, stderr.String())
	}
	ask2.Close() //nolint:errcheck // of a pipe
}

// What comes over the socket is foreign bytes.
func FuzzControlFrame(f *testing.F) {
	f.Add([]byte{'c', 0, 0, 0, 2, '{', '}'})
	f.Add([]byte{'i', 255, 255, 255, 255})
	f.Add([]byte{'s', 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		kind, payload, err := readFrame(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := writeFrame(&b, kind, payload); err != nil || !bytes.HasPrefix(data, b.Bytes()) {
			t.Errorf("%q came back as %q, %v", data, b.Bytes(), err)
		}
	})
}

// Garbage on the socket ends one connection, not the service.
func TestGarbageOnTheSocket(t *testing.T) {
	data, _ := occupied(t)
	for _, garbage := range []string{"", "x", "GET / HTTP/1.1\r\n\r\n", "c\x00\x00\x00\x04null", "c\x00\x00\x00\x01{", "c\xff\xff\xff\xff", "i\x00\x00\x00\x00"} {
		conn, err := net.Dial("unix", filepath.Join(data, controlSocket))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, garbage); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%q: %v", garbage, err)
		}
		conn.Close() //nolint:errcheck // of a test
	}
	if status, _, stderr := wence(t, t.Context(), "", "policy", "list", "--data", data); status != 0 {
		t.Error(stderr)
	}
}

// TestCommandThatPanics ends with an error where it was typed, and ends no service.
func TestCommandThatPanics(t *testing.T) {
	var log, stderr bytes.Buffer
	c := &control{log: slog.New(slog.NewTextHandler(&log, nil))}
	status := c.run(t.Context(), []string{"version"}, streams{err: &stderr, out: panicking{}, in: strings.NewReader("")})
	if status != 1 || !strings.Contains(stderr.String(), "bug") || strings.Contains(stderr.String(), "goroutine") || !strings.Contains(log.String(), "stack=") {
		t.Errorf("status %d, said %s, logged %s", status, stderr.String(), log.String())
	}
}

type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("of the output") }
