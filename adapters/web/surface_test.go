package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/wence-bot/wence/corpus"
)

type noOffers struct{ offers }

func (noOffers) SampleQuestions(int) []string { return nil }

// A first page without anything to offer still says what it is for.
func TestWelcome(t *testing.T) {
	v := newOffice(t, func(c *Config) { c.Offers = noOffers{} }).visitor(t)
	for _, path := range []string{"/", "/embed"} {
		page := v.page(path)
		if page.Find(".welcome p").Length() < 2 || page.Find(".welcome a[href='/p']").Length() != 1 || page.Find(".asks").Length() != 0 {
			t.Errorf("%s begins with %q", path, page.Find(".welcome").Text())
		}
	}
	if page := v.ask("想贷款"); page.Find(".welcome").Length() != 0 {
		t.Error("the welcome stays")
	}
}

// Whoever runs into an error is told in Chinese and shown a way on.
func TestErrorsLeadOn(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Rate = 0.1 })
	v := o.visitor(t)
	see := func(status int, method, path string, form url.Values, header ...string) {
		t.Helper()
		resp, body := v.do(method, path, form, true, header...)
		page := v.parse(body)
		if resp.StatusCode != status || page.Find("h1").Text() == "" || page.Find("html").AttrOr("lang", "") != "zh-CN" || !strings.Contains(page.Find("title").Text(), page.Find("h1").Text()) {
			t.Errorf("%s %s: %s with %q", method, path, resp.Status, page.Find("h1").Text())
		}
		for _, way := range []string{"/", "/p", "/b"} {
			if page.Find(".problem a[href='"+way+"']").Length() != 1 {
				t.Errorf("%s %s does not lead to %s", method, path, way)
			}
		}
		if asks := page.Find(".problem #ask").Length(); (asks == 1) != (status == http.StatusNotFound) {
			t.Errorf("%s %s: %d forms to ask", method, path, asks)
		}
	}
	see(404, http.MethodGet, "/nowhere", nil)
	see(404, http.MethodGet, "/p/nothing", nil)
	see(404, http.MethodGet, "/b/nobody", nil)
	see(404, http.MethodGet, "/a/none", nil)
	see(400, http.MethodGet, policyURL(o.doc)+"/versions?from=x&to=y", nil)
	see(405, http.MethodPost, "/p", url.Values{"a": {"b"}})
	see(403, http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, "Origin", "https://other.example")
	see(422, http.MethodPost, "/chat", url.Values{"question": {" "}})
	see(405, http.MethodPost, "/matrix", url.Values{"a": {"b"}})
	see(429, http.MethodPost, "/chat", url.Values{"question": {"想贷款"}})
}

// A failure of ours is told too, with the number to ask for; and who loads the page of a
// form's error again gets back to the form.
func TestFailuresLeadOn(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	o.err = errors.New("the disk is full")
	resp, body := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, true)
	if page := v.parse(body); resp.StatusCode != 500 || !strings.Contains(page.Find(".problem").Text(), resp.Header.Get("X-Request-Id")) || strings.Contains(body, "disk") || page.Find(".problem a").Length() != 3 {
		t.Errorf("%s: %s", resp.Status, page.Find(".problem").Text())
	}
	o.err = nil
	id := strings.TrimPrefix(v.ask("想贷款").Find(".turn").AttrOr("id", ""), "a-")
	for from, to := range map[string]string{"/chat": "/", "/chat/new": "/", "/a/" + id + "/vote": "/a/" + id, "/a/" + id + "/handover": "/a/" + id} {
		if resp, _ := v.do(http.MethodGet, from, nil, true); resp.StatusCode != 200 || resp.Request.URL.Path != to {
			t.Errorf("%s leads to %s: %s", from, resp.Request.URL.Path, resp.Status)
		}
	}
}

