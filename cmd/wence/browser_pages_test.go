package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/wence-bot/wence/corpus/policies"
)

// TestBrowserWidget shows the chat in another site's page, whose frames get no cookie.
func TestBrowserWidget(t *testing.T) {
	chromium(t)
	var wence string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; img-src data:; script-src %[1]s; frame-src %[1]s", wence)) // what widget.js says is enough
		fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width"><title>某市政府</title><link rel="icon" href="data:,"><main><h1>某市人民政府</h1></main><script src="%s/widget.js" defer></script></html>`, wence)
	}))
	defer site.Close()
	origin := strings.Replace(site.URL, "127.0.0.1", "localhost", 1) // another site than wence's
	wence = serving(t, "--embed", origin)
	b := browse(t, wence, viewports[1])
	b.run(chromedp.Navigate(origin), chromedp.WaitReady(chromedp.CSS("#wence-widget")))
	b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector("#wence-widget").shadowRoot.querySelector("button").click()`))
	var frame *target.Info
	for begun := time.Now(); frame == nil && time.Since(begun) < 20*time.Second; {
		targets, err := chromedp.Targets(b.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range targets {
			if strings.HasSuffix(i.URL, "/embed") {
				frame = i
			}
		}
	}
	if frame == nil {
		t.Fatalf("no frame was opened; the page complained: %q", b.problems)
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(frame.TargetID))
	defer cancel()
	inside := &browser{t: t, ctx: ctx, url: wence}
	inside.until(`!!document.getElementById("question")`)
	ask := func(n int, question string) { // keys do not reach a frame of another process
		inside.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`question.value = %q; ask.requestSubmit()`, question)))
		inside.until(fmt.Sprintf(`document.querySelectorAll(".turn .actions").length === %d`, n))
	}
	ask(1, loanQuestion)
	if quote := script[string](inside, `document.querySelector(".turn .quote").innerText`); !strings.Contains(quote, loanQuote) {
		t.Errorf("quoted %q", quote)
	}
	ask(2, "那上市呢?")
	if quote := script[string](inside, `document.querySelector(".turn:last-child .quote").innerText`); !strings.Contains(quote, "上市") {
		t.Errorf("without a cookie the follow-up was answered with %q", quote)
	}
	inside.axe("widget")
	b.shot("phone-widget")
	// Escape in the frame closes it, and the focus is where it came from.
	inside.run(chromedp.Evaluate[chromedp.Void](`document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}))`))
	b.until(`document.querySelector("#wence-widget").shadowRoot.querySelector("iframe").style.display === "none"`)
	if focus := script[bool](b, `document.querySelector("#wence-widget").shadowRoot.activeElement?.getAttribute("aria-expanded") === "false"`); !focus {
		t.Error("the focus is lost when Escape closes the chat")
	}
	b.axe("page with the widget")
	b.quietAbout(origin)
}

// revised fills a data folder with an earlier version of the embedded policy, made up, and
// the policy itself.
func revised(t *testing.T) (data string) {
	t.Helper()
	dir := t.TempDir()
	data = filepath.Join(dir, "data")
	for name, text := range policies.Texts() {
		for i, text := range []string{strings.Replace(text, loanQuote, "探索随借随还贷款", 1), text} {
			file := filepath.Join(dir, fmt.Sprintf("%s-%d.txt", name, i))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			if status := run(context.Background(), []string{"import", "--data", data, file}, streams{in: strings.NewReader(""), out: &log, err: &log}); status != 0 {
				t.Fatalf("status %d: %s", status, &log)
			}
		}
	}
	return data
}

// TestBrowserPages looks at all pages, in light and dark, down to the width that a
// desktop has at 400 % zoom (WCAG 1.4.10).
func TestBrowserPages(t *testing.T) {
	chromium(t)
	server := serving(t, "--data", revised(t))
	for _, v := range append(viewports, viewport{"narrow", 320, 256, true}) {
		for _, dark := range []bool{false, true} {
			name := v.name
			if dark && v.width < 390 {
				continue // the colours are those of the phone
			}
			if dark {
				name += "-dark"
			}
			t.Run(name, func(t *testing.T) {
				b := browse(t, server, v)
				if dark {
					b.media("", "dark")
				}
				b.lookAround(name, v, !dark)
			})
		}
	}
}

// tabThrough presses the tab key n times on a low screen, where an answer does not fit:
// what has the focus must be in sight, not behind the input (WCAG 2.4.11).
func (b *browser) tabThrough(where string, v viewport, n int) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(v.width, min(v.height, 600)))
	defer b.run(chromedp.EmulateViewport(v.width, v.height, v.options()...))
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	seen := map[string]bool{}
	for range n {
		b.run(chromedp.KeyEvent("\t"))
		at := script[string](b, `(e => {
			const r = e.getClientRects()[0], inSight = ([x, y]) => (top => top && (e.contains(top) || top.contains(e)))(document.elementFromPoint(x, y));
			const points = [[r.left + r.width / 2, r.top + r.height / 2], [r.left + 3, r.top + 3], [r.right - 3, r.bottom - 3]];
			return (points.some(inSight) ? "" : "HIDDEN ") + e.outerHTML.slice(0, 120);
		})(document.activeElement)`)
		if strings.HasPrefix(at, "HIDDEN") {
			b.t.Errorf("%s: the focus is out of sight: %s", where, at)
		}
		seen[at] = true
	}
	if len(seen) < n/2 {
		b.t.Errorf("%s: %d places have the focus after %d tabs", where, len(seen), n)
	}
}

// lookAround visits a page of each kind.
func (b *browser) lookAround(name string, v viewport, print bool) {
	b.t.Helper()
	see := func(page, url string) {
		b.t.Helper()
		b.run(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("main h1")))
		b.axe(page)
		b.shot(name + "-" + page)
	}
	see("start", b.url)
	b.ask(loanQuestion)
	b.axe("chat")
	b.shot(name + "-chat")
	b.tabThrough("chat", v, 30)
	quote, answer := script[string](b, `document.querySelector(".turn .quote a").href`), script[string](b, `document.querySelector(".turn .permalink").href`)
	chip := script[string](b, `document.querySelector(".turn .chip").href`)
	see("answer", answer)
	see("clause", quote)
	see("bureau", chip)
	if print {
		b.print(name + "-bureau")
	}
	for page, path := range map[string]string{
		"list": "/p?q=%E8%9E%8D%E8%B5%84", "none": "/p?q=%00%E7%96%91", "bureaus": "/b", "matrix": "/matrix", "embed": "/embed",
	} {
		see(page, b.url+path)
	}
	see("list", b.url+"/p")
	policy := script[string](b, `document.querySelector(".policies h2 a").href`)
	see("policy", policy)
	b.tabThrough("policy", v, 40)
	if print {
		b.print(name + "-policy")
	}
	see("changes", policy+"/versions")
	if n := script[int](b, `document.querySelectorAll(".change ins").length`); n == 0 {
		b.t.Error("no change is shown")
	}
	b.quiet() // an error is one for the browser's log too
	for page, path := range map[string]string{"404": "/nowhere", "no-policy": "/p/nothing", "400": strings.TrimPrefix(policy, b.url) + "/versions?from=x&to=y"} {
		see(page, b.url+path)
	}
}

// TestBrowserLongQuestion pastes more than can be sent: nothing is cut, the page says how
// much is too much, and sends when it is short enough.
func TestBrowserLongQuestion(t *testing.T) {
	chromium(t)
	for _, v := range viewports {
		t.Run(v.name, func(t *testing.T) {
			b := browse(t, serving(t), v)
			b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS("#question")))
			paste := `document.getElementById("question").focus(); document.execCommand("insertText", false, %q + "贷".repeat(%d)); undefined`
			b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(paste, "", 10_000)))
			if n := script[int](b, `document.getElementById("question").value.length`); n != 10_000 {
				t.Errorf("of 10000 characters %d are left", n)
			}
			b.until(`document.getElementById("count").innerText === "已写 10000 字，最多 2000 字，请删去 8000 字再发送。"`)
			b.axe("too long")
			b.shot(v.name + "-too-long")
			b.run(chromedp.SendKeys(chromedp.CSS("#question"), "\r"))
			b.until(`document.getElementById("status").innerText.includes("最多 2000 字")`)
			if turns, n := script[int](b, `document.querySelectorAll(".turn").length`), script[int](b, `document.getElementById("question").value.length`); turns != 0 || n < 10_000 {
				t.Errorf("%d turns, %d characters", turns, n)
			}
			b.run(chromedp.Evaluate[chromedp.Void](`document.getElementById("question").select(); ` + fmt.Sprintf(paste, loanQuestion, 1900)))
			b.until(`document.getElementById("count").innerText === "已写 1909 字，最多 2000 字。" && document.getElementById("status").innerText === ""`)
			b.run(chromedp.SendKeys(chromedp.CSS("#question"), "\r"))
			b.until(`!!document.querySelector(".turn:last-child .actions") && document.getElementById("count").hidden`)
			b.quiet()
		})
	}
}
