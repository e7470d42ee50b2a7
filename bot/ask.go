package bot

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// maxQuestion bounds how much of a question is read, in characters. Longer texts
// are pasted documents, not questions.
const maxQuestion = 600

// maxMatters bounds how many matters of one question are answered.
const maxMatters = 3

// Ask answers a question. An error means that the answer could not be looked up,
// not that there is none.
func (b *Bot) Ask(ctx context.Context, q Question) (Answer, error) {
	start := time.Now()
	a, err := b.ask(ctx, b.known.Load(), q)
	if err != nil {
		return Answer{}, err
	}
	a.ID = q.ID
	a.Bureaus = orEmpty(a.Bureaus)
	a.Citations = orEmpty(a.Citations)
	a.Suggestions = orEmpty(a.Suggestions)
	a.TookUS = time.Since(start).Microseconds()
	return a, nil
}

// orEmpty makes JSON print [] rather than null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (b *Bot) ask(ctx context.Context, k *knowledge, q Question) (Answer, error) {
	r := b.read(k, clip(q.Text))
	if a, ok := b.beforeSearch(r); ok {
		return a, nil
	}
	if a, ok := b.refuseContact(r); ok {
		return a, nil
	}
	picks, err := b.picks(ctx, k, r)
	if err != nil {
		return Answer{}, err
	}
	covered := b.covered(r, picks)
	if a, ok := b.askDuty(k, r, covered, len(q.History) > 0); ok {
		return a, nil
	}
	if len(covered) == 0 && len(q.History) == 0 {
		if covered, err = b.onlyDuty(ctx, k, r); err != nil {
			return Answer{}, err
		}
	}
	if len(q.History) > 0 && (r.aims[aimBack] || len(covered) == 0) && b.recall(k, r, q.History) {
		if picks, err = b.picks(ctx, k, r); err != nil {
			return Answer{}, err
		}
		covered = b.covered(r, picks)
	}
	if place, ok := b.foreign(r, picks); ok {
		return b.refuse(phrase("elsewhere", "place", place, "region", b.Region), nil), nil
	}
	if len(covered) == 0 {
		return b.notCovered(r, picks), nil
	}
	if a, ok := b.tooVague(r, covered); ok {
		return a, nil
	}
	return b.compose(ctx, k, r, q, covered)
}

func (b *Bot) covered(r *reading, picks []pick) []pick {
	var out []pick
	for _, p := range picks {
		if b.covers(r, p) {
			out = append(out, p)
		}
	}
	return out
}

func clip(s string) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) <= maxQuestion {
		return s
	}
	return string([]rune(s)[:maxQuestion])
}

// recall adds what the question before was about to one that leaves it out, and
// reports whether there was anything to add.
func (b *Bot) recall(k *knowledge, r *reading, history []string) bool {
	for i := len(history) - 1; i >= 0; i-- {
		prev := b.read(k, clip(history[i]))
		matter := prev.matter()
		if len(matter) == 0 {
			continue
		}
		own := len(r.matter()) > 0
		if !own {
			// 那海关呢: the bureau is not the matter, but tells which sentence is meant.
			for j := range r.concepts {
				r.concepts[j].body = false
			}
		}
		for _, c := range matter {
			c.context = own
			r.concepts = append(r.concepts, c)
		}
		r.joints, r.stops = nil, nil
		if len(r.aims) == 0 || len(r.aims) == 1 && r.aims[aimBack] {
			for a := range prev.aims {
				r.aims[a] = true
			}
		}
		return true
	}
	return false
}

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
	whole, err := b.rank(ctx, k, matter, r.aims)
	if err != nil || len(whole.best) == 0 {
		return nil, err
	}
	first := choose(r.aims, whole)
	for _, split := range []struct {
		at     []int
		strict bool
	}{{r.joints, false}, {r.stops, !r.aims[aimEach]}} {
		picks, err := b.split(ctx, k, r, r.parts(matter, split.at), split.strict)
		if err != nil {
			return nil, err
		}
		if len(picks) > 1 && !sameSentence(whole.best[0], picks) {
			return merge(picks), nil
		}
	}
	return []pick{first}, nil
}

