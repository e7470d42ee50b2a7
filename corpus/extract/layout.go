package extract

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Pages of pdf and ofd hold lines of some 28 characters, not paragraphs (GB/T 9704:
// 22 lines of 28 characters). This file puts paragraphs together again.

// textLine is one line of a page. Lengths are in the unit of the page; y grows
// downwards.
type textLine struct {
	text   string
	x0, x1 float64
	y      float64
	em     float64 // the width of a Chinese character
}

type page struct {
	width float64
	lines []textLine
}

var (
	pageNumberRe = pattern(`^[—\-–－─_·•.~～\s]*(?:第\s*)?([0-9０-９]{1,4})\s*(?:页)?\s*(?:[,，/／]?\s*(?:共\s*)?[0-9０-９]{1,4}\s*(?:页)?)?[—\-–－─_·•.~～\s]*$`)
	colophonRe   = pattern(`^(?:抄\s*送|主\s*送|分\s*送|抄\s*报|报\s*送)\s*[:：]|^.{2,40}?\s*[0-9０-９]{4}\s*年\s*[0-9０-９]{1,2}\s*月\s*[0-9０-９]{1,2}\s*日\s*印\s*发\s*$`)
)

// readPages makes the text of a Result of pages: it drops page numbers and running
// heads, joins lines, cuts the colophon 版记, and refuses scans and garble.
func readPages(pages []page, res *Result) error {
	const least = 20 // characters of a page that is no scan
	total := 0
	var empty []string
	var all strings.Builder
	for i, p := range pages {
		n := 0
		for _, l := range p.lines {
			n += utf8.RuneCountInString(l.text)
			all.WriteString(l.text)
		}
		total += n
		if n < least && len(empty) <= 10 {
			empty = append(empty, fmt.Sprint(i+1))
		}
	}
	switch {
	case total < least*len(pages) || total == 0:
		return fmt.Errorf("the file has %d pages and only %d characters of text, so it is a scan; run text recognition (OCR) first and import its result: %w", len(pages), total, ErrNoText)
	case garbled(all.String()):
		return fmt.Errorf("the text of the file is garbled: its fonts do not say which characters they show; run text recognition (OCR) first, or import the docx that it was made from: %w", ErrNoText)
	case len(empty) > 0 && len(pages) > 1:
		res.note("pages with hardly any text, perhaps scanned: %s; compare them with the original", strings.Join(empty, ", "))
	}
	dropRunning(pages)
	lines, cut := cutColophon(join(pages))
	if cut > 0 {
		res.note("%d lines of the colophon (版记: 抄送, 印发机关) were cut off", cut)
	}
	res.Text = strings.Join(lines, "\n")
	return nil
}

// dropRunning drops page numbers, and the heads that most pages share, from the
// tops and bottoms of pages.
func dropRunning(pages []page) {
	shape := func(s string) string { // without digits: the number of the page may be in it
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || r == ' ' {
				return -1
			}
			return r
		}, s)
	}
	type place struct {
		bottom bool
		offset int // from the count of pages
	}
	seen := map[string]int{}
	numbers := map[place]int{}
	for k, p := range pages {
		for at, i := range edges(p) {
			seen[shape(p.lines[i].text)]++
			if n, ok := pageNumber(p.lines[i].text); ok {
				numbers[place{at > 0, n - k}]++
			}
		}
	}
	for k := range pages {
		p := &pages[k]
		var drop []int
		for at, i := range edges(*p) {
			s := p.lines[i].text
			n, number := pageNumber(s)
			bare := strings.Trim(s, "0123456789０１２３４５６７８９ ") == "" // could be the number of a row
			running := len(pages) >= 3 && seen[shape(s)]*2 > len(pages) && utf8.RuneCountInString(s) <= 40
			if number && (!bare || numbers[place{at > 0, n - k}]*2 > len(pages)) || running && !number {
				drop = append(drop, i)
			}
		}
		slices.Sort(drop)
		for _, i := range slices.Backward(slices.Compact(drop)) {
			p.lines = slices.Delete(p.lines, i, i+1)
		}
	}
}

// pageNumber reads — 1 —, 第1页 共5页 and 1.
func pageNumber(s string) (int, bool) {
	m := pageNumberRe().FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(norm.NFKC.String(m[1]))
	return n, err == nil
}

// edges returns the indices of the top and bottom lines of a page by position.
func edges(p page) []int {
	if len(p.lines) == 0 {
		return nil
	}
	top, bottom := 0, 0
	for i, l := range p.lines {
		if l.y < p.lines[top].y {
			top = i
		}
		if l.y >= p.lines[bottom].y {
			bottom = i
		}
	}
	return []int{top, bottom}
}

// measure is the area of a page that text fills, and the distance of its lines.
type measure struct{ left, right, pitch float64 }

