package corpus_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
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
			if r.ScopeStart < c.Start || r.ScopeEnd > c.End || r.ScopeStart >= r.ScopeEnd {
				t.Fatalf("scope [%d:%d] of %s is no part of %s", r.ScopeStart, r.ScopeEnd, r.Bureau, path)
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

// TestFoundingPolicyInOtherDress holds that nothing hangs on the city, the width of
// the punctuation or the line ends of the founding policy.
func TestFoundingPolicyInOtherDress(t *testing.T) {
	want := parse(t, foundingText())
	wide := strings.NewReplacer("(", "（", ")", "）", ",", "，", ":", "：", ";", "；")
	for name, change := range map[string]func(string) string{
		"full width":  wide.Replace,
		"crlf":        func(s string) string { return "\ufeff" + strings.ReplaceAll(s, "\n", "\r\n") },
		"blank lines": func(s string) string { return strings.ReplaceAll(s, "\n", "\n\n\u3000\u3000") },
		"city":        func(s string) string { return strings.ReplaceAll(s, "清远", "韶关") },
	} {
		got := parse(t, change(foundingText()))
		if len(got.Clauses) != len(want.Clauses) {
			t.Errorf("%s: %d clauses, want %d", name, len(got.Clauses), len(want.Clauses))
			continue
		}
		for i, c := range got.Clauses {
			w := want.Clauses[i]
			if c.Path.String() != w.Path.String() || len(c.Responsibilities) != len(w.Responsibilities) {
				t.Errorf("%s: %s with %d bodies, want %s with %d", name, c.Path, len(c.Responsibilities), w.Path, len(w.Responsibilities))
				continue
			}
			for j, r := range c.Responsibilities {
				wanted := w.Responsibilities[j].Bureau
				switch name {
				case "city", "full width":
					wanted = change(wanted)
				}
				if r.Bureau != wanted || r.Role != w.Responsibilities[j].Role {
					t.Errorf("%s: %s: %s %s, want %s", name, c.Path, r.Role, r.Bureau, wanted)
				}
			}
		}
	}
}

var (
	bracketRe = regexp.MustCompile(`[（(\[〔](?:[^（()）\[\]〔〕\n]|[（(\[〔][^（()）\[\]〔〕\n]*[）)\]〕])*[）)\]〕]`)
	certainRe = regexp.MustCompile(`^.\s*(?:责任单位|牵头单位|负责部门|责任部门|配合单位|牵头部门)\s*[:：]|(?:负责|牵头|配合|参与|指导|落实)[）)\]〕]$`)
)

// TestRealPolicies reads the real documents that are on this machine and compares
// what it finds with a plain search for bracketed marks.
func TestRealPolicies(t *testing.T) {
	files, _ := filepath.Glob("../../shared/policy/real/*.txt")
	searched, found := 0, 0
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
		plain, both := 0, 0
		for _, m := range bracketRe.FindAllStringIndex(doc.Text, -1) {
			if certainRe.MatchString(doc.Text[m[0]:m[1]]) {
				plain++
				if quotes[m[0]] {
					both++
				}
			}
		}
		searched, found = searched+plain, found+both
		t.Logf("%s: %d clauses, %d marks, of %d searched %d; %d warnings", filepath.Base(f), len(doc.Clauses), len(quotes), plain, both, len(doc.Warnings))
	}
	t.Logf("%d of %d marks found", found, searched)
	if found*100 < searched*98 {
		t.Errorf("only %d of %d marks found", found, searched)
	}
}

// TestRegionOfIssuer holds names of places that look like common nouns: 石景山区
// ends in 山区, 成都市 in 都市.
func TestRegionOfIssuer(t *testing.T) {
	for issuer, want := range map[string]string{
		"清远市人民政府办公室":       "清远市",
		"北京市石景山区人民政府":      "北京市石景山区",
		"深圳市南山区财政局":        "深圳市南山区",
		"成都市人民政府":          "成都市",
		"江门市财政局":           "江门市",
		"盐城市市场监督管理局":       "盐城市",
		"广东省人民政府办公厅":       "广东省",
		"广西壮族自治区人民政府":      "广西壮族自治区",
		"大理白族自治州人民政府":      "大理白族自治州",
		"柳河县人民政府":          "柳河县",
		"国务院办公厅":           "",
		"财政部":              "",
		"国家税务总局辽宁省税务局":     "辽宁省",
		"广州市社会保险基金管理中心":    "广州市",
		"东莞市政务服务和数据管理局":    "东莞市",
		"清远市清城区人民政府":       "清远市清城区",
		"广东省清远市阳山县人民政府办公室": "广东省清远市阳山县",
	} {
		doc := parse(t, issuer+"关于某事的通知\n某地的要求如下。\n")
		if doc.Region != want {
			t.Errorf("%s: region %q, want %q", issuer, doc.Region, want)
		}
	}
	for title, want := range map[string]string{
		"促进城市更新办法": "", "关于社区治理的意见": "", "超大城市治理条例": "", "盐城市绿化条例": "盐城市", "2026年广州市天河区入学指引": "广州市天河区",
	} {
		if doc := parse(t, title+"\n第一条 为了甲。\n"); doc.Region != want {
			t.Errorf("%s: region %q, want %q", title, doc.Region, want)
		}
	}
}

// A level in a list of bodies may have another name in brackets.
func TestParseLevelWithAlias(t *testing.T) {
	for _, s := range []string{"由区(县)人民政府、街道(镇)、区民政局负责实施。", "街道(镇)、区民政局负责实施。", "街道(镇)和民政局负责。", "街道（镇）配合区民政局做好工作。", "镇(乡)、街道(镇)组织实施。", "各市（州）负责实施。", "各市（州）要落实属地责任。", "由各市（州）组织实施。"} {
		if _, err := corpus.Parse("甲市关于养老的通知\n第一条 "+s+"\n第二条 "+s+"\n", register(t)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}
