package web

import (
	"strings"
	"unicode/utf8"
)

// An edit is a part of a text that stayed, went or came.
type edit struct{ Kind, Text string }

// The kinds of edits.
const (
	stayed = "same"
	went   = "del"
	came   = "ins"
)

// maxCompared bounds the pairs of pieces that are compared for one clause. Beyond it the
// whole text counts as changed.
const maxCompared = 1_000_000

// edits returns what became of a text: all of before is in what stayed and went, all of
// after in what stayed and came, in order. It keeps the longest common sequence of pieces
// between punctuation marks, and of a piece that changed its beginning and end.
func edits(before, after string) []edit {
	a, b := pieces(before), pieces(after)
	var out []edit
	add := func(kind, text string) {
		if n := len(out); text != "" && n > 0 && out[n-1].Kind == kind {
			out[n-1].Text += text
		} else if text != "" {
			out = append(out, edit{kind, text})
		}
	}
	replace := func(old, now string) {
		from := commonPrefix(old, now)
		to := commonSuffix(old[from:], now[from:])
		add(stayed, old[:from])
		add(went, old[from:len(old)-to])
		add(came, now[from:len(now)-to])
		add(stayed, old[len(old)-to:])
	}
	if len(a)*len(b) > maxCompared {
		replace(before, after)
		return out
	}
	length := commonLengths(a, b)
	var old, now strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			replace(old.String(), now.String())
			old.Reset()
			now.Reset()
			add(stayed, a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			old.WriteString(a[i])
			i++
		default:
			now.WriteString(b[j])
			j++
		}
	}
	replace(old.String(), now.String())
	return out
}

// pieces cuts a text behind its punctuation marks.
func pieces(s string) []string {
	var out []string
	start := 0
	for i, r := range s {
		if strings.ContainsRune(",，.。;；:：、()（）《》“”\n ", r) {
			end := i + utf8.RuneLen(r)
			out = append(out, s[start:end])
			start = end
		}
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

// commonLengths returns for each i and j how many pieces a[i:] and b[j:] have in common,
// in order.
func commonLengths(a, b []string) [][]int32 {
	out := make([][]int32, len(a)+1)
	for i := len(a); i >= 0; i-- {
		out[i] = make([]int32, len(b)+1)
		for j := len(b) - 1; j >= 0 && i < len(a); j-- {
			if out[i][j] = max(out[i+1][j], out[i][j+1]); a[i] == b[j] {
				out[i][j] = out[i+1][j+1] + 1
			}
		}
	}
	return out
}

// commonPrefix returns the length in bytes of the characters that both begin with.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) {
		r, size := utf8.DecodeRuneInString(a[n:])
		if other, otherSize := utf8.DecodeRuneInString(b[n:]); r != other || size != otherSize || a[n:n+size] != b[n:n+size] {
			break
		}
		n += size
	}
	return n
}

// commonSuffix returns the length in bytes of the characters that both end with.
func commonSuffix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) {
		_, size := utf8.DecodeLastRuneInString(a[:len(a)-n])
		if !strings.HasSuffix(b[:len(b)-n], a[len(a)-n-size:len(a)-n]) {
			break
		}
		n += size
	}
	return n
}
