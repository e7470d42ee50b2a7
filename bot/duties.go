package bot

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// askDuty answers what a bureau is responsible for, when a question names a
// bureau and no matter that is covered. In a conversation the matter may be that
// of the question before, so there the question must ask for duties.
func (b *Bot) askDuty(k *knowledge, r *reading, covered []pick, conversation bool) (Answer, bool) {
	if a, ok := b.noSuperior(r); ok && !conversation {
		return a, true
	}
	if len(r.bodies) == 0 || r.rude() {
		return Answer{}, false
	}
	if conversation && r.aims[aimYesNo] && len(r.telling()) == 0 {
		return Answer{}, false // 科技局管不管: the matter of the question before
	}
	if r.asksWhether() {
		return Answer{}, false // 财政局管不管招聘会: yes, no, or nothing is said of it
	}
	if r.aims[aimDuty] {
		// What a bureau does about a matter is a question about the matter.
		if len(r.tellingOf(k)) > 0 && slices.ContainsFunc(covered, func(p pick) bool { return p.best().literal >= dutyMatter }) {
			return Answer{}, false
		}
	} else if r.aims[aimShared] && len(r.names) > 1 && len(r.telling()) == 0 {
		return b.listShared(k, r.names[:min(len(r.names), maxMatters)]), true
	} else if len(covered) > 0 || conversation || len(r.telling()) > 0 {
		return Answer{}, false
	}
	names := r.names
	if !r.aims[aimDuty] && len(names) == 1 && k.ownDuties(names[0]) == 1 {
		return Answer{}, false // see onlyDuty
	}
	if len(names) == 0 {
		name := r.bodies[0].Name
		if len(r.only) > 0 { // that of another place
			name = r.text[r.bodies[0].Start:r.bodies[0].End]
		}
		return b.refuse(phrase("unknown_bureau", "bureau", name), nil), true
	}
	names = names[:min(len(names), maxMatters)]
	if r.aims[aimShared] && len(names) > 1 {
		return b.listShared(k, names), true
	}
	return b.listDuties(k, names), true
}

// asksWhether reports whether a question after the duties of a bureau names one matter
// and asks for yes or no only.
func (r *reading) asksWhether() bool {
	if !r.aims[aimDuty] || len(r.telling()) == 0 {
		return false
	}
	return !slices.ContainsFunc(r.asked, func(a asked) bool {
		return a.aim == aimDuty && !slices.Contains(r.asked, asked{aimYesNo, a.at})
	})
}

// dutyMatter is how much of a matter must stand in the clause in its own words for
// a question after a bureau's duties to be about that matter only.
const dutyMatter = 0.4

// onlyDuty picks the one clause of a bureau that has no other, when a question
// names the bureau and no matter: 税局有没有人跟进.
func (b *Bot) onlyDuty(ctx context.Context, k *knowledge, r *reading) ([]pick, error) {
	names := r.names
	if len(names) != 1 || k.ownDuties(names[0]) != 1 || len(r.tellingOf(k)) > 0 || r.rude() {
		return nil, nil
	}
	i := slices.IndexFunc(k.duties[names[0]], func(d duty) bool { return !d.Inherited })
	d := k.duties[names[0]][i]
	rk, err := b.rank(ctx, k, r.whole(r.concepts))
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
	return slices.DeleteFunc(r.matter(), func(c concept) bool { return !c.tells() })
}

// tellingOf returns the telling concepts but for what the only document is about as a whole:
// what a bureau does for those whom its title names is a question about the bureau.
func (r *reading) tellingOf(k *knowledge) []concept {
	return slices.DeleteFunc(r.telling(), func(c concept) bool {
		return len(k.titles) == 1 && utf8.RuneCountInString(c.surface) >= termLength && strings.Contains(k.titles[0], c.surface)
	})
}

// tells reports whether a concept says what the matter is.
func (c *concept) tells() bool {
	return c.term || c.matter || utf8.RuneCountInString(c.surface) > 1 && rareness(c.freq) >= tellingRareness
}

// tellingRareness is the rareness from which a word that no lexicon knows tells a
// matter: 写, 办公室 and 分散 do not.
const tellingRareness = 0.7

