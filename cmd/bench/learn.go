package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

type learnCmd struct {
	Stard string `arg:"" help:"The folder of STARD: corpus.jsonl.gz and queries-train.jsonl." placeholder:"DIR"`
	Folds int    `help:"Try only this many of the five folds." default:"5"`
}

// Run prints how well the bot finds articles for questions of one fold: plain, and when
// it has learnt the questions of the others as confirmed ones.
func (c *learnCmd) Run(ctx context.Context, out io.Writer) error {
	col, err := loadStard(c.Stard)
	if err != nil {
		return err
	}
	s, err := newSchool(ctx, col)
	if err != nil {
		return err
	}
	var plain, learnt figures
	for f := range min(max(c.Folds, 1), folds) {
		for _, run := range []struct {
			lessons taught
			to      *figures
		}{{nil, &plain}, {s.lessons(f), &learnt}} {
			b, err := s.bot(ctx, run.lessons)
			if err != nil {
				return err
			}
			for i := f; i < len(col.questions); i += folds {
				found, err := b.Search(ctx, col.questions[i].Text, depth)
				if err != nil {
					return err
				}
				var ids []string
				for _, h := range found {
					ids = append(ids, col.unit(h.Document.Ref(h.Clause.Path)))
				}
				run.to.add(ids, col.questions[i].Gold)
			}
		}
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "stard\tquestions\thit@1\thit@5\tR@10\tMRR@10\t")
	for _, row := range []struct {
		name string
		figures
	}{{"plain", plain.mean()}, {"learnt from the other folds", learnt.mean()}} {
		fmt.Fprintf(table, "%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t\n", row.name, row.questions, row.hit1, row.hit5, row.recall10, row.mrr)
	}
	return table.Flush()
}

// A school is what bots on one collection share.
type school struct {
	col    *collection
	config bot.Config
	clause map[string]lessonOn // by unit
}

type lessonOn struct {
	document *corpus.Document
	clause   *corpus.Clause
}

func newSchool(ctx context.Context, col *collection) (*school, error) {
	register, err1 := policies.Register()
	vocabulary, err2 := corpus.LoadVocabulary(policies.FS, "words")
	analyzer, err3 := segment.New(segment.Config{})
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	x, err := bleve.New(index.Placed{Analyzer: analyzer, Places: vocabulary.Places})
	if err != nil {
		return nil, err
	}
	s := &school{col: col, clause: map[string]lessonOn{}}
	memory := &bot.Memory{}
	for _, d := range col.documents {
		memory.Put(d)
		for i := range d.Clauses {
			s.clause[col.unit(d.Ref(d.Clauses[i].Path))] = lessonOn{d, &d.Clauses[i]}
		}
	}
	s.config = bot.Config{
		Documents: memory, Clauses: x, Analyzer: analyzer, Register: register, Vocabulary: vocabulary, Composer: compose.Extractive{},
	}
	return s, fill(ctx, index.Index(x), col.documents)
}

// lessons makes lessons of the questions of all folds but one.
func (s *school) lessons(fold int) taught {
	var out taught
	for i, q := range s.col.questions {
		if i%folds == fold {
			continue
		}
		for _, gold := range q.Gold {
			on, ok := s.clause[gold]
			if !ok {
				continue
			}
			out = append(out, bot.Lesson{
				Answer: q.ID, Question: q.Text, Document: on.document.ID, Region: on.document.Region,
				Clause: on.clause.Path.Clause(), Paragraph: on.clause.Path.Paragraph(), Quote: on.clause.Text,
			})
		}
	}
	return out
}

func (s *school) bot(ctx context.Context, lessons taught) (*bot.Bot, error) {
	c := s.config
	if lessons != nil {
		c.Lessons = lessons
	}
	return bot.New(ctx, c)
}

// taught are lessons that do not change.
type taught []bot.Lesson

func (t taught) Lessons(context.Context) ([]bot.Lesson, error) { return t, nil }

func (taught) Teach(context.Context, bot.Lesson, string, string) error { return errors.ErrUnsupported }

func (taught) Forget(context.Context, string, string, string) error { return errors.ErrUnsupported }
