package extract

import (
	"bytes"
	"fmt"
	"strings"
)

// The kinds of files that Read understands.
const (
	KindText     = "txt"
	KindMarkdown = "md"
	KindHTML     = "html"
	KindDOCX     = "docx"
	KindPDF      = "pdf"
	KindOFD      = "ofd"
)

// A Result is what Read made of a file.
type Result struct {
	Text string // for corpus.Parse: UTF-8, one paragraph or table row per line, cells separated by a tab
	Kind string // by content, not by extension: KindText …

	// Metadata are the fields that a web page gives about the document, under the
	// names 文号, 发布机构, 成文日期, 发布日期, 实施日期, 废止日期, 标题, 有效性, 索引号, 主题分类 and 主题词,
	// whatever the page calls them. They also stand as lines in front of Text,
	// where corpus.Parse finds them. Nil if there are none.
	Metadata map[string]string

	Notes []string // for the operator: what was left out, and why
}

// note records what an operator should know.
func (r *Result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Sizes that no policy reaches. A file over one of them is refused before it costs
// time or memory.
const (
	maxFile = 64 << 20 // bytes of a file
	maxText = 16 << 20 // bytes of text that a file may yield
)

// Read reads a file of any supported kind. The kind is found by content; name,
// which may be empty, decides only between plain text and Markdown and stands in
// errors. Read does not panic, needs no network, and writes nothing to disk but the
// compiled PDF engine, once; see Reader. It is safe for concurrent use.
func Read(name string, raw []byte) (Result, error) {
	return standard.Read(name, raw)
}

var standard Reader

// Read is the function Read with the settings of r.
func (r *Reader) Read(name string, raw []byte) (res Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			res, err = Result{}, fmt.Errorf("extract: %s: the file made the reader fail (%v); report this as a bug of wence and save the file anew in another format: %w", label(name), p, ErrUnreadable)
		}
	}()
	res, err = r.read(name, raw)
	if err != nil {
		return Result{}, fmt.Errorf("extract: %s: %w", label(name), err)
	}
	return res, nil
}

func label(name string) string {
	if name == "" {
		return "file"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?' // a name must not draw on a terminal or break a line of the log
		}
		return r
	}, name)
}

// read dispatches by kind and applies what holds for every kind.
func (r *Reader) read(name string, raw []byte) (Result, error) {
	if len(raw) > maxFile {
		return Result{}, fmt.Errorf("the file has %d MB, more than %d; a policy is a few MB at most: take out pictures or split it: %w", len(raw)>>20, maxFile>>20, ErrTooLarge)
	}
	kind, err := sniff(name, raw)
	if err != nil {
		return Result{}, err
	}
	res := Result{Kind: kind}
	switch kind {
	case KindDOCX:
		err = readDOCX(raw, &res)
	case KindOFD:
		err = readOFD(raw, &res)
	case KindPDF:
		err = r.readPDF(raw, &res)
	case KindHTML:
		err = readHTML(raw, &res)
	case KindMarkdown:
		err = readMarkdown(raw, &res)
	default:
		res.Text, err = Text(raw)
	}
	if err != nil {
		return Result{}, err
	}
	if ext := extension(name); ext != "" && !sameKind(ext, kind) {
		res.note("the name ends in .%s, but the content is %s and was read as such", ext, kind)
	}
	return res, finish(&res)
}

// finish cleans the text and refuses what must not go on.
func finish(res *Result) error {
	if len(res.Text) > maxText {
		return fmt.Errorf("the file holds %d MB of text, more than %d; split it: %w", len(res.Text)>>20, maxText>>20, ErrTooLarge)
	}
	text, hidden := clean(res.Text)
	if hidden > 0 {
		res.note("%d invisible characters were left out", hidden)
	}
	res.Text = text
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("the file holds no text; if it is a scan, run text recognition (OCR) first: %w", ErrNoText)
	}
	if mark := classification(text, res.Metadata); mark != "" {
		return fmt.Errorf("the file is marked %s; classified papers must not be put into a system on a network (涉密不上网): remove it from here: %w", mark, ErrClassified)
	}
	return nil
}

// extension returns the extension of a name in lower case, without its dot.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || strings.ContainsAny(name[i:], `/\`) {
		return ""
	}
	return strings.ToLower(name[i+1:])
}

var extensions = map[string]string{
	"txt": KindText, "text": KindText, "md": KindMarkdown, "markdown": KindMarkdown,
	"html": KindHTML, "htm": KindHTML, "shtml": KindHTML, "xhtml": KindHTML, "mht": KindHTML,
	"docx": KindDOCX, "docm": KindDOCX, "dotx": KindDOCX, "pdf": KindPDF, "ofd": KindOFD,
}

// sameKind reports whether an extension is no surprise for a kind. Of an extension
// that nobody knows, nobody expects anything.
func sameKind(ext, kind string) bool {
	want, known := extensions[ext]
	if !known {
		return ext != "doc" && ext != "wps" && ext != "xlsx" && ext != "zip"
	}
	return want == kind
}

