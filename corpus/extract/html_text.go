package extract

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// htmlWriter turns a tree of elements into lines, as a browser would show them.
type htmlWriter struct {
	base     *html.Node
	lines    []string
	line     strings.Builder
	last     rune // of line
	space    bool // a blank is due before the next text
	softened bool // that blank is a line break of the source
	tables   tables

	pictures, attachments int
}

// blocks are elements that begin and end a line.
var blocks = map[string]bool{
	"address": true, "article": true, "blockquote": true, "body": true, "center": true, "dd": true, "details": true, "div": true, "dl": true, "dt": true,
	"fieldset": true, "figcaption": true, "figure": true, "form": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "header": true, "hr": true,
	"li": true, "main": true, "ol": true, "p": true, "pre": true, "section": true, "summary": true, "table": true, "ul": true, "caption": true,
}

// maxNesting is how deeply elements of a page may nest. The HTML parser refuses
// more than 512; this is for trees that it makes otherwise.
const maxNesting = 1000

func (w *htmlWriter) walk(n *html.Node, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	switch {
	case n.Type == html.TextNode:
		w.text(n.Data, n.Parent != nil && n.Parent.Data == "pre")
		return
	case n.Type != html.ElementNode && n.Type != html.DocumentNode:
		return
	}
	switch n.Data {
	case "br":
		w.flush()
		return
	case "img":
		w.pictures++
		return
	case "head":
		return
	case "table":
		w.flush()
		w.table(n, depth)
		return
	case "ol":
		w.flush()
		w.ordered(n, depth)
		return
	case "a":
		if isFile(n) {
			w.attachments++
			if onlyChild(n, w.base) {
				return // a link to an attached file, on a line of its own
			}
		}
	}
	if blocks[n.Data] {
		w.flush()
		defer w.flush()
	}
	w.inside(n, depth)
}

func (w *htmlWriter) inside(n *html.Node, depth int) {
	for c := range n.ChildNodes() {
		w.walk(c, depth+1)
	}
}

// text adds the text of a node. Blanks collapse as in a browser; a line break of
// the source beside a Chinese character is none.
func (w *htmlWriter) text(s string, pre bool) {
	for _, r := range s {
		switch {
		case r == '\n' && pre:
			w.flush()
			continue
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f':
			w.softened = w.softened || r == '\n' || r == '\r'
			w.space = true
			continue
		}
		if w.space && w.line.Len() > 0 && (!w.softened || !wide(w.last) && !wide(r)) {
			w.line.WriteByte(' ')
		}
		w.space, w.softened = false, false
		w.line.WriteRune(r)
		w.last = r
	}
}

// wide reports whether r is a Chinese character or mark, which no blank separates
// from the next one.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || r == '“' || r == '”' || r == '—' || r == '…'
}

func (w *htmlWriter) flush() {
	if w.line.Len() > 0 {
		appendLines(&w.lines, w.line.String())
	}
	w.line.Reset()
	w.space, w.softened = false, false
}

// ordered writes a list whose numbers the browser makes.
func (w *htmlWriter) ordered(n *html.Node, depth int) {
	next := 1
	if s, err := strconv.Atoi(nodeAttr(n, "start")); err == nil && s >= 0 && s < 10000 {
		next = s
	}
	style := strings.ToLower(nodeAttr(n, "style"))
	for c := range n.ChildNodes() {
		if c.Data != "li" {
			w.walk(c, depth+1)
			continue
		}
		if s, err := strconv.Atoi(nodeAttr(c, "value")); err == nil && s >= 0 && s < 10000 {
			next = s
		}
		number := strconv.Itoa(next) + "."
		switch t := nodeAttr(n, "type"); {
		case strings.Contains(style, "list-style:none"), strings.Contains(style, "list-style: none"), strings.Contains(style, "list-style-type:none"), strings.Contains(style, "list-style-type: none"), strings.Contains(style, "list-paddingleft"):
			number = ""
		case strings.Contains(style, "cjk-ideographic"), strings.Contains(style, "simp-chinese"), strings.Contains(style, "trad-chinese"):
			number = formatNumber("chineseCounting", next) + "、"
		case t == "a":
			number = letters26(next, false) + "."
		case t == "A":
			number = letters26(next, true) + "."
		case t == "i":
			number = strings.ToLower(roman(next)) + "."
		case t == "I":
			number = roman(next) + "."
		}
		next++
		w.flush()
		before := len(w.lines)
		w.inside(c, depth+1)
		w.flush()
		if len(w.lines) > before && !numbered(w.lines[before]) {
			w.lines[before] = number + w.lines[before]
		}
	}
}

