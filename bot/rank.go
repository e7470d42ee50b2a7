package bot

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// How much a match counts by where it stands, relative to one in the sentence
// itself. A heading says what its clause is about, so it counts more than the
// sentence next door.
const (
	inSentence = 1.0
	inHeading  = 0.6
	inClause   = 0.35
	inTitle    = 0.1
	inTitles   = 0.5 // among several documents, where a title says which is meant
)

// How many clauses and scenarios a search brings in for exact ranking.
const (
	clauseCandidates   = 24
	clausesUnled       = 72 // of policies that no example leads to, whose every clause can name the matter
	scenarioCandidates = 12
)

// A scored sentence is a candidate for the answer.
type scored struct {
	*prepared
	sentence
	score   float64 // lexical + example
	lexis   float64 // the lexical part of it
	cover   float64 // how much of what was asked stands in the clause, 0 to 1, by weight
	within  float64 // how much of it stands in the sentence itself, in the very words
	literal float64 // how much stands in the clause without the thesaurus: in the very words of the question
	nearest float64 // to the most like example alone, 0 to 1
	example float64 // how like the examples of a scenario that leads here, see like
}

// A ranking is all that was found for one set of concepts.
type ranking struct {
	examples *exampleIndex
	concepts []weighted
	total    float64 // sum of the weights, by which what fits is ordered
	asked    float64 // the same for the gate, see leastTold
	best     []scored
	outside  like // the scenario that no policy has to cover and that the question is most like
	// preferDuty is added to the score of clauses that make somebody responsible.
	preferDuty float64
	inTitle    float64 // what a match in the title counts
	aims       map[aim]bool
	text       string   // of the question
	whether    bool     // whether a bureau deals with it is asked
	headings   []string // headings that the question names
	bodies     []string // full names of bureaus that it names
}

// leastTotal is the weight of one telling word. A question that has less of it
// says too little for a full score, unless its words are rare in the language: in the
// clauses of one policy its own matter is in every one.
const (
	leastTotal = 0.8
	leastTold  = 0.8
)

// A weighted concept knows how much it tells one clause from another.
type weighted struct {
	concept
	weight float64
	told   float64 // how much it tells in the language at large, whatever the clauses are
	found  bool    // stands in some clause
}

// rank finds the sentences that fit the concepts best.
func (b *Bot) rank(ctx context.Context, k *knowledge, q part) (*ranking, error) {
	rk := &ranking{examples: &k.examples, preferDuty: preferDuty, inTitle: inTitle, aims: q.aims, text: q.text, headings: q.headings, bodies: q.bodies}
	if len(k.docs) > 1 {
		rk.inTitle = inTitles
	}
	rk.whether = q.aims[aimYesNo] && q.aims[aimDuty]
	if q.aims[aimWho] && !q.aims[aimNumber] {
		rk.preferDuty = preferDutyWho
	}
	var err error
	if rk.concepts, err = b.weigh(ctx, k, q.concepts); err != nil {
		return nil, err
	}
	told := 0.0 // by how rare the words are in the language, however many clauses there are
	for _, c := range rk.concepts {
		rk.total += c.weight
		told += c.told
	}
	if rk.total == 0 {
		return rk, nil
	}
	rk.asked = rk.total
	if rk.total = max(rk.total, leastTotal); told < leastTold {
		rk.asked = rk.total
	}
	var hits []index.Hit
	// Without the regions, those of other places could leave no room for those asked for.
	if regions, some := b.regionsAt(k, q.places); some {
		limit := clauseCandidates
		if len(k.examples.leads) < len(k.docs) {
			limit = clausesUnled
		}
		hits, err = k.search(ctx, index.Query{Terms: b.queryTerms(rk.concepts), Regions: regions, Places: q.places, Limit: limit})
		if err != nil {
			return nil, fmt.Errorf("bot: search clauses: %w", err)
		}
	}
	var likes []like
	likes, rk.outside = b.likeExamples(k, rk.concepts, q.aims)
	seen := map[corpus.Ref]float64{} // what the engine's order counts
	for _, h := range hits {
		if seen[h.Ref] = 0; len(k.docs) >= evidenceFrom {
			seen[h.Ref] = engineOrder * h.Score / max(hits[0].Score, h.Score)
		}
	}
	for i, l := range likes {
		if l.scenario.learnt && len(k.docs) >= evidenceFrom {
			likes[i].likeness *= learntAmongMany
		}
		if _, ok := seen[l.scenario.ref]; !ok {
			ref := l.scenario.ref
			seen[ref] = 0
			hits = append(hits, index.Hit{Ref: ref})
		}
	}
	const usual = 6 // sentences of a clause
	rk.best = make([]scored, 0, usual*len(hits))
	for _, h := range hits {
		p, err := b.fetch(k, h.Ref)
		if err != nil {
			return nil, err
		}
		if p == nil || !b.speaksFor(p.doc, q.places) {
			continue
		}
		scored := holding(rk.score(p, likes), k.day)
		for i := range scored {
			scored[i].score += seen[h.Ref]
			if p.doc == q.document {
				scored[i].score += documentFound
			}
		}
		rk.best = append(rk.best, scored...)
	}
	slices.SortStableFunc(rk.best, func(x, y scored) int { return cmp.Compare(y.score, x.score) })
	return rk, nil
}

