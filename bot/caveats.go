package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A caveat says what the quoted words do not say, where somebody could take them for more
// than they are. Each is computed from the quote: none can be wrong about the policy.

var (
	// benefit finds that somebody asks for money or another advantage.
	benefit = regexp.MustCompile(`补贴|补助|奖励|奖补|奖金|资助|津贴|好处|福利|给钱|补多少|奖多少`)
	// granted finds words with which policies grant one.
	granted = regexp.MustCompile(`补贴|补助|奖|资助|资金|贴息|津贴|补偿|减免|免费|免除|免征|经费|红利|[0-9一二三四五六]补|优惠|让利`)
	// moving finds that somebody comes here: then it is not elsewhere that they ask for.
	moving = regexp.MustCompile(`搬|迁|来|落户|投资|过去|转移`)
	// everybody finds that somebody takes a policy to be for all.
	everybody = regexp.MustCompile(`(?:所有|全部|任何|每家|每个|什么|一般|普通)(?:的)?(?:企业|公司|厂|单位|人)`)
)

// caveats returns what the quoted sentences leave open of what was asked.
func (b *Bot) caveats(r *reading, picks []pick) []string {
	var lines []string
	if u := unpromised(r, picks); u != "" {
		lines = append(lines, u) // and so not how much either
	} else if m := b.missing(r, picks); m != "" {
		lines = append(lines, m)
	}
	return append(lines, b.unmentioned(r, picks)...)
}

// unpromised says that the quoted sentences grant nothing, or nothing for the matter, if
// money or another advantage was asked for; else "".
func unpromised(r *reading, picks []pick) string {
	if !benefit.MatchString(r.text) || r.aims[aimYesNo] && len(r.bodies) > 0 && !r.asksFigure() {
		return ""
	}
	matter, some := r.matterOf(), false
	for _, s := range interleave(picks) {
		if !granted.MatchString(s.sentence.norm) {
			continue
		}
		if some = true; len(matter) == 0 || s.example >= gateTerm || slices.ContainsFunc(matter, func(c concept) bool { return c.standsIn(s.sentence) }) {
			return ""
		}
	}
	if !some {
		return phrase("unpromised")
	}
	return phrase("unpromised_for", "matter", matter[0].surface)
}

// matterOf returns what an advantage is asked for, the longest first.
func (r *reading) matterOf() []concept {
	out := slices.DeleteFunc(r.telling(), func(c concept) bool {
		return c.context || !c.term && !c.matter || c.body || benefit.MatchString(c.surface)
	})
	slices.SortStableFunc(out, func(x, y concept) int { return len(y.surface) - len(x.surface) })
	return out
}

// standsIn reports whether a sentence may name a concept: one of its names stands there,
// or the head of one, which Chinese puts last: 上市 of 挂牌上市.
func (c *concept) standsIn(s sentence) bool {
	return slices.ContainsFunc(c.alts, func(a alternative) bool {
		if a.pairs = pairsOf(a.text); len(a.pairs) > 0 && strings.Contains(s.norm, a.pairs[len(a.pairs)-1]) {
			return true
		}
		return a.match(s.norm, s.has) >= standing
	})
}

// unmentioned says of whom the quoted clauses do not speak: the trade that somebody has,
// the place that they are at, all of them.
func (b *Bot) unmentioned(r *reading, picks []pick) []string {
	stands := func(word string) bool {
		return slices.ContainsFunc(picks, func(p pick) bool { return strings.Contains(p.best().prepared.norm, word) })
	}
	var who []string
	for _, span := range introduction.FindAllStringIndex(r.text, -1) {
		for _, c := range r.concepts {
			named := slices.ContainsFunc(c.alts, func(a alternative) bool { return stands(a.text) })
			if c.start >= span[0] && c.end <= span[1] && !c.body && utf8.RuneCountInString(c.surface) > 1 && !named {
				who = append(who, c.surface)
			}
		}
	}
	for _, f := range r.places {
		ours := r.region == "" || slices.ContainsFunc(f.Keys, func(p string) bool {
			return b.Vocabulary.Places.Within(p, r.region) || b.Vocabulary.Places.Above(p, r.region)
		})
		if !ours && !r.partOfTerm(f) && !r.cameFrom(f) && !moving.MatchString(r.text) && !stands(f.Phrase) {
			who = append(who, f.Phrase)
		}
	}
	var lines []string
	if len(who) > 0 && benefit.MatchString(r.text) {
		lines = append(lines, phrase("unmentioned", "who", strings.Join(slices.Compact(who), "、")))
	}
	if m := everybody.FindString(r.text); m != "" && r.aims[aimYesNo] && !stands(m) {
		lines = append(lines, phrase("not_for_all", "who", m))
	}
	return lines
}

