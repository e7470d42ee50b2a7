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
	words  *Lexicon            // what tells a short name from a word, see SetWords; may be nil

	numbers *Lexicon // how numbers begin → whose they are, see SetNumbers; may be nil
}

// The keys of the lexicon of SetWords.
const (
	ordinaryWords = "ordinary" // short names that are everyday words too
	nameWords     = "name"     // what makes another name of a short name before it
)

// SetWords tells apart short names and words that read like them: under "ordinary" short
// names that are everyday words, which are no places, under "name" what a place makes a
// name with, such as 路 and 银行. It must not be called once others use p.
func (p *Places) SetWords(words *Lexicon) { p.words = words }

// SetNumbers says whose documents are, a place or Nation, whose numbers 文号 begin with a
// phrase. It must not be called once others use p.
func (p *Places) SetNumbers(numbers *Lexicon) { p.numbers = numbers }

// Named reports how sure it is that a phrase found in text names a place: its full name
// does, a short one if it is no everyday word and makes no other name with what follows
// (甲路 and 甲银行 are not where somebody is). weak is a name of counties only, of which
// so many are words that more must speak for it.
func (p *Places) Named(f Found, text string) (full, short, weak bool) {
	if slices.Contains(f.Keys, f.Phrase) {
		return true, false, false
	}
	if p.words != nil {
		if slices.Contains(p.words.KeysOf(f.Phrase), ordinaryWords) {
			return false, false, false
		}
		after := p.words.Find(text[f.End:])
		if len(after) > 0 && after[0].Start == 0 && slices.Contains(after[0].Keys, nameWords) {
			return false, false, false
		}
	}
	weak = !slices.ContainsFunc(f.Keys, func(p string) bool { return !isCounty(p) })
	return false, true, weak
}

// IsProvince reports whether a full name is that of a province, not of a municipality.
func (p *Places) IsProvince(place string) bool {
	return strings.HasSuffix(place, "省") || strings.HasSuffix(place, "自治区")
}

// isCounty reports whether a full name is that of a county or a district.
func isCounty(place string) bool {
	return !strings.HasSuffix(place, "地区") && !strings.HasSuffix(place, "自治区") && !strings.HasSuffix(place, "行政区") &&
		(strings.HasSuffix(place, "县") || strings.HasSuffix(place, "区") || strings.HasSuffix(place, "旗"))
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
			p.add(place, above[:j])
		}
		for _, county := range strings.Fields(right) {
			p.add(county, above)
		}
	}
	return p, nil
}

// add enters a place under its full and its short name.
func (p *Places) add(place string, above []string) {
	known := len(p.names.keys[place]) > 0
	p.parent[place] = append(p.parent[place], above...)
	if known {
		return
	}
	p.names.Add(place, place)
	s := shortPlace(place)
	if s != place && utf8.RuneCountInString(s) > 1 {
		p.names.Add(s, place)
	}
}

// shortPlace cuts what a name says of its rank: 广东省 → 广东, 新疆维吾尔自治区 → 新疆.
func shortPlace(place string) string {
	for _, suffix := range []string{"特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "自治县", "自治旗", "开发区", "县", "区", "旗"} {
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
