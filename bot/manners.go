package bot

import (
	"slices"
	"strings"
)

// manners are the kinds of text that are nothing but talk, the first that applies: what a
// text is wholly made of, see Vocabulary.Manners.
var manners = []struct {
	kind    string
	outcome Outcome
}{
	{"handover", HandedOver}, {"abuse", HandedOver}, {"identity", SmallTalk}, {"thanks", SmallTalk}, {"bye", SmallTalk},
	{"wrong", Clarify}, {"decline", SmallTalk}, {"ack", SmallTalk}, {"greeting", SmallTalk},
}

// noManners is the kind of what looks like manners and is a question: 是不是.
const noManners = "none"

// readManners returns which kind of talk a text is, if it is nothing else. 人工 is, 人工成本
// is not: among policy words the same word is about policy.
func (b *Bot) readManners(text string) string {
	kinds := map[string]bool{}
	for _, f := range b.Vocabulary.Manners.Cut(strings.Join(strings.Fields(text), "")) {
		for _, k := range f.Keys {
			kinds[k] = true
		}
	}
	for _, m := range manners {
		if kinds[m.kind] && !kinds[noManners] {
			return m.kind
		}
	}
	return ""
}

// mannerly answers a text that is nothing but talk, whatever was asked before it.
func (b *Bot) mannerly(r *reading) (Answer, bool) {
	for _, m := range manners {
		if m.kind != r.manners {
			continue
		}
		a := Answer{Outcome: m.outcome, Text: phrase(m.kind)}
		if m.kind == "greeting" || m.kind == "identity" {
			a.Suggestions = b.SampleQuestions(suggested)
		}
		return a, true
	}
	return Answer{}, false
}

// emergencies are the dangers that somebody may be in, in the order in which is said
// where help is: a life first.
var emergencies = []string{"crisis", "suicide", "medical", "fire", "gas", "trapped", "traffic", "crime", "help"}

// readEmergencies returns the dangers that a text tells of.
func (b *Bot) readEmergencies(text string) []string {
	var out []string
	whole := func(int, int) bool { return true } // one character tells who, never what
	for _, c := range b.Vocabulary.Emergencies.Find(strings.Join(strings.Fields(text), ""), whole) {
		out = append(out, c.Keys...)
	}
	return out
}

// emergency says where help is when somebody is in danger. It is NoBasis: no policy is
// asked, and nothing of one may stand beside it.
func (b *Bot) emergency(r *reading) (Answer, bool) {
	var lines []string
	for _, kind := range emergencies {
		if slices.Contains(r.emergencies, kind) {
			lines = append(lines, phrase("emergency_"+kind))
		}
	}
	if len(lines) == 0 {
		return Answer{}, false
	}
	lines = append(lines, phrase("emergency_after"))
	return Answer{Outcome: NoBasis, Text: strings.Join(lines, "\n")}, true
}
