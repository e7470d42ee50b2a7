package extract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/extract"
	"github.com/wence-bot/wence/corpus/policies"
)

// tree prints what must be the same whatever the format of a file: the clauses,
// their headings and texts, and who is responsible.
func tree(t testing.TB, text string) string {
	t.Helper()
	reg, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := corpus.Parse(text, reg)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s | %v | %s | %s | %s\n", doc.Title, doc.Number, doc.Issuers, doc.Written, doc.Effective, doc.Expires)
	for _, c := range doc.Clauses {
		fmt.Fprintf(&b, "%s %q %s\n", c.Path, c.Headings, c.Text)
		for _, r := range c.Responsibilities {
			fmt.Fprintf(&b, "    %s %s %q %s %q\n", r.Role, r.Bureau, r.AsWritten, r.Basis, r.Quote)
		}
	}
	for _, w := range doc.Warnings {
		fmt.Fprintf(&b, "  ! %s\n", w.Message)
	}
	return b.String()
}

// TestSameInEveryFormat is the key test: the same text in every format yields the
// same clauses.
func TestSameInEveryFormat(t *testing.T) {
	for name, paras := range map[string][]para{"plan": plan, "rules": rules} {
		want := tree(t, string(asText(paras)))
		if name == "plan" && !strings.Contains(want, "    lead ") {
			t.Fatalf("%s names nobody responsible:\n%s", name, want)
		}
		gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(asText(paras))
		if err != nil {
			t.Fatal(err)
		}
		page := strings.Replace(string(asHTML(paras)), "utf-8", "gb2312", 1)
		gbkPage, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(page))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			file, kind string
			raw        []byte
		}{
			{"a.txt", extract.KindText, asText(paras)},
			{"gbk.txt", extract.KindText, gbk},
			{"a.md", extract.KindMarkdown, asMarkdown(paras)},
			{"a.html", extract.KindHTML, asHTML(paras)},
			{"gbk.html", extract.KindHTML, gbkPage},
			{"a.docx", extract.KindDOCX, asDOCX(t, paras)},
			{"tounicode.pdf", extract.KindPDF, asPDF(typeset(paras), true)},
			{"gbk-euc-h.pdf", extract.KindPDF, asPDF(typeset(paras), false)},
			{"a.ofd", extract.KindOFD, asOFD(t, typeset(paras))},
		} {
			t.Run(name+"/"+c.file, func(t *testing.T) {
				res, err := extract.Read(c.file, c.raw)
				if err != nil {
					t.Fatal(err)
				}
				if res.Kind != c.kind {
					t.Errorf("kind %s", res.Kind)
				}
				if got := tree(t, res.Text); got != want {
					t.Errorf("differs from the text file:\n%s\ntext:\n%s", diff(want, got), res.Text)
				}
			})
		}
	}
}

// diff shows the lines that only one of two texts has.
func diff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out []string
	for _, l := range a {
		if !slices.Contains(b, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}

func checkPDF(t *testing.T, raw []byte, want string) {
	t.Helper()
	res, err := extract.Read("a.pdf", raw)
	if err != nil || res.Text != want {
		t.Errorf("read %q, %v, want %q", res.Text, err, want)
	}
}