// queryTerms spreads the concepts into the terms that clauses are indexed under.
func (b *Bot) queryTerms(concepts []weighted) []index.Term {
	boost := map[string]float64{}
	var order []string
	for _, c := range concepts {
		for _, a := range c.alts {
			for _, t := range b.Analyzer.Terms(a.text) {
				if _, ok := boost[t.Term]; !ok {
					order = append(order, t.Term)
				}
				boost[t.Term] = max(boost[t.Term], c.weight*a.weight)
			}
		}
	}
	out := make([]index.Term, len(order))
	for i, t := range order {
		out[i] = index.Term{Text: t, Boost: boost[t]}
	}
	return out
}

// fetch returns the clause of a hit, ready for matching, or nil if its document is
// not in force any more: an index follows the documents, so it can lag behind them.
func (b *Bot) fetch(k *knowledge, ref corpus.Ref) (*prepared, error) {
	doc := k.current[corpus.Ref{Document: ref.Document, Revision: ref.Revision}]
	if doc == nil {
		return nil, nil
	}
	if p := b.prepare.get(ref); p != nil && p.doc == doc {
		return p, nil
	}
	clause := doc.Clause(ref.Path)
	if clause == nil {
		return nil, fmt.Errorf("bot: the index knows clause %s of %s, the document does not: rebuild the index", ref.Path, doc.ID)
	}
	return b.prepare.prepare(doc, clause), nil
}

// score measures how well each sentence of a clause fits.
func (rk *ranking) score(p *prepared, likes []like) []scored {
	out := make([]scored, len(p.sentences))
	for i, s := range p.sentences {
		out[i] = scored{prepared: p, sentence: s}
	}
	sum := make([]float64, len(out))
	best := make([]float64, len(out)) // of one concept
	for _, c := range rk.concepts {
		clear(best)
		cover, literal := 0.0, 0.0
		for j := range c.alts {
			a := &c.alts[j]
			inText, inHead, title := a.match(p.norm, &p.normHas), a.match(p.heading, &p.headingHas), a.match(p.title, &p.titleHas)
			there := max(inText, inHead)
			if rk.inTitle > inTitle {
				there = max(there, title)
			}
			if j == 0 {
				literal = there
			}
			cover = max(cover, a.weight*there)
			around := a.weight * max(inHead*inHeading, inText*inClause, title*rk.inTitle)
			for i := range out {
				here := 0.0
				if inText > 0 { // what is not in the clause is not in its sentences
					here = a.weight * a.match(out[i].sentence.norm, out[i].has) * inSentence
				}
				if j == 0 {
					out[i].within += c.weight * here / rk.total
				}
				best[i] = max(best[i], here, around)
			}
		}
		for i := range out {
			sum[i] += c.weight * best[i]
			out[i].cover += c.weight * cover / rk.total
			out[i].literal += c.weight * literal / rk.total
		}
	}
	named := 0.0
	for _, h := range rk.headings {
		if strings.Contains(p.heading, h) {
			named = headingNamed
		}
	}
	for _, r := range p.clause.Responsibilities {
		if !r.Inherited && slices.Contains(rk.bodies, r.Bureau) {
			named += bodyNamed
			if rk.whether && rk.names(p) {
				named += bodyAndMatter
			}
			break
		}
	}
	for i := range out {
		for _, l := range likes {
			if l.scenario.ref != p.ref {
				continue
			}
			if out[i].start < l.scenario.end && l.scenario.start < out[i].end {
				out[i].example = max(out[i].example, l.likeness)
				out[i].nearest = max(out[i].nearest, l.nearest)
			} else {
				out[i].example = max(out[i].example, l.likeness*inHeading)
			}
		}
		out[i].score = sum[i]/rk.total + exampleWeight*out[i].example + named
		if len(p.clause.Responsibilities) > 0 {
			out[i].score += rk.preferDuty
		}
		out[i].score += rk.suits(p, out[i].sentence)
		out[i].lexis = sum[i] / rk.total
	}
	return out
}

