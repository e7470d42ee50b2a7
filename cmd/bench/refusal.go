package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

type refusalCmd struct {
	NCPQA string `arg:"" name:"ncpqa" help:"The folder of NCPQA: corpus.jsonl and queries-dev.jsonl." placeholder:"DIR"`
}

// judged is a question with the evidence for it and whether it can be answered.
type judged struct {
	features   []float64
	sure       float64 // by the weights of the bot
	refit      float64 // by weights fitted on the other folds
	answerable bool
}

// folds is how many parts the questions are cut into: weights are fitted on all but
// one and tried on that one.
const folds = 5

// Run prints how many unanswerable questions are refused while so many answerable
// ones are kept: for each part of the evidence alone, for the weights that the bot
// has, and for weights fitted on other questions.
func (c *refusalCmd) Run(ctx context.Context, out io.Writer) error {
	all, found, err := c.judge(ctx)
	if err != nil {
		return err
	}
	crossFit(all)
	n := 0
	for _, j := range all {
		if j.answerable {
			n++
		}
	}
	fmt.Fprintf(out, "%d answerable (the right document first for %.1f %%), %d unanswerable\n", n, 100*float64(found)/float64(n), len(all)-n)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "kept\tshare\twords\tpairs\tmargin\tall, as the bot has them\tall, fitted on other questions\t")
	for _, kept := range []float64{0.99, 0.97, 0.95, 0.9, 0.8} {
		fmt.Fprintf(table, "%.0f %%\t", 100*kept)
		for i := range all[0].features {
			fmt.Fprintf(table, "%.1f %%\t", 100*refused(all, kept, func(j judged) float64 { return j.features[i] }))
		}
		fmt.Fprintf(table, "%.1f %%\t%.1f %%\t\n", 100*refused(all, kept, func(j judged) float64 { return j.sure }),
			100*refused(all, kept, func(j judged) float64 { return j.refit }))
	}
	return table.Flush()
}

// judge asks a bot on the documents of the collection for the evidence.
func (c *refusalCmd) judge(ctx context.Context) (all []judged, found int, err error) {
	col, err := loadNCPQA(c.NCPQA)
	if err != nil {
		return nil, 0, err
	}
	b, err := botOn(ctx, col)
	if err != nil {
		return nil, 0, err
	}
	for _, q := range col.questions {
		e, err := b.Evidence(ctx, q.Text)
		if err != nil {
			return nil, 0, fmt.Errorf("question %s: %w", q.ID, err)
		}
		if e.Document != nil && slices.Contains(q.Gold, e.Document.ID) {
			found++
		}
		all = append(all, judged{features: e.Features(), sure: e.Sure(), answerable: len(q.Gold) > 0})
	}
	if len(all) == 0 || found == 0 {
		return nil, 0, errors.New("no question of the collection finds its document: is the folder the right one?")
	}
	return all, found, nil
}

// botOn returns a bot that knows the documents of a collection.
func botOn(ctx context.Context, col *collection) (*bot.Bot, error) {
	register, err := policies.Register()
	if err != nil {
		return nil, err
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		return nil, err
	}
	a, err := segment.New(segment.Config{})
	if err != nil {
		return nil, err
	}
	x, err := bleve.New(index.Placed{Analyzer: a, Places: vocabulary.Places})
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, x, col.documents); err != nil {
		return nil, err
	}
	memory := &bot.Memory{}
	for _, d := range col.documents {
		memory.Put(d)
	}
	return bot.New(ctx, bot.Config{
		Documents: memory, Clauses: x, Analyzer: a, Register: register, Vocabulary: vocabulary, Composer: compose.Extractive{},
	})
}

// refused returns the part of the unanswerable questions below the score that kept
// of the answerable ones reach.
func refused(all []judged, kept float64, score func(judged) float64) float64 {
	var yes, no []float64
	for _, j := range all {
		if j.answerable {
			yes = append(yes, score(j))
		} else {
			no = append(no, score(j))
		}
	}
	slices.Sort(yes)
	least := yes[int((1-kept)*float64(len(yes)))]
	n := 0
	for _, s := range no {
		if s < least {
			n++
		}
	}
	return float64(n) / float64(len(no))
}

// crossFit sets refit of each question by weights that were fitted without its fold.
// The file may be in an order, so a fold is every so many-th question.
func crossFit(all []judged) {
	for f := range folds {
		var others []judged
		for i, j := range all {
			if i%folds != f {
				others = append(others, j)
			}
		}
		w := fit(others)
		for i := f; i < len(all); i += folds {
			all[i].refit = dot(w, all[i].features)
		}
	}
}

// fit returns the weights of a logistic regression, the constant last, by gradient
// ascent on the log likelihood with a small ridge.
func fit(all []judged) []float64 {
	const rounds, rate, ridge = 4000, 1.0, 1e-4
	w := make([]float64, len(all[0].features)+1)
	for range rounds {
		g := make([]float64, len(w))
		for _, j := range all {
			miss := -1 / (1 + math.Exp(-dot(w, j.features)))
			if j.answerable {
				miss++
			}
			for i, x := range j.features {
				g[i] += miss * x
			}
			g[len(g)-1] += miss
		}
		for i := range w {
			w[i] += rate * (g[i]/float64(len(all)) - ridge*w[i])
		}
	}
	return w
}

// dot weighs features; the last weight is the constant.
func dot(w, features []float64) float64 {
	sum := w[len(w)-1]
	for i, x := range features {
		sum += w[i] * x
	}
	return sum
}
