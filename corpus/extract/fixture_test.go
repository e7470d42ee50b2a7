package extract_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// para is one paragraph of the made-up policies. A level above 0 gives it a number
// of a list, which a docx makes by itself.
type para struct {
	level  int // 1 一、 2 （一） 3 1. 4 第一章 5 第一条
	number string
	text   string
	centre bool
}

func (p para) line() string { return p.number + p.text }

// plan is a notice with an annexed plan, as most policies are.
var plan = []para{
	{text: "乙市人民政府办公室关于印发《乙市支持小微企业", centre: true},
	{text: "平稳发展若干措施》的通知", centre: true},
	{text: "乙府办〔2025〕17号", centre: true},
	{text: "各县（市、区）人民政府，市政府各部门、各直属机构："},
	{text: "《乙市支持小微企业平稳发展若干措施》已经市人民政府同意，现印发给你们，请认真组织实施。执行过程中遇到的问题，请径向市工业和信息化局反映。"},
	{text: "乙市人民政府办公室"},
	{text: "2025年3月12日"},
	{text: "乙市支持小微企业平稳发展若干措施", centre: true},
	{text: "为帮助小微企业渡过难关，根据国家和省有关规定，结合我市实际，制定本措施。"},
	{1, "一、", "加大财税支持", false},
	{2, "（一）", "落实税费优惠。对月销售额10万元以下的增值税小规模纳税人免征增值税，对年应纳税所得额不超过300万元的部分减按25%计入应纳税所得额。（责任单位：市税务局、市财政局）", false},
	{2, "（二）", "设立纾困资金。安排纾困资金5000万元，对连续经营满3年、吸纳就业不少于10人的企业，每户给予不超过20万元的补助，同一企业三年内只享受一次。（市财政局牵头，市工业和信息化局、市人力资源和社会保障局配合）", false},
	{1, "二、", "优化融资服务", false},
	{text: "引导银行机构增加信用贷款投放，降低综合融资成本。"},
	{2, "（一）", "推广首贷服务。", false},
	{3, "1.", "在市政务服务中心设立首贷服务窗口，为从未获得过银行贷款的小微企业提供一站式服务。", false},
	{3, "2.", "对发放首笔贷款的银行，按贷款金额的0.5%给予奖励，单家银行每年最高100万元。（责任单位：市金融工作局）", false},
	{2, "（二）", "完善风险补偿。市财政局会同有关部门完善信贷风险补偿资金池，对不良贷款按30%的比例给予补偿。（责任单位：市财政局）", false},
	{1, "三、", "保障措施", false},
	{text: "各责任单位要于每年12月底前将落实情况报市工业和信息化局。本措施自2025年4月1日起施行，有效期3年。"},
}

// rules is a policy in chapters and articles.
var rules = []para{
	{text: "丙市临时救助实施办法", centre: true},
	{4, "第一章", " 总则", false},
	{5, "第一条", " 为了规范临时救助工作，保障困难群众基本生活，根据《社会救助暂行办法》，结合本市实际，制定本办法。", false},
	{5, "第二条", " 市民政局负责全市临时救助工作的组织实施；市财政局负责资金保障；市审计局依法对资金使用情况进行审计监督，并将结果向社会公布。", false},
	{4, "第二章", " 对象和标准", false},
	{5, "第三条", " 有下列情形之一的家庭，可以申请临时救助：", false},
	{2, "（一）", "因火灾、交通事故等意外事件，导致基本生活暂时出现严重困难的；", false},
	{2, "（二）", "因家庭成员突发重大疾病，导致基本生活暂时出现严重困难的。", false},
	{text: "前款所称家庭成员，是指共同生活的配偶、父母和子女。"},
	{5, "第四条", " 临时救助标准为每人每次不超过本市月最低生活保障标准的6倍。", false},
	{5, "第五条", " 本办法自2025年5月1日起施行。", false},
}

func asText(paras []para) []byte {
	var b strings.Builder
	for _, p := range paras {
		b.WriteString(p.line() + "\n")
	}
	return []byte(b.String())
}

func asMarkdown(paras []para) []byte {
	var b strings.Builder
	for _, p := range paras {
		switch line := p.line(); {
		case p.centre:
			fmt.Fprintf(&b, "# %s\n\n", line)
		case p.level == 1 || p.level == 4:
			fmt.Fprintf(&b, "## **%s**\n\n", line)
		case p.level == 3:
			fmt.Fprintf(&b, "%s %s\n", p.number, p.text) // a list
		case strings.Contains(line, "。"):
			first, rest, _ := strings.Cut(line, "。")
			fmt.Fprintf(&b, "**%s。**%s\n\n", first, rest)
		default:
			fmt.Fprintf(&b, "%s\n\n", line)
		}
	}
	return []byte(b.String())
}

