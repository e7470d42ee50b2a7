package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A table of responsibilities 任务分工表 is lines with cells between tabs, the first of
// which says what stands in which column.

// column says what a column of such a table holds.
type column struct {
	role    Role // of the bodies in it, or "" if it holds none
	number  bool // 序号
	section bool // 类别, 重点领域: what several rows belong to
}

// row is one line of a table.
type row struct {
	header  bool     // says what stands in the columns, and no more
	heading string   // a line across the table, the heading of the rows below it
	number  int      // of the row, 0 if it has none
	columns []column // what the cells hold
	cells   []line
	within  []string // headings from cells and from lines across the table
}

var (
	bodyColumnRe    = regexp.MustCompile(`^(?:(?:总|第一|业务|主要|具体)?(牵头责任|责任牵头|牵头负责|配合责任|责任配合|责任|负责|主责|落实|实施|承办|主办|主管|完成|牵头|配合|协办|协助|协同|支持|会办|参与|参加|指导|督导)(?:及配合|和配合|\(配合\))?(?:单位|部门|处室|科室|主体|机构|地区和部门|部门和单位|单位和部门)|(牵头|配合)|分工)$`)
	numberColumnRe  = regexp.MustCompile(`^(?:序号|编号|序|项目编号|任务编号|条目)$`)
	sectionColumnRe = regexp.MustCompile(`^(?:类别|重点领域|领域|分类|类型|板块|一级任务|任务类别|工作类别|章节|部分|总体任务)$`)
)

