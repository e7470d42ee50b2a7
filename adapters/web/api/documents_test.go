package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// madeUp returns a policy with n clauses of a made-up city.
func madeUp(tb testing.TB, n int, year string) *corpus.Document {
	tb.Helper()
	text := "乙市人民政府办公室关于印发《乙市扶持办法》的通知\n乙府办〔" + year + "〕3号\n一、主要任务\n"
	for i := range n {
		text += fmt.Sprintf("(%s)任务%d\n做好第%d件事。(市财政局牵头,市教育局配合)\n", []string{"一", "二", "三", "四", "五", "六", "七", "八", "九"}[i], i+1, i+1)
	}
	d, err := corpus.Parse(text+year+"年4月8日\n", getWorld(tb).register)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestDocuments(t *testing.T) {
	s := newServer(t)
	old := madeUp(t, 3, "2023")
	s.publish(t, old)
	for query, want := range map[string][]string{
		"":                      {s.policy.ID, old.ID},
		"?year=2023":            {old.ID},
		"?q=扶持":                 {old.ID},
		"?q=〔2024〕":             {s.policy.ID},
		"?status=in_force":      {s.policy.ID, old.ID},
		"?status=repealed":      {},
		"?in_force=false":       {},
		"?bureau=乙市财政局":         {old.ID},
		"?bureau=财政局":           {s.policy.ID, old.ID},
		"?bureau=教育局&year=2023": {old.ID},
	} {
		var p page[documentView]
		s.get(t, "/api/v1/documents"+escaped(query)).into(t, &p)
		got := []string{}
		for _, d := range p.Items {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lists %q, want %q", query, got, want)
		}
	}
	for query, status := range map[string]int{
		"?status=new": 400, "?in_force=yes": 400, "?limit=0": 400, "?limit=x": 400, "?limit=201": 400, "?q=a&q=b": 400, "?q=%00": 400, "?q=%ff": 400,
		"?%zz": 400, "?a;b": 400, "?bureau=火星局": 404,
	} {
		if r := s.get(t, "/api/v1/documents"+escaped(query)); r.StatusCode != status {
			t.Errorf("%s: %d %s", query, r.StatusCode, r.body)
		}
	}
}

// escaped escapes what is not ASCII in a query.
func escaped(query string) string {
	return strings.NewReplacer("扶持", url.QueryEscape("扶持"), "〔2024〕", url.QueryEscape("〔2024〕"), "乙市财政局", url.QueryEscape("乙市财政局"),
		"教育局", url.QueryEscape("教育局"), "财政局", url.QueryEscape("财政局"), "火星局", url.QueryEscape("火星局")).Replace(query)
}

func TestDocumentOfARevision(t *testing.T) {
	s := newServer(t)
	before, after := madeUp(t, 3, "2023"), madeUp(t, 4, "2023")
	if before.ID != after.ID || before.Revision == after.Revision {
		t.Fatalf("%s %s, %s %s", before.ID, before.Revision, after.ID, after.Revision)
	}
	s.publish(t, before)
	s.publish(t, after)
	base := "/api/v1/documents/" + url.PathEscape(before.ID)
	var now, then documentView
	s.get(t, base).into(t, &now)
	s.get(t, base+"/revisions/"+before.Revision).into(t, &then)
	if now.Revision != after.Revision || now.Clauses != 4 || then.Revision != before.Revision || then.Clauses != 3 || now.Written != "2023-04-08" {
		t.Errorf("now %+v, then %+v", now, then)
	}
	text := s.get(t, base+"/revisions/"+before.Revision+"/text")
	if string(text.body) != before.Text || text.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the text is %.100q as %s", text.body, text.Header.Get("Content-Type"))
	}
	if r := s.get(t, base+"/text", "If-None-Match", `"`+after.Revision+`"`); r.StatusCode != http.StatusNotModified {
		t.Errorf("the text that the caller has is sent again: %d", r.StatusCode)
	}
	c := before.Clauses[1]
	if r := s.get(t, base+"/revisions/"+before.Revision+"/text", "Range", fmt.Sprintf("bytes=%d-%d", c.Start, c.End-1)); string(r.body) != c.Text {
		t.Errorf("the range of a clause is %q", r.body)
	}
	var log page[revisionView]
	s.get(t, base+"/revisions").into(t, &log)
	if len(log.Items) != 2 || log.Items[0].Revision != before.Revision || log.Items[1].Kind != bot.KindPut {
		t.Errorf("the log is %+v", log.Items)
	}
	if _, _, err := s.store.Withdraw(t.Context(), before.ID, "test", ""); err != nil {
		t.Fatal(err)
	}
	s.get(t, base).problemIs(t, 410, kindWithdrawn)
	if r := s.get(t, base+"/revisions/"+before.Revision); r.StatusCode != 200 {
		t.Errorf("a withdrawn document cannot be read: %s", r.body)
	}
	for _, path := range []string{"/api/v1/documents/none", "/api/v1/documents/none/text", "/api/v1/documents/none/revisions", base + "/revisions/0000", "/api/v1/documents/%2e%2e%2fetc"} {
		s.get(t, path).problemIs(t, 404, kindNotFound)
	}
	s.get(t, "/api/v1/documents/%00").problemIs(t, 400, kindBadRequest)
	s.get(t, "/api/v1/documents/%ff").problemIs(t, 400, kindBadRequest)
}