// split picks a clause for each part. Unless every part leads somewhere by itself
// it was no list of matters, and there is no pick. A strict split, at a comma,
// wants each part to be beyond doubt: a comma joins a story more often than matters.
func (b *Bot) split(ctx context.Context, k *knowledge, r *reading, parts []part, strict bool) ([]pick, error) {
	if len(parts) < 2 || len(parts) > maxMatters {
		return nil, nil
	}
	var picks []pick
	for _, part := range parts {
		if !r.namesMatter(part.concepts) {
			return nil, nil
		}
		rk, err := b.rank(ctx, k, part.concepts, part.aims)
		if err != nil {
			return nil, err
		}
		if len(rk.best) == 0 {
			return nil, nil
		}
		p := choose(part.aims, rk)
		if best := p.best(); !b.covers(r, p) || max(best.literal, best.example) < splitSure || strict && (best.score < strictScore || best.cover < strictCover) {
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
	splitSure   = 0.45
	strictScore = 0.9
	strictCover = 0.6
)

// sameSentence reports whether the sentence that fits the whole question serves
// each of its parts about as well as the one picked for that part.
func sameSentence(best scored, picks []pick) bool {
	for _, p := range picks {
		i := slices.IndexFunc(p.rk.best, func(s scored) bool { return s.doc == best.doc && s.start == best.start })
		if i < 0 {
			return false
		}
		here, there := p.rk.best[i], p.best()
		if here.score < 0.8*there.score && here.score-here.example < 0.8*(there.score-there.example) {
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
}

// parts splits the concepts at byte offsets of the text.
func (r *reading) parts(concepts []concept, at []int) []part {
	var out []part
	start := 0
	for _, end := range append(slices.Clone(at), len(r.text)) {
		p := part{aims: r.aimsIn(start, end)}
		for _, c := range concepts {
			if c.start >= start && c.start < end {
				p.concepts = append(p.concepts, c)
			}
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
	maxQuotes    = 3
)

// choose picks the best clause and its sentences.
func choose(aims map[aim]bool, rk *ranking) pick {
	best := rk.best[0]
	if aims[aimNumber] {
		// Who asks how many wants the sentence with the figure, if one fits nearly as well.
		for _, s := range rk.best {
			if s.hasFigure() && s.score >= 0.6*best.score {
				best = s
				break
			}
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

// foreign reports the place that the question is about if it is none of ours and
// the clause found does not speak about it either. A figure for the province is
// none for its city.
func (b *Bot) foreign(r *reading, picks []pick) (string, bool) {
	if b.Region == "" {
		return "", false
	}
	var foreign string
	for _, f := range r.places {
		ours := slices.ContainsFunc(f.Keys, func(p string) bool {
			return b.Vocabulary.Places.Within(p, b.Region) && !(r.asksFigure() && b.Vocabulary.Places.Above(p, b.Region))
		})
		if ours {
			return "", false // ours is named as well: somebody who moves here
		}
		if foreign == "" && !slices.ContainsFunc(picks, func(p pick) bool { return strings.Contains(p.best().prepared.norm, f.Phrase) }) {
			foreign = f.Phrase
		}
	}
	return foreign, foreign != ""
}

// refuseContact refuses to say how to reach a bureau or who heads it: no policy says so.
func (b *Bot) refuseContact(r *reading) (Answer, bool) {
	if r.aims[aimPerson] || r.aims[aimContact] && len(r.bodies) > 0 {
		return b.refuse(phrase("no_contact"), nil), true
	}
	return Answer{}, false
}

// askDuty answers what a bureau is responsible for, when a question names a
// bureau and no matter that is covered. In a conversation the matter may be that
// of the question before, so there the question must ask for duties.
func (b *Bot) askDuty(k *knowledge, r *reading, covered []pick, conversation bool) (Answer, bool) {
	if len(r.bodies) == 0 {
		return Answer{}, false
	}
	if r.aims[aimDuty] {
		// What a bureau does about a matter is a question about the matter.
		if slices.ContainsFunc(covered, func(p pick) bool { return p.best().literal >= dutyMatter }) {
			return Answer{}, false
		}
	} else if len(covered) > 0 || conversation || len(r.telling()) > 0 {
		return Answer{}, false
	}
	names := b.bodyNames(k, r)
	if !r.aims[aimDuty] && len(names) == 1 && k.ownDuties(names[0]) == 1 {
		return Answer{}, false // see onlyDuty
	}
	if len(names) == 0 {
		return b.refuse(phrase("unknown_bureau", "bureau", r.bodies[0].Name), nil), true
	}
	return b.listDuties(k, names[:min(len(names), maxMatters)]), true
}

// dutyMatter is how much of a matter must stand in the clause in its own words for
// a question after a bureau's duties to be about that matter only.
const dutyMatter = 0.4

// onlyDuty picks the one clause of a bureau that has no other, when a question
// names the bureau and no matter: 税局有没有人跟进.
func (b *Bot) onlyDuty(ctx context.Context, k *knowledge, r *reading) ([]pick, error) {
	names := b.bodyNames(k, r)
	if len(names) != 1 || k.ownDuties(names[0]) != 1 || len(r.telling()) > 0 {
		return nil, nil
	}
	i := slices.IndexFunc(k.duties[names[0]], func(d duty) bool { return !d.Inherited })
	d := k.duties[names[0]][i]
	rk, err := b.rank(ctx, k, r.concepts, r.aims)
	if err != nil {
		return nil, err
	}
	p := b.prepare.prepare(d.doc, d.clause)
	if !slices.ContainsFunc(rk.best, func(s scored) bool { return s.clause == d.clause }) {
		rk.best = rk.score(p, nil)
	}
	rk.best = slices.DeleteFunc(rk.best, func(s scored) bool { return s.clause != d.clause })
	if len(rk.best) == 0 {
		return nil, nil
	}
	return []pick{choose(r.aims, rk)}, nil
}

// telling returns the concepts that say what the matter is.
func (r *reading) telling() []concept {
	return slices.DeleteFunc(r.matter(), func(c concept) bool {
		return !c.term && !c.matter && (utf8.RuneCountInString(c.surface) == 1 || rareness(c.freq) < tellingRareness)
	})
}

// tellingRareness is the rareness from which a word that no lexicon knows tells a
// matter: 写, 办公室 and 分散 do not.
const tellingRareness = 0.7

// bodyNames returns the full names of the bureaus that a question names.
func (b *Bot) bodyNames(k *knowledge, r *reading) []string {
	var out []string
	for _, m := range r.bodies {
		for _, n := range b.Register.Match(m.Name, k.bodies) {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// responsible returns the bureaus of the picked clauses, own ones before shared ones.
func responsible(picks []pick) []corpus.Responsibility {
	var out []corpus.Responsibility
	for _, p := range picks {
		for _, r := range p.best().clause.Responsibilities {
			i := slices.IndexFunc(out, func(o corpus.Responsibility) bool { return o.Bureau == r.Bureau })
			switch {
			case i < 0:
				out = append(out, r)
			case out[i].Inherited && !r.Inherited:
				out[i] = r
			}
		}
	}
	slices.SortStableFunc(out, func(x, y corpus.Responsibility) int {
		return boolInt(x.Inherited) - boolInt(y.Inherited)
	})
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
