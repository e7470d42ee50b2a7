// Package indextest is the suite that every index.Index passes.
//
// To add an engine, write a folder beside index/bleve, and call Test from its
// test with a function that makes an empty index.
package indextest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// places are made up.
const places = `
甲省 乙市 = 丙县
甲省 丁市 = 戊县
`

// Placed returns the analyzer that engines are to be made with: a, and the places of the
// suite.
func Placed(t testing.TB, a index.Analyzer) index.Placed {
	t.Helper()
	p, err := corpus.ParsePlaces("places", places)
	if err != nil {
		t.Fatal(err)
	}
	return index.Placed{Analyzer: a, Places: p}
}

// Test runs the suite. open returns a new, empty index made with a; the suite closes it.
func Test(t *testing.T, a index.Placed, open func(t *testing.T) index.Index) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"FindsTheClauseThatFits", findsTheClause},
		{"HeadingCounts", headingCounts},
		{"PutReplaces", putReplaces},
		{"DeleteRemoves", deleteRemoves},
		{"ValidityIsPartOfTheQuery", validity},
		{"DocumentFilter", documentFilter},
		{"RegionFilter", regionFilter},
		{"PlaceAskedAboutIsPreferred", placePreferred},
		{"CitedIsPreferred", citedPreferred},
		{"TitleLeadsToItsDocument", titleLeads},
		{"SameQuestionSameAnswer", sameAnswer},
		{"FiltersDoNotHideOthers", filtersLeaveOthers},
		{"CancelledSearch", cancelled},
		{"HostileQuestions", hostile},
		{"QuerySyntaxIsData", querySyntax},
		{"Frequencies", frequencies},
		{"EmptyQueries", emptyQueries},
		{"ManyTerms", manyTerms},
		{"ConcurrentPutAndSearch", concurrent},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := open(t)
			t.Cleanup(func() {
				if err := x.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			c.run(t, suite{x, a})
		})
	}
}

type suite struct {
	index.Index
	analyzer index.Analyzer
}

// doc makes a document whose clauses are the given texts, under one heading each.
func doc(id string, clauses ...string) *corpus.Document {
	d := &corpus.Document{ID: id, Title: "测试文件", Number: id, Status: corpus.InForce}
	for i, text := range clauses {
		heading, text, ok := strings.Cut(text, "|")
		if !ok {
			heading, text = "", heading
		}
		start := len(d.Text)
		d.Text += text + "\n"
		d.Clauses = append(d.Clauses, corpus.Clause{
			Path: corpus.Path{{Level: corpus.LevelParagraph, Num: i + 1}}, Headings: []string{heading},
			Text: text, Start: start, End: start + len(text),
		})
	}
	d.Revision = corpus.RevisionOf(d.Text)
	return d
}

func (s suite) put(t *testing.T, docs ...*corpus.Document) {
	t.Helper()
	if err := s.Put(context.Background(), docs...); err != nil {
		t.Fatalf("Put: %v", err)
	}
}

func (s suite) search(t *testing.T, text string, q index.Query) []index.Hit {
	t.Helper()
	for _, term := range s.analyzer.Terms(text) {
		q.Terms = append(q.Terms, index.Term{Text: term.Term, Boost: 1})
	}
	hits, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("Search(%q): %v", text, err)
	}
	return hits
}

func (s suite) wantFirst(t *testing.T, text string, q index.Query, doc, path string) {
	t.Helper()
	hits := s.search(t, text, q)
	if len(hits) == 0 || hits[0].Ref.Document != doc || hits[0].Ref.Path != path {
		t.Errorf("Search(%q) = %+v, want %s %s first", text, hits, doc, path)
	}
	for i := 1; i < len(hits); i++ {
		if hits[i].Score > hits[i-1].Score {
			t.Errorf("Search(%q): hit %d scores higher than the one before", text, i)
		}
	}
}

func findsTheClause(t *testing.T, s suite) {
	s.put(t, doc("a", "引导金融机构开发专属产品,缓解融资难问题。", "推进清洁生产审核。"), doc("b", "鼓励企业参加广交会。"))
	s.wantFirst(t, "融资难", index.Query{}, "a", "第1段")
	s.wantFirst(t, "清洁生产", index.Query{}, "a", "第2段")
	s.wantFirst(t, "广交会", index.Query{}, "b", "第1段")
	if hits := s.search(t, "随迁子女", index.Query{}); len(hits) != 0 {
		t.Errorf("found %v for words that stand nowhere", hits)
	}
	if hits := s.search(t, "企业 生产 融资", index.Query{Limit: 1}); len(hits) != 1 {
		t.Errorf("Limit 1 gave %d hits", len(hits))
	}
}

func headingCounts(t *testing.T, s suite) {
	s.put(t, doc("a", "强化人才支撑|组织对接活动。", "实施绿色制造|组织对接活动。"))
	s.wantFirst(t, "绿色制造 对接活动", index.Query{}, "a", "第2段")
}

