package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// All of it works with forms alone.
func TestChatWithoutScript(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	if asks := v.page("/").Find(".welcome .asks button"); asks.Length() != 2 || asks.Last().Text() != `<i>"怎么办"</i>` {
		t.Errorf("offered are %q", asks.Text())
	}
	page := v.ask("想贷款<img src=x>找谁")
	turn := page.Find(".turn")
	if q := turn.Find(".question").Text(); q != "您问：想贷款<img src=x>找谁" {
		t.Errorf("the question is shown as %q", q)
	}
	quote := turn.Find(".quote blockquote a")
	if quote.Text() != loanSentence {
		t.Errorf("quoted is %q", quote.Text())
	}
	if text := strings.Join(strings.Fields(turn.Find(".groups").Text()), ""); !strings.HasPrefix(text, "牵头云溪市财政局配合云溪市金融工作局依据本段：(市财政局牵头,市金融工作局配合。") {
		t.Errorf("the bureaus are %q", text)
	}
	if text := turn.Find(".source").Text(); text != "《云溪市支持小微企业若干措施》云府办〔2025〕7号 二、(一)第1段 现行有效" {
		t.Errorf("the source is %q", text)
	}
	read := v.page(quote.AttrOr("href", ""))
	if mark := read.Find(".clause#2\\.1\\.1 mark"); mark.Length() != 1 || mark.Text() != loanSentence {
		t.Errorf("the link marks %q", mark.Text())
	}

	id := strings.TrimPrefix(turn.AttrOr("id", ""), "a-")
	_, body := v.do(http.MethodPost, "/a/"+id+"/vote", url.Values{"vote": {"down"}}, true)
	if v.parse(body).Find(".turn .reason input[name=reason]").Length() != 1 {
		t.Error("nobody asks for the reason")
	}
	_, body = v.do(http.MethodPost, "/a/"+id+"/vote", url.Values{"vote": {"down"}, "reason": {"没有<b>利率</b>"}}, true)
	if text := v.parse(body).Find(".reason [role=status]").Text(); text != "已记下：没有<b>利率</b>" {
		t.Errorf("the reason is shown as %q", text)
	}
	_, body = v.do(http.MethodPost, "/a/"+id+"/handover", nil, true)
	if text := v.parse(body).Find(".ticket strong").Text(); text != "T-000001" {
		t.Errorf("the ticket is %q", text)
	}
	v.do(http.MethodPost, "/a/"+id+"/handover", nil, true)
	if tickets, _ := o.records.Tickets(t.Context(), 9); len(tickets) != 1 || tickets[0].Question != "想贷款<img src=x>找谁" {
		t.Errorf("tickets: %+v", tickets)
	}
	if n := v.ask("别的").Find(".turn").Length(); n != 2 {
		t.Errorf("the conversation has %d turns", n)
	}
	if n := v.ask("别的").Find(".turn").Length(); n != 3 {
		t.Errorf("asked again, with a key of its own, the conversation has %d turns", n)
	}
	_, body = v.do(http.MethodPost, "/chat/new", nil, true)
	if n := v.parse(body).Find(".turn").Length(); n != 0 {
		t.Errorf("the new conversation has %d turns", n)
	}
	if text := v.ask("转人工").Find(".ticket strong").Text(); text != "T-000002" {
		t.Errorf("asking for a person gives the ticket %q", text)
	}
}

