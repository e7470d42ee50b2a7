package corpus

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// clauseWriter makes clauses of the entries of one division.
type clauseWriter struct {
	p        *parser
	prefix   Path
	numbered bool
	division int
	first    int            // index of the first clause of the division
	paras    int            // paragraphs outside any heading
	rows     map[string]int // path in front of a table → number of its last row
	loose    string         // the short line above paragraphs of a text without numbers
}

// write makes a clause of an entry, or makes it the heading of its node.
func (w *clauseWriter) write(e entry, next *entry) {
	text := w.p.doc.Text
	switch {
	case e.row != nil:
		w.row(e)
	case e.mark && w.attach(e.line):
	case e.head > 0:
		n := e.node
		if n.inArticle {
			n.within = max(1, w.articleOf(n).paras)
		}
		rest := strings.TrimFunc(e.line.text[e.head:], isBlank)
		if headingOnly(e, rest, next) {
			n.heading = cleanHeading(rest)
			return
		}
		if sentence, more := firstSentence(withoutMarks(rest)); more && n.step.Level != LevelArticle && !n.inArticle && utf8.RuneCountInString(sentence) <= maxHeading {
			n.heading = sentence
		} else if s, ok := headingBeforeMark(rest); ok && next != nil && n.step.Level != LevelArticle && !n.inArticle {
			n.heading = s
		}
		n.paras++
		w.add(w.pathOf(n, n.paras), headingsOf(n), e.line)
	case e.node == nil && w.numbered:
		// What stands before the first number says why the policy was made. It is no
		// clause. A mark there would speak for the whole document.
		if len(marksOf(e.line.text)) > 0 && startsLabelled(e.line.text) {
			w.p.lose(e.line.start, "第一个编号之前的责任标注没有归属的条款:"+e.line.text)
		}
		return
	case e.node == nil:
		if isLooseHeading(e.line.text) && next != nil && !isLooseHeading(next.line.text) && w.prefix == nil {
			w.loose = cleanHeading(e.line.text)
			return
		}
		w.paras++
		path := append(clonePath(w.prefix), Step{Level: LevelParagraph, Num: w.paras})
		var headings []string
		if w.loose != "" {
			headings = []string{w.loose}
		}
		w.add(path, headings, e.line)
	case e.node.heading == "" && e.node.paras == 0 && isDivisionLevel(e.node.step.Level):
		e.node.heading = cleanHeading(text[e.line.start:e.line.end]) // 第一章, its name on the next line
	default:
		e.node.paras++
		w.add(w.pathOf(e.node, e.node.paras), headingsOf(e.node), e.line)
	}
}

// maxHeading is how long, in characters, the first sentence of a clause can be to
// serve as its heading.
const maxHeading = 60

func isDivisionLevel(l Level) bool { return l >= LevelPortion && l <= LevelDivision }

func isLooseHeading(s string) bool {
	return utf8.RuneCountInString(s) <= 30 && !strings.ContainsAny(s, "。；;，,：:")
}

// headingOnly reports whether a numbered line is a heading without text of its
// own. A line that nothing follows in its section is a clause: an item of a list.
func headingOnly(e entry, rest string, next *entry) bool {
	if rest == "" || isDivisionLevel(e.node.step.Level) {
		return true
	}
	if next == nil || next.mark || next.head > 0 && !descends(next.node, e.node) || len(marksOf(rest)) > 0 {
		return false
	}
	length := utf8.RuneCountInString(rest)
	plain := next.head == 0
	last, size := utf8.DecodeLastRuneInString(rest)
	switch {
	case e.node.step.Level == LevelArticle:
		return plain && length <= 20 && !strings.ContainsAny(rest, "，,。：:；;")
	case e.node.inArticle:
		return false
	case strings.ContainsAny(rest[:len(rest)-size], sentenceEnds):
		return false
	case strings.ContainsRune("；;，,、", last):
		return false
	case last == ':' || last == '：':
		return length <= 20
	case last == '。' && plain:
		return length <= 40
	}
	return length <= maxHeading
}

func descends(n, from *node) bool {
	for ; n != nil; n = n.parent {
		if n == from {
			return true
		}
	}
	return false
}

// headingBeforeMark returns the heading in front of a mark: 加大扶持(责任单位:…).
func headingBeforeMark(s string) (string, bool) {
	marks := marksOf(s)
	if len(marks) == 0 || marks[0].start == 0 || marks[len(marks)-1].end != len(s) {
		return "", false
	}
	before := strings.TrimRightFunc(s[:marks[0].start], isBlank)
	last, _ := utf8.DecodeLastRuneInString(before)
	h := cleanHeading(before)
	return h, !strings.ContainsRune(sentenceEnds, last) && !strings.ContainsAny(h, sentenceEnds) && utf8.RuneCountInString(h) <= maxHeading
}

