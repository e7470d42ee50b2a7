package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// One process uses a data folder at a time. A command that finds it in use sends itself
// there, to the socket that the process listens on: its arguments, where it was started,
// and its standard input as it is read. The process runs the very same command on the
// house that it has open, and sends back what it writes and its exit status.

// controlSocket is the name of the socket in a data folder.
const controlSocket = "control.sock"

// The kinds of frames. A frame is its kind, the length of its payload as a big-endian
// uint32, and the payload.
const (
	frameCommand = 'c' // to the house: a command as JSON
	frameIn      = 'i' // to the house: a piece of standard input; empty at its end
	frameWant    = 'w' // from the house: it waits for a piece of standard input
	frameOut     = 'o' // from the house: a piece of standard output
	frameErr     = 'e' // from the house: a piece of standard error
	frameStatus  = 's' // from the house: the exit status, one byte; the last frame
)

// maxFrame bounds the payload of a frame in bytes.
const maxFrame = 1 << 20

// A command is a command line as it is sent.
type command struct {
	Args []string `json:"args"`
	Dir  string   `json:"dir"`  // where it was started
	User string   `json:"user"` // who started it, for the log
}

func writeFrame(w io.Writer, kind byte, payload []byte) error {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	_, err := w.Write(append(head, payload...))
	return err
}

func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes, more than %d", n, maxFrame)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head[0], payload, err
}

// frames writes frames of one kind; it implements io.Writer.
type frames struct {
	mu   *sync.Mutex // of the connection
	conn io.Writer
	kind byte
}

func (f frames) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for sent := 0; sent < len(p); sent += maxFrame {
		if err := writeFrame(f.conn, f.kind, p[sent:min(len(p), sent+maxFrame)]); err != nil {
			return sent, err
		}
	}
	return len(p), nil
}

// A control runs the commands that other processes send to a house.
type control struct {
	house    *house
	listener net.Listener
	path     string
	log      *slog.Logger
	running  sync.WaitGroup
}

// listen makes the control of the house on a data folder, which the house must have
// locked: a socket that is there already belongs to a process that was killed.
func listen(ctx context.Context, h *house, log *slog.Logger) (*control, error) {
	path := filepath.Join(h.data, controlSocket)
	// Made in a folder that nobody else may enter and moved when its mode is right: at
	// no moment can another user connect.
	private, err := os.MkdirTemp(h.data, ".control-")
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	defer os.RemoveAll(private) //nolint:errcheck // empty by then
	made := filepath.Join(private, "s")
	address, free, err := socketAddress(made)
	if err != nil {
		return nil, err
	}
	defer free()
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", address)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // it is going to be elsewhere
	err = os.Chmod(made, 0o600)
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), l.Close())
	}
	return &control{house: h, listener: l, path: path, log: log}, nil
}

// longestAddress is how long the address of a socket can be, in bytes, on every system.
const longestAddress = 100

// socketAddress returns an address for a path that may be too long for one.
func socketAddress(path string) (address string, free func(), err error) {
	if len(path) <= longestAddress {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("control socket: the path %s is longer than %d bytes: use a shorter data folder", path, longestAddress)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, fmt.Errorf("control socket: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path)), func() { _ = dir.Close() }, nil
}

// serve runs commands until ctx ends, and then waits for those under way, whose context
// has ended too.
func (c *control) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { _ = c.listener.Close() })
	defer stop()
	for {
		conn, err := c.listener.Accept()
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			c.log.Error("a command was not accepted", slog.String("error", err.Error()))
			time.Sleep(100 * time.Millisecond) // out of file descriptors: let others end
			continue
		}
		c.running.Go(func() {
			defer conn.Close() //nolint:errcheck // nothing more is sent
			if err := c.handle(ctx, conn); err != nil {
				c.log.Warn("a command was given up", slog.String("error", err.Error()))
			}
		})
	}
	c.running.Wait()
	_ = os.Remove(c.path) // a stale one would be no obstacle
}

