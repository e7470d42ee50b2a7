package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// start runs wence on pipes, as somebody uses it who waits for each answer.
func start(t *testing.T, args ...string) (ask io.WriteCloser, answers *bufio.Reader, interrupt func(), status <-chan int, stderr *bytes.Buffer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, ask := io.Pipe()
	answer, out := io.Pipe()
	done := make(chan int, 1)
	stderr = &bytes.Buffer{}
	go func() {
		code := run(ctx, args, streams{in: in, out: out, err: stderr})
		out.Close() //nolint:errcheck // of a pipe
		done <- code
	}()
	t.Cleanup(func() {
		cancel()
		ask.Close()    //nolint:errcheck // of a pipe
		answer.Close() //nolint:errcheck // of a pipe
	})
	return ask, bufio.NewReader(answer), cancel, done, stderr
}

// A blank line behind the question once held the answer back until the next one.
func TestBatchAnswersWithoutWaitingForTheNextLine(t *testing.T) {
	ask, answers, _, status, _ := start(t, "ask", "--jsonl")
	for _, id := range []string{"a", "b"} {
		if _, err := io.WriteString(ask, `{"id":"`+id+`","text":"想贷点款周转找谁?"}`+"\n\n"); err != nil {
			t.Fatal(err)
		}
		line, err := answers.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, `{"id":"`+id+`"`) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	ask.Close() //nolint:errcheck // of a pipe
	if code := <-status; code != 0 {
		t.Errorf("status %d", code)
	}
}

// Ctrl-C once had to wait for the next line.
func TestInterruptedWhileWaitingForInput(t *testing.T) {
	for _, tt := range []struct {
		args    []string
		status  int
		message string
	}{
		{[]string{"chat"}, 0, ""},
		{[]string{"ask", "--jsonl"}, 1, "wence: interrupted\n"},
		{[]string{"parse", "-"}, 1, "wence: interrupted\n"},
	} {
		_, answers, interrupt, status, stderr := start(t, tt.args...)
		if tt.args[0] == "chat" {
			if _, err := answers.ReadString('>'); err != nil {
				t.Fatal(err)
			}
		}
		interrupt()
		go io.Copy(io.Discard, answers) //nolint:errcheck // ends with the pipe
		if code := <-status; code != tt.status || stderr.String() != tt.message {
			t.Errorf("%v: status %d, want %d: %s", tt.args, code, tt.status, stderr)
		}
	}
}
