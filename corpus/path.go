package corpus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Level is the kind of one Step of a Path. Levels are numbered from the outermost
// to the innermost.
type Level uint8

// The levels. A chapter, like a part that encloses articles, is left out of the
// path of an article, because the number of an article is unique in its law: what
// stands in 第三章 as 第十二条 has the path 第十二条, and the chapter is only one
// of its Headings. A chapter without articles does stand in the path.
const (
	LevelNotice    Level = 1 + iota // 通知, the notice in front of an annexed plan; without number
	LevelAnnex                      // 附件1
	LevelPortion                    // 第一部分
	LevelBook                       // 第一编
	LevelChapter                    // 第一章
	LevelDivision                   // 第一节
	LevelPart                       // 一、
	LevelArticle                    // 第十条, 第十条之一
	LevelSection                    // (一); within an article 第(一)项
	LevelPoint                      // 1.; within an article 第1目
	LevelSubpoint                   // (1)
	LevelParagraph                  // 第1段; within an article 第一款
)

// A Step is one level of a Path with its number.
type Step struct {
	Level Level
	Num   int // 1-based; 0 for a level that has no number
	Sub   int // 之N, as in 第十条之一; 0 if none
}

// A Path says where in its document a clause stands, from the outermost step to
// the innermost.
type Path []Step

// inArticle reports whether a step before the i-th is an article: paragraphs and
// items have other names there.
func (p Path) inArticle(i int) bool {
	for _, s := range p[:i] {
		if s.Level == LevelArticle {
			return true
		}
	}
	return false
}

// String prints the path as officials cite it: 二、(六)第1段, 通知第1段,
// 第十二条第二款第(三)项, 第十条之一, 附件1:一、第2段. Brackets are half width.
func (p Path) String() string { return string(p.appendTo(nil)) }

// appendTo is String onto the end of b.
func (p Path) appendTo(b []byte) []byte {
	inArticle := false
	for i, s := range p {
		if i > 0 && p[i-1].Level == LevelAnnex {
			b = append(b, ':') // 附件1 followed by 1. would read as 附件11.
		}
		b = s.appendTo(b, inArticle)
		inArticle = inArticle || s.Level == LevelArticle
	}
	return b
}

// A notation is what stands around the number of a step.
type notation struct {
	before, after string
	arabic        bool // digits are
	sub           bool // 之N may follow
}

// notations are those of each level, and inArticles those that differ in an article.
var (
	notations = [...]notation{
		LevelAnnex:     {before: "附件", arabic: true},
		LevelPortion:   {before: "第", after: "部分", sub: true},
		LevelBook:      {before: "第", after: "编", sub: true},
		LevelChapter:   {before: "第", after: "章", sub: true},
		LevelDivision:  {before: "第", after: "节", sub: true},
		LevelPart:      {after: "、"},
		LevelArticle:   {before: "第", after: "条", sub: true},
		LevelSection:   {before: "(", after: ")"},
		LevelPoint:     {after: ".", arabic: true},
		LevelSubpoint:  {before: "(", after: ")", arabic: true},
		LevelParagraph: {before: "第", after: "段", arabic: true},
	}
	inArticles = [len(notations)]notation{
		LevelSection:   {before: "第(", after: ")项"},
		LevelPoint:     {before: "第", after: "目", arabic: true},
		LevelParagraph: {before: "第", after: "款"},
	}
)

// appendTo prints a step onto the end of b.
func (s Step) appendTo(b []byte, inArticle bool) []byte {
	switch {
	case s.Level == LevelNotice:
		return append(b, "通知"...)
	case s.Level == 0 || int(s.Level) >= len(notations):
		return b // there is no such level
	}
	n := notations[s.Level]
	if other := inArticles[s.Level]; inArticle && other != (notation{}) {
		n = other
	}
	b = append(b, n.before...)
	switch {
	case s.Level == LevelAnnex && s.Num == 0: // the only one
	case n.arabic:
		b = strconv.AppendInt(b, int64(s.Num), 10)
	default:
		b = appendHan(b, s.Num)
	}
	b = append(b, n.after...)
	if s.Sub > 0 && n.sub {
		b = appendHan(append(b, "之"...), s.Sub)
	}
	return b
}

// Clause returns the printed path without the paragraph at its end: 二、(六).
func (p Path) Clause() string {
	if n := len(p); n > 0 && p[n-1].Level == LevelParagraph {
		return p[:n-1].String()
	}
	return p.String()
}

// Paragraph returns the 1-based number of the paragraph (段, in an article 款) at
// the end of the path, or 1 if the path does not end with one.
func (p Path) Paragraph() int {
	if n := len(p); n > 0 && p[n-1].Level == LevelParagraph {
		return p[n-1].Num
	}
	return 1
}

// Equal reports whether p and q name the same clause.
func (p Path) Equal(q Path) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

var errPath = errors.New("write it as 二、(六)第1段, 第十二条第二款第(三)项 or 通知第1段")

