package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wence-bot/wence/adapters"
)

// maxLine bounds one line of a JSONL batch, in bytes.
const maxLine = 4 << 20

var errLineTooLong = fmt.Errorf("the line is longer than %d bytes; shorten it", maxLine)

// eachLine calls answer for every line of a JSONL batch and writes what it
// returns as one line. A line that cannot be read comes back as {"id","error"}
// and never stops the batch; blank lines are skipped.
func eachLine[In any](ctx context.Context, s streams, answer func(In) (any, error)) error {
	out := bufio.NewWriter(s.out)
	defer out.Flush() //nolint:errcheck // flushed below; this is for errors on the way
	in := bufio.NewReaderSize(flushing{s.in, out}, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, err := readLine(in)
		end, tooLong := errors.Is(err, io.EOF), errors.Is(err, errLineTooLong)
		if err != nil && !end && !tooLong {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff")) // some editors put one
		}
		if line = bytes.TrimSpace(line); len(line) > 0 || tooLong {
			var result any
			if !tooLong {
				result, err = oneLine(line, answer)
			}
			if ctx.Err() != nil {
				return ctx.Err() // or every further line would fail
			}
			if err != nil {
				result = lineError{idOf(line), fmt.Sprintf("line %d: %v", n, err)}
			}
			if err := enc.Encode(result); err != nil {
				return fmt.Errorf("write answer %d: %w", n, err)
			}
		}
		if end {
			return out.Flush()
		}
	}
}

// flushing writes out what is there before it waits for more to read: whoever
// pipes line by line waits for each answer.
type flushing struct {
	in  io.Reader
	out *bufio.Writer
}

// Read implements io.Reader.
func (f flushing) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.in.Read(p)
}

type lineError struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

func oneLine[In any](line []byte, answer func(In) (any, error)) (any, error) {
	var in In
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	fault := "not one JSON object"
	err := dec.Decode(&in)
	if err != nil {
		fault = adapters.FaultOf(err).String()
	} else if _, err = dec.Token(); errors.Is(err, io.EOF) && line[0] == '{' {
		return answer(in)
	}
	return nil, fmt.Errorf("want one object such as {\"id\":\"q1\",\"text\":\"…\"}: %s", fault)
}

// idOf returns the id of a line in which something else is wrong, as far as it can
// be read, or "".
func idOf(line []byte) string {
	dec := json.NewDecoder(bytes.NewReader(line))
	if open, _ := dec.Token(); open != json.Delim('{') {
		return ""
	}
	for dec.More() {
		key, _ := dec.Token()
		var value any
		if dec.Decode(&value) != nil {
			return ""
		}
		if id, ok := value.(string); ok && key == "id" {
			return id
		}
	}
	return ""
}

// readLine reads one line without its end. A line that is too long is skipped to
// its end and returned as errLineTooLong.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			tooLong = true
		} else {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if tooLong && (err == nil || errors.Is(err, io.EOF)) {
			return nil, errLineTooLong
		}
		return line, err
	}
}
