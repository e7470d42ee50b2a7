package corpus

import (
	"strings"
	"unicode/utf8"
)

// heading is a number at the start of a line.
type heading struct {
	step Step
	size int // bytes of the number
}

// scanHeading reads the number at the start of a line. Whether it is a heading is
// for the sequence to decide: 第十条规定的… at the start of a line is not.
func scanHeading(s string) (heading, bool) {
	h, ok := scanNumber(s)
	if h.step.Num > maxHeadingNum {
		return heading{}, false
	}
	return h, ok
}

func scanNumber(s string) (heading, bool) {
	switch r, size := utf8.DecodeRuneInString(s); {
	case r == '第':
		return scanUnitHeading(s)
	case r == '(' || r == '（':
		return scanBracketHeading(s, size)
	}
	if n, size := scanHan(s); size > 0 {
		return endNumber(s, LevelPart, n, size, "、", ".", "．")
	}
	if n, size := scanArabic(s); size > 0 {
		if after := s[size:]; strings.HasPrefix(after, ")") || strings.HasPrefix(after, "）") {
			return endNumber(s, LevelSubpoint, n, size, ")", "）")
		}
		return endNumber(s, LevelPoint, n, size, ".", "．", "、")
	}
	return heading{}, false
}

// endNumber reads the mark after a number. A number goes on after it in decimals
// (1.5万元) and enumerations (二、三、四线城市).
func endNumber(s string, level Level, n, size int, marks ...string) (heading, bool) {
	for r, w := utf8.DecodeRuneInString(s[size:]); w > 0 && isBlank(r); r, w = utf8.DecodeRuneInString(s[size:]) {
		size += w
	}
	for _, mark := range marks {
		if !strings.HasPrefix(s[size:], mark) {
			continue
		}
		size += len(mark)
		after := s[size:]
		if after != "" && (after[0] >= '0' && after[0] <= '9') && !strings.HasPrefix(after, "20") {
			return heading{}, false
		}
		if level == LevelPart {
			if m, w := scanHan(after); w > 0 && m == n+1 && strings.HasPrefix(after[w:], "、") {
				return heading{}, false
			}
		}
		return heading{Step{Level: level, Num: n}, size}, true
	}
	return heading{}, false
}

// scanUnitHeading reads 第一章, 第 1 0 条, 第十条之一. An article may be followed by its
// text at once (第一条为完善…), but not by what makes it a reference.
func scanUnitHeading(s string) (heading, bool) {
	at := len("第")
	for r, w := utf8.DecodeRuneInString(s[at:]); w > 0 && isBlank(r); r, w = utf8.DecodeRuneInString(s[at:]) {
		at += w
	}
	n, size := scanNumeral(s[at:])
	if size == 0 {
		return heading{}, false
	}
	at += size
	for r, w := utf8.DecodeRuneInString(s[at:]); w > 0 && isBlank(r); r, w = utf8.DecodeRuneInString(s[at:]) {
		at += w
	}
	for _, u := range unitLevels {
		if u.level >= LevelSection || !strings.HasPrefix(s[at:], u.unit) {
			continue
		}
		at += len(u.unit)
		h := heading{step: Step{Level: u.level, Num: n}}
		if sub, size := scanSub(s[at:]); size > 0 {
			h.step.Sub = sub
			at += size
		}
		h.size = at
		return h, !isReference(s[at:])
	}
	return heading{}, false
}

// referenceStarts are words that follow the number of an article in a reference
// to it.
var referenceStarts = []string{"规定", "的", "所称", "所列", "所规定", "第", "、", "至", "和", "或", "及", "中的", "之规定", "，", ",", "）", ")", "款", "项", "以外", "明确"}

func isReference(after string) bool {
	for _, w := range referenceStarts {
		if strings.HasPrefix(after, w) {
			return true
		}
	}
	return false
}

// scanBracketHeading reads (一) and (1).
func scanBracketHeading(s string, at int) (heading, bool) {
	level := LevelSubpoint
	n, size := scanArabic(s[at:])
	if size == 0 {
		level = LevelSection
		n, size = scanHan(s[at:])
	}
	if size == 0 {
		return heading{}, false
	}
	at += size
	r, w := utf8.DecodeRuneInString(s[at:])
	if r != ')' && r != '）' {
		return heading{}, false
	}
	at += w
	after := s[at:]
	for _, mark := range []string{"、", ".", "．"} {
		if rest, ok := strings.CutPrefix(after, mark); ok {
			if strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "（") {
				return heading{}, false // (一)、(二)项
			}
			at += len(mark)
		}
	}
	for _, w := range []string{"项", "款", "目", "至", "和", "或", "及", "-", "—", "规定的"} {
		if strings.HasPrefix(after, w) {
			return heading{}, false
		}
	}
	return heading{Step{Level: level, Num: n}, at}, true
}

// sentenceEnds close a sentence.
const sentenceEnds = "。；;！？!?"

// firstSentence returns s up to the first 。, without it, and whether more follows.
func firstSentence(s string) (string, bool) {
	before, after, ok := strings.Cut(s, "。")
	return strings.TrimFunc(before, isBlank), ok && strings.TrimFunc(after, isBlank) != ""
}

// cleanHeading drops the punctuation at the ends of a heading.
func cleanHeading(s string) string {
	return strings.Trim(strings.TrimFunc(s, isBlank), "。：:；; \u3000\t")
}
