package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/corpus"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// pages are the parsed templates by name: each page with the frame around it, and
// the pieces that are sent on their own under "pieces".
type pages map[string]*template.Template

// parsePages parses layout.html and pieces.html together with each page.
func parsePages() (pages, error) {
	names, err := assetNames()
	if err != nil {
		return nil, err
	}
	funcs := template.FuncMap{
		"asset": func(name string) (string, error) {
			if names[name] == "" {
				return "", fmt.Errorf("there is no asset %s", name)
			}
			return "/assets/" + names[name], nil
		},
		"role": func(r corpus.Role) string { return roleNames[r] }, "state": func(s corpus.Status) string { return stateNames[s] },
		"day": chineseDay, "moment": chineseMoment, "policyURL": policyURL, "clauseURL": clauseURL, "bureauURL": bureauURL,
		"titled": titled, "shortTitle": shortTitle, "typeset": typeset, "edits": edits, "byDocument": byDocument,
		"add": func(a, b int) int { return a + b }, "join": strings.Join, "pair": func(a, b any) [2]any { return [2]any{a, b} },
	}
	base, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/layout.html", "templates/pieces.html")
	if err != nil {
		return nil, fmt.Errorf("web: templates: %w", err)
	}
	out := pages{"pieces": base}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("web: templates: %w", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if name == "layout" || name == "pieces" {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("web: template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// A page is what the layout needs, with the Data of the page itself.
type page struct {
	Title  string
	Place  string // which part of the site it is: chat, policies, bureaus, matrix
	Beside bool   // it is shown beside the chat, without the frame of the site
	Data   any
}

// show answers with a page.
func (s *Server) show(g *gin.Context, status int, name string, p page) {
	p.Beside = beside(g)
	var b bytes.Buffer // a page that fails half-way must not be half sent
	if err := s.pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		s.fail(g, fmt.Errorf("web: page %s: %w", name, err))
		return
	}
	g.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// beside reports whether a page is shown beside the chat: in the frame that the chat's
// script opened, or where somebody went from there.
func beside(g *gin.Context) bool {
	g.Header("Vary", "Sec-Fetch-Dest")
	return g.Query("view") == "beside" || g.GetHeader("Sec-Fetch-Dest") == "iframe"
}

// piece returns a part of a page.
func (s *Server) piece(name string, data any) (string, error) {
	var b strings.Builder
	if err := s.pages["pieces"].ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("web: piece %s: %w", name, err)
	}
	return b.String(), nil
}

// The words for what is a constant elsewhere.
var (
	roleNames = map[corpus.Role]string{
		corpus.Lead: "牵头", corpus.Responsible: "负责", corpus.Joint: "配合", corpus.Guide: "指导", corpus.Participate: "参与", corpus.Shared: "共同负责",
	}
	stateNames = map[corpus.Status]string{
		corpus.InForce: "现行有效", corpus.Amended: "已修改", corpus.Repealed: "已废止", corpus.Expired: "已失效",
		corpus.Draft: "征求意见稿", corpus.Withdrawn: "已撤下", corpus.Pending: "尚未施行",
	}
)

// chineseDay prints a day (YYYY-MM-DD) as 2024年4月8日.
func chineseDay(day string) string {
	var y, m, d int
	if _, err := fmt.Sscanf(day, "%d-%d-%d", &y, &m, &d); err != nil {
		return day
	}
	return fmt.Sprintf("%d年%d月%d日", y, m, d)
}

// chineseMoment prints an instant as 2024-04-08 09:30, the time in China.
func chineseMoment(t time.Time) string { return t.In(corpus.China).Format("2006-01-02 15:04") }

func policyURL(d *corpus.Document) string { return "/p/" + url.PathEscape(d.ID) }

func clauseURL(d *corpus.Document, c *corpus.Clause) string {
	return policyURL(d) + "#" + c.Path.Anchor()
}

func bureauURL(name string) string { return "/b/" + url.PathEscape(name) }

// wantsPage reports whether a person's browser asks, and not a script or a program.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
