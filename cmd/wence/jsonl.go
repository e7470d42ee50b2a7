package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one line of a JSONL batch, in bytes.
const maxLine = 4 << 20

// eachLine calls answer for every line of a JSONL batch and writes what it
// returns as one line. A line that cannot be read comes back as {"id","error"}
// and never stops the batch.
func eachLine[In any](s streams, id func(In) string, answer func(In) (any, error)) error {
	in := bufio.NewReaderSize(s.in, 64<<10)
	out := bufio.NewWriter(s.out)
	defer out.Flush() //nolint:errcheck // flushed below; this is for errors on the way
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, errLineTooLong) {
			return fmt.Errorf("read line %d: %w", n, err)
		}
		end := errors.Is(err, io.EOF)
		line = bytes.TrimSpace(line)
		if len(line) > 0 || errors.Is(err, errLineTooLong) {
			if err := enc.Encode(oneLine(n, line, err, id, answer)); err != nil {
				return fmt.Errorf("write answer %d: %w", n, err)
			}
			// Whoever pipes line by line waits for each answer.
			if in.Buffered() == 0 || end {
				if err := out.Flush(); err != nil {
					return fmt.Errorf("write answer %d: %w", n, err)
				}
			}
		}
		if end {
			return out.Flush()
		}
	}
}

type lineError struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

func oneLine[In any](n int, line []byte, err error, id func(In) string, answer func(In) (any, error)) any {
	var in In
	if err == nil || errors.Is(err, io.EOF) {
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err = dec.Decode(&in); err == nil && dec.More() {
			err = errors.New("more than one JSON value")
		}
		if err != nil {
			err = fmt.Errorf("line %d: want one object such as {\"id\":\"q1\",\"text\":\"…\"}: %w", n, err)
		}
	}
	var out any
	if err == nil {
		out, err = answer(in)
	}
	if err != nil {
		// The id may have been read although another field was wrong.
		var partial struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(line, &partial) != nil {
			partial.ID = id(in)
		}
		return lineError{partial.ID, err.Error()}
	}
	return out
}

var errLineTooLong = fmt.Errorf("the line is longer than %d bytes", maxLine)

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
