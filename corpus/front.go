package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// metadata reads the block of fields that web pages put in front of a document:
// 成文日期：, the value on the same line or the next. It returns the lines that are
// not part of it.
func (p *parser) metadata(lines []line) []line {
	rest := make([]line, 0, len(lines))
	re := fieldRe()
	const reach = 40 // lines: a block stands at the top
	for i := 0; i < len(lines); i++ {
		m := re.FindStringSubmatch(lines[i].text)
		if m == nil || i > reach || utf8.RuneCountInString(lines[i].text) > 80 {
			rest = append(rest, lines[i])
			continue
		}
		field := FieldOf(m[1])
		value := strings.TrimSpace(m[2])
		if value == "" && i+1 < len(lines) && !re.MatchString(lines[i+1].text) && (readFields[field] || i+2 < len(lines) && re.MatchString(lines[i+2].text)) {
			i++
			value = lines[i].text
		}
		p.setMeta(field, value)
	}
	return rest
}

// readFields are the fields that setMeta reads: the line after the name of one is its value.
var readFields = map[string]bool{
	FieldIssuer: true, FieldTitle: true, FieldNumber: true, FieldWritten: true, FieldPublished: true,
	FieldEffective: true, FieldExpires: true, FieldStatus: true,
}

func (p *parser) setMeta(field, value string) {
	d := p.doc
	switch field {
	case FieldIssuer:
		p.metaIssuer = value
	case FieldTitle:
		d.Title = value
	case FieldNumber:
		if numberRe.MatchString(value) || decreeRe.MatchString(value) || noticeNumberRe.MatchString(value) {
			d.Number = cleanNumber(value)
		}
	case FieldWritten:
		d.Written = parseDate(value)
	case FieldPublished:
		d.Published = parseDate(value)
	case FieldEffective:
		d.Effective = parseDate(value)
	case FieldExpires:
		d.Expires = parseDate(value)
	case FieldStatus:
		p.state(value)
	}
}

func cleanNumber(s string) string {
	if m := numberRe.FindString(s); m != "" {
		s = m
	}
	return halfDigits.Replace(strings.Join(strings.Fields(s), ""))
}

// front reads what stands before the body, title, number and addressees, and
// returns the lines of the body.
func (p *parser) front(lines []line) []line {
	lines = p.metadata(lines)
	i := 0
	titled := p.doc.Title != ""
	for i < len(lines) {
		s := lines[i].text
		switch {
		case titled && decreeRe.MatchString(s) && strings.HasSuffix(p.doc.Title, "令"):
			// A decree: its number says whose it is, and the title is still to come.
			p.metaIssuer = strings.TrimSuffix(p.doc.Title, "令")
			p.doc.Number = p.doc.Title + strings.Join(strings.Fields(s), "")
			p.doc.Title, titled = "", false
			i++
		case statusLineRe.MatchString(s):
			p.state(s)
			i++
		case historyRe.MatchString(s) && titled:
			p.history(s)
			i++
		case isNumberLine(s):
			if m := noticeNumberRe.FindString(s); m != "" && !decreeRe.MatchString(s) && !titled {
				p.metaIssuer = firstOf(p.metaIssuer, issuerOfNumber(s))
			}
			if p.doc.Number == "" {
				p.doc.Number = cleanNumber(s)
			}
			i++
		case isDateLine(s):
			if p.doc.Written == "" {
				p.doc.Written = parseDate(s)
			}
			i++
		case isAddressee(s):
			p.doc.Addressees = splitAddressees(s)
			return lines[i+1:]
		case !isTitleLine(s):
			return lines[i:]
		case !titled && pageChrome[s]:
			i++
		case !titled && isInstitution(s) && i+1 < len(lines) && pageChrome[lines[i+1].text]:
			p.metaIssuer = firstOf(p.metaIssuer, s) // the name of the site
			i += 2
		case !titled:
			i = p.title(lines, i)
			titled = true
		case p.repeatsTitle(lines, i), isInstitution(s), strings.HasSuffix(s, "文件"), strings.HasPrefix(s, "关于") && titleComplete(s):
			i++
		case addresseeAhead(lines, i):
			i++ // the title once more, in other words or broken in other places
		default:
			return lines[i:]
		}
	}
	return lines[i:]
}

// pageChrome are headings of web pages that stand above the title.
var pageChrome = map[string]bool{"通知公告": true, "最新文件": true, "政策文件": true, "内容概述": true, "正文": true, "政策法规": true, "信息公开": true}

// addresseeAhead reports whether short lines lead to an addressee: then they all
// belong to the head of the document.
func addresseeAhead(lines []line, i int) bool {
	for n := 0; i < len(lines) && n < 6; n, i = n+1, i+1 {
		if isAddressee(lines[i].text) {
			return true
		}
		if !isTitleLine(lines[i].text) {
			return false
		}
	}
	return false
}

