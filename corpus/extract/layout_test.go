package extract_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus/extract"
)

// TestLayoutTraps holds how lines of pages become paragraphs, in OFD, whose lines
// stand exactly where the test puts them.
func TestLayoutTraps(t *testing.T) {
	full := strings.Repeat("支持小微企业平稳发展", 3)[:3*28] // 28 characters
	head := strings.Repeat("支持小微企业平稳发展", 3)[:3*26] // 26, after an indent of 2
	other := strings.Repeat("企业", 14)
	line := func(text string, x, y float64) set { return set{text: text, x: x, y: 1.8 * y} }
	number := func(s string) set { return line(s, 13, 24) }
	for name, c := range map[string]struct {
		pages [][]set
		want  []string
	}{
		"a paragraph over two pages, page numbers between": {
			[][]set{{line(head, 2, 0), line(full, 0, 1), number("— 1 —")}, {line(full, 0, 0), line("发展。", 0, 1), line(head, 2, 2), number("— 2 —")}},
			[]string{head + full + full + "发展。", head},
		},
		"page numbers of other kinds": {
			[][]set{{line(head, 2, 0), number("第1页 共3页")}, {line(full, 0, 0), number("-2-")}, {line("末。", 0, 0), number("3 / 3")}},
			[]string{head + full + "末。"},
		},
		"numbers of rows are no page numbers": {
			[][]set{{line("41", 2, 0), line(head, 2, 1), line("17", 2, 2)}, {line("18", 2, 0), line(full, 0, 1), line("52", 2, 2)}},
			[]string{"41", head, "17", "18", full, "52"},
		},
		"a running head": {
			[][]set{{line("乙市政府公报 第1期", 9, -1), line(head, 2, 0), line(full, 0, 1)}, {line("乙市政府公报 第1期", 9, -1), line(full, 0, 0), line(other, 0, 1)}, {line("乙市政府公报 第1期", 9, -1), line(full, 0, 0), line("末。", 0, 1)}},
			[]string{head + full + full + other + full + "末。"},
		},
		"a short line ends a paragraph": {[][]set{{line("一、总体要求", 2, 0), line(head, 2, 1), line(full, 0, 2)}}, []string{"一、总体要求", head + full}},
		"a word that had no room":       {[][]set{{line(head[:3*18], 2, 0), line("https://www.example.com/abc为准。", 0, 1), line(full, 0, 2)}}, []string{head[:3*18] + "https://www.example.com/abc为准。", full}},
		"a full last line, the next indented": {
			[][]set{{line(head, 2, 0), line(full, 0, 1), line(head, 2, 2)}}, []string{head + full, head}},
		"a hanging indent": {
			[][]set{{line("1."+head[:3*25], 2, 0), line(head[:3*25], 3, 1), line("发展。", 3, 2), line("2."+head[:3*25], 2, 3), line(full, 0, 5)}},
			[]string{"1." + head[:3*25] + head[:3*25] + "发展。", "2." + head[:3*25], full},
		},
		"two cells and a gap": {[][]set{{line("任务", 0, 0), line("责任单位", 14, 0), line(full, 0, 1)}}, []string{"任务\t责任单位", full}},
		"Latin words at a break": {
			[][]set{{line(head[:3*24]+"DeepS", 2, 0), line("eek模型", 0, 1)}}, []string{head[:3*24] + "DeepS eek模型"}},
		"the colophon": {
			[][]set{{line(head, 2, 0), line(full, 0, 1), line("抄送：市委各部委。", 0, 8), line("乙市人民政府办公室", 0, 9), line("2025年3月12日印发", 15, 9)}}, []string{head + full}},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := extract.Read("a.ofd", asOFD(t, c.pages))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Split(res.Text, "\n"); !slices.Equal(got, c.want) {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}
