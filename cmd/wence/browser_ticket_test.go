package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserTicket has a visitor ask for a person and an agent answer at the command line
// while the server runs: the reply comes to the open page as a person's, can be voted on,
// is there when the visitor comes back, and the talk goes on.
func TestBrowserTicket(t *testing.T) {
	chromium(t)
	data := filepath.Join(t.TempDir(), "d")
	b := browse(t, serving(t, "--data", data), viewports[0])
	wence := func(want string, args ...string) {
		t.Helper()
		out, err := process(append(args[:2:2], append([]string{"--data", data}, args[2:]...)...)...).CombinedOutput()
		if err != nil != (want == "") || !strings.Contains(string(out), want) {
			t.Errorf("wence %q: %s%v", args, out, err)
		}
	}
	b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS("#question")))
	b.ask(loanQuestion)
	b.handOver()
	if text := script[string](b, `document.querySelector(".ticket").innerText`); !strings.Contains(text, "看到后在这里答复您") || strings.Contains(text, "稍候") {
		t.Errorf("promised is %q", text)
	}
	wence("dispatch to: 清远市工业和信息化局", "ticket", "list")
	wence(loanQuote, "ticket", "show", "T-000001")
	wence("sees the reply in web", "ticket", "answer", "T-000001", "请带<b>营业执照</b>到二楼。\n周末也办。")
	wence("nothing is sent again", "ticket", "answer", "T-000001", "请带<b>营业执照</b>到二楼。\n周末也办。")
	wence("", "ticket", "answer", "T-000001", "再说一句")
	b.until(`document.querySelector(".replied")?.innerText.includes("请带<b>营业执照</b>到二楼。\n周末也办。")`)
	if odd := script[bool](b, `!!document.querySelector(".replied .quote, .replied .source, .replied b")`); odd {
		t.Error("a person's words are shown as a quote or as HTML")
	}
	if text := script[string](b, `document.querySelector(".replied").innerText`); !strings.Contains(text, "工作人员答复 · 工单 T-000001") || !strings.Contains(text, "不是政策原文") {
		t.Errorf("the reply is %q", text)
	}
	b.axe("a person's reply")
	b.shot("desktop-reply")
	b.click(`.replied .vote button[value="up"]`)
	b.until(`!!document.querySelector(".replied .vote button[value=none]")`)
	wence("voted: up", "ticket", "show", "T-000001")
	wence("closed: solved", "ticket", "close", "T-000001", "solved")
	b.ask("那上市呢?")
	if text := script[string](b, `document.querySelector(".turn:last-child .quote").innerText`); !strings.Contains(text, "上市") {
		t.Errorf("the follow-up was answered with %q", text)
	}
	b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS(".replied")))
	if n := script[int](b, `document.querySelectorAll(".replied").length`); n != 1 {
		t.Errorf("the reply is shown %d times when the visitor comes back", n)
	}
	if text := script[string](b, `document.querySelector(".ticket").innerText`); !strings.Contains(text, "已经办结") {
		t.Errorf("the ticket is shown as %q", text)
	}
	b.quiet()
}