// handle runs the command of one connection. It ends with the connection.
func (c *control) handle(ctx context.Context, conn net.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := bufio.NewReader(conn)
	kind, payload, err := readFrame(r)
	if err != nil {
		return err
	}
	var cmd command
	if err := json.Unmarshal(payload, &cmd); err != nil || kind != frameCommand {
		return fmt.Errorf("no command but a frame %q: %w", kind, err)
	}
	var mu sync.Mutex
	in := &remoteInput{want: frames{&mu, conn, frameWant}, pieces: make(chan []byte)}
	go func() { // whoever sent the command can only send input, or go
		defer cancel()
		for {
			kind, piece, err := readFrame(r)
			if err != nil || kind != frameIn {
				return
			}
			select {
			case in.pieces <- piece:
			case <-ctx.Done():
				return
			}
		}
	}()
	in.done = ctx.Done()
	status := run(ctx, cmd.Args, streams{
		in: in, out: frames{&mu, conn, frameOut}, err: frames{&mu, conn, frameErr}, dir: cmd.Dir, user: cmd.User, house: c.house,
	})
	_, err = frames{&mu, conn, frameStatus}.Write([]byte{byte(status)})
	return err
}

// remoteInput is the standard input of the process that sent a command, read when it is
// needed.
type remoteInput struct {
	want   frames
	pieces chan []byte
	done   <-chan struct{}
	rest   []byte
	end    bool
}

// Read implements io.Reader.
func (r *remoteInput) Read(p []byte) (int, error) {
	if len(r.rest) == 0 && !r.end {
		r.want.mu.Lock()
		err := writeFrame(r.want.conn, frameWant, nil)
		r.want.mu.Unlock()
		if err != nil {
			return 0, err
		}
		select {
		case r.rest = <-r.pieces:
			r.end = len(r.rest) == 0
		case <-r.done:
			return 0, context.Canceled
		}
	}
	if r.end {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// forward sends a command to the process that uses the data folder and returns the
// command's exit status. err says why it could not be sent.
func forward(ctx context.Context, data string, args []string, s streams) (status int, err error) {
	address, free, err := socketAddress(filepath.Join(data, controlSocket))
	if err != nil {
		return 1, err
	}
	defer free()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", address)
	if err != nil {
		return 1, fmt.Errorf("it takes no commands: %w", err)
	}
	defer conn.Close() //nolint:errcheck // nothing more is sent
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	dir := s.dir
	if dir == "" {
		if dir, err = os.Getwd(); err != nil {
			return 1, err
		}
	}
	payload, err := json.Marshal(command{args, dir, who(s, "")})
	if err == nil && len(payload) > maxFrame {
		err = fmt.Errorf("the command line is longer than %d bytes", maxFrame)
	}
	if err == nil {
		err = writeFrame(conn, frameCommand, payload)
	}
	if err != nil {
		return 1, err
	}
	return follow(ctx, conn, s)
}

// follow plays what the process sends that runs the command.
func follow(ctx context.Context, conn net.Conn, s streams) (int, error) {
	var sending sync.Mutex
	r := bufio.NewReader(conn)
	buf := make([]byte, 64<<10)
	for {
		kind, payload, err := readFrame(r)
		switch {
		case ctx.Err() != nil:
			return 1, ctx.Err()
		case err != nil:
			return 1, fmt.Errorf("it ended before the command did (%w); what it acknowledged is kept: look with \"wence policy history\" or \"wence ticket show\"", err)
		}
		switch kind {
		case frameOut:
			_, err = s.out.Write(payload)
		case frameErr:
			_, err = s.err.Write(payload)
		case frameStatus:
			if len(payload) != 1 {
				return 1, errors.New("it sent no exit status")
			}
			return int(payload[0]), nil
		case frameWant:
			// Not waited for: the command may end, or write, before there is input.
			go func() {
				sending.Lock()
				defer sending.Unlock()
				n, _ := s.in.Read(buf) // an error ends the input
				_ = writeFrame(conn, frameIn, buf[:n])
			}()
		}
		if err != nil {
			return 1, err
		}
	}
}
