package extract_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus/extract"
)

func wide(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteByte(c)
		b.WriteByte(0)
	}
	return b.String()
}

const ole2 = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

// stored packs a member whose name or content archive/zip would not write.
func stored(t testing.TB, name string, content []byte, more map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	for n, s := range more {
		f, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb is a document.xml of 250 MB that packs to some 250 KB.
func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	f, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, `<w:document `+w+`><w:body><w:p><w:r><w:t>`); err != nil {
		t.Fatal(err)
	}
	mb := bytes.Repeat([]byte("a"), 1<<20)
	for range 250 {
		if _, err := f.Write(mb); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRefuses(t *testing.T) {
	good := docx(t, p("", r("正文")), nil)
	pdf := asPDF(typeset(plan), true)
	ofd := asOFD(t, typeset(plan))
	empty := asPDF([][]set{{{text: "— 1 —"}}, {{text: "— 2 —"}}}, true)
	var garbledText []para
	for i := range 30 {
		garbledText = append(garbledText, para{text: strings.Repeat(string(rune(0x8E80+i*7))+string(rune(0xE010+i)), 20)})
	}
	many := map[string]string{}
	for i := range 5001 {
		many[fmt.Sprintf("word/x%d.xml", i)] = ""
	}
	part := func(name, s string) []byte { return zipped(t, map[string]string{name: s}) }
	for name, c := range map[string]struct {
		file string
		raw  []byte
		err  error
		mend string // how the message says to mend it
	}{
		"nothing":                      {"a.docx", nil, extract.ErrUnreadable, "empty"},
		"a .doc":                       {"a.doc", []byte(ole2 + wide("WordDocument")), extract.ErrUnsupported, "另存为"},
		"a .doc named docx":            {"a.docx", []byte(ole2 + wide("WordDocument")), extract.ErrUnsupported, "另存为"},
		"a docx with a password":       {"a.docx", []byte(ole2 + wide("EncryptedPackage")), extract.ErrUnsupported, "password"},
		"an .xls":                      {"a.xls", []byte(ole2 + wide("Workbook")), extract.ErrUnsupported, "Excel"},
		"an xlsx named docx":           {"a.docx", zipped(t, map[string]string{"[Content_Types].xml": "<T/>", "xl/workbook.xml": "<w/>"}), extract.ErrUnsupported, "Excel"},
		"a program named docx":         {"a.docx", []byte("MZ\x90\x00\x03\x00\x00\x00"), extract.ErrUnsupported, "program"},
		"a picture named pdf":          {"a.pdf", []byte("\xff\xd8\xff\xe0\x00\x10JFIF"), extract.ErrUnsupported, "OCR"},
		"an rtf named doc":             {"a.doc", []byte(`{\rtf1 x}`), extract.ErrUnsupported, "docx"},
		"flat XML of Word":             {"a.xml", []byte(`<?xml version="1.0"?><w:wordDocument/>`), extract.ErrUnsupported, "docx"},
		"a plain zip":                  {"a.zip", part("a.txt", "x"), extract.ErrUnsupported, "unpack"},
		"a docx in a zip":              {"a.zip", part("a.docx", string(good)), extract.ErrTooLarge, "unpack"},
		"a zip as a member":            {"a.docx", stored(t, "word/document.xml", good, nil), extract.ErrTooLarge, "archive"},
		"binary":                       {"a.txt", []byte("abc\x00\x01\x02"), extract.ErrUnreadable, "binary"},
		"a docx cut off":               {"a.docx", good[:len(good)/2], extract.ErrUnreadable, "cut off"},
		"an ofd cut off":               {"a.ofd", ofd[:len(ofd)-30], extract.ErrUnreadable, "cut off"},
		"a pdf cut off":                {"a.pdf", pdf[:len(pdf)*2/3], extract.ErrUnreadable, "cut off"},
		"a pdf without objects":        {"a.pdf", []byte("%PDF-1.7\n%%EOF"), extract.ErrUnreadable, "damaged"},
		"txt cut off":                  {"a.txt", []byte("支持小微企业")[:17], extract.ErrUnreadable, "cut off"},
		"a scanned pdf":                {"a.pdf", empty, extract.ErrNoText, "OCR"},
		"a garbled pdf":                {"a.pdf", asPDF(typeset(garbledText), true), extract.ErrNoText, "garbled"},
		"a scanned ofd":                {"a.ofd", asOFD(t, [][]set{{{text: "1"}}}), extract.ErrNoText, "OCR"},
		"an ofd whose page is missing": {"a.ofd", part("OFD.xml", `<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>`), extract.ErrUnreadable, "Doc_0/Document.xml"},
		"no text at all":               {"a.docx", docx(t, p("", ""), nil), extract.ErrNoText, "OCR"},
		"a zip bomb":                   {"a.docx", bomb(t), extract.ErrTooLarge, "bomb"},
		"a name that leads out":        {"a.docx", stored(t, "../../etc/passwd", []byte("x"), map[string]string{"word/document.xml": "<d/>"}), extract.ErrUnreadable, "outside"},
		"an absolute name":             {"a.docx", stored(t, "/etc/passwd", []byte("x"), map[string]string{"word/document.xml": "<d/>"}), extract.ErrUnreadable, "outside"},
		"a name with backslashes":      {"a.docx", stored(t, `..\..\x`, []byte("x"), map[string]string{"word/document.xml": "<d/>"}), extract.ErrUnreadable, "outside"},
		"two members of one name":      {"a.docx", stored(t, "word/document.xml", []byte("<d/>"), map[string]string{"word/Document.xml": "<d/>"}), extract.ErrUnreadable, "two members"},
		"5,001 members":                {"a.docx", zipped(t, many), extract.ErrTooLarge, "5000"},
		"6 MB of nested XML":           {"a.docx", stored(t, "word/document.xml", []byte(strings.Repeat("<w:p>", 6<<20/5)), nil), extract.ErrTooLarge, ""},
		"257 nested elements":          {"a.docx", docx(t, strings.Repeat("<w:ins>", 257)+strings.Repeat("</w:ins>", 257), nil), extract.ErrTooLarge, "256"},
		"entities":                     {"a.docx", part("word/document.xml", `<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>`), extract.ErrUnreadable, "entities"},
		"XML that does not close":      {"a.docx", part("word/document.xml", `<w:document><w:body><w:p>`), extract.ErrUnreadable, "damaged"},
		"wrong nesting":                {"a.docx", part("word/document.xml", `<a><b></a></b>`), extract.ErrUnreadable, "damaged"},
		"a contents field that swallows the rest": {
			"a.docx", docx(t, p("", `<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>TOC</w:instrText><w:fldChar w:fldCharType="separate"/></w:r>`)+p("", r("正文")), nil), extract.ErrUnreadable, "F9"},
		"a page without a document":   {"a.html", []byte(`<html><body><script>load()</script></body></html>`), extract.ErrNoText, "script"},
		"a page of pictures":          {"a.html", []byte(`<html><body><div id="zoom"><img src="1.jpg"></div></body></html>`), extract.ErrNoText, "OCR"},
		"6 MB of nested HTML":         {"a.html", []byte("<html>" + strings.Repeat("<div>", 6<<20/5)), extract.ErrUnreadable, ""},
		"9 MB of HTML":                {"a.html", append([]byte("<html><p>"), bytes.Repeat([]byte("a"), 9<<20)...), extract.ErrTooLarge, "8"},
		"200 MB":                      {"a.txt", make([]byte, 200<<20), extract.ErrTooLarge, "200 MB"},
		"a classified text":           {"a.txt", []byte("机密★5年\n乙市人民政府文件\n正文"), extract.ErrClassified, "机密★5年"},
		"one in the header of a page": {"a.docx", docx(t, p("", r("正文")), map[string]string{"word/header1.xml": `<w:hdr ` + w + `>` + p("", r("秘密★")) + `</w:hdr>`}), extract.ErrClassified, "秘密★"},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := extract.Read(c.file, c.raw)
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.mend) || !strings.Contains(err.Error(), c.file) {
				t.Fatalf("error %v, want %v that says %q", err, c.err, c.mend)
			}
			if res.Text != "" || res.Kind != "" {
				t.Errorf("a result beside the error: %.100q", res.Text)
			}
		})
	}
}

