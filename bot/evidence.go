package bot

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// Evidence says how far what a question asks for stands in the document that fits
// it best. Over many documents something fits every question, so one score cannot
// tell a question that is answered from one whose document is not there. Each part
// is 0 if nothing stands there.
type Evidence struct {
	Document *corpus.Document // nil if nothing was found
	Share    float64          // BM25 of the document for the question's character pairs, per weight of a pair
	Words    float64          // part of the words that stand in the document, by weight
	Pairs    float64          // part of the pairs that stand in the best clause, its headings or the title, by weight
	Margin   float64          // by how much the document fits better than the next
}

// Features returns the parts in a fixed order.
func (e Evidence) Features() []float64 {
	return []float64{e.Share, e.Words, e.Pairs, e.Margin}
}

// Sure weighs the parts into one figure: the log odds that the document answers, as
// a logistic regression over the answerable and unanswerable questions of NCPQA
// found them. Run go run ./cmd/bench refusal for the curve, and for what the weights
// are worth on questions that they were not fitted on.
func (e Evidence) Sure() float64 {
	if e.Document == nil {
		return math.Inf(-1)
	}
	return 2.5*e.Share + 3.8*e.Words + 3.2*e.Pairs + 1.6*e.Margin - 7.65
}

// What BM25 makes of how often a term stands in a text, and of the text's length.
const (
	bm25K1 = 1.2
	bm25B  = 0.75
)

// How many documents are looked at, and how many clauses bring them in.
const (
	evidenceDocuments = 40
	evidenceClauses   = 400
)

// gram is a character pair or a word of a question, with its weight.
type gram struct {
	text   string
	weight float64
}

// Evidence looks for what a question asks in the documents, of whatever place.
func (b *Bot) Evidence(ctx context.Context, text string) (Evidence, error) {
	k := b.known.Load()
	return b.evidence(ctx, k, b.read(k, clip(text)), nil)
}

// Among this many documents something fits every question, so evidence is asked for.
const evidenceFrom = 5

// Below leastSure a question has no answer unless its words or an example are beyond
// doubt, from mostSure its document is found whatever single words say. Seen on
// questions of our own about 50 documents of ten cities.
const (
	leastSure = -1.0
	mostSure  = 1.0
)

// found returns the document that surely answers, or nil.
func (e Evidence) found() *corpus.Document {
	if e.Sure() < mostSure {
		return nil
	}
	return e.Document
}

// evidenceHere is evidence of the documents that can answer for the places that a
// question names.
func (b *Bot) evidenceHere(ctx context.Context, k *knowledge, r *reading) (Evidence, error) {
	e, err := b.evidence(ctx, k, r, nil)
	if err != nil || e.Document == nil || b.speaksFor(e.Document, r.only) {
		return e, err
	}
	return b.evidence(ctx, k, r, r.only)
}

func (b *Bot) evidence(ctx context.Context, k *knowledge, r *reading, places []string) (Evidence, error) {
	pairs, words := b.grams(r.text)
	if err := weighGrams(ctx, k, pairs); err != nil {
		return Evidence{}, err
	}
	if err := weighGrams(ctx, k, words); err != nil {
		return Evidence{}, err
	}
	regions, some := b.regionsAt(k, places)
	if !some {
		return Evidence{}, nil
	}
	hits, err := k.search(ctx, index.Query{Terms: termsOf(pairs, words), Regions: regions, Limit: evidenceClauses})
	if err != nil {
		return Evidence{}, fmt.Errorf("bot: search for evidence: %w", err)
	}
	var all []weighed
	seen := map[*corpus.Document]int{}
	for _, h := range hits {
		p, err := b.fetch(k, h.Ref)
		if err != nil {
			return Evidence{}, err
		}
		if p == nil || !b.speaksFor(p.doc, places) {
			continue
		}
		i, ok := seen[p.doc]
		if !ok {
			if len(all) == evidenceDocuments {
				continue
			}
			i = len(all)
			seen[p.doc] = i
			norm := b.prepare.document(p.doc)
			all = append(all, weighed{norm: norm, share: share(pairs, norm, k.meanLength)})
		}
		if s := share(pairs, p.norm, meanClause); all[i].clause == nil || s > all[i].best {
			all[i].clause, all[i].best = p, s
		}
	}
	if len(all) == 0 {
		return Evidence{}, nil
	}
	slices.SortStableFunc(all, func(x, y weighed) int { return cmp.Compare(y.share+y.best, x.share+x.best) })
	return all[0].evidence(pairs, words, all[1:]), nil
}