// bodyNames returns the full names of the bureaus that a question names.
func (b *Bot) bodyNames(k *knowledge, r *reading) []string {
	var out []string
	for _, m := range r.bodies {
		for _, n := range k.register.Match(m.Name, k.bodies) {
			here := func(d duty) bool { // 甲市财政局 is no 财政部
				return len(r.only) == 0 || b.speaksFor(d.doc, r.only) && (d.doc.Region != corpus.Nation || strings.HasSuffix(n, m.Name))
			}
			if !slices.Contains(out, n) && slices.ContainsFunc(k.duties[n], here) {
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

// listDuties answers what bureaus are responsible for: every clause, for each
// bureau its own duties before those that a standing note gives it.
func (b *Bot) listDuties(k *knowledge, names []string) Answer {
	a := Answer{Outcome: Answered}
	var lines []string
	for _, name := range names {
		own := slices.DeleteFunc(slices.Clone(k.duties[name]), func(d duty) bool { return d.Inherited })
		shared := slices.DeleteFunc(slices.Clone(k.duties[name]), func(d duty) bool { return !d.Inherited })
		if len(own) > 0 {
			a.Remarks = append(a.Remarks, phrase("duties", "bureau", name))
			lines = append(lines, a.Remarks[len(a.Remarks)-1])
			lines = append(lines, b.citeDuties(&a, own, k)...)
		}
		if len(shared) > 0 {
			basis := shared[0].Basis.String()
			line := phrase("duties_shared", "bureau", name, "basis", basis)
			if len(own) == 0 {
				line = phrase("duties_only_shared", "bureau", name, "basis", basis)
			}
			a.Remarks = append(a.Remarks, line)
			lines = append(lines, a.Remarks[len(a.Remarks)-1])
			lines = append(lines, b.citeDuties(&a, shared, k)...)
		}
		a.addBureau(append(own, shared...)[0].Responsibility)
	}
	for _, line := range renamed(a.Bureaus) {
		a.Remarks = append(a.Remarks, line)
		lines = append(lines, line)
	}
	a.Text = strings.Join(lines, "\n")
	return a
}

// listShared answers for which clauses all of several bureaus are responsible. A standing
// note that makes one of them responsible counts.
func (b *Bot) listShared(k *knowledge, names []string) Answer {
	shared := slices.DeleteFunc(slices.Clone(k.duties[names[0]]), func(d duty) bool {
		return slices.ContainsFunc(names[1:], func(name string) bool {
			return !slices.ContainsFunc(k.duties[name], func(o duty) bool { return o.clause == d.clause })
		})
	})
	list := strings.Join(names, "、")
	if len(shared) == 0 {
		return b.refuse(phrase("duties_not_together", "bureaus", list), nil)
	}
	a := Answer{Outcome: Answered, Remarks: []string{phrase("duties_together", "bureaus", list)}}
	lines := append(slices.Clone(a.Remarks), b.citeDuties(&a, shared, k)...)
	for _, name := range names {
		i := slices.IndexFunc(k.duties[name], func(d duty) bool { return d.clause == shared[0].clause })
		a.addBureau(k.duties[name][i].Responsibility)
	}
	a.Text = strings.Join(lines, "\n")
	return a
}

// citeDuties adds a citation of the first sentence of each clause and returns
// the lines that list them.
func (b *Bot) citeDuties(a *Answer, duties []duty, k *knowledge) []string {
	var brief Brief
	var draft Draft
	for i, d := range duties {
		s, ok := b.ofBureau(d, k)
		if !ok {
			continue
		}
		p := Passage{Handle: "c" + strconv.Itoa(i+1), Document: d.doc, Clause: d.clause, Start: s[0], End: s[1]}
		brief.Passages = append(brief.Passages, p)
		draft.Sentences = append(draft.Sentences, Sentence{Text: p.Text(), Handle: p.Handle, Quote: p.Text()})
	}
	held, _ := Verify(k.register, brief, draft) // what cannot be verified is left out
	var lines []string
	for i, s := range held {
		a.Citations = append(a.Citations, s.Citation)
		lines = append(lines, strings.TrimSpace(phrase("duty", "n", strconv.Itoa(i+1), "document", s.Citation.Document.Number,
			"clause", s.Citation.Clause, "paragraph", strconv.Itoa(s.Citation.Paragraph), "heading", s.Citation.Heading)))
	}
	return lines
}

// ofBureau returns the sentence of a clause that is most about the bureau: the one
// with the most characters of what the bureau deals with (税务 → 税收服务), else the first.
func (b *Bot) ofBureau(d duty, k *knowledge) (span [2]int, ok bool) {
	most := -1
	for _, s := range sentenceSpans(d.doc, d.clause) {
		if !d.clause.HoldsOn(s[0], s[1], k.day) {
			continue
		}
		text, n := d.doc.Text[s[0]:s[1]], 0
		for _, r := range k.register.KindOf(d.Bureau) {
			if strings.ContainsRune(text, r) {
				n++
			}
		}
		if n > most {
			most, span = n, s
		}
	}
	return span, most >= 0
}
