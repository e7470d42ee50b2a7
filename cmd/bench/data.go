package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

// A question with what answers it.
type question struct {
	ID   string   `json:"id"`
	Text string   `json:"text"`
	Gold []string `json:"gold"` // IDs of units; none if nothing in the collection answers it
}

// A collection is a set of documents with questions. What a question is to find is
// a unit: a clause, or a whole document.
type collection struct {
	name      string
	documents []*corpus.Document
	questions []question
	unit      func(corpus.Ref) string // the unit that a clause belongs to
}

// clauses counts them.
func (c *collection) clauses() (n int) {
	for _, d := range c.documents {
		n += len(d.Clauses)
	}
	return n
}

// loadStard reads the law articles and laypeople's questions of STARD: in dir
// corpus.jsonl.gz, rows {"id","law","article","text"}, and queries-train.jsonl.
// A law is a document, an article a clause and a unit.
func loadStard(dir string) (*collection, error) {
	c := &collection{name: "stard"}
	laws := map[string]*corpus.Document{}
	ids := map[corpus.Ref]string{}
	type article struct{ ID, Law, Article, Text string }
	err := eachRow(filepath.Join(dir, "corpus.jsonl.gz"), func(a article) {
		d := laws[a.Law]
		if d == nil {
			d = &corpus.Document{ID: a.Law, Title: a.Law, Status: corpus.InForce}
			laws[a.Law] = d
			c.documents = append(c.documents, d)
		}
		// The article's own number may stand twice in a law that was amended.
		path := corpus.Path{{Level: corpus.LevelArticle, Num: len(d.Clauses) + 1}}
		addClause(d, path, nil, a.Text)
		ids[corpus.Ref{Document: d.ID, Path: path.String()}] = a.ID
	})
	if err != nil {
		return nil, err
	}
	seal(c.documents)
	c.unit = func(r corpus.Ref) string { return ids[corpus.Ref{Document: r.Document, Path: r.Path}] }
	return c, eachRow(filepath.Join(dir, "queries-train.jsonl"), func(q question) { c.questions = append(c.questions, q) })
}

// loadNCPQA reads the policy documents and questions of NCPQA: in dir corpus.jsonl,
// rows {"id","title","text"}, and queries-dev.jsonl. A document is a unit.
func loadNCPQA(dir string) (*collection, error) {
	c := &collection{name: "ncpqa", unit: func(r corpus.Ref) string { return r.Document }}
	type policy struct{ ID, Title, Text string }
	register, err := policies.Register()
	if err != nil {
		return nil, err
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		return nil, err
	}
	err = eachRow(filepath.Join(dir, "corpus.jsonl"), func(p policy) {
		d, err := corpus.ParseAt(p.Text, register, corpus.Where{Places: vocabulary.Places})
		if err != nil || len(d.Clauses) == 0 {
			d = &corpus.Document{}
			for line := range strings.Lines(p.Text) {
				if line = strings.TrimSpace(line); line != "" {
					addClause(d, corpus.Path{{Level: corpus.LevelParagraph, Num: len(d.Clauses) + 1}}, nil, line)
				}
			}
			seal([]*corpus.Document{d})
		}
		d.ID, d.Title, d.Status = p.ID, p.Title, corpus.InForce
		c.documents = append(c.documents, d)
	})
	if err != nil {
		return nil, err
	}
	return c, eachRow(filepath.Join(dir, "queries-dev.jsonl"), func(q question) { c.questions = append(c.questions, q) })
}

// addClause appends a clause to a document that is being made; seal ends that.
func addClause(d *corpus.Document, path corpus.Path, headings []string, text string) {
	d.Clauses = append(d.Clauses, corpus.Clause{Path: path, Headings: headings, Text: text})
}

// seal sets the text and revision of documents whose clauses are complete.
func seal(docs []*corpus.Document) {
	for _, d := range docs {
		var text strings.Builder
		for i := range d.Clauses {
			c := &d.Clauses[i]
			c.Start, c.End = text.Len(), text.Len()+len(c.Text)
			text.WriteString(c.Text + "\n")
		}
		d.Text = text.String()
		d.Revision = corpus.RevisionOf(d.Text)
	}
}

// eachRow calls use for every row of a JSONL file, packed if its name ends in .gz.
func eachRow[Row any](name string, use func(Row)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var in io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	for rows := json.NewDecoder(in); ; {
		var row Row
		switch err := rows.Decode(&row); err {
		case nil:
			use(row)
		case io.EOF:
			return nil
		default:
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}
