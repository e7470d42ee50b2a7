package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// duty is a responsibility whose body is not named in full yet.
type duty struct {
	clause int // index into Document.Clauses
	body   body
	r      Responsibility
}

// note is a standing note, 以下均需要…负责,不再列出.
type note struct {
	clause     int
	bodies     []body
	start, end int // offsets into Document.Text
}

// responsibilities reads the marks of all clauses, applies the rules that hold
// from one clause on, and names the bodies.
func (p *parser) responsibilities() {
	var duties []duty
	var notes []note
	leadFirst, division := false, -1
	for i := range p.doc.Clauses {
		if p.divisions[i] != division {
			division, leadFirst, notes = p.divisions[i], false, nil
		}
		own := p.clauseDuties(i, &leadFirst)
		duties = append(duties, own...)
		duties = append(duties, p.headingDuties(i, duties, own)...)
		for _, n := range notes {
			if p.inScope(n, i) && !(len(own) == 0 && isClosing(p.doc.Clauses[i].Text)) {
				duties = append(duties, p.noteDuties(n, i)...)
			}
		}
		for _, n := range p.notesOf(i) {
			if same := func(o note) bool { return slices.Equal(o.bodies, n.bodies) && p.inScope(o, i) }; !slices.ContainsFunc(notes, same) {
				notes = append(notes, n)
			}
		}
	}
	p.nameBodies(append(duties, p.sectionDuties(duties)...))
}

// clauseDuties reads the marks of clause i itself.
func (p *parser) clauseDuties(i int, leadFirst *bool) []duty {
	if row := p.tableRows[i]; row != nil {
		return p.rowDuties(i, row, leadFirst)
	}
	c := &p.doc.Clauses[i]
	var out []duty
	for _, m := range candidateMarks(c.Text) {
		r := p.readMark(m.content, "")
		if !p.isMark(c.Text, m, r) {
			p.doubtMark(c, m, r)
			continue
		}
		*leadFirst = *leadFirst || r.leadFirst
		if *leadFirst {
			p.firstLeads(r.bodies)
		}
		if m.unclosed {
			p.warn(c.Start+m.start, "责任标注缺右括号,按到行末处理")
		}
		if r.leftover {
			p.warn(c.Start+m.start, "责任标注末尾的单位没有动词,按配合处理:"+c.Text[m.start:m.end])
		}
		if len(r.bodies) == 0 {
			p.lose(c.Start+m.start, "责任标注里没有读到单位:"+c.Text[m.start:m.end])
		}
		for _, b := range r.bodies {
			out = append(out, p.duty(i, b, c.Path, c.Start+m.start, c.Start+m.end))
		}
	}
	p.scopes(c, out)
	if len(out) == 0 {
		out = p.proseDuties(i)
	}
	return append(out, p.contactDuties(i)...)
}

func (p *parser) duty(i int, b body, basis Path, start, end int) duty {
	c := &p.doc.Clauses[i]
	return duty{i, b, Responsibility{
		AsWritten: firstOf(b.as, b.written), Role: b.role, Basis: basis, Quote: p.doc.Text[start:end], Start: start, End: end,
		ScopeStart: c.Start, ScopeEnd: c.End,
	}}
}

// firstLeads makes the first body of a list the leading one, unless a verb or
// label of the list itself says who leads.
func (p *parser) firstLeads(bodies []body) {
	for _, b := range bodies {
		if b.role != Responsible {
			return
		}
	}
	if len(bodies) > 0 {
		bodies[0].role = Lead
	}
}

var notDutyRe = regexp.MustCompile(`解释|负责人|负责同志|责任人|法定代表人|联系人|电话|以下(?:简称|称|统称)|下称|另有规定`)

// isMark decides whether a bracket group says who is responsible. With a label it
// does; with a verb at its end it does if it names a body; with neither it does
// if it holds nothing but bodies and stands alone after a sentence.
func (p *parser) isMark(text string, m mark, r reading) bool {
	if m.labelled {
		return true
	}
	if notDutyRe.MatchString(m.content) || len(r.bodies) == 0 {
		return false
	}
	known, like := 0, 0
	for _, b := range r.bodies {
		if p.isBody(b.written) {
			known++
			like++
		} else if p.reg.bodyLike(b.written) {
			like++
		}
	}
	if _, ok := verbEnd(firstClosing(m.content)); ok && r.verb {
		// One body that nobody knows must at least name its level: 市低空经济发展中心.
		return known > 0 || like == len(r.bodies) && (like > 1 || startsWithLevel(r.bodies[0].written) || strings.HasPrefix(r.bodies[0].written, "省"))
	}
	if r.verb && (r.leadFirst || strings.Contains(m.content, "不再") && noteRe.MatchString(m.content)) {
		return known > 0
	}
	if r.verb || like < len(r.bodies) || known == 0 {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text[:m.start], isBlank))
	return m.start > 0 && strings.ContainsRune(sentenceEnds+"”\"", last)
}

// doubtMark warns of a bracket group that ends a sentence and a verb of duty, but names
// nobody that is recognised as a body.
func (p *parser) doubtMark(c *Clause, m mark, r reading) {
	if _, ok := verbEnd(m.content); !ok || !r.verb || len(r.bodies) == 0 || notDutyRe.MatchString(m.content) {
		return
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(c.Text[:m.start], isBlank))
	if m.start > 0 && strings.ContainsRune(sentenceEnds+"”\"", last) {
		p.warn(c.Start+m.start, "责任标注里的单位没有认出来:"+c.Text[m.start:m.end])
	}
}

