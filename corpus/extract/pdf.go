package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// maxPages is how many pages a PDF may have: no policy comes near it.
const maxPages = 3000

// pdfTime is how long one PDF may take. A page takes some milliseconds.
const pdfTime = 20 * time.Second

func (r *Reader) readPDF(raw []byte, res *Result) error {
	// Adobe's reader looks for the mark in the last 1,024 bytes.
	if !bytes.Contains(raw[max(0, len(raw)-2048):], []byte("%%EOF")) {
		return fmt.Errorf("the PDF has no end mark, so it is damaged or was cut off; fetch it again, or open it and save it anew: %w", ErrUnreadable)
	}
	limit := r.PDFTime
	if limit <= 0 {
		limit = pdfTime
	}
	var pages []page
	err := r.engine.use(r.CacheDir, len(raw), limit, func(p pdfium.Pdfium) error {
		var err error
		pages, err = pdfPages(p, raw)
		return err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the PDF takes longer than %v to read; open it and print it to a new PDF, or import the docx that it was made from: %w", limit, ErrTooLarge)
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return fmt.Errorf("the PDF is protected by a password; save it without one: %w", ErrUnsupported)
	case err != nil:
		return err
	case len(pages) == 0:
		return fmt.Errorf("the PDF has no pages; fetch it again: %w", ErrUnreadable)
	}
	return readPages(pages, res)
}

// pdfPages reads the lines of all pages.
func pdfPages(p pdfium.Pdfium, raw []byte) ([]page, error) {
	doc, err := p.OpenDocument(&requests.OpenDocument{File: &raw})
	if err != nil {
		return nil, damaged(err)
	}
	count, err := p.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		return nil, damaged(err)
	}
	if count.PageCount > maxPages {
		return nil, fmt.Errorf("the PDF has %d pages, more than %d; split it: %w", count.PageCount, maxPages, ErrTooLarge)
	}
	pages := make([]page, 0, count.PageCount)
	size := 0
	for i := range count.PageCount {
		pg, err := pdfPage(p, doc.Document, i)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, damaged(err))
		}
		for _, l := range pg.lines {
			size += len(l.text)
		}
		if size > maxText {
			return nil, fmt.Errorf("the PDF holds more than %d MB of text; split it: %w", maxText>>20, ErrTooLarge)
		}
		pages = append(pages, pg)
	}
	return pages, nil
}

func damaged(err error) error {
	if errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnreadable) {
		return err
	}
	return fmt.Errorf("the PDF is damaged (%v); fetch it again, or open it and print it to a new PDF: %w", err, ErrUnreadable)
}

func pdfPage(p pdfium.Pdfium, doc references.FPDF_DOCUMENT, index int) (page, error) {
	loaded, err := p.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: index})
	if err != nil {
		return page{}, err
	}
	defer p.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) //nolint:errcheck // the instance goes with the document
	ref := requests.Page{ByReference: &loaded.Page}
	width, err := p.FPDF_GetPageWidth(&requests.FPDF_GetPageWidth{Page: ref})
	if err != nil {
		return page{}, err
	}
	text, err := p.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: ref})
	if err != nil {
		return page{}, err
	}
	defer p.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}) //nolint:errcheck // as above
	t := pdfText{p: p, page: text.TextPage}
	lines, err := t.lines()
	return page{width: width.Width, lines: lines}, err
}

// pdfText reads the characters of a page.
type pdfText struct {
	p    pdfium.Pdfium
	page references.FPDF_TEXTPAGE
}

// char is a character of a page with its index there.
type char struct {
	r     rune
	index int
}

// lines cuts the characters of a page where PDFium sees a new line, and measures
// each line by its ends. It asks for as few boxes as it can: each call into the
// sandbox costs as much as a microsecond.
func (t pdfText) lines() ([]textLine, error) {
	count, err := t.p.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: t.page})
	if err != nil {
		return nil, err
	}
	var lines []textLine
	var line []char
	end := func() error {
		l, ok, err := t.line(line)
		if ok {
			lines = append(lines, l)
		}
		line = line[:0]
		return err
	}
	for i := range count.Count {
		u, err := t.p.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: t.page, Index: i})
		if err != nil {
			return nil, err
		}
		r := rune(u.Unicode)
		switch n := len(line); {
		case r == '\r' || r == '\n':
			if err := end(); err != nil {
				return nil, err
			}
		case n > 0 && utf16.IsSurrogate(line[n-1].r) && utf16.IsSurrogate(r):
			line[n-1].r = utf16.DecodeRune(line[n-1].r, r)
		case r != 0:
			line = append(line, char{r, i})
		}
	}
	return lines, end()
}

// line measures one line. PDFium makes blanks of gaps; whether a blank is one shows
// the width of the gap.
func (t pdfText) line(chars []char) (textLine, bool, error) {
	blank := func(c char) bool { return unicode.IsSpace(c.r) && c.r != '\u3000' }
	for len(chars) > 0 && (blank(chars[0]) || chars[0].r == '\u3000') {
		chars = chars[1:]
	}
	for len(chars) > 0 && (blank(chars[len(chars)-1]) || chars[len(chars)-1].r == '\u3000') {
		chars = chars[:len(chars)-1]
	}
	if len(chars) == 0 {
		return textLine{}, false, nil
	}
	first, err := t.box(chars[0].index)
	if err != nil {
		return textLine{}, false, err
	}
	last, err := t.box(chars[len(chars)-1].index)
	if err != nil {
		return textLine{}, false, err
	}
	l := textLine{x0: first.left, x1: last.right, y: -first.bottom, em: first.top - first.bottom}
	for i, c := range chars[:min(len(chars), 8)] {
		if unicode.Is(unicode.Han, c.r) {
			b := first
			if i > 0 {
				if b, err = t.box(c.index); err != nil {
					return textLine{}, false, err
				}
			}
			if w := b.right - b.left; w > 1 {
				l.em = w
				break
			}
		}
	}
	var b strings.Builder
	for i := 0; i < len(chars); i++ {
		if !blank(chars[i]) {
			b.WriteRune(chars[i].r)
			continue
		}
		from := i
		for blank(chars[i+1]) { // the last character is none
			i++
		}
		left, err := t.box(chars[from-1].index)
		if err != nil {
			return textLine{}, false, err
		}
		right, err := t.box(chars[i+1].index)
		if err != nil {
			return textLine{}, false, err
		}
		b.WriteString(gap(chars[from-1].r, chars[i+1].r, (right.left-left.right)/max(l.em, 1)))
	}
	l.text = b.String()
	return l, true, nil
}

// gap returns what stands between two characters that are so many em apart: a tab
// between cells of a table, a blank, or nothing between Chinese characters and
// digits, which programs set a little apart.
func gap(a, b rune, em float64) string {
	switch {
	case em > 2.2:
		return "\t"
	case wide(a) || wide(b):
		if em < 0.4 {
			return ""
		}
	case em < 0.1:
		return ""
	}
	return " "
}

type box struct{ left, right, top, bottom float64 }

func (t pdfText) box(index int) (box, error) {
	b, err := t.p.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: t.page, Index: index})
	if err != nil {
		return box{}, err
	}
	return box{float64(b.Rect.Left), float64(b.Rect.Right), float64(b.Rect.Top), float64(b.Rect.Bottom)}, nil
}
