package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

// policyText is a policy of a made-up city, with what a page must not take for HTML.
const policyText = `云溪市人民政府办公室关于印发《云溪市支持小微企业若干措施》的通知
云府办〔2025〕7号
各县(市、区)人民政府,市政府各部门:
《云溪市支持小微企业若干措施》已经市政府同意,现印发给你们。
云溪市人民政府办公室
2025年3月1日
云溪市支持小微企业若干措施
一、总体要求
(一)工作目标
到2027年,培育小微企业<b>一百家</b>以上。
二、主要任务
(一)支持融资
鼓励银行向小微企业发放信用贷款。<script>alert(1)</script>对首次贷款给予贴息。(市财政局牵头,市金融工作局配合。以下均需要各县(市、区)人民政府负责,不再列出)
(二)支持上市
对挂牌上市的企业给予奖励。(市财政局、商务局负责)`

const loanSentence = "鼓励银行向小微企业发放信用贷款。"

// An office is a server with what it stands on.
type office struct {
	*Server
	http    *httptest.Server
	store   *storetest.Memory
	records *bot.MemoryDesk
	doc     *corpus.Document
	asked   atomic.Int64
	hold    chan struct{} // if not nil answers wait until it is closed
	err     error         // if not nil there are none
}

// Ask implements bot.Asker: the loan sentence answers whatever names a loan.
func (o *office) Ask(ctx context.Context, q bot.Question) (bot.Answer, error) {
	o.asked.Add(1)
	if o.hold != nil {
		select {
		case <-o.hold:
		case <-ctx.Done():
			return bot.Answer{}, ctx.Err()
		}
	}
	if o.err != nil {
		return bot.Answer{}, o.err
	}
	switch {
	case strings.Contains(q.Text, "转人工"):
		return bot.Answer{ID: q.ID, Outcome: bot.HandedOver, Text: "好的。"}, nil
	case !strings.Contains(q.Text, "贷"):
		return bot.Answer{ID: q.ID, Outcome: bot.NoBasis, Text: "没有写到。\n“" + q.Text + "”"}, nil
	}
	clause := o.doc.Clause("二、(一)第1段")
	held, refused := bot.Verify(register(), bot.Brief{Passages: []bot.Passage{{Handle: "c1", Document: o.doc, Clause: clause, Start: clause.Start, End: clause.End}}},
		bot.Draft{Sentences: []bot.Sentence{{Text: loanSentence, Handle: "c1", Quote: loanSentence}}})
	if len(held) != 1 {
		return bot.Answer{}, refused[0]
	}
	a := bot.Answer{ID: q.ID, Outcome: bot.Answered, Text: "云溪市财政局牵头。", Remarks: []string{"是的。"}, Citations: []bot.Citation{held[0].Citation}}
	for _, r := range clause.Responsibilities {
		a.Bureaus = append(a.Bureaus, bot.ResponsibleBureau{Name: r.Bureau, AsWritten: r.AsWritten, Role: r.Role})
	}
	return a, nil
}

func register() *corpus.Register {
	r, err := policies.Register()
	if err != nil {
		panic(err) // the register is embedded
	}
	return r
}

type offers struct{}

func (offers) SampleQuestions(n int) []string {
	return []string{"想贷款找谁", `<i>"怎么办"</i>`}[:min(n, 2)]
}

func (offers) Related(corpus.Ref, string, int) []string { return []string{"贴息多少"} }

// newOffice starts a server; change may change its configuration.
func newOffice(t testing.TB, change func(*Config)) *office {
	t.Helper()
	o := &office{store: &storetest.Memory{}, records: &bot.MemoryDesk{}}
	o.publish(t, policyText)
	c := Config{
		Store: o.store, Records: o.records, Queue: o.records, Reception: bot.NewReception(o, o.records), Offers: offers{}, Rate: -1,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&c)
	}
	var err error
	if o.Server, err = New(c); err != nil {
		t.Fatal(err)
	}
	o.http = httptest.NewServer(o.Handler())
	t.Cleanup(func() {
		o.stop()
		o.http.Close()
	})
	return o
}

func (o *office) publish(t testing.TB, text string) {
	t.Helper()
	d, err := corpus.Parse(text, register())
	if err != nil {
		t.Fatal(err)
	}
	file := bot.File{Name: "<措施>.html", Data: []byte("<script>alert(1)</script>")}
	if _, _, err := o.store.Publish(t.Context(), bot.Publication{Document: d, Original: file, By: "张三"}); err != nil {
		t.Fatal(err)
	}
	o.doc = d
}

// A visitor is a browser without script.
type guest struct {
	t testing.TB
	o *office
	*http.Client
}

func (o *office) visitor(t testing.TB) guest {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return guest{t, o, &http.Client{Jar: jar}}
}

// do sends a request as a browser that loads a page, or with page = false as a script,
// and returns the response with its whole body.
func (v guest) do(method, path string, form url.Values, page bool, header ...string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.o.http.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if page {
		req.Header.Set("Accept", "text/html,*/*")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := v.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp, string(body)
}

// page loads a page that has to be there.
func (v guest) page(path string) *goquery.Document {
	v.t.Helper()
	resp, body := v.do(http.MethodGet, path, nil, true)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s %s", path, resp.Status, body)
	}
	return v.parse(body)
}

func (v guest) parse(body string) *goquery.Document {
	v.t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	return d
}

