package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

var statuses = []corpus.Status{corpus.InForce, corpus.Amended, corpus.Repealed, corpus.Expired, corpus.Draft, corpus.Pending}

// documents lists the current revision of every document.
func (a *API) documents(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "status", "in_force", "bureau", "year", "q", "limit", "cursor")
	if err != nil {
		return err
	}
	if err := oneOf("status", q["status"], statuses...); err != nil {
		return err
	}
	if err := oneOf("in_force", q["in_force"], "true", "false"); err != nil {
		return err
	}
	all, bureaus, err := a.catalog.about(r.Context(), q["bureau"])
	if err != nil {
		return err
	}
	var out []documentView
	for _, d := range all.documents {
		switch {
		case q["status"] != "" && string(d.Status) != q["status"]:
		case q["in_force"] != "" && d.InForce != (q["in_force"] == "true"):
		case q["year"] != "" && !strings.HasPrefix(d.Written, q["year"]+"-"):
		case q["q"] != "" && !strings.Contains(d.Title, q["q"]) && !strings.Contains(d.Number, q["q"]):
		case bureaus != nil && !slices.ContainsFunc(d.bureaus, func(b string) bool { return slices.Contains(bureaus, b) }):
		default:
			out = append(out, d.documentView)
		}
	}
	p, err := paged(out, q, "documents", all.version)
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

// read returns a document with the status that it has today: without revision the one
// that answers come from, as Ask does; if none does, the last one.
func (a *API) read(ctx context.Context, id, revision string) (*corpus.Document, error) {
	all, err := a.catalog.now(ctx)
	if err != nil {
		return nil, err
	}
	p := all.policies[id]
	switch {
	case p == nil:
		return nil, fmt.Errorf("policy %.80q: %w", id, bot.ErrNotFound)
	case revision == "" && p.State == corpus.Withdrawn:
		return nil, refuse(http.StatusGone, kindWithdrawn, "文件已撤下", "旧的修订仍可读,见 /api/v1/documents/{id}/revisions。")
	case revision == "" || revision == p.Revision:
		return all.asOfNow(p), nil
	}
	d, err := a.Store.Document(ctx, id, revision)
	if err != nil {
		return nil, err
	}
	other := *d
	switch {
	case p.State == corpus.Withdrawn:
		other.Status = corpus.Withdrawn
	case p.Next != nil && p.Next.Revision == revision:
		other.Status = corpus.Pending
	default:
		other.Status = corpus.Replaced
	}
	return &other, nil
}

// named returns the document that the path of a request names.
func (a *API) named(r *http.Request) (*corpus.Document, error) {
	id, revision := r.PathValue("id"), r.PathValue("revision")
	if err := checkText("编号", id, revision); err != nil {
		return nil, err
	}
	return a.read(r.Context(), id, revision)
}

// document returns what is known about a document.
func (a *API) document(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	d, err := a.named(r)
	if err != nil {
		return err
	}
	return writeJSON(w, viewDocument(d))
}

// text returns the text that all offsets count in. A Range of bytes=start-(end-1) is
// the quote of a citation.
func (a *API) text(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	d, err := a.named(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("ETag", `"`+d.Revision+`"`)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(d.Text))
	return nil
}

// revisionView is one entry of the log of a document.
type revisionView struct {
	Kind     bot.Kind  `json:"kind"`
	Revision string    `json:"revision"`
	At       time.Time `json:"at"`
}

// revisions returns what was published and withdrawn, oldest first.
func (a *API) revisions(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "limit", "cursor")
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := checkText("编号", id); err != nil {
		return err
	}
	entries, err := a.Store.History(r.Context(), id)
	if err != nil {
		return err
	}
	out := make([]revisionView, len(entries))
	for i, e := range entries {
		out[i] = revisionView{Kind: e.Kind, Revision: e.Revision, At: e.At}
	}
	p, err := paged(out, q, "revisions "+id, "") // a log only grows
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

// clauses lists the clauses of a document in its order.
func (a *API) clauses(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "limit", "cursor")
	if err != nil {
		return err
	}
	d, err := a.named(r)
	if err != nil {
		return err
	}
	out := make([]clauseView, len(d.Clauses))
	for i := range d.Clauses {
		out[i] = viewClause(d, &d.Clauses[i])
	}
	p, err := paged(out, q, "clauses "+d.ID, d.Revision)
	if err != nil {
		return err
	}
	return writeJSON(w, p)
}

// clause returns one clause by its path.
func (a *API) clause(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	d, err := a.named(r)
	if err != nil {
		return err
	}
	c, err := findClause(d, r.PathValue("path"))
	if err != nil {
		return err
	}
	return writeJSON(w, viewClause(d, c))
}

// findClause reads a path as people write it, or the anchor of a link.
func findClause(d *corpus.Document, path string) (*corpus.Clause, error) {
	if c := d.Clause(path); c != nil {
		return c, nil
	}
	p, err := corpus.ParseAnchor(path)
	if err != nil {
		p, err = corpus.ParsePath(path)
	}
	if err != nil {
		return nil, badRequest("条款地址读不懂:%.60q;例如 二、(六)第1段,或链接里的 2.6.1。", path)
	}
	if c := d.Clause(p.String()); c != nil {
		return c, nil
	}
	// 二、(六) is its first paragraph.
	for i := range d.Clauses {
		if c := &d.Clauses[i]; c.Path.Clause() == p.String() {
			return c, nil
		}
	}
	return nil, fmt.Errorf("clause %.60q of %s: %w", path, d.ID, bot.ErrNotFound)
}
