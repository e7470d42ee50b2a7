package corpus

import (
	"strings"
	"unicode/utf8"
)

// sectionDuties gives the paragraphs of a section the mark at its end, in documents that
// write it only there: several paragraphs under one heading, and behind the last of them
// who is responsible. That one section does so proves nothing, the mark may be that of
// the last paragraph; so two sections at least have to, and none may have a mark
// elsewhere.
func (p *parser) sectionDuties(duties []duty) []duty {
	marked := map[int][]duty{}
	has := map[int]bool{}
	for _, d := range duties {
		has[d.clause] = true
		first, _ := utf8.DecodeRuneInString(d.r.Quote)
		if !d.r.Inherited && (strings.ContainsRune("（([〔【［", first) || d.r.End == p.doc.Clauses[d.clause].End) {
			marked[d.clause] = append(marked[d.clause], d)
		}
	}
	var out []duty
	found, division := 0, -1
	var pending []duty
	settle := func() {
		const proof = 2 // sections
		if found >= proof {
			out = append(out, pending...)
		}
		found, pending = 0, nil
	}
	for from := 0; from < len(p.doc.Clauses); {
		to := p.sectionEnd(from)
		if p.divisions[from] != division {
			settle()
			division = p.divisions[from]
		}
		end := to
		if to == len(p.doc.Clauses) && len(marked[to-1]) == 0 {
			end-- // what closes the document stands behind its last section
		}
		elsewhere := false
		for i := from; i < end-1; i++ {
			elsewhere = elsewhere || len(marked[i]) > 0
		}
		switch {
		case elsewhere:
			found = -len(p.doc.Clauses) // never enough
		case end-from > 1 && len(marked[end-1]) > 0:
			found++
			for i := from; i < end-1; i++ {
				if !has[i] {
					pending = append(pending, p.fromSection(i, marked[end-1])...)
				}
			}
		}
		from = to
	}
	settle()
	return out
}

// sectionEnd returns the index after the paragraphs of the section that clause from
// begins. A clause outside sections, and an article, are for themselves.
func (p *parser) sectionEnd(from int) int {
	path := p.doc.Clauses[from].Path
	last := len(path) - 1
	to := from + 1
	if last < 1 || path[last].Level != LevelParagraph || path[0].Level == LevelNotice || articleStep(path) >= 0 {
		return to
	}
	for to < len(p.doc.Clauses) && p.divisions[to] == p.divisions[from] {
		next := p.doc.Clauses[to].Path
		if len(next) != len(path) || next[last].Level != LevelParagraph || !next[:last].Equal(path[:last]) {
			break
		}
		to++
	}
	return to
}

// fromSection gives clause i the duties of the mark at the end of its section.
func (p *parser) fromSection(i int, mark []duty) []duty {
	c := &p.doc.Clauses[i]
	var out []duty
	for _, d := range mark {
		d.clause, d.r.Inherited = i, true
		d.r.ScopeStart, d.r.ScopeEnd = c.Start, c.End
		out = append(out, d)
	}
	return out
}
