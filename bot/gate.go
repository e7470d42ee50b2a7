package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// The gate decides whether what was asked is really in the clause that was found.
// A wrong bureau is worse than no bureau, so what is doubtful is refused.

// The thresholds were read off the curve of wence eval over the golden questions.
const (
	gateScore    = 0.6  // least score of an answer
	gateCover    = 0.3  // least part of what was asked that stands in the clause …
	gateLike     = 0.42 // … unless the question is at least so like an example
	gateFigure   = 0.45 // the same for who asks for a figure that is not there …
	gateLiteral  = 0.25 // … and who also must use the clause's own words
	gateSame     = 0.85 // so like an example that it is the same question, whatever words it holds
	gateNearest  = 0.75 // … and so like one alone
	gateVerySame = 0.85 // … and so like one, if several words tell another matter
	gateAlone    = 0.45 // so like one alone must be who names nothing that the clause has
	gateTerm     = 0.6
	gateMost     = 0.75
	gateBesides  = 0.7 // so like an example that a matter beside it is part of the story
	gateOutside  = 1.1 // so much more like what no policy has to cover than like anything that one does
	gateClose    = 0.9 // about as like, which is enough if the clause does not say what is asked
	gateThin     = 0.5 // less of what was asked than this is not enough …
	gateUnlike   = 0.3 // … if it is no more like an example
	gateRude     = 1.0 // least score when the text reads like anything but a question
)

// covers reports whether the pick answers the question.
func (b *Bot) covers(r *reading, p pick) bool {
	best := p.best()
	// A bureau that is named tells more than the matter; what examples lead to is judged
	// with those.
	if len(r.names) == 0 && !p.rk.examples.leads[best.doc.ID] {
		best = p.rk.judged(best)
	}
	found := false
	if e := r.evidence; e != nil {
		found = e.found() == best.doc
		titled := p.rk.titledMatter(best)
		if e.Sure() < leastSure && best.cover < gateMost && best.example < gateTerm && !titled {
			return false
		}
		if !titled && b.inPassing(r, p.rk, best) {
			return false
		}
	} else if !p.rk.examples.leads[best.doc.ID] && !p.rk.titledMatter(best) && b.inPassing(r, p.rk, best) {
		return false // see leads: no example says that it deals with the matter
	}
	switch {
	case best.score < gateScore && !found:
		return false
	case r.evidence != nil && len(r.only) > 0 && (best.doc.Region == corpus.Nation || best.doc.Region == "") && !found && best.literal < gateMost:
		return false // what is done in a place is seldom said by one that is of none
	case !found && r.fromOutside(p.rk, best) && !(r.evidence != nil && p.rk.titledMatter(best)) && !p.rk.explained(best, 2) && !(r.aims[aimWho] && !r.asksFigure() && p.rk.namesAll(best)) && !r.agrees(p.rk, best):
		return false
	case !found && b.foreignBody(r, best) && !r.aims[aimYesNo] && !(best.example >= gateTerm && best.cover >= gateFigure):
		return false
	case r.bystander && !p.rk.namesAny(best):
		return false
	case !found && best.example < gateBesides && p.rk.actorsOnly(b, best):
		return false
	case !found && best.cover < gateThin && best.example < gateUnlike && !p.rk.explained(best, 2):
		return false
	case !found && r.evidence == nil && best.nearest < gateAlone && b.strangers(r, p.rk, best):
		return false
	case !found && best.nearest < gateAlone && b.rewardsOther(r, p.rk, best):
		return false
	case r.aims[aimMention] && p.rk.saysOtherwise(best):
		return false
	case !sameYear(r, best):
		return false
	case r.aims[aimPast] && r.asksFigure():
		return false
	case r.rude() && !r.rudelyCovered(p):
		return false
	case r.asksFigure() && b.missing(r, []pick{p}) != "" && !best.beyondFigure():
		return false
	}
	for _, c := range p.rk.concepts {
		if !c.matter || c.context || found || stands(c, best) || p.rk.within(c, best) || r.circumstance(p.rk, c, best) {
			continue
		}
		// What a term of the thesaurus means is less sure than that a matter is one.
		sure := best.sameAs() && (len(c.pieces) < 2 || best.nearest >= gateVerySame) || c.term && (best.example >= gateTerm || best.cover >= gateMost)
		if !sure && !r.besides(p.rk, c, best) || p.rk.qualifies(c, best) {
			return false
		}
	}
	if found {
		return true
	}
	like := gateLike
	if len(p.rk.concepts) == 1 {
		like = gateTerm // one word is like an example by chance
	}
	if !slices.ContainsFunc(p.rk.concepts, func(c weighted) bool { return utf8.RuneCountInString(c.surface) > 1 }) {
		return best.example >= like // lone characters stand in a clause by chance
	}
	return best.cover >= gateCover || best.example >= like
}

