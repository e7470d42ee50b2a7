package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// reader mounts the policy reader.
func (s *Server) reader() {
	s.engine.GET("/p", s.listPolicies)
	s.engine.GET("/p/:id", s.readPolicy)
	s.engine.GET("/p/:id/file", s.originalFile)
	s.engine.GET("/p/:id/versions", s.versions)
	s.engine.GET("/b", s.listBureaus)
	s.engine.GET("/b/:name", s.readBureau)
	s.engine.GET("/matrix", s.matrixPage)
	s.engine.GET("/matrix.csv", s.matrixCSV)
	s.engine.GET("/matrix.xlsx", s.matrixXLSX)
}

// A filter is what the list is narrowed down to. Empty fields narrow nothing.
type filter struct {
	Text, Bureau, Topic, State, Year string
	Page                             int // from 1
}

// maxFilter bounds each field of a filter, in characters. A longer one is cut.
const maxFilter = 100

func filterOf(g *gin.Context) filter {
	get := func(name string) string {
		v := []rune(strings.TrimSpace(strings.ToValidUTF8(g.Query(name), "")))
		return string(v[:min(len(v), maxFilter)])
	}
	page, err := strconv.Atoi(g.Query("page"))
	if err != nil || page < 1 {
		page = 1 // what is no page is the first
	}
	return filter{get("q"), get("bureau"), get("topic"), get("status"), get("year"), page}
}

// Query prints the filter for a link to another page of the list.
func (f filter) Query(page int) string {
	v := url.Values{}
	for key, value := range map[string]string{"q": f.Text, "bureau": f.Bureau, "topic": f.Topic, "status": f.State, "year": f.Year} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "?" + v.Encode()
}

// A listed policy is one that fits a filter, with where its text does.
type listed struct {
	*policy
	Bureaus []string
	Clause  *corpus.Clause // the first that fits the text or topic; nil if none was asked for
	Snippet []run
}

const listedPerPage = 20

// fit returns the policy as it is listed if it fits.
func (f filter) fit(p *policy) (listed, bool) {
	l := listed{policy: p, Bureaus: bureausOf(p.Document)}
	if f.State != "" && p.State != f.State || f.Year != "" && p.Year() != f.Year {
		return l, false
	}
	if f.Bureau != "" && !slices.ContainsFunc(l.Bureaus, func(n string) bool { return strings.Contains(n, f.Bureau) }) {
		return l, false
	}
	if f.Topic != "" {
		i := slices.IndexFunc(p.Clauses, func(c corpus.Clause) bool { return strings.Contains(strings.Join(c.Headings, "\n"), f.Topic) })
		if i < 0 && !strings.Contains(p.Title, f.Topic) {
			return l, false
		}
		if i >= 0 {
			l.Clause = &p.Clauses[i]
		}
	}
	words := strings.Fields(f.Text)
	for _, w := range words {
		if !strings.Contains(p.Text, w) && !strings.Contains(p.Title, w) && !strings.Contains(p.Number, w) {
			return l, false
		}
	}
	if len(words) > 0 {
		for i := range p.Clauses {
			if c := &p.Clauses[i]; strings.Contains(c.Text, words[0]) {
				l.Clause, l.Snippet = c, snippet(p.Document, c, words[0])
				break
			}
		}
	}
	return l, true
}

// bureausOf returns the bureaus that the clauses of a document themselves make
// responsible, in the order of the text.
func bureausOf(d *corpus.Document) []string {
	var out []string
	for _, c := range d.Clauses {
		for _, r := range c.Responsibilities {
			if !slices.Contains(out, r.Bureau) {
				out = append(out, r.Bureau)
			}
		}
	}
	return out
}

// snippet returns the surroundings of a word in a clause, the word marked.
func snippet(d *corpus.Document, c *corpus.Clause, word string) []run {
	const around = 40 // characters
	at := c.Start + strings.Index(c.Text, word)
	start, end := at, at+len(word)
	for range around {
		if start > c.Start {
			_, n := utf8.DecodeLastRuneInString(d.Text[c.Start:start])
			start -= n
		}
		if end < c.End {
			_, n := utf8.DecodeRuneInString(d.Text[end:c.End])
			end += n
		}
	}
	out := runs(d.Text, start, end, at, at+len(word))
	if start > c.Start {
		out = slices.Insert(out, 0, run{Text: "…"})
	}
	if end < c.End {
		out = append(out, run{Text: "…"})
	}
	return out
}

type listData struct {
	Filter         filter
	Policies       []listed
	Total, Pages   int
	Bureaus, Years []string
	States, Topics []string
}

func (s *Server) listPolicies(g *gin.Context) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return
	}
	data := listData{Filter: filterOf(g)}
	for _, p := range l.policies {
		if !slices.Contains(data.Years, p.Year()) && p.Year() != "" {
			data.Years = append(data.Years, p.Year())
		}
		if !slices.Contains(data.States, p.State) {
			data.States = append(data.States, p.State)
		}
		data.Topics = appendTopics(data.Topics, p.Document)
		if fit, ok := data.Filter.fit(p); ok {
			data.Policies = append(data.Policies, fit)
		}
	}
	slices.Sort(data.Years)
	slices.Reverse(data.Years)
	for _, b := range l.bureaus {
		data.Bureaus = append(data.Bureaus, b.Name)
	}
	data.Total = len(data.Policies)
	data.Pages = max(1, (data.Total+listedPerPage-1)/listedPerPage)
	data.Filter.Page = min(data.Filter.Page, data.Pages)
	from := (data.Filter.Page - 1) * listedPerPage
	data.Policies = data.Policies[from:min(data.Total, from+listedPerPage)]
	s.show(g, http.StatusOK, "policies", page{Title: "政策库", Place: "policies", Data: data})
}

