package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// webCmd measures wence serve as a process of its own, so that what it takes is told
// apart from what its clients take.
type webCmd struct {
	Answers answersCmd `cmd:"" help:"Ask over POST /api/v1/ask from some connections: answers per second, and CPU time of the server for each."`
	Chat    chatCmd    `cmd:"" help:"The same as people on the chat page: form, stream of events, kept in the store."`
	Idle    idleCmd    `cmd:"" help:"Hold many browsers that wait for an answer: memory of the server for each."`
	Slow    slowCmd    `cmd:"" help:"Hold many clients that send or read slowly: what the server takes, and how others fare meanwhile."`
}

// A program is the wence that is measured.
type program struct {
	Wence string `help:"The program, as CGO_ENABLED=0 go build -tags ne,nomsgpack ./cmd/wence makes it." default:"./wence" type:"existingfile"`
}

// A server is a wence serve that runs.
type server struct {
	address string // host:port
	command *exec.Cmd
	dir     string
}

var servedAt = regexp.MustCompile(`http://(\S+)`)

// serve starts the program on a free port with a new data folder.
func (p program) serve(ctx context.Context, args ...string) (_ *server, err error) {
	dir, err := os.MkdirTemp("", "wence-bench-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	path, err := filepath.Abs(p.Wence)
	if err != nil {
		return nil, err
	}
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--data", dir, "--api-address-rate", "1000000"}, args...)
	c := exec.CommandContext(ctx, path, args...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	m := servedAt.FindStringSubmatch(line)
	if m == nil {
		return nil, errors.Join(fmt.Errorf("%s does not say where it serves: %q: %w", path, line, err), c.Process.Kill(), c.Wait())
	}
	return &server{address: m[1], command: c, dir: dir}, nil
}

// stop ends the server as an operator does.
func (s *server) stop() error {
	err := s.command.Process.Signal(syscall.SIGTERM)
	if failed := s.command.Wait(); failed != nil {
		err = errors.Join(err, fmt.Errorf("wence serve did not stop well: %w", failed))
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// A state is what a server takes, as it says itself.
type state struct {
	cpu        time.Duration // since its start
	memory     float64       // resident, bytes
	files      float64       // open descriptors
	goroutines float64
}

// state reads what the server takes now.
func (s *server) state(ctx context.Context) (state, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.address+"/metrics", nil)
	if err != nil {
		return state{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return state{}, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return state{}, err
	}
	value := func(name string) float64 {
		_, after, _ := bytes.Cut(body, []byte("\n"+name+" "))
		line, _, _ := bytes.Cut(after, []byte("\n"))
		v, _ := strconv.ParseFloat(string(line), 64) // 0 where the system does not say
		return v
	}
	return state{
		cpu:    time.Duration(value("process_cpu_seconds_total") * float64(time.Second)),
		memory: value("process_resident_memory_bytes"), files: value("process_open_fds"), goroutines: value("go_goroutines"),
	}, nil
}

// settled waits until the server has as many goroutines and descriptors as before, but
// for those of a few connections, or until it is clear that it will not.
func (s *server) settled(ctx context.Context, before state) (state, error) {
	for deadline := time.Now().Add(time.Minute); ; {
		now, err := s.state(ctx)
		const few = 8
		if err != nil || now.goroutines <= before.goroutines+few && now.files <= before.files+few || time.Now().After(deadline) {
			return now, err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

var residentPeak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak returns the most memory that the server ever had, in bytes, 0 where the system
// does not say.
func (s *server) peak() float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	m := residentPeak.FindSubmatch(status)
	if err != nil || m == nil {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(m[1]), 64)
	return kb * 1024
}

func (s state) String() string {
	return fmt.Sprintf("%.0f MB resident, %.0f goroutines, %.0f descriptors", s.memory/1e6, s.goroutines, s.files)
}

// A caller is a client with one connection, that takes little CPU time itself.
type caller struct {
	net.Conn
	in *bufio.Reader
	// closed says that the server closes the connection: the next request needs a new one.
	closed bool
}

func call(ctx context.Context, address string) (*caller, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if errors.Is(err, syscall.EMFILE) {
		err = fmt.Errorf("%w: raise ulimit -n", err)
	}
	if err != nil {
		return nil, err
	}
	return &caller{Conn: c, in: bufio.NewReaderSize(c, 2048)}, nil
}

// send sends a request as it is written and returns the whole answer.
func (c *caller) send(request string) (status int, body []byte, err error) {
	if c.closed {
		again, err := call(context.Background(), c.RemoteAddr().String())
		if err != nil {
			return 0, nil, err
		}
		_ = c.Close() // it was closed at the other end
		*c = *again
	}
	if _, err := io.WriteString(c, request); err != nil {
		return 0, nil, err
	}
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	c.closed = resp.Close
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// from names a sender for a proxy on this machine: limits are for each address.
func from(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

func request(method, path, header, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %d\r\n\r\n%s", method, path, header, len(body), body)
}

// questionsIn reads the questions of files of JSON lines.
func questionsIn(pattern string) ([]string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(raw)) {
			var q struct{ Q, Text string }
			if err := json.Unmarshal([]byte(line), &q); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			out = append(out, q.Q+q.Text)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no questions in %s: give --questions", pattern)
	}
	return out, nil
}
