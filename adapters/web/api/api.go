// Package api is what other systems and model agents talk to: the JSON interface
// under /api/v1 with its OpenAPI description, an OpenAI-compatible interface under
// /v1, and an MCP server.
//
// It owns who may call it and how often, what requests and answers look like, and
// where pages of a list begin. It refuses to know how an answer is found, where
// anything is stored, and what a page looks like.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A Bot answers and searches; *bot.Bot is one.
type Bot interface {
	bot.Asker
	SearchOn(ctx context.Context, day, text string, limit int) ([]bot.Found, error)
}

// A Store is what is read of the policies; every bot.Store is one.
type Store interface {
	bot.Documents
	Entries(ctx context.Context, after int64, limit int) ([]bot.Entry, error)
	History(ctx context.Context, document string) ([]bot.Entry, error)
	Current(ctx context.Context) ([]bot.Entry, error)
}

// Config is what an API is made of.
type Config struct {
	Bot      Bot
	Store    Store
	Register *corpus.Register
	// Bureaus is what admins know of bureaus beside the Register; nil: nothing.
	Bureaus bot.Bureaus
	Records bot.Records // nil: conversations, idempotency keys and feedback are refused
	Keys    *Keys       // nil: only this machine may call, without a key, if there is no URL
	// URL is where the server is reached from outside, as in https://wence.example.gov.cn,
	// for links in answers that leave the browser. Empty: what the request says.
	URL    string
	Limits Limits
	Log    *slog.Logger // nil: slog.Default()
}

// An API answers HTTP requests and MCP calls. It is safe for concurrent use.
type API struct {
	Config
	reception *bot.Reception // nil without Records
	catalog   catalog
	limiter   *limiter
	mcp       http.Handler
}

// askTime bounds how long one request is worked on. A model that writes is given up
// long before.
const askTime = 25 * time.Second

// New returns an API. Mount its Routes in a web.Server.
func New(c Config) (*API, error) {
	if c.Bot == nil || c.Store == nil || c.Register == nil {
		return nil, errors.New("api: Bot, Store and Register are needed")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	a := &API{Config: c, catalog: catalog{store: c.Store, plain: c.Register, bureaus: c.Bureaus}, limiter: newLimiter(c.Limits)}
	if c.Records != nil {
		a.reception = bot.NewReception(c.Bot, c.Records)
	}
	a.mcp = a.mcpHandler()
	return a, nil
}

// A handler answers a request, or returns why it cannot.
type handler func(w http.ResponseWriter, r *http.Request) error

// Routes returns everything that is to be mounted.
func (a *API) Routes() []web.Route {
	var out []web.Route
	add := func(method, path string, scope Scope, h handler, fail failure) {
		out = append(out, web.Route{Method: method, Path: path, Handler: a.guard(scope, h, fail)})
	}
	for _, r := range []struct {
		method, path string
		scope        Scope
		handler      handler
	}{
		{"POST", "/api/v1/ask", ScopeAsk, a.ask},
		{"GET", "/api/v1/answers/:id", ScopeAsk, a.answer},
		{"POST", "/api/v1/feedback", ScopeAsk, a.feedback},
		{"POST", "/api/v1/search", ScopeRead, a.search},
		{"GET", "/api/v1/documents", ScopeRead, a.documents},
		{"GET", "/api/v1/documents/:id", ScopeRead, a.document},
		{"GET", "/api/v1/documents/:id/text", ScopeRead, a.text},
		{"GET", "/api/v1/documents/:id/clauses", ScopeRead, a.clauses},
		{"GET", "/api/v1/documents/:id/clauses/:path", ScopeRead, a.clause},
		{"GET", "/api/v1/documents/:id/revisions", ScopeRead, a.revisions},
		{"GET", "/api/v1/documents/:id/revisions/:revision", ScopeRead, a.document},
		{"GET", "/api/v1/documents/:id/revisions/:revision/text", ScopeRead, a.text},
		{"GET", "/api/v1/documents/:id/revisions/:revision/clauses", ScopeRead, a.clauses},
		{"GET", "/api/v1/documents/:id/revisions/:revision/clauses/:path", ScopeRead, a.clause},
		{"GET", "/api/v1/bureaus", ScopeRead, a.bureaus},
		{"GET", "/api/v1/responsibilities", ScopeRead, a.responsibilities},
		{"GET", "/api/v1/openapi.json", scopeNone, a.openapi},
	} {
		add(r.method, r.path, r.scope, r.handler, writeProblem)
	}
	add("POST", "/v1/chat/completions", ScopeAsk, a.chat, writeOpenAIError)
	add("GET", "/v1/models", ScopeAsk, a.models, writeOpenAIError)
	add("GET", "/v1/models/:model", ScopeAsk, a.model, writeOpenAIError)
	add("POST", "/mcp", scopeAll, a.serveMCP, writeProblem) // without sessions there is nothing to GET or DELETE
	return out
}