var ole2 = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// magics are the kinds that are refused, by their first bytes.
var magics = []struct{ magic, what, mend string }{
	{"{\\rtf", "an RTF file", "open it in Word or WPS and save it as docx (另存为 docx)"},
	{"\xff\xd8\xff", "a picture (JPEG)", "run text recognition (OCR) and import its result"},
	{"\x89PNG", "a picture (PNG)", "run text recognition (OCR) and import its result"},
	{"II*\x00", "a picture (TIFF)", "run text recognition (OCR) and import its result"},
	{"MM\x00*", "a picture (TIFF)", "run text recognition (OCR) and import its result"},
	{"GIF8", "a picture (GIF)", "run text recognition (OCR) and import its result"},
	{"Rar!\x1a\x07", "a RAR archive", "unpack it and import the files in it"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it and import the files in it"},
	{"\x1f\x8b", "a gzip archive", "unpack it and import the files in it"},
	{"MZ", "a program", "import the document itself"},
	{"\x7fELF", "a program", "import the document itself"},
	{"MIME-Version:", "a web archive (MHTML)", "open it in a browser and save the page as HTML only"},
}

// sniff finds the kind of a file by its content.
func sniff(name string, raw []byte) (string, error) {
	head := raw[:min(len(raw), 1024)]
	switch {
	case len(raw) == 0:
		return "", fmt.Errorf("the file is empty; was it cut off on the way?: %w", ErrUnreadable)
	case bytes.HasPrefix(raw, ole2):
		return "", refuseOLE2(raw)
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")), bytes.HasPrefix(raw, []byte("PK\x05\x06")):
		return sniffZip(raw)
	case bytes.Contains(head, []byte("%PDF-")):
		return KindPDF, nil
	}
	for _, m := range magics {
		if bytes.HasPrefix(raw, []byte(m.magic)) && (m.magic != "MZ" || bytes.IndexByte(head, 0) >= 0) {
			return "", fmt.Errorf("this is %s; %s: %w", m.what, m.mend, ErrUnsupported)
		}
	}
	ext := extensions[extension(name)]
	switch {
	case looksLikeHTML(raw, ext == KindHTML):
		return KindHTML, nil
	case bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), []byte("<?xml")):
		return "", fmt.Errorf("this is an XML file; if Word wrote it, open it there and save it as docx (另存为 docx): %w", ErrUnsupported)
	case binary(raw):
		return "", fmt.Errorf("this is a binary file that is none of docx, pdf, ofd; if it should be one, it is damaged: fetch it again, or save it anew as docx or pdf: %w", ErrUnreadable)
	case ext == KindMarkdown:
		return KindMarkdown, nil
	}
	return KindText, nil
}

// binary reports whether raw holds NUL bytes and is no UTF-16.
func binary(raw []byte) bool {
	if _, ok := fromUTF16(raw[:min(len(raw), 64)&^1]); ok {
		return false
	}
	return bytes.IndexByte(raw, 0) >= 0
}

// refuseOLE2 says what to do with a file of the format that Office used before
// 2007. A docx with a password is one too.
func refuseOLE2(raw []byte) error {
	wide := func(s string) []byte {
		var b []byte
		for _, c := range []byte(s) {
			b = append(b, c, 0)
		}
		return b
	}
	switch {
	case bytes.Contains(raw, wide("EncryptedPackage")):
		return fmt.Errorf("the file is protected by a password; open it, remove the password and save it again: %w", ErrUnsupported)
	case bytes.Contains(raw, wide("Workbook")) && !bytes.Contains(raw, wide("WordDocument")):
		return fmt.Errorf("this is an old Excel file; copy the policy into a document and save it as docx: %w", ErrUnsupported)
	}
	return fmt.Errorf("this is a file of the old .doc or .wps format; open it in Word or WPS and save it as docx (另存为 → Word 文档 .docx), or convert it with: soffice --convert-to docx FILE: %w", ErrUnsupported)
}

// looksLikeHTML reports whether raw is a web page. Without the extension of one it
// needs more than a tag: a text may speak of tags.
func looksLikeHTML(raw []byte, named bool) bool {
	head := bytes.ToLower(raw[:min(len(raw), 8<<10)])
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	for bytes.HasPrefix(start, []byte("<!--")) {
		_, rest, ok := bytes.Cut(start, []byte("-->"))
		if !ok {
			break
		}
		start = bytes.TrimLeft(rest, " \t\r\n")
	}
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(start, []byte(tag)) {
			return true
		}
	}
	if bytes.HasPrefix(start, []byte("<?xml")) {
		return bytes.Contains(head, []byte("<html"))
	}
	tags := 0
	for _, tag := range []string{"<p>", "<p ", "<div", "<span", "<br", "<table", "<td", "</p>", "</div>", "</body>", "</html>"} {
		tags += min(3, bytes.Count(head, []byte(tag)))
	}
	return named && tags > 0 || tags >= 6 && start != nil && len(start) > 0 && start[0] == '<'
}
