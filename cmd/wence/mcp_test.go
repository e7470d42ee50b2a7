package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"slices"
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
	data := t.TempDir()
	if h, err := open(t.Context(), data, slog.New(slog.DiscardHandler)); err != nil || h.close() != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "mcp", "--data", data)
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

// TestMCPGarbage feeds lines that are no messages: each is answered as JSON-RPC says, and
// the messages behind are as well, though the input ends with them.
func TestMCPGarbage(t *testing.T) {
	for in, code := range map[string]int{
		"hello": -32700, "\x00\xff": -32700, `{"jsonrpc":`: -32700, strings.Repeat("a", 1<<20): -32700, strings.Repeat("a", 5<<20): -32600,
		"{}": -32600, "[]": -32600, "5": -32600, `{"jsonrpc":"1.0","id":7,"method":"ping"}`: -32600, `{"jsonrpc":"2.0","id":{},"method":"ping"}`: -32600,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`: -32600, `{"jsonrpc":"2.0","id":1,"method":5}`: -32600,
		"": 0, " \r": 0,
	} {
		var out, log bytes.Buffer
		text := in + "\n" + `{"jsonrpc":"2.0","id":"later","method":"ping"}` + "\n"
		if status := run(context.Background(), []string{"mcp"}, streams{in: strings.NewReader(text), out: &out, err: &log}); status != 0 || log.Len() > 0 {
			t.Errorf("%.50q: status %d: %s", in, status, &log)
		}
		codes, pinged := []int{}, false
		for line := range strings.Lines(out.String()) {
			var m struct {
				ID     any              `json:"id"`
				Result *json.RawMessage `json:"result"`
				Error  struct {
					Code int `json:"code"`
				} `json:"error"`
			}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Errorf("%.50q: wrote %q", in, line)
			}
			switch {
			case m.ID == "later":
				pinged = m.Result != nil
			case m.ID == nil:
				codes = append(codes, m.Error.Code)
			}
		}
		if !pinged {
			t.Errorf("%.50q: what came later was not answered: %s", in, &out)
		}
		if code != 0 && !slices.Equal(codes, []int{code}) || code == 0 && len(codes) > 0 {
			t.Errorf("%.50q: errors %v, want %d", in, codes, code)
		}
	}
}

// FuzzMCPLine: a line is a message or is answered with one line of JSON.
func FuzzMCPLine(f *testing.F) {
	for _, seed := range []string{"hello", "{}", "[]", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		line := bytes.TrimSpace(bytes.ReplaceAll(in, []byte("\n"), nil))
		if len(line) == 0 {
			return
		}
		m, out := readMessage(line, false)
		if m == nil && (!json.Valid(out) || bytes.Count(out, []byte("\n")) != 1) {
			t.Errorf("%q", out)
		}
	})
}