func letters26(n int, upper bool) string {
	if upper {
		return letters(n)
	}
	return strings.ToLower(letters(n))
}

// numbered reports whether a line already begins with a number of its own.
func numbered(s string) bool {
	return numberedRe().MatchString(s)
}

var numberedRe = pattern(`^(?:[一二三四五六七八九十百]{1,4}\s*[、.．]|[(（]\s*[一二三四五六七八九十0-9０-９]{1,3}\s*[)）]|[0-9０-９]{1,3}\s*[.．、)）]|第\s*[一二三四五六七八九十百零〇0-9]{1,5}\s*[编章节条]|[①-⑳⑴-⒇⒈-⒛])`)

// table writes a table row by row.
func (w *htmlWriter) table(n *html.Node, depth int) {
	var rows [][]cell
	var rest []*html.Node // caption
	var into func(n *html.Node)
	into = func(n *html.Node) {
		for c := range n.ChildNodes() {
			switch c.Data {
			case "tr":
				rows = append(rows, w.row(c, depth+1))
			case "thead", "tbody", "tfoot":
				into(c)
			case "caption":
				rest = append(rest, c)
			}
		}
	}
	into(n)
	for _, c := range rest {
		w.walk(c, depth+1)
	}
	w.lines = append(w.lines, w.tables.lines(rows)...)
}

func (w *htmlWriter) row(n *html.Node, depth int) []cell {
	var row []cell
	for c := range n.ChildNodes() {
		if c.Data != "td" && c.Data != "th" {
			continue
		}
		in := &htmlWriter{base: w.base, tables: w.tables}
		in.inside(c, depth+1)
		in.flush()
		w.pictures += in.pictures
		w.attachments += in.attachments
		w.tables = in.tables
		row = append(row, cell{lines: in.lines, span: span(c, "colspan"), down: span(c, "rowspan")})
	}
	return row
}

func span(n *html.Node, name string) int {
	v, err := strconv.Atoi(nodeAttr(n, name))
	if err != nil || v < 1 || v > 10000 {
		return 1
	}
	return v
}

func nodeAttr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// isFile reports whether a link leads to a file to download.
func isFile(n *html.Node) bool {
	href, _, _ := strings.Cut(nodeAttr(n, "href"), "?")
	switch path.Ext(strings.ToLower(href)) {
	case ".doc", ".docx", ".xls", ".xlsx", ".pdf", ".ofd", ".wps", ".zip", ".rar", ".ppt", ".pptx", ".et":
		return true
	}
	return false
}

// onlyChild reports whether a link is all that its line holds, but for 附件 and a number.
func onlyChild(n, base *html.Node) bool {
	p := n.Parent
	for p != nil && p != base && !blocks[p.Data] && p.Data != "td" {
		p = p.Parent
	}
	if p == nil {
		return false
	}
	var around strings.Builder
	for c := range p.Descendants() {
		if c.Type == html.TextNode && !under(c, n) {
			around.WriteString(c.Data)
		}
	}
	return utf8.RuneCountInString(strings.Trim(around.String(), " \r\n\t\u00a0\u3000附件相关下载0123456789.、:：")) == 0
}

func under(n, p *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == p {
			return true
		}
	}
	return false
}
