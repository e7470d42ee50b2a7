// Package bleve is the embedded engine: an index.Index on blevesearch/bleve, in
// memory or on disk.
//
// It owns how a clause becomes a bleve document and a Query a bleve query. It
// refuses to know where words come from (index.Analyzer) and what becomes of hits.
package bleve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// The fields of a clause. The first three are searched by words, each with its
// weight; the others are matched whole.
const (
	fieldText    = "text"
	fieldHeading = "heading"
	fieldTitle   = "title"

	fieldPath     = "path"
	fieldNumber   = "number"
	fieldDocument = "document"
	fieldStatus   = "status"
	fieldFrom     = "from"  // first day in force
	fieldUntil    = "until" // last day in force
)

var searched = []struct {
	field string
	boost float64
}{{fieldText, 1}, {fieldHeading, 0.7}, {fieldTitle, 0.1}}

// Days before and after every date that a document can carry: a document without
// a date is in force from or until then.
const (
	firstDay = "0000-01-01"
	lastDay  = "9999-12-31"
)

// An Index is a bleve index of clauses. It is safe for concurrent use.
type Index struct {
	bleve    bleve.Index
	analyzer analysis.Analyzer
	put      sync.Mutex // one Put or Delete at a time: each reads the old ids first
}

var _ index.Index = (*Index)(nil)

// New returns an empty index in memory whose text is cut by a.
func New(a index.Analyzer) (*Index, error) {
	b, err := bleve.NewUsing("", newMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("bleve: new index in memory: %w", err)
	}
	return &Index{bleve: b, analyzer: tokens{a}}, nil
}

// Open opens the index in the folder path, or makes one if there is none. The
// analyzer must be the one that the index was built with.
func Open(path string, a index.Analyzer) (*Index, error) {
	// Without a time limit a second process would wait for the first one's lock for ever.
	config := map[string]any{"bolt_timeout": "500ms"}
	b, err := bleve.OpenUsing(path, config)
	if errors.Is(err, bleve.ErrorIndexPathDoesNotExist) || isEmptyDir(path) {
		b, err = bleve.NewUsing(path, newMapping(), scorch.Name, scorch.Name, config)
	}
	if err != nil {
		return nil, fmt.Errorf("bleve: open %s (is another process using it?): %w", path, err)
	}
	return &Index{bleve: b, analyzer: tokens{a}}, nil
}

func isEmptyDir(path string) bool {
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

func newMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	// Documents are built field by field, with an analyzer of ours.
	m.DefaultMapping.Dynamic = false
	m.DefaultAnalyzer = keyword.Name
	return m
}

// Put implements index.Index.
func (x *Index) Put(ctx context.Context, docs ...*corpus.Document) error {
	x.put.Lock()
	defer x.put.Unlock()
	batch := x.bleve.NewBatch()
	if err := x.putAll(ctx, batch, docs); err != nil {
		return err
	}
	if err := x.bleve.Batch(batch); err != nil {
		return fmt.Errorf("bleve: write batch: %w", err)
	}
	return nil
}

// putAll adds to batch the documents, and the deletion of their old clauses.
func (x *Index) putAll(ctx context.Context, batch *bleve.Batch, docs []*corpus.Document) error {
	for _, d := range docs {
		if err := x.deleteOld(ctx, batch, d.ID); err != nil {
			return fmt.Errorf("bleve: put document %s: %w", d.ID, err)
		}
		for i := range d.Clauses {
			if err := batch.IndexAdvanced(x.document(d, &d.Clauses[i])); err != nil {
				return fmt.Errorf("bleve: put clause %s of document %s: %w", d.Clauses[i].Path, d.ID, err)
			}
		}
	}
	return nil
}

// Delete implements index.Index.
func (x *Index) Delete(ctx context.Context, id string) error {
	x.put.Lock()
	defer x.put.Unlock()
	batch := x.bleve.NewBatch()
	if err := x.deleteOld(ctx, batch, id); err != nil {
		return fmt.Errorf("bleve: delete document %s: %w", id, err)
	}
	if err := x.bleve.Batch(batch); err != nil {
		return fmt.Errorf("bleve: delete document %s: %w", id, err)
	}
	return nil
}

// deleteOld adds to batch the deletion of every clause of the document.
func (x *Index) deleteOld(ctx context.Context, batch *bleve.Batch, id string) error {
	n, err := x.bleve.DocCount()
	if err != nil || n == 0 {
		return err
	}
	req := bleve.NewSearchRequestOptions(whole(fieldDocument, id), int(n), 0, false)
	req.Score = "none"
	res, err := x.bleve.SearchInContext(ctx, req)
	if err != nil {
		return err
	}
	for _, hit := range res.Hits {
		batch.Delete(hit.ID)
	}
	return nil
}

