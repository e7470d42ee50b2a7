package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserTabs has one visitor ask in two tabs, of which they see one at a time: a
// follow-up follows what its own tab shows, with and without script.
func TestBrowserTabs(t *testing.T) {
	chromium(t)
	at := serving(t)
	first := browse(t, at, viewports[0])
	first.run(chromedp.Navigate(first.url), chromedp.WaitVisible(chromedp.CSS("#question")))
	first.ask("上市找谁")
	// The other tab: the page as the server renders it now, kept open without script.
	const other = `document.querySelector("iframe.tab").contentDocument`
	first.run(chromedp.Evaluate[chromedp.Void](`(f => { f.className = "tab"; f.src = "/"; f.sandbox = "allow-same-origin allow-forms"; document.body.append(f); })(document.createElement("iframe")), undefined`))
	first.until(`!!` + other + `?.querySelector(".turn")`)
	first.ask("土地找谁")

	first.run(chromedp.Evaluate[chromedp.Void](other + `.querySelector("#question").value = "那财政局管吗", ` + other + `.querySelector("#ask .send").click()`))
	first.until(other + `?.querySelectorAll(".turn").length === 3`)
	said := func(turn string) string { return script[string](first, turn) }
	if text := said(other + `.querySelector(".turn:last-child").innerText`); !strings.Contains(text, "上市") || strings.Contains(text, "土地") {
		t.Errorf("after 上市 the other tab was answered %q", text)
	}
	first.ask("那财政局管吗")
	if text := said(`document.querySelector(".turn:last-child").innerText`); !strings.Contains(text, "用地") && !strings.Contains(text, "土地") {
		t.Errorf("after 土地 this tab was answered %q", text)
	}
}
