package corpus

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// annexes cuts lines at the lines 附件1, 附件2. With one annex only, the annexed
// text needs no name of its own.
func (p *parser) annexes(lines []line, prefix Path) []division {
	var starts []int
	for i, l := range lines {
		if annexRe.MatchString(l.text) {
			starts = append(starts, i)
		}
	}
	if len(starts) == 0 {
		return []division{{prefix, skipTitle(lines)}}
	}
	var out []division
	if starts[0] > 0 {
		out = append(out, division{prefix, p.dropAnnexList(skipTitle(lines[:starts[0]]))})
	}
	alone := len(starts) == 1 && starts[0] == 0
	for n, at := range starts {
		end := len(lines)
		if n+1 < len(starts) {
			end = starts[n+1]
		}
		step := Step{Level: LevelAnnex, Num: n + 1}
		if _, size := scanNumeral(strings.TrimLeft(strings.TrimPrefix(strings.Join(strings.Fields(lines[at].text), ""), "附件"), " ")); size == 0 && len(starts) == 1 {
			step.Num = 0
		}
		of := Path{step}
		if alone {
			of = prefix
		}
		out = append(out, division{of, skipTitle(lines[at+1 : end])})
	}
	return out
}

// skipTitle drops the lines of the title in front of an annexed text.
func skipTitle(lines []line) []line {
	i := 0
	for i < len(lines) && i < 6 && (isTitleLine(lines[i].text) || isNumberLine(lines[i].text) || isDateLine(lines[i].text)) {
		i++
	}
	if !hasNumbering(lines) && i > 0 && !titleComplete(lines[i-1].text) || i == len(lines) {
		return lines // an unnumbered text begins with short paragraphs, not with a title
	}
	return lines[i:]
}

var annexNumberRe = regexp.MustCompile(`(?:^|\s)[0-9０-９]{1,2}\s*[.．、]`)

// listAnnexes reads the list of annexes: 附件：1.甲 2.乙, each on a line or side by side.
func (p *parser) listAnnexes(lines []line) {
	for k, l := range lines {
		s := l.text
		if k == 0 {
			s = strings.TrimFunc(annexWordRe.ReplaceAllString(s, ""), isBlank)
		}
		for _, name := range annexNumberRe.Split(s, -1) {
			name = strings.TrimRight(strings.TrimFunc(name, isBlank), "；;。，, ")
			if name != "" && utf8.RuneCountInString(name) <= 80 {
				p.doc.Annexes = append(p.doc.Annexes, name)
			}
		}
	}
}

var annexWordRe = regexp.MustCompile(`^附\s*件\s*[0-9０-９]{0,2}\s*[:：]`)
