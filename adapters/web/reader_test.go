package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// squeeze leaves out the blanks that HTML may add.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// The page has the whole text, each clause under its anchor, its bureaus beside it.
func TestReadPolicy(t *testing.T) {
	o := newOffice(t, nil)
	page := o.visitor(t).page(policyURL(o.doc))
	if got := page.Find("h1").Text(); got != o.doc.Title {
		t.Errorf("the title is %q", got)
	}
	for _, c := range o.doc.Clauses {
		s := page.Find(`[id="` + c.Path.Anchor() + `"]`)
		if s.Length() != 1 || !strings.HasSuffix(squeeze(s.Find(".clause-text").Text()), squeeze(c.Text)) {
			t.Errorf("%s is shown as %q", c.Path, s.Text())
		}
		for _, r := range c.Responsibilities {
			if !strings.Contains(s.Find(".by").Text(), r.Bureau) {
				t.Errorf("%s: %s is not among %q", c.Path, r.Bureau, s.Find(".by").Text())
			}
		}
	}
	shown := squeeze(page.Find("h1").Text() + page.Find(".facts").Text() + page.Find(".text").Text())
	for _, line := range strings.Split(policyText, "\n") {
		if !strings.Contains(shown, squeeze(line)) {
			t.Errorf("the line %q is not shown", line)
		}
	}
	if got := page.Find(".outline li").Length(); got != 5 {
		t.Errorf("the outline has %d entries: %s", got, page.Find(".outline").Text())
	}
	page.Find(`.outline a, .path`).Each(func(_ int, a *goquery.Selection) {
		if target := strings.TrimPrefix(a.AttrOr("href", ""), "#"); page.Find(`[id="`+target+`"]`).Length() != 1 {
			t.Errorf("the link to %q leads nowhere", target)
		}
	})
}

// The ID of a document may hold what means something in a URL.
func TestOddIDs(t *testing.T) {
	o := newOffice(t, nil)
	for _, title := range []string{"金融赋能+若干措施", "100%保障/兜底办法", "问答?答#一", "甲 乙", "<b>&amp;", "..", "%2F"} {
		d, err := corpus.Parse(policyText, register())
		if err != nil {
			t.Fatal(err)
		}
		d.ID = title
		if _, _, err := o.store.Publish(t.Context(), bot.Publication{Document: d, By: "张三"}); err != nil {
			t.Fatal(err)
		}
		v := o.visitor(t)
		page := v.page(spanURL(d, d.Clauses[2].Path, d.Clauses[2].Start, d.Clauses[2].End))
		if page.Find("mark").Length() == 0 {
			t.Errorf("%s is not shown", title)
		}
		if path, ok := page.Find(".tools a").Last().Attr("href"); !ok || v.page(path).Find(".matrix tbody tr").Length() != 2 {
			t.Errorf("%s has no matrix at %s", title, path)
		}
	}
}

// A link marks what it cites, in the revision that it cites, and says so if it cannot.
func TestMarkedSentence(t *testing.T) {
	o := newOffice(t, nil)
	v, old := o.visitor(t), o.doc
	at := strings.Index(old.Text, loanSentence)
	link := spanURL(old, old.Clauses[2].Path, at, at+len(loanSentence))
	o.publish(t, strings.Replace(policyText, "发放信用贷款", "多发放贷款", 1))
	page := v.page(link)
	if got := page.Find("mark").Text(); got != loanSentence {
		t.Errorf("marked is %q", got)
	}
	if got := page.Find(".notice a").AttrOr("href", ""); got != policyURL(old) {
		t.Errorf("the old revision leads to %q", got)
	}
	if page := v.page(policyURL(old)); page.Find(".notice").Length() != 0 || !strings.Contains(page.Text(), "多发放贷款") {
		t.Error("without a revision it is not the current one")
	}
	for _, at := range []string{"1", "-5-9", "9-5", "0-99999999", "1-2", "x-y", "5-", "<b>"} {
		page := v.page(policyURL(old) + "?at=" + url.QueryEscape(at))
		if page.Find("mark").Length() != 0 || page.Find(".notice").Length() != 1 {
			t.Errorf("at=%s marks %q, with %d notices", at, page.Find("mark").Text(), page.Find(".notice").Length())
		}
	}
	if page := v.page(link + "&view=beside"); page.Find("header.site").Length() != 1 { // a fragment is no query
		t.Error("the fragment was taken for a query")
	}
	if page := v.page(strings.Replace(link, "?", "?view=beside&", 1)); page.Find("header.site").Length() != 0 || page.Find("mark").Length() != 1 {
		t.Error("beside the chat the frame of the site is shown, or the mark is not")
	}
}

