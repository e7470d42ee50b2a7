package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mark is a place in a clause that says who is responsible: with its brackets if
// it has any.
type mark struct {
	start, end int    // byte offsets into the clause
	content    string // without the brackets
	labelled   bool
	unclosed   bool
}

const (
	openers = "（([［〔【"
	closers = "）)]］〕】"
)

// labelRole says what the label in front of a list means.
var labelRole = map[string]Role{
	"责任": Responsible, "负责": Responsible, "主责": Responsible, "落实": Responsible, "实施": Responsible, "承办": Responsible, "主办": Lead, "主管": Responsible, "完成": Responsible,
	"牵头": Lead, "牵头责任": Lead, "责任牵头": Lead, "总牵头": Lead, "牵头负责": Lead, "第一责任": Lead,
	"配合": Joint, "协办": Joint, "协助": Joint, "协同": Joint, "配合责任": Joint, "责任配合": Joint, "支持": Joint, "会办": Joint,
	"参与": Participate, "参加": Participate, "指导": Guide, "督导": Guide, "业务指导": Guide,
}

var (
	labelRe = regexp.MustCompile(`((?:总|第一|业务)?(?:牵头责任|责任牵头|牵头负责|配合责任|责任配合|责任|负责|主责|落实|实施|承办|主办|主管|完成|牵头|配合|协办|协助|协同|支持|会办|参与|参加|指导|督导))(单位|部门|处室|科室|主体)?\s*[:：]`)
	// A line, or the end of a paragraph, without brackets: 责任单位：省工信厅、财政厅.
	bareRe = regexp.MustCompile(`(?:^|[。；;\s])((?:牵头|责任|负责|主责|配合)(?:单位|部门)\s*[:：]\s*[^。\n]*)`)
)

// isMarkLine reports whether a line says only who is responsible.
func isMarkLine(s string) bool {
	if !hasColon(s) {
		return false
	}
	if m := bareRe.FindStringIndex(s); m != nil && m[0] == 0 {
		return true
	}
	groups := bracketGroups(s)
	return len(groups) == 1 && groups[0].start == 0 && groups[0].end == len(s) && startsWithLabel(groups[0].content)
}

// startsLabelled reports whether s has a mark with a label.
func startsLabelled(s string) bool {
	return slices.ContainsFunc(candidateMarks(s), func(m mark) bool { return m.labelled })
}

func hasColon(s string) bool { return strings.Contains(s, "：") || strings.Contains(s, ":") }

// bareMarks returns where bareRe matches. Most texts have no such label, and the
// expression is slow.
func bareMarks(s string) [][]int {
	if !strings.Contains(s, "单位") && !strings.Contains(s, "部门") || !hasColon(s) {
		return nil
	}
	return bareRe.FindAllStringSubmatchIndex(s, -1)
}

func startsWithLabel(s string) bool {
	if !hasColon(s) {
		return false
	}
	m := labelRe.FindStringIndex(s)
	return m != nil && strings.TrimFunc(s[:m[0]], isBlank) == ""
}

// bracketGroups returns the outermost bracket groups of s. Brackets nest, 各县(市、
// 区)政府 within a mark, and half- and full-width ones close each other. A group
// that is never closed counts only if it begins with a label; it ends with its line.
func bracketGroups(s string) []mark {
	var out []mark
	depth, start, at := 0, 0, 0
	strays := 0
	const mostStrays = 50 // brackets that are never closed; more are no text
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case strings.ContainsRune(openers, r):
			if depth == 0 {
				start, at = i, i+size
			}
			depth++
		case depth > 0 && strings.ContainsRune(closers, r):
			if depth--; depth == 0 {
				out = append(out, mark{start: start, end: i + size, content: s[at:i]})
			}
		}
		i += size
		if i < len(s) && s[i] != '\n' || depth == 0 {
			continue
		}
		// The line ends within a bracket.
		if startsWithLabel(s[at:i]) {
			out = append(out, mark{start: start, end: i, content: s[at:i], unclosed: true})
		} else if strays++; strays <= mostStrays {
			i = at // perhaps a mark stands after the stray bracket
		}
		depth = 0
	}
	return out
}

// marksOf returns what in s may be marks: bracket groups and labelled lists
// without brackets. Only those with a label are certain.
func marksOf(s string) []mark {
	var out []mark
	for _, g := range bracketGroups(s) {
		if startsWithLabel(g.content) {
			g.labelled = true
			out = append(out, g)
		} else if _, ok := verbEnd(g.content); ok {
			out = append(out, g)
		}
	}
	return out
}

