package bot

import (
	"regexp"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// documentNumber takes apart the number of a document: who issued it, year, number.
var documentNumber = regexp.MustCompile(`^(.*)[〔\[(（]([0-9]{4})[〕\])）]([0-9]+)号$`)

// numbers finds the numbers of documents as people write them, whole or in part:
// 清府办函〔2024〕24号, 24号文, 清府办函24号, 清府办函. All text is normalised.
type numbers struct {
	of      map[string][][2]string // number → the issuers and years of the documents that have it
	issuers *corpus.Lexicon
}

func numbersOf(a index.Analyzer, docs []*corpus.Document) *numbers {
	n := &numbers{of: map[string][][2]string{}, issuers: corpus.ParseList("", "")}
	for _, d := range docs {
		m := documentNumber.FindStringSubmatch(d.Number)
		if m == nil {
			continue
		}
		issuer := a.Normalize(m[1])
		if of := [2]string{issuer, m[2]}; !slices.Contains(n.of[m[3]], of) {
			n.of[m[3]] = append(n.of[m[3]], of)
		}
		if issuer != "" {
			n.issuers.Add(issuer, issuer)
		}
	}
	return n
}

// written is the part of a number that nobody leaves out.
var written = regexp.MustCompile(`([0-9]+)号(?:文件|文)?`)

// find returns the spans of text that name documents by number, in order.
func (n *numbers) find(text string) [][]int {
	var out [][]int
	for _, m := range written.FindAllStringSubmatchIndex(text, -1) {
		of := n.of[text[m[2]:m[3]]]
		if len(of) == 0 {
			continue
		}
		start := m[0]
		for _, d := range of {
			start = min(start, len(beforeNumber(text[:m[0]], d[0], d[1])))
		}
		out = append(out, []int{start, m[1]})
	}
	for _, f := range n.issuers.Find(text) {
		if !slices.ContainsFunc(out, func(o []int) bool { return f.Start < o[1] && o[0] < f.End }) {
			out = append(out, []int{f.Start, f.End})
		}
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}

// beforeNumber returns the text without what stands at its end of issuer, year and the
// signs between them.
func beforeNumber(text, issuer, year string) string {
	text = strings.TrimSuffix(text, "第")
	text = strings.TrimSuffix(text, "年")
	text = strings.TrimSuffix(text, ")")
	text = strings.TrimSuffix(text, year)
	text = strings.TrimSuffix(text, "(")
	return strings.TrimSuffix(text, issuer)
}