func TestVersions(t *testing.T) {
	o := newOffice(t, nil)
	v, old := o.visitor(t), o.doc
	if page := v.page(policyURL(old) + "/versions"); page.Find(".change").Length() != 0 {
		t.Error("one revision has changes")
	}
	o.publish(t, strings.Replace(policyText, "给予奖励。(市财政局、商务局负责)", "给予奖励。(市商务局负责)", 1))
	page := v.page(policyURL(old) + "/versions")
	if del, ins := page.Find(".change del").Text(), page.Find(".change ins").Text(); del != "财政局、" || ins != "" || !strings.Contains(page.Find(".change").Text(), "给予奖励。(市财政局、商务局负责)") {
		t.Errorf("changed are %q and %q", del, ins)
	}
	if text := page.Text(); !strings.Contains(text, "云溪市财政局，负责 → 不再负责") {
		t.Errorf("the bureaus are not compared: %s", text)
	}
	back := v.page(policyURL(old) + "/versions?from=" + o.doc.Revision + "&to=" + old.Revision)
	if ins := back.Find(".change ins").Text(); ins != "财政局、" {
		t.Errorf("the other way round: %q", ins)
	}
}

func TestWithdrawnPolicy(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	if _, _, err := o.store.Withdraw(t.Context(), o.doc.ID, "张三", ""); err != nil {
		t.Fatal(err)
	}
	if state := v.page(policyURL(o.doc)).Find(".policy .state").Text(); state != "已撤下" {
		t.Errorf("its state is %q", state)
	}
	if n := v.page("/b").Find(".bureaus a").Length(); n != 0 {
		t.Errorf("%d bureaus are responsible for what was withdrawn", n)
	}
	if notice := v.page(policyURL(o.doc)).Find(".notice").Text(); !strings.Contains(notice, "已撤下") || !strings.Contains(notice, "不用来答复") {
		t.Errorf("the withdrawn policy says %q", notice)
	}
}

// A revision to come does not hide the one in force, and a repealed policy says by what.
func TestRevisionToComeAndRepeal(t *testing.T) {
	o := newOffice(t, nil)
	v, now := o.visitor(t), o.doc
	next := strings.Replace(policyText, "奖励。(市财政局", "双倍奖励。(市财政局", 1) + "\n三、附则\n本措施自2099年1月1日起施行。"
	o.publish(t, next)
	if o.doc.Effective != "2099-01-01" {
		t.Fatalf("in force from %q", o.doc.Effective)
	}
	page := v.page(policyURL(now))
	if strings.Contains(page.Find(".text").Text(), "双倍") || !strings.Contains(page.Find(".notice").Text(), "自2099年1月1日起施行") || page.Find(".policy .state").Text() != "现行有效" {
		t.Errorf("shown is %q with the notice %q", page.Find(".policy").Text(), page.Find(".notice").Text())
	}
	if n := v.page("/b/" + url.PathEscape("云溪市商务局")).Find(".duties li").Length(); n != 1 {
		t.Errorf("%d duties", n)
	}
	by := strings.NewReplacer("云府办〔2025〕7号", "云府办〔2026〕1号", "2025年3月1日", "2026年1月1日").Replace(policyText) +
		"\n三、附则\n本措施自发布之日起施行,《云溪市人民政府办公室关于印发〈云溪市支持小微企业若干措施〉的通知》(云府办〔2025〕7号)同时废止。"
	o.publish(t, by)
	if len(o.doc.Replaces) == 0 {
		t.Fatal("it repeals nothing")
	}
	page = v.page(policyURL(now))
	if page.Find(".policy .state").Text() != "已废止" || !strings.Contains(page.Find(".notice").Text(), "云府办〔2026〕1号") {
		t.Errorf("repealed is %q", page.Find(".policy").Text())
	}
}

type known []corpus.Bureau

