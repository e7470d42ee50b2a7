package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestBrowserWaits has a browser wait for a model that takes its time: the server parks
// such a connection, and the answer still comes, to each question in turn.
func TestBrowserWaits(t *testing.T) {
	chromium(t)
	var asked atomic.Int64
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		select {
		case <-time.After(time.Second): // far longer than a client waits before it is parked
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusBadRequest) // then the sentences are told as they stand
	}))
	defer model.Close()
	b := browse(t, serving(t, "--openai-url", model.URL+"/v1", "--openai-model", "slow"), viewports[0])
	b.run(chromedp.Navigate(b.url), chromedp.WaitVisible(chromedp.CSS("#question")))
	for i, question := range []string{loanQuestion, "那上市呢?"} {
		b.ask(question)
		if quote := script[string](b, `document.querySelector(".turn:last-child .quote").innerText`); i == 0 && !strings.Contains(quote, loanQuote) || i == 1 && !strings.Contains(quote, "上市") {
			t.Errorf("%s was answered with %q", question, quote)
		}
	}
	if asked.Load() == 0 {
		t.Error("the model was not asked, so nothing was waited for")
	}
	b.quiet()
}
