package extract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus/extract"
)

// p writes a paragraph; a list is "num/level".
func p(list, runs string) string {
	pr := ""
	if num, level, ok := strings.Cut(list, "/"); ok {
		pr = fmt.Sprintf(`<w:pPr><w:numPr><w:ilvl w:val="%s"/><w:numId w:val="%s"/></w:numPr></w:pPr>`, level, num)
	}
	return "<w:p>" + pr + runs + "</w:p>"
}

func r(text string) string { return "<w:r><w:t>" + text + "</w:t></w:r>" }

func deleted(text string) string {
	return `<w:del w:id="1"><w:r><w:delText>` + text + `</w:delText></w:r></w:del>`
}

func tc(pr, text string) string {
	return "<w:tc><w:tcPr>" + pr + "</w:tcPr>" + p("", r(text)) + "</w:tc>"
}

// numbers writes a numbering part of levels and the uses of it.
func numbers(lists ...string) map[string]string {
	return map[string]string{"word/numbering.xml": `<w:numbering ` + w + `>` + strings.Join(lists, "") + `</w:numbering>`}
}

func lvl(i int, format, text, more string) string {
	return fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/>%s</w:lvl>`, i, format, text, more)
}

func list(id int, more ...string) string {
	return fmt.Sprintf(`<w:abstractNum w:abstractNumId="%d">%s</w:abstractNum>`, id, strings.Join(more, ""))
}

func num(id, of int, more string) string {
	return fmt.Sprintf(`<w:num w:numId="%d"><w:abstractNumId w:val="%d"/>%s</w:num>`, id, of, more)
}

var outline = list(0, lvl(0, "chineseCounting", "%1、", ""), lvl(1, "chineseCounting", "（%2）", ""), lvl(2, "decimal", "%3.", ""))

func TestDOCXTraps(t *testing.T) {
	part := func(name, s string) map[string]string { return map[string]string{name: s} }
	for name, c := range map[string]struct {
		body  string
		parts map[string]string
		want  []string
	}{
		"levels restart under a new heading": {
			p("1/0", r("总体")) + p("1/1", r("甲")) + p("1/1", r("乙")) + p("1/0", r("措施")) + p("1/1", r("丙")) + p("1/2", r("子")),
			numbers(outline, num(1, 0, "")),
			[]string{"一、总体", "（一）甲", "（二）乙", "二、措施", "（一）丙", "1.子"},
		},
		"a level that never restarts": {
			p("1/0", r("a")) + p("1/1", r("b")) + p("1/0", r("c")) + p("1/1", r("d")),
			numbers(list(0, lvl(0, "chineseCountingThousand", "第%1章", `<w:suff w:val="space"/>`), lvl(1, "chineseCountingThousand", "第%2条", `<w:lvlRestart w:val="0"/>`)), num(1, 0, "")),
			[]string{"第一章 a", "第一条 b", "第二章 c", "第二条 d"},
		},
		"a second use of a list begins anew if it says so, else goes on": {
			p("1/0", r("a")) + p("1/0", r("b")) + p("2/0", r("c")) + p("2/0", r("d")) + p("3/0", r("e")),
			numbers(outline, num(1, 0, ""), num(2, 0, `<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>`), num(3, 0, "")),
			[]string{"一、a", "二、b", "一、c", "二、d", "三、e"},
		},
		"start at 5, several levels in one number, all digits": {
			p("1/0", r("a")) + p("1/1", r("b")),
			numbers(list(0, `<w:lvl w:ilvl="0"><w:start w:val="5"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>`, lvl(1, "decimal", "%1.%2", `<w:isLgl/>`)), num(1, 0, "")),
			[]string{"五、a", "5.1 b"},
		},
		"the number comes from the style, also by inheritance": {
			`<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr>` + r("a") + `</w:p><w:p><w:pPr><w:pStyle w:val="H2"/></w:pPr>` + r("b") + `</w:p><w:p><w:pPr><w:pStyle w:val="H1"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>` + r("c") + `</w:p>`,
			map[string]string{
				"word/numbering.xml": numbers(list(0, lvl(0, "chineseCounting", "%1、", `<w:pStyle w:val="H1"/>`), lvl(1, "chineseCounting", "（%2）", `<w:pStyle w:val="H2"/>`)), num(4, 0, ""))["word/numbering.xml"],
				"word/styles.xml":    `<w:styles ` + w + `><w:style w:type="paragraph" w:styleId="H1"><w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="H2"><w:basedOn w:val="H1"/></w:style></w:styles>`,
			},
			[]string{"一、a", "（一）b", "c"},
		},
		"a paragraph that was deleted does not count": {
			p("1/0", r("a")) + `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="9"/></w:rPr></w:pPr>` + deleted("old") + `</w:p>` + p("1/0", r("b")),
			numbers(outline, num(1, 0, "")), []string{"一、a", "二、b"},
		},
		"old properties of a tracked change are not the number": {
			`<w:p><w:pPr><w:pPrChange w:id="1"><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange></w:pPr>` + r("a") + `</w:p>`,
			numbers(outline, num(1, 0, "")), []string{"a"},
		},
		"a bullet is no number": {p("1/0", r("a")), numbers(list(0, lvl(0, "bullet", "\uf06c", "")), num(1, 0, "")), []string{"a"}},
		"a list that a style links": {
			p("1/0", r("a")),
			map[string]string{
				"word/numbering.xml": numbers(list(0, `<w:numStyleLink w:val="L"/>`), list(7, `<w:styleLink w:val="L"/>`, lvl(0, "ideographTraditional", "%1、", "")), num(1, 0, ""), num(8, 7, ""))["word/numbering.xml"],
				"word/styles.xml":    `<w:styles ` + w + `><w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr><w:numId w:val="8"/></w:numPr></w:pPr></w:style></w:styles>`,
			},
			[]string{"甲、a"},
		},
		"insertions stay, deletions and moved text go": {
			p("", r("补助")+deleted("30")+`<w:ins w:id="2">`+r("50")+`</w:ins>`+r("万元")) + p("", `<w:moveFrom w:id="3">`+r("旧处")+`</w:moveFrom><w:moveTo w:id="4">`+r("新处")+`</w:moveTo>`),
			nil, []string{"补助50万元", "新处"},
		},
		"a deleted paragraph mark joins two paragraphs": {
			`<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>` + r("前半，") + `</w:p>` + p("", r("后半。")), nil, []string{"前半，后半。"},
		},
		"a table, merged cells stand in each row": {
			`<w:tbl><w:tr>` + tc("", "任务") + tc("", "责任单位") + `</w:tr><w:tr>` + tc("", "甲") + tc(`<w:vMerge w:val="restart"/>`, "市财政局") + `</w:tr><w:tr>` + tc("", "乙") + tc(`<w:vMerge/>`, "") + `</w:tr><w:tr><w:trPr><w:del w:id="5"/></w:trPr>` + tc("", "丙") + tc("", "丁") + `</w:tr></w:tbl>` + p("", r("后")),
			nil, []string{"任务\t责任单位", "甲\t市财政局", "乙\t市财政局", "后"},
		},
		"a table of one column is a frame": {`<w:tbl><w:tr><w:tc>` + p("", r("a")) + p("", r("b")) + `</w:tc></w:tr></w:tbl>`, nil, []string{"a", "b"}},
		"a text box once, not also its fallback": {
			p("", r("正文")+`<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><a:graphic><wps:wsp><wps:txbx><w:txbxContent>`+p("", r("框内"))+`</w:txbxContent></wps:txbx></wps:wsp></a:graphic></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>`+p("", r("框内"))+`</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>`),
			nil, []string{"正文", "框内"},
		},
		"breaks, tabs, no-break hyphen": {p("", `<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>`), nil, []string{"a", "b c-d"}},
		"footnotes and comments go":     {p("", r("正文")+`<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="1"/></w:r>`), part("word/footnotes.xml", `<w:footnotes `+w+`><w:footnote>`+p("", r("脚注"))+`</w:footnote></w:footnotes>`), []string{"正文"}},
		"a field gives its result, not its instruction": {
			p("", `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x \h</w:instrText></w:r><w:r><w:t>错</w:t></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`+r("第三条")+`<w:r><w:fldChar w:fldCharType="end"/></w:r>`+r("规定")) + p("", `<w:fldSimple w:instr="DATE">`+r("2025年")+`</w:fldSimple>`),
			nil, []string{"第三条规定", "2025年"},
		},
		"a table of contents goes": {
			p("", `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \o "1-3"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`+r("一、总体")+`<w:r><w:tab/></w:r>`+r("1")) + p("", r("二、措施")+`<w:r><w:fldChar w:fldCharType="end"/></w:r>`) + p("", r("一、总体")),
			nil, []string{"一、总体"},
		},
		"a field without an end does not swallow the rest": {p("", `<w:r><w:fldChar w:fldCharType="begin"/></w:r>`+r("x")) + p("", r("后")), nil, []string{"后"}},
		"hidden text, ruby, content controls, links, Markup in sdt": {
			p("", `<w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>露</w:t></w:r>`) + `<w:sdt><w:sdtPr/><w:sdtContent>` + p("", `<w:hyperlink>`+r("链接")+`</w:hyperlink><w:r><w:ruby><w:rt><w:r><w:t>yin</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>音</w:t></w:r></w:rubyBase></w:ruby></w:r>`) + `</w:sdtContent></w:sdt>`,
			nil, []string{"露", "链接音"},
		},
		"blanks at the ends of a run count only if they are preserved": {p("", `<w:r><w:t> a </w:t></w:r><w:r><w:t xml:space="preserve"> b</w:t></w:r>`), nil, []string{"a b"}},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := extract.Read("a.docx", docx(t, c.body, c.parts))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Split(res.Text, "\n"); !slices.Equal(got, c.want) {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}

func TestNumberFormats(t *testing.T) {
	for _, c := range []struct {
		format string
		n      int
		want   string
	}{
		{"chineseCounting", 10, "十、"}, {"chineseCounting", 11, "十一、"}, {"chineseCounting", 20, "二十、"}, {"chineseCounting", 35, "三十五、"},
		{"chineseCountingThousand", 101, "一百零一、"}, {"chineseCountingThousand", 110, "一百一十、"}, {"chineseCountingThousand", 1005, "一千零五、"}, {"chineseCountingThousand", 1010, "一千零一十、"},
		{"japaneseCounting", 12, "十二、"}, {"ideographDigital", 10, "一〇、"}, {"chineseLegalSimplified", 21, "贰拾壹、"}, {"decimal", 7, "7、"}, {"decimalFullWidth", 12, "１２、"},
		{"decimalEnclosedCircleChinese", 3, "③、"}, {"decimalEnclosedCircle", 99, "99、"}, {"upperLetter", 27, "AA、"}, {"lowerRoman", 14, "xiv、"}, {"decimalZero", 4, "04、"}, {"ideographZodiac", 2, "丑、"}, {"unheardOf", 6, "6、"},
	} {
		start := strings.Replace(lvl(0, c.format, "%1、", ""), `w:start w:val="1"`, fmt.Sprintf(`w:start w:val="%d"`, c.n), 1)
		res, err := extract.Read("a.docx", docx(t, p("1/0", r("x")), numbers(list(0, start), num(1, 0, ""))))
		if err != nil || res.Text != c.want+"x" {
			t.Errorf("%s of %d: %q, %v, want %s", c.format, c.n, res.Text, err, c.want)
		}
	}
}

func TestDOCXNotes(t *testing.T) {
	body := p("", r("补助")+deleted("30")+`<w:ins w:id="2">`+r("50")+`</w:ins>`+r("万元")+`<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:drawing><a:blip/></w:drawing></w:r>`)
	res, err := extract.Read("policy.doc", docx(t, body, nil))
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(res.Notes, "\n")
	for _, want := range []string{"deleted passages", "footnotes", "pictures", "ends in .doc"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note of %q in %q", want, notes)
		}
	}
	if _, err := extract.Read("a.docx", docx(t, p("", `<w:r><w:drawing><a:blip/></w:drawing></w:r>`), nil)); err == nil || !strings.Contains(err.Error(), "OCR") {
		t.Errorf("a document of pictures: %v", err)
	}
}
