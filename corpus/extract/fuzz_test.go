package extract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus/extract"
)

func FuzzRead(f *testing.F) {
	for _, raw := range [][]byte{asText(plan), asMarkdown(plan), asHTML(plan), asDOCX(f, rules), asPDF(typeset(rules), true), asOFD(f, typeset(rules)), []byte(ole2), []byte("PK\x05\x06"), []byte(gkmlpt)} {
		for _, name := range []string{"a.md", "a.html", "x"} {
			f.Add(name, raw)
		}
	}
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		res, err := extract.Read(name, raw)
		checkResult(t, res, err)
	})
}

// The fuzzers of formats that are archives write the parts, so that what is fuzzed
// is not the checksum of the archive.

func FuzzDOCX(f *testing.F) {
	f.Add(p("1/0", r("a"))+p("1/1", r("b")), numberingXML)
	f.Add(`<w:tbl><w:tr>`+tc(`<w:gridSpan w:val="3"/><w:vMerge w:val="restart"/>`, "a")+`</w:tr><w:tr>`+tc(`<w:vMerge/>`, "")+tc("", "x")+`</w:tr></w:tbl>`, `<w:numbering/>`)
	f.Add(p("", `<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>TOC</w:instrText><w:fldChar w:fldCharType="end"/></w:r>`+deleted("x")), "")
	f.Fuzz(func(t *testing.T, body, numbering string) {
		res, err := extract.Read("a.docx", docx(t, body, map[string]string{"word/numbering.xml": numbering}))
		checkResult(t, res, err)
	})
}

func FuzzHTML(f *testing.F) {
	f.Add(gkmlpt)
	f.Add(string(asHTML(plan)))
	f.Add(`<html><table><tr><td rowspan=9 colspan=9>a<tr><td>b</table><ol start=-1 type=i><li value=9>x</ol><pre>a` + "\n" + `b`)
	f.Fuzz(func(t *testing.T, page string) {
		res, err := extract.Read("a.html", []byte(page))
		checkResult(t, res, err)
	})
}

func FuzzOFD(f *testing.F) {
	f.Add(`<T><Content><Layer><TextObject Boundary="1 1 90 9" Size="5" CTM="1 0 0 1 0 0"><TextCode X="1" Y="2" DeltaX="g 9 5">支持小微企业平稳发展若干措施支持小微企业平稳发展</TextCode></TextObject></Layer></Content></T>`, "Page.xml")
	f.Add(`<T><Content><Layer><TextObject Boundary="NaN 1e300 x"><TextCode DeltaX="g 999999999 1 g">a</TextCode></TextObject></Layer></Content></T>`, "/../Page.xml")
	f.Fuzz(func(t *testing.T, content, loc string) {
		res, err := extract.Read("a.ofd", zipped(t, map[string]string{
			"OFD.xml":      `<O><DocBody><DocRoot>/Document.xml</DocRoot></DocBody></O>`,
			"Document.xml": `<D><Pages><Page BaseLoc="` + escape(loc) + `"/></Pages></D>`,
			"Page.xml":     content,
		}))
		checkResult(t, res, err)
	})
}

// fiftyPages is a docx of 50 pages as Word writes it: many runs with properties.
func fiftyPages(t testing.TB) []byte {
	var b strings.Builder
	props := `<w:rPr><w:rFonts w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312" w:hAnsi="仿宋_GB2312" w:cs="仿宋_GB2312" w:hint="eastAsia"/><w:color w:val="000000"/><w:kern w:val="0"/><w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>`
	chars := 0
	for i := 0; chars < 50*22*28*9/10; i++ {
		para := plan[9+i%10]
		pr := fmt.Sprintf(`<w:pPr><w:pStyle w:val="a3"/><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="1"/></w:numPr><w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/>%s</w:pPr>`, i%3, props)
		fmt.Fprintf(&b, `<w:p w:rsidR="00A%05d" w:rsidRDefault="00B12345" w:rsidP="00C12345">%s`, i, pr)
		text := []rune(fmt.Sprintf("第%d项。", i) + para.text)
		chars += len(text)
		for len(text) > 0 {
			n := min(len(text), 12)
			fmt.Fprintf(&b, `<w:r w:rsidRPr="00D%05d">%s<w:t>%s</w:t></w:r><w:proofErr w:type="spellStart"/>`, i, props, string(text[:n]))
			text = text[n:]
		}
		b.WriteString(`</w:p>`)
	}
	return docx(t, b.String(), map[string]string{"word/numbering.xml": numberingXML})
}

func BenchmarkDOCX50Pages(b *testing.B) {
	raw := fiftyPages(b)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := extract.Read("a.docx", raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDF(b *testing.B) {
	pages := typeset(slow()[:200])
	raw := asPDF(pages, true)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := extract.Read("a.pdf", raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(pages)), "pages")
}

func BenchmarkHTML(b *testing.B) {
	raw := asHTML(slow()[:400])
	for b.Loop() {
		if _, err := extract.Read("a.html", raw); err != nil {
			b.Fatal(err)
		}
	}
}
