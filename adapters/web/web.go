// Package web is the HTTP server: the chat page, the policy reader and whatever
// others mount beside them.
//
// It owns pages, streams, limits and what a browser may do. It refuses to know how
// an answer is found, where anything is stored, and which channels and interfaces
// are mounted.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/netutil"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// Config is what a Server is made of. Store, Records, Queue, Reception and Offers are needed.
type Config struct {
	Store     bot.Store   // the policies to read
	Records   bot.Records // the answers to show again
	Queue     bot.Queue   // keeps what is acknowledged and not answered yet
	Reception *bot.Reception
	Offers    Offers
	Bureaus   bot.Bureaus // what admins know of bureaus; may be nil
	Wording   Wording     // how words are looked for in the policy reader

	// Tell tells whoever is to know about a ticket of another channel, each once however
	// often it is called; about those of this channel they are told anyway. nil: nobody is
	// told, a ticket waits until somebody looks.
	Tell func(ctx context.Context, t bot.Ticket) error
	// Unattended: nobody can see tickets, so the page promises nobody.
	Unattended bool

	// Ready says why requests should go elsewhere for now; nil: the server is always ready.
	Ready func(ctx context.Context) error
	// Routes are mounted beside the pages: interfaces, channels.
	Routes []Route
	// Embedders are the origins, as in https://www.example.gov.cn, whose pages may show the
	// chat in a frame. None: only pages of this server.
	Embedders []string
	// Proxies are the addresses or networks of reverse proxies whose X-Forwarded-For is believed.
	Proxies []string
	// MetricsFrom are the addresses or networks that may read the metrics without a key; nil
	// means this machine. Behind one of Proxies the client counts, not the proxy.
	MetricsFrom []string
	// Admit reports whether a request shows a key with which everybody may read the metrics;
	// nil: there are none.
	Admit func(r *http.Request) bool
	// Rate is how many questions, votes and tickets one address may send in a second, on
	// average, with a burst of ten times that; 0 means 5, less than 0 any number.
	Rate float64
	Log  *slog.Logger // nil: slog.Default()
}

// Offers suggest what to ask; a *bot.Bot does.
type Offers interface {
	// SampleQuestions returns at most n questions that can be answered.
	SampleQuestions(n int) []string
	// Related returns at most n questions that a clause answers, other than asked.
	Related(clause corpus.Ref, asked string, n int) []string
}

// A Route is something that is mounted in a Server. The server gives it request ids,
// recovery, security headers, cross-origin protection, metrics and the limits below.
type Route struct {
	Method string // as in POST; empty: every method
	// Path is a gin pattern: /api/v1/ask, /ch/hook/:id, /mcp/*rest. A handler reads the
	// parameters with Request.PathValue.
	Path    string
	Handler http.Handler
	// MaxBody bounds the request body in bytes; 0 means 1 MiB.
	MaxBody int64
	// Stream is set for answers that take longer than 30 s: the handler sets a deadline
	// for each write itself, with http.NewResponseController.
	Stream bool
	// CrossOrigin lets pages of other origins call it. Set it only where no cookie
	// counts, as with an API key in a header.
	CrossOrigin bool
}

// The limits of requests that say nothing else.
const (
	defaultBody   = 1 << 20 // bytes
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	hurryTimeout  = 5 * time.Second // to take an answer, when many take theirs slowly
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second // for requests under way when the server stops
)

// times are the constants above and others, but for tests.
type times struct{ read, write, hurry, header, idle, soon, sure, heartbeat, look time.Duration }

// A Server answers HTTP requests. It is safe for concurrent use.
type Server struct {
	Config
	engine  *gin.Engine
	metrics *metrics
	// metricsFrom are Config.MetricsFrom
	metricsFrom []netip.Prefix
	origins     *http.CrossOriginProtection
	pages       pages
	shelf       shelf
	phones      phoneBook
	turns       turns
	rates       rates
	// streaming counts the answers that are being streamed.
	streaming atomic.Int64
	reading   atomic.Int64 // GET requests under way
	listening atomic.Int64 // pages that wait for a person's reply
	times     times
	// foreigners are the Routes by method, a blank and path.
	foreigners map[string]Route
	stopped    context.Context // ends when the server begins to stop: streams end then
	stop       context.CancelFunc
}

