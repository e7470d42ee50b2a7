// Package bleve is the embedded engine: an index.Index on blevesearch/bleve, in
// memory or on disk.
//
// It owns how a clause becomes bleve entries (entry.go), how the best are found without
// reading every posting (question.go, topk.go), and how they are ranked by more than
// their terms (rank.go). What bleve has no quick way to tell is derived from its own
// postings (view.go), so nothing lies beside the index that could be lost or stale. An
// index on disk tidies itself when it rests (compact.go).
// The package refuses to know where words come from (index.Analyzer) and what becomes
// of hits.
package bleve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// An Index is a bleve index of clauses. It is safe for concurrent use.
type Index struct {
	bleve    bleve.Index
	analyzer index.Analyzer
	views    views
	firsts   *firsts    // nil in memory
	put      sync.Mutex // one Put or Delete at a time: each reads the old ids first

	rest       *rest // nil in memory
	compacting sync.Mutex
}

var _ index.Index = (*Index)(nil)

// New returns an empty index in memory whose text is cut by a.
func New(a index.Analyzer) (*Index, error) {
	b, err := bleve.NewUsing("", newMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("bleve: new index in memory: %w", err)
	}
	return &Index{bleve: b, analyzer: a}, nil
}

// Open opens the index in the folder path, or makes one if there is none. The
// analyzer must be the one that the index was built with.
func Open(path string, a index.Analyzer) (x *Index, err error) {
	defer guardFolder(path, &err)()
	config := map[string]any{
		// Without a time limit a second process would wait for the first one's lock for ever.
		"bolt_timeout": "500ms",
		// Twice as many as by default: an import of a million clauses is written twice in
		// place of three times before it rests.
		"scorchMergePlanOptions": map[string]any{"MaxSegmentsPerTier": 20, "SegmentsPerMergeTask": 20},
	}
	b, err := bleve.OpenUsing(path, config)
	if errors.Is(err, bleve.ErrorIndexPathDoesNotExist) || isEmptyDir(path) {
		b, err = bleve.NewUsing(path, newMapping(), scorch.Name, scorch.Name, config)
	}
	if err != nil {
		return nil, fmt.Errorf("bleve: open %s (is another process using it?): %w", path, err)
	}
	x = &Index{bleve: b, analyzer: a, firsts: newFirsts()}
	if err := x.checkFormat(); err != nil {
		return nil, errors.Join(fmt.Errorf("bleve: open %s: %w", path, err), b.Close())
	}
	x.rest = newRest(x.tidy)
	return x, nil
}

// format names how clauses become entries, under the internal key formatKey. Another
// one would be searched without finding anything.
const format = "3"

var formatKey = []byte("wence/format")

// checkFormat marks a new index, and refuses one of another format.
func (x *Index) checkFormat() error {
	found, err := x.bleve.GetInternal(formatKey)
	if err != nil || string(found) == format {
		return err
	}
	if n, err := x.bleve.DocCount(); err != nil || n > 0 {
		return errors.Join(err, fmt.Errorf("the index has format %q, not %q: %w", found, format, index.ErrUnusable))
	}
	return x.bleve.SetInternal(formatKey, []byte(format))
}

func isEmptyDir(path string) bool {
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

func newMapping() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	// Entries are built field by field; bleve is to add nothing.
	m.DefaultMapping.Dynamic = false
	m.DefaultAnalyzer = keyword.Name
	return m
}

// Put implements index.Index.
func (x *Index) Put(ctx context.Context, docs ...*corpus.Document) (err error) {
	x.put.Lock()
	defer x.put.Unlock()
	defer x.guard(&err)()
	batch := x.bleve.NewBatch()
	if err := x.putAll(ctx, batch, docs); err != nil {
		return err
	}
	if err := x.write(batch); err != nil {
		return fmt.Errorf("bleve: write batch: %w", err)
	}
	return nil
}

// write makes the changes of a batch.
func (x *Index) write(batch *bleve.Batch) error {
	defer x.rest.begin()
	return x.bleve.Batch(batch)
}