func (k known) Bureaus(context.Context) ([]corpus.Bureau, error) { return k, nil }

func (known) SetBureau(context.Context, bot.BureauEdit) error { return nil }

func (known) RemoveBureau(context.Context, string, string, string) error { return nil }

func TestWhatAdminsKnowOfABureau(t *testing.T) {
	o := newOffice(t, func(c *Config) {
		c.Bureaus = known{{Name: "云溪市财政局", Phone: "0763-0000000", Hours: "<b>9-17</b>", Former: []corpus.FormerName{{Name: "云溪市财税局", Until: "2018-03-31"}}}}
	})
	v := o.visitor(t)
	if text := squeeze(v.page(bureauURL("云溪市财政局")).Find(".facts").Text()); text != "电话0763-0000000时间<b>9-17</b>原名云溪市财税局（至2018年3月31日）" {
		t.Errorf("known is %q", text)
	}
	if phone := v.ask("想贷款").Find(".turn .phone"); phone.Length() != 1 || phone.Text() != "0763-0000000" || phone.AttrOr("href", "") != "tel:0763-0000000" || phone.Parent().Find(".chip").Text() != "云溪市财政局" {
		t.Errorf("an answer gives the number %q", phone.Text())
	}
	if resp, _ := v.do(http.MethodGet, bureauURL("云溪市财税局"), nil, true); resp.Request.URL.Path != "/b/云溪市财政局" {
		t.Errorf("a former name leads to %s", resp.Request.URL.Path)
	}
	if n := v.page(bureauURL("云溪市财政局")).Find(".duties li").Length(); n != 2 {
		t.Errorf("%d duties", n)
	}
	if n := v.page(bureauURL("云溪市商务局")).Find(".facts").Length(); n != 0 {
		t.Error("something is told of a bureau that nobody edited")
	}
}

// What the documents give to a bureau under its former name is on its page of today.
func TestRenamedBureau(t *testing.T) {
	o := newOffice(t, func(c *Config) {
		c.Bureaus = known{{Name: "云溪市投资局", Former: []corpus.FormerName{{Name: "云溪市商务局", Until: "2026-01-01"}}}}
	})
	page := o.visitor(t).page(bureauURL("云溪市商务局"))
	if name, n := page.Find("h1").Text(), page.Find(".duties li").Length(); name != "云溪市投资局" || n != 1 {
		t.Errorf("%s has %d duties", name, n)
	}
	groups := groupsOf(o.doc, &o.doc.Clauses[3], func(listed string) string {
		return map[string]string{"云溪市商务局": "云溪市投资局"}[listed]
	})
	if len(groups) != 1 || len(groups[0].Bureaus) != 1 || groups[0].Bureaus[0] != (chip{Name: "云溪市投资局", Listed: "云溪市商务局"}) {
		t.Errorf("the chips are %+v", groups)
	}
}

// The original is a stranger's file: it is saved, never shown as a page of ours.
func TestOriginalFile(t *testing.T) {
	o := newOffice(t, nil)
	resp, body := o.visitor(t).do(http.MethodGet, policyURL(o.doc)+"/file", nil, true)
	if body != "<script>alert(1)</script>" || resp.Header.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment; filename") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%v %q", resp.Header, body)
	}
}

func TestFilters(t *testing.T) {
	o := newOffice(t, nil)
	o.publish(t, strings.NewReplacer("云府办〔2025〕7号", "云府办〔2024〕9号", "小微企业", "养老服务", "2025年3月1日", "2024年3月1日", "市金融工作局配合", "市民政局配合", "融资", "养老").Replace(policyText))
	v := o.visitor(t)
	for query, want := range map[string]int{
		"": 2, "q=养老服务": 1, "q=信用贷款": 2, "q=信用贷款+小微企业": 1, "q=没有": 0, "bureau=民政局": 1, "bureau=财政局": 2, "topic=支持融资": 1,
		"status=in_force": 2, "status=repealed": 0, "year=2025": 1, "year=2025&bureau=民政局": 0, "q=云府办〔2024〕9号": 1,
	} {
		parts, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		page := v.page("/p?" + parts.Encode())
		if n := page.Find(".policies h2").Length(); n != want {
			t.Errorf("%q lists %d", query, n)
		}
		if q := parts.Get("q"); want > 0 && q == "信用贷款" && page.Find(".snippet mark").First().Text() != q {
			t.Errorf("the snippet marks %q", page.Find(".snippet mark").First().Text())
		}
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t, nil)
	const number = 45
	for i := range number - 1 {
		o.publish(t, strings.Replace(policyText, "7号", fmt.Sprintf("%d号", 100+i), 1))
	}
	v := o.visitor(t)
	seen := map[string]bool{}
	for next, pages := "/p?q=贷款", 0; next != ""; pages++ {
		page := v.page(next)
		page.Find(".policies .facts span:first-child").Each(func(_ int, s *goquery.Selection) { seen[s.Text()] = true })
		next = page.Find("a[rel=next]").AttrOr("href", "")
		if pages > 5 {
			t.Fatal("the pages never end")
		}
	}
	if len(seen) != number {
		t.Errorf("%d policies on all pages", len(seen))
	}
}

