package adapters

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count what happens per channel.
type metrics struct {
	events   *prometheus.CounterVec   // channel, verdict
	sends    *prometheus.CounterVec   // channel, result
	requests *prometheus.CounterVec   // channel, code
	ack      *prometheus.HistogramVec // channel
	answer   *prometheus.HistogramVec // channel
	delivery *prometheus.HistogramVec // channel
	waiting  prometheus.Gauge
}

// newMetrics registers the metrics with r, if it is not nil.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	buckets := []float64{.001, .002, .005, .01, .02, .05, .1, .3, 1, 3, 5, 10, 30, 120, 600}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "wence_channel_" + name, Help: help}, labels)
	}
	histogram := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "wence_channel_" + name, Help: help, Buckets: buckets}, []string{"channel"})
	}
	m := &metrics{
		events:   counter("events_total", "Events by what became of them: accepted, duplicate, busy, error.", "channel", "verdict"),
		sends:    counter("sends_total", "Messages out by what became of them: sent, retry, unknown, dead.", "channel", "result"),
		requests: counter("requests_total", "Requests of the platform by HTTP status; 401 and 403 are bad signatures.", "channel", "code"),
		ack:      histogram("ack_seconds", "From an event to its acknowledgement."),
		answer:   histogram("answer_seconds", "From the acknowledgement of an event until it is answered."),
		delivery: histogram("delivery_seconds", "From an answer until it has arrived."),
		waiting:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "wence_channel_waiting", Help: "Events that are not answered yet."}),
	}
	if r == nil {
		return m, nil
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.events, m.sends, m.requests, m.ack, m.answer, m.delivery, m.waiting} {
		errs = append(errs, r.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("register the metrics of channels: %w", err)
	}
	return m, nil
}

func (m *metrics) request(channel string, code int) {
	m.requests.WithLabelValues(channel, strconv.Itoa(code)).Inc()
}
