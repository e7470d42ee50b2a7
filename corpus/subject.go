package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// openEndRe is the end of a list that names some of many: …等有关部门.
var openEndRe = regexp.MustCompile(`等?等(?:[0-9一二三四五六七八九十]+[个家])?(?:本级|同级|各级|市级|区级|县级)?(?:政府|其他)?(?:各|有关|相关)?(?:职能|行政|主管)*(?:部门和单位|单位和部门|部门|单位|机构|机关)?$`)

// openEndIn returns where the first 等部门 of s ends, or 0.
func openEndIn(s string) int {
	for _, end := range []string{"等部门", "等有关部门", "等相关部门", "等单位", "等有关单位", "等职能部门"} {
		if i := strings.Index(s, end); i > 0 {
			return i + len(end)
		}
	}
	return 0
}

// specific reports whether s names a particular body that the register knows.
func (p *parser) specific(s string) bool {
	f, ok := p.reg.find(s)
	if !ok {
		return p.placed(s)
	}
	if hasAny(f.place, noPlaceWords) || isLevel(strings.TrimPrefix(f.place, firstRune(f.place))) && strings.ContainsAny(f.place, "如若凡对经除因当按据向即则且并") {
		return false // 如市某局 is no name, but there are counties that begin so
	}
	k := p.reg.kinds[f.kind]
	if k.Generic {
		return f.place != "" && strings.HasSuffix(s, "政府") && p.reg.isPlace(f.place, false)
	}
	return !k.Own || !hasAny(f.place, joiners)
}

// noPlaceWords show that what stands before a name is no place but a sentence.
var noPlaceWords = []string{"由", "《", "》", "“", "建立", "成立", "有关部门", "的", "会同", "负责", "局", "厅", "部门", "会议", "向", "委托", "是"}

// joiners join the last two bodies of a list.
var joiners = []string{"以及", "和", "及", "与"}

// unknownBody reports whether s looks like the name of a public body that the
// register does not know: it begins with a level and ends as bodies do.
func (p *parser) unknownBody(s string) bool {
	if !p.reg.bodyLike(s) || utf8.RuneCountInString(s) < 4 || hasAny(s, noNameWords) || strings.Contains(strings.TrimSuffix(s, "部门"), "部门") || hasAny(s, joiners) {
		return false
	}
	return hasAnyPrefix(s, levels) || p.doc.Region != "" && strings.HasPrefix(s, p.doc.Region)
}

// noNameWords stand in no name of a public body.
var noNameWords = []string{"有关", "相关", "企业", "公司", "用人单位", "其他", "是", "应", "要", "由", "可", "对", "将", "经", "负责", "并", "向", "在", "所属", "各类", "委托", "(", "（"}

// levels are the words for levels of government at the start of a name.
var levels = []string{"市", "区", "县", "省", "镇", "州", "旗", "各区", "各县", "各市", "各镇", "国家"}

// subjects reads a list of bodies as running text names them: 市、区教育、公安、民政等部门.
// It returns false unless every part of the list is a body.
func (p *parser) subjects(list string) ([]body, bool) {
	list = strings.TrimFunc(list, isBlank)
	const longest = 600 // bytes
	if list == "" || len(list) > longest || !strings.ContainsAny(list, "局部委厅办院会署处关行府门位社联心司室区县市团机") || strings.Contains(list, "《") {
		return nil, false
	}
	short := openEndRe.ReplaceAllString(list, "")
	departments := short != list && (strings.HasSuffix(list, "部门") || strings.HasSuffix(list, "单位") || strings.HasSuffix(list, "机关") || strings.HasSuffix(list, "机构"))
	for _, end := range departmentEnds {
		departments = departments || strings.HasSuffix(list, end)
	}
	tokens, _ := splitTop(short, "、")
	var out []body
	l := &subjectList{p: p, list: list, departments: departments}
	for k, t := range tokens {
		t = strings.TrimFunc(t, isBlank)
		if !l.token(t, k+1 < len(tokens)) {
			return nil, false
		}
	}
	out = l.bodies
	if len(l.pending) > 0 || len(out) == 0 {
		return nil, false
	}
	return out, true
}

// subjectList collects the bodies of one list.
type subjectList struct {
	p           *parser
	list        string
	departments bool     // the list ends with 部门, which each of its topics lacks
	pending     []string // levels that wait for a name: 市、区教育部门
	levels      []string // levels of the names that follow
	bodies      []body
}