// preferDuty tips the scales between a clause that gives a task to somebody and
// one that only names an aim: people ask whom to turn to, and some say so.
const (
	preferDuty    = 0.05
	preferDutyWho = 0.2
)

// bodyNamed is added to the score of clauses that a bureau named by the question
// is responsible for. It is small: the name may be a wrong premise.
const bodyNamed = 0.15

// bodyAndMatter is added beside it if whether that bureau deals with a matter is asked
// and the clause names the matter in so many words: others may name it too.
const bodyAndMatter = 0.4

// namesAny reports whether the clause of s names anything that is asked for.
func (rk *ranking) namesAny(s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool {
		return !c.context && utf8.RuneCountInString(c.surface) > 1 && stands(c, s)
	})
}

// actorsOnly reports whether the clause of s names nothing of what is asked but who or
// where it is: a bank is no matter, and much happens at one.
func (rk *ranking) actorsOnly(b *Bot, s scored) bool {
	actor := false
	for _, c := range rk.concepts {
		switch {
		case c.context || c.body || utf8.RuneCountInString(c.surface) < 2 || !stands(c, s):
		case b.Vocabulary.Actors.Has(c.surface):
			actor = true
		default:
			return false
		}
	}
	return actor
}

// names reports whether a clause names all that tells the matter.
func (rk *ranking) names(p *prepared) bool {
	return !slices.ContainsFunc(rk.concepts, func(c weighted) bool {
		return !c.body && !c.context && c.tells() && !stands(c, scored{prepared: p})
	})
}

// engineOrder is what the engine's first hit gains on one that it does not have, among
// many documents: it has ranked them with their characters and documents.
const engineOrder = 0.5

// learntAmongMany is how much more a confirmed question counts among many documents,
// where words stand in many clauses by chance.
const learntAmongMany = 1.5

// documentFound is added to the score of clauses of the document that surely answers.
const documentFound = 0.5

// headingNamed is added to the score of clauses under a heading that the question names.
const headingNamed = 0.5

// exampleWeight is how much likeness to an example counts against words in the text.
const exampleWeight = 1.0

// pairsOf returns the character pairs of a phrase of three characters or more:
// a shorter one is matched as it is or not at all.
func pairsOf(phrase string) []string {
	if utf8.RuneCountInString(phrase) < 3 {
		return nil
	}
	var pairs []string
	prev := -1
	for i, r := range phrase {
		if prev >= 0 {
			pairs = append(pairs, phrase[prev:i+utf8.RuneLen(r)])
		}
		prev = i
	}
	return pairs
}

// match says how much of the alternative stands in text: 1 if it stands there as
// it is, else the part of its character pairs that do, discounted. has is of text.
func (a *alternative) match(text string, has *runes) float64 {
	if text == "" {
		return 0
	}
	if has.holds(a.text) && strings.Contains(text, a.text) {
		return 1
	}
	hit := 0
	for i, p := range a.pairs {
		if has.holds(p) && strings.Contains(text, p) {
			hit++
		} else if hit+len(a.pairs)-i-1 < (len(a.pairs)+1)/2 {
			return 0 // fewer than half can still be found
		}
	}
	if len(a.pairs) == 0 {
		return 0
	}
	if a.apart(text) {
		return 0.8
	}
	return 0.8 * float64(hit) / float64(len(a.pairs))
}

// apart reports whether the words of a term of two-character words stand in text
// one by one: 贷款贴息 in 对贷款给予贴息.
func (a *alternative) apart(text string) bool {
	if len(a.pairs)%2 == 0 {
		return false
	}
	for i := 0; i < len(a.pairs); i += 2 {
		if !strings.Contains(text, a.pairs[i]) {
			return false
		}
	}
	return true
}
