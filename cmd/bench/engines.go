package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/keyword" // the analyzers that plainBleve names
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/index/scorch"
	_ "modernc.org/sqlite" // the driver of fts5

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
	engine "github.com/wence-bot/wence/index/bleve"
)

// A contender is an engine that is measured. search returns the number of hits, at
// most 10.
type contender interface {
	put(ctx context.Context, docs []*corpus.Document) error
	compact(ctx context.Context) error // after everything was put
	search(ctx context.Context, question string) (int, error)
	close() error
}

// contenders opens each engine in a folder of its own.
var contenders = map[string]func(dir string) (contender, error){
	"wence": openWence, "bleve": openPlainBleve, "fts5": openFTS5,
}

// wence is our engine as the program opens it, asked as a question in plain words.
type wence struct {
	index.Derived
	analyzer index.Analyzer
}

func openWence(dir string) (contender, error) {
	a, err := analyzer()
	if err != nil {
		return nil, err
	}
	x, err := engine.Folder{Path: filepath.Join(dir, "index"), Analyzer: a}.Open(context.Background())
	return wence{x, a}, err
}

func (w wence) put(ctx context.Context, docs []*corpus.Document) error { return w.Put(ctx, docs...) }

// compact does what the index does by itself when it rests.
func (w wence) compact(ctx context.Context) error {
	return w.Derived.(interface{ Compact(context.Context) error }).Compact(ctx)
}

func (w wence) search(ctx context.Context, question string) (int, error) {
	q := index.QueryOf(w.analyzer, question)
	q.AsOf, q.Limit = "2026-01-01", 10
	hits, err := w.Search(ctx, q)
	return len(hits), err
}

func (w wence) close() error { return w.Close() }

// plainBleve is what bleve's documentation leads to: its analyzer for Chinese, Japanese
// and Korean, which cuts pairs of characters, and a match query, which is an OR.
type plainBleve struct{ bleve.Index }

func openPlainBleve(dir string) (contender, error) {
	path := filepath.Join(dir, "index")
	x, err := bleve.Open(path)
	if errors.Is(err, bleve.ErrorIndexPathDoesNotExist) {
		m := bleve.NewIndexMapping()
		m.DefaultMapping.Dynamic = false
		text := bleve.NewTextFieldMapping()
		text.Analyzer, text.Store, text.IncludeTermVectors, text.IncludeInAll, text.DocValues = "cjk", false, false, false, false
		m.DefaultMapping.AddFieldMappingsAt("text", text)
		x, err = bleve.NewUsing(path, m, scorch.Name, scorch.Name, nil)
	}
	return plainBleve{x}, err
}

func (p plainBleve) put(_ context.Context, docs []*corpus.Document) error {
	b := p.NewBatch()
	for _, d := range docs {
		for _, c := range d.Clauses {
			if err := b.Index(d.ID+"\x00"+c.Path.String(), map[string]string{"text": c.Text}); err != nil {
				return err
			}
		}
	}
	return p.Batch(b)
}

func (p plainBleve) compact(ctx context.Context) error {
	x, err := p.Advanced()
	if err != nil {
		return err
	}
	return x.(*scorch.Scorch).ForceMerge(ctx, nil)
}

func (p plainBleve) search(ctx context.Context, question string) (int, error) {
	q := bleve.NewMatchQuery(question)
	q.SetField("text")
	res, err := p.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, 10, 0, false))
	if err != nil {
		return 0, err
	}
	return len(res.Hits), nil
}

func (p plainBleve) close() error { return p.Close() }

// fts5 is SQLite's full-text search over triples of characters, ranked by its bm25.
type fts5 struct{ *sql.DB }

func openFTS5(dir string) (contender, error) {
	db, err := sql.Open("sqlite", filepath.Join(dir, "fts.sqlite"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS clause (id INTEGER PRIMARY KEY, ref TEXT);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content='', tokenize='trigram');`)
	return fts5{db}, err
}

func (f fts5) put(ctx context.Context, docs []*corpus.Document) error {
	tx, err := f.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for _, d := range docs {
		for _, c := range d.Clauses {
			row, err := tx.ExecContext(ctx, `INSERT INTO clause (ref) VALUES (?)`, d.ID+" "+c.Path.String())
			if err != nil {
				return err
			}
			id, err := row.LastInsertId()
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO words (rowid, text) VALUES (?, ?)`, id, c.Text); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func (f fts5) compact(ctx context.Context) error {
	_, err := f.ExecContext(ctx, `INSERT INTO words (words) VALUES ('optimize')`)
	return err
}

func (f fts5) search(ctx context.Context, question string) (int, error) {
	match := triples(question)
	if match == "" {
		return 0, nil
	}
	rows, err := f.QueryContext(ctx, `SELECT clause.ref, words.rank FROM words JOIN clause ON clause.id = words.rowid
WHERE words MATCH ? ORDER BY words.rank LIMIT 10`, match)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	n := 0
	for rows.Next() {
		n++
	}
	return n, rows.Err()
}

func (f fts5) close() error { return f.Close() }

// triples returns the FTS5 query for any of the triples of characters in a text.
func triples(text string) string {
	var or []string
	seen := map[string]bool{}
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		chars := []rune(run)
		for i := 0; i+3 <= len(chars); i++ {
			if t := string(chars[i : i+3]); !seen[t] {
				seen[t] = true
				or = append(or, fmt.Sprintf("%q", t))
			}
		}
	}
	return strings.Join(or, " OR ")
}
