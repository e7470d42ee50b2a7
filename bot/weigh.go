package bot

import (
	"context"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// weigh says how much each concept tells one clause from another: by how rare it
// is in the policies if it stands there, by how rare it is in the language if not.
func (b *Bot) weigh(ctx context.Context, k *knowledge, concepts []concept) ([]weighted, error) {
	out := make([]weighted, len(concepts))
	var terms []string
	for i, c := range concepts {
		out[i].concept = c
		out[i].alts = slices.Clone(c.alts)
		for j := range out[i].alts {
			a := &out[i].alts[j]
			a.pairs = pairsOf(a.text)
			terms = append(append(terms, a.text), a.pairs...)
		}
	}
	df, n, err := k.frequencies(ctx, terms)
	if err != nil {
		return nil, fmt.Errorf("bot: weigh words: %w", err)
	}
	for i := range out {
		rarity := 0.0
		named := false // under a name that policies have for it
		for j, a := range out[i].alts {
			f := frequency(df[:1+len(a.pairs)])
			df = df[1+len(a.pairs):]
			if f > 0 {
				out[i].found, named = true, named || j > 0
				rarity = max(rarity, idf(f, n)/idf(1, n))
			}
		}
		if len(out[i].pieces) > 0 {
			out[i].found = named
			out[i].settleCompound()
			continue
		}
		out[i].settle(rarity)
	}
	tellStory(out)
	return out, nil
}

// frequency returns in how many clauses a term stands, from its own count and
// those of its character pairs. A term that is no word of the index stands at
// most where all its pairs do.
func frequency(df []int) int {
	if df[0] > 0 || len(df) == 1 {
		return df[0]
	}
	return slices.Min(df[1:])
}

// settle fixes the weight of a concept.
func (w *weighted) settle(rarity float64) {
	if !w.found && w.term {
		// The thesaurus knows what policies call it, and these policies do not speak of it.
		w.matter = true
	}
	general := w.rareness()
	if w.told = general; w.context || w.body || w.figure || w.reward || w.isYear() {
		w.told = 0
	}
	switch {
	case w.found:
		w.weight = 0.05 + 0.95*rarity*(0.75+0.25*general)
		if utf8.RuneCountInString(w.surface) == 1 {
			w.weight *= lone
		}
	case w.matter:
		w.weight = 1
	case len(w.alts) > 1:
		w.weight = 0.3 * general // a way of asking that these policies have no word for
	default:
		w.weight = general
	}
	if w.figure || w.reward {
		w.weight *= 0.3 // a figure is checked by the gate, it does not lead anywhere
	}
	if w.isYear() {
		w.weight *= 0.3
	}
	if !w.found && isLatin(w.surface) {
		w.weight *= 0.3 // policies hardly use Latin words, so a foreign one proves little
	}
	if w.context {
		w.weight *= weightContext
	}
}

// weightContext is how much a word of the question before counts in a follow-up.
const weightContext = 0.35

// idf is the BM25 inverse document frequency, which is never negative.
func idf(df, n int) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}

// lone is what a lone character counts against a word.
const lone = 0.35

// rareness says how much a concept tells in the language at large, 0 to 1.
func (c *concept) rareness() float64 {
	if utf8.RuneCountInString(c.surface) == 1 {
		return lone * rareness(c.freq)
	}
	return rareness(c.freq)
}

// rareness maps a frequency per million words to 1 (unknown or rare) … 0.
func rareness(perMillion float64) float64 {
	return max(0, 1-math.Log1p(perMillion)/math.Log1p(3000))
}
