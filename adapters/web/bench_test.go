package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

// BenchmarkRoundTrip compares what the server adds to an empty handler: the ratio of
// the two is what counts.
func BenchmarkRoundTrip(b *testing.B) {
	o := newOffice(b, nil)
	empty := gin.New()
	empty.GET("/", func(g *gin.Context) { g.Status(http.StatusOK) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go http.Serve(l, empty) //nolint:errcheck,gosec // ends with the listener
	defer l.Close()         //nolint:errcheck // of a benchmark
	for _, tt := range []struct{ name, url string }{
		{"empty", "http://" + l.Addr().String() + "/"}, {"healthz", o.http.URL + "/healthz"}, {"chatpage", o.http.URL + "/"}, {"policy", o.http.URL + policyURL(o.doc)},
	} {
		b.Run(tt.name, func(b *testing.B) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
			for b.Loop() {
				resp, err := client.Get(tt.url) //nolint:noctx // of a benchmark
				if err != nil {
					b.Fatal(err)
				}
				if _, err := bufio.NewReader(resp.Body).WriteTo(discard{}); err != nil {
					b.Fatal(err)
				}
				resp.Body.Close() //nolint:errcheck // read to its end
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkIdleStreams holds many browsers that wait for an answer. Both ends are in
// this process, so the memory is an upper bound.
func BenchmarkIdleStreams(b *testing.B) {
	const clients = 8000 // two file descriptors each
	for b.Loop() {
		o := newOffice(b, nil)
		o.hold = make(chan struct{})
		o.times.soon = 0
		t := o.begin(b.Context(), "k", bot.Inquiry{Conversation: "c", Question: "想贷款"})
		before := inUse()
		conns := make([]net.Conn, 0, clients)
		first := make([]byte, 12)
		for range clients {
			c, err := net.Dial("tcp", strings.TrimPrefix(o.http.URL, "http://"))
			if err != nil {
				b.Skipf("%d clients: %v; raise ulimit -n", len(conns), err)
			}
			fmt.Fprintf(c, "GET /chat/answers/%s/events HTTP/1.1\r\nHost: x\r\n\r\n", t.ID)
			if _, err := c.Read(first); err != nil {
				b.Fatal(err)
			}
			conns = append(conns, c)
		}
		if n := o.streaming.Load(); n != clients {
			b.Fatalf("%d streams", n)
		}
		b.ReportMetric(float64(inUse()-before)/clients, "B/client")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.StackInuse)/clients, "stack-B/client")
		b.ReportMetric(float64(m.HeapInuse)/clients, "heap-B/client")
		b.ReportMetric(float64(m.HeapAlloc)/clients, "alloc-B/client")
		close(o.hold)
		for _, c := range conns {
			c.Close() //nolint:errcheck // of a benchmark
		}
		for o.streaming.Load() > 0 {
			runtime.Gosched()
		}
	}
}

// inUse returns the bytes of heap and stacks after a collection.
func inUse() int64 {
	for range 3 {
		runtime.GC() // each halves the stacks that are too large
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// BenchmarkAnswer is a question from the form to the last block of its stream.
func BenchmarkAnswer(b *testing.B) {
	o := newOffice(b, nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for b.Loop() {
		resp, err := client.Post(o.http.URL+"/chat", "application/x-www-form-urlencoded", strings.NewReader("question=%E8%B4%B7")) //nolint:noctx // of a benchmark
		if err != nil {
			b.Fatal(err)
		}
		var posted struct{ Events string }
		if err := json.NewDecoder(resp.Body).Decode(&posted); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()                                  //nolint:errcheck // read to its end
		resp, err = client.Get(o.http.URL + posted.Events) //nolint:noctx // of a benchmark
		if err != nil {
			b.Fatal(err)
		}
		if _, err := bufio.NewReader(resp.Body).WriteTo(discard{}); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close() //nolint:errcheck // read to its end
	}
}