// firstClosing drops the standing notes of a mark, which follow its list.
func firstClosing(s string) string {
	return withoutBelow(withoutLeadFirst(withoutNotes(s)))
}

// The standing notes of a mark are rare and their expressions slow.

func withoutNotes(s string) string {
	if !strings.Contains(s, "不再") {
		return s
	}
	return noteRe.ReplaceAllString(s, "")
}

func withoutLeadFirst(s string) string {
	if !strings.Contains(s, "为牵头") {
		return s
	}
	return leadFirstRe.ReplaceAllString(leadFirstBracketRe.ReplaceAllString(s, ""), "")
}

func withoutBelow(s string) string {
	if !strings.Contains(s, "下同") {
		return s
	}
	return belowRe.ReplaceAllString(s, "")
}

// contactRe is how a notice says who answers questions: 请径向市民政局反映.
var contactRe = regexp.MustCompile(`[^。；;\n]*(?:问题|困难|情况|意见|建议)[^。；;\n]*请(?:及时|直接|径|迳|迳直)*(?:向|与)([^。；;，,\n]+(?:[，,][^。；;，,\n]+)??)(?:及时)?(?:反映|反馈|联系|咨询)[^。；;\n]*[。；;]?`)

func (p *parser) contactDuties(i int) []duty {
	c := &p.doc.Clauses[i]
	if !strings.Contains(c.Text, "请") {
		return nil // the expression is slow, and most clauses ask for nothing
	}
	m := contactRe.FindStringSubmatchIndex(c.Text)
	if m == nil {
		return nil
	}
	var r reading
	p.readList(&r, c.Text[m[2]:m[3]], Responsible)
	var out []duty
	for _, b := range r.bodies {
		if p.isBody(b.written) {
			out = append(out, p.duty(i, b, c.Path, c.Start+m[0], c.Start+m[1]))
		}
	}
	return out
}

// headingDuties gives a clause without a mark the mark that stands in the heading
// of its section: (一)加大扶持(责任单位:市财政局), the text below. That line is a clause of
// its own, the first paragraph of the section.
func (p *parser) headingDuties(i int, duties, own []duty) []duty {
	c := &p.doc.Clauses[i]
	last := len(c.Path) - 1
	if len(own) > 0 || last < 1 || c.Path[last].Level != LevelParagraph || c.Path[last].Num < 2 {
		return nil
	}
	head := append(clonePath(c.Path[:last]), Step{Level: LevelParagraph, Num: 1})
	var out []duty
	for _, d := range duties {
		h := &p.doc.Clauses[d.clause]
		if !h.Path.Equal(head) || d.r.Inherited || p.divisions[d.clause] != p.divisions[i] {
			continue
		}
		if heading, ok := headingBeforeMark(h.Text); !ok || len(h.Headings) == 0 || !strings.HasSuffix(heading, h.Headings[len(h.Headings)-1]) {
			continue
		}
		d.clause, d.r.Inherited = i, true
		d.r.ScopeStart, d.r.ScopeEnd = c.Start, c.End
		out = append(out, d)
	}
	return out
}

// notesOf reads the standing notes of clause i.
func (p *parser) notesOf(i int) []note {
	c := &p.doc.Clauses[i]
	if !strings.Contains(c.Text, "不再") {
		return nil
	}
	var out []note
	for _, m := range noteRe.FindAllStringSubmatchIndex(c.Text, -1) {
		list := c.Text[m[2]:m[3]]
		var r reading
		p.readList(&r, list, Shared)
		n := note{clause: i, start: c.Start + m[0], end: c.Start + m[1]}
		for _, b := range r.bodies {
			if p.isBody(b.written) || p.reg.bodyLike(b.written) {
				b.role = Shared
				n.bodies = append(n.bodies, b)
			}
		}
		if len(n.bodies) == 0 {
			p.lose(n.start, "通用说明里没有读到单位:"+c.Text[m[0]:m[1]])
			continue
		}
		out = append(out, n)
	}
	return out
}

// inScope reports whether a note holds for clause i: a later one of the same
// top-level part, or of the whole text if the numbers of its items run on through
// the parts (一、1. 2. 3. 二、4. 5.).
func (p *parser) inScope(n note, i int) bool {
	a, b := p.doc.Clauses[n.clause].Path, p.doc.Clauses[i].Path
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	if a[0] == b[0] || a[0].Level == LevelParagraph || len(a) == 2 && a[1].Level == LevelParagraph && a[0].Level != LevelNotice {
		return true
	}
	if len(a) < 2 || len(b) < 2 || a[1].Level != b[1].Level || a[1].Level == LevelParagraph {
		return false
	}
	// Numbers that begin anew show that each part is for itself.
	last := a[1].Num
	for k := n.clause + 1; k <= i; k++ {
		q := p.doc.Clauses[k].Path
		if len(q) < 2 || q[1].Level != a[1].Level || q[1].Num < last {
			return false
		}
		last = q[1].Num
	}
	return true
}

func (p *parser) noteDuties(n note, i int) []duty {
	var out []duty
	for _, b := range n.bodies {
		d := p.duty(i, b, p.doc.Clauses[n.clause].Path, n.start, n.end)
		d.r.Inherited = true
		out = append(out, d)
	}
	return out
}
