package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

// render prints all that Parse understood, for people to review.
func render(doc *corpus.Document) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title %s\nnumber %s\nid %s\nissuers %s\nregion %s\nwritten %s published %s effective %s expires %s status %s replaces %s\n",
		doc.Title, doc.Number, doc.ID, strings.Join(doc.Issuers, "|"), doc.Region, doc.Written, doc.Published, doc.Effective, doc.Expires, doc.Status, strings.Join(doc.Replaces, "|"))
	for _, list := range []struct {
		what  string
		names []string
	}{{"addressees", doc.Addressees}, {"annexes", doc.Annexes}, {"encloses", doc.Encloses}} {
		if len(list.names) > 0 {
			fmt.Fprintf(&b, "%s %s\n", list.what, strings.Join(list.names, "|"))
		}
	}
	for _, c := range doc.Clauses {
		fmt.Fprintf(&b, "\n%s [%d:%d] %s\n", c.Path, c.Start, c.End, strings.Join(c.Headings, " / "))
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(c.Text, "\n", "\n  "))
		for _, r := range c.Responsibilities {
			from := ""
			if r.Inherited {
				from = " from " + r.Basis.String()
			}
			fmt.Fprintf(&b, "  - %s %s (%s)%s: %s\n", r.Role, r.Bureau, r.AsWritten, from, r.Quote)
			if r.ScopeStart != c.Start || r.ScopeEnd != c.End {
				fmt.Fprintf(&b, "    of: %s\n", doc.Text[r.ScopeStart:r.ScopeEnd])
			}
		}
	}
	for _, w := range doc.Warnings {
		fmt.Fprintf(&b, "\nwarning line %d: %s\n", w.Line, w.Message)
	}
	return b.String()
}

// TestGolden holds how the founding policy and texts full of traps are understood.
func TestGolden(t *testing.T) {
	texts := map[string]string{"founding": foundingText()}
	files, err := filepath.Glob("testdata/parse/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts in testdata/parse: %v", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(f), ".txt")] = string(data)
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			got := render(parse(t, text))
			file := filepath.Join("testdata", "parse", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: run go test ./corpus -update and review the file", err)
			}
			if got != string(want) {
				t.Errorf("differs from %s: run go test ./corpus -update and review the change\n%s", file, firstDifference(got, string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: got %s", i+1, g[i])
		}
	}
	return "the end is missing"
}
