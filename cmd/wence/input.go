package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFile bounds a file given on the command line, in bytes. The longest policies
// have some hundred kilobytes.
const maxFile = 64 << 20

// readFile reads a whole file, or standard input if its name is -.
func readFile(name string, s streams) ([]byte, error) {
	in := s.in
	if name != "-" {
		path := s.path(name)
		if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 && !strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/proc/") {
			return nil, fmt.Errorf("%s is a pipe, and who opens it may wait for ever; give - to read standard input", name)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%w; check the path, or give - to read standard input", err)
		}
		defer f.Close() //nolint:errcheck // nothing was written
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder; give the files in it", name)
		}
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MB; split it", name, maxFile>>20)
	}
	return raw, nil
}

// interruptible is a reader that gives up when ctx ends. Nothing else calls off a
// read from a terminal, so without it Ctrl-C would wait for the next line.
type interruptible struct {
	ctx context.Context
	in  io.Reader
	buf []byte // not the caller's, for a read that was given up may still write to it
}

// Read implements io.Reader.
func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if len(r.buf) < len(p) {
		r.buf = make([]byte, len(p))
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := r.in.Read(r.buf[:len(p)])
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		return copy(p, r.buf[:got.n]), got.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