// judged returns s as the gate sees it: by what the question says in the language at
// large, so that the same clause answers whatever else is in the policies.
func (rk *ranking) judged(s scored) scored {
	if rk.asked == 0 {
		return s
	}
	more := rk.total / rk.asked
	s.score += s.lexis * (more - 1)
	s.cover, s.literal, s.within = s.cover*more, s.literal*more, s.within*more
	return s
}

// sameAs reports whether a question is so like an example, and one alone, that it is the
// same question: to share a word with each of many is not enough.
func (s scored) sameAs() bool { return s.example >= gateSame && s.nearest >= gateNearest }

// strangers reports whether all that tells the matter, and there is something, is unknown
// to the clause of s: then only an example can lead there.
func (b *Bot) strangers(r *reading, rk *ranking, s scored) bool {
	some, figure := false, false
	for _, c := range rk.concepts {
		place := slices.ContainsFunc(r.places, func(f corpus.Found) bool { return f.Start <= c.start && c.end <= f.End })
		switch {
		case c.context || len(c.pieces) > 0 && stands(c, s):
			return false
		case c.figure:
			figure = figure || stands(c, s)
		case c.body || place || !c.tells() && len(rk.concepts) > 1 || slices.Contains(b.Vocabulary.Aims.KeysOf(c.surface), string(aimReward)):
		case stands(c, s):
			return false
		case !b.Vocabulary.Actors.Has(c.surface):
			some = true
		}
	}
	return some || figure
}

// namesAll reports whether a question says nothing of a matter but terms of policy that
// stand in the clause of s, four characters of one at least: then it is about these, though
// what no policy has to cover is asked for in the same way (高企认定找谁).
func (rk *ranking) namesAll(s scored) bool {
	long := false
	for _, c := range rk.concepts {
		switch {
		case c.context || c.body || !c.tells():
		case !c.term || len(c.pieces) > 0 || !stands(c, s):
			return false
		default:
			long = long || utf8.RuneCountInString(c.surface) >= termLength
		}
	}
	return long && s.cover >= gateThin
}

// rewardsOther reports whether all that the clause of s has of a question is money, and
// what the question wants it for is unknown to it: 氢能补贴 is no 补贴 for apprentices.
func (b *Bot) rewardsOther(r *reading, rk *ranking, s scored) bool {
	money := -1
	for _, c := range rk.concepts {
		switch {
		case c.context || c.body || !stands(c, s):
		case slices.Contains(b.Vocabulary.Aims.KeysOf(c.surface), string(aimReward)):
			money = c.start
		case utf8.RuneCountInString(c.surface) > 1:
			return false // a lone character stands there by chance
		}
	}
	wanted := -1 // the last concept before the money, in its sentence
	for i, c := range rk.concepts {
		if c.end <= money && !r.sentenceEnds(c.end, money) && !c.context && !c.body && (wanted < 0 || c.end > rk.concepts[wanted].end) {
			wanted = i
		}
	}
	return wanted >= 0 && !stands(rk.concepts[wanted], s) && !b.Vocabulary.Actors.Has(rk.concepts[wanted].surface)
}

