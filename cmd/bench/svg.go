package main

import (
	"fmt"
	"math"
	"strings"
)

// drawGrowth draws CPU time per question over the number of clauses, both on
// logarithmic scales, one line per engine.
func drawGrowth(all []result) string {
	const width, height, left, bottom, top, right = 640, 360, 70, 50, 40, 170
	colours := map[string]string{"wence": "#c8102e", "bleve": "#4a7ebb", "fts5": "#7a7a7a"}
	least, most, low, high := math.Inf(1), 0.0, math.Inf(1), 0.0
	for _, r := range all {
		least, most = min(least, float64(r.Clauses)), max(most, float64(r.Clauses))
		low, high = min(low, ms(r.CPU)), max(high, ms(r.CPU))
	}
	low, high = math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)))
	at := func(v, from, to float64, start, end int) float64 {
		if to <= from {
			return float64(start)
		}
		return float64(start) + (math.Log10(v)-math.Log10(from))/(math.Log10(to)-math.Log10(from))*float64(end-start)
	}
	x := func(clauses int) float64 { return at(float64(clauses), least, most, left, width-right) }
	y := func(ms float64) float64 { return at(ms, low, high, height-bottom, top) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><text x="%d" y="22" font-size="14">CPU time per question (ms)</text>`+"\n", width, height, left)
	for v := low; v <= high*1.001; v *= 10 {
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", left, y(v), width-right, left-8, y(v)+4, v)
	}
	labelled := map[int]bool{}
	for _, r := range all {
		if !labelled[r.Clauses] {
			labelled[r.Clauses] = true
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x(r.Clauses), height-bottom+20, r.Clauses)
		}
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">clauses</text>`+"\n", (left+width-right)/2, height-10)
	for _, engine := range order {
		path, last := "", result{}
		for _, r := range all {
			if r.Engine == engine {
				path += fmt.Sprintf("%c%.1f %.1f", "ML"[min(len(path), 1)], x(r.Clauses), y(ms(r.CPU)))
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`, x(r.Clauses), y(ms(r.CPU)), colours[engine])
				last = r
			}
		}
		if path != "" {
			fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n",
				path, colours[engine], x(last.Clauses)+10, y(ms(last.CPU))+4, colours[engine], names[engine])
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}
