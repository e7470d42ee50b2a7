package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// node is one heading in the outline of a text.
type node struct {
	parent    *node
	step      Step
	rank      int
	heading   string
	paras     int  // paragraphs so far
	within    int  // for an item of an article: the 款 it belongs to
	inArticle bool // an item of an article
	maxChild  map[int]int
}

// entry is one line of a text with the place in the outline that it has.
type entry struct {
	line line
	node *node // the node the line opens or belongs to; nil before the first heading
	head int   // bytes of the number if the line opens node, else 0
	mark bool  // a line that only says who is responsible for the clause before
	row  *row  // a row of a table of responsibilities
}

// outline decides which numbers are headings.
type outline struct {
	p       *parser
	entries []entry
	top     *node
	root    node
	last    map[int]int   // rank → last number
	parent  map[int]*node // rank → the node under which last was counted
	shadow  map[int]int   // rank → last number of a list that repeats numbers and so is mere text
	article *node
}

const articleRank = 20 // items of an article have ranks above it

func rankOf(l Level, inArticle bool) int {
	if inArticle {
		return articleRank + int(l)
	}
	if l == LevelArticle {
		return articleRank
	}
	return int(l)
}

func newOutline(p *parser) *outline {
	return &outline{p: p, last: map[int]int{}, parent: map[int]*node{}, shadow: map[int]int{}}
}

// add places one line. Text that lost its line breaks can hold further headings;
// these must continue the sequence exactly to count.
func (o *outline) add(l line) {
	for {
		first, rest, ok := o.place(l)
		o.entries = append(o.entries, first)
		if !ok {
			return
		}
		l = rest
	}
}

var lostBreakRe = regexp.MustCompile(`[。；;)）\]〕]\s+([（(][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}\s*、|\d{1,2}[.．、])`)

func (o *outline) place(l line) (e entry, rest line, split bool) {
	h, ok := scanHeading(l.text)
	if ok {
		ok = o.open(h, l)
	}
	e = entry{line: l}
	if ok {
		e.head = h.size
	} else if o.article != nil && !isMarkLine(l.text) {
		o.top = o.article // an unnumbered paragraph of an article is its next 款
	}
	e.node = o.top
	e.mark = !ok && (isMarkLine(l.text) || o.listsBodies(l.text))
	if !strings.ContainsAny(l.text, " \t\f\v") {
		return e, line{}, false
	}
	for _, m := range lostBreakRe.FindAllStringSubmatchIndex(l.text, -1) {
		next, ok := scanHeading(l.text[m[2]:])
		if !ok || o.top == nil || !o.continues(next) {
			continue
		}
		text := o.p.doc.Text
		rest = trimLine(text, l.start+m[2], l.end)
		e.line = trimLine(text, l.start, l.start+m[2])
		return e, rest, true
	}
	return e, line{}, false
}

// listsBodies reports whether a line holds the bodies for a label that stands alone
// on the line before.
func (o *outline) listsBodies(s string) bool {
	n := len(o.entries)
	if n == 0 || !o.entries[n-1].mark || !strings.HasSuffix(o.entries[n-1].line.text, "：") && !strings.HasSuffix(o.entries[n-1].line.text, ":") {
		return false
	}
	var r reading
	o.p.readList(&r, strings.TrimRight(s, "。；;"), Responsible)
	return len(r.bodies) > 0 && !slices.ContainsFunc(r.bodies, func(b body) bool { return !o.p.isBody(b.written) && !o.p.reg.bodyLike(b.written) })
}

// continues reports whether h is the next number of a level that is open now.
func (o *outline) continues(h heading) bool {
	for n := o.top; n != nil; n = n.parent {
		if n.step.Level == h.step.Level {
			return h.step.Num == n.step.Num+1
		}
	}
	return false
}

// open makes a node for a number if it fits the sequence of its level.
func (o *outline) open(h heading, l line) bool {
	level := h.step.Level
	inArticle := o.article != nil && level > LevelArticle && !o.leavesArticle(h) || o.article != nil && level == LevelPart && !o.has(LevelPart)
	rank := rankOf(level, inArticle)
	parent := o.top
	for parent != nil && parent.rank >= rank {
		parent = parent.parent
	}
	if !o.fits(h, rank, parent, l) {
		return false
	}
	o.last[rank], o.parent[rank], o.shadow[rank] = h.step.Num, parent, 0
	n := &node{parent: parent, step: h.step, rank: rank, inArticle: inArticle}
	if level == LevelArticle {
		o.article = n
	} else if !inArticle {
		o.article = nil
	}
	o.top = n
	return true
}

