package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

type parseCmd struct {
	File string `arg:"" help:"A policy: txt (UTF-8 or GBK), md, html, docx, pdf or ofd; - reads standard input."`
	JSON bool   `help:"Print what was understood as one JSON object."`
}

// The JSON that parse prints.
type (
	parsedLine struct {
		Document parsedDocument  `json:"document"`
		Clauses  []parsedClause  `json:"clauses"`
		Warnings []parsedWarning `json:"warnings"`
	}
	parsedDocument struct {
		Title       string        `json:"title"`
		Number      string        `json:"number"`
		Issuers     []string      `json:"issuers"`
		DateWritten string        `json:"date_written"`
		Status      corpus.Status `json:"status"`
	}
	parsedClause struct {
		Clause           string                 `json:"clause"`
		Paragraph        int                    `json:"paragraph"`
		Path             string                 `json:"path"`
		Headings         []string               `json:"headings"`
		Text             string                 `json:"text"`
		Start            int                    `json:"start"`
		End              int                    `json:"end"`
		Responsibilities []parsedResponsibility `json:"responsibilities"`
	}
	parsedResponsibility struct {
		Bureau    string      `json:"bureau"`
		AsWritten string      `json:"as_written"`
		Role      corpus.Role `json:"role"`
		Quote     string      `json:"quote"`
		Inherited bool        `json:"inherited"`
	}
	parsedWarning struct {
		Line    int    `json:"line"`
		Message string `json:"message"`
	}
)

// Run parses and prints.
func (c *parseCmd) Run(ctx context.Context, s streams) error {
	w, err := loadWords()
	if err != nil {
		return err
	}
	p, err := (&house{words: w}).read(ctx, s, c.File, "")
	if err != nil {
		return err
	}
	for _, note := range p.notes {
		fmt.Fprintln(s.err, "wence:", note)
	}
	d := p.doc
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(parsed(d))
	}
	return printParsed(s.out, d)
}

func parsed(d *corpus.Document) parsedLine {
	out := parsedLine{
		Document: parsedDocument{Title: d.Title, Number: d.Number, Issuers: notNil(d.Issuers), DateWritten: d.Written, Status: d.Status},
		Clauses:  []parsedClause{}, Warnings: []parsedWarning{},
	}
	for _, c := range d.Clauses {
		p := parsedClause{
			Clause: c.Path.Clause(), Paragraph: c.Path.Paragraph(), Path: c.Path.String(), Headings: notNil(c.Headings),
			Text: c.Text, Start: c.Start, End: c.End, Responsibilities: []parsedResponsibility{},
		}
		for _, r := range c.Responsibilities {
			p.Responsibilities = append(p.Responsibilities, parsedResponsibility{r.Bureau, r.AsWritten, r.Role, r.Quote, r.Inherited})
		}
		out.Clauses = append(out.Clauses, p)
	}
	for _, w := range d.Warnings {
		out.Warnings = append(out.Warnings, parsedWarning{w.Line, w.Message})
	}
	return out
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func printParsed(w io.Writer, d *corpus.Document) error {
	fmt.Fprintf(w, "%s\n%s  %s  %s\n", d.Title, d.Number, strings.Join(d.Issuers, " "), d.Written)
	for _, c := range d.Clauses {
		fmt.Fprintf(w, "\n%s  %s\n", c.Path, strings.Join(c.Headings, " / "))
		for _, r := range c.Responsibilities {
			by := ""
			if r.Inherited {
				by = " (" + r.Basis.String() + ")"
			}
			fmt.Fprintf(w, "  %-11s %s%s\n", r.Role, r.Bureau, by)
		}
	}
	for _, x := range d.Warnings {
		fmt.Fprintf(w, "\nline %d: %s", x.Line, x.Message)
	}
	_, err := fmt.Fprintln(w)
	return err
}