// putAll adds to batch the documents, and the deletion of their old clauses.
func (x *Index) putAll(ctx context.Context, batch *bleve.Batch, docs []*corpus.Document) error {
	x.rest.pause() // write begins it anew
	for _, d := range docs {
		if err := x.deleteOld(ctx, batch, d.ID); err != nil {
			return fmt.Errorf("bleve: put document %s: %w", d.ID, err)
		}
		for _, e := range entries(x.analyzer, d, x.firsts) {
			if err := batch.IndexAdvanced(e); err != nil {
				return fmt.Errorf("bleve: put document %s: %w", d.ID, err)
			}
		}
	}
	return nil
}

// Delete implements index.Index.
func (x *Index) Delete(ctx context.Context, id string) (err error) {
	x.put.Lock()
	defer x.put.Unlock()
	defer x.guard(&err)()
	batch := x.bleve.NewBatch()
	if err := x.deleteOld(ctx, batch, id); err != nil {
		return fmt.Errorf("bleve: delete document %s: %w", id, err)
	}
	if err := x.write(batch); err != nil {
		return fmt.Errorf("bleve: delete document %s: %w", id, err)
	}
	return nil
}

// deleteOld adds to batch the deletion of every entry of the document.
func (x *Index) deleteOld(ctx context.Context, batch *bleve.Batch, id string) error {
	n, err := x.bleve.DocCount()
	if err != nil || n == 0 {
		return err
	}
	is := query.NewTermQuery(id)
	is.SetField(fieldNames[fieldDocument])
	req := bleve.NewSearchRequestOptions(is, int(n), 0, false)
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

// Search implements index.Index.
func (x *Index) Search(ctx context.Context, q index.Query) (hits []index.Hit, err error) {
	defer x.guard(&err)()
	if len(q.Terms) == 0 {
		return nil, nil
	}
	if q.Limit <= 0 {
		q.Limit = 10
	}
	res, err := x.bleve.SearchInContext(ctx, bleve.NewSearchRequestOptions(&question{q, &x.views}, q.Limit, 0, false))
	if err != nil {
		return nil, fmt.Errorf("bleve: search: %w", err)
	}
	hits = make([]index.Hit, 0, len(res.Hits))
	for _, h := range res.Hits {
		ref, err := parseRef(h.ID)
		if err != nil {
			return nil, err
		}
		hits = append(hits, index.Hit{Ref: ref, Score: h.Score})
	}
	return hits, nil
}

// Frequencies implements index.Index.
func (x *Index) Frequencies(_ context.Context, terms []string) (df []int, clauses int, err error) {
	defer x.guard(&err)()
	s, done, err := x.searching()
	if err != nil {
		return nil, 0, fmt.Errorf("bleve: frequencies: %w", err)
	}
	defer done()
	df = make([]int, len(terms))
	for i, t := range terms {
		if !isTerm(t) {
			continue
		}
		if df[i], err = s.living(fieldTerms, t); err != nil {
			return nil, 0, err
		}
	}
	clauses, err = s.living(fieldKind, kindClause)
	return df, clauses, err
}

// searching begins to search the index as it is now, outside bleve's search. done is to
// be called afterwards.
func (x *Index) searching() (s *searching, done func(), err error) {
	defer x.guard(&err)()
	engine, err := x.scorch()
	if err != nil {
		return nil, nil, err
	}
	reader, err := engine.Reader()
	if err != nil {
		return nil, nil, err
	}
	if s, err = newSearching(reader, &x.views); err != nil {
		return nil, nil, errors.Join(err, reader.Close())
	}
	return s, func() { reader.Close() }, nil //nolint:errcheck // nothing was written
}

// Close implements index.Index.
func (x *Index) Close() error {
	x.rest.close()
	if err := x.bleve.Close(); err != nil {
		return fmt.Errorf("bleve: close: %w", err)
	}
	return nil
}

// The id of a document's entry, and of a hit, is the three parts of a Ref with a NUL between them, which none of
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
