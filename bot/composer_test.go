package bot_test

import (
	"context"
	"slices"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
)

// composerFunc is a bot.Composer.
type composerFunc func(context.Context, bot.Brief) (bot.Draft, error)

func (f composerFunc) Compose(ctx context.Context, b bot.Brief) (bot.Draft, error) { return f(ctx, b) }

// TestComposerCannotChangeWhatItIsCheckedAgainst: whoever writes the draft may do with its
// brief what it likes; what it says is checked against ours.
func TestComposerCannotChangeWhatItIsCheckedAgainst(t *testing.T) {
	const lie = "家具企业可以不交税。"
	forged := &corpus.Document{ID: "forged", Status: corpus.InForce, Text: lie, Revision: corpus.RevisionOf(lie), Clauses: []corpus.Clause{{
		Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Text: lie, End: len(lie),
	}}}
	c := newCity(t, composerFunc(func(_ context.Context, b bot.Brief) (bot.Draft, error) {
		for i := range b.Passages {
			p := &b.Passages[i]
			p.Document, p.Clause, p.Start, p.End = forged, &forged.Clauses[0], 0, len(lie)
		}
		return bot.Draft{Sentences: []bot.Sentence{{Text: lie, Handle: "c1", Quote: lie}}}, nil
	}))
	a, err := c.bot.Ask(t.Context(), bot.Question{ID: "q", Text: "家具厂缺钱想贷款找谁?"})
	if err == nil {
		t.Errorf("answered with the composer's own document: %+v", a)
	}
}

// TestRefusedMatterTakesItsBureausAlong: of a question about two matters, one of which
// nothing true was written about, the bureaus of the other are named and no others.
func TestRefusedMatterTakesItsBureausAlong(t *testing.T) {
	c := newCity(t, composerFunc(func(ctx context.Context, b bot.Brief) (bot.Draft, error) {
		d, err := compose.Extractive{}.Compose(ctx, b)
		for i := range d.Sentences {
			if p := b.Passages[slices.IndexFunc(b.Passages, func(p bot.Passage) bool { return p.Handle == d.Sentences[i].Handle })]; p.Clause.Path.Clause() == "二、(四)" {
				d.Sentences[i].Text, d.Sentences[i].Quote = "每人补助五百元。", "每人补助五百元。"
			}
		}
		return d, err
	}))
	asked{
		text: "1.家具贷 2.招聘会", bureaus: everybody(finance, banking), quotes: []string{sayLoan}, places: []string{"二、(二)第1段"},
		never: []string{education, labour, "五百元"},
	}.run(t, c)
}
