package corpus_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	founding     = "清府办函〔2024〕24号"
	foundingFile = "qingfubanhan-2024-24" // go:embed refuses 〔 in a file name
)

func register(t testing.TB) *corpus.Register {
	t.Helper()
	reg, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	return reg
}

func parse(t testing.TB, text string) *corpus.Document {
	t.Helper()
	doc, err := corpus.Parse(text, register(t))
	if err != nil {
		t.Fatal(err)
	}
	checkSpans(t, doc)
	return doc
}

// checkSpans verifies what quoting rests on: every clause and every quote is a
// span of the text, and a path names one clause.
func checkSpans(t testing.TB, doc *corpus.Document) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range doc.Clauses {
		if doc.Text[c.Start:c.End] != c.Text || c.Text == "" {
			t.Fatalf("clause %s is not the text at [%d:%d]", c.Path, c.Start, c.End)
		}
		path := c.Path.String()
		if seen[path] {
			t.Fatalf("two clauses have the path %s", path)
		}
		seen[path] = true
		if back, err := corpus.ParsePath(path); err != nil || !back.Equal(c.Path) {
			t.Fatalf("path %v prints as %s and reads back as %v, %v", []corpus.Step(c.Path), path, []corpus.Step(back), err)
		}
		for _, r := range c.Responsibilities {
			if doc.Text[r.Start:r.End] != r.Quote || r.Quote == "" || r.Bureau == "" || r.AsWritten == "" || r.Role == "" {
				t.Fatalf("responsibility %+v of %s is not a span", r, path)
			}
			if doc.Clause(r.Basis.String()) == nil {
				t.Fatalf("basis %s of %s in %s is no clause", r.Basis, r.Bureau, path)
			}
		}
	}
}

// TestFoundingPolicyEqualsGold compares with the gold of the evaluation folder,
// which is outside the project; TestGolden holds the same in the project.
func TestFoundingPolicyEqualsGold(t *testing.T) {
	data, err := os.ReadFile("../../shared/eval/gold_clauses.json")
	if err != nil {
		t.Logf("no gold on this machine: %v", err)
		return
	}
	var gold []struct {
		Clause              string
		Paragraph           int
		Responsible, Common []string
		Text                string
	}
	if err := json.Unmarshal(data, &gold); err != nil {
		t.Fatal(err)
	}
	doc := parse(t, foundingText())
	for i, g := range gold {
		if i >= len(doc.Clauses) {
			t.Fatalf("only %d clauses, want %d", len(doc.Clauses), len(gold))
		}
		c := doc.Clauses[i]
		clause := strings.Replace(c.Path.Clause(), "、", "", 1)
		if clause != g.Clause || c.Path.Paragraph() != g.Paragraph || c.Text != g.Text {
			t.Errorf("clause %d is %s第%d段 %.60s, want %s第%d段 %.60s", i, clause, c.Path.Paragraph(), c.Text, g.Clause, g.Paragraph, g.Text)
		}
		var responsible, common []string
		for _, r := range c.Responsibilities {
			name := strings.Replace(r.Bureau, "清远市", "市", 1)
			if r.Bureau == "中国人民银行清远市分行" || strings.HasPrefix(r.Bureau, "国家") {
				name = r.Bureau
			}
			if r.Role == corpus.Shared && r.Inherited {
				common = append(common, name)
			} else if r.Role == corpus.Responsible && !r.Inherited {
				responsible = append(responsible, name)
			} else {
				t.Errorf("%s: unexpected role %s of %s", c.Path, r.Role, name)
			}
		}
		if strings.Join(responsible, " ") != strings.Join(g.Responsible, " ") || strings.Join(common, " ") != strings.Join(g.Common, " ") {
			t.Errorf("%s: responsible %v common %v, want %v %v", c.Path, responsible, common, g.Responsible, g.Common)
		}
	}
	if len(doc.Clauses) != len(gold) || len(doc.Warnings) != 0 {
		t.Errorf("%d clauses, want %d; warnings %v", len(doc.Clauses), len(gold), doc.Warnings)
	}
}

func TestFoundingPolicyHead(t *testing.T) {
	doc := parse(t, foundingText())
	for _, x := range []struct{ what, got, want string }{
		{"title", doc.Title, "清远市人民政府办公室关于印发《清远市贯彻落实〈广东省推动专精特新企业高质量发展的指导意见〉实施方案》的通知"},
		{"number", doc.Number, founding},
		{"issuers", strings.Join(doc.Issuers, "|"), "清远市人民政府办公室"},
		{"region", doc.Region, "清远市"},
		{"written", doc.Written, "2024-04-08"},
		{"status", string(doc.Status), "in_force"},
		{"id", doc.ID, "清府办函-2024-24号"},
	} {
		if x.got != x.want {
			t.Errorf("%s is %q, want %q", x.what, x.got, x.want)
		}
	}
	if r := doc.Clauses[0].Responsibilities; len(r) != 1 || r[0].Quote != "执行过程中遇到的问题,请径向市工业和信息化局反映。" || r[0].Bureau != "清远市工业和信息化局" {
		t.Errorf("notice: %+v", r)
	}
	shared := doc.Clause("二、(六)第1段").Responsibilities[5]
	if shared.Quote != "以下均需要高新区管委会、各县(市、区)人民政府、广清产业园管委会负责,不再列出" || shared.Basis.String() != "二、(一)第1段" {
		t.Errorf("shared: %+v", shared)
	}
}

// TestRealPolicies reads the real documents that are on this machine.
func TestRealPolicies(t *testing.T) {
	files, _ := filepath.Glob("../../shared/policy/real/*.txt")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, string(data))
		quotes := map[int]bool{}
		for _, c := range doc.Clauses {
			for _, r := range c.Responsibilities {
				if !r.Inherited {
					quotes[r.Start] = true
				}
			}
		}
		t.Logf("%s: %d clauses, %d marks, %d warnings; %s | %s | %s | %s", filepath.Base(f), len(doc.Clauses), len(quotes), len(doc.Warnings), doc.Title, doc.Number, doc.Region, doc.Written)
	}
}