// ask sends the form of the chat page and returns the page that comes back.
func (v guest) ask(question string) *goquery.Document {
	v.t.Helper()
	before := v.page("/")
	form := url.Values{"question": {question}}
	for _, name := range []string{"key", "conversation"} {
		form.Set(name, before.Find("#ask input[name="+name+"]").AttrOr("value", ""))
	}
	resp, body := v.do(http.MethodPost, "/chat", form, true)
	if resp.StatusCode != http.StatusOK {
		v.t.Fatalf("asked %q: %s %s", question, resp.Status, body)
	}
	return v.parse(body)
}

func TestConfigIsChecked(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("a server of nothing")
	}
	for _, change := range []func(*Config){
		func(c *Config) { c.Proxies = []string{"nonsense"} },
		func(c *Config) { c.Embedders = []string{"https://a.example", "https://b.example/"} },
		func(c *Config) { c.Embedders = []string{"*"} },
		func(c *Config) { c.Embedders = []string{"https://a.example; script-src *"} },
		func(c *Config) {
			c.Routes = []Route{{Method: "GET", Path: "/p/:name/x", Handler: http.NotFoundHandler()}}
		},
	} {
		c := Config{Store: &storetest.Memory{}, Records: &bot.MemoryDesk{}, Queue: &bot.MemoryDesk{}, Reception: bot.NewReception(nil, nil), Offers: offers{}}
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestRoutesOfOthers(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		if string(body) == "panic" {
			panic("at the handler")
		}
		io.WriteString(w, r.PathValue("id")+" "+string(body)) //nolint:errcheck // of a test
	})
	o := newOffice(t, func(c *Config) {
		c.Routes = []Route{
			{Method: "POST", Path: "/ch/hook/:id", Handler: handler, MaxBody: 5, CrossOrigin: true},
			{Path: "/any/*id", Handler: handler},
		}
	})
	v := o.visitor(t)
	for _, tt := range []struct {
		method, path, key string
		header            []string
		status            int
		body              string
	}{
		{"POST", "/ch/hook/x", "a", []string{"Origin", "https://other.example"}, 200, "x a="},
		{"POST", "/ch/hook/x", "abcdef", nil, 413, ""},
		{"PUT", "/any/a/b", "", nil, 200, "/a/b "},
		{"PUT", "/any/a/b", "", []string{"Origin", "https://other.example"}, 403, "hint"},
		{"GET", "/ch/hook/x", "", nil, 405, "Allow"},
	} {
		form := url.Values{}
		if tt.key != "" {
			form.Set(tt.key, "")
		}
		resp, body := v.do(tt.method, tt.path, form, false, tt.header...)
		if resp.StatusCode != tt.status || !strings.Contains(body, tt.body) {
			t.Errorf("%s %s: %s %q, want %d %q", tt.method, tt.path, resp.Status, body, tt.status, tt.body)
		}
		if resp.Header.Get("X-Request-Id") == "" || resp.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: the headers are missing: %v", tt.method, tt.path, resp.Header)
		}
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/any/x", strings.NewReader("panic"))
	w := httptest.NewRecorder()
	o.Handler().ServeHTTP(w, req)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"hint"`) {
		t.Errorf("a panic gives %d %s", w.Code, w.Body)
	}
}

// deadlineWriter notes the last deadline for reading.
type deadlineWriter struct {
	http.ResponseWriter
	read time.Time
}

func (w *deadlineWriter) SetReadDeadline(t time.Time) error { w.read = t; return nil }

// The deadline for a body goes with its end, for the request may be answered for longer
// than that; one that breaks off keeps it, or the server would wait for the rest for ever.
func TestDeadlineOfBodies(t *testing.T) {
	for _, tt := range []struct {
		body io.Reader
		kept bool
	}{
		{strings.NewReader("whole"), false},
		{io.MultiReader(strings.NewReader("half"), iotest.ErrReader(os.ErrDeadlineExceeded)), true},
	} {
		w := &deadlineWriter{ResponseWriter: httptest.NewRecorder(), read: time.Now()}
		body := timedBody{io.NopCloser(tt.body), http.NewResponseController(w)}
		_, _ = io.ReadAll(body)
		if w.read.IsZero() == tt.kept {
			t.Errorf("the deadline is %v, kept should be %v", w.read, tt.kept)
		}
	}
}

func TestHealth(t *testing.T) {
	var notReady error
	o := newOffice(t, func(c *Config) { c.Ready = func(context.Context) error { return notReady } })
	v := o.visitor(t)
	status := func(path string) int { r, _ := v.do(http.MethodGet, path, nil, false); return r.StatusCode }
	if status("/healthz") != 200 || status("/readyz") != 200 {
		t.Error("not healthy at the start")
	}
	if resp, body := v.do(http.MethodHead, "/", nil, true); resp.StatusCode != 200 || body != "" {
		t.Errorf("HEAD gives %s and %q", resp.Status, body)
	}
	notReady = io.ErrUnexpectedEOF
	if status("/healthz") != 200 || status("/readyz") != 503 {
		t.Error("ready although it says why not")
	}
	notReady = nil
	v.ask("想贷款")
	_, body := v.do(http.MethodGet, "/metrics", nil, false)
	for _, want := range []string{`wence_web_answers_total{outcome="answered"} 1`, `wence_http_requests_total{method="POST",route="/chat",status="303"} 1`, `route="/readyz",status="503"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	o.stop()
	if status("/readyz") != 503 {
		t.Error("ready although it stops")
	}
}