func asHTML(paras []para) []byte {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>政策文件</title><style>p{}</style><script>var a="<p>一、脚本</p>";</script></head><body>
<div class="header"><a href="/">乙市人民政府门户网站</a></div><div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/x">政务公开</a></li></ul></div>
<div class="crumbs">当前位置：<a>首页</a> &gt; <a>政策文件</a></div><div id="zoom" class="article-content">`)
	for _, p := range paras {
		tag, style := "p", ""
		if p.centre {
			tag, style = "h1", ` align="center"`
		}
		text := p.line()
		if i := strings.IndexAny(text, "，"); i > 0 {
			text = "<span style=\"font-size:16pt\">" + text[:i] + "</span>\n    " + text[i:] // a line break of the source
		}
		fmt.Fprintf(&b, "<%s%s>&nbsp;&nbsp;　　%s</%s>\n", tag, style, text, tag)
	}
	b.WriteString(`</div><div class="share">分享到：<a>微信</a></div><p>上一篇：<a href="a.html">丁市通知</a></p><div class="footer">版权所有 乙市人民政府</div></body></html>`)
	return []byte(b.String())
}

const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"`

// numberingXML has one list for each kind of number of the fixtures.
const numberingXML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:numbering ` + w + `>
<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="space"/><w:lvlText w:val="第%1章"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="3"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="tab"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num><w:num w:numId="3"><w:abstractNumId w:val="3"/></w:num></w:numbering>`

func asDOCX(t testing.TB, paras []para) []byte {
	var b strings.Builder
	articles := paras[1].level == 4
	for _, p := range paras {
		pr := ""
		text := p.line()
		if p.level > 0 {
			num, level := 1, p.level-1
			switch {
			case p.level == 4:
				num, level = 2, 0
			case p.level == 5:
				num, level = 3, 0
			case articles:
				num, level = 3, 1
			}
			pr = fmt.Sprintf(`<w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr></w:pPr>`, level, num)
			text = strings.TrimLeft(p.text, " ")
		}
		cut := len(string([]rune(text)[:utf8.RuneCountInString(text)/2]))
		fmt.Fprintf(&b, `<w:p>%s<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r><w:r><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, pr, escape(text[:cut]), escape(text[cut:]))
	}
	return docx(t, b.String(), map[string]string{"word/numbering.xml": numberingXML})
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// docx packs a body, and further parts, as Word does.
func docx(t testing.TB, body string, parts map[string]string) []byte {
	all := map[string]string{
		"[Content_Types].xml": `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>`,
		"_rels/.rels":         `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml":   `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document ` + w + `><w:body>` + body + `<w:sectPr/></w:body></w:document>`,
	}
	for name, s := range parts {
		all[name] = s
	}
	return zipped(t, all)
}

func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, s := range parts {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// set is one line as it is printed: its text and place in em from the top left of
// the text area.
type set struct {
	text string
	x, y float64
}

const (
	perLine = 28.0 // characters, GB/T 9704
	perPage = 22   // lines
)

func widthOf(s string) float64 {
	n := 0.0
	for _, r := range s {
		if r < 0x80 {
			n += 0.5
		} else {
			n++
		}
	}
	return n
}

// typeset breaks paragraphs into lines and pages as a word processor does, with
// page numbers and a colophon 版记 at the end.
func typeset(paras []para) [][]set {
	var lines []set
	for _, p := range paras {
		indent := 2.0
		if p.centre {
			indent = (perLine - widthOf(p.line())) / 2
		} else if strings.HasPrefix(p.text, "各") && strings.HasSuffix(p.text, "：") { // to whom it goes
			indent = 0
		}
		rest, x := []rune(p.line()), indent
		for len(rest) > 0 {
			n, width := 0, x
			for n < len(rest) && width+widthOf(string(rest[n])) <= perLine {
				width += widthOf(string(rest[n]))
				n++
			}
			for n < len(rest) && n > 1 && (strings.ContainsRune("，。、；：）》", rest[n]) || strings.ContainsRune("（《", rest[n-1]) || rest[n] < 0x80 && rest[n-1] < 0x80) {
				n-- // marks do not begin a line, brackets do not end one, numbers stay whole
			}
			lines = append(lines, set{text: string(rest[:n]), x: x})
			rest, x = rest[n:], 0
		}
	}
	lines = append(lines, set{text: "抄送：市委各部委，市人大常委会办公室，市政协办公室。", x: 1}, set{text: "乙市人民政府办公室 2025年3月12日印发", x: 1})
	var pages [][]set
	for i := range lines {
		if i%perPage == 0 {
			pages = append(pages, nil)
		}
		lines[i].y = float64(i%perPage) * 1.8
		pages[len(pages)-1] = append(pages[len(pages)-1], lines[i])
	}
	for i := range pages {
		pages[i] = append(pages[i], set{text: fmt.Sprintf("— %d —", i+1), x: 12, y: perPage*1.8 + 1})
	}
	return pages
}

// asPDF writes a PDF. Without toUnicode its font is GBK-EUC-H, as government
// offices make them: which character a code shows, only the encoding says.
func asPDF(pages [][]set, toUnicode bool) []byte {
	const em = 15.0
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	stream := func(s string) { object("<</Length %d>>\nstream\n%s\nendstream", len(s), s) }
	deflated := func(raw []byte) {
		var z bytes.Buffer
		f := zlib.NewWriter(&z)
		_, _ = f.Write(raw) // a buffer takes everything
		_ = f.Close()
		object("<</Filter/FlateDecode/Length1 %d/Length %d>>\nstream\n%s\nendstream", len(raw), z.Len(), z.String())
	}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 7+2*i)
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), kids.String())
	if toUnicode {
		object("<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+FangSong/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 6 0 R>>")
		object("<</Type/Font/Subtype/CIDFontType2/BaseFont/ABCDEF+FangSong/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 5 0 R/DW 1000/W[32 126 500]/CIDToGIDMap %d 0 R>>", 8+2*len(pages))
	} else {
		object("<</Type/Font/Subtype/Type0/BaseFont/FangSong_GB2312/Encoding/GBK-EUC-H/DescendantFonts[4 0 R]>>")
		object("<</Type/Font/Subtype/CIDFontType0/BaseFont/FangSong_GB2312/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 5 0 R/DW 1000/W[814 939 500]>>")
	}
	file := ""
	if toUnicode { // the font is part of the file
		file = fmt.Sprintf("/FontFile2 %d 0 R", 7+2*len(pages))
	}
	object("<</Type/FontDescriptor/FontName/FangSong_GB2312/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 859/Descent -141/CapHeight 700/StemV 80%s>>", file)
	stream(cmap(pages))
	for i, lines := range pages {
		object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>", 8+2*i)
		var s strings.Builder
		for _, l := range lines {
			fmt.Fprintf(&s, "BT /F1 %g Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n", em, 80+l.x*em, 760-l.y*em, encode(l.text, toUnicode))
		}
		stream(s.String())
	}
	if toUnicode {
		deflated(blankFont())
		glyphs := bytes.Repeat([]byte{0, 1}, 1<<16)
		copy(glyphs[2*' ':], bytes.Repeat([]byte{0, 2}, 0x7F-' '))
		deflated(glyphs)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

func encode(s string, toUnicode bool) string {
	if !toUnicode {
		raw, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf("%X", raw)
	}
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, "%04X", r)
	}
	return b.String()
}

// cmap maps the codes of the characters that a document uses, each to itself.
func cmap(pages [][]set) string {
	used := map[rune]bool{}
	for _, lines := range pages {
		for _, l := range lines {
			for _, r := range l.text {
				used[r] = true
			}
		}
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for part := range slices.Chunk(slices.Sorted(maps.Keys(used)), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, r := range part {
			fmt.Fprintf(&b, "<%04X> <%04X>\n", r, r)
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap end end")
	return b.String()
}

// asOFD writes an OFD with the objects of each page in an order of its own, as
// drawing programs do.
func asOFD(t testing.TB, pages [][]set) []byte {
	const em = 5.6 // mm, 3 号
	parts := map[string]string{
		"OFD.xml": `<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:Title>x</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>`,
	}
	var list strings.Builder
	for i, lines := range pages {
		fmt.Fprintf(&list, `<ofd:Page ID="%d" BaseLoc="Pages/Page_%d/Content.xml"/>`, i+10, i)
		var s strings.Builder
		for k := range lines {
			l := lines[(k*7+3)%len(lines)]
			if len(lines)%7 == 0 {
				l = lines[len(lines)-1-k]
			}
			var steps strings.Builder
			runes := []rune(l.text)
			for j, r := range runes[:len(runes)-1] {
				if r < 0x80 {
					fmt.Fprintf(&steps, "%g ", em/2)
				} else if j == 0 {
					fmt.Fprintf(&steps, "g 1 %g ", em)
				} else {
					fmt.Fprintf(&steps, "%g ", em)
				}
			}
			fmt.Fprintf(&s, `<ofd:TextObject ID="%d" Boundary="%g %g 170 8" Font="3" Size="%g"><ofd:TextCode X="1" Y="5" DeltaX="%s">%s</ofd:TextCode></ofd:TextObject>`,
				100+k, 27+l.x*em, 30+l.y*em, em, strings.TrimSpace(steps.String()), escape(l.text))
		}
		parts[fmt.Sprintf("Doc_0/Pages/Page_%d/Content.xml", i)] = `<?xml version="1.0" encoding="UTF-8"?><ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content><ofd:Layer ID="2" Type="Body">` + s.String() + `</ofd:Layer></ofd:Content></ofd:Page>`
	}
	parts["Doc_0/Document.xml"] = `<?xml version="1.0" encoding="UTF-8"?><ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CommonData><ofd:MaxUnitID>999</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>` + list.String() + `</ofd:Pages></ofd:Document>`
	return zipped(t, parts)
}