// newTables finds the tables of responsibilities in lines and returns their rows by
// the offset of the line.
func newTables(lines []line) map[int]*row {
	rows := map[int]*row{}
	across, header := "", ""
	for i := 0; i < len(lines); i++ {
		columns := headerOf(lines[i])
		if columns == nil {
			continue
		}
		rows[lines[i].start] = &row{header: true}
		if lines[i].text != header {
			across, header = "", lines[i].text // else the header once more on a new page
		}
		for i++; i < len(lines); i++ {
			cells := cellsOf(lines[i])
			if headerOf(lines[i]) != nil {
				i-- // the next table, or the header once more on a new page
				break
			}
			if len(cells) < 2 {
				if i+1 >= len(lines) || len(cellsOf(lines[i+1])) < 2 || headerOf(lines[i+1]) != nil || utf8.RuneCountInString(lines[i].text) > maxHeading || strings.HasSuffix(lines[i].text, "。") {
					i--
					break
				}
			}
			r := rowOf(cells, columns)
			if r.heading != "" {
				across = r.heading
			} else if across != "" {
				r.within = append([]string{across}, r.within...)
			}
			rows[lines[i].start] = r
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return rows
}

// cellsOf cuts a line at its tabs. Its ends were trimmed, so that empty cells at the
// start and end are not seen.
func cellsOf(l line) []line {
	if !strings.Contains(l.text, "\t") {
		return []line{l}
	}
	var cells []line
	from := l.start
	for _, cell := range strings.Split(l.text, "\t") {
		start, end := from, from+len(cell)
		s := strings.TrimFunc(cell, isBlank)
		if s != "" {
			start += strings.Index(cell, s)
			end = start + len(s)
		}
		cells = append(cells, line{s, start, end})
		from += len(cell) + 1
	}
	return cells
}

// headerOf returns what the columns hold if the line is the header of a table of
// responsibilities: short cells, one of which is 责任单位 or the like.
func headerOf(l line) []column {
	if !strings.Contains(l.text, "\t") || utf8.RuneCountInString(l.text) > 120 {
		return nil
	}
	var columns []column
	bodies := false
	for _, c := range cellsOf(l) {
		name := strings.NewReplacer(" ", "", "\u3000", "", "（", "(", "）", ")", "\u00a0", "").Replace(c.text)
		col := column{number: numberColumnRe.MatchString(name), section: sectionColumnRe.MatchString(name)}
		if m := bodyColumnRe.FindStringSubmatch(name); m != nil {
			col.role = labelRole[firstOf(m[1], m[2])]
			if col.role == "" {
				col.role = Responsible
			}
			bodies = true
		}
		columns = append(columns, col)
	}
	if !bodies {
		return nil
	}
	return columns
}

func rowOf(cells []line, columns []column) *row {
	full := slices.DeleteFunc(slices.Clone(cells), func(c line) bool { return c.text == "" })
	same := len(full) > 0 && !slices.ContainsFunc(full, func(c line) bool { return c.text != full[0].text })
	if same && (len(full) == 1 || len(full) >= len(columns)) {
		heading := full[0].text
		if h, ok := scanHeading(heading); ok {
			heading = heading[h.size:]
		}
		return &row{heading: cleanHeading(heading)}
	}
	// Empty cells at the start were trimmed from the line.
	if missing := len(columns) - len(cells); missing > 0 && len(columns) > 0 && columns[0].number && !isNumeral(cells[0].text) {
		columns = columns[min(missing, 1):]
	}
	r := &row{columns: columns, cells: cells}
	for k, c := range cells {
		if k >= len(columns) {
			break
		}
		if columns[k].number {
			r.number, _ = scanNumeral(c.text)
		}
		if columns[k].section && c.text != "" {
			r.within = append(r.within, cleanHeading(c.text))
		}
	}
	return r
}

func isNumeral(s string) bool {
	_, size := scanNumeral(s)
	return size > 0
}

// row makes a clause of a row of a table.
func (w *clauseWriter) row(e entry) {
	r := e.row
	if r.header || r.heading != "" {
		return
	}
	base := clonePath(w.prefix)
	var headings []string
	if e.node != nil {
		base = w.pathOf(e.node, 1)
		if last := len(base) - 1; base[last].Level == LevelParagraph {
			base = base[:last]
		}
		headings = headingsOf(e.node)
	}
	if w.rows == nil {
		w.rows = map[string]int{}
	}
	n := w.rows[base.String()] + 1
	if r.number > n {
		n = r.number
	}
	w.rows[base.String()] = n
	w.tableRow(append(base, Step{Level: LevelPoint, Num: n}), append(headings, r.within...), e)
}

func (w *clauseWriter) tableRow(path Path, headings []string, e entry) {
	if w.p.tableRows == nil {
		w.p.tableRows = map[int]*row{}
	}
	w.p.tableRows[len(w.p.doc.Clauses)] = e.row
	w.add(path, headings, e.line)
}

// rowDuties reads the bodies in the cells of a row.
func (p *parser) rowDuties(i int, r *row, leadFirst *bool) []duty {
	c := &p.doc.Clauses[i]
	var out []duty
	for k, cell := range r.cells {
		if k >= len(r.columns) || r.columns[k].role == "" || !hasWords(cell.text) || cell.text == "无" {
			continue
		}
		m := p.readMark(p.cellList(cell.text), r.columns[k].role)
		*leadFirst = *leadFirst || m.leadFirst
		if *leadFirst && r.columns[k].role == Responsible {
			p.firstLeads(m.bodies)
		}
		for _, b := range m.bodies {
			d := p.duty(i, b, c.Path, cell.start, cell.end)
			if !strings.Contains(cell.text, b.written) {
				d.r.AsWritten = cell.text
			}
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		p.lose(c.Start, "分工表的这一行没有读到单位:"+c.Text)
	}
	return out
}

// cellList puts separators between the names in a cell that stood on lines of their own.
func (p *parser) cellList(s string) string {
	words := strings.Fields(s)
	if len(words) < 2 {
		return s
	}
	out := words[0]
	for _, w := range words[1:] {
		if last, _ := utf8.DecodeLastRuneInString(out); !strings.ContainsRune("、，,；;：:（(", last) && !strings.HasPrefix(w, "、") {
			tail := out[strings.LastIndexAny(out, "、，,；;：:")+1:]
			for !utf8.ValidString(tail) && tail != "" {
				tail = tail[1:]
			}
			if p.isBody(tail) && p.startsWithBody(w) {
				out += "、"
			}
		}
		out += w
	}
	return out
}

func (p *parser) startsWithBody(s string) bool {
	if i := strings.IndexAny(s, "、，,；;：:"); i >= 0 {
		s = s[:i]
	}
	return p.isBody(s) || p.reg.bodyLike(s)
}
