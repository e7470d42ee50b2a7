//go:build unix

package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

// benchQuestions are asked in turn.
var benchQuestions = []string{
	askLoan, "专精特新企业上市找哪个部门?", "招工找哪个局?", "知识产权质押融资归谁管", "市金融工作局管什么?", "怎么种水稻",
	"数字化转型有什么支持", "贷款是税务局负责吗?", "用地指标找谁", "你好",
}

// BenchmarkAskOverHTTP asks over loopback, and reports how long that takes
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
		q := benchQuestions[n%len(benchQuestions)]
		asks := []func(){
			func() { whole += took(func() { roundTrip(b, s.URL+"/api/v1/ask", q) }) },
			func() { frame += took(func() { roundTrip(b, empty.URL, q) }) },
			func() {
				answer += took(func() {
					if _, err := s.bot.Ask(b.Context(), bot.Question{ID: "q1", Text: q}); err != nil {
						b.Fatal(err)
					}
				})
			},
		}
		if n/len(benchQuestions)%2 == 1 { // who asks a question second finds it in the caches of the processor
			slices.Reverse(asks)
		}
		for _, ask := range asks {
			ask()
		}
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
	start, used := time.Now(), cpuTime()
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		for n := 0; p.Next(); n++ {
			roundTrip(b, s.URL+"/api/v1/ask", benchQuestions[n%len(benchQuestions)])
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "answers/s")
	b.ReportMetric(2*float64(b.N)/(cpuTime()-used).Seconds(), "answers/s-of-2-cpus")
}

// cpuTime returns how much processor time the process has used: on a busy machine it
// says more than the clock does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

var benchClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

func roundTrip(b *testing.B, url, question string) {
	resp, err := benchClient.Post(url, "application/json", strings.NewReader(`{"id":"q1","text":"`+question+`"}`)) //nolint:noctx // a benchmark
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close() //nolint:errcheck // read
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		b.Errorf("%d %v", resp.StatusCode, err)
	}
}
