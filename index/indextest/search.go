package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

func regionFilter(t *testing.T, s suite) {
	here, there, nowhere := doc("here", "贷款贴息。"), doc("there", "贷款贴息。"), doc("nowhere", "贷款贴息。")
	here.Region, there.Region = "甲市", "乙市"
	s.put(t, here, there, nowhere)
	for _, c := range []struct {
		regions []string
		want    string
	}{
		{nil, "here nowhere there"}, {[]string{"甲市"}, "here"}, {[]string{"甲市", ""}, "here nowhere"}, {[]string{"丙市"}, ""},
	} {
		var got []string
		for _, h := range s.search(t, "贷款贴息", index.Query{Regions: c.regions}) {
			got = append(got, h.Ref.Document)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("regions %q gave %q, want %q", c.regions, got, c.want)
		}
	}
}

// placePreferred asks of a place what documents of several say in the same words.
func placePreferred(t *testing.T, s suite) {
	var docs []*corpus.Document
	for _, title := range []string{"乙市办法", "丁市办法", "丙县办法", "各地办法"} {
		d := doc(title, "贷款贴息。")
		d.Title = title
		docs = append(docs, d)
	}
	s.put(t, docs...)
	for _, c := range []struct{ asked, first, last string }{
		{"乙市", "乙市办法", "丁市办法"},
		{"丁市", "丁市办法", ""},
		{"丙县", "丙县办法", "丁市办法"},
	} {
		hits := s.search(t, "贷款贴息", index.Query{Places: []string{c.asked}})
		if len(hits) != len(docs) {
			t.Fatalf("%d hits for %s, want all %d", len(hits), c.asked, len(docs))
		}
		if first := hits[0].Ref.Document; first != c.first {
			t.Errorf("first for %s is %s, want %s", c.asked, first, c.first)
		}
		if last := hits[len(hits)-1].Ref.Document; c.last != "" && last != c.last {
			t.Errorf("last for %s is %s, want %s", c.asked, last, c.last)
		}
	}
}

// citedPreferred has many documents that say the same, one of which another cites.
func citedPreferred(t *testing.T, s suite) {
	var docs []*corpus.Document
	for i := range 12 {
		d := doc(fmt.Sprintf("办法%c", '甲'+i), "贷款贴息。")
		d.Title = d.ID + "(试行)"
		docs = append(docs, d)
	}
	for _, cited := range []string{docs[3].ID, docs[8].ID} {
		s.put(t, append(docs, doc("细则", "根据《"+cited+"》制定本细则。"))...)
		if hits := s.search(t, "贷款贴息", index.Query{}); len(hits) == 0 || hits[0].Ref.Document != cited {
			t.Errorf("%s is cited, and the hits are %v", cited, hits)
		}
	}
}

func titleLeads(t *testing.T, s suite) {
	a, b := doc("a", "第一段讲别的。", "第二段也讲别的。"), doc("b", "第一段讲别的。")
	a.Title, b.Title = "清洁生产推进办法", "人才引进办法"
	s.put(t, a, b)
	hits := s.search(t, "清洁生产", index.Query{})
	if len(hits) == 0 || hits[0].Ref.Document != "a" {
		t.Errorf("the words of a title led to %v", hits)
	}
}

// sameAnswer puts the same documents in another order: among clauses that fit equally
// well any order will do, but not another set or other scores.
func sameAnswer(t *testing.T, s suite) {
	var docs []*corpus.Document
	for i := range 30 {
		docs = append(docs, doc(fmt.Sprint("d", i), fmt.Sprintf("贷款贴息%s。", strings.Repeat("企业", i%7)), "人才引进。"))
	}
	s.put(t, docs...)
	first := s.search(t, "企业贷款", index.Query{Limit: 10})
	slices.Reverse(docs)
	s.put(t, docs...)
	second := s.search(t, "企业贷款", index.Query{Limit: 10})
	if len(first) != 10 || len(second) != 10 {
		t.Fatalf("%d and %d hits, want 10", len(first), len(second))
	}
	for i := range first {
		if d := first[i].Score - second[i].Score; d < -1e-3*first[i].Score || d > 1e-3*first[i].Score {
			t.Errorf("place %d had the score %v, now %v", i, first[i].Score, second[i].Score)
		}
	}
}

// filtersLeaveOthers searches the one clause that passes the filter among many that
// fit better.
func filtersLeaveOthers(t *testing.T, s suite) {
	var docs []*corpus.Document
	for i := range 40 {
		var clauses []string
		for range 20 {
			clauses = append(clauses, "贷款贴息贷款贴息。")
		}
		docs = append(docs, doc(fmt.Sprint("d", i), clauses...))
	}
	docs = append(docs, doc("wanted", "许多与之无关的话,最后才说到贷款。"))
	s.put(t, docs...)
	hits := s.search(t, "贷款贴息", index.Query{Document: "wanted", Limit: 3})
	if len(hits) != 1 || hits[0].Ref.Document != "wanted" {
		t.Errorf("got %v", hits)
	}
}

func cancelled(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	hits, err := s.Search(ctx, index.Query{Terms: []index.Term{{Text: "贷款", Boost: 1}}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled search gave %v, %v", hits, err)
	}
}

// hostile questions are answered like any other.
func hostile(t *testing.T, s suite) {
	s.put(t, doc("a", "贷款贴息。"))
	for _, text := range []string{
		strings.Repeat("的", 10000), strings.Repeat("贷款贴息由谁负责", 1250), strings.Repeat("\u200b", 10000),
		strings.Repeat("ᚠᛇᚻ ꙮ 𒀀𒀁 ", 1000), strings.Repeat("\xff\x00", 5000), "贷款\x02", "\x01贷",
	} {
		for _, limit := range []int{0, 1, 1 << 20} {
			q := index.QueryOf(s.analyzer, text)
			q.Limit = limit
			if _, err := s.Search(context.Background(), q); err != nil {
				t.Errorf("%.20q: %v", text, err)
			}
		}
	}
}
