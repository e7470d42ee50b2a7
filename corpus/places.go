package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Places knows which place lies in which: province, prefecture, county.
type Places struct {
	parent map[string][]string // full name → the places it lies in (a county's name can stand twice)
	names  *Lexicon            // full and short names → full names
}

// ParsePlaces reads lines of the form "province prefecture = county county …".
func ParsePlaces(name, src string) (*Places, error) {
	p := &Places{parent: map[string][]string{}, names: newLexicon()}
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, right, ok := strings.Cut(line, "=")
		above := strings.Fields(left)
		if !ok || len(above) == 0 {
			return nil, fmt.Errorf("%s:%d: want \"province prefecture = county …\", have %q", name, i+1, line)
		}
		for j, place := range above {
			p.add(place, above[:j], true)
		}
		for _, county := range strings.Fields(right) {
			p.add(county, above, false)
		}
	}
	return p, nil
}

// add enters a place. Counties are entered under their full names only: shorn of
// 县 and 区 too many of them are ordinary words (和平, 新城, 东方).
func (p *Places) add(place string, above []string, short bool) {
	known := len(p.names.keys[place]) > 0
	p.parent[place] = append(p.parent[place], above...)
	if known {
		return
	}
	p.names.Add(place, place)
	s := shortPlace(place)
	if s != place && utf8.RuneCountInString(s) > 1 && (short || strings.HasSuffix(place, "市")) {
		p.names.Add(s, place)
	}
}

// shortPlace cuts what a name says of its rank: 广东省 → 广东, 新疆维吾尔自治区 → 新疆.
func shortPlace(place string) string {
	for _, suffix := range []string{"特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区"} {
		if s, ok := strings.CutSuffix(place, suffix); ok {
			return s
		}
	}
	return place
}

// Names returns the full names of all places, sorted.
func (p *Places) Names() []string { return slices.Sorted(maps.Keys(p.parent)) }

// Find returns the places named in text, longest names first at each spot.
func (p *Places) Find(text string) []Found { return p.names.Find(text) }

// How much of a document, in characters, tells of which places it is.
const (
	placesAtStart = 150  // a preamble or a lead
	placesAtEnd   = 60   // who signs
	placesCounted = 2000 // where the places are counted
)

// Of returns the full names of the places that a document is of: those that its title,
// its beginning or its end names, and the one that it names most often, if more than
// once. What is named once in the middle of a text is only mentioned.
func (p *Places) Of(title, text string) []string {
	var of []string
	add := func(f Found) {
		for _, place := range f.Keys {
			if !slices.Contains(of, place) {
				of = append(of, place)
			}
		}
	}
	for _, f := range p.Find(title) {
		add(f)
	}
	start := cutRunes(text, placesAtStart)
	times, most, mostTimes := map[string]int{}, Found{}, 1
	for _, f := range p.Find(text[:cutRunes(text, placesCounted)]) {
		if f.End <= start {
			add(f)
		}
		if times[f.Keys[0]]++; times[f.Keys[0]] > mostTimes {
			most, mostTimes = f, times[f.Keys[0]]
		}
	}
	add(most)
	end := len(text)
	for range placesAtEnd {
		_, size := utf8.DecodeLastRuneInString(text[:end])
		end -= size
	}
	for _, f := range p.Find(text[end:]) {
		add(f)
	}
	return of
}

// cutRunes returns where the first n characters of s end.
func cutRunes(s string, n int) int {
	for i := range s {
		if n--; n < 0 {
			return i
		}
	}
	return len(s)
}

// Within reports whether one of the two places lies in the other or both are the same.
func (p *Places) Within(a, b string) bool {
	return a == b || p.Above(a, b) || p.Above(b, a)
}

// Above reports whether inner lies in outer.
func (p *Places) Above(outer, inner string) bool {
	return slices.Contains(p.parent[inner], outer)
}