// saysOtherwise reports whether the clause of s lacks a telling word of the question, or
// has it under a name that shares nothing with it: who asks whether it is mentioned means
// the word.
func (rk *ranking) saysOtherwise(s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool {
		if c.context || c.body || len(c.pieces) > 1 || !c.tells() {
			return false
		}
		return !slices.ContainsFunc(c.alts, func(a alternative) bool {
			there := max(a.match(s.prepared.norm, &s.normHas), a.match(s.heading, &s.headingHas), a.match(s.title, &s.titleHas))
			return there >= standing && strings.ContainsAny(a.text, c.surface)
		})
	})
}

// besides reports whether a matter that the clause of s does not name is told besides
// one that it does: 电费太高,哪里浪费电. Then the question is like an example, more than
// like any that no policy has to cover, by a term that stands there. The term is what is
// asked for only if it does not go before the matter in the same sentence: Chinese puts
// the head last, so 技改项目环评 is an 环评.
func (r *reading) besides(rk *ranking, c weighted, s scored) bool {
	return s.example >= gateBesides && s.example > gateOutside*rk.outside.likeness &&
		slices.ContainsFunc(rk.concepts, func(o weighted) bool {
			if !o.term && len(o.pieces) < 2 || o.context || c.holds(o) || r.isTopic(o.concept) || !stands(o, s) {
				return false
			}
			if o.end > c.start {
				return o.start != c.end
			}
			return r.sentenceEnds(o.end, c.start)
		})
}

// holds reports whether a concept is made of a word of a compound: then it is part of what
// the compound tells, and nothing besides. A longer term says more than the word: 海关通关.
func (c weighted) holds(o weighted) bool {
	return len(c.pieces) > 1 && slices.ContainsFunc(c.pieces, func(p [2]int) bool {
		more := len(o.pieces) == 0 && o.start <= p[0] && p[1] <= o.end && o.end-o.start > p[1]-p[0]
		return p[0] < o.end && o.start < p[1] && !more
	})
}

// qualifies reports whether a listed matter stands right before a term of the clause of s
// and makes another matter of it: 幼儿园学位 is no 学位 of what the clause calls so.
func (rk *ranking) qualifies(c weighted, s scored) bool {
	return c.sure && slices.ContainsFunc(rk.concepts, func(o weighted) bool {
		return o.term && !o.context && o.start == c.end && stands(o, s)
	})
}

// fromOutside reports whether a question is more like one that no policy has to
// cover than like anything that leads to the clause of s. A document that was put in may
// cover it all the same: of one that no example leads to, and among many documents, a
// word must be left that it does not name.
func (r *reading) fromOutside(rk *ranking, s scored) bool {
	o := rk.outside.likeness
	clear := o > gateOutside*max(s.example, s.literal)
	near := o > gateClose*s.example && s.literal < gateTerm && s.cover < gateMost
	return o >= gateFigure && (clear || near) && (r.evidence == nil && rk.examples.leads[s.doc.ID] && !rk.saysTwo(s) || rk.examples.explains(rk.outside.scenario, rk.concepts, s))
}

// saysTwo reports whether most of a question, and two words of it at least, stand in the
// clause of s as they are: then to share one of them with others proves nothing.
func (rk *ranking) saysTwo(s scored) bool {
	n := 0
	for _, c := range rk.concepts {
		if said := &c.alts[0]; !c.context && utf8.RuneCountInString(c.surface) > 1 {
			if max(said.match(s.prepared.norm, &s.normHas), said.match(s.heading, &s.headingHas)) >= standing {
				n++
			}
		}
	}
	return n > 1 && s.literal >= gateMost
}

// agrees reports whether a question names a bureau that is responsible for the clause of
// s, and a matter that stands there: then it is no question of elsewhere.
func (r *reading) agrees(rk *ranking, s scored) bool {
	responsible := slices.ContainsFunc(s.clause.Responsibilities, func(d corpus.Responsibility) bool { return slices.Contains(r.names, d.Bureau) })
	return responsible && slices.ContainsFunc(rk.concepts, func(c weighted) bool { return c.term && !c.body && !c.context && stands(c, s) })
}