// ParsePath reads a printed path. It accepts full-width brackets and digits,
// blanks, a missing 、 or 第, Chinese as well as Arabic numbers, and a path without
// paragraph. ParsePath(p.String()) gives p back for every p that Parse makes. The
// error names the place that was not understood.
func ParsePath(s string) (Path, error) {
	in := foldPath(s)
	var p Path
	for rest := in; rest != ""; {
		step, size := scanStep(rest, len(p) == 0, p.inArticle(len(p)))
		// Only paragraphs outside of articles, 第10000段, are numbered that high.
		tooHigh := step.Sub > maxHan || step.Num > maxHan && (step.Level != LevelParagraph || p.inArticle(len(p)))
		if size == 0 || tooHigh {
			return nil, fmt.Errorf("corpus: path %q: cannot read %q: %w", s, rest, errPath)
		}
		p = append(p, step)
		rest = rest[size:]
	}
	if len(p) == 0 {
		return nil, fmt.Errorf("corpus: path %q is empty: %w", s, errPath)
	}
	return p, nil
}

// foldPath drops blanks and separators that people put between steps, and makes
// brackets half width.
func foldPath(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '（', '〔', '［', '[':
			r = '('
		case '）', '〕', '］', ']':
			r = ')'
		case '．':
			r = '.'
		case '：', '·', '/', ',', '，':
			r = ':'
		}
		if !isBlank(r) && r != '\n' {
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), ":")
}

// unitLevels are the levels written 第…X.
var unitLevels = []struct {
	unit  string
	level Level
}{
	{"部分", LevelPortion}, {"编", LevelBook}, {"章", LevelChapter}, {"节", LevelDivision}, {"条", LevelArticle},
	{"款", LevelParagraph}, {"段", LevelParagraph}, {"自然段", LevelParagraph}, {"项", LevelSection}, {"目", LevelPoint},
}

// scanStep reads one step at the start of s, which foldPath has made, and returns
// the bytes it took, or 0.
func scanStep(s string, first, inArticle bool) (Step, int) {
	skip := 0
	for strings.HasPrefix(s[skip:], ":") {
		skip++
	}
	body := s[skip:]
	switch {
	case first && strings.HasPrefix(body, "通知"):
		return Step{Level: LevelNotice}, skip + len("通知")
	case strings.HasPrefix(body, "附件"):
		n, size := scanArabicOrHan(body[len("附件"):])
		return Step{Level: LevelAnnex, Num: n}, skip + len("附件") + size
	case strings.HasPrefix(body, "第"):
		step, size := scanUnit(body)
		return step, plus(skip, size)
	case strings.HasPrefix(body, "("):
		step, size := scanBracket(body)
		return step, plus(skip, size)
	}
	n, size := scanArabic(body)
	if size > 0 {
		after := body[size:]
		for _, mark := range []string{".", "、"} {
			if strings.HasPrefix(after, mark) {
				return Step{Level: LevelPoint, Num: n}, skip + size + len(mark)
			}
		}
		return Step{}, 0
	}
	if n, size = scanHan(body); size == 0 {
		return Step{}, 0
	}
	after := body[size:]
	for _, mark := range []string{"、", ".", ":"} {
		if strings.HasPrefix(after, mark) {
			return Step{Level: LevelPart, Num: n}, skip + size + len(mark)
		}
	}
	if inArticle || after != "" && after[0] != '(' && !strings.HasPrefix(after, "第") {
		return Step{}, 0
	}
	return Step{Level: LevelPart, Num: n}, skip + size // 二(六), as people type it
}

func plus(skip, size int) int {
	if size == 0 {
		return 0
	}
	return skip + size
}

// scanArabicOrHan reads the number of an annex. A Chinese number that begins the
// next step (附件一、) is not that of the annex.
func scanArabicOrHan(s string) (int, int) {
	if n, size := scanArabic(s); size > 0 {
		if after := s[size:]; strings.HasPrefix(after, ".") || strings.HasPrefix(after, "、") {
			return 0, 0
		}
		return n, size
	}
	n, size := scanHan(s)
	if size == 0 || size < len(s) && s[size] != ':' {
		return 0, 0
	}
	return n, size
}

// scanUnit reads 第十条之一, 第(三)项, 第1段 and the like.
func scanUnit(s string) (Step, int) {
	at := len("第")
	bracket := strings.HasPrefix(s[at:], "(")
	if bracket {
		at++
	}
	n, size := scanNumeral(s[at:])
	if size == 0 {
		return Step{}, 0
	}
	at += size
	if bracket {
		if !strings.HasPrefix(s[at:], ")") {
			return Step{}, 0
		}
		at++
	}
	for _, u := range unitLevels {
		if !strings.HasPrefix(s[at:], u.unit) {
			continue
		}
		at += len(u.unit)
		step := Step{Level: u.level, Num: n}
		if u.level != LevelParagraph && u.level != LevelSection && u.level != LevelPoint {
			if sub, size := scanSub(s[at:]); size > 0 {
				step.Sub = sub
				at += size
			}
		}
		return step, at
	}
	return Step{}, 0
}

// scanSub reads 之一.
func scanSub(s string) (int, int) {
	if !strings.HasPrefix(s, "之") {
		return 0, 0
	}
	n, size := scanNumeral(s[len("之"):])
	if size == 0 {
		return 0, 0
	}
	return n, len("之") + size
}

// scanBracket reads (一) or (1).
func scanBracket(s string) (Step, int) {
	level := LevelSubpoint
	n, size := scanArabic(s[1:])
	if size == 0 {
		level = LevelSection
		n, size = scanHan(s[1:])
	}
	if size == 0 || !strings.HasPrefix(s[1+size:], ")") {
		return Step{}, 0
	}
	return Step{Level: level, Num: n}, 1 + size + 1
}
