package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A Mention is the name of a body, or a word that stands for one, in a text.
type Mention struct {
	Name       string // as it stands in the text, with a 省, 市, 区 or 县 in front of it
	Kind       string // name of the Kind
	Word       bool   // a mere topic word (税务, 工信), not the name of a body
	Start, End int    // byte offsets into the text
}

// Mentions returns the bodies that text names, from left to right without
// overlap, at each place the longest name. Kinds that name no particular body
// (有关部门) are left out.
func (r *Register) Mentions(text string) []Mention {
	var out []Mention
	for i := 0; i < len(text); {
		m, ok := r.mentionAt(text, i)
		if !ok {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		i = m.End
		if len(out) == 0 || out[len(out)-1].End <= m.Start {
			out = append(out, m)
		}
	}
	return out
}

func (r *Register) mentionAt(text string, start int) (Mention, bool) {
	if m, ok := r.wildAt(text, start); ok {
		return m, true
	}
	for size := min(r.longest, len(text)-start); size > 0; size-- {
		name := text[start : start+size]
		kind, word := -1, false
		if f, ok := r.names[name]; ok {
			kind = f.kind
		} else if k, ok := r.words[name]; ok {
			kind, word = k, true
		}
		if kind < 0 {
			continue
		}
		if r.kinds[kind].Generic {
			return Mention{}, false
		}
		end := start + size
		if word {
			if after := departmentSuffix(text[end:]); after > 0 {
				end, word = end+after, false
			}
		} else {
			start = levelBefore(text, start)
		}
		return Mention{Name: text[start:end], Kind: r.kinds[kind].Name, Word: word, Start: start, End: end}, true
	}
	return Mention{}, false
}

// wildAt finds names with the place in their midst: 中国人民银行甲市分行.
func (r *Register) wildAt(text string, start int) (Mention, bool) {
	const longestPlace = 12 // runes
	best := Mention{}
	for _, w := range r.wild {
		if !strings.HasPrefix(text[start:], w.before) {
			continue
		}
		from := start + len(w.before)
		i := strings.Index(text[from:], w.after)
		if i < 0 || utf8.RuneCountInString(text[from:from+i]) > longestPlace || strings.ContainsAny(text[from:from+i], "、，,。；;：:（）() \n的") {
			continue
		}
		if end := from + i + len(w.after); end > best.End {
			best = Mention{Name: text[start:end], Kind: r.kinds[w.kind].Name, Start: start, End: end}
		}
	}
	return best, best.End > 0
}

// departmentSuffix returns how many bytes of s are the 部门 after a topic word.
func departmentSuffix(s string) int {
	for _, suffix := range []string{"行政主管部门", "主管部门", "行政部门", "部门"} {
		if strings.HasPrefix(s, suffix) {
			return len(suffix)
		}
	}
	return 0
}

// levelBefore moves start over a 省, 市, 区, 县 or 州 right before it.
func levelBefore(text string, start int) int {
	last, size := utf8.DecodeLastRuneInString(text[:start])
	if start > 0 && strings.ContainsRune("省市区县州", last) {
		return start - size
	}
	return start
}

// Match returns those candidates, names of bodies, that a user can have meant by
// mention: the ones that an admin calls so, or else the ones of the same kind, or else
// the ones that contain the words.
func (r *Register) Match(mention string, candidates []string) []string {
	var out []string
	for _, b := range r.own[mention] {
		if slices.Contains(candidates, b.Name) && !slices.Contains(out, b.Name) {
			out = append(out, b.Name)
		}
	}
	if len(out) > 0 {
		return out
	}
	kind := r.KindOf(mention)
	for _, c := range candidates {
		if c == mention || kind != "" && r.KindOf(c) == kind && sameLevel(mention, c) {
			out = append(out, c)
		}
	}
	if len(out) > 0 || utf8.RuneCountInString(mention) < 2 {
		return out
	}
	for _, c := range candidates {
		if strings.Contains(c, mention) {
			out = append(out, c)
		}
	}
	return out
}

// sameLevel reports whether a mention can mean a body as far as its level goes: a
// 省工信厅 is no 市工业和信息化局.
func sameLevel(mention, body string) bool {
	for _, level := range []string{"厅", "总局", "部"} {
		if strings.HasSuffix(mention, level) && !strings.HasSuffix(mention, "部门") && !strings.Contains(body, level) {
			return false
		}
	}
	return !strings.HasPrefix(mention, "省") || strings.Contains(body, "省")
}
