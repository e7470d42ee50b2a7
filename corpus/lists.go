package corpus

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// body is one body as a list names it.
type body struct {
	written string
	prefix  string // the 省, 市 or 区 that the list gave once
	as      string // the words of the text if they are not those of the name: 市、区民政部门 for 市民政部门
	role    Role
}

// reading is what a mark says.
type reading struct {
	bodies    []body
	leadFirst bool // the first of each list leads, from here on (下同)
	labelled  bool
	verb      bool
	leftover  bool // something after the last verb
}

var (
	leadFirstRe        = regexp.MustCompile(`[，,；;。]?[^，,；;。、]*(?:第一位|首位|列首|排首|第一个|排名第一|最前)[^，,；;。]*?为牵头[^，,；;。]*`)
	leadFirstBracketRe = regexp.MustCompile(`[（(][^（()）]*为牵头[^（()）]*[）)]`)
	scopeRe            = regexp.MustCompile(`[，,；;、]?\s*(?:适用范围|实施范围|完成时限|完成时间|时限要求|时间要求|时限|责任领导|联系人|联系电话|电话)\s*[:：][^；;]*`)
	belowRe            = regexp.MustCompile(`[，,；;。]?下同`)
	// noteRe is a standing note: 以下均需要…负责,不再列出.
	noteRe     = regexp.MustCompile(`(?:以下|以上)[^。；;，,]{0,12}?(?:均|都|皆)(?:需要|需|须|应当|应|由|涉及到|涉及)*(.+?)[，,]\s*(?:后文|下文|以下)?(?:均)?不再(?:一一|单独|逐一|逐项|另行|重复|分别)?(?:列出|列明|标注|列举|列示|注明|列入)`)
	otherRe    = regexp.MustCompile(`^[\p{Han}]{2,6}[:：]`)
	openListRe = regexp.MustCompile(`(?:等)?(?:等)(?:\d+个)?(?:有关|相关|各)?(?:部门|单位|部门和单位|单位和部门|市级部门|机构)?$`)
)

// readMark reads the words of a mark. role is that of the bodies to which neither
// a label nor a verb gives one; empty for Responsible.
func (p *parser) readMark(s string, role Role) reading {
	var r reading
	s = withoutNotes(s)
	if cut := withoutLeadFirst(s); cut != s {
		r.leadFirst = true
		s = cut
	}
	s = withoutBelow(s)
	if hasColon(s) {
		s = scopeRe.ReplaceAllString(s, "")
	}
	segments, _ := splitTop(s, "。；;")
	for _, seg := range segments {
		seg = strings.TrimFunc(seg, isBlank)
		for seg != "" {
			list, next := seg, Role("")
			var m []int
			if hasColon(seg) {
				m = labelRe.FindStringSubmatchIndex(seg)
			}
			if m != nil {
				if m[0] > 0 {
					list = strings.TrimRight(seg[:m[0]], "，,、 ")
					seg = seg[m[0]:]
					p.readList(&r, list, role)
					continue
				}
				next, r.labelled = labelRole[strings.TrimPrefix(seg[m[2]:m[3]], "总")], true
				if next == "" {
					next = Responsible
				}
				rest := seg[m[1]:]
				list, seg = rest, ""
				if n := labelRe.FindStringIndex(rest); n != nil {
					list, seg = strings.TrimRight(rest[:n[0]], "，,、 "), rest[n[0]:]
				}
				role = next
			} else {
				seg = ""
			}
			if m == nil && otherRe.MatchString(list) {
				role = ""
				continue // 适用范围:…
			}
			p.readList(&r, list, role)
		}
	}
	return r
}

// readList reads one list. A verb gives its role to the bodies since the verb
// before; a label gives its role to those without a verb.
func (p *parser) readList(r *reading, s string, role Role) {
	pieces, seps := splitTop(s, "、，,﹑")
	pieces, seps = p.mergeCollective(pieces, seps)
	var pending []body
	prefix := ""
	verb := false
	for i, piece := range pieces {
		if seps[i] == '，' || seps[i] == ',' {
			prefix = "" // what follows a comma has its own name
		}
		piece = strings.TrimFunc(piece, isSpace)
		name, verbRole, ok := cutVerb(piece)
		for _, part := range p.splitAnd(cleanBody(name)) {
			for _, name := range p.unglue(part) {
				var b body
				b, prefix = p.readBody(name, prefix)
				if hasWords(b.written) {
					pending = append(pending, b)
				}
			}
		}
		if ok {
			verb, r.verb = true, true
			for _, b := range pending {
				b.role = verbRole
				r.bodies = append(r.bodies, b)
			}
			pending = nil
		}
	}
	for _, b := range pending {
		b.role = role
		if role == "" {
			b.role = Responsible
			if verb {
				b.role, r.leftover = Joint, true
			}
		}
		r.bodies = append(r.bodies, b)
	}
}

