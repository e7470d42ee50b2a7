package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	issuerEndRe = regexp.MustCompile(`(关于|印发|转发|批转|公布|发布|通知)`)
	regionRe    = regexp.MustCompile(`^(?:(?:中共|中国共产党))?([\p{Han}]{2,6}?(?:省|自治区))?([\p{Han}]{2,7}?(?:市|自治州|地区|盟))?([\p{Han}]{1,6}?(?:新区|区|县|旗|市))?`)
	jointRe     = regexp.MustCompile(`(局|厅|部|委员会|委|院|中心|办公室|办公厅|政府)`)
)

// identify finds the issuers and the region: from the title, the signatures and
// the metadata of the page, whichever says it first. It returns all bodies that one of
// these names, best first.
func (p *parser) identify() []string {
	d := p.doc
	if d.Title == "" {
		d.Title = titleOf(d.Text)
	}
	d.Encloses = enclosed(d.Title)
	var fromTitle []string
	if i := issuerEndRe.FindStringIndex(d.Title); i != nil && i[0] > 0 {
		fromTitle = splitIssuers(d.Title[:i[0]])
	}
	var signed, meta []string
	for _, s := range p.signatures {
		signed = append(signed, splitIssuers(s)...)
	}
	meta = splitIssuers(p.metaIssuer)
	if len(fromTitle) > 0 && regionOf(fromTitle[0]) == "" && len(signed) > 0 {
		fromTitle = nil // 省发展改革委印发…, in full under the text
	}
	for _, names := range [][]string{fromTitle, signed, meta} {
		if len(d.Issuers) == 0 && len(names) > 0 {
			d.Issuers = names
		}
		for _, n := range names {
			d.Region = firstOf(d.Region, regionOf(n))
		}
	}
	if d.Region == "" {
		d.Region = placeInTitle(d.Title)
	}
	if all := slices.Concat(fromTitle, signed, meta); d.Region != "" || len(d.Issuers) > 0 {
		return all
	}
	for _, l := range splitLines(d.Text)[:min(8, len(splitLines(d.Text)))] {
		if isInstitution(l.text) {
			d.Issuers = splitIssuers(l.text)
			d.Region = regionOf(l.text)
			break
		}
	}
	return d.Issuers
}

// titleOf is the title of a text that has none: its first line, shortened.
func titleOf(text string) string {
	lines := splitLines(text)
	s, _ := firstSentence(lines[0].text)
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60])
	}
	return s
}

// splitIssuers cuts names that stand side by side, with a blank or without:
// …人力资源和社会保障局…财政局. Each of them names its place again.
func splitIssuers(s string) []string {
	var out []string
	s = closeUp(s)
	for _, s := range strings.FieldsFunc(s, func(r rune) bool { return isBlank(r) || strings.ContainsRune("、，,；;", r) }) {
		place := regionOf(s)
		for place != "" && strings.HasPrefix(s, place) {
			i := strings.Index(s[len(place):], place)
			if i <= 0 || !jointRe.MatchString(s[:len(place)+i]) || !institutionRe.MatchString(s[:len(place)+i]) {
				break
			}
			out = append(out, s[:len(place)+i])
			s = s[len(place)+i:]
		}
		if utf8.RuneCountInString(s) > 1 && (institutionRe.MatchString(s) || strings.HasSuffix(s, "会")) {
			out = append(out, s)
		}
	}
	return out
}

// regionOf returns the place at the start of the name of a body, as in
// 甲市人民政府办公室, or "".
func regionOf(issuer string) string {
	if i := strings.Index(issuer, "总局"); i >= 0 {
		issuer = issuer[i+len("总局"):] // the branch of a national body names its place after it
	}
	m := regionRe.FindStringSubmatch(issuer)
	if m == nil {
		return ""
	}
	province, city, district := m[1], m[2], m[3]
	// 区 and 市 also stand in the names of bureaus: 社区, 市场.
	if after := issuer[len(m[0]):]; strings.HasPrefix(after, "场") || strings.HasPrefix(after, "政") || utf8.RuneCountInString(after) < 2 {
		district = ""
	}
	return province + city + district
}

// placeInTitle returns the place that a title begins with, or "". A title is no
// name of a body: 促进城市更新 begins like a place. 盐城市 has three characters.
func placeInTitle(title string) string {
	place := regionOf(strings.TrimLeft(title, "0123456789年，,《“ "))
	if strings.HasSuffix(place, "城市") && utf8.RuneCountInString(place) > 3 || commonNounRe.MatchString(place) {
		return ""
	}
	return place
}

// commonNounRe are words for places that are no names.
var commonNounRe = regexp.MustCompile(`(?:全|我|本|各|超大|特大|省|我们)市$|(?:社|园|小|辖|校|开发|高新|示范|试验|保税|全|我|本|各)区$|(?:全|我|本|各|市)县$`)
