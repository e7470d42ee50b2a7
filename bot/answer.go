package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// beforeSearch answers what is no question about policy, whatever else it says.
func (b *Bot) beforeSearch(r *reading) (Answer, bool) {
	if a, ok := b.emergency(r); ok {
		return a, true
	}
	switch {
	case r.talk["injection"]:
		return b.refuse(phrase("injection"), nil), true
	case r.talk["handover"]:
		return Answer{Outcome: HandedOver, Text: phrase("handover")}, true
	}
	return b.mannerly(r)
}

// refuse says no, with the nearest thing that the policies do cover.
func (b *Bot) refuse(why string, nearest *scored) Answer {
	a := Answer{Outcome: NoBasis, Text: why}
	if nearest != nil {
		where := nearest.doc.Number
		if where == "" {
			where = nearest.doc.Title
		}
		heading := ""
		if n := len(nearest.clause.Headings); n > 0 {
			heading = "“" + nearest.clause.Headings[n-1] + "”"
		}
		a.Text += "\n" + phrase("nearest", "document", where, "clause", nearest.clause.Path.Clause(), "heading", heading)
	}
	a.Text += "\n" + phrase("person")
	return a
}

// near reports whether a clause is worth naming as the nearest thing to a question that
// it does not answer. What was found by chance would puzzle people.
func (rk *ranking) near(s scored) bool {
	stands := slices.ContainsFunc(rk.concepts, func(c weighted) bool { return c.tells() && !c.context && stands(c, s) })
	return s.cover >= nearCover && (stands || rk.examples.leads[s.doc.ID]) || s.example >= nearLike
}

const (
	nearCover = 0.15 // of what was asked stands there
	nearLike  = 0.45 // as like as this is a question that it answers
)

// suggested is how many questions are offered beside an answer that gives none.
const suggested = 3

// talks are the kinds of talk that are no question about policy, the first that applies.
var talks = []struct {
	kind    string
	outcome Outcome
}{
	{"abuse", HandedOver}, {"complaint", HandedOver}, {"advice", NoBasis},
	{"identity", SmallTalk}, {"thanks", SmallTalk}, {"bye", SmallTalk}, {"greeting", SmallTalk},
}

// notCovered answers a question that the policies do not cover, or that is none.
func (b *Bot) notCovered(k *knowledge, r *reading, picks []pick) Answer {
	// There is a matter, politely wrapped.
	asks := len(r.telling()) > 0 || len(picks) > 0 && picks[0].rk.outside.likeness >= gateTerm
	for _, t := range talks {
		if r.talk[t.kind] && !(asks && t.outcome == SmallTalk && t.kind != "identity") {
			a := Answer{Outcome: t.outcome, Text: phrase(t.kind)}
			if t.outcome == SmallTalk { // who complains wants a person, no questions
				a.Suggestions = b.SampleQuestions(suggested)
			}
			return a
		}
	}
	if !asks {
		return Answer{Outcome: Clarify, Text: phrase("clarify"), Suggestions: b.SampleQuestions(suggested)}
	}
	if len(picks) == 0 || !picks[0].rk.near(picks[0].best()) {
		return b.refuse(phrase("no_basis"), nil) // nothing is near: what chance has found helps nobody
	}
	best := picks[0].best()
	a := b.refuse(phrase("no_basis"), &best)
	a.Suggestions = b.suggest(k, best, suggested)
	return a
}

// suggest returns questions that the clause of s answers.
func (b *Bot) suggest(k *knowledge, s scored, n int) []string {
	var out []string
	for _, l := range k.examples.scenarios {
		if l.ref == s.ref && len(l.Asks) > 0 && len(out) < n {
			out = append(out, l.Asks[0])
		}
	}
	return out
}

