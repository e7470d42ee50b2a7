package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/wence-bot/wence/bot/store"
)

// mcpCmd is an MCP server for a client on this machine.
type mcpCmd struct {
	modelFlags `embed:""`

	Data string `help:"The data folder; without it the embedded policies answer. While a server uses it, connect to /mcp of that server." env:"WENCE_DATA" placeholder:"DIR"`
}

// Run serves on standard input and output until the input ends.
func (c mcpCmd) Run(ctx context.Context, s streams) (err error) {
	log := stderrLog(s)
	if c.Data != "" {
		if err := holdsData(c.Data); err != nil {
			return err
		}
	}
	h, err := open(ctx, c.Data, log)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w; if it is a server, connect your client to its /mcp", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if err := c.use(h.bot, log); err != nil {
		return err
	}
	a, err := newAPI(h, apiFlags{}, "", "")
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); h.keepUp(following) }()
	defer func() { stop(); <-done }()
	err = a.MCPServer().Run(ctx, newPipe(s))
	if errors.Is(err, io.EOF) || ctx.Err() != nil {
		return nil // the client has gone
	}
	return err
}

// A pipe is standard input and output with one message a line. The protocol's library
// ends at the first line that is none, so such a line is answered here, and the library
// sees the others. It also ends with the input: whoever closes that at once, as a script
// does, would get no answers, so the end of the input waits for them.
type pipe struct {
	in   *bufio.Reader
	rest []byte // of a message that is being read

	mu      sync.Mutex // for what is below
	out     io.Writer
	open    map[string]bool // the IDs of requests without answer, as JSON
	closed  bool
	settled *sync.Cond // open is empty, or closed is set
}

func newPipe(s streams) mcp.Transport {
	p := &pipe{in: bufio.NewReader(s.in), out: s.out, open: map[string]bool{}}
	p.settled = sync.NewCond(&p.mu)
	return &mcp.IOTransport{Reader: p, Writer: p}
}

// Read implements io.Reader: it reads messages.
func (p *pipe) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		line, err := readLine(p.in)
		tooLong := errors.Is(err, errLineTooLong)
		if line = bytes.TrimSpace(line); len(line) > 0 || tooLong {
			if err := p.take(line, tooLong); err != nil {
				return 0, err
			}
		}
		if errors.Is(err, io.EOF) && len(p.rest) == 0 {
			p.settle()
		}
		if err != nil && !tooLong && len(p.rest) == 0 {
			return 0, err
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// take keeps a message for the library, or answers a line that is none.
func (p *pipe) take(line []byte, tooLong bool) error {
	message, refusal := readMessage(line, tooLong)
	if refusal != nil {
		_, err := p.write(refusal)
		return err
	}
	if r, ok := message.(*jsonrpc.Request); ok && r.ID.IsValid() {
		p.mu.Lock()
		p.open[fmt.Sprint(r.ID.Raw())] = true
		p.mu.Unlock()
	}
	p.rest = append(line, '\n')
	return nil
}

// settleTime bounds how long the end of the input waits: longer than any tool takes.
const settleTime = 30 * time.Second

// settle waits until every request has its answer.
func (p *pipe) settle() {
	late := time.AfterFunc(settleTime, func() { _ = p.Close() })
	defer late.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.open) > 0 && !p.closed {
		p.settled.Wait()
	}
}

// Write implements io.Writer. Each call writes a whole message.
func (p *pipe) Write(b []byte) (int, error) {
	n, err := p.write(b)
	if m, decodeErr := jsonrpc.DecodeMessage(bytes.TrimSpace(b)); decodeErr == nil {
		if r, ok := m.(*jsonrpc.Response); ok {
			p.mu.Lock()
			delete(p.open, fmt.Sprint(r.ID.Raw()))
			p.settled.Broadcast()
			p.mu.Unlock()
		}
	}
	return n, err
}

func (p *pipe) write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

// Close implements io.Closer: nothing more is waited for. The streams are not ours to
// close.
func (p *pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.settled.Broadcast()
	return nil
}

// The codes of JSON-RPC 2.0, section 5.1.
const (
	codeParseError     = -32700
	codeInvalidRequest = -32600
)

// readMessage reads a line, or returns the answer to one that is no message.
func readMessage(line []byte, tooLong bool) (m jsonrpc.Message, refusal []byte) {
	var answer struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	answer.Version, answer.ID = "2.0", json.RawMessage("null")
	switch {
	case tooLong:
		answer.Error.Code, answer.Error.Message = codeInvalidRequest, errLineTooLong.Error()
	case !json.Valid(line):
		answer.Error.Code, answer.Error.Message = codeParseError, "the line is no JSON; send one JSON-RPC message a line"
	case line[0] == '[':
		answer.Error.Code, answer.Error.Message = codeInvalidRequest, "batches are not taken; send one JSON-RPC message a line"
	default:
		if m, err := jsonrpc.DecodeMessage(line); err == nil {
			return m, nil
		}
		answer.Error.Code, answer.Error.Message = codeInvalidRequest, `the line is no JSON-RPC message, as in {"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	}
	out, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Sprintf("an error is no JSON: %v", err)) // it holds strings and numbers only
	}
	return nil, append(out, '\n')
}
