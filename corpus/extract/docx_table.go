package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// cell is one cell of a table.
type cell struct {
	lines  []string
	span   int  // columns
	down   int  // rows; 0 if it goes on as long as the rows below say so
	goesOn bool // the cell above goes on here
}

// table reads a table and appends a line for each row.
func (d *docx) table(lines *[]string) error {
	var rows [][]cell
	var into func(e xml.StartElement) error
	into = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "tr":
			row, err := d.row()
			if row != nil {
				rows = append(rows, row)
			}
			return err
		case "sdt", "sdtContent", "customXml", "ins", "moveTo":
			return d.children(into)
		case "del", "moveFrom":
			d.deletions++
		}
		return d.skip()
	}
	if err := d.children(into); err != nil {
		return err
	}
	*lines = append(*lines, d.tables.lines(rows)...)
	return nil
}

// row reads a row; nil if a tracked change deleted it.
func (d *docx) row() ([]cell, error) {
	row := []cell{}
	deleted := false
	var into func(e xml.StartElement) error
	into = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "trPr":
			return d.children(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "del":
					deleted = true
					d.deletions++
				case "gridBefore":
					if n, _ := strconv.Atoi(attr(e, "val")); n > 0 && n <= maxColumns {
						row = append(row, cell{span: n})
					}
				}
				return d.skip()
			})
		case "tc":
			c, err := d.cell()
			row = append(row, c)
			return err
		case "sdt", "sdtContent", "customXml":
			return d.children(into)
		}
		return d.skip()
	}
	err := d.children(into)
	if deleted {
		row = nil
	}
	return row, err
}

func (d *docx) cell() (cell, error) {
	c := cell{span: 1}
	outer := d.pending
	d.pending = ""
	err := d.children(func(e xml.StartElement) error {
		if e.Name.Local != "tcPr" {
			return d.block(e, &c.lines)
		}
		return d.children(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "gridSpan":
				if n, _ := strconv.Atoi(attr(e, "val")); n > 0 && n <= maxColumns {
					c.span = n
				}
			case "vMerge":
				c.goesOn = attr(e, "val") != "restart"
			}
			return d.skip()
		})
	})
	d.flush(&c.lines)
	d.pending = outer
	return c, err
}

// maxColumns is how many columns a table can have: Word allows 63.
const maxColumns = 200

// spareRepeats is how many bytes of merged cells are repeated in a document, so
// that a small file cannot grow without bound.
const spareRepeats = 1 << 20

// tables turns rows into lines, cells separated by tabs. A cell that spans rows
// stands in each of them, because a row is read by itself: who is responsible for
// three tasks is responsible for each. A table of one column only is a frame, and
// what it frames are paragraphs.
type tables struct{ repeated int }

func (t *tables) lines(rows [][]cell) []string {
	frame := true
	for _, row := range rows {
		frame = frame && len(row) <= 1
	}
	var out []string
	up := map[int]above{} // column → the cell that reaches down into it
	for _, row := range rows {
		if frame {
			for _, c := range row {
				out = append(out, c.lines...)
			}
			continue
		}
		if line := strings.Join(t.texts(row, up), "\t"); strings.Trim(line, "\t ") != "" {
			out = append(out, line)
		}
	}
	return out
}

// above is a cell that may reach into the rows below it.
type above struct {
	text string
	left int // rows that it still reaches into, for HTML
}

// texts returns the texts of one row and remembers what reaches below it.
func (t *tables) texts(row []cell, up map[int]above) []string {
	var out []string
	column := 0
	fill := func() { // cells of rows above that stand before the next one
		for ; column < maxColumns && up[column].left > 0; column++ {
			a := up[column]
			out = append(out, t.repeat(a.text))
			a.left--
			up[column] = a
		}
	}
	for _, c := range row {
		fill()
		text := strings.ReplaceAll(strings.Join(c.lines, " "), "\t", " ")
		if c.goesOn {
			text = t.repeat(up[column].text)
		}
		if column < maxColumns {
			up[column] = above{text, max(0, c.down-1)}
		}
		out = append(out, text)
		column += max(1, c.span)
	}
	fill()
	return out
}

func (t *tables) repeat(s string) string {
	if t.repeated += len(s); t.repeated > spareRepeats {
		return ""
	}
	return s
}
