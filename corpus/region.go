package corpus

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Nation is the Region of a document of the whole country.
const Nation = "全国"

// Where says of which place a document is, for ParseAt.
type Where struct {
	// Places are the places that there are. nil: whatever reads like one is taken for
	// one, which is wrong at times.
	Places *Places
	// Region is whose policy it is, as somebody said who knows: the text is not asked
	// then. As in Document.Region, or a short name that Places know.
	Region string
}

// locate says whose policy the document is. In this order: what somebody said, the place
// in the name of an issuer, the whole country if an issuer is of no place, the number,
// the place that the title names. What leaves a doubt leaves the region unknown: a
// policy that is taken for another city's misleads, one of no known city asks for help.
func (p *parser) locate(where Where, issuers []string) {
	d := p.doc
	switch {
	case where.Region != "":
		d.Region, d.RegionGiven = where.Region, true
		if where.Places != nil {
			d.Region = firstOf(where.Places.fullName(where.Region), where.Region)
		}
		return
	case where.Places == nil:
		return // identify has guessed
	}
	d.Region = ""
	for _, issuer := range issuers {
		if d.Region = firstOf(d.Region, p.placeOfIssuer(where.Places, issuer)); d.Region != "" {
			return
		}
	}
	if i := issuerEndRe.FindStringIndex(d.Title); i != nil && p.ofSomeLevel(d.Title[:i[0]]) || slices.ContainsFunc(issuers, p.ofSomeLevel) {
		return // 市商务局: of some city, which is not said
	}
	if slices.ContainsFunc(issuers, p.ofNation) {
		d.Region = Nation
		return
	}
	d.Region = firstOf(where.Places.ofNumber(d.Number), where.Places.inTitle(d.Title))
}

// placeOfIssuer returns the place in the name of a body: one of those that there are, or
// what the register takes off it and is built like the name of one.
func (p *parser) placeOfIssuer(places *Places, issuer string) string {
	if i := strings.Index(issuer, "总局"); i >= 0 {
		issuer = issuer[i+len("总局"):] // the branch of a national body names its place after it
	}
	issuer = strings.TrimPrefix(strings.TrimPrefix(issuer, "中国共产党"), "中共")
	if chain := places.chain(issuer); chain != "" {
		return chain
	}
	f, ok := p.reg.find(headOf(issuer))
	if !ok {
		return ""
	}
	if full := places.fullName(f.place); full != "" {
		return full
	}
	if divisionRe.MatchString(f.place) && !commonNounRe.MatchString(f.place) {
		return f.place // new, or a zone
	}
	return ""
}

// divisionRe is how the names of places are built.
var divisionRe = regexp.MustCompile(`^\p{Han}{1,6}(?:省|自治区|市|自治州|地区|盟|县|旗|区)$`)

// headOf returns the name of the body whose office a name is: 甲部 for 甲部办公厅.
func headOf(issuer string) string {
	for _, office := range []string{"办公厅", "办公室"} {
		if head, ok := strings.CutSuffix(issuer, office); ok && utf8.RuneCountInString(head) > 1 {
			return head
		}
	}
	return issuer
}

// ofSomeLevel reports whether a body is named by its level only: 省发展改革委.
func (p *parser) ofSomeLevel(issuer string) bool {
	f, ok := p.reg.find(issuer)
	return ok && utf8.RuneCountInString(f.place) == 1 && strings.Contains(placeEnds, f.place)
}

// ofNation reports whether a body is one of the whole country.
func (p *parser) ofNation(issuer string) bool {
	if slices.ContainsFunc(p.reg.national, func(w string) bool { return strings.HasPrefix(strings.TrimPrefix(issuer, "中共"), w) }) {
		return true
	}
	f, ok := p.reg.find(headOf(issuer))
	return ok && f.place == "" && isNational(f.full) && !f.wild
}

// chain returns the places at the start of s, each in the one before: 甲省乙市丙县.
func (p *Places) chain(s string) string {
	size, last := 0, ""
	for {
		end := p.names.longestAt(s[size:], 0)
		if end == 0 || !p.names.Has(s[size:size+end]) {
			return s[:size]
		}
		place := s[size : size+end]
		if !slices.Contains(p.names.KeysOf(place), place) || last != "" && !p.Above(last, place) {
			return s[:size]
		}
		last, size = place, size+end
	}
}

// fullName returns the full name of a place, given it or a short name that only one
// place above the counties has; of 甲市乙区 the whole. "" if there is none.
func (p *Places) fullName(name string) string {
	if name == Nation || name != "" && p.chain(name) == name {
		return name
	}
	var full []string
	for _, place := range p.names.KeysOf(name) {
		if !isCounty(place) {
			full = append(full, place)
		}
	}
	if len(full) == 0 {
		full = p.names.KeysOf(name)
	}
	if len(full) != 1 {
		return ""
	}
	return full[0]
}

// ofNumber returns whose the documents are whose numbers begin like this one, see
// SetNumbers.
func (p *Places) ofNumber(number string) string {
	if p.numbers == nil || number == "" {
		return ""
	}
	if end := p.numbers.longestAt(number, 0); end > 0 && len(p.numbers.KeysOf(number[:end])) == 1 {
		return p.numbers.KeysOf(number[:end])[0]
	}
	return ""
}

// inTitle returns the place that a title names, by its full name or, where a phrase of the
// title begins, by a short one; "" if there are several that do not lie in each other.
func (p *Places) inTitle(title string) string {
	var out string
	for _, f := range p.Find(title) {
		full, short, weak := p.Named(f, title)
		before, _ := utf8.DecodeLastRuneInString(title[:f.Start])
		begins := f.Start == 0 || !unicode.IsLetter(before)
		name := f.Phrase
		if !full {
			name = p.fullName(f.Phrase)
		}
		switch {
		case !full && !(short && !weak && begins), name == "", strings.HasSuffix(out, name):
		case out == "", p.Above(lastIn(p, out), name):
			out += name
		default:
			return "" // of which of them?
		}
	}
	return out
}

// lastIn returns the last of the places of a chain.
func lastIn(p *Places, chain string) string {
	found := p.Find(chain)
	if len(found) == 0 {
		return chain
	}
	return found[len(found)-1].Phrase
}

// Check returns an ErrNoPlace that says how to mend it if Region can be no place.
func (w Where) Check() error {
	if w.Region == "" || w.Places == nil || w.Places.fullName(w.Region) != "" || divisionRe.MatchString(w.Region) {
		return nil
	}
	return fmt.Errorf("%q: %w: write it in full, with all that it lies in where its name is not the only one (…省, …市, …市…区), or %s for the whole country", w.Region, ErrNoPlace, Nation)
}

// ErrNoPlace is returned by Where.Check.
var ErrNoPlace = errors.New("no place has that name, or several have")