// weighed is a document with how well it and its best clause fit.
type weighed struct {
	norm   string
	share  float64
	clause *prepared
	best   float64
}

func (w weighed) evidence(pairs, words []gram, rest []weighed) Evidence {
	place := w.clause.norm + "\n" + w.clause.heading + "\n" + w.clause.title
	e := Evidence{
		Document: w.clause.doc, Share: w.share, Words: partThat(words, w.norm), Pairs: partThat(pairs, place),
		Margin: w.share + w.best,
	}
	if len(rest) > 0 {
		e.Margin -= rest[0].share + rest[0].best
	}
	return e
}

// partThat returns the part of grams, by weight, that stand in text: 1 if there are none.
func partThat(grams []gram, text string) float64 {
	sum, there := 0.0, 0.0
	for _, g := range grams {
		sum += g.weight
		if strings.Contains(text, g.text) {
			there += g.weight
		}
	}
	if sum == 0 {
		return 1
	}
	return there / sum
}

// share returns the BM25 of text per weight of the grams.
func share(grams []gram, text string, mean float64) float64 {
	length := bm25K1 * (1 - bm25B + bm25B*float64(len(text))/mean)
	sum, score := 0.0, 0.0
	for _, g := range grams {
		sum += g.weight
		if n := float64(strings.Count(text, g.text)); n > 0 {
			score += g.weight * n * (bm25K1 + 1) / (n + length)
		}
	}
	if sum == 0 {
		return 0
	}
	return score / sum
}

// grams returns the character pairs and the words that carry what is asked: all
// but the frame of the question.
func (b *Bot) grams(text string) (pairs, words []gram) {
	tokens := b.Analyzer.Words(text)
	border := borders(tokens)
	frame := newMarks(len(text) + 1)
	for _, f := range b.Vocabulary.Frames.Find(text) {
		if utf8.RuneCountInString(f.Phrase) > 1 || border[f.Start] && border[f.End] {
			frame.set(f.Start, f.End, markFiller)
		}
	}
	seen := map[string]bool{}
	add := func(to *[]gram, start, end int) {
		if s := text[start:end]; !seen[s] {
			seen[s] = true
			*to = append(*to, gram{text: s})
		}
	}
	for i, c := range text {
		mid := i + utf8.RuneLen(c)
		next, size := utf8.DecodeRuneInString(text[mid:])
		if size > 0 && isHan(string(c)) && isHan(string(next)) && !frame.any(i, mid+size, markFiller) {
			add(&pairs, i, mid+size)
		}
	}
	for _, t := range tokens {
		if meaningful(t.Term) && !isHan(t.Term) {
			add(&pairs, t.Start, t.End)
		}
	}
	clear(seen)
	for _, t := range tokens {
		if meaningful(t.Term) && !frame.any(t.Start, t.End, markFiller) {
			add(&words, t.Start, t.End)
		}
	}
	if len(pairs) == 0 {
		pairs = slices.Clone(words)
	}
	return pairs, words
}

func weighGrams(ctx context.Context, k *knowledge, grams []gram) error {
	var terms []string
	for _, g := range grams {
		terms = append(append(terms, g.text), pairsOf(g.text)...)
	}
	df, n, err := k.frequencies(ctx, terms)
	if err != nil {
		return fmt.Errorf("bot: weigh words: %w", err)
	}
	for i := range grams {
		own := 1 + len(pairsOf(grams[i].text))
		grams[i].weight = idf(frequency(df[:own]), n)
		df = df[own:]
	}
	return nil
}

func termsOf(lists ...[]gram) []index.Term {
	var out []index.Term
	for _, grams := range lists {
		for _, g := range grams {
			if !slices.ContainsFunc(out, func(t index.Term) bool { return t.Text == g.text }) {
				out = append(out, index.Term{Text: g.text, Boost: 1})
			}
		}
	}
	return out
}
