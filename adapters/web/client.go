package web

import (
	"context"
	"net/http"
)

type clientIPKey struct{}

// withClientIP remembers who sent a request, for the handlers of Routes.
func withClientIP(r *http.Request, ip string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), clientIPKey{}, ip))
}

// ClientIP returns the IP address of whoever sent a request, for the Handler of a Route:
// that of the peer or, behind one of Config.Proxies, the one that the proxy names.
func ClientIP(r *http.Request) string {
	ip, _ := r.Context().Value(clientIPKey{}).(string)
	return ip
}