// withoutMarks returns s up to a mark at its end: what a heading is followed by
// must be text.
func withoutMarks(s string) string {
	if marks := marksOf(s); len(marks) > 0 && marks[0].start > 0 {
		return s[:marks[0].start]
	}
	return s
}

// attach adds a line of its own that says who is responsible to the clause before it.
func (w *clauseWriter) attach(l line) bool {
	n := len(w.p.doc.Clauses)
	if n == w.first {
		return false
	}
	c := &w.p.doc.Clauses[n-1]
	c.End = l.end
	c.Text = w.p.doc.Text[c.Start:c.End]
	return true
}

func (w *clauseWriter) add(path Path, headings []string, l line) {
	if last := path[len(path)-1]; last.Num > maxHan && (last.Num > maxNumeral || articleStep(path) >= 0) {
		w.p.overflow(path[:len(path)-1])
	}
	w.p.doc.Clauses = append(w.p.doc.Clauses, Clause{Path: path, Headings: headings, Text: l.text, Start: l.start, End: l.end})
	w.p.divisions = append(w.p.divisions, w.division)
}

func (w *clauseWriter) articleOf(n *node) *node {
	for ; n != nil; n = n.parent {
		if n.step.Level == LevelArticle {
			return n
		}
	}
	return &node{}
}

// pathOf returns the path of paragraph para of n. An article drops what encloses
// it; an item of an article has no paragraphs of its own.
func (w *clauseWriter) pathOf(n *node, para int) Path {
	var steps Path
	within := 0
	item := n.inArticle
	for m := n; m != nil; m = m.parent {
		if m.step.Level == LevelArticle {
			if within > 0 {
				steps = append(steps, Step{Level: LevelParagraph, Num: within})
			}
			steps = append(steps, m.step)
			break
		}
		steps = append(steps, m.step)
		if m.inArticle {
			within = m.within
		}
	}
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
	path := append(clonePath(w.prefix), steps...)
	if !item || para > 1 {
		path = append(path, Step{Level: LevelParagraph, Num: para})
	}
	return path
}

func clonePath(p Path) Path { return append(Path(nil), p...) }

func headingsOf(n *node) []string {
	var out []string
	for ; n != nil; n = n.parent {
		if n.heading != "" {
			out = append(out, n.heading)
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// finish drops the 款 of articles that have one only, as lawyers do, and sees to it
// that every path names one clause.
func (w *clauseWriter) finish() {
	clauses := w.p.doc.Clauses[w.first:]
	paras := map[Step]int{}
	for _, c := range clauses {
		if i := articleStep(c.Path); i >= 0 && i+1 < len(c.Path) && c.Path[i+1].Level == LevelParagraph {
			paras[c.Path[i]] = max(paras[c.Path[i]], c.Path[i+1].Num)
		}
	}
	for k := range clauses {
		c := &clauses[k]
		if i := articleStep(c.Path); i >= 0 && i+1 < len(c.Path) && c.Path[i+1].Level == LevelParagraph && paras[c.Path[i]] == 1 {
			c.Path = append(clonePath(c.Path[:i+1]), c.Path[i+2:]...)
		}
	}
	used, next := map[string]bool{}, map[string]int{}
	for _, c := range w.p.doc.Clauses[:w.first] {
		used[c.Path.String()] = true
	}
	for k := range clauses {
		c := &clauses[k]
		name := c.Path.String()
		if used[name] {
			w.p.warn(c.Start, "条款编号重复:"+name)
			if c.Path = freePath(c.Path, used, next); c.Path == nil {
				w.p.overflow(nil)
				return
			}
		}
		used[c.Path.String()] = true
	}
}

// freePath returns a path near p that no clause has: the next free paragraph. next
// remembers for each path in front of a paragraph where to look. Nil if none is free.
func freePath(p Path, used map[string]bool, next map[string]int) Path {
	base, n := clonePath(p), 2
	if last := len(p) - 1; p[last].Level == LevelParagraph {
		base, n = base[:last], p[last].Num+1
	}
	name := base.String()
	for n = max(n, next[name]); n <= maxHan; n++ {
		free := append(clonePath(base), Step{Level: LevelParagraph, Num: n})
		if !used[free.String()] {
			next[name] = n + 1
			return free
		}
	}
	return nil
}

// overflow makes Parse fail: no path can name that many paragraphs.
func (p *parser) overflow(under Path) {
	if p.err == nil {
		p.err = fmt.Errorf("corpus: parse: too many paragraphs under %q: a policy has at most %d under one article and %d under one heading: split the file, or see whether its numbering was lost", under.String(), maxHan, maxNumeral)
	}
}

func articleStep(p Path) int {
	for i, s := range p {
		if s.Level == LevelArticle {
			return i
		}
	}
	return -1
}
