package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The arguments of the MCP tools. The descriptions are read by models.
type (
	askTool struct {
		Question string   `json:"question" jsonschema:"the question, in Chinese, as its asker would put it"`
		History  []string `json:"history,omitempty" jsonschema:"earlier questions of the same conversation, oldest first"`
	}
	searchTool struct {
		Text  string `json:"text" jsonschema:"what the clauses are to be about"`
		Limit int    `json:"limit,omitempty" jsonschema:"at most this many clauses, 1 to 50; 10 if left out"`
	}
	clauseTool struct {
		Document string `json:"document" jsonschema:"the id of the policy, as citations and hits give it"`
		Path     string `json:"path" jsonschema:"the address of the clause, as in 二、(六)第1段 or 2.6.1"`
		Revision string `json:"revision,omitempty" jsonschema:"of the policy; the current one if left out"`
	}
)

// MCPServer returns an MCP server with the tools ask, search and clause, for a client
// that may use them all.
func (a *API) MCPServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "wence", Title: "问策", Version: "1"},
		&mcp.ServerOptions{Instructions: phrases.Say("mcp_instructions"), Capabilities: &mcp.ServerCapabilities{}, Logger: nil})
	closed, safe := false, &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true}
	safe.OpenWorldHint = &closed
	mcp.AddTool(s, &mcp.Tool{Name: "ask", Title: "问政策", Description: phrases.Say("tool_ask"), Annotations: safe}, a.toolAsk)
	mcp.AddTool(s, &mcp.Tool{Name: "search", Title: "查条款", Description: phrases.Say("tool_search"), Annotations: safe}, a.toolSearch)
	mcp.AddTool(s, &mcp.Tool{Name: "clause", Title: "读条款", Description: phrases.Say("tool_clause"), Annotations: safe}, a.toolClause)
	return s
}

type requestKey struct{}

// toolContext returns the context of a tool: it ends in time, and when the client of the
// HTTP request leaves. The protocol's library keeps the values of a request's context and
// not its end, so the request is one of them.
func toolContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	request, ok := ctx.Value(requestKey{}).(context.Context)
	if !ok {
		return ctx, cancel // over a pipe
	}
	stop := context.AfterFunc(request, cancel)
	return ctx, func() { stop(); cancel() }
}

