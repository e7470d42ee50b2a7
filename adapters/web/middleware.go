package web

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// requestIDHeader carries the request id in both directions.
const requestIDHeader = "X-Request-Id"

// unescape reads the parameters of the path.
func unescape(g *gin.Context) {
	for i, p := range g.Params {
		if v, err := url.PathUnescape(p.Value); err == nil {
			g.Params[i].Value = v
		}
	}
}

var goodRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// requestID gives each request an id: that of the proxy in front, if it is one.
func (s *Server) requestID(g *gin.Context) {
	id := g.GetHeader(requestIDHeader)
	if !goodRequestID.MatchString(id) {
		id = rand.Text()
	}
	g.Set(requestIDHeader, id)
	g.Header(requestIDHeader, id)
}

// observe counts the request, and logs it if it failed.
func (s *Server) observe(g *gin.Context) {
	start := time.Now()
	g.Next()
	s.observed(g, start)
}

// observed is apart from observe so that the stack of a request that waits is small.
func (s *Server) observed(g *gin.Context, start time.Time) {
	route := g.FullPath()
	if route == "" {
		route = "none" // or every wrong path would be a series of its own
	}
	s.metrics.request(g.Request.Method, route, g.Writer.Status(), time.Since(start))
	if len(g.Errors) > 0 && !lostClient(g.Errors.Last().Err) {
		s.Log.ErrorContext(g.Request.Context(), "request failed", slog.String("request", g.GetString(requestIDHeader)),
			slog.String("route", route), slog.Int("status", g.Writer.Status()), slog.String("error", g.Errors.Last().Error()))
	}
}

// lostClient reports whether an error is that of a client who did not take the answer.
func lostClient(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "write"
}

// recover turns a panic into an answer. One request must not end the others.
func (s *Server) recover(g *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler { //nolint:errorlint // a panic value, never wrapped
			panic(p)
		}
		s.Log.ErrorContext(g.Request.Context(), "panic", slog.String("request", g.GetString(requestIDHeader)),
			slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		s.problem(g, internal)
	}()
	g.Next()
}

// contentSecurity lets a page use what this server serves, and nothing inline.
const contentSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; manifest-src 'self'; frame-src 'self'; frame-ancestors "

// secure sets the security headers and refuses what other origins' pages send.
func (s *Server) secure(g *gin.Context) {
	h := g.Writer.Header()
	h.Set("Content-Security-Policy", contentSecurity+"'self'")
	if g.FullPath() == "/embed" {
		h.Set("Content-Security-Policy", contentSecurity+strings.Join(append([]string{"'self'"}, s.Embedders...), " "))
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if r, ok := s.routeOf(g); ok && r.CrossOrigin {
		return
	}
	if err := s.origins.Check(g.Request); err != nil {
		s.problem(g, crossOrigin)
	}
}

// limit bounds how much a client may send and how long it may take.
func (s *Server) limit(g *gin.Context) {
	r, _ := s.routeOf(g)
	body := r.MaxBody
	if body == 0 {
		body = defaultBody
	}
	control, now := http.NewResponseController(g.Writer), time.Now()
	// A writer that knows no deadlines is that of a test.
	if g.Request.Body != nil && g.Request.Body != http.NoBody {
		_ = control.SetReadDeadline(now.Add(s.times.read))
		g.Request.Body = timedBody{http.MaxBytesReader(g.Writer, g.Request.Body, body), control}
	}
	deadline := now.Add(s.times.write)
	if r.Stream {
		deadline = time.Time{} // that of an earlier request on the connection still holds
	}
	_ = control.SetWriteDeadline(deadline)
}

// How many GET requests may be under way. They are answered in milliseconds, so that many
// are those of clients that take their pages slowly, and each page takes memory: some
// 64 KB.
const (
	crowded    = 500  // from there on who comes has less time
	maxReading = 2000 // no more than that, or memory would have no bound
)

// crowd sees to it that clients who read slowly take no more than a bounded part of the
// memory, and no longer than a while.
func (s *Server) crowd(g *gin.Context) {
	if g.Request.Method != http.MethodGet || g.FullPath() == eventsPath || g.FullPath() == repliesPath {
		return // what is posted is answered with little, and streams have a bound of their own
	}
	n := s.reading.Add(1)
	defer s.reading.Add(-1)
	switch {
	case n > maxReading && !s.vital(g):
		s.problem(g, busy)
		return
	case n > crowded:
		// A writer that knows no deadlines is that of a test.
		_ = http.NewResponseController(g.Writer).SetWriteDeadline(time.Now().Add(s.times.hurry))
	}
	g.Next()
}

// vital reports whether a request is one that whoever watches over the server sends.
func (s *Server) vital(g *gin.Context) bool {
	switch g.FullPath() {
	case "/healthz", "/readyz", "/metrics":
		return true
	}
	return false
}

// A timedBody takes the deadline for reading away at its end. It would else hold for
// the watch on the connection, and end the request while it is being answered.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read implements io.Reader.
func (b timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) { // after another error the server still tries to read the rest
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// routeOf returns the route of others that a request goes to.
func (s *Server) routeOf(g *gin.Context) (Route, bool) {
	if r, ok := s.foreigners[g.Request.Method+" "+g.FullPath()]; ok {
		return r, true
	}
	r, ok := s.foreigners[" "+g.FullPath()]
	return r, ok
}

// foreign hands a request to the handler of a route.
func (s *Server) foreign(r Route) gin.HandlerFunc {
	return func(g *gin.Context) {
		for _, p := range g.Params {
			g.Request.SetPathValue(p.Key, p.Value)
		}
		r.Handler.ServeHTTP(g.Writer, withClientIP(g.Request, g.ClientIP()))
	}
}