// TestReadsByContent holds that the name does not decide.
func TestReadsByContent(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		raw  []byte
		kind string
	}{
		"a docx named doc":            {"a.doc", asDOCX(t, plan), extract.KindDOCX},
		"a pdf named docx":            {"a.docx", asPDF(typeset(plan), true), extract.KindPDF},
		"an html page named doc":      {"a.doc", asHTML(plan), extract.KindHTML},
		"an ofd without extension":    {"x", asOFD(t, typeset(plan)), extract.KindOFD},
		"text named pdf":              {"a.pdf", asText(plan), extract.KindText},
		"a text that speaks of a tag": {"a.txt", []byte("标签<p>是段落。"), extract.KindText},
	} {
		res, err := extract.Read(c.file, c.raw)
		if err != nil || res.Kind != c.kind {
			t.Errorf("%s: %s, %v", name, res.Kind, err)
		}
		if strings.Contains(name, "named") && len(res.Notes) == 0 {
			t.Errorf("%s: no note", name)
		}
	}
}

func TestClassification(t *testing.T) {
	for line, marked := range map[string]bool{
		"绝密": true, "机密★10年": true, "秘密★": true, "秘 密 ★ 1 年": true, "秘密5年": true, "密级：机密": true, "000123  机密★长期": true, "机密★1年 特急": true,
		"秘密工作条例": false, "保守国家秘密": false, "商业秘密保护办法": false, "一、秘密": false,
	} {
		_, err := extract.Read("a.txt", []byte("乙市文件\n　"+line+"\n正文"))
		if errors.Is(err, extract.ErrClassified) != marked {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := extract.Read("a.txt", []byte(strings.Repeat("正文。\n", 40)+"秘密\n")); err != nil {
		t.Errorf("a line far below: %v", err)
	}
}

func TestCleans(t *testing.T) {
	res, err := extract.Read("a.txt", []byte("⽂件⻚：支\u200b持\U000E0041小\u202e微\u00a0企\ufe0f业\ufffc。"))
	if err != nil || res.Text != "文件页：支持小微 企业\ufffc。" || len(res.Notes) != 1 {
		t.Errorf("%q, %v, %v", res.Text, res.Notes, err)
	}
}

// TestMemory holds that hostile files are refused before they cost memory.
func TestMemory(t *testing.T) {
	nested := stored(t, "word/document.xml", []byte(strings.Repeat("<w:p>", 6<<20/5)), nil)
	for name, raw := range map[string][]byte{"zip bomb": bomb(t), "nested XML": nested} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := extract.Read("a.docx", raw)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		mb := (after.TotalAlloc - before.TotalAlloc) >> 20
		t.Logf("%s: refused after %v with %d MB allocated in all: %v", name, took, mb, err)
		if err == nil || mb > 64 {
			t.Errorf("%s: %v, %d MB", name, err, mb)
		}
	}
}

// mutate damages a file in a few places, reproducibly.
func mutate(raw []byte, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	out := bytes.Clone(raw)
	for range 1 + rnd.IntN(12) {
		at := rnd.IntN(len(out))
		switch rnd.IntN(6) {
		case 0:
			out[at] = byte(rnd.Uint32())
		case 1:
			out[at] ^= 1 << rnd.IntN(8)
		case 2:
			n := min(len(out)-at, 1+rnd.IntN(64))
			out = append(out[:at], out[at+n:]...)
		case 3:
			n := min(len(out)-at, 1+rnd.IntN(64))
			out = append(out[:at:at], append(bytes.Clone(out[at:at+n]), out[at:]...)...)
		case 4:
			for i := at; i < len(out) && i < at+8; i++ {
				if out[i] >= '0' && out[i] <= '9' {
					out[i] = '9'
				}
			}
		case 5:
			if at+4 < len(out) {
				binary.LittleEndian.PutUint32(out[at:], rnd.Uint32())
			}
		}
		if len(out) == 0 {
			return out
		}
	}
	return out
}

// mutations is how many damaged PDFs TestMutatedPDFs tries, instead of a few.
const mutations = "WENCE_MUTATED_PDFS"

// TestMutatedPDFs holds that damaged PDFs end in text or an error, nothing else.
// WENCE_MUTATED_PDFS=3000 tries as many.
func TestMutatedPDFs(t *testing.T) {
	n := 300
	if v := os.Getenv(mutations); v != "" {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", mutations, err)
		}
	}
	seeds := [][]byte{asPDF(typeset(plan), true), asPDF(typeset(rules), false)}
	read := 0
	var longest time.Duration
	for i := range n {
		start := time.Now()
		res, err := extract.Read("a.pdf", mutate(seeds[i%2], uint64(i)))
		longest = max(longest, time.Since(start))
		checkResult(t, res, err)
		if err == nil {
			read++
		}
	}
	t.Logf("%d of %d were read, the longest took %v", read, n, longest)
	// The engine is still whole.
	if _, err := extract.Read("a.pdf", seeds[0]); err != nil {
		t.Error(err)
	}
}

