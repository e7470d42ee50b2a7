package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The picture, in pixels: the plot lies within the margins. It has a ground of its own,
// so that it can be read on a dark page as well.
const (
	pictureWidth, pictureHeight   = 720, 400
	plotLeft, plotRight           = 70, 560
	plotTop, plotBottom           = 60, 335
	labelApart                    = 16 // least distance of labels
	inkColour, gridColour, ground = "#24292f", "#d8dee4", "#ffffff"
)

var colours = map[string]string{"wence": "#c8102e", "bleve": "#2f6db3", "fts5": "#6b6b6b"}

// A scale maps values to pixels, both ends of it to both ends of the plot, by logarithm.
type scale struct{ low, high, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.high <= s.low {
		return (s.from + s.to) / 2
	}
	return s.from + math.Log(v/s.low)/math.Log(s.high/s.low)*(s.to-s.from)
}

// drawGrowth draws CPU time per question over the number of clauses, both on
// logarithmic scales, one line per engine.
func drawGrowth(all []result) string {
	x := scale{math.Inf(1), 0, plotLeft + 30, plotRight - 30}
	y := scale{math.Inf(1), 0, plotBottom, plotTop}
	for _, r := range all {
		x.low, x.high = min(x.low, float64(r.Clauses)), max(x.high, float64(r.Clauses))
		y.low, y.high = min(y.low, ms(r.CPU)), max(y.high, ms(r.CPU))
	}
	y.low, y.high = math.Pow(10, math.Floor(math.Log10(y.low))), math.Pow(10, math.Ceil(math.Log10(y.high)))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%d" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="%s">`+"\n",
		pictureWidth, pictureHeight, inkColour)
	b.WriteString("<title>CPU time per question as the number of clauses grows</title>\n")
	fmt.Fprintf(&b, `<rect x="0.5" y="0.5" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", pictureWidth-1, pictureHeight-1, ground, gridColour)
	fmt.Fprintf(&b, `<text x="20" y="30" font-size="16" font-weight="600">CPU time per question, one core (ms, logarithmic)</text>`+"\n")
	drawGrid(&b, all, x, y)
	for _, engine := range order {
		drawLine(&b, engine, all, x, y)
	}
	drawNames(&b, all, x, y)
	b.WriteString("</svg>\n")
	return b.String()
}

// drawGrid draws a line for each power of ten, and a tick for each number of clauses.
func drawGrid(b *strings.Builder, all []result, x, y scale) {
	for v := y.low; v <= y.high*1.001; v *= 10 {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", plotLeft, y.at(v), plotRight, gridColour, plotLeft-8, y.at(v)+4.5, v)
	}
	labelled := map[int]bool{}
	for _, r := range all {
		if at := x.at(float64(r.Clauses)); !labelled[r.Clauses] {
			labelled[r.Clauses] = true
			fmt.Fprintf(b, `<path d="M%.1f %dv6" stroke="%s"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at, plotBottom, inkColour, at, plotBottom+22, thousands(r.Clauses))
		}
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">clauses in the index (logarithmic)</text>`+"\n", (plotLeft+plotRight)/2, pictureHeight-18)
}

// drawLine draws an engine's points, with their values but for the last one's, which
// stands behind its name.
func drawLine(b *strings.Builder, engine string, all []result, x, y scale) {
	path, last := "", lastOf(engine, all)
	for _, r := range all {
		if r.Engine != engine {
			continue
		}
		px, py := x.at(float64(r.Clauses)), y.at(ms(r.CPU))
		path += fmt.Sprintf("%c%.1f %.1f", "ML"[min(len(path), 1)], px, py)
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", px, py, colours[engine])
		if r.Clauses == last.Clauses {
			continue
		}
		tx, ty, anchor := px-5, py-8, "end"
		for _, other := range all { // its value stands above its point
			if apart := py - y.at(ms(other.CPU)); other.Clauses == r.Clauses && 0 < apart && apart < 2*labelApart {
				tx, ty, anchor = px+7, py+labelApart, "start"
			}
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="12" fill="%s">%s</text>`+"\n", tx, ty, anchor, colours[engine], valueOf(r))
	}
	if path != "" {
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2.5"/>`+"\n", path, colours[engine])
	}
}

// drawNames writes the engines' names behind their last points, moved apart if need be.
func drawNames(b *strings.Builder, all []result, x, y scale) {
	var last []result
	for _, engine := range order {
		if r := lastOf(engine, all); r.Clauses > 0 {
			last = append(last, r)
		}
	}
	slices.SortFunc(last, func(a, b result) int { return cmp.Compare(b.CPU, a.CPU) })
	above := math.Inf(-1)
	for _, r := range last {
		above = max(above+labelApart, y.at(ms(r.CPU)))
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"><tspan font-weight="600">%s</tspan> %s</text>`+"\n",
			x.at(float64(r.Clauses))+12, above+4.5, colours[r.Engine], names[r.Engine], valueOf(r))
	}
}

// lastOf returns an engine's result with most clauses.
func lastOf(engine string, all []result) (last result) {
	for _, r := range all {
		if r.Engine == engine && r.Clauses > last.Clauses {
			last = r
		}
	}
	return last
}

func valueOf(r result) string { return strconv.FormatFloat(ms(r.CPU), 'f', decimals(ms(r.CPU)), 64) }

// decimals returns how many make two or three figures of a number of milliseconds.
func decimals(ms float64) int {
	switch {
	case ms < 10:
		return 2
	case ms < 100:
		return 1
	}
	return 0
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
