package extract

import (
	"encoding/xml"
	"fmt"
	"path"
	"slices"
	"strings"
)

// docx reads the body of a Word document (ECMA-376 part 1, WordprocessingML).
type docx struct {
	*xmlReader
	styles  map[string]style
	numbers *numbering
	fields  []field
	tables  tables
	pending string // the text of paragraphs whose mark was deleted: it joins the next

	deletions, hidden, notes, pictures, contents, chunks int // what was left out
}

// field is a Word field that is open: its instruction, then its result.
type field struct {
	instruction strings.Builder
	result      bool
	contents    bool // the result is a table of contents
}

// readDOCX reads paragraphs and tables in their order.
func readDOCX(raw []byte, res *Result) error {
	a, err := openArchive(raw)
	if err != nil {
		return err
	}
	main := "word/document.xml"
	if rel := a.relations("_rels/.rels")["officeDocument"]; rel != "" && a.has(rel) {
		main = rel
	}
	d := &docx{}
	rels := a.relations(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"))
	if d.styles, err = readStyles(a, firstMember(a, rels["styles"], path.Join(path.Dir(main), "styles.xml"))); err != nil {
		return err
	}
	if d.numbers, err = readNumbering(a, firstMember(a, rels["numbering"], path.Join(path.Dir(main), "numbering.xml")), d.styles); err != nil {
		return err
	}
	lines, err := d.read(a, main)
	if err != nil {
		return err
	}
	if err := a.checkHeaders(path.Dir(main)); err != nil {
		return err
	}
	res.Text = strings.Join(lines, "\n")
	d.report(res)
	if res.Text == "" && d.pictures > 0 {
		return fmt.Errorf("the document holds %d pictures and no text; run text recognition (OCR) first: %w", d.pictures, ErrNoText)
	}
	return nil
}

// read reads the main part, or the part of a header: they have the same blocks.
func (d *docx) read(a *archive, name string) ([]string, error) {
	var lines []string
	err := a.eachChild(name, func(x *xmlReader, e xml.StartElement) error {
		d.xmlReader = x
		if e.Name.Local == "body" {
			return x.children(func(e xml.StartElement) error { return d.block(e, &lines) })
		}
		return d.block(e, &lines)
	})
	d.flush(&lines)
	if err == nil && slices.ContainsFunc(d.fields, func(f field) bool { return f.contents }) {
		err = fmt.Errorf("the table of contents never ends, so what follows it would be lost; update all fields in Word (Ctrl+A, F9) and save the file anew: %w", ErrUnreadable)
	}
	return lines, err
}

// report says what was left out.
func (d *docx) report(res *Result) {
	for _, n := range []struct {
		count int
		what  string
	}{
		{d.deletions, "deleted passages of tracked changes were left out, insertions were kept; accept or reject them before publishing"},
		{d.hidden, "passages formatted as hidden were left out"},
		{d.notes, "footnotes or endnotes were left out"},
		{d.contents, "lines of a table of contents were left out"},
		{d.pictures, "pictures were left out; if they show text, run text recognition (OCR)"},
		{d.chunks, "embedded documents were left out; open the file and save it anew to include them"},
	} {
		if n.count > 0 {
			res.note("%d %s", n.count, n.what)
		}
	}
}

// checkHeaders refuses a document that is classified by its page header.
func (a *archive) checkHeaders(dir string) error {
	for i := 1; i <= 9; i++ {
		name := fmt.Sprintf("%s/header%d.xml", dir, i)
		if !a.has(name) {
			continue
		}
		lines, err := (&docx{numbers: &numbering{}}).read(a, name)
		if err != nil {
			return err
		}
		if mark := classification(strings.Join(lines, "\n"), nil); mark != "" {
			return fmt.Errorf("the page header marks the file %s; classified papers must not be put into a system on a network (涉密不上网): remove it from here: %w", mark, ErrClassified)
		}
	}
	return nil
}

// relations returns the targets of a part by the last word of their type. A part
// without relations has none.
func (a *archive) relations(name string) map[string]string {
	out := map[string]string{}
	if !a.has(name) {
		return out
	}
	base := path.Dir(path.Dir(name))
	_ = a.eachChild(name, func(x *xmlReader, e xml.StartElement) error { // what is missing is found by its usual name
		if target := attr(e, "Target"); attr(e, "TargetMode") != "External" {
			if !strings.HasPrefix(target, "/") {
				target = path.Join(base, target)
			}
			out[path.Base(attr(e, "Type"))] = strings.TrimPrefix(target, "/")
		}
		return x.skip()
	})
	return out
}

func firstMember(a *archive, names ...string) string {
	for _, n := range names {
		if n != "" && a.has(n) {
			return n
		}
	}
	return ""
}

// block reads one child of a body, cell or text box.
func (d *docx) block(e xml.StartElement, lines *[]string) error {
	into := func(e xml.StartElement) error { return d.block(e, lines) }
	switch e.Name.Local {
	case "p":
		return d.paragraph(lines)
	case "tbl":
		d.flush(lines)
		return d.table(lines)
	case "sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo":
		return d.children(into)
	case "del", "moveFrom":
		d.deletions++
	case "AlternateContent":
		return d.alternate(into)
	case "altChunk":
		d.chunks++
	}
	return d.skip()
}

// alternate reads one of the alternatives that a document offers: the first, which
// is the newest, not also the fallback, which says the same.
func (d *docx) alternate(f func(xml.StartElement) error) error {
	taken := false
	return d.children(func(e xml.StartElement) error {
		if taken {
			return d.skip()
		}
		taken = true
		return d.children(f)
	})
}

// paragraph is one paragraph while it is read.
type paragraph struct {
	text        strings.Builder
	style       string
	list        listRef
	markDeleted bool
	contents    bool     // a line of a table of contents
	boxes       []string // lines of the text boxes that hang on it
}

func (d *docx) paragraph(lines *[]string) error {
	p := &paragraph{}
	if err := d.children(func(e xml.StartElement) error { return d.inline(e, p) }); err != nil {
		return err
	}
	d.fields = slices.DeleteFunc(d.fields, func(f field) bool { return !f.result }) // an instruction ends with its paragraph
	if p.contents {
		d.contents++
	}
	text := d.pending + p.text.String()
	d.pending = ""
	if p.markDeleted {
		d.pending = text
	} else if number := d.numbers.next(d.listOf(p)); strings.TrimSpace(text) != "" {
		appendLines(lines, number+strings.TrimLeft(text, " \t\u3000"))
	}
	*lines = append(*lines, p.boxes...)
	return nil
}

// flush ends a paragraph whose mark was deleted and that nothing follows.
func (d *docx) flush(lines *[]string) {
	appendLines(lines, d.pending)
	d.pending = ""
}

// appendLines appends the lines of a paragraph that are not blank.
func appendLines(lines *[]string, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Trim(line, " \t\r\u00a0\u3000"); line != "" {
			*lines = append(*lines, line)
		}
	}
}