// foreignBody reports whether the question names bodies and none of them is one
// that has a task, stands in the clause or issued its document.
func (b *Bot) foreignBody(r *reading, best scored) bool {
	if len(r.bodies) == 0 || len(r.names) > 0 {
		return false
	}
	return !slices.ContainsFunc(r.bodies, func(m corpus.Mention) bool {
		return strings.Contains(best.prepared.norm, m.Name) || len(b.Register.Match(m.Name, best.doc.Issuers)) > 0
	})
}

// rudelyCovered reports whether a text with words of anger is about the matter all
// the same: 客户天天骂我 is a story, 我要投诉你们 is none.
func (r *reading) rudelyCovered(p pick) bool {
	best := p.best()
	if best.score < gateRude {
		return false
	}
	if best.literal >= gateTerm || best.literal >= gateLiteral && !r.talk["abuse"] {
		return true
	}
	story := !r.talk["abuse"] && !r.talk["advice"] && !r.talk["identity"]
	return story && (best.cover >= gateMost || best.example >= gateTerm && len(p.rk.concepts) > 1)
}

// beyondFigure reports whether a clause that lacks the figure asked for is about
// the matter all the same: then the answer says that the figure is not given.
func (s scored) beyondFigure() bool {
	if s.literal < gateLiteral {
		return s.cover >= gateFigure && s.example >= gateTerm
	}
	return s.cover >= gateFigure || s.example >= gateTerm
}

// rude reports whether the text holds words of abuse, complaint or idle talk.
func (r *reading) rude() bool {
	return r.talk["abuse"] || r.talk["complaint"] || r.talk["advice"] || r.talk["identity"]
}

func (r *reading) asksFigure() bool {
	return r.aims[aimAmount] || r.aims[aimDate] || r.aims[aimNumber]
}

var year = regexp.MustCompile(`(?:19|20)[0-9]{2}`)

// sameYear reports whether the clause speaks about every year that the question
// names. In a question for yes or no a year is a premise, which the quote puts right.
func sameYear(r *reading, s scored) bool {
	if r.aims[aimYesNo] {
		return true
	}
	now := r.day[:len("2006")]
	for _, y := range year.FindAllString(r.text, -1) {
		if y != now && !strings.HasPrefix(s.doc.Written, y) && !strings.Contains(s.prepared.norm, y) && !strings.Contains(s.doc.Number, y) {
			return false
		}
	}
	return true
}

// standing is the least match of a concept that must be there: 新技术 is no part
// of 高新技术企业.
const standing = 0.6

// stands reports whether a concept stands in the clause of s under any of its names.
func stands(c weighted, s scored) bool {
	if len(c.pieces) > 0 {
		return standsAs(c, s) || inWords(c, s)
	}
	for i := range c.alts {
		if a := &c.alts[i]; a.match(s.prepared.norm, &s.normHas) >= standing || a.match(s.heading, &s.headingHas) >= standing || a.match(s.title, &s.titleHas) >= standing {
			return true
		}
	}
	return false
}

// A question is too vague if this many clauses fit it about equally well, none of
// them as an example has it.
const (
	vagueClauses = 4
	vagueLike    = 0.95
)

// tooVague asks back when a question of one word fits many clauses alike.
func (b *Bot) tooVague(k *knowledge, r *reading, picks []pick) (Answer, bool) {
	if len(picks) != 1 || len(picks[0].rk.concepts) != 1 || len(r.bodies) > 0 {
		return Answer{}, false
	}
	best, alike := picks[0].best(), []scored{}
	for _, s := range picks[0].rk.best {
		fits := s.score-s.example >= 0.8*(best.score-best.example) && len(s.clause.Responsibilities) > 0
		if fits && !slices.ContainsFunc(alike, func(o scored) bool { return o.clause == s.clause }) {
			alike = append(alike, s)
		}
	}
	if len(alike) < vagueClauses || best.example >= vagueLike || strings.TrimSpace(r.text) != picks[0].rk.concepts[0].surface {
		return Answer{}, false
	}
	a := Answer{Outcome: Clarify, Text: phrase("clarify_many", "matter", picks[0].rk.concepts[0].surface)}
	for _, s := range alike {
		a.Suggestions = append(a.Suggestions, b.suggest(k, s, 1)...)
	}
	return a, true
}