func putReplaces(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息由财政局负责。", "多余的一段,讲招聘会。"))
	s.put(t, doc("a", "贷款贴息由商务局负责。"))
	if hits := s.search(t, "招聘会", index.Query{}); len(hits) != 0 {
		t.Errorf("a clause of the old revision is still found: %v", hits)
	}
	hits := s.search(t, "贷款贴息", index.Query{})
	want := doc("a", "贷款贴息由商务局负责。").Revision
	if len(hits) != 1 || hits[0].Ref.Revision != want {
		t.Errorf("got %v, want one hit of revision %s", hits, want)
	}
}

func deleteRemoves(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"), doc("b", "贷款担保。"))
	for range 2 { // the second time there is nothing left to delete
		if err := s.Delete(context.Background(), "a"); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
	s.wantFirst(t, "贷款", index.Query{}, "b", "第1段")
	if hits := s.search(t, "贴息", index.Query{}); len(hits) != 0 {
		t.Errorf("deleted clause found: %v", hits)
	}
}

func validity(t *testing.T, s suite) {
	var docs []*corpus.Document
	// Were validity a filter on the best hits, these would crowd out the one in force.
	for i := range 30 {
		d := doc(fmt.Sprintf("repealed%d", i), "贷款贴息贷款贴息贷款贴息。")
		d.Status = corpus.Repealed
		docs = append(docs, d)
	}
	future, past, now := doc("future", "贷款贴息。"), doc("past", "贷款贴息。"), doc("now", "贷款贴息及其他许多与之无关的内容。")
	future.Effective, past.Expires = "2027-01-01", "2026-06-30"
	now.Effective, now.Expires = "2026-07-01", "2026-12-31"
	s.put(t, append(docs, future, past, now)...)
	for _, c := range []struct{ day, want string }{
		{"2026-06-30", "past"}, {"2026-07-01", "now"}, {"2026-12-31", "now"}, {"2027-01-01", "future"},
	} {
		hits := s.search(t, "贷款贴息", index.Query{AsOf: c.day, Limit: 5})
		if len(hits) != 1 || hits[0].Ref.Document != c.want {
			t.Errorf("on %s: got %v, want only %s", c.day, hits, c.want)
		}
	}
}

func documentFilter(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"), doc("b", "贷款担保,贷款贴息,贷款奖补。"))
	s.wantFirst(t, "贷款", index.Query{Document: "a"}, "a", "第1段")
}

func querySyntax(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"))
	for _, text := range []string{`+a -b "c" d:e~ f^`, strings.Repeat("-", 33), "document:a", "*", "/.*/", "贷款 AND NOT 贴息", "\x00\xff贷款"} {
		for _, hit := range s.search(t, text, index.Query{}) {
			if !strings.Contains(text, "贷款") {
				t.Errorf("Search(%q) found %v", text, hit)
			}
		}
	}
	raw := index.Query{Terms: []index.Term{{Text: `text:"贷款" OR *`, Boost: 1}}}
	if hits, err := s.Search(context.Background(), raw); err != nil || len(hits) != 0 {
		t.Errorf("a term with query syntax gave %v, %v", hits, err)
	}
}

func frequencies(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。", "贷款担保。"), doc("b", "清洁生产。"))
	df, n, err := s.Frequencies(context.Background(), []string{"贷款", "清洁", "没有"})
	if err != nil || n != 3 || df[0] != 2 || df[1] != 1 || df[2] != 0 {
		t.Errorf("Frequencies = %v, %d, %v, want [2 1 0], 3", df, n, err)
	}
}

func emptyQueries(t *testing.T, s suite) {
	if hits := s.search(t, "贷款", index.Query{}); len(hits) != 0 {
		t.Errorf("an empty index gave %v", hits)
	}
	s.put(t, doc("a", "贷款贴息。"))
	for _, text := range []string{"", " ", "。。。", "😀"} {
		if hits := s.search(t, text, index.Query{}); len(hits) != 0 {
			t.Errorf("Search(%q) = %v", text, hits)
		}
	}
}

func manyTerms(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"))
	q := index.Query{Terms: []index.Term{{Text: "贷款", Boost: 1}}}
	for i := range 10 * index.MaxTerms {
		q.Terms = append(q.Terms, index.Term{Text: fmt.Sprint("x", i), Boost: 1})
	}
	hits, err := s.Search(context.Background(), q)
	if err != nil || len(hits) != 1 {
		t.Errorf("a query of %d terms gave %v, %v", len(q.Terms), hits, err)
	}
}

func concurrent(t *testing.T, s suite) {
	old, new := doc("a", "贷款贴息由财政局负责。"), doc("a", "贷款贴息由商务局负责。")
	s.put(t, old)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if hits := s.search(t, "贷款贴息", index.Query{}); len(hits) != 1 {
					t.Errorf("during Put a search gave %d hits, want 1", len(hits))
					return
				}
			}
		})
	}
	for i := range 50 {
		s.put(t, []*corpus.Document{new, old}[i%2])
	}
	close(stop)
	wg.Wait()
}
