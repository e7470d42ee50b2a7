package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
)

// BenchmarkServe is the round trip of an empty gin handler, an answer in the process,
// and the same answer over loopback from the form to the last block, kept in the store.
func BenchmarkServe(b *testing.B) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h, err := open(b.Context(), "", log)
	if err != nil {
		b.Fatal(err)
	}
	defer h.close() //nolint:errcheck // in memory
	s, err := web.New(web.Config{Store: h.store, Records: h.store, Queue: h.store, Reception: bot.NewReception(h.bot, h.store), Offers: h.bot, Rate: -1, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	engine := gin.New()
	engine.GET("/", func(g *gin.Context) { g.Status(http.StatusOK) })
	empty, full := httptest.NewServer(engine), httptest.NewServer(s.Handler())
	defer empty.Close()
	defer full.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	fetch := func(b *testing.B, url string) {
		resp, err := client.Get(url) //nolint:noctx // of a benchmark
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err)
		}
		resp.Body.Close() //nolint:errcheck // read to its end
	}
	b.Run("empty", func(b *testing.B) {
		defer reportCPU(b, cpu())
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				fetch(b, empty.URL)
			}
		})
	})
	b.Run("bot", func(b *testing.B) {
		defer reportCPU(b, cpu())
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := h.bot.Ask(b.Context(), bot.Question{Text: loanQuestion}); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	var n atomic.Int64
	b.Run("chat", func(b *testing.B) {
		defer reportCPU(b, cpu())
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				form := url.Values{"question": {loanQuestion}, "key": {strconv.FormatInt(n.Add(1), 10)}}
				resp, err := client.Post(full.URL+"/chat", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())) //nolint:noctx // of a benchmark
				if err != nil {
					b.Fatal(err)
				}
				var posted struct{ Events string }
				if err := json.NewDecoder(resp.Body).Decode(&posted); err != nil {
					b.Fatal(resp.Status, err)
				}
				resp.Body.Close() //nolint:errcheck // read to its end
				fetch(b, full.URL+posted.Events)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
	})
}

// cpu returns how long this process has computed, client and server together.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU reports what an operation has computed since: that does not depend on
// what else the machine does.
func reportCPU(b *testing.B, since time.Duration) {
	b.ReportMetric(float64((cpu()-since).Microseconds())/float64(b.N), "cpu-µs/op")
}