func TestClauses(t *testing.T) {
	s := newServer(t)
	base := "/api/v1/documents/" + url.PathEscape(s.policy.ID) + "/clauses"
	var all page[clauseView]
	s.get(t, base+"?limit=200").into(t, &all)
	if len(all.Items) != len(s.policy.Clauses) {
		t.Fatalf("%d clauses, want %d", len(all.Items), len(s.policy.Clauses))
	}
	for i, v := range all.Items {
		c := s.policy.Clauses[i]
		if s.policy.Text[v.Start:v.End] != v.Text || v.Text != c.Text || v.Path != c.Path.String() || len(v.Responsibilities) != len(c.Responsibilities) {
			t.Errorf("clause %d is %+v", i, v)
		}
		for _, r := range v.Responsibilities {
			if s.policy.Text[r.Start:r.End] != r.Quote {
				t.Errorf("%s: %q does not stand at %d", v.Path, r.Quote, r.Start)
			}
		}
		for _, path := range []string{c.Path.String(), c.Path.Anchor(), strings.NewReplacer("(", "（", ")", "）").Replace(c.Path.String())} {
			var one clauseView
			s.get(t, base+"/"+url.PathEscape(path)).into(t, &one)
			if one.Path != v.Path {
				t.Errorf("%s leads to %s, want %s", path, one.Path, v.Path)
			}
		}
	}
	var first clauseView
	s.get(t, base+"/"+url.PathEscape("二、(六)")).into(t, &first)
	if first.Path != "二、(六)第1段" {
		t.Errorf("a path without paragraph leads to %s", first.Path)
	}
	s.get(t, base+"/"+url.PathEscape("九十九、(一)第1段")).problemIs(t, 404, kindNotFound)
	s.get(t, base+"/"+url.PathEscape("<script>")).problemIs(t, 400, kindBadRequest)
	s.get(t, base+"/"+url.PathEscape(strings.Repeat("一", 9000))).problemIs(t, 400, kindBadRequest)
}

func TestBureausAndResponsibilities(t *testing.T) {
	s := newServer(t)
	var bureaus page[bureauView]
	s.get(t, "/api/v1/bureaus?limit=200").into(t, &bureaus)
	total := map[string]int{}
	for i := range s.policy.Clauses {
		seen := map[string]bool{}
		for _, r := range s.policy.Clauses[i].Responsibilities {
			if !seen[r.Bureau] {
				seen[r.Bureau] = true
				total[r.Bureau]++
			}
		}
	}
	if len(bureaus.Items) != len(total) {
		t.Errorf("%d bureaus, want %d", len(bureaus.Items), len(total))
	}
	for _, b := range bureaus.Items {
		if b.Clauses != total[b.Name] {
			t.Errorf("%s has %d clauses, want %d", b.Name, b.Clauses, total[b.Name])
		}
		var duties page[dutyView]
		s.get(t, "/api/v1/responsibilities?limit=200&bureau="+url.QueryEscape(b.Name)).into(t, &duties)
		n := 0
		for role, m := range b.Roles {
			n += m
			var some page[dutyView]
			s.get(t, "/api/v1/responsibilities?limit=200&role="+string(role)+"&bureau="+url.QueryEscape(b.Name)).into(t, &some)
			if len(some.Items) != m {
				t.Errorf("%s has %d duties as %s, want %d", b.Name, len(some.Items), role, m)
			}
		}
		if len(duties.Items) != n {
			t.Errorf("%s has %d duties, want %d", b.Name, len(duties.Items), n)
		}
		for _, d := range duties.Items {
			if d.Bureau != b.Name || s.policy.Text[d.Start:d.End] != d.Quote {
				t.Errorf("%s: %+v", b.Name, d)
			}
		}
	}
	// 金融局 is nobody's full name; a bureau is found by how people call it.
	var called page[dutyView]
	s.get(t, "/api/v1/responsibilities?bureau="+url.QueryEscape("财政局")+"&document="+url.QueryEscape(s.policy.ID)).into(t, &called)
	if len(called.Items) == 0 || called.Items[0].AsWritten == "" {
		t.Errorf("a short name finds %+v", called.Items)
	}
	s.get(t, "/api/v1/responsibilities?role=king").problemIs(t, 400, kindBadRequest)
	s.get(t, "/api/v1/responsibilities?inherited=maybe").problemIs(t, 400, kindBadRequest)
	s.get(t, "/api/v1/bureaus?q="+url.QueryEscape("火星局")).problemIs(t, 404, kindNotFound)
}

