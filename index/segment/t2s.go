package segment

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

// t2sText holds OpenCC's tables: "後后" for a character, "乾坤 乾坤" for a phrase, one
// per line after a header; see README.md.
//
//go:embed t2s.txt
var t2sText string

// The table covers CJK Extension A and the basic block; rarer characters have no
// simplified form that anybody types.
const (
	tableFirst = 0x3400
	tableEnd   = 0xA000
)

type foldTables struct {
	char    [tableEnd - tableFirst]rune // 0: stays as it is
	phrases map[rune][]phrase           // by first character, longest first
}

type phrase struct{ from, to string }

// tables builds once, on first use, and is read-only from then on.
var tables = sync.OnceValue(func() *foldTables {
	t := &foldTables{phrases: map[rune][]phrase{}}
	_, text, _ := strings.Cut(t2sText, "\n\n")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		r, n := utf8.DecodeRuneInString(line)
		if from, to, ok := strings.Cut(line, " "); ok {
			t.phrases[r] = append(t.phrases[r], phrase{from, to})
		} else if tableFirst <= r && r < tableEnd {
			t.char[r-tableFirst], _ = utf8.DecodeRuneInString(line[n:])
		}
	}
	return t
})