// origin is how Embedders are written; *. in front is every host below.
var origin = regexp.MustCompile(`^https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)

// Check returns which of Embedders, Proxies and MetricsFrom is none, and how one is written.
func (c Config) Check() error {
	var errs []error
	for _, e := range c.Embedders {
		if !origin.MatchString(e) {
			errs = append(errs, fmt.Errorf("web: %q is no origin whose pages may show the chat; give scheme, host and nothing behind, as in https://www.example.gov.cn", e))
		}
	}
	_, proxies := networks(c.Proxies, "reverse proxy")
	_, watchers := networks(c.MetricsFrom, "address that may read the metrics")
	return errors.Join(append(errs, proxies, watchers)...)
}

// New returns a server with all routes mounted. Its Serve makes it answer.
func New(c Config) (*Server, error) {
	if c.Store == nil || c.Records == nil || c.Queue == nil || c.Reception == nil || c.Offers == nil {
		return nil, errors.New("web: Store, Records, Queue, Reception and Offers are needed")
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	if c.MetricsFrom == nil {
		c.MetricsFrom = loopback
	}
	watchers, _ := networks(c.MetricsFrom, "") // Check has looked at them
	gin.SetMode(gin.ReleaseMode)
	s := &Server{
		Config: c, engine: gin.New(), metrics: newMetrics(), metricsFrom: watchers, origins: http.NewCrossOriginProtection(), foreigners: map[string]Route{},
		pages: pages, shelf: shelf{store: c.Store}, phones: phoneBook{source: c.Bureaus}, turns: turns{byID: map[string]*turn{}}, rates: newRates(c.Rate),
		times: times{readTimeout, writeTimeout, hurryTimeout, headerTimeout, idleTimeout, soon, sure, heartbeat, lookEvery},
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.engine.HandleMethodNotAllowed = true
	s.engine.UseEscapedPath = true      // the ID of a document may hold any character
	s.engine.UnescapePathValues = false // gin takes + for a blank; unescape does not
	if err := s.engine.SetTrustedProxies(c.Proxies); err != nil {
		return nil, fmt.Errorf("web: reverse proxies: %w", err) // Check has looked at them
	}
	s.engine.Use(unescape, s.requestID, s.observe, s.recover, s.secure, s.limit, s.crowd)
	s.engine.NoRoute(func(g *gin.Context) { s.problem(g, notFound) })
	s.engine.NoMethod(func(g *gin.Context) { s.problem(g, wrongMethod) })
	s.health()
	s.assets()
	s.chat()
	s.reader()
	return s, s.mount()
}

// mount adds the routes of others. gin panics on a pattern that is wrong or taken.
func (s *Server) mount() (err error) {
	for _, r := range s.Routes {
		s.foreigners[r.Method+" "+r.Path] = r
		func() {
			defer func() {
				if p := recover(); p != nil {
					err = fmt.Errorf("web: mount %s %s: %v", r.Method, r.Path, p)
				}
			}()
			if r.Method == "" {
				s.engine.Any(r.Path, s.foreign(r))
			} else {
				s.engine.Handle(r.Method, r.Path, s.foreign(r))
			}
		}()
	}
	return err
}

// Handler returns the server without a listener. HEAD is answered as GET; that its body
// is not sent is up to the listener.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, asGet(r)) })
}

func asGet(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	get := r.WithContext(context.WithValue(r.Context(), headKey{}, true))
	get.Method = http.MethodGet
	return get
}

type headKey struct{}

// isHead reports whether a request was HEAD before asGet.
func isHead(r *http.Request) bool { return r.Context().Value(headKey{}) != nil }

// Serve answers requests on l until ctx ends; then requests under way may finish
// for 10 s. First it takes up the questions that an earlier process has acknowledged
// and not answered. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.takeUp(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	h := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: s.times.header, IdleTimeout: s.times.idle, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug), // what clients do wrong
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(netutil.LimitListener(l, maxConnections())) }()
	select {
	case err := <-failed:
		s.stop()
		return fmt.Errorf("web: serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := h.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("web: requests were cut off at the stop: %w", err), h.Close())
	}
	return nil
}