// answerWithText is the result of a tool whose text a model reads and whose structure
// a program reads.
func answerWithText(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

func (a *API) toolAsk(ctx context.Context, _ *mcp.CallToolRequest, in askTool) (*mcp.CallToolResult, bot.Answer, error) {
	ctx, cancel := toolContext(ctx)
	defer cancel()
	if strings.TrimSpace(in.Question) == "" {
		return nil, bot.Answer{}, errors.New("question is empty: write down what is to be asked")
	}
	answer, err := a.Bot.Ask(ctx, bot.Question{Text: in.Question, History: in.History[max(0, len(in.History)-maxHistory):]})
	if err != nil {
		return nil, bot.Answer{}, a.toolError(ctx, "ask", err)
	}
	if answer.Outcome == bot.HandedOver {
		answer.Text = phrases.Say("nobody_here")
	}
	return answerWithText(answer.Text), answer, nil
}

// searchResult is what the tool search returns.
type searchResult struct {
	Hits []hitView `json:"hits" jsonschema:"the best first"`
}

func (a *API) toolSearch(ctx context.Context, _ *mcp.CallToolRequest, in searchTool) (*mcp.CallToolResult, searchResult, error) {
	ctx, cancel := toolContext(ctx)
	defer cancel()
	out := searchResult{Hits: []hitView{}}
	if in.Limit == 0 {
		in.Limit = usualHits
	}
	if in.Limit < 1 || in.Limit > maxHits {
		return nil, out, errors.New("limit must be 1 to 50")
	}
	found, err := a.Bot.SearchOn(ctx, "", in.Text, in.Limit)
	if err != nil {
		return nil, out, a.toolError(ctx, "search", err)
	}
	var text strings.Builder
	for _, f := range found {
		h := hitView{viewClause(f.Document, f.Clause), f.Score}
		out.Hits = append(out.Hits, h)
		text.WriteString(where(h.clauseView) + "\n" + h.Text + "\n\n")
	}
	return answerWithText(text.String()), out, nil
}

// clauseResult is what the tool clause returns: the clause, and its text as a verified
// citation.
type clauseResult struct {
	clauseView
	Citation bot.Citation `json:"citation" jsonschema:"the text of the clause, checked byte by byte"`
}

func (a *API) toolClause(ctx context.Context, _ *mcp.CallToolRequest, in clauseTool) (*mcp.CallToolResult, clauseResult, error) {
	ctx, cancel := toolContext(ctx)
	defer cancel()
	register, d, c, err := a.lookUp(ctx, in)
	if err != nil {
		return nil, clauseResult{}, a.toolError(ctx, "clause", err)
	}
	passage := bot.Passage{Handle: "c1", Document: d, Clause: c, Start: c.Start, End: c.End}
	held, refused := bot.Verify(register, bot.Brief{Passages: []bot.Passage{passage}},
		bot.Draft{Sentences: []bot.Sentence{{Text: c.Text, Handle: "c1", Quote: c.Text}}})
	if len(held) != 1 {
		return nil, clauseResult{}, a.toolError(ctx, "clause", errors.Join(refused...))
	}
	out := clauseResult{viewClause(d, c), held[0].Citation}
	return answerWithText(where(out.clauseView) + "\n" + out.Text), out, nil
}

func (a *API) lookUp(ctx context.Context, in clauseTool) (*corpus.Register, *corpus.Document, *corpus.Clause, error) {
	if err := checkText("arguments", in.Document, in.Path, in.Revision); err != nil {
		return nil, nil, nil, err
	}
	all, err := a.catalog.now(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	d, err := a.read(ctx, in.Document, in.Revision)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := findClause(d, in.Path)
	return all.register, d, c, err
}

// where says which clause it is, for people and models.
func where(c clauseView) string {
	return strings.TrimSpace(c.Document.Number + "《" + c.Document.Title + "》 " + c.Path + " " + strings.Join(c.Headings, " / "))
}

// toolError is what a model reads when a tool fails; what it is not to blame for is
// logged and not told.
func (a *API) toolError(ctx context.Context, tool string, err error) error {
	p := problemOf(err)
	if p.cause != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "mcp tool failed", "tool", tool, "error", p.cause.Error())
	}
	return errors.New(p.Title + ":" + p.Hint)
}

// mcpHandler serves MCP over streamable HTTP, each request by itself: no session can
// be leaked, and any node can answer.
func (a *API) mcpHandler() http.Handler {
	server := a.MCPServer()
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true,
		DisableLocalhostProtection: true, // admit does it, and lets in who has a key through a proxy on this machine
	})
}

// serveMCP answers one MCP message. Batches are refused: one request could ask a
// thousand questions, and the protocol has done away with them.
func (a *API) serveMCP(w http.ResponseWriter, r *http.Request) error {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			return badRequest("不支持 JSON-RPC 批量请求,请一次发一条消息。")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	refused := plainRefusal{ResponseWriter: w}
	a.mcp.ServeHTTP(&refused, r.WithContext(context.WithValue(r.Context(), requestKey{}, r.Context())))
	if refused.status != 0 {
		text := strings.TrimSpace(refused.text.String())
		kind := kindBadRequest
		if refused.status == http.StatusUnsupportedMediaType {
			kind = kindMediaType
		}
		return refuse(refused.status, kind, "MCP 消息有误", "%s。消息的写法见 https://modelcontextprotocol.io。", text)
	}
	return nil
}

// A plainRefusal keeps an error in plain text back, so that it is told as all others.
type plainRefusal struct {
	http.ResponseWriter
	status int // 0: there is none
	text   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (p *plainRefusal) WriteHeader(status int) {
	if status >= http.StatusBadRequest && strings.HasPrefix(p.Header().Get("Content-Type"), "text/plain") {
		p.status = status
		return
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (p *plainRefusal) Write(b []byte) (int, error) {
	if p.status != 0 {
		return p.text.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *plainRefusal) Unwrap() http.ResponseWriter { return p.ResponseWriter }
