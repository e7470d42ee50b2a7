package api

import (
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

var roles = []corpus.Role{corpus.Lead, corpus.Responsible, corpus.Joint, corpus.Guide, corpus.Participate, corpus.Shared}

// bureaus lists the bureaus that the policies in force make responsible for anything.
func (a *API) bureaus(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "q", "limit", "cursor")
	if err != nil {
		return err
	}
	all, names, err := a.catalog.about(r.Context(), q["q"])
	if err != nil {
		return err
	}
	out := all.bureaus
	if names != nil {
		out = nil
		for _, b := range all.bureaus {
			if slices.Contains(names, b.Name) {
				out = append(out, b)
			}
		}
	}
	p, err := paged(out, q, "bureaus", all.version)
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

// responsibilities lists which clause of the policies in force makes which bureau
// responsible.
func (a *API) responsibilities(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "bureau", "role", "document", "inherited", "limit", "cursor")
	if err != nil {
		return err
	}
	if err := oneOf("role", q["role"], roles...); err != nil {
		return err
	}
	if err := oneOf("inherited", q["inherited"], "true", "false"); err != nil {
		return err
	}
	all, bureaus, err := a.catalog.about(r.Context(), q["bureau"])
	if err != nil {
		return err
	}
	var out []dutyView
	for _, d := range all.duties {
		if (bureaus == nil || slices.Contains(bureaus, d.Bureau)) && (q["role"] == "" || string(d.Role) == q["role"]) &&
			(q["document"] == "" || d.Document.ID == q["document"]) && (q["inherited"] == "" || d.Inherited == (q["inherited"] == "true")) {
			out = append(out, d)
		}
	}
	p, err := paged(out, q, "responsibilities", all.version)
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

// searchRequest asks for clauses, as wence search --jsonl does.
type searchRequest struct {
	ID    string  `json:"id"`
	Text  *string `json:"text"`
	AsOf  string  `json:"as_of"`
	Limit int     `json:"limit"`
}

// maxHits bounds how many clauses a search returns.
const (
	usualHits = 10
	maxHits   = 50
)

type searchResponse struct {
	ID   string    `json:"id"`
	Hits []hitView `json:"hits"`
}

// hitView is a clause that fits a question.
type hitView struct {
	clauseView
	Score float64 `json:"score" jsonschema:"how well it fits; comparable within one answer only"`
}

// search lists the clauses that fit a text best, without deciding whether they answer it.
func (a *API) search(w http.ResponseWriter, r *http.Request) error {
	var in searchRequest
	if err := readJSON(r, true, &in); err != nil {
		return err
	}
	if in.Text == nil {
		return badRequest("缺少 text,即要查找的话。")
	}
	if in.Limit == 0 {
		in.Limit = usualHits
	}
	if in.Limit < 1 || in.Limit > maxHits {
		return badRequest("limit 应当是 1 到 %s 的整数。", strconv.Itoa(maxHits))
	}
	if utf8.RuneCountInString(in.ID) > maxID {
		return badRequest("id 最多 %d 个字符。", maxID)
	}
	if err := checkText("请求", in.ID, *in.Text); err != nil {
		return err
	}
	found, err := a.Bot.SearchOn(r.Context(), in.AsOf, *in.Text, in.Limit)
	if err != nil {
		return err
	}
	out := searchResponse{ID: in.ID, Hits: []hitView{}}
	for _, f := range found {
		out.Hits = append(out.Hits, hitView{viewClause(f.Document, f.Clause), f.Score})
	}
	return writeJSON(w, out)
}
