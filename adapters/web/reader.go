package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"

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
	s.engine.GET("/matrix.csv", s.throttle, s.matrixCSV)
	s.engine.GET("/matrix.xlsx", s.throttle, s.matrixXLSX)
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

type policyData struct {
	*policy  // as it is now
	Shown    *corpus.Document
	Old      bool // Shown is not the current revision
	Blocks   []block
	Outline  []section
	File     string // name of the original file; empty if there is none
	Versions int
	Missing  bool // something was to be marked and is not there
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
		policy: p, Shown: d, Old: d.Revision != p.Revision, File: file, Versions: len(history),
		Missing: g.Query("at") != "" && end == 0,
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