// Nobody sees the conversation of another; who has the link of an answer sees that.
func TestConversationsArePrivate(t *testing.T) {
	o := newOffice(t, nil)
	mine, other := o.visitor(t), o.visitor(t)
	page := mine.ask("想贷款")
	id := strings.TrimPrefix(page.Find(".turn").AttrOr("id", ""), "a-")
	if n := other.page("/").Find(".turn").Length(); n != 0 {
		t.Errorf("a stranger sees %d turns", n)
	}
	if n := other.page("/a/" + id).Find(".turn").Length(); n != 1 {
		t.Errorf("the link shows %d turns", n)
	}
	secret := page.Find("input[name=conversation]").AttrOr("value", "")
	all, err := o.records.Recent(t.Context(), 9)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if e := all[0]; secret == "" || strings.Contains(e.ID+e.Conversation+e.User, secret) {
		t.Errorf("the secret %q is kept in %+v", secret, e)
	}
	other.do(http.MethodPost, "/a/"+id+"/vote", url.Values{"vote": {"up"}}, true)
	mine.do(http.MethodPost, "/a/"+id+"/vote", url.Values{"vote": {"down"}}, true)
	if f, _ := o.records.FeedbackOn(t.Context(), id); len(f) != 2 {
		t.Errorf("votes: %+v", f)
	}
}

// A send that is repeated with its key is answered once, and another question is another.
func TestSendsAreIdempotent(t *testing.T) {
	o := newOffice(t, nil)
	o.hold = make(chan struct{})
	v := o.visitor(t)
	v.page("/") // the cookie
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			_, ids[i] = v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false, "Idempotency-Key", "k1")
		})
	}
	wg.Wait()
	close(o.hold)
	for _, id := range ids {
		if id != ids[0] || !strings.Contains(id, "answer_id") {
			t.Errorf("%s is not %s", id, ids[0])
		}
	}
	events(t, v, ids[0], "")
	if _, again := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false, "Idempotency-Key", "k1"); again != ids[0] {
		t.Errorf("after it was kept: %s", again)
	}
	if _, other := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款吗"}}, false, "Idempotency-Key", "k1"); other == ids[0] {
		t.Error("another question got the first answer")
	}
	stranger := o.visitor(t)
	if _, other := stranger.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false, "Idempotency-Key", "k1"); other == ids[0] {
		t.Error("a stranger's key names my answer")
	}
	if n := o.asked.Load(); n > 3 {
		t.Errorf("the bot was asked %d times", n)
	}
}

