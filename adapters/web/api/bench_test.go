package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

const benchBody = `{"id":"q1","text":"想贷点款周转找谁?"}`

// BenchmarkAskOverHTTP asks one question over loopback, and reports how long that takes
// in relation to an empty gin handler's round trip plus the answer in process. The goal
// is at most 2.
func BenchmarkAskOverHTTP(b *testing.B) {
	s := newServer(b)
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/", func(g *gin.Context) { g.Status(http.StatusOK) })
	empty := httptest.NewServer(engine)
	defer empty.Close()
	var whole, frame, answer time.Duration
	n := 0
	for b.Loop() { // turn by turn, so that other work on the machine slows all alike
		whole += took(func() { roundTrip(b, s.URL+"/api/v1/ask") })
		frame += took(func() { roundTrip(b, empty.URL) })
		answer += took(func() {
			if _, err := s.bot.Ask(b.Context(), bot.Question{ID: "q1", Text: askLoan}); err != nil {
				b.Fatal(err)
			}
		})
		n++
	}
	b.ReportMetric(float64(whole)/float64(frame+answer), "ratio")
	b.ReportMetric(float64(whole.Microseconds())/float64(n), "µs/ask")
	b.ReportMetric(float64(frame.Microseconds())/float64(n), "µs/empty")
	b.ReportMetric(float64(answer.Microseconds())/float64(n), "µs/inprocess")
}

// BenchmarkAnswersPerSecond asks over loopback from several connections. The client
// shares the processors with the server.
func BenchmarkAnswersPerSecond(b *testing.B) {
	s := newServer(b)
	start := time.Now()
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			roundTrip(b, s.URL+"/api/v1/ask")
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "answers/s")
}

func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

var benchClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func roundTrip(b *testing.B, url string) {
	resp, err := benchClient.Post(url, "application/json", strings.NewReader(benchBody)) //nolint:noctx // a benchmark
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%d %v", resp.StatusCode, err)
	}
}