// TestPDFTimeLimit holds that a PDF that takes too long is ended and the next one read.
func TestPDFTimeLimit(t *testing.T) {
	raw := asPDF(typeset(slow()), true)
	reader := &extract.Reader{PDFTime: time.Millisecond}
	defer reader.Close()
	if _, err := reader.Read("a.pdf", raw); !errors.Is(err, extract.ErrTooLarge) {
		t.Errorf("a slow PDF: %v", err)
	}
	reader.PDFTime = 0
	if _, err := reader.Read("a.pdf", raw); err != nil {
		t.Errorf("the one after it: %v", err)
	}
}

func slow() []para {
	var out []para
	for range 200 {
		out = append(out, plan...)
	}
	return out
}

// checkResult verifies what holds of every answer.
func checkResult(t testing.TB, res extract.Result, err error) {
	t.Helper()
	if err != nil {
		if strings.Contains(err.Error(), "report this as a bug") {
			t.Fatal(err)
		}
		for _, known := range []error{extract.ErrUnreadable, extract.ErrUnsupported, extract.ErrNoText, extract.ErrTooLarge, extract.ErrClassified} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("an error of no kind: %v", err)
	}
	if !utf8.ValidString(res.Text) || strings.TrimSpace(res.Text) == "" || res.Kind == "" || strings.ContainsRune(res.Text, 0) {
		t.Fatalf("kind %q, text %.200q", res.Kind, res.Text)
	}
}
