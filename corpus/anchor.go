package corpus

import (
	"fmt"
	"strconv"
	"strings"
)

// anchorNames are the levels as anchors spell them out.
var anchorNames = map[Level]string{
	LevelNotice: "notice", LevelAnnex: "annex", LevelPortion: "portion", LevelBook: "book", LevelChapter: "chapter",
	LevelDivision: "division", LevelPart: "part", LevelArticle: "article", LevelSection: "item", LevelPoint: "point",
	LevelSubpoint: "subpoint", LevelParagraph: "para",
}

// usualLevel is the level that an anchor does not spell out: a paragraph at the end,
// and before it the next level within the one before.
func usualLevel(before Path, last bool) Level {
	if last {
		return LevelParagraph
	}
	if len(before) == 0 {
		return LevelPart
	}
	switch before[len(before)-1].Level {
	case LevelPart:
		return LevelSection
	case LevelSection:
		return LevelPoint
	case LevelPoint:
		return LevelSubpoint
	case LevelArticle:
		return LevelParagraph
	case LevelParagraph:
		return LevelSection
	}
	return LevelPart
}

// Anchor prints the path for the fragment of a URL, in ASCII, stable and one to one:
// 2.6.1 for 二、(六)第1段, notice.1 for 通知第1段, article12.2.item3 for
// 第十二条第二款第(三)项, article10-1 for 第十条之一.
func (p Path) Anchor() string {
	var b strings.Builder
	for i, s := range p {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.Level != usualLevel(p[:i], i == len(p)-1) {
			b.WriteString(anchorNames[s.Level])
		}
		if s.Num != 0 || s.Level == usualLevel(p[:i], i == len(p)-1) {
			b.WriteString(strconv.Itoa(s.Num))
		}
		if s.Sub != 0 {
			b.WriteString("-" + strconv.Itoa(s.Sub))
		}
	}
	return b.String()
}

// ParseAnchor is the inverse of Path.Anchor.
func ParseAnchor(s string) (Path, error) {
	parts := strings.Split(s, ".")
	var p Path
	for i, part := range parts {
		step := Step{Level: usualLevel(p, i == len(parts)-1)}
		name := strings.TrimRight(part, "0123456789-")
		if name != "" {
			step.Level = 0
			for l, n := range anchorNames {
				if n == name {
					step.Level = l
				}
			}
		}
		num, sub, hasSub := strings.Cut(part[len(name):], "-")
		var err error
		if num != "" {
			step.Num, err = strconv.Atoi(num)
		}
		if hasSub && err == nil {
			step.Sub, err = strconv.Atoi(sub)
		}
		if step.Level == 0 || err != nil || len(p) > 32 {
			return nil, fmt.Errorf("corpus: anchor %q: cannot read %q; write it as 2.6.1, notice.1 or article12.2", s, part)
		}
		p = append(p, step)
	}
	if p.Anchor() != s { // 02.6.1
		return nil, fmt.Errorf("corpus: anchor %q is not as Path.Anchor prints it: %q", s, p.Anchor())
	}
	return p, nil
}
