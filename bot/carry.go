package bot

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

//go:embed connectives.txt
var connectivesSource string

var connectives = parseConnectives(connectivesSource)

func parseConnectives(src string) []string {
	var out []string
	for _, line := range strings.Split(src, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// Connectives returns the phrases that a sentence may hold beside its quote, for who
// writes drafts.
func Connectives() []string { return append([]string(nil), connectives...) }

// ownMost bounds what a sentence says beside its quote, in bytes: connectives are few.
const ownMost = 120

// punctuation may stand between connectives and beside a quote.
const punctuation = " \n,，.。:：;；、“”\""

// carried reports whether the quote carries the whole sentence: it stands in the text
// and there is nothing beside it but connectives.
//
// No reading of a free sentence by rules can tell that it claims no more than its
// quote (您已获批准 has neither bureau nor figure, and leaving out 不得 needs no new word),
// so none is told.
func carried(text, quote string) bool {
	before, after, ok := strings.Cut(text, quote)
	return ok && len(before)+len(after) <= ownMost && connects(before) && connects(after)
}

// connects reports whether s can be cut into connectives and punctuation.
func connects(s string) bool {
	reached := make([]bool, len(s)+1) // s[:i] can be cut
	reached[0] = true
	for i := range s {
		if !reached[i] {
			continue
		}
		if r, n := utf8.DecodeRuneInString(s[i:]); strings.ContainsRune(punctuation, r) {
			reached[i+n] = true
		}
		for _, c := range connectives {
			if strings.HasPrefix(s[i:], c) {
				reached[i+len(c)] = true
			}
		}
	}
	return reached[len(s)]
}

// The characters that end a sentence, or a part of it that can be quoted alone, and
// those that can follow them.
const (
	sentenceEnds = "。!?！？;；\n"
	closers      = "”’\")】〕」』 \t　"
)

// whole reports whether text[start:end] is the passage or begins and ends with
// sentences of its clause: 向企业收费 is verbatim in 不得向企业收费, and says the contrary.
func whole(p Passage, clause *corpus.Clause, start, end int) bool {
	if start == p.Start && end == p.End {
		return true
	}
	ended := func(s string) bool {
		r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, closers))
		return strings.ContainsRune(sentenceEnds, r)
	}
	before, quote := clause.Text[:start-clause.Start], clause.Text[start-clause.Start:end-clause.Start]
	return (strings.TrimSpace(before) == "" || ended(before)) && (end == clause.End || ended(quote))
}