// What is opened from the policy beside the chat stays beside it, without the frame of
// the site; what is kept by a cache is kept for both.
func TestPagesInFrames(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	for _, path := range []string{policyURL(o.doc), bureauURL("云溪市财政局"), "/b/nobody"} {
		resp, body := v.do(http.MethodGet, path, nil, true, "Sec-Fetch-Dest", "iframe")
		if page := v.parse(body); page.Find("header.site, footer.site, #ask").Length() != 0 || page.Find("main h1").Length() != 1 {
			t.Errorf("%s shows the frame of the site", path)
		}
		if !strings.Contains(resp.Header.Get("Vary"), "Sec-Fetch-Dest") {
			t.Errorf("%s: a cache would mix the two", path)
		}
	}
	if resp, body := v.do(http.MethodGet, policyURL(o.doc), nil, true, "Sec-Fetch-Dest", "document"); v.parse(body).Find("header.site").Length() != 1 {
		t.Errorf("without a frame there is none: %s", resp.Status)
	}
}

// A conversation in another site's page begins anew where it is.
func TestAnewInAFrame(t *testing.T) {
	v := newOffice(t, nil).visitor(t)
	v.ask("想贷款")
	page := v.page("/embed")
	form := url.Values{"embedded": {page.Find("#anew input[name=embedded]").AttrOr("value", "")}}
	resp, body := v.do(http.MethodPost, page.Find("#anew").AttrOr("action", ""), form, true)
	if after := v.parse(body); resp.Request.URL.Path != "/embed" || after.Find(".turn").Length() != 0 || after.Find(".welcome").Length() != 1 {
		t.Errorf("it goes on at %s with %d turns", resp.Request.URL, after.Find(".turn").Length())
	}
	if page := v.page("/"); page.Find("#anew input[name=embedded]").Length() != 0 {
		t.Error("the page of the site goes to the frame")
	}
}

// The duties of a bureau stand together by document, each under the title that it is cited by.
func TestDutiesByDocument(t *testing.T) {
	o := newOffice(t, nil)
	o.publish(t, "云溪市人民政府关于印发云溪市财政办法的通知\n\n一、预算\n市财政局负责编制预算。\n二、决算\n市财政局负责编制决算。")
	page := o.visitor(t).page(bureauURL("云溪市财政局"))
	var found []string
	page.Find("h2:contains(条款写明) ~ h3").Each(func(_ int, h *goquery.Selection) {
		found = append(found, h.Text(), fmt.Sprint(h.NextFiltered("ol").Find("li").Length()))
	})
	if got := strings.Join(found, " "); got != "《云溪市支持小微企业若干措施》云府办〔2025〕7号 2 《云溪市财政办法》 2" && got != "《云溪市财政办法》 2 《云溪市支持小微企业若干措施》云府办〔2025〕7号 2" {
		t.Errorf("the duties are %s", got)
	}
}

// Bureaus that several sentences of a clause make responsible in the same role are named
// once, with all the words; in the reader, where the words stand beside them, each is
// named once in a role.
func TestManyReasons(t *testing.T) {
	by := func(bureau, quote string, role corpus.Role) corpus.Responsibility {
		return corpus.Responsibility{Bureau: bureau, Role: role, Quote: quote}
	}
	c := &corpus.Clause{Responsibilities: []corpus.Responsibility{
		by("甲局", "甲局牵头办", corpus.Lead), by("甲局", "甲局牵头管", corpus.Lead), by("甲局", "甲局、乙局牵头查", corpus.Lead), by("乙局", "甲局、乙局牵头查", corpus.Lead),
		by("丙局", "丙局配合", corpus.Joint),
	}}
	same := func(listed string) string { return listed }
	describe := func(groups []bureauGroup) (out []string) {
		for _, g := range groups {
			line := string(g.Role)
			for _, b := range g.Bureaus {
				line += " " + b.Name
			}
			for _, w := range g.Words {
				line += " “" + w.Text + "”"
			}
			out = append(out, line)
		}
		return out
	}
	d := &corpus.Document{ID: "d", Revision: "r"}
	want := []string{"lead 甲局 “甲局牵头办” “甲局牵头管”", "lead 甲局 乙局 “甲局、乙局牵头查”", "joint 丙局 “丙局配合”"}
	if got := describe(groupsOf(d, c, same)); !slices.Equal(got, want) {
		t.Errorf("an answer says %q", got)
	}
	want = []string{"lead 甲局 乙局 “甲局牵头办” “甲局牵头管” “甲局、乙局牵头查”", "joint 丙局 “丙局配合”"}
	if got := describe(merge(groupsOf(d, c, same), anyway)); !slices.Equal(got, want) {
		t.Errorf("the reader says %q", got)
	}
}
