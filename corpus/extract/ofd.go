package extract

import (
	"encoding/xml"
	"fmt"
	"math"
	"path"
	"strings"
	"unicode/utf8"
)

// ofd reads the text of an OFD file (GB/T 33190-2016): OFD.xml names documents, a
// document names pages, and a page holds pieces of text with their places.
type ofd struct {
	a     *archive
	pages []page
	size  int // bytes of text
}

func readOFD(raw []byte, res *Result) error {
	a, err := openArchive(raw)
	if err != nil {
		return err
	}
	o := &ofd{a: a}
	var roots []string
	err = a.eachChild("OFD.xml", func(x *xmlReader, e xml.StartElement) error {
		if e.Name.Local != "DocBody" {
			return x.skip()
		}
		return x.children(func(e xml.StartElement) error {
			if e.Name.Local != "DocRoot" {
				return x.skip()
			}
			s, err := x.text()
			roots = append(roots, memberPath("", s))
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := o.document(root); err != nil {
			return err
		}
	}
	if len(o.pages) == 0 {
		return fmt.Errorf("the OFD names no pages, so it is damaged; open it and save it anew: %w", ErrUnreadable)
	}
	return readPages(o.pages, res)
}

// memberPath resolves a location (ST_Loc) against the folder of the part that
// names it; a leading slash means the root of the file.
func memberPath(dir, loc string) string {
	loc = strings.ReplaceAll(strings.TrimSpace(loc), `\`, "/")
	if strings.HasPrefix(loc, "/") {
		return strings.TrimPrefix(path.Clean(loc), "/")
	}
	return strings.TrimPrefix(path.Join("/", dir, loc), "/")
}

// document reads the pages of a document in their order.
func (o *ofd) document(name string) error {
	width := 0.0
	var pages []string
	err := o.a.eachChild(name, func(x *xmlReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "CommonData":
			return x.children(func(e xml.StartElement) error {
				if e.Name.Local != "PageArea" {
					return x.skip()
				}
				return physicalWidth(x, &width)
			})
		case "Pages":
			return x.children(func(e xml.StartElement) error {
				if e.Name.Local == "Page" {
					pages = append(pages, memberPath(path.Dir(name), attr(e, "BaseLoc")))
				}
				return x.skip()
			})
		}
		return x.skip()
	})
	if err != nil {
		return err
	}
	if len(o.pages)+len(pages) > maxPages {
		return fmt.Errorf("the OFD has %d pages, more than %d; split it: %w", len(pages), maxPages, ErrTooLarge)
	}
	for _, p := range pages {
		if err := o.page(p, width); err != nil {
			return err
		}
	}
	return nil
}

// physicalWidth reads the width out of the PhysicalBox of a page area.
func physicalWidth(x *xmlReader, width *float64) error {
	return x.children(func(e xml.StartElement) error {
		if e.Name.Local != "PhysicalBox" {
			return x.skip()
		}
		s, err := x.text()
		if v := floats(s); len(v) == 4 {
			*width = v[2]
		}
		return err
	})
}

// piece is a run of characters on one line.
type piece struct {
	text   string
	x0, x1 float64
	y, em  float64
}

func (o *ofd) page(name string, width float64) error {
	var pieces []piece
	err := o.a.eachChild(name, func(x *xmlReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "Area":
			return physicalWidth(x, &width)
		case "Content":
			return x.children(func(e xml.StartElement) error { return o.object(x, e, &pieces) })
		}
		return x.skip()
	})
	o.pages = append(o.pages, page{width: width, lines: linesOf(pieces)})
	return err
}

// object reads one object of a page or, for layers and blocks, those in it.
func (o *ofd) object(x *xmlReader, e xml.StartElement, pieces *[]piece) error {
	switch e.Name.Local {
	case "Layer", "PageBlock", "Content":
		return x.children(func(e xml.StartElement) error { return o.object(x, e, pieces) })
	case "TextObject":
		if attr(e, "Visible") == "false" {
			return x.skip()
		}
		return o.textObject(x, e, pieces)
	}
	return x.skip()
}

// textObject reads the TextCode elements of a TextObject. Their places are relative
// to the boundary of the object, transformed by its CTM.
func (o *ofd) textObject(x *xmlReader, obj xml.StartElement, pieces *[]piece) error {
	bound, ctm := floats(attr(obj, "Boundary")), floats(attr(obj, "CTM"))
	if len(bound) < 2 {
		bound = []float64{0, 0}
	}
	if len(ctm) != 6 {
		ctm = []float64{1, 0, 0, 1, 0, 0}
	}
	size := number64(attr(obj, "Size"))
	if size <= 0 {
		size = 3.175 // mm, 9 pt
	}
	horizontal := 1.0
	if h := number64(attr(obj, "HScale")); h > 0 {
		horizontal = h
	}
	lastX, lastY := 0.0, 0.0 // a TextCode without a place stands where the one before does
	return x.children(func(e xml.StartElement) error {
		if e.Name.Local != "TextCode" {
			return x.skip()
		}
		s, err := x.text()
		if err != nil {
			return err
		}
		if v := attr(e, "X"); v != "" {
			lastX = number64(v)
		}
		if v := attr(e, "Y"); v != "" {
			lastY = number64(v)
		}
		if o.size += len(s); o.size > maxText {
			return fmt.Errorf("the OFD holds more than %d MB of text; split it: %w", maxText>>20, ErrTooLarge)
		}
		*pieces = append(*pieces, place(s, lastX, lastY, size, horizontal, deltas(attr(e, "DeltaX"), utf8.RuneCountInString(s)), bound, ctm)...)
		return nil
	})
}

// place returns the pieces of one TextCode: a wide step between two characters
// begins a new one.
func place(s string, x, y, size, horizontal float64, steps, bound, ctm []float64) []piece {
	at := func(x float64) (float64, float64) {
		return bound[0] + ctm[0]*x + ctm[2]*y + ctm[4], bound[1] + ctm[1]*x + ctm[3]*y + ctm[5]
	}
	scale := math.Hypot(ctm[0], ctm[1])
	if scale == 0 {
		scale = 1
	}
	var out []piece
	begin, pos := x, x
	var b strings.Builder
	flush := func(end float64) {
		if text := strings.Trim(b.String(), " \r\n\t\u3000"); text != "" {
			x0, y0 := at(begin)
			x1, _ := at(end)
			out = append(out, piece{text, x0, x1, y0, size * scale})
		}
		b.Reset()
	}
	runes := []rune(s)
	for i, r := range runes {
		advance := size * horizontal
		if r < 0x80 {
			advance /= 2
		}
		step := advance
		if i < len(steps) {
			step = steps[i]
		}
		if b.Len() == 0 && (r == ' ' || r == '\t' || r == '\u3000' || r == '\n') { // a blank at the start only moves it
			begin = pos + step
		} else {
			b.WriteRune(r)
		}
		if i == len(runes)-1 || step > advance+1.5*size {
			flush(pos + advance)
			begin = pos + step
		}
		pos += step
	}
	return out
}