func (x *Index) document(d *corpus.Document, c *corpus.Clause) *document.Document {
	doc := document.NewDocument(formatRef(d.Ref(c.Path)))
	text := func(field, value string) {
		doc.AddField(document.NewTextFieldCustom(field, nil, []byte(value), bleveindex.IndexField, x.analyzer))
	}
	exact := func(field, value string) {
		doc.AddField(document.NewTextFieldCustom(field, nil, []byte(value), bleveindex.IndexField|bleveindex.SkipFreqNorm, keywords{}))
	}
	text(fieldText, c.Text)
	text(fieldHeading, strings.Join(c.Headings, "\n"))
	text(fieldTitle, d.Title)
	exact(fieldPath, c.Path.String())
	exact(fieldNumber, d.Number)
	exact(fieldDocument, d.ID)
	exact(fieldStatus, string(d.Status))
	exact(fieldFrom, or(d.Effective, firstDay))
	exact(fieldUntil, or(d.Expires, lastDay))
	return doc
}

func or(date, otherwise string) string {
	if date == "" {
		return otherwise
	}
	return date
}

// Search implements index.Index.
func (x *Index) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	terms := q.Terms[:min(len(q.Terms), index.MaxTerms)]
	if len(terms) == 0 {
		return nil, nil
	}
	should := make([]query.Query, 0, len(terms)*len(searched))
	for _, t := range terms {
		for _, f := range searched {
			tq := query.NewTermQuery(t.Text)
			tq.SetField(f.field)
			tq.SetBoost(t.Boost * f.boost)
			should = append(should, tq)
		}
	}
	var full query.Query = query.NewDisjunctionQuery(should)
	if filter := filter(q); len(filter) > 0 {
		// The filter is a part of the query: were it applied to the best hits
		// afterwards, repealed clauses could crowd out all that are in force.
		b := query.NewBooleanQuery([]query.Query{full}, nil, nil)
		b.AddFilter(query.NewConjunctionQuery(filter))
		full = b
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 10
	}
	res, err := x.bleve.SearchInContext(ctx, bleve.NewSearchRequestOptions(full, limit, 0, false))
	if err != nil {
		return nil, fmt.Errorf("bleve: search: %w", err)
	}
	hits := make([]index.Hit, 0, len(res.Hits))
	for _, h := range res.Hits {
		ref, err := parseRef(h.ID)
		if err != nil {
			return nil, err
		}
		hits = append(hits, index.Hit{Ref: ref, Score: h.Score})
	}
	return hits, nil
}

func filter(q index.Query) []query.Query {
	var and []query.Query
	if q.AsOf != "" {
		yes := true
		from := query.NewTermRangeInclusiveQuery(firstDay, q.AsOf, &yes, &yes)
		from.SetField(fieldFrom)
		until := query.NewTermRangeInclusiveQuery(q.AsOf, lastDay, &yes, &yes)
		until.SetField(fieldUntil)
		and = append(and, from, until, query.NewDisjunctionQuery([]query.Query{
			whole(fieldStatus, string(corpus.InForce)), whole(fieldStatus, string(corpus.Amended)),
		}))
	}
	if q.Document != "" {
		and = append(and, whole(fieldDocument, q.Document))
	}
	return and
}

func whole(field, value string) query.Query {
	q := query.NewTermQuery(value)
	q.SetField(field)
	return q
}

// Frequencies implements index.Index. A clause has what its text or its headings have.
func (x *Index) Frequencies(ctx context.Context, terms []string) ([]int, int, error) {
	advanced, err := x.bleve.Advanced()
	if err != nil {
		return nil, 0, fmt.Errorf("bleve: frequencies: %w", err)
	}
	reader, err := advanced.Reader()
	if err != nil {
		return nil, 0, fmt.Errorf("bleve: frequencies: %w", err)
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	n, err := reader.DocCount()
	if err != nil {
		return nil, 0, fmt.Errorf("bleve: frequencies: %w", err)
	}
	df := make([]int, len(terms))
	for i, t := range terms {
		for _, field := range []string{fieldText, fieldHeading} {
			r, err := reader.TermFieldReader(ctx, []byte(t), field, false, false, false)
			if err != nil {
				return nil, 0, fmt.Errorf("bleve: frequency of %q: %w", t, err)
			}
			// In both fields it is mostly the same clauses, so the larger count is
			// the better guess.
			df[i] = max(df[i], int(r.Count()))
			if err := r.Close(); err != nil {
				return nil, 0, fmt.Errorf("bleve: frequency of %q: %w", t, err)
			}
		}
	}
	return df, int(n), nil
}

// Close implements index.Index.
func (x *Index) Close() error {
	if err := x.bleve.Close(); err != nil {
		return fmt.Errorf("bleve: close: %w", err)
	}
	return nil
}

// A bleve id is the three parts of a Ref with a NUL between them, which none of
// them can hold: documents with NUL are refused by corpus.Parse.
func formatRef(r corpus.Ref) string {
	return r.Document + "\x00" + r.Revision + "\x00" + r.Path
}

func parseRef(id string) (corpus.Ref, error) {
	parts := strings.Split(id, "\x00")
	if len(parts) != 3 {
		return corpus.Ref{}, fmt.Errorf("bleve: the index holds the foreign id %q: rebuild it", id)
	}
	return corpus.Ref{Document: parts[0], Revision: parts[1], Path: parts[2]}, nil
}
