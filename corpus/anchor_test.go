package corpus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func TestAnchor(t *testing.T) {
	for path, want := range map[string]string{
		"二、(六)第1段":       "2.6.1",
		"二、第3段":          "2.3",
		"二、1.第3段":        "2.point1.3",
		"通知第1段":          "notice.1",
		"第十二条第二款":        "article12.2",
		"第十二条第二款第(三)项":   "article12.2.item3",
		"第十条之一":          "article10-1",
		"附件1:一、第2段":      "annex1.1.2",
		"附件:第十条第一款":      "annex.article10.1",
		"第三章第1段":         "chapter3.1",
		"第一部分一、(二)3.第1段": "portion1.1.2.3.1",
	} {
		p, err := corpus.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Anchor(); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if back, err := corpus.ParseAnchor(want); err != nil || !back.Equal(p) {
			t.Errorf("%s reads back as %s, %v", want, back, err)
		}
	}
	for _, bad := range []string{"", ".", "2.6.", "x1", "2.-1", "02.1", "2.6.1.notice-", "99999999999999999999", "<script>"} {
		if p, err := corpus.ParseAnchor(bad); err == nil {
			t.Errorf("%q was read as %s", bad, p)
		}
	}
}

// No two clauses of a document have one anchor.
func TestAnchorsAreOneToOne(t *testing.T) {
	files, _ := filepath.Glob("../../shared/policy/real/*.txt")
	own, _ := filepath.Glob("policies/*.txt")
	for _, name := range append(files, own...) {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := corpus.Parse(string(raw), register(t))
		if err != nil {
			continue // TestReal says which may fail
		}
		seen := map[string]corpus.Path{}
		for _, c := range d.Clauses {
			a := c.Path.Anchor()
			if other, ok := seen[a]; ok {
				t.Errorf("%s: %s and %s have the anchor %s", name, other, c.Path, a)
			}
			seen[a] = c.Path
			if back, err := corpus.ParseAnchor(a); err != nil || !back.Equal(c.Path) {
				t.Errorf("%s: %s reads back as %s, %v", name, a, back, err)
			}
		}
	}
}

func FuzzAnchor(f *testing.F) {
	f.Add("2.6.1")
	f.Add("annex1.article12.2.item3")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := corpus.ParseAnchor(s)
		if err != nil {
			return
		}
		if p.Anchor() != s {
			t.Errorf("%q reads as %s and prints as %q", s, p, p.Anchor())
		}
	})
}