// title joins the lines of the title that begins at i and returns the index after
// it. A title goes on until it ends with the name of a document type and its
// brackets are closed.
func (p *parser) title(lines []line, i int) int {
	const most = 6 // lines
	title, at := lines[i].text, i+1
	for ; !titleComplete(title) && at < len(lines) && at < i+most; at++ {
		next := lines[at].text
		if !isTitleLine(next) || isNumberLine(next) || isDateLine(next) {
			break
		}
		title += next
	}
	if !titleComplete(title) {
		title, at = lines[i].text, i+1
	}
	if m := numberRe.FindStringIndex(title); m != nil {
		if p.doc.Number == "" && (m[0] == 0 || strings.HasSuffix(title, "）") || strings.HasSuffix(title, ")")) {
			p.doc.Number = cleanNumber(title)
		}
		if m[0] > 0 && strings.HasSuffix(strings.TrimRight(title[m[1]:], " "), "）") || strings.HasSuffix(title[m[1]:], ")") {
			title = strings.TrimRight(title[:m[0]], "（( ")
		} else if m[0] == 0 {
			title = strings.TrimLeft(title[m[1]:], "-—－ ")
		}
	}
	p.state(title)
	p.doc.Title = stripTitle(title)
	return at
}

func titleComplete(s string) bool {
	if strings.Count(s, "《") != strings.Count(s, "》") || strings.Count(s, "〈") != strings.Count(s, "〉") {
		return false
	}
	if m := numberRe.FindStringIndex(s); m != nil && m[0] > 0 {
		s = strings.TrimRight(s[:m[0]], "（( ")
	}
	return titleEndRe.MatchString(s)
}

// repeatsTitle reports whether line i is a piece of the title, which pages print
// twice: once as page title and once, broken into lines, in the document.
func (p *parser) repeatsTitle(lines []line, i int) bool {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	s := squeeze(lines[i].text)
	return utf8.RuneCountInString(s) >= 3 && strings.Contains(squeeze(p.doc.Title), s)
}

// back drops what stands after the body, signature, date and remarks of the
// printer, and keeps signature and date.
func (p *parser) back(lines []line) []line {
	dated := false
	for len(lines) > 1 {
		s := lines[len(lines)-1].text
		switch {
		case isDateLine(s):
			dated = true
			if p.doc.Written == "" {
				p.doc.Written = parseDate(s)
			}
		case isInstitution(s) && !hasHeading(s):
			p.signatures = append([]string{s}, p.signatures...)
		case tailRe.MatchString(s) && utf8.RuneCountInString(s) <= 120:
			p.printed(s)
		case dated && utf8.RuneCountInString(s) <= 2:
		default:
			return p.dropAnnexList(lines)
		}
		lines = lines[:len(lines)-1]
	}
	return lines
}

func hasHeading(s string) bool {
	_, ok := scanHeading(s)
	return ok
}

// dropAnnexList drops a list of annexes at the end of a text.
func (p *parser) dropAnnexList(lines []line) []line {
	for i := len(lines) - 1; i > 0 && len(lines)-i <= 20; i-- {
		s := lines[i].text
		if annexListRe.MatchString(s) {
			p.listAnnexes(lines[i:])
			return lines[:i]
		}
		if !annexItemRe.MatchString(s) || strings.Contains(s, "\t") || utf8.RuneCountInString(s) > 60 || strings.Contains(s, "。") {
			break
		}
	}
	return lines
}

// divide cuts the body into the notice in front, the plan and the annexes.
func (p *parser) divide(lines []line) []division {
	end, next := p.noticeEnd(lines)
	if next == 0 {
		return p.annexes(lines, nil)
	}
	head := lines[:end]
	if hasNumbering(head) {
		// The notice is the policy, and what follows it an annex.
		rest := p.annexes(lines[next:], Path{{Level: LevelAnnex}})
		return append([]division{{nil, p.dropAnnexList(head)}}, rest...)
	}
	return append([]division{{Path{{Level: LevelNotice}}, p.dropAnnexList(head)}}, p.annexes(lines[next:], nil)...)
}

func hasNumbering(lines []line) bool {
	for _, l := range lines {
		if h, ok := scanHeading(l.text); ok && h.step.Level <= LevelSection {
			return true
		}
	}
	return false
}

// noticeEnd finds the notice in front of an annexed text: where its paragraphs end
// and where the annexed text begins. It returns 0, 0 if there is none.
func (p *parser) noticeEnd(lines []line) (end, next int) {
	for i, l := range lines {
		if !isDateLine(l.text) || i == 0 {
			continue
		}
		next = i + 1
		for next < len(lines) && tailRe.MatchString(lines[next].text) || next < len(lines) && strings.HasPrefix(lines[next].text, "（联系") {
			next++
		}
		if next == len(lines) {
			return 0, 0
		}
		for end = i; end > 0 && (isInstitution(lines[end-1].text) || utf8.RuneCountInString(lines[end-1].text) <= 2) && !hasHeading(lines[end-1].text); end-- {
			p.signatures = append([]string{lines[end-1].text}, p.signatures...)
		}
		if !slices.ContainsFunc(lines[:end], func(l line) bool { return !isTitleLine(l.text) }) {
			continue // a date under the title
		}
		p.doc.Written = firstOf(p.doc.Written, parseDate(l.text))
		return end, next
	}
	for i, l := range lines[:min(len(lines), 4)] {
		if hasHeading(l.text) {
			break
		}
		if strings.HasSuffix(l.text, "。") && promulgateRe.MatchString(l.text) && i+1 < len(lines) && !hasHeading(lines[i+1].text) && hasNumbering(lines[i+1:]) {
			return i + 1, i + 1
		}
	}
	return 0, 0
}

var promulgateRe = regexp.MustCompile(`现(予以?|将.{0,60})?(印发|转发|公布|发布)`)

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
