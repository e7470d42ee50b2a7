package extract

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// linesOf puts pieces on one height together to lines, from the top of a page to
// its bottom. The order of the file is that of drawing, which means nothing.
func linesOf(pieces []piece) []textLine {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.y, b.y) })
	var out []textLine
	for len(pieces) > 0 {
		n := 1
		for n < len(pieces) && pieces[n].y-pieces[0].y <= 0.4*pieces[0].em {
			n++
		}
		row := pieces[:n]
		pieces = pieces[n:]
		slices.SortStableFunc(row, func(a, b piece) int { return cmp.Compare(a.x0, b.x0) })
		l := textLine{x0: row[0].x0, x1: row[0].x1, y: row[0].y, em: row[0].em}
		var b strings.Builder
		b.WriteString(row[0].text)
		last, _ := utf8.DecodeLastRuneInString(row[0].text)
		for _, p := range row[1:] {
			first, _ := utf8.DecodeRuneInString(p.text)
			b.WriteString(gap(last, first, (p.x0-l.x1)/max(l.em, 0.1)))
			b.WriteString(p.text)
			last, _ = utf8.DecodeLastRuneInString(p.text)
			l.x1 = max(l.x1, p.x1)
		}
		l.text = b.String()
		out = append(out, l)
	}
	return out
}

// deltas reads the steps between n characters: numbers, of which "g 5 3.2" means
// five times 3.2.
func deltas(s string, n int) []float64 {
	f := strings.Fields(s)
	var out []float64
	for i := 0; i < len(f) && len(out) < n; i++ {
		if f[i] != "g" {
			out = append(out, number64(f[i]))
			continue
		}
		if i+2 >= len(f) {
			break
		}
		times, err := strconv.Atoi(f[i+1])
		if err != nil {
			break
		}
		v := number64(f[i+2])
		for range min(times, n-len(out)) {
			out = append(out, v)
		}
		i += 2
	}
	return out
}

func floats(s string) []float64 {
	var out []float64
	for _, f := range strings.Fields(s) {
		if len(out) == 16 {
			break
		}
		out = append(out, number64(f))
	}
	return out
}

// number64 reads a length; what is none, or none that fits on a page, is 0.
func number64(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e6 {
		return 0
	}
	return v
}