// The page of a bureau has what all documents give it, its own before what is shared.
func TestBureau(t *testing.T) {
	o := newOffice(t, nil)
	o.publish(t, strings.Replace(policyText, "7号", "8号", 1))
	v := o.visitor(t)
	page := v.page(v.page("/b").Find(".bureaus a").First().AttrOr("href", ""))
	if name := page.Find("h1").Text(); name != "云溪市财政局" {
		t.Errorf("the busiest is %q", name)
	}
	if n := page.Find(".duties li").Length(); n != 4 {
		t.Errorf("it has %d duties", n)
	}
	shared := v.page(bureauURL("各县(市、区)人民政府"))
	if n := shared.Find(".duties li").Length(); n != 2 || !strings.Contains(shared.Find(".basis").Text(), "不再列出") {
		t.Errorf("%d shared duties: %s", n, shared.Find(".basis").Text())
	}
}

// CSV and XLSX say the same as the page, and nothing in them is a formula.
func TestMatrix(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	page := v.page("/matrix")
	_, raw := v.do(http.MethodGet, "/matrix.csv", nil, true)
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(raw, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"文号", "标题", "条款", "小标题", "云溪市财政局", "云溪市金融工作局", "云溪市商务局", "各县(市、区)人民政府"}; !slices.Equal(table[0], want) {
		t.Errorf("the head is %q", table[0])
	}
	if want := []string{"云府办〔2025〕7号", o.doc.Title, "二、(二)第1段", "支持上市", "负责", "", "负责", "共同负责"}; !slices.Equal(table[2], want) {
		t.Errorf("the second clause is %q", table[2])
	}
	page.Find(".matrix tbody tr").Each(func(i int, tr *goquery.Selection) {
		tr.Find("td").Each(func(j int, td *goquery.Selection) {
			if want := table[i+1][len(matrixColumns)+j]; td.Text() != want {
				t.Errorf("row %d column %d is %q on the page, %q in the file", i, j, td.Text(), want)
			}
		})
	})
	_, raw = v.do(http.MethodGet, "/matrix.xlsx?doc="+url.QueryEscape(o.doc.ID), nil, true)
	book, err := excelize.OpenReader(bytes.NewReader([]byte(raw)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("责任矩阵") // without the empty cells at the end
	for i := range table {
		for n := len(table[i]); n > 0 && table[i][n-1] == ""; n-- {
			table[i] = table[i][:n-1]
		}
	}
	if err != nil || fmt.Sprint(rows) != fmt.Sprint(table) {
		t.Errorf("XLSX has %q, %v; CSV has %q", rows, err, table)
	}
	m := matrixOf([]*corpus.Document{{Number: "=1+1", Title: "@a", Clauses: []corpus.Clause{{Responsibilities: []corpus.Responsibility{{Bureau: "甲", Role: corpus.Lead}}}}}})
	var cells []string
	if err := m.table(func(row []string) error { cells = append(cells, inert(row)...); return nil }); err != nil || cells[5] != "'=1+1" || cells[6] != "'@a" {
		t.Errorf("a formula is written as %q, %v", cells, err)
	}
	f := excelize.NewFile()
	if err := fillSheet(f, m); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if book, err = excelize.OpenReader(&b); err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]string{"A2": "=1+1", "B2": "@a"} {
		value, err := book.GetCellValue("责任矩阵", cell)
		formula, _ := book.GetCellFormula("责任矩阵", cell)
		if err != nil || value != want || formula != "" {
			t.Errorf("%s is %q with the formula %q, %v", cell, value, formula, err)
		}
	}
}

// pagesToLookAt are all kinds of pages.
func (o *office) pagesToLookAt(v guest) []string {
	id := strings.TrimPrefix(v.ask("想贷款").Find(".turn").AttrOr("id", ""), "a-")
	return []string{"/", "/embed", "/a/" + id, "/p", "/p?q=贷", policyURL(o.doc), policyURL(o.doc) + "/versions", "/b", bureauURL("云溪市财政局"), "/matrix"}
}

var (
	cssURL   = regexp.MustCompile(`url\(|@import`)
	outsider = regexp.MustCompile(`https?://`)
)

// Nothing is fetched from elsewhere, and nothing inline would need a hole in the policy.
func TestPagesAreSelfContained(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Embedders = []string{"https://www.example.gov.cn"} })
	v := o.visitor(t)
	for _, path := range o.pagesToLookAt(v) {
		resp, body := v.do(http.MethodGet, path, nil, true)
		policy := resp.Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
		if framed := strings.Contains(policy, "example.gov.cn"); framed != (path == "/embed") {
			t.Errorf("%s may be framed by others: %v", path, framed)
		}
		page := v.parse(body)
		if n := page.Find("style, script:not([src]), [style], [onclick], [onload], [onsubmit]").Length(); n > 0 {
			t.Errorf("%s has %d inline styles or scripts", path, n)
		}
		page.Find("[src], [href], [action], [cite]").Each(func(_ int, e *goquery.Selection) {
			for _, key := range []string{"src", "href", "action", "cite"} {
				if at, ok := e.Attr(key); ok && at != "tel:12345" && !strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "#") || strings.HasPrefix(at, "//") {
					t.Errorf("%s refers to %q", path, at)
				}
			}
		})
		page.Find("link[href], script[src]").Each(func(_ int, e *goquery.Selection) {
			at := e.AttrOr("href", e.AttrOr("src", ""))
			if resp, _ := v.do(http.MethodGet, at, nil, false); resp.StatusCode != 200 || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s: %s gives %s, %s", path, at, resp.Status, resp.Header.Get("Cache-Control"))
			}
		})
	}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if assetTypes[path.Ext(e.Name())] == "" {
			t.Errorf("%s has no content type", e.Name())
		}
		for _, at := range outsider.FindAllIndex(data, -1) {
			line := string(data[at[0]:min(len(data), at[0]+30)])
			if !strings.HasPrefix(line, "http://www.w3.org/") && !strings.HasPrefix(line, "https://WENCE") && !strings.HasPrefix(line, "https://www.example.gov.cn") {
				t.Errorf("%s refers to %s", e.Name(), line)
			}
		}
		if path.Ext(e.Name()) == ".css" && cssURL.Match(data) {
			t.Errorf("%s fetches something", e.Name())
		}
	}
}

