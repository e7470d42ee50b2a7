// Package extract turns files as governments write them into text that
// corpus.Parse understands: txt, md, html, docx, pdf with a text layer, and ofd.
//
// It owns file formats, character encodings, and the limits that keep a hostile
// file from harming the process. A file that it cannot read whole and right, a
// scan, an old .doc, a classified paper, is refused with an error that says what is
// the matter and how to mend it; it never returns half a text. It refuses to know
// what the text means: it knows a heading only as far as line breaks hang on it.
package extract

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Every error of this package wraps one of these.
var (
	ErrUnreadable  = errors.New("not a readable text file")                  // damaged, cut off, or not what it says it is
	ErrUnsupported = errors.New("a kind of file that wence does not read")   // .doc, .wps, xlsx, pictures
	ErrNoText      = errors.New("no usable text in the file")                // scanned or garbled
	ErrTooLarge    = errors.New("over a limit that protects the server")     // zip bombs, nesting, size, time
	ErrClassified  = errors.New("a classified file must not be stored here") // 密级
)

// Text decodes a text file. It reads UTF-8 with or without a byte order mark, GBK
// or GB18030, and UTF-16 with a byte order mark; anything else is refused with a
// message that says how to mend it.
func Text(raw []byte) (string, error) {
	if s, ok := fromUTF16(raw); ok {
		raw = []byte(s)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	switch {
	case len(bytes.TrimSpace(raw)) == 0:
		return "", fmt.Errorf("the file is empty: %w", ErrUnreadable)
	case bytes.IndexByte(raw, 0) >= 0:
		return "", fmt.Errorf("the file holds NUL bytes, so it is binary or UTF-16; save it as UTF-8 text: %w", ErrUnreadable)
	case utf8.Valid(raw):
		return string(raw), nil
	case cutInRune(raw):
		return "", fmt.Errorf("the file ends in the middle of a character, so it was cut off; fetch it again: %w", ErrUnreadable)
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || mostlyGarbage(decoded) {
		return "", fmt.Errorf("the file is neither UTF-8 nor GBK; save it as UTF-8 text: %w", ErrUnreadable)
	}
	return string(decoded), nil
}

// fromUTF16 decodes UTF-16 that has a byte order mark, as the Windows editor
// writes it under the name Unicode.
func fromUTF16(raw []byte) (string, bool) {
	big := bytes.HasPrefix(raw, []byte{0xFE, 0xFF})
	if !big && !bytes.HasPrefix(raw, []byte{0xFF, 0xFE}) || len(raw)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(raw)/2)
	for i := 2; i+1 < len(raw); i += 2 {
		lo, hi := raw[i], raw[i+1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(hi)<<8|uint16(lo))
	}
	return string(utf16.Decode(units)), true
}

// cutInRune reports whether raw is UTF-8 with Chinese text but for an unfinished
// character at its end.
func cutInRune(raw []byte) bool {
	for n := 1; n < utf8.UTFMax && n < len(raw); n++ {
		head, tail := raw[:len(raw)-n], raw[len(raw)-n:]
		if utf8.RuneStart(tail[0]) && !utf8.FullRune(tail) {
			return len(head) > 2 && utf8.Valid(head) && utf8.RuneCount(head) < len(head)
		}
	}
	return false
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
