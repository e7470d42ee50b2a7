package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/wence-bot/wence/bot"
)

// TestMCPOverStandardStreams has the SDK's own client start the program, as a model
// agent does.
func TestMCPOverStandardStreams(t *testing.T) {
	program := t.TempDir() + "/wence"
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, program) // TestMain looks at the name
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "mcp", "--data", t.TempDir())
	var log bytes.Buffer
	cmd.Stderr = &log
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err, log.String())
	}
	r, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{"question": "想贷点款周转找谁?"}})
	if err != nil || r.IsError {
		t.Fatal(r, err)
	}
	raw, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var a bot.Answer
	if err := json.Unmarshal(raw, &a); err != nil || a.Outcome != bot.Answered || len(a.Citations) == 0 || len(a.Bureaus) == 0 {
		t.Errorf("answered %s, %v", raw, err)
	}
	if err := session.Close(); err != nil {
		t.Errorf("the program does not end with its input: %v", err)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
}

// TestMCPGarbage feeds lines that are no messages: the program ends, and says nothing
// that a client could take for one.
func TestMCPGarbage(t *testing.T) {
	for _, in := range []string{"", "hello\n", "{}\n", "\x00\xff\n", "[]\n", `{"jsonrpc":"2.0","id":1,"method":"tools/call"}` + "\n", strings.Repeat("a", 1<<20) + "\n"} {
		var out, log bytes.Buffer
		run(context.Background(), []string{"mcp"}, streams{in: io.NopCloser(strings.NewReader(in)), out: &out, err: &log})
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if line != "" && !json.Valid([]byte(line)) {
				t.Errorf("%.50q: wrote %q", in, line)
			}
		}
		if strings.Contains(log.String(), "panic") {
			t.Errorf("%.50q: %s", in, log.String())
		}
	}
}