// inline reads one child of a paragraph.
func (d *docx) inline(e xml.StartElement, p *paragraph) error {
	into := func(e xml.StartElement) error { return d.inline(e, p) }
	switch e.Name.Local {
	case "r":
		return d.run(p)
	case "pPr":
		return d.paragraphProperties(p)
	case "ins", "moveTo", "hyperlink", "smartTag", "fldSimple", "sdt", "sdtContent", "customXml", "dir", "bdo":
		return d.children(into)
	case "oMath", "oMathPara":
		s, err := d.text()
		d.write(p, s)
		return err
	case "AlternateContent":
		return d.alternate(into)
	case "del", "moveFrom":
		d.deletions++
	}
	return d.skip()
}

func (d *docx) paragraphProperties(p *paragraph) error {
	return d.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "pStyle":
			p.style = attr(e, "val")
		case "numPr":
			return d.list(&p.list)
		case "rPr": // of the paragraph mark
			return d.children(func(e xml.StartElement) error {
				p.markDeleted = p.markDeleted || e.Name.Local == "del" || e.Name.Local == "moveFrom"
				return d.skip()
			})
		}
		return d.skip() // pPrChange among them: the properties before a tracked change
	})
}

// run reads a piece of text of one format.
func (d *docx) run(p *paragraph) error {
	hidden := false
	return d.children(func(e xml.StartElement) error {
		if e.Name.Local != "rPr" {
			return d.runChild(e, p, hidden)
		}
		return d.children(func(e xml.StartElement) error {
			if e.Name.Local == "vanish" && on(e) {
				hidden = true
				d.hidden++
			}
			return d.skip()
		})
	})
}

