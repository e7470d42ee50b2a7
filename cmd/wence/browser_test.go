package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A browser is a page of a headless Chromium that looks at the real program.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	problems []string // what the page complained about
	requests []string // where it went
}

// A viewport is what somebody holds in their hands.
type viewport struct {
	name          string
	width, height int64
	phone         bool
}

func (v viewport) options() []chromedp.EmulateViewportOption {
	if !v.phone {
		return nil
	}
	return []chromedp.EmulateViewportOption{chromedp.EmulateMobile, chromedp.EmulateTouch}
}

var viewports = []viewport{{"desktop", 1280, 860, false}, {"phone", 390, 844, true}}

// serving starts this test binary as wence serve, a process of its own, and returns
// its URL.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	at, _ := servingProcess(t, args...)
	return at
}

// servingProcess is serving that also returns the process.
func servingProcess(t *testing.T, args ...string) (at string, pid int) {
	t.Helper()
	c := process(append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no URL: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("wence serve did not stop well: %v", err)
		}
	})
	return regexp.MustCompile(`http://\S+`).FindString(line), c.Process.Pid
}

// chromium returns where Chromium is. Without it the test is skipped, but not in CI.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("Chromium is missing: apt-get install chromium fonts-noto-cjk")
	}
	t.Skip("Chromium is missing: apt-get install chromium fonts-noto-cjk; CI fails without it")
	return ""
}

// browse opens a page of a given size.
func browse(t *testing.T, server string, v viewport) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.Env("TMPDIR="+tempDir(t)),
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, url: server}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); return err },
	} {
		if err := enable(); err != nil {
			t.Fatal(err)
		}
	}
	b.run(chromedp.EmulateViewport(v.width, v.height, v.options()...))
	b.media("", "light")
	return b
}

