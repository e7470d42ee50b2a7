package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what an operator watches.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	answers  *prometheus.CounterVec
	streams  prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wence_http_requests_total", Help: "HTTP requests by method, route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wence_http_request_duration_seconds", Help: "How long HTTP requests took, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"route"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wence_web_answers_total", Help: "Answers given on the chat page, by outcome.",
		}, []string{"outcome"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{Name: "wence_web_streams", Help: "Answers that are being streamed now."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.answers, m.streams, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// knownMethods keep a client from inventing series.
var knownMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	if !knownMethods[method] {
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// Registry returns where others register metrics of their own, named wence_….
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }

// health mounts what machines ask about the server.
func (s *Server) health() {
	s.engine.GET("/healthz", func(g *gin.Context) { g.String(http.StatusOK, "ok\n") })
	s.engine.GET("/readyz", func(g *gin.Context) {
		g.Header("Cache-Control", "no-store")
		if s.stopped.Err() != nil {
			g.String(http.StatusServiceUnavailable, "stopping\n")
			return
		}
		if s.Ready != nil {
			if err := s.Ready(g.Request.Context()); err != nil {
				g.Error(err) //nolint:errcheck // it returns what it was given
				g.String(http.StatusServiceUnavailable, "not ready; the log says why\n")
				return
			}
		}
		g.String(http.StatusOK, "ready\n")
	})
	s.engine.GET("/metrics", s.watchers, gin.WrapH(promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})))
}

// loopback is MetricsFrom if nothing else is said.
var loopback = []string{"127.0.0.0/8", "::1"}

// watchers lets in who may read the metrics: they tell how much is asked, of what kind,
// and what fails.
func (s *Server) watchers(g *gin.Context) {
	r := g.Request
	if s.Admit != nil && r.Header.Get("Authorization") != "" {
		if !s.Admit(withClientIP(r, g.ClientIP())) {
			s.problem(g, badWatcher)
		}
		return
	}
	// A proxy that does not say for whom it asks may ask for anybody. Of HTTP/1.0 only
	// proxies are left: nginx speaks it unless it is told otherwise.
	hidden := (r.Header.Get("Via") != "" || r.Header.Get("Forwarded") != "" || !r.ProtoAtLeast(1, 1)) && g.ClientIP() == g.RemoteIP()
	ip, err := netip.ParseAddr(g.ClientIP())
	if err != nil || hidden || !slices.ContainsFunc(s.metricsFrom, func(n netip.Prefix) bool { return n.Contains(ip.Unmap().WithZone("")) }) {
		s.problem(g, badWatcher)
	}
}

// networks reads addresses and networks. Its error says which is no such thing as what.
func networks(all []string, what string) (out []netip.Prefix, err error) {
	var errs []error
	for _, text := range all {
		ip, addrErr := netip.ParseAddr(text)
		n, netErr := netip.ParsePrefix(text)
		switch {
		case addrErr == nil:
			ip = ip.Unmap().WithZone("")
			n = netip.PrefixFrom(ip, ip.BitLen())
		case netErr != nil:
			errs = append(errs, fmt.Errorf("web: %q is no %s; give addresses or networks, as in 10.0.0.0/8", text, what))
			continue
		}
		out = append(out, n)
	}
	return out, errors.Join(errs...)
}