// on reports whether a property that is on by its presence is not switched off.
func on(e xml.StartElement) bool {
	v := attr(e, "val")
	return v != "0" && v != "false" && v != "off"
}

func (d *docx) runChild(e xml.StartElement, p *paragraph, hidden bool) error {
	write := func(s string) {
		if !hidden {
			d.write(p, s)
		}
	}
	switch e.Name.Local {
	case "t":
		s, err := d.text()
		if attr(e, "space") != "preserve" {
			s = strings.Trim(s, " \t\r\n")
		}
		write(s)
		return err
	case "br", "cr":
		write("\n")
	case "tab", "ptab":
		write(" ")
	case "noBreakHyphen":
		write("-")
	case "fldChar":
		d.fieldChar(attr(e, "fldCharType"))
	case "instrText":
		s, err := d.text()
		if n := len(d.fields); n > 0 {
			d.fields[n-1].instruction.WriteString(s)
		}
		return err
	case "ruby":
		return d.children(func(e xml.StartElement) error {
			if e.Name.Local != "rubyBase" {
				return d.skip() // the pronunciation above
			}
			return d.children(func(e xml.StartElement) error { return d.inline(e, p) })
		})
	case "footnoteReference", "endnoteReference":
		d.notes++
	case "drawing", "pict", "object":
		return d.children(func(e xml.StartElement) error { return d.shape(e, p) })
	case "AlternateContent":
		return d.alternate(func(e xml.StartElement) error { return d.runChild(e, p, hidden) })
	}
	return d.skip()
}

// write adds text to a paragraph, unless a field is open that it does not belong to.
func (d *docx) write(p *paragraph, s string) {
	for i := range d.fields {
		if f := &d.fields[i]; !f.result {
			return // part of the instruction
		} else if f.contents {
			p.contents = true
			return
		}
	}
	p.text.WriteString(s)
}

// fieldChar follows the beginning, middle and end of a field.
func (d *docx) fieldChar(kind string) {
	n := len(d.fields)
	switch {
	case kind == "begin" && n < maxDepth:
		d.fields = append(d.fields, field{})
	case kind == "separate" && n > 0:
		f := &d.fields[n-1]
		f.result = true
		f.contents = strings.HasPrefix(strings.TrimSpace(f.instruction.String()), "TOC")
	case kind == "end" && n > 0:
		d.fields = d.fields[:n-1]
	}
}

// shape looks for text boxes in a drawing.
func (d *docx) shape(e xml.StartElement, p *paragraph) error {
	into := func(e xml.StartElement) error { return d.shape(e, p) }
	switch e.Name.Local {
	case "txbxContent":
		outer, fields := d.pending, d.fields
		d.pending, d.fields = "", nil
		err := d.children(func(e xml.StartElement) error { return d.block(e, &p.boxes) })
		d.flush(&p.boxes)
		d.pending, d.fields = outer, fields
		return err
	case "AlternateContent":
		return d.alternate(into)
	case "blip", "imagedata":
		d.pictures++
	}
	return d.children(into)
}
