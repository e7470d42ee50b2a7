package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

type qualityCmd struct {
	Stard string `help:"The folder of STARD: corpus.jsonl.gz and queries-train.jsonl." placeholder:"DIR"`
	NCPQA string `name:"ncpqa" help:"The folder of NCPQA: corpus.jsonl and queries-dev.jsonl." placeholder:"DIR"`
}

// depth is how many hits are looked at.
const depth = 100

// Run prints a line of figures for each collection. Questions without gold are left
// out: to refuse them is the bot's task.
func (c *qualityCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Stard == "" && c.NCPQA == "" {
		return errors.New("nothing to measure: give --stard or --ncpqa")
	}
	a, err := analyzer()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "collection\tclauses\tquestions\thit@1\thit@5\tR@10\tR@100\tMRR@10\t")
	for _, load := range []struct {
		dir  string
		read func(string) (*collection, error)
	}{{c.Stard, loadStard}, {c.NCPQA, loadNCPQA}} {
		if load.dir == "" {
			continue
		}
		col, err := load.read(load.dir)
		if err != nil {
			return err
		}
		f, err := measure(ctx, a, col)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n",
			col.name, col.clauses(), f.questions, f.hit1, f.hit5, f.recall10, f.recall100, f.mrr)
	}
	return table.Flush()
}

// analyzer returns one without words of any matter, that knows places.
func analyzer() (index.Analyzer, error) {
	a, err := segment.New(segment.Config{})
	if err != nil {
		return nil, err
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	return index.Placed{Analyzer: a, Places: vocabulary.Places}, err
}

// measure indexes a collection on disk and asks its questions.
func measure(ctx context.Context, a index.Analyzer, c *collection) (_ figures, err error) {
	dir, err := os.MkdirTemp("", "wence-bench-")
	if err != nil {
		return figures{}, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	x, err := bleve.Open(dir, a)
	if err != nil {
		return figures{}, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	if err := fill(ctx, x, c.documents); err != nil {
		return figures{}, err
	}
	var f figures
	for _, q := range c.questions {
		if len(q.Gold) == 0 {
			continue
		}
		query := index.QueryOf(a, q.Text)
		query.Limit = 3 * depth
		hits, err := x.Search(ctx, query)
		if err != nil {
			return f, fmt.Errorf("question %s: %w", q.ID, err)
		}
		f.add(units(hits, c.unit), q.Gold)
	}
	return f.mean(), nil
}

// fill puts documents into an index in batches of about a thousand clauses.
func fill(ctx context.Context, x index.Index, docs []*corpus.Document) error {
	for len(docs) > 0 {
		n, clauses := 0, 0
		for n < len(docs) && (n == 0 || clauses+len(docs[n].Clauses) <= 1000) {
			clauses += len(docs[n].Clauses)
			n++
		}
		if err := x.Put(ctx, docs[:n]...); err != nil {
			return err
		}
		docs = docs[n:]
	}
	return nil
}

// units returns the units of hits, each once, best first, at most depth.
func units(hits []index.Hit, unit func(corpus.Ref) string) []string {
	seen, out := map[string]bool{}, []string{}
	for _, h := range hits {
		if u := unit(h.Ref); !seen[u] && len(out) < depth {
			seen[u] = true
			out = append(out, u)
		}
	}
	return out
}

// figures are means over questions, each 0 to 1.
type figures struct {
	questions           int
	hit1, hit5          float64 // some gold unit is among the first 1, 5
	recall10, recall100 float64 // part of the gold units among the first 10, 100
	mrr                 float64 // 1/rank of the first gold unit, 0 after 10
}

// add adds what was found for one question.
func (f *figures) add(found, gold []string) {
	f.questions++
	isGold := map[string]bool{}
	for _, g := range gold {
		isGold[g] = true
	}
	part, first := 1/float64(len(isGold)), true
	for i, u := range found {
		if !isGold[u] {
			continue
		}
		f.recall100 += part
		if i < 10 {
			f.recall10 += part
		}
		if first && i < 1 {
			f.hit1++
		}
		if first && i < 5 {
			f.hit5++
		}
		if first && i < 10 {
			f.mrr += 1 / float64(i+1)
		}
		first = false
	}
}

// mean divides what was added up by the number of questions.
func (f figures) mean() figures {
	if n := float64(f.questions); n > 0 {
		for _, v := range []*float64{&f.hit1, &f.hit5, &f.recall10, &f.recall100, &f.mrr} {
			*v /= n
		}
	}
	return f
}