func (o *outline) has(level Level) bool {
	for n := o.top; n != nil; n = n.parent {
		if n.step.Level == level {
			return true
		}
	}
	return false
}

// leavesArticle decides for a number under an article whether it goes on with the
// outline around the article, (二)奖励 after 第三条, or is an item of the article.
func (o *outline) leavesArticle(h heading) bool {
	rank := rankOf(h.step.Level, false)
	for n := o.article.parent; n != nil; n = n.parent {
		if n.rank != rank {
			continue
		}
		if h.step.Num != n.step.Num+1 {
			return false
		}
		inner := rankOf(h.step.Level, true)
		begun := o.parent[inner] == o.article && o.last[inner] > 0
		before := o.entries[len(o.entries)-1].line.text
		return !begun && !strings.HasSuffix(before, "：") && !strings.HasSuffix(before, ":")
	}
	return false
}

// maxGap is how many numbers a text can leave out before a number is taken for an
// amount instead of a heading.
const maxGap = 10

func (o *outline) fits(h heading, rank int, parent *node, l line) bool {
	n, last := h.step.Num, o.last[rank]
	renewed := o.parent[rank] != parent && rank != articleRank
	switch {
	case n == last+1:
		return true
	case n == last && h.step.Sub > 0:
		return true
	case renewed || last == 0:
		// A number that neither begins a list nor goes on with one is odd, but a
		// page can hold an extract.
		if n != 1 {
			if h.step.Level == LevelPoint && n > last+maxGap {
				return false
			}
			o.p.warn(l.start, fmt.Sprintf("编号不连续:%s之前没有前一项", Path{h.step}))
		}
		return o.unusedChild(parent, rank, n)
	case n > last && n <= last+maxGap && n != o.shadow[rank]+1:
		o.p.warn(l.start, fmt.Sprintf("编号不连续:%s之前缺项", Path{h.step}))
		return true
	}
	if n == 1 || o.shadow[rank] > 0 && n == o.shadow[rank]+1 {
		o.shadow[rank] = n
	}
	o.p.warn(l.start, fmt.Sprintf("编号重复,按正文处理:%s", Path{h.step}))
	return false
}

// unusedChild reports whether n is above every number that parent has at a rank
// and remembers it, because a path must name one clause only.
func (o *outline) unusedChild(parent *node, rank, n int) bool {
	if parent == nil {
		parent = &o.root
	}
	if parent.maxChild == nil {
		parent.maxChild = map[int]int{}
	}
	if n <= parent.maxChild[rank] {
		return false
	}
	parent.maxChild[rank] = n
	return true
}

// structure makes the clauses of one division.
func (p *parser) structure(d division) {
	o := newOutline(p)
	tables := newTables(d.lines)
	for _, l := range d.lines[tableOfContents(d.lines):] {
		if t := tables[l.start]; t != nil {
			o.entries = append(o.entries, entry{line: l, node: o.top, row: t})
			continue
		}
		if annexListRe.MatchString(l.text) && utf8.RuneCountInString(l.text) < 60 {
			p.listAnnexes([]line{l})
			continue
		}
		o.add(l)
	}
	numbered := false
	for _, e := range o.entries {
		numbered = numbered || e.head > 0
	}
	w := &clauseWriter{p: p, prefix: d.prefix, numbered: numbered, division: p.nextDivision(), first: len(p.doc.Clauses)}
	for i, e := range o.entries {
		var next *entry
		if i+1 < len(o.entries) {
			next = &o.entries[i+1]
		}
		w.write(e, next)
	}
	w.finish()
}

// tableOfContents returns how many lines a table of contents takes: the lines up to
// the one that repeats its first heading. They say nothing that the text does not.
func tableOfContents(lines []line) int {
	const longest = 90 // characters of a line in a table of contents
	for i, l := range lines {
		h, ok := scanHeading(l.text)
		if !ok || h.step.Num != 1 || h.step.Level > LevelPart {
			continue
		}
		for j := i + 1; j < len(lines); j++ {
			if lines[j].text == l.text {
				return j
			}
			if utf8.RuneCountInString(lines[j].text) > longest {
				return 0
			}
		}
		return 0
	}
	return 0
}

func (p *parser) nextDivision() int {
	if n := len(p.divisions); n > 0 {
		return p.divisions[n-1] + 1
	}
	return 0
}
