package corpus

import (
	"strings"
	"unicode/utf8"
)

// notCharges follow 由 and a body where the body pays, explains or belongs.
var notCharges = []string{"解释", "负担", "承担", "分担", "列入", "出资", "组成", "担任", "同意", "批准", "主持", "财政", "预算", "签发", "盖章", "兼任", "追究", "任命"}

// charged reads 由市民政部门另行制定, 由区民政部门统一编号管理: whatever the verb is, it is the
// body's to do.
func (w *prose) charged(s line, from int) bool {
	const shortest = 2 // characters of what is to be done
	best := 0
	var bodies []body
	for i := range s.text {
		if i == 0 || !strings.ContainsRune("局部委厅办院会署处关府门位社联心室团机)）", lastRune(s.text[:i])) {
			continue
		}
		if list, ok := w.p.subjects(s.text[:i]); ok {
			best, bodies = i, list
		}
	}
	rest := strings.TrimRight(s.text[best:], "。")
	if best == 0 || utf8.RuneCountInString(rest) < shortest || strings.HasSuffix(rest, "的") || hasAnyPrefix(rest, []string{"、", "或", "及", "和", "与", "等"}) ||
		ofNoun(rest) || hasAny(rest, notCharges) || hasAnyPrefix(rest, notActs) {
		return false
	}
	w.close(from)
	w.start(bodies, Responsible, from)
	return true
}

// ofNoun reports whether a verb only describes a noun: 由镇人民政府选定的服务机构.
func ofNoun(s string) bool {
	const reach = 5 // characters
	i := strings.Index(s, "的")
	return i >= 0 && utf8.RuneCountInString(s[:i]) <= reach
}

// partners reads the bodies after 会同: they take part.
func (w *prose) partners(v proseVerb, s line, k int) {
	rest := s.text[k:]
	if v.word != "会同" {
		i := strings.Index(rest, "会同")
		if i < 0 {
			return
		}
		rest = rest[i+len("会同"):]
	}
	if end := openEndIn(rest); end > 0 {
		if bodies, ok := w.p.subjects(rest[:end]); ok {
			for _, b := range bodies {
				b.role = Joint
				w.add(b, w.from)
			}
			return
		}
	}
	for _, piece := range strings.Split(rest, "、") {
		b, whole := w.p.leadingBody(piece)
		if b.written == "" {
			return
		}
		b.role = Joint
		w.add(b, w.from)
		if !whole {
			return
		}
	}
}

// leadingBody returns the body with which s begins, and whether it is all of s.
func (p *parser) leadingBody(s string) (body, bool) {
	const longest = 20 // characters
	n, best := 0, 0
	for i := range s {
		if n++; n > longest {
			break
		}
		if i > 0 && p.specific(s[:i]) {
			best = i
		}
	}
	if p.specific(s) {
		best = len(s)
	}
	return body{written: s[:best]}, best == len(s)
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}
