package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The metrics are for this machine, for whom the operator names and for who has a key.
// Behind a proxy the client counts.
func TestMetricsAreForWatchers(t *testing.T) {
	proxied := func(c *Config) { c.Proxies = []string{"127.0.0.1", "::1", "10.1.0.0/16"} }
	usual := newOffice(t, proxied)
	named := newOffice(t, func(c *Config) {
		proxied(c)
		c.MetricsFrom = []string{"192.0.2.7", "2001:db8::/32"}
		c.Admit = func(r *http.Request) bool {
			return r.Header.Get("Authorization") == "Bearer right" && ClientIP(r) != ""
		}
	})
	for _, tt := range []struct {
		o      *office
		peer   string
		header []string
		want   int
	}{
		{usual, "127.0.0.1:1", nil, 200},
		{usual, "127.0.0.9:1", nil, 200},
		{usual, "[::1]:1", nil, 200},
		{usual, "[::ffff:127.0.0.1]:1", nil, 200},
		{usual, "192.0.2.7:1", nil, 403},
		{usual, "10.1.0.1:1", nil, 403},
		{usual, "192.0.2.7:1", []string{"X-Forwarded-For", "127.0.0.1"}, 403},
		{usual, "127.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.7"}, 403},
		{usual, "127.0.0.1:1", []string{"X-Forwarded-For", "127.0.0.1, 192.0.2.7"}, 403},
		{usual, "127.0.0.1:1", []string{"X-Real-Ip", "192.0.2.7"}, 403},
		{usual, "127.0.0.1:1", []string{"Forwarded", "for=192.0.2.7"}, 403},
		{usual, "127.0.0.1:1", []string{"Via", "1.1 proxy"}, 403},
		{usual, "", nil, 403},
		{usual, "192.0.2.7:1", []string{"Authorization", "Bearer right"}, 403},
		{named, "192.0.2.7:1", nil, 200},
		{named, "[2001:db8::5]:1", nil, 200},
		{named, "127.0.0.1:1", nil, 403},
		{named, "10.1.0.1:1", []string{"X-Forwarded-For", "192.0.2.7", "Via", "1.1 proxy"}, 200},
		{named, "10.1.0.1:1", []string{"X-Forwarded-For", "192.0.2.8"}, 403},
		{named, "192.0.2.8:1", []string{"Authorization", "Bearer right"}, 200},
		{named, "192.0.2.7:1", []string{"Authorization", "Bearer wrong"}, 403},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = tt.peer
		for i := 0; i+1 < len(tt.header); i += 2 {
			r.Header.Set(tt.header[i], tt.header[i+1])
		}
		w := httptest.NewRecorder()
		tt.o.Handler().ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%q %q: %d, want %d", tt.peer, tt.header, w.Code, tt.want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.RemoteAddr, r.Proto, r.ProtoMinor = "127.0.0.1:1", "HTTP/1.0", 0
	w := httptest.NewRecorder()
	usual.Handler().ServeHTTP(w, r)
	if w.Code != 403 {
		t.Errorf("a proxy that names nobody: %d", w.Code)
	}
}