// maxTopics bounds how many headings are offered as topics.
const maxTopics = 60

func appendTopics(topics []string, d *corpus.Document) []string {
	for _, c := range d.Clauses {
		if n := len(c.Headings); n > 0 && len(topics) < maxTopics && !slices.Contains(topics, c.Headings[n-1]) {
			topics = append(topics, c.Headings[n-1])
		}
	}
	return topics
}

type policyData struct {
	*policy         // as it is now
	Shown           *corpus.Document
	Old             bool // Shown is not the current revision
	Blocks          []block
	Outline         []section
	Bureaus         []string
	File            string // name of the original file; empty if there is none
	Versions        int
	Marked, Missing bool // something is marked; something was to be marked and is not there
}

// revision returns the document of the path in the revision of the query, or in the
// last one; ok is false, and the problem told, if there is none.
func (s *Server) revision(g *gin.Context) (p *policy, d *corpus.Document, ok bool) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return nil, nil, false
	}
	if p = l.policy(g.Param("id")); p == nil {
		s.problem(g, gonePolicy)
		return nil, nil, false
	}
	rev := g.Query("rev")
	if rev == "" || rev == p.Revision {
		return p, p.Document, true
	}
	d, err = s.Store.Document(g.Request.Context(), p.ID, rev)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		s.problem(g, gonePolicy)
		return nil, nil, false
	case err != nil:
		s.fail(g, err)
		return nil, nil, false
	}
	return p, d, true
}

func (s *Server) readPolicy(g *gin.Context) {
	p, d, ok := s.revision(g)
	if !ok {
		return
	}
	ctx := g.Request.Context()
	history, err := s.Store.History(ctx, p.ID)
	if err != nil {
		s.fail(g, err)
		return
	}
	file, err := s.shelf.fileName(ctx, d)
	if err != nil {
		s.fail(g, err)
		return
	}
	start, end := parseSpan(g.Query("at"), d.Text)
	data := policyData{
		policy: p, Shown: d, Old: d.Revision != p.Revision, Bureaus: bureausOf(d), File: file, Versions: len(history),
		Marked: end > 0, Missing: g.Query("at") != "" && end == 0,
	}
	data.Blocks, data.Outline = blocksOf(d, start, end)
	s.show(g, http.StatusOK, "policy", page{Title: d.Title, Place: "policies", Data: data})
}

// originalFile sends the file that a revision came in as.
func (s *Server) originalFile(g *gin.Context) {
	_, d, ok := s.revision(g)
	if !ok {
		return
	}
	f, err := s.Store.Original(g.Request.Context(), d.ID, d.Revision)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		s.problem(g, gonePolicy)
		return
	case err != nil:
		s.fail(g, err)
		return
	}
	// Never shown in place: the file is a stranger's, and HTML in it would be our page.
	g.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	g.Header("Content-Security-Policy", "sandbox; default-src 'none'")
	g.Data(http.StatusOK, "application/octet-stream", f.Data)
}

type versionsData struct {
	Policy   *policy
	Entries  []bot.Entry // newest first
	From, To *corpus.Document
	Changes  corpus.Comparison
}

// versions shows what was published of a policy and what changed between two revisions.
func (s *Server) versions(g *gin.Context) {
	p, _, ok := s.revision(g)
	if !ok {
		return
	}
	ctx := g.Request.Context()
	entries, err := s.Store.History(ctx, p.ID)
	if err != nil {
		s.fail(g, err)
		return
	}
	data := versionsData{Policy: p, Entries: entries}
	slices.Reverse(data.Entries)
	from, to := g.Query("from"), g.Query("to")
	if from == "" && to == "" {
		from, to = lastTwo(data.Entries)
	}
	if from != "" && to != "" {
		if data.From, err = s.Store.Document(ctx, p.ID, from); err == nil {
			data.To, err = s.Store.Document(ctx, p.ID, to)
		}
		if errors.Is(err, bot.ErrNotFound) {
			s.problem(g, badRevision)
			return
		}
		if err != nil {
			s.fail(g, fmt.Errorf("web: compare: %w", err))
			return
		}
		data.Changes = corpus.Diff(data.From, data.To)
	}
	s.show(g, http.StatusOK, "versions", page{Title: "版本：" + p.Title, Place: "policies", Data: data})
}

// lastTwo returns the last revision and the one before it, or "".
func lastTwo(entries []bot.Entry) (from, to string) {
	for _, e := range entries {
		switch {
		case e.Kind != bot.KindPut:
		case to == "":
			to = e.Revision
		case e.Revision != to:
			return e.Revision, to
		}
	}
	return "", ""
}