// compose has the draft written, verifies it and puts the answer together.
func (b *Bot) compose(ctx context.Context, k *knowledge, r *reading, q Question, picks []pick) (Answer, error) {
	brief := Brief{Question: q.Text}
	for _, p := range interleave(picks) {
		brief.Passages = append(brief.Passages, Passage{
			Handle: fmt.Sprintf("c%d", len(brief.Passages)+1), Document: p.doc, Clause: p.clause, Start: p.start, End: p.end,
		})
	}
	brief.Passages = append(brief.Passages, b.noteFor(k, r, picks, len(brief.Passages))...)
	own := brief
	own.Passages = slices.Clone(brief.Passages) // whoever writes the draft cannot change what it is checked against
	draft, err := b.Composer.Compose(ctx, own)
	if err != nil {
		return Answer{}, fmt.Errorf("bot: compose: %w", err)
	}
	sentences, refused := Verify(k.register, brief, draft)
	for i := range sentences {
		sentences[i].Citation.titled = k.sources > 1
	}
	if len(sentences) == 0 {
		return Answer{}, fmt.Errorf("bot: no sentence of the draft could be verified: %v", refused)
	}
	a := Answer{Outcome: Answered}
	var text []string
	for _, s := range sentences {
		a.Citations = append(a.Citations, s.Citation)
	}
	// A matter of which nothing could be said takes its bureaus with it.
	picks = slices.DeleteFunc(picks, func(p pick) bool {
		return !slices.ContainsFunc(sentences, func(s VerifiedSentence) bool { return s.Citation.Ref == p.best().ref })
	})
	for _, p := range picks {
		for _, resp := range responsible([]pick{p}) {
			a.addBureau(resp)
		}
	}
	if v := b.verdict(r, picks); v != "" {
		text = append(text, v)
	}
	if c := b.corrected(r, picks); c != "" {
		text = append(text, c)
	}
	text = append(text, b.caveats(r, picks)...)
	for _, matter := range r.uncovered {
		text = append(text, phrase("uncovered", "matter", matter))
	}
	text = append(text, b.differ(k, picks)...)
	text = append(text, b.whoseTheyAre(k, r, picks)...)
	text = append(text, renamed(a.Bureaus)...)
	a.Remarks = slices.Clone(text)
	text = append(text, bureauLines(picks)...)
	text = append(text, quoteLines(sentences)...)
	a.Text = strings.Join(text, "\n")
	return a, nil
}

// whoseTheyAre warns of documents of which nobody knows whose they are, unless all that
// are in force are of one place, and of those that hold in a part of the place that is
// asked about only.
func (b *Bot) whoseTheyAre(k *knowledge, r *reading, picks []pick) []string {
	var lines []string
	for _, p := range picks {
		line, d := "", p.best().doc
		part := func(place string) bool { return b.Vocabulary.Places.Above(place, b.placeOf(d.Region)) }
		switch {
		case d.Region == "" && k.region == "":
			line = phrase("unknown_region", "document", "《"+d.Title+"》")
		case slices.ContainsFunc(r.only, part) && !slices.Contains(r.only, b.placeOf(d.Region)):
			line = phrase("part_only", "document", "《"+d.Title+"》", "region", d.Region)
		}
		if line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// noteFor returns the words of the standing note, as a passage, if the question names a
// bureau that only the note makes responsible, for the clause found or for those after it.
func (b *Bot) noteFor(k *knowledge, r *reading, picks []pick, n int) []Passage {
	for _, p := range picks {
		best := p.best()
		for _, name := range r.names {
			for _, d := range k.duties[name] {
				if !d.Inherited || d.doc != best.doc || d.clause != best.clause && d.Basis.String() != best.clause.Path.String() {
					continue
				}
				if basis := best.doc.Clause(d.Basis.String()); basis != nil {
					return []Passage{{Handle: fmt.Sprintf("c%d", n+1), Document: best.doc, Clause: basis, Start: d.Start, End: d.End}}
				}
			}
		}
	}
	return nil
}

// interleave orders the sentences so that each pick's best comes before any second.
func interleave(picks []pick) []scored {
	var out []scored
	for i := 0; i < maxQuotes; i++ {
		for _, p := range picks {
			if i < len(p.sentences) {
				out = append(out, p.sentences[i])
			}
		}
	}
	return out
}

func (a *Answer) addBureau(r corpus.Responsibility) {
	for i := range a.Bureaus {
		if a.Bureaus[i].Name == r.Bureau {
			return
		}
	}
	a.Bureaus = append(a.Bureaus, ResponsibleBureau{
		Name: r.Bureau, AsWritten: r.AsWritten, Role: r.Role,
		Basis: Basis{Clause: r.Basis.Clause(), Paragraph: r.Basis.Paragraph()}, Formerly: r.Formerly,
	})
}

// renamed says which bureaus had another name when the document was written.
func renamed(bureaus []ResponsibleBureau) []string {
	var lines []string
	for _, b := range bureaus {
		if b.Formerly != "" {
			lines = append(lines, phrase("renamed", "former", b.Formerly, "bureau", b.Name))
		}
	}
	return lines
}