func TestSearch(t *testing.T) {
	s := newServer(t)
	found, err := s.bot.Search(t.Context(), "融资", 5)
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	var got searchResponse
	s.post(t, "/api/v1/search", `{"id":"q1","text":"融资","limit":5}`).into(t, &got)
	if got.ID != "q1" || len(got.Hits) != len(found) {
		t.Fatalf("%d hits, want %d", len(got.Hits), len(found))
	}
	for i, h := range got.Hits {
		if h.Path != found[i].Clause.Path.String() || h.Score != found[i].Score || s.policy.Text[h.Start:h.End] != h.Text {
			t.Errorf("hit %d is %+v", i, h)
		}
	}
}

// TestPages walks through every list and meets each item once, in order.
func TestPages(t *testing.T) {
	s := newServer(t)
	s.publish(t, madeUp(t, 5, "2023"))
	for _, list := range []string{"/api/v1/documents", "/api/v1/bureaus", "/api/v1/responsibilities", "/api/v1/documents/" + s.policy.ID + "/clauses"} {
		var all page[any]
		s.get(t, list+"?limit=200").into(t, &all)
		if all.Next != "" && list != "/api/v1/responsibilities" {
			t.Errorf("%s has more than one page of 200", list)
		}
		var walked []any
		for cursor, n := "", 0; n < 1000; n++ {
			var p page[any]
			s.get(t, list+"?limit=1&cursor="+cursor).into(t, &p)
			walked = append(walked, p.Items...)
			if cursor = p.Next; cursor == "" || len(walked) == len(all.Items) {
				break
			}
		}
		if toJSON(t, walked) != toJSON(t, all.Items) {
			t.Errorf("%s: %d items page by page, %d at once", list, len(walked), len(all.Items))
		}
	}
}

func TestCursors(t *testing.T) {
	s := newServer(t)
	var p page[any]
	s.get(t, "/api/v1/bureaus?limit=3").into(t, &p)
	good := p.Next
	broken := []string{"x", "===", good + "A", good[:len(good)-3], "eyJ9", strings.Repeat("A", 5000), url.QueryEscape("贷款"), "%00", "..%2f",
		cursor{List: "bureaus", Version: "", Offset: 3}.String(), cursor{}.String(), cursor{Offset: -1}.String()}
	for _, c := range broken {
		s.get(t, "/api/v1/bureaus?limit=3&cursor="+c).problemIs(t, 400, map[bool]string{true: kindBadRequest, false: kindBadCursor}[c == "%00"])
	}
	// The cursor of another list, or of this one with another filter, is broken as well.
	s.get(t, "/api/v1/responsibilities?cursor="+good).problemIs(t, 400, kindBadCursor)
	s.get(t, "/api/v1/bureaus?q="+url.QueryEscape("财政局")+"&cursor="+good).problemIs(t, 400, kindBadCursor)
	if r := s.get(t, "/api/v1/bureaus?limit=5&cursor="+good); r.StatusCode != 200 {
		t.Errorf("another limit breaks the cursor: %s", r.body)
	}
	s.publish(t, madeUp(t, 2, "2023"))
	s.get(t, "/api/v1/bureaus?limit=3&cursor="+good).problemIs(t, 410, kindStaleCursor)
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(cursor{List: "list", Version: "v", Offset: 3}.String())
	f.Add("eyJsIjoiYSJ9")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := readCursor(s, "list", "v")
		if err == nil && s != "" && (n < 1 || n > maxOffset) {
			t.Errorf("%q is page %d", s, n)
		}
		if err != nil {
			if p := problemOf(err); p.Status != 400 && p.Status != 410 {
				t.Errorf("%q: %v", s, err)
			}
		}
	})
}