// token reads one part of a list.
func (l *subjectList) token(t string, more bool) bool {
	if t == "" {
		return false
	}
	if more && isLevel(t) {
		l.pending = append(l.pending, t)
		return true
	}
	for _, part := range l.split(t) {
		if base := withoutAlias(part); base != part && !l.resolves(part) && l.resolves(base) {
			before := len(l.bodies)
			if !l.name(base) {
				return false
			}
			if n := len(l.bodies); n > before && l.bodies[n-1].as == "" { // else it is a level: 街道(镇)
				l.bodies[n-1].as = part // 镇人民政府(街道办事处)
			}
			continue
		}
		if !l.name(part) {
			return false
		}
	}
	return true
}

// split cuts 民政局和财政局.
func (l *subjectList) split(t string) []string {
	if l.resolves(t) {
		return []string{t}
	}
	for _, w := range joiners {
		for i := strings.Index(t, w); i > 0; {
			a, b := t[:i], t[i+len(w):]
			if (l.resolves(a) || isLevel(a)) && l.resolves(b) {
				return []string{a, b}
			}
			if level := levelOf(a); level != "" && l.resolves(a) && l.p.unknownBody(level+b) {
				return []string{a, level + b} // 市民政部门以及养老服务指导单位
			}
			j := strings.Index(t[i+len(w):], w)
			if j < 0 {
				break
			}
			i += len(w) + j
		}
	}
	return []string{t}
}

func (l *subjectList) resolves(t string) bool {
	return l.p.specific(t) || l.departments && l.p.specific(t+"部门") || l.p.unknownBody(t)
}

// withoutAlias drops the other name in brackets at the end of a name.
func withoutAlias(s string) string {
	if !strings.HasSuffix(s, ")") && !strings.HasSuffix(s, "）") {
		return s
	}
	if i := strings.IndexAny(s, "(（"); i > 0 {
		return s[:i]
	}
	return s
}

// levelOf returns the level with which a name begins, or "".
func levelOf(name string) string {
	if _, size := utf8.DecodeRuneInString(name); isLevel(name[:size]) {
		return name[:size]
	}
	return ""
}

func isLevel(s string) bool {
	switch s {
	case "省", "市", "区", "县", "州", "旗", "镇", "乡", "各区", "各县", "各市", "自治区", "各县区", "街道":
		return true
	}
	return false
}

// name enters one name, once for each level that waits for it.
func (l *subjectList) name(t string) bool {
	if isLevel(t) {
		l.pending = append(l.pending, t)
		return true
	}
	written := t
	if !l.p.specific(t) {
		switch {
		case l.departments && l.p.specific(t+"部门"):
			written = t + "部门"
		case !l.p.unknownBody(t):
			return false
		}
	}
	f, known := l.p.reg.find(written)
	if !known || f.place == "" || len(l.pending) == 0 {
		if len(l.pending) > 0 {
			rest := strings.TrimLeft(t, "镇乡区县市")
			if rest != "人民政府" && rest != "政府" {
				return false
			}
			for _, level := range l.pending { // 区、镇人民政府
				as := t
				if whole := level + "、" + t; strings.Contains(l.list, whole) {
					as = whole
				}
				l.bodies = append(l.bodies, body{written: level + rest, as: as})
			}
			l.pending = nil
		}
		if known && f.place == "" && len(l.levels) > 0 && !l.p.reg.kinds[f.kind].Own && !isNational(f.full) {
			for _, level := range l.levels {
				l.bodies = append(l.bodies, body{written: level + written, as: t})
			}
			return true
		}
		b := body{written: written}
		if written != t {
			b.as = t
		}
		if !strings.Contains(l.list, t) { // the level was supplied
			b.as = strings.TrimPrefix(t, levelOf(t))
		}
		l.bodies = append(l.bodies, b)
		l.levels = nil
		if known && f.place != "" && !isCollective(f.place) && (isLevel(f.place) || slices.Contains(l.p.reg.national, f.place)) {
			l.levels = []string{f.place}
		}
		return true
	}
	rest := strings.TrimPrefix(written, f.place)
	if whole := strings.Join(l.pending, "、") + "、" + t; strings.Contains(l.list, whole) {
		t = whole
	}
	l.levels = nil
	for _, level := range append(l.pending, f.place) {
		l.levels = append(l.levels, level)
		l.bodies = append(l.bodies, body{written: level + rest, as: t})
	}
	l.pending = nil
	return true
}
