package bot

import (
	"context"
	"regexp"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// A pick is the clause chosen for one matter and the sentences of it to quote,
// the best first.
type pick struct {
	rk        *ranking
	sentences []scored
}

func (p pick) best() scored { return p.sentences[0] }

// picks finds the best clause for each matter of the question.
func (b *Bot) picks(ctx context.Context, k *knowledge, r *reading) ([]pick, error) {
	matter := r.matter()
	if len(matter) == 0 {
		return nil, nil
	}
	whole, err := b.rank(ctx, k, r.whole(matter))
	if err != nil || len(whole.best) == 0 {
		return nil, err
	}
	first := choose(r.aims, whole)
	each := r.asksEach(matter)
	for _, split := range []struct {
		at     []int
		strict bool
	}{{r.joints, false}, {r.stops, !r.aims[aimEach] && !each}} {
		parts := r.parts(matter, split.at)
		picks, err := b.split(ctx, k, r, parts, split.strict)
		if err != nil {
			return nil, err
		}
		if len(picks) > 1 && (each || twoAims(parts) || !oneSentence(r, whole, picks)) {
			return merge(picks), nil
		}
	}
	at := r.joints
	if r.aims[aimEach] {
		at = slices.Sorted(slices.Values(append(slices.Clone(at), r.stops...)))
	}
	if picks, err := b.partly(ctx, k, r, r.parts(matter, at)); err != nil || len(picks) > 0 {
		return picks, err
	}
	return []pick{first}, nil
}

// asksEach reports whether who is responsible is asked once for each of several matters:
// 贷款找谁、贴息又找谁.
func (r *reading) asksEach(matter []concept) bool {
	asking, own := 0, 0
	for _, p := range r.parts(matter, r.stops) {
		if p.aims[aimWho] {
			asking++
		}
		if slices.ContainsFunc(p.concepts, func(c concept) bool { return c.term || len(c.pieces) > 1 }) {
			own++
		}
	}
	return asking > 1 && own == asking
}

// partly picks clauses for the matters of a list that are covered, if others are
// surely not: those it notes in r.uncovered, so that the answer says so.
func (b *Bot) partly(ctx context.Context, k *knowledge, r *reading, parts []part) ([]pick, error) {
	r.uncovered = nil
	if len(parts) < 2 {
		return nil, nil
	}
	var picks []pick
	var uncovered []string
	for _, part := range parts[:min(len(parts), maxMatters)] {
		rk, err := b.rank(ctx, k, part)
		if err != nil {
			return nil, err
		}
		switch {
		case r.strange(rk) && !(len(rk.best) > 0 && b.covers(r, choose(part.aims, rk))):
			first, last := part.concepts[0], part.concepts[len(part.concepts)-1]
			if text := r.text[first.start:last.end]; !slices.Contains(uncovered, text) {
				uncovered = append(uncovered, text)
			}
		case len(rk.best) > 0 && b.namesMatter(r, part.concepts):
			p := choose(part.aims, rk)
			if best := p.best(); b.covers(r, p) && max(best.literal, best.example, best.cover/2) >= splitSure {
				p.sentences = p.sentences[:1]
				picks = append(picks, p)
			}
		}
	}
	if len(picks) == 0 || len(uncovered) == 0 {
		return nil, nil
	}
	r.uncovered = uncovered
	return merge(picks), nil
}

// strange reports whether what was ranked is surely no matter of the policies: one
// of public service that the best clause does not name, or one that people ask for
// in these very words and that no policy has to cover.
func (r *reading) strange(rk *ranking) bool {
	if len(rk.best) == 0 {
		return slices.ContainsFunc(rk.concepts, func(c weighted) bool { return c.matter })
	}
	best := rk.best[0]
	for _, c := range rk.concepts {
		if c.matter && !c.context && !stands(c, best) && !best.sameAs() {
			return true
		}
	}
	return rk.outside.likeness >= gateTerm && r.fromOutside(rk, best)
}

// twoAims reports whether one part asks for a figure and another one who is responsible.
func twoAims(parts []part) bool {
	figure := func(p part) bool { return (p.aims[aimNumber] || p.aims[aimAmount]) && !p.aims[aimWho] }
	who := func(p part) bool { return p.aims[aimWho] && !p.aims[aimNumber] }
	return slices.ContainsFunc(parts, figure) && slices.ContainsFunc(parts, who)
}

// split picks a clause for each part. Unless every part leads somewhere by itself
// it was no list of matters, and there is no pick. A strict split, at a comma,
// wants each part to be beyond doubt: a comma joins a story more often than matters.
func (b *Bot) split(ctx context.Context, k *knowledge, r *reading, parts []part, strict bool) ([]pick, error) {
	if len(parts) < 2 {
		return nil, nil
	}
	parts = parts[:min(len(parts), maxMatters)]
	var picks []pick
	for _, part := range parts {
		if !b.namesMatter(r, part.concepts) {
			return nil, nil
		}
		rk, err := b.rank(ctx, k, part)
		if err != nil {
			return nil, err
		}
		if len(rk.best) == 0 {
			return nil, nil
		}
		p := choose(part.aims, rk)
		best := p.best()
		sure := max(best.literal, best.example)
		if r.aims[aimEach] {
			sure = max(sure, best.cover/2) // who says so has several matters, in whatever words
		}
		if r.numbered {
			sure = max(sure, splitSure) // and who numbers them leaves no doubt
		}
		if !b.covers(r, p) || sure < splitSure || strict && (best.score-rk.preferDuty < strictScore || best.cover < strictCover) {
			return nil, nil
		}
		p.sentences = p.sentences[:1]
		picks = append(picks, p)
	}
	return picks, nil
}

// Each part of a split must say in the clause's own words, or like an example,
// what it is about. The other two are what is beyond doubt for a split at a comma.
const (
	splitSure   = 0.4
	strictScore = 0.9
	strictCover = 0.6
)

// oneSentence reports whether one sentence serves each part of a question about
// as well as the one picked for that part: then it was no list. Who sets two
// matters against each other names two, whatever sentence holds the words of both.
func oneSentence(r *reading, whole *ranking, picks []pick) bool {
	if r.aims[aimCompare] || r.aims[aimEach] {
		return serves(whole.best[0], picks, scored.literally)
	}
	if serves(whole.best[0], picks, func(s scored) float64 { return s.score }) {
		return true
	}
	for _, s := range whole.best[:min(len(whole.best), sentencesTried)] {
		if serves(s, picks, scored.lexical) {
			return true
		}
	}
	return false
}

func (s scored) lexical() float64 { return s.score - s.example }

// literally counts the thesaurus little: a sentence may hold a word that stands
// for both of two matters.
func (s scored) literally() float64 { return s.within + 0.3*s.lexical() }

// sentencesTried is how many of the best sentences are looked at.
const sentencesTried = 5

func serves(sentence scored, picks []pick, fit func(scored) float64) bool {
	for _, p := range picks {
		i := slices.IndexFunc(p.rk.best, func(s scored) bool { return s.doc == sentence.doc && s.start == sentence.start })
		if i < 0 || fit(p.rk.best[i]) < 0.8*fit(p.best()) {
			return false
		}
	}
	return true
}

// merge joins picks of the same clause.
func merge(picks []pick) []pick {
	var out []pick
	for _, p := range picks {
		i := slices.IndexFunc(out, func(o pick) bool { return o.best().clause == p.best().clause })
		if i < 0 {
			out = append(out, p)
			continue
		}
		for _, s := range p.sentences[:1] {
			if !slices.ContainsFunc(out[i].sentences, func(o scored) bool { return o.start == s.start }) {
				out[i].sentences = append(out[i].sentences, s)
			}
		}
	}
	return out
}

// A part is what stands of a question between two places where it may be split.
type part struct {
	concepts []concept
	aims     map[aim]bool
	text     string           // of the question
	headings []string         // headings of the policies that the question names
	bodies   []string         // full names of the bureaus that it names
	places   []string         // places whose policies alone can answer it; none means any
	document *corpus.Document // the one that surely answers, if that is known
}

// whole is the question as one part, of the given concepts.
func (r *reading) whole(concepts []concept) part {
	p := part{concepts: concepts, aims: r.aims, text: r.text, headings: r.headings, bodies: r.names, places: r.only}
	if r.evidence != nil {
		p.document = r.evidence.found()
	}
	return p
}

// parts splits the concepts at byte offsets of the text.
func (r *reading) parts(concepts []concept, at []int) []part {
	var out []part
	start := 0
	for _, end := range append(slices.Clone(at), len(r.text)) {
		p := part{aims: r.aimsIn(start, end), text: r.text[min(start, end):end], headings: r.headings, bodies: r.names, places: r.only}
		for _, c := range concepts {
			if c.start >= start && c.start < end && (len(c.pieces) < 2 || c.end <= end) {
				p.concepts = append(p.concepts, c)
			}
		}
		if n := len(out); len(p.concepts) == 0 && n > 0 && p.aims[aimWho] && !out[n-1].aims[aimWho] {
			p.concepts = out[n-1].concepts // 目标几家?谁在推: the same matter is asked about twice
		}
		if len(p.concepts) > 0 {
			out = append(out, p)
		}
		start = end
	}
	return out
}

// A further sentence of the clause is quoted too if it fits nearly as well as the
// best, and at most this many in all: an answer in a chat is short.
const (
	nearlyAsGood = 0.66
	maxQuotes    = 2
)

// How well, against the best, a sentence must fit to be chosen for its figure or date.
const (
	figureFits = 0.6
	dateFits   = 0.9
)

var digits = regexp.MustCompile(`[0-9]`)

// choose picks the best clause and its sentences.
func choose(aims map[aim]bool, rk *ranking) pick {
	best := rk.best[0]
	// Who asks how many or when wants the sentence with the figure, if one fits nearly as well.
	wanted, fits := (*regexp.Regexp)(nil), 0.0
	switch {
	case aims[aimDate]:
		wanted, fits = day, dateFits
	case aims[aimAmount]:
		wanted, fits = money, figureFits
	case aims[aimNumber]:
		wanted, fits = digits, figureFits
	}
	if wanted != nil {
		i := slices.IndexFunc(rk.best, func(s scored) bool {
			if aims[aimDate] && !rk.examples.leads[s.doc.ID] {
				fits = figureFits
			}
			asWell := s.score >= fits*best.score || !aims[aimDate] && s.within >= best.within && best.within > 0
			return asWell && wanted.MatchString(s.sentence.norm)
		})
		if i >= 0 {
			best = rk.best[i]
		}
	}
	p := pick{rk: rk, sentences: []scored{best}}
	for _, s := range rk.best {
		if len(p.sentences) == maxQuotes {
			break
		}
		if s.clause == best.clause && s.start != best.start && s.score >= nearlyAsGood*best.score {
			p.sentences = append(p.sentences, s)
		}
	}
	return p
}