// premise finds a figure that somebody states.
var premise = regexp.MustCompile(`(?:是|为|要|最高|最多|至少|不超过|不少于|达到|达|共|约|有|培育|提速|提升|补|奖|给|目标|率)\s*([0-9]+(?:\.[0-9]+)?)(万元|亿元|个百分点|家|类|级|个|项|强|%|元|倍|名|人|年|次)`)

// ourOwn finds that somebody tells of themselves.
var ourOwn = regexp.MustCompile(`我|咱|本公司|本厂|俺`)

// corrected puts right a figure that a question states and the quoted words contradict.
// Both are read off: the figure in the question, with its unit, and the part of the quoted
// sentence that names what is asked and has another figure with that unit.
func (b *Bot) corrected(r *reading, picks []pick) string {
	if !r.aims[aimYesNo] && !confirm.MatchString(r.text) || ourOwn.MatchString(r.text) {
		return ""
	}
	m := premise.FindStringSubmatch(r.text)
	if m == nil {
		return ""
	}
	unit := m[2]
	has := regexp.MustCompile(`(?:^|[^0-9.])([0-9]+(?:\.[0-9]+)?)` + regexp.QuoteMeta(unit))
	var parts []string
	most, best := 0, ""
	alike := false
	for _, s := range interleave(picks) {
		for _, part := range parted(s.doc.Text[s.start:s.end]) {
			norm := b.Analyzer.Normalize(part)
			if !has.MatchString(norm) {
				continue
			}
			parts = append(parts, norm)
			n := r.namedIn(norm)
			switch {
			case n > most:
				most, best, alike = n, part, false
			case n == most && part != best:
				alike = true
			}
		}
	}
	states := func(norm string) bool {
		return slices.ContainsFunc(has.FindAllStringSubmatch(norm, -1), func(f []string) bool { return f[1] == m[1] })
	}
	switch {
	case len(parts) == 0:
		return ""
	case most > 0 && !alike && !states(b.Analyzer.Normalize(best)):
		return phrase("figure_wrong", "words", strings.Trim(best, "，,、；;。 "))
	case !slices.ContainsFunc(parts, states):
		return phrase("figure_absent")
	}
	return ""
}

// parted cuts a sentence into the parts that can have a figure each.
func parted(sentence string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(sentence, func(r rune) bool { return strings.ContainsRune("，,；;、。", r) }) {
		if len(digits.FindAllString(part, 2)) < 2 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Split(part, "和")...)
	}
	return out
}

// namedIn counts the characters of what is asked that stand in a text.
func (r *reading) namedIn(norm string) int {
	n := 0
	has := runesOf(norm)
	for _, c := range r.concepts {
		own := alternative{text: c.surface, pairs: pairsOf(c.surface)}
		if !c.figure && !c.body && own.match(norm, &has) >= standing {
			n += utf8.RuneCountInString(c.surface)
		}
	}
	return n
}

// noSuperior says that no policy tells who is above a bureau, if that is asked: X归谁管.
func (b *Bot) noSuperior(r *reading) (Answer, bool) {
	if len(r.bodies) != 1 || len(r.telling()) > 0 {
		return Answer{}, false
	}
	m := r.bodies[0]
	if !superior.MatchString(r.text[m.End:]) {
		return Answer{}, false
	}
	return b.refuse(phrase("no_superior", "bureau", m.Name), nil), true
}

// superior finds, behind the name of a bureau, that who is above it is asked.
var superior = regexp.MustCompile(`^(?:又|是|到底|究竟|应该|应)?(?:归|由|属于?|隶属于?)(?:谁|哪|什么部门|什么单位)|^的?(?:上级|主管部门|主管单位)`)