func TestBadInput(t *testing.T) {
	o := newOffice(t, nil)
	v := o.visitor(t)
	turn := v.ask("想贷款").Find(".turn")
	answer := "/a/" + strings.TrimPrefix(turn.AttrOr("id", ""), "a-")
	long := strings.Repeat("贷", 100<<10/3)
	form := func(pairs ...string) url.Values {
		f := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for _, tt := range []struct {
		name, method, path string
		form               url.Values
		status             int
		header             []string
	}{
		{"no question", "POST", "/chat", form(), 422, nil},
		{"blanks only", "POST", "/chat", form("question", " \n　"), 422, nil},
		{"100 KB", "POST", "/chat", form("question", long), 413, nil},
		{"5 MB", "POST", "/chat", form("question", strings.Repeat(long, 50)), 413, nil},
		{"NUL", "POST", "/chat", form("question", "贷\x00款"), 400, nil},
		{"no UTF-8", "POST", "/chat", form("question", "贷\xff款"), 400, nil},
		{"broken form", "POST", "/chat", nil, 422, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"JSON", "POST", "/chat", form("question", "贷"), 415, []string{"Content-Type", "application/json"}},
		{"parts", "POST", "/chat", form("question", "贷"), 415, []string{"Content-Type", "multipart/form-data; boundary=x"}},
		{"nonsense type", "POST", answer + "/vote", form("vote", "up"), 415, []string{"Content-Type", "%%%"}},
		{"another charset", "POST", "/chat", form("question", "\xb4\xfb\xbf\xee"), 400, []string{"Content-Type", "application/x-www-form-urlencoded; charset=gbk"}},
		{"another site", "POST", "/chat", form("question", "贷"), 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"another origin", "POST", answer + "/vote", form("vote", "up"), 403, []string{"Origin", "https://evil.example"}},
		{"no such vote", "POST", answer + "/vote", form("vote", "maybe"), 422, nil},
		{"no vote", "POST", answer + "/vote", form(), 422, nil},
		{"long reason", "POST", answer + "/vote", form("vote", "down", "reason", long), 413, nil},
		{"vote on nothing", "POST", "/a/nothing/vote", form("vote", "up"), 404, nil},
		{"person for nothing", "POST", "/a/%00/handover", form(), 404, nil},
		{"no such answer", "GET", "/a/%3Cscript%3E", nil, 404, nil},
		{"no such events", "GET", "/chat/answers/x/events", nil, 404, nil},
		{"broken cursor", "GET", "/chat/answers/x/events", nil, 400, []string{"Last-Event-ID", "x"}},
		{"negative cursor", "GET", "/chat/answers/x/events", nil, 400, []string{"Last-Event-ID", "-1"}},
		{"no such policy", "GET", "/p/%E6%97%A0", nil, 404, nil},
		{"path as an ID", "GET", "/p/..%2F..%2Fetc%2Fpasswd", nil, 404, nil},
		{"no such revision", "GET", "/p/" + url.PathEscape(o.doc.ID) + "?rev=x", nil, 404, nil},
		{"no such file", "GET", "/p/x/file", nil, 404, nil},
		{"no such comparison", "GET", "/p/" + url.PathEscape(o.doc.ID) + "/versions?from=a&to=b", nil, 400, nil},
		{"no such bureau", "GET", "/b/x", nil, 404, nil},
		{"no such matrix", "GET", "/matrix.csv?doc=x", nil, 404, nil},
		{"no such asset", "GET", "/assets/..%2Fweb.go", nil, 404, nil},
		{"wrong method", "DELETE", "/chat", nil, 405, nil},
		{"odd filters", "GET", "/p?page=-1&year=%FF&status=%3Cb%3E&q=" + long[:9000], nil, 200, nil},
		{"page beyond the last", "GET", "/p?page=99999999999999999999", nil, 200, nil},
	} {
		for _, asPage := range []bool{true, false} {
			resp, body := v.do(tt.method, tt.path, tt.form, asPage, tt.header...)
			if resp.StatusCode != tt.status {
				t.Errorf("%s: %s, want %d: %.200s", tt.name, resp.Status, tt.status, body)
				continue
			}
			if tt.status < 400 {
				continue
			}
			if asPage {
				if p := v.parse(body).Find(".problem p").First().Text(); p == "" {
					t.Errorf("%s: the page has no hint: %s", tt.name, body)
				}
			} else if resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"hint":"`) || !strings.Contains(body, `"request_id":"`) {
				t.Errorf("%s: no problem with a hint: %s", tt.name, body)
			}
		}
	}
}

// What people type is shown as they typed it, whatever it looks like.
func TestNothingIsTakenForMarkup(t *testing.T) {
	o := newOffice(t, nil)
	for _, text := range []string{
		`</textarea><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{.Secret}}`, "javascript:alert(1)", "\u202e倒过来\u202c", "𠮷野家\U0001F469\u200d\U0001F4BB㐀", `&lt;b&gt;`, "a\nb",
	} {
		v := o.visitor(t)
		page := v.ask(text)
		if q := page.Find(".turn .question").Text(); q != "您问："+text {
			t.Errorf("%q is shown as %q", text, q)
		}
		if a := page.Find(".turn .lines").Text(); !strings.Contains(strings.ReplaceAll(a, "\n", ""), strings.ReplaceAll(text, "\n", "")) {
			t.Errorf("%q is answered with %q", text, a)
		}
		if page.Find("script:not([src]), img, [onerror]").Length() > 0 {
			t.Errorf("%q has become markup", text)
		}
		list := v.page("/p?q=" + url.QueryEscape(text) + "&bureau=" + url.QueryEscape(text))
		if got := list.Find("#f-bureau").AttrOr("value", ""); got != strings.ReplaceAll(text, "\n", "\n") {
			t.Errorf("%q comes back in the filter as %q", text, got)
		}
	}
}

func TestAskingTooFast(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Rate = 0.1 }) // a burst of one
	v := o.visitor(t)
	form := url.Values{"question": {"想贷款"}}
	if resp, _ := v.do(http.MethodPost, "/chat", form, false); resp.StatusCode != http.StatusAccepted {
		t.Fatal(resp.Status)
	}
	resp, body := v.do(http.MethodPost, "/chat", form, false)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, `"hint"`) {
		t.Errorf("%s %v %s", resp.Status, resp.Header, body)
	}
	if resp, _ := v.do(http.MethodGet, "/p", nil, true); resp.StatusCode != http.StatusOK {
		t.Errorf("reading is limited too: %s", resp.Status)
	}
	if !o.rates.allow("2001:db8::1") || o.rates.allow("2001:db8::2") {
		t.Error("a household with many addresses counts as many")
	}
}

// A failure here is told as one, and the next try is a new one.
func TestFailedAnswer(t *testing.T) {
	o := newOffice(t, nil)
	o.err = bot.ErrFull
	v := o.visitor(t)
	v.page("/")
	resp, body := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}, "key": {"k"}}, true)
	if resp.StatusCode != http.StatusInternalServerError || strings.Contains(body, bot.ErrFull.Error()) {
		t.Errorf("%s %s", resp.Status, body)
	}
	o.err = nil
	if resp, _ := v.do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}, "key": {"k"}}, true); resp.StatusCode != http.StatusOK {
		t.Errorf("the next try: %s", resp.Status)
	}
}

// A vote on the page of an answer that another channel gave is kept as that channel's.
func TestVoteOnAnAnswerOfAnotherChannel(t *testing.T) {
	o := newOffice(t, nil)
	now := time.Now()
	e := bot.Exchange{
		ID: "SLACKANSWER", Channel: "slack:team1", Conversation: "C1", User: "U1", Question: "想贷款", Asked: now, Answered: now,
		Answer: bot.Answer{ID: "SLACKANSWER", Outcome: bot.NoBasis, Text: "没有写到。"},
	}
	if _, err := o.records.Keep(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	resp, body := o.visitor(t).do(http.MethodPost, "/a/SLACKANSWER/vote", url.Values{"vote": {"up"}}, true)
	if f, err := o.records.FeedbackOn(t.Context(), "SLACKANSWER"); resp.StatusCode != http.StatusOK || err != nil || len(f) != 1 || f[0].Vote != bot.VoteUp {
		t.Errorf("%s, votes %+v, %v: %s", resp.Status, f, err, body)
	}
}

// bomb is a bot with a bug, bombRecords a store with one.
type bomb struct{}

func (bomb) Ask(context.Context, bot.Question) (bot.Answer, error) { panic("a bug in the bot") }

type bombRecords struct{ *bot.MemoryDesk }

func (bombRecords) Keep(context.Context, bot.Exchange) (bot.Exchange, error) {
	panic("a bug in the store")
}

// TestPanicEndsNoService: one question that the bot panics at is answered with an apology,
// one that the store panics at with an error, and the next as ever.
func TestPanicEndsNoService(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Reception = bot.NewReception(bomb{}, c.Records) })
	resp, body := o.visitor(t).do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false)
	var ask struct{ Events string }
	if err := json.Unmarshal([]byte(body), &ask); err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatal(resp.Status, body, err)
	}
	if _, body = o.visitor(t).do(http.MethodGet, ask.Events, nil, false); !strings.Contains(body, "请稍后再试") {
		t.Errorf("told %s", body)
	}
	if kept, err := o.records.Recent(t.Context(), 9); err != nil || len(kept) != 1 || kept[0].Question != "想贷款" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	o.Server.Reception = bot.NewReception(o, bombRecords{o.records})
	if resp, _ := o.visitor(t).do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, true); resp.StatusCode != http.StatusInternalServerError {
		t.Error(resp.Status)
	}
	o.Server.Reception = bot.NewReception(o, o.records)
	if resp, body := o.visitor(t).do(http.MethodPost, "/chat", url.Values{"question": {"想贷款"}}, false); resp.StatusCode >= 500 {
		t.Error(resp.Status, body)
	}
}