// media sets what the page is shown on, as in print, and in which colours. Nothing moves:
// a click would miss what is still scrolling.
func (b *browser) media(name, colours string) {
	b.t.Helper()
	m := emulation.SetEmulatedMediaParams{Media: name, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: colours}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, m); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks where nothing lies over the element.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.run(chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).scrollIntoView({block: "center"})`, selector)),
		chromedp.Click(chromedp.CSS(selector)))
}

func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, fmt.Sprint(e.ExceptionDetails))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity {
			b.problems = append(b.problems, e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v; the page complained: %q", err, b.problems)
	}
}

// script returns what a script says.
func script[T any](b *browser, source string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](source, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v; the page complained: %q", source, err, b.problems)
	}
	return out
}

// until waits for a script to say true, also on the page that comes next.
func (b *browser) until(condition string) {
	b.t.Helper()
	const patience = 20 * time.Second
	var err error
	for begun := time.Now(); time.Since(begun) < patience; {
		if _, err = chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(patience))); err == nil {
			return
		}
	}
	text := script[string](b, "document.body.innerText")
	b.t.Fatalf("%s never became true: %v; the page begins %.300q and complained: %q", condition, err, text, b.problems)
}

// axe fails the test if axe-core finds anything wrong with the page as it is.
func (b *browser) axe(where string) {
	b.t.Helper()
	f, err := os.Open("testdata/axe/axe-4.14.1.min.js.gz")
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		b.t.Fatal(err)
	}
	src, err := io.ReadAll(z)
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(chromedp.Evaluate[chromedp.Void](string(src)))
	b.until(`document.getAnimations().every(a => a.playState !== "running")`) // half faded in, a text has too little contrast
	// What the input lies over just now, at this scroll position, is no small target.
	b.run(chromedp.Evaluate[chromedp.Void](`(s => { s.replaceSync(".ask { position: static !important; }"); document.adoptedStyleSheets = [s]; })(new CSSStyleSheet())`))
	found := script[[]string](b, `axe.run(document, {resultTypes: ["violations"], iframes: false, rules: {"target-size": {enabled: true}}}).then(r =>
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.html + " " + n.failureSummary)))`)
	for _, v := range found {
		b.t.Errorf("%s: %s", where, v)
	}
	b.run(chromedp.Evaluate[chromedp.Void](`document.adoptedStyleSheets = [], undefined`))
	if wide := script[bool](b, `document.documentElement.scrollWidth > innerWidth`); wide {
		b.t.Errorf("%s: the page is wider than the screen", where)
	}
}

// shot saves a picture if somebody wants to look: WENCE_SCREENSHOTS=DIR go test -run TestBrowser ./cmd/wence.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := testEnv["WENCE_SCREENSHOTS"]
	if dir == "" {
		return
	}
	b.until(`document.getAnimations().every(a => a.playState !== "running")`)
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// print looks at the page as it is printed: without what one can only click.
func (b *browser) print(name string) {
	b.t.Helper()
	b.media("print", "light")
	for _, gone := range []string{"header.site", "footer.site", ".tools"} {
		if script[bool](b, fmt.Sprintf(`!!document.querySelector(%q)?.offsetHeight`, gone)) {
			b.t.Errorf("%s: %s is printed", name, gone)
		}
	}
	if narrow := script[bool](b, `document.querySelector(".clause-text").offsetWidth < document.querySelector("h1").offsetWidth / 2`); narrow {
		b.t.Errorf("%s: the text is printed in a narrow column", name)
	}
	b.shot(name + "-print")
	b.media("", "light")
}

// ask types a question, sends it and waits for the whole answer.
func (b *browser) ask(question string) {
	b.t.Helper()
	n := script[int](b, `document.querySelectorAll(".turn").length`)
	b.run(chromedp.SendKeys(chromedp.CSS("#question"), question+"\r"))
	b.until(fmt.Sprintf(`document.querySelectorAll(".turn").length === %d && !!document.querySelector(".turn:last-child .actions")`, n+1))
}

// quiet fails the test if the page complained or went anywhere else.
func (b *browser) quiet() {
	b.t.Helper()
	b.quietAbout(b.url)
}

// quietAbout is quiet for a page that may also go somewhere.
func (b *browser) quietAbout(allowed string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Errorf("the page complained: %s", p)
	}
	for _, r := range b.requests {
		u, err := url.Parse(r)
		if err != nil || u.Scheme != "data" && u.Scheme != "about" && !strings.HasPrefix(r, b.url) && !strings.HasPrefix(r, allowed) {
			b.t.Errorf("the page went to %s", r)
		}
	}
}

const (
	loanQuestion = "想贷点款周转找谁?"
	loanQuote    = "推广随借随还贷款模式" // in the sentence that answers it
)

// TestBrowser does what a visitor does, with the real program and a real browser.
func TestBrowser(t *testing.T) {
	chromium(t)
	for _, v := range viewports {
		t.Run(v.name, func(t *testing.T) {
			b := browse(t, serving(t), v)
			b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS("#question")))
			b.axe("empty chat")
			b.shot(v.name + "-start")

			b.ask(loanQuestion)
			quote := script[string](b, `document.querySelector(".turn .quote").innerText`)
			if !strings.Contains(quote, loanQuote) {
				t.Errorf("quoted %q", quote)
			}
			chips := script[string](b, `document.querySelector(".turn .groups").innerText`)
			for _, want := range []string{"负责", "金融工作局", "共同负责", "不再列出"} {
				if !strings.Contains(chips, want) {
					t.Errorf("%q is not among the bureaus %q", want, chips)
				}
			}
			if source := script[string](b, `document.querySelector(".turn .source").innerText`); !strings.Contains(source, "号 二、(六)第1段") || !strings.Contains(source, "现行有效") {
				t.Errorf("the source is %q", source)
			}
			b.axe("answer")
			b.shot(v.name + "-answer")
			b.followQuote(v, strings.Trim(strings.TrimSpace(quote), "“”"))
			b.vote()
			b.copyAnswer()
			b.ask("那上市呢?")
			if top := script[float64](b, `document.querySelector(".turn:last-child").getBoundingClientRect().top`); top < 0 || top > 40 {
				t.Errorf("the new question is %v pixels below the top: its answer is out of sight", top)
			}
			if text := script[string](b, `document.querySelector(".turn:last-child .quote").innerText`); !strings.Contains(text, "上市") {
				t.Errorf("the follow-up was answered with %q", text)
			}
			b.handOver()
			if text := script[string](b, `document.querySelector(".turn:last-child .ticket").innerText`); !strings.Contains(text, "没有人值守") || !strings.Contains(text, "请直接拨打 12345") {
				t.Errorf("without a data folder nobody sees the ticket, but the page says %q", text)
			}
			b.axe("end of the conversation")
			b.shot(v.name + "-end")
			b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS(".turn")))
			if n := script[int](b, `document.querySelectorAll(".turn").length`); n != 2 {
				t.Errorf("the conversation has %d turns when the page is loaded again", n)
			}
			b.quiet()
		})
	}
}

// followQuote opens the quote where it stands and checks that it is marked and in sight.
func (b *browser) followQuote(v viewport, quote string) {
	b.t.Helper()
	b.click(".turn .quote a")
	doc := "document"
	if !v.phone {
		doc = `document.getElementById("beside-frame").contentDocument`
	}
	b.until(fmt.Sprintf(`!!%s.querySelector("mark")`, doc))
	if mark := script[string](b, doc+`.querySelector("mark").textContent`); mark != quote {
		b.t.Errorf("marked is %q, not %q", mark, quote)
	}
	// Smooth scrolling takes a moment.
	b.until(fmt.Sprintf(`(r => r.top >= 0 && r.top < %s.defaultView.innerHeight)(%s.querySelector("mark").getBoundingClientRect())`, doc, doc))
	if anchor := script[string](b, doc+`.querySelector("mark").closest("section").id`); anchor != "2.6.1" {
		b.t.Errorf("marked in %q", anchor)
	}
	b.shot(v.name + "-quote")
	b.media("", "dark")
	b.axe("policy in the dark")
	b.shot(v.name + "-dark-quote")
	b.media("", "light")
	if v.phone {
		b.axe("policy")
		b.run(chromedp.NavigateBack(), chromedp.WaitVisible(chromedp.CSS(".turn .actions")))
		return
	}
	b.axe("policy beside")
	// What is opened from the policy stays beside the chat, and Escape closes it from there.
	b.run(chromedp.Evaluate[chromedp.Void](doc + `.querySelector("mark").closest("section").querySelector(".chip").click()`))
	b.until(doc + `.querySelector("main h1")?.innerText === document.querySelector(".turn .chip").innerText`)
	if framed := script[bool](b, `!!`+doc+`.querySelector("header.site")`); framed {
		b.t.Error("beside the chat the frame of the site is shown")
	}
	if same := script[bool](b, `document.getElementById("beside-open").href === `+doc+`.URL`); !same {
		b.t.Error("what is shown cannot be opened as a page")
	}
	b.run(chromedp.Evaluate[chromedp.Void](doc+`.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}))`), chromedp.WaitNotVisible(chromedp.CSS("#beside")))
	if focus := script[bool](b, `document.activeElement.matches(".quote a")`); !focus {
		b.t.Error("the focus is lost when Escape closes the policy")
	}
	b.click(".turn .quote a")
	b.click("#beside-close")
	b.run(chromedp.WaitNotVisible(chromedp.CSS("#beside")))
	if focus := script[bool](b, `document.activeElement.matches(".quote a")`); !focus {
		b.t.Error("the focus is lost when the policy is closed")
	}
}

func (b *browser) vote() {
	b.t.Helper()
	b.click(`.turn .vote button[value="down"]`)
	b.run(chromedp.WaitVisible(chromedp.CSS(".turn .reason input:not([type=hidden])")))
	b.axe("voted down")
	b.run(chromedp.SendKeys(chromedp.CSS(".turn .reason input:not([type=hidden])"), "<b>没说</b>利率\r"))
	b.until(`document.querySelector(".turn .reason [role=status]")?.innerText.includes("<b>没说</b>利率")`)
	b.click(`.turn .vote button[value="up"]`)
	b.until(`document.querySelector(".turn .vote button[value=none]")?.innerText.includes("有用")`)
}

// copyAnswer copies the answer; what comes into the clipboard has its quote and address.
func (b *browser) copyAnswer() {
	b.t.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](`Object.defineProperty(navigator, "clipboard", {value: {writeText: async (words) => { window.copied = words; }}}), undefined`))
	b.click(".turn .copy")
	b.until(`document.getElementById("status").innerText === "已复制。"`)
	if words := script[string](b, `window.copied`); !strings.Contains(words, loanQuote) || !strings.Contains(words, "出处:") || !strings.Contains(words, b.url+"/a/") {
		b.t.Errorf("copied %q", words)
	}
}

func (b *browser) handOver() {
	b.t.Helper()
	b.click(`.turn:last-child form[action$="/handover"] button`)
	b.until(`/T-\d+/.test(document.querySelector(".turn:last-child .ticket")?.innerText)`)
}
