package corpus

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scopes gives each mark of a clause the text that it speaks for: what stands
// between it and the mark before. A mark after a mere heading speaks for what
// follows, up to the next mark. Marks side by side (牵头单位:…)(配合单位:…) speak for the
// same text. The only mark of a clause, at its end, speaks for all of it.
func (p *parser) scopes(c *Clause, duties []duty) {
	text := p.doc.Text
	for k, from := 0, c.Start; k < len(duties); {
		first, end := k, duties[k].r.End
		for k < len(duties) && (duties[k].r.Start < end || !hasWords(text[end:duties[k].r.Start])) {
			end = max(end, duties[k].r.End)
			k++
		}
		next := c.End
		if k < len(duties) {
			next = duties[k].r.Start
		}
		s := trimLine(text, from, duties[first].r.Start)
		for s.start < s.end && strings.ContainsAny(firstRune(s.text), "。；;，,、") {
			s = trimLine(text, s.start+len(firstRune(s.text)), s.end)
		}
		switch {
		case from == c.Start && headsClause(c, s.text):
			s = trimLine(text, from, next)
		case from == c.Start && !hasWords(text[end:c.End]):
			s = line{start: c.Start, end: c.End}
		case s.start >= s.end:
			s = line{start: c.Start, end: c.End}
		}
		for i := first; i < k; i++ {
			duties[i].r.ScopeStart, duties[i].r.ScopeEnd = s.start, s.end
		}
		from = end
	}
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// hasWords reports whether s has a letter or digit.
func hasWords(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// headsClause reports whether before, the text of a clause up to its first mark, is
// no more than its number and heading.
func headsClause(c *Clause, before string) bool {
	before = strings.TrimFunc(before, isBlank)
	if h, ok := scanHeading(before); ok {
		before = strings.TrimFunc(before[h.size:], isBlank)
	}
	if before == "" {
		return true
	}
	if len(c.Headings) > 0 && cleanHeading(before) == c.Headings[len(c.Headings)-1] {
		return true
	}
	return !strings.ContainsAny(before, sentenceEnds) && utf8.RuneCountInString(before) <= maxHeading/2 && !strings.ContainsAny(before, "，,")
}
