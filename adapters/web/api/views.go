package api

import (
	"net/url"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// documentView is a document without its text and clauses.
type documentView struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	Number    string        `json:"number"` // 文号
	Issuers   []string      `json:"issuers"`
	Region    string        `json:"region"`
	Written   string        `json:"date_written"` // dates are YYYY-MM-DD or empty
	Published string        `json:"date_published"`
	Effective string        `json:"date_effective"`
	Expires   string        `json:"date_expires"`
	Status    corpus.Status `json:"status"`
	InForce   bool          `json:"in_force"` // today: says more than status, which knows no dates
	Replaces  []string      `json:"replaces"`
	Revision  string        `json:"revision"`
	Clauses   int           `json:"clauses"` // how many
	URL       string        `json:"url"`     // where people read it
	Source    string        `json:"source_url"`
}

// viewDocument views a document whose status is that of today.
func viewDocument(d *corpus.Document) documentView {
	return documentView{
		ID: d.ID, Title: d.Title, Number: d.Number, Issuers: orEmpty(d.Issuers), Region: d.Region,
		Written: d.Written, Published: d.Published, Effective: d.Effective, Expires: d.Expires,
		Status: d.Status, InForce: d.Status == corpus.InForce || d.Status == corpus.Amended, Replaces: orEmpty(d.Replaces), Revision: d.Revision,
		Clauses: len(d.Clauses), URL: "/p/" + url.PathEscape(d.ID), Source: d.URL,
	}
}

// clauseView is a clause as wence parse --json prints it, with where it stands.
type clauseView struct {
	Document         bot.CitedDocument    `json:"document" jsonschema:"the policy that holds the clause"`
	Revision         string               `json:"revision" jsonschema:"of the document; start and end count in its text"`
	Path             string               `json:"path" jsonschema:"the whole address, as in 二、(六)第1段"`
	Clause           string               `json:"clause" jsonschema:"the address without the paragraph, as in 二、(六)"`
	Paragraph        int                  `json:"paragraph"`
	Headings         []string             `json:"headings" jsonschema:"from the outermost to the nearest"`
	Text             string               `json:"text" jsonschema:"verbatim"`
	Start            int                  `json:"start" jsonschema:"byte offset into the text of the document"`
	End              int                  `json:"end" jsonschema:"byte offset; the text of the document from start to end is text"`
	URL              string               `json:"url" jsonschema:"where people read it"`
	Responsibilities []responsibilityView `json:"responsibilities" jsonschema:"the bureaus that are responsible, each with the words that say so"`
}

// responsibilityView says which bureau is responsible and which words make it so.
type responsibilityView struct {
	Bureau    string      `json:"bureau" jsonschema:"full name"`
	AsWritten string      `json:"as_written"`
	Role      corpus.Role `json:"role" jsonschema:"lead, responsible, joint, guide, participate or shared"`
	Quote     string      `json:"quote" jsonschema:"the words that make it responsible, verbatim"`
	Start     int         `json:"start"`
	End       int         `json:"end"`
	Inherited bool        `json:"inherited" jsonschema:"true if a standing note of another clause says so"`
	Basis     basisView   `json:"basis" jsonschema:"the clause whose words say so"`
}

type basisView struct {
	Path      string `json:"path"`
	Clause    string `json:"clause"`
	Paragraph int    `json:"paragraph"`
}

func viewClause(d *corpus.Document, c *corpus.Clause) clauseView {
	v := clauseView{
		Document: cited(d), Revision: d.Revision, Path: c.Path.String(), Clause: c.Path.Clause(), Paragraph: c.Path.Paragraph(),
		Headings: orEmpty(c.Headings), Text: c.Text, Start: c.Start, End: c.End, URL: bot.ClauseURL(d, c),
		Responsibilities: make([]responsibilityView, 0, len(c.Responsibilities)),
	}
	for _, r := range c.Responsibilities {
		v.Responsibilities = append(v.Responsibilities, viewResponsibility(r))
	}
	return v
}

func viewResponsibility(r corpus.Responsibility) responsibilityView {
	return responsibilityView{
		Bureau: r.Bureau, AsWritten: r.AsWritten, Role: r.Role, Quote: r.Quote, Start: r.Start, End: r.End, Inherited: r.Inherited,
		Basis: basisView{Path: r.Basis.String(), Clause: r.Basis.Clause(), Paragraph: r.Basis.Paragraph()},
	}
}

func cited(d *corpus.Document) bot.CitedDocument {
	return bot.CitedDocument{ID: d.ID, Number: d.Number, Title: d.Title, Status: d.Status}
}

// orEmpty makes JSON print [] rather than null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
