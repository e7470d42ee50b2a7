package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// A Found is a clause that fits a question, with the best score of its sentences.
type Found struct {
	Document *corpus.Document
	Clause   *corpus.Clause
	Score    float64
}

// Search returns the clauses that fit a question best, best first, without
// deciding whether any of them answers it.
func (b *Bot) Search(ctx context.Context, text string, limit int) ([]Found, error) {
	return b.SearchOn(ctx, "", text, limit)
}

// SearchOn is Search among the policies as they are in force on a day (YYYY-MM-DD),
// empty for today.
func (b *Bot) SearchOn(ctx context.Context, day, text string, limit int) (found []Found, err error) {
	defer Recover(&err)
	return steady(ctx, b, day, func(k *knowledge) ([]Found, error) { return b.searchIn(ctx, k, text, limit) })
}

func (b *Bot) searchIn(ctx context.Context, k *knowledge, text string, limit int) ([]Found, error) {
	r := b.read(k, clip(text))
	if len(k.docs) >= evidenceFrom {
		return b.searchMany(ctx, k, r, limit)
	}
	rk, err := b.rank(ctx, k, r.whole(r.concepts))
	if err != nil {
		return nil, err
	}
	var out []Found
	for _, s := range rk.best {
		if len(out) == limit {
			break
		}
		if s.score > 0 && !slices.ContainsFunc(out, func(f Found) bool { return f.Clause == s.clause }) {
			out = append(out, Found{s.doc, s.clause, s.score})
		}
	}
	return out, nil
}

// What counts in a search among many documents, against 1 for the clause whose words fit
// best. Measured with "bench learn" on two halves of STARD.
const (
	// likeWeight is for a clause that questions like this one led to. It is below what
	// parts the first of a search from the next few: a neighbour of the question must
	// not outweigh the words of the question itself.
	likeWeight = 0.25
	// sameSharpness is the power of the likeness to one example that counts besides: the
	// same question in nearly the same words leads to its clause.
	sameSharpness = 12
	// confirmedWeight is for a document of a thousand confirmed answers; one of thirty
	// has half of it.
	confirmedWeight = 0.2
)

// searchMany is Search among many documents: in the order of the engine, which ranks
// all the words of a question with their documents, of the ways of asking, and of the
// documents that confirmed answers come from.
func (b *Bot) searchMany(ctx context.Context, k *knowledge, r *reading, limit int) ([]Found, error) {
	q := index.QueryOf(index.Placed{Analyzer: b.Analyzer, Places: b.Vocabulary.Places}, r.text)
	q.Limit = limit
	hits, err := k.search(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("bot: search clauses: %w", err)
	}
	concepts, err := b.weigh(ctx, k, r.concepts)
	if err != nil {
		return nil, err
	}
	scores := map[corpus.Ref]float64{}
	for _, h := range hits {
		scores[h.Ref] = h.Score / max(hits[0].Score, h.Score)
	}
	likes, _ := b.likeExamples(k, concepts, r.aims)
	for _, l := range likes {
		if _, ok := scores[l.scenario.ref]; !ok {
			hits = append(hits, index.Hit{Ref: l.scenario.ref})
		}
		scores[l.scenario.ref] += likeWeight*l.likeness + math.Pow(l.nearest, sameSharpness)
	}
	for ref := range scores {
		scores[ref] += confirmedWeight * k.examples.confirmed[ref.Document]
	}
	slices.SortStableFunc(hits, func(x, y index.Hit) int { return cmp.Compare(scores[y.Ref], scores[x.Ref]) })
	var out []Found
	for _, h := range hits {
		p, err := b.fetch(k, h.Ref)
		if err != nil {
			return nil, err
		}
		if p != nil && scores[h.Ref] > 0 && len(out) < limit {
			out = append(out, Found{p.doc, p.clause, scores[h.Ref]})
		}
	}
	return out, nil
}

// ErrSearchBroken is returned by SelfTest.
var ErrSearchBroken = errors.New("the search does not find a clause that is in the index: rebuild the index")

// SelfTest searches for a clause that is known to be there. Chinese search breaks
// silently, with an analyzer that makes no Chinese words, so nobody may be served
// before this has passed.
func (b *Bot) SelfTest(ctx context.Context) error {
	k := b.known.Load()
	return findOne(k.docs, b.Analyzer, func(terms []index.Term, document string) ([]index.Hit, error) {
		return k.search(ctx, index.Query{Terms: terms, Document: document, Limit: selfTestHits})
	})
}

// TestIndex is SelfTest for an index that is not in use yet and has documents.
func TestIndex(ctx context.Context, x index.Index, a index.Analyzer, docs []*corpus.Document) error {
	return findOne(docs, a, func(terms []index.Term, document string) ([]index.Hit, error) {
		return x.Search(ctx, index.Query{Terms: terms, Document: document, Limit: selfTestHits})
	})
}

// selfTestHits is among how many hits the clause must be whose words are searched for.
const selfTestHits = 3

func findOne(docs []*corpus.Document, a index.Analyzer, search func(terms []index.Term, document string) ([]index.Hit, error)) error {
	for _, d := range docs {
		if len(d.Clauses) == 0 {
			continue
		}
		c := &d.Clauses[len(d.Clauses)/2]
		spans := sentenceSpans(d, c)
		if len(spans) == 0 {
			continue
		}
		var terms []index.Term
		sentence := d.Text[spans[0][0]:spans[0][1]]
		for _, t := range a.Terms(sentence) {
			terms = append(terms, index.Term{Text: t.Term, Boost: 1})
		}
		hits, err := search(terms, d.ID)
		if err != nil {
			return fmt.Errorf("bot: self-test: %w", err)
		}
		same := func(h index.Hit) bool { // the sentence may stand in many clauses
			found := d.Clause(h.Ref.Path)
			return found != nil && h.Ref == d.Ref(found.Path) && strings.Contains(found.Text, sentence)
		}
		if !slices.ContainsFunc(hits, same) {
			return fmt.Errorf("bot: self-test: %s of %s: %w", c.Path, d.ID, ErrSearchBroken)
		}
		return nil
	}
	return nil
}