// maxFirstPage is how much a phone may have to load before it can be used, in bytes.
const maxFirstPage = 100 << 10

func TestFirstPageIsSmall(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	_, body := v.do(http.MethodGet, "/", nil, true)
	size := len(body)
	v.parse(body).Find("link[href], script[src]").Each(func(_ int, e *goquery.Selection) {
		_, asset := v.do(http.MethodGet, e.AttrOr("href", e.AttrOr("src", "")), nil, false)
		size += len(asset)
	})
	if size > maxFirstPage {
		t.Errorf("%d bytes", size)
	}
	t.Logf("%d bytes", size)
}

func FuzzMark(f *testing.F) {
	f.Add("1-5", policyText)
	f.Add("0-3", "贷款")
	f.Add("3-1", "")
	f.Fuzz(func(t *testing.T, at, text string) {
		start, end := parseSpan(at, text)
		if start > end || end > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[start:end]) {
			t.Fatalf("%q names %d to %d of %d bytes", at, start, end, len(text))
		}
		whole := ""
		for _, r := range runs(text, 0, len(text), start, end) {
			if r.Mark && r.Text != text[start:end] {
				t.Errorf("marked is %q", r.Text)
			}
			whole += r.Text
		}
		if whole != text {
			t.Errorf("%q is shown as %q", text, whole)
		}
	})
}