// isSpace reports whether r is blank or ends a line.
func isSpace(r rune) bool { return r == '\n' || isBlank(r) }

// cleanBody drops what stands around the name of a body in a list.
func cleanBody(s string) string {
	s = strings.TrimFunc(s, isSpace)
	for _, w := range []string{"由", "请", "具体由", "原则上由", "会同", "联合", "以及", "及", "和"} {
		s = strings.TrimPrefix(s, w)
	}
	s = strings.TrimRight(s, "。.；;：: ")
	if cut := openListRe.ReplaceAllString(s, ""); cut != s && strings.Contains(s, "等") {
		s = cut
	}
	return strings.TrimFunc(s, isSpace)
}

// mergeCollective joins the pieces of 各市、县〔区〕人民政府 and 各省、自治区、直辖市人民政府,
// which a list separator cuts.
func (p *parser) mergeCollective(pieces []string, seps []rune) ([]string, []rune) {
	var out []string
	var outSeps []rune
	for i := 0; i < len(pieces); i++ {
		s := strings.TrimFunc(pieces[i], isBlank)
		if strings.HasPrefix(s, "各") && utf8.RuneCountInString(s) <= 8 && !strings.HasSuffix(s, "政府") && !strings.HasSuffix(s, "部门") {
			for j := i + 1; j < len(pieces) && j <= i+3; j++ {
				next := strings.TrimFunc(pieces[j], isBlank)
				if name, _, _ := cutVerb(next); startsWithLevel(next) && strings.HasSuffix(strings.TrimSuffix(name, "等"), "政府") {
					joined := s
					for k := i + 1; k <= j; k++ {
						joined += string(seps[k]) + strings.TrimFunc(pieces[k], isBlank)
					}
					s, i = joined, j
					break
				} else if !startsWithLevel(next) {
					break
				}
			}
			// Collective bodies have names of their own, as those after a comma.
			out, outSeps = append(out, s), append(outSeps, '，')
			continue
		}
		out, outSeps = append(out, pieces[i]), append(outSeps, seps[i])
	}
	return out, outSeps
}

func startsWithLevel(s string) bool {
	for _, w := range []string{"县", "区", "市", "自治", "直辖市", "旗", "乡", "镇", "州"} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// splitAnd cuts 商务局和财政局 if both halves are known bodies.
func (p *parser) splitAnd(s string) []string {
	if f, ok := p.reg.find(s); ok && !hasAny(f.place, []string{"部门", "局", "厅", "政府"}) || !ok && p.placed(s) {
		return []string{s}
	}
	for _, w := range []string{"会同", "以及", "和", "及", "与"} {
		for i := strings.Index(s, w); i > 0; {
			a, b := s[:i], s[i+len(w):]
			if p.isBody(a) && p.isBody(b) {
				return append(p.splitAnd(a), p.splitAnd(b)...)
			}
			j := strings.Index(s[i+len(w):], w)
			if j < 0 {
				break
			}
			i += len(w) + j
		}
	}
	return []string{s}
}

// unglue cuts two names between which the separator is missing: 区财政局区商务局.
func (p *parser) unglue(s string) []string {
	const shortest = 8 // characters of two names
	if utf8.RuneCountInString(s) < shortest {
		return []string{s}
	}
	for i, r := range s {
		a, b := s[:i], s[i:]
		if i == 0 || !strings.ContainsRune("省市区县", r) || !hasAnyPrefix(s, []string{string(r)}) {
			continue
		}
		if f, ok := p.reg.find(b); ok && f.place == string(r) && utf8.RuneCountInString(a) > shortest/2 && !hasAny(a, joiners) && !strings.Contains(a, "各") && (p.isBody(a) || p.reg.bodyLike(a)) {
			return []string{a, b}
		}
	}
	return []string{s}
}

func (p *parser) placed(s string) bool {
	_, ok := p.reg.find(strings.TrimPrefix(s, p.doc.Region))
	return ok && s != p.doc.Region
}

func (p *parser) isBody(s string) bool {
	_, ok := p.reg.find(s)
	return ok || p.placed(s)
}

// readBody reads one name and returns the prefix that it gives to the names after it.
func (p *parser) readBody(s, prefix string) (body, string) {
	if s == "" {
		return body{}, prefix
	}
	f, ok := p.reg.find(s)
	if !ok {
		// 市交通委(市道运局): a second name in brackets
		if i := strings.IndexAny(s, "（(〔["); i > 0 && p.isBody(s[:i]) {
			s = s[:i]
			f, ok = p.reg.find(s)
		}
	}
	if !ok || p.reg.kinds[f.kind].Own {
		return body{written: s, prefix: prefix}, prefix
	}
	if f.place == "" {
		return body{written: s, prefix: prefix}, prefix
	}
	if isCollective(f.place) || f.wild {
		return body{written: s}, prefix
	}
	return body{written: s}, f.place
}