// measures returns the area for each width of page: an annex may lie across.
func measures(pages []page) map[int]measure {
	byWidth := map[int][]textLine{}
	pitches := map[int][]float64{}
	for _, p := range pages {
		w := int(math.Round(p.width))
		byWidth[w] = append(byWidth[w], p.lines...)
		for i := 1; i < len(p.lines); i++ {
			if dy := p.lines[i].y - p.lines[i-1].y; dy > 0 {
				pitches[w] = append(pitches[w], dy)
			}
		}
	}
	out := map[int]measure{}
	for w, lines := range byWidth {
		m := measure{left: math.Inf(1)}
		for _, l := range lines {
			m.right = max(m.right, l.x1)
		}
		// Marks may hang over the edge, so the edge is where most long lines end.
		var ends []float64
		for _, l := range lines {
			if l.x1 > m.right-3*l.em {
				ends = append(ends, l.x1)
			}
		}
		m.right = median(ends)
		for _, l := range lines {
			if l.x1 > m.right-2*l.em {
				m.left = min(m.left, l.x0)
			}
		}
		m.pitch = median(pitches[w])
		out[w] = m
	}
	return out
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.SortFunc(v, cmp.Compare[float64])
	return v[len(v)/2]
}

// join puts the lines of pages together to paragraphs.
func join(pages []page) []string {
	areas := measures(pages)
	var out []string
	var prev *textLine
	var area measure
	first := "" // line of the paragraph that is open
	for _, p := range pages {
		m := areas[int(math.Round(p.width))]
		onPage := false
		for i := range p.lines {
			l := &p.lines[i]
			if prev != nil && goesOn(*prev, *l, first, area, m, onPage) {
				out[len(out)-1] = glue(out[len(out)-1], l.text)
			} else {
				out = append(out, l.text)
				first = l.text
			}
			prev, area, onPage = l, m, true
		}
	}
	return out
}

// goesOn reports whether the paragraph that first opened goes on from line a to b.
func goesOn(a, b textLine, first string, of, now measure, samePage bool) bool {
	const indent = 0.8 // em: paragraphs begin two characters in
	sentence := endsSentence(a.text)
	switch {
	case strings.ContainsRune(a.text, '\t'), strings.ContainsRune(b.text, '\t'):
		return false // rows of a table
	case of.right-a.x1 > firstWidth(b)+0.6*a.em:
		return false // the first characters of b had found room in a
	case math.Abs(a.em-b.em) > 0.15*max(a.em, b.em):
		return false
	case samePage && now.pitch > 0 && (b.y-a.y > 1.7*now.pitch || b.y < a.y-now.pitch):
		return false
	case numbered(b.text) && sentence:
		return false
	case b.x0-now.left > indent*b.em:
		// A hanging indent, where only the number stands out: the lines below it are
		// further in than the first and even among themselves.
		further := a.x0+indent*b.em < b.x0 && b.x0 < a.x0+6*b.em
		even := math.Abs(a.x0-b.x0) < 0.3*b.em
		return numbered(first) && !numbered(b.text) && !sentence && (a.text == first && further || a.text != first && even)
	}
	return true
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, "”’\"')）】 ")
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune("。！？；：!?;:", r)
}

// firstWidth returns how wide the first piece of a line is that cannot be broken:
// a character or a word with the brackets before and the marks behind it.
func firstWidth(l textLine) float64 {
	rest := strings.TrimLeft(l.text, "（《“‘〈【〔")
	n := float64(utf8.RuneCountInString(l.text) - utf8.RuneCountInString(rest))
	word := strings.TrimLeftFunc(rest, func(r rune) bool { return r > ' ' && r < 0x7F })
	if word != rest {
		n += 0.55 * float64(len(rest)-len(word))
	} else if rest != "" {
		_, size := utf8.DecodeRuneInString(rest)
		n, word = n+1, rest[size:]
	}
	after := strings.TrimLeft(word, "，。、；：！？）》”’〉】〕％")
	n += float64(utf8.RuneCountInString(word) - utf8.RuneCountInString(after))
	return n * l.em
}

// glue joins two pieces of a paragraph; only Latin words need a blank.
func glue(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	next, _ := utf8.DecodeRuneInString(b)
	letter := func(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }
	if letter(last) && letter(next) {
		return a + " " + b
	}
	return a + b
}

// cutColophon cuts off 抄送 and 印发 at the end and returns how many lines that were.
func cutColophon(lines []string) ([]string, int) {
	const reach = 12 // lines
	for i := max(1, len(lines)-reach); i < len(lines); i++ {
		if !colophonRe().MatchString(lines[i]) {
			continue
		}
		long := slices.ContainsFunc(lines[i+1:], func(s string) bool { return utf8.RuneCountInString(s) > 120 || numbered(s) })
		if !long {
			return lines[:i], len(lines) - i
		}
	}
	return lines, 0
}