// candidateMarks returns all groups of s, labelled or not, in order.
func candidateMarks(s string) []mark {
	groups := bracketGroups(s)
	var bare []mark
	for _, m := range bareMarks(s) {
		b := mark{start: m[2], end: m[3], content: s[m[2]:m[3]], labelled: true}
		if !slices.ContainsFunc(groups, func(g mark) bool { return g.start < b.start && b.start < g.end }) {
			bare = append(bare, b)
		}
	}
	out := bare
	for _, g := range groups {
		if slices.ContainsFunc(bare, func(b mark) bool { return b.start <= g.start && g.start < b.end }) {
			continue // brackets within the list
		}
		g.labelled = startsWithLabel(g.content)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b mark) int { return a.start - b.start })
	return out
}

// verbs stand at the end of a list: …按职责分工负责, …牵头负责, …等配合. A verb stands
// behind those that end with it.
var verbs = []struct {
	word string
	role Role
}{
	{"牵头组织实施", Lead}, {"牵头组织", Lead}, {"牵头落实", Lead}, {"牵头实施", Lead}, {"牵头推进", Lead}, {"牵头负责", Lead}, {"负责牵头", Lead}, {"牵头", Lead},
	{"负责组织实施", Responsible}, {"负责落实", Responsible}, {"负责实施", Responsible}, {"负责推进", Responsible},
	{"配合落实", Joint}, {"协助配合", Joint}, {"组织实施", Responsible}, {"组织落实", Responsible},
	{"负责", Responsible}, {"落实", Responsible}, {"实施", Responsible},
	{"配合", Joint}, {"协助", Joint}, {"协办", Joint}, {"参与", Participate}, {"参加", Participate}, {"指导", Guide}, {"督导", Guide},
}

// adverbs stand in front of a verb and say nothing about who.
var adverbs = []string{
	"按职责分工", "按照职责分工", "按各自职责分工", "按照各自职责分工", "按各自的职责分工", "按照各自的职责分工", "按职责", "按照职责", "按各自职责", "按照各自职责",
	"按各自的职责", "按照各自的职责", "按责任分工", "按照责任分工", "按职能分工", "按照职能分工", "按职能", "按照职能", "按各自职能", "按照各自职能", "按分工", "按照分工", "按各自分工",
	"根据职责分工", "根据职责", "根据各自职责", "根据各自职责分工", "依职责", "依据职责", "依职责分工", "依据职责分工", "依据各自职责",
	"按", "按照", "分别", "共同", "联合", "具体", "统筹", "协同", "积极", "要",
}

// cutAdverbs takes the adverbs off the end of s.
func cutAdverbs(s string, adverbs []string) string {
	for cut := true; cut; {
		cut = false
		for _, w := range adverbs {
			if before, ok := strings.CutSuffix(s, w); ok {
				s, cut = before, true
				break
			}
		}
	}
	return s
}

// verbEnd returns the role that the verb at the end of s gives.
func verbEnd(s string) (Role, bool) {
	_, role, ok := cutVerb(strings.TrimRight(strings.TrimFunc(s, isBlank), "。.；;"))
	return role, ok
}

// cutVerb takes the verb off the end of a list.
func cutVerb(s string) (before string, role Role, ok bool) {
	for _, v := range verbs {
		if before, ok = strings.CutSuffix(s, v.word); ok {
			if before = cutAdverbs(before, adverbs); strings.HasSuffix(before, "不") {
				return s, "", false
			}
			return before, v.role, true
		}
	}
	return s, "", false
}

// splitTop cuts s at the runes of seps that stand outside brackets and returns the
// pieces with the separator that stood in front of each, 0 for the first.
func splitTop(s, seps string) (pieces []string, before []rune) {
	depth, from := 0, 0
	var sep rune
	for i, r := range s {
		switch {
		case strings.ContainsRune(openers, r):
			depth++
		case strings.ContainsRune(closers, r):
			depth = max(0, depth-1)
		case depth == 0 && strings.ContainsRune(seps, r):
			pieces, before = append(pieces, s[from:i]), append(before, sep)
			sep, from = r, i+utf8.RuneLen(r)
		}
	}
	return append(pieces, s[from:]), append(before, sep)
}