func TestOwnWordsAreTypeset(t *testing.T) {
	for in, want := range map[string]string{
		"没有写到这件事,不能答复。":           "没有写到这件事，不能答复。",
		"最接近的是“融资,渠道”,没有回答:再问?":   "最接近的是“融资,渠道”，没有回答：再问？",
		"见《甲,乙》,12:30到1,000元,OK?": "见《甲,乙》，12:30到1,000元，OK?",
		"”,。":                     "”，。",
		",":                       ",",
		"":                        "",
	} {
		if got := typeset(in); got != want {
			t.Errorf("%q is set as %q, not %q", in, got, want)
		}
	}
	for title, want := range map[string]string{
		"某市关于印发《某办法》的通知":         "《某办法》",
		"某市关于印发某办法（试行）的通知":       "《某办法（试行）》",
		"某市关于印发《甲办法》《乙办法》的通知":    "《某市关于印发〈甲办法〉〈乙办法〉的通知》",
		"某市关于印发《落实〈甲〉方案》的通知":     "《落实〈甲〉方案》",
		"某市关于废止《某办法》的决定":         "《某市关于废止〈某办法〉的决定》",
		"某市转发《关于印发某办法的通知》有关问题的函": "《某市转发〈关于印发某办法的通知〉有关问题的函》",
		"关于印发的通知":                "《关于印发的通知》",
	} {
		if got := titled(shortTitle(title)); got != want {
			t.Errorf("%s is cited as %s, not %s", title, got, want)
		}
	}
}

// Among many bureaus one is found by a part of its name.
func TestFindBureau(t *testing.T) {
	v := newOffice(t, func(c *Config) { c.Wording = lowered() }).visitor(t)
	all := v.page("/b").Find(".bureaus a").Length()
	page := v.page("/b?q=" + url.QueryEscape("财政"))
	if got := page.Find(".bureaus a").Text(); got != "云溪市财政局" || all < 3 {
		t.Errorf("found %q of %d", got, all)
	}
	if got := v.page(bureauURL("财政局")).Find(".bureaus a").Text(); got != "云溪市财政局" {
		t.Errorf("a part of a name leads to %q", got)
	}
	if page := v.page("/b?q=" + url.QueryEscape("<b>没有")); page.Find(".bureaus a").Length() != 0 || !strings.Contains(page.Find(".bureaus").Text(), "“<b>没有”") {
		t.Errorf("what is not there finds %q", page.Find(".bureaus").Text())
	}
}

// A matrix that is too large for a page says so, and its exports have all of it.
func TestLargeMatrix(t *testing.T) {
	o := newOffice(t, nil)
	d := &corpus.Document{ID: "large", Title: "大文件", Written: "2025-09-01", Status: corpus.InForce}
	for i := range 150 {
		text := fmt.Sprintf("第%d件事。", i)
		d.Clauses = append(d.Clauses, corpus.Clause{
			Path: corpus.Path{{Level: corpus.LevelParagraph, Num: i + 1}}, Text: text, Start: len(d.Text), End: len(d.Text) + len(text),
			Responsibilities: []corpus.Responsibility{{Bureau: fmt.Sprintf("第%d局", i), Role: corpus.Responsible}},
		})
		d.Text += text
	}
	d.Revision = corpus.RevisionOf(d.Text)
	if _, _, err := o.store.Publish(t.Context(), bot.Publication{Document: d, By: "张三"}); err != nil {
		t.Fatal(err)
	}
	v := o.visitor(t)
	page := v.page("/matrix")
	if rows := page.Find("tbody tr").Length(); rows != 150 || page.Find(".notice").Length() != 1 || page.Find("option[selected]").AttrOr("value", "") != "large" {
		t.Errorf("%d rows with the notice %q", rows, page.Find(".notice").Text())
	}
	all := page.Find(`.tools a[href="/matrix.csv"]`)
	if _, body := v.do(http.MethodGet, all.AttrOr("href", ""), nil, true); strings.Count(body, "\n") != 153 {
		t.Errorf("the export has %d lines", strings.Count(body, "\n"))
	}
	if page := v.page("/matrix?doc=large"); page.Find(".notice").Length() != 0 {
		t.Error("one document is too large for its page")
	}
}
