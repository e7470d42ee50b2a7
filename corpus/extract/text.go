// Package extract turns files as governments write them into text that
// corpus.Parse understands.
//
// It owns file formats and character encodings. It refuses to know what the text means.
package extract

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ErrUnreadable is wrapped by every error about a file that is not text.
var ErrUnreadable = errors.New("not a readable text file")

// Text decodes a text file. It reads UTF-8 with or without a byte order mark and
// GBK or GB18030; anything else is refused with a message that says how to mend it.
func Text(raw []byte) (string, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return "", fmt.Errorf("the file is empty: %w", ErrUnreadable)
	case bytes.IndexByte(raw, 0) >= 0:
		return "", fmt.Errorf("the file holds NUL bytes, so it is binary or UTF-16; save it as UTF-8 text: %w", ErrUnreadable)
	case utf8.Valid(raw):
		return string(raw), nil
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || mostlyGarbage(decoded) {
		return "", fmt.Errorf("the file is neither UTF-8 nor GBK; save it as UTF-8 text: %w", ErrUnreadable)
	}
	return string(decoded), nil
}

// mostlyGarbage reports whether a decoder made more than one replacement or
// control character in fifty: no text has that many.
func mostlyGarbage(b []byte) bool {
	bad, all := 0, 0
	for _, r := range string(b) {
		all++
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r >= 0xE000 && r <= 0xF8FF {
			bad++
		}
	}
	return bad*50 > all
}
