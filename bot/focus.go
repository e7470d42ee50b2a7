package bot

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// Who tells a story asks at its end, and what the story is about may be foreign to the
// policies: 排污口老是超标,清洁生产审核归哪家管.

// focus picks a clause for the sentence that asks alone, if a term of policy that it has
// stands in that clause in the very words, as most of it does, or three words tell the
// matter. It is for a question that is not covered as a whole.
func (b *Bot) focus(ctx context.Context, k *knowledge, r *reading) ([]pick, error) {
	from, ok := r.asking()
	if !ok {
		return nil, nil
	}
	last := *r
	last.joints, last.stops, last.bystander = nil, nil, false
	last.concepts = slices.DeleteFunc(slices.Clone(r.concepts), func(c concept) bool { return c.start < from })
	rk, err := b.rank(ctx, k, last.whole(last.matter()))
	if err != nil || len(rk.best) == 0 {
		return nil, err
	}
	p := choose(last.aims, rk)
	if !rk.verbatim(p.best()) && !rk.explained(p.best(), 3) && !rk.saysTwo(p.best()) || !b.covers(&last, p) {
		return nil, nil
	}
	return []pick{p}, nil
}

// asking returns where the last sentence begins that asks for something and names a
// matter, and whether other sentences that do not ask go before it.
func (r *reading) asking() (from int, ok bool) {
	asks, end := false, len(strings.TrimRight(r.text, sentenceMarks))
	for end > 0 {
		start := strings.LastIndexAny(r.text[:end], sentenceMarks) + 1
		asks = asks || holdsAny(r.text[start:end], askingWords)
		if asks && slices.ContainsFunc(r.concepts, func(c concept) bool { return c.start >= start && c.tells() && !c.body }) {
			before := r.aimsIn(0, start)
			return start, start > 0 && !before[aimWho] && !strings.Contains(r.text[:start], "?")
		}
		end = len(strings.TrimRight(r.text[:start], sentenceMarks))
	}
	return 0, false
}

// verbatim reports whether a term, or a word that tells as much, stands in the clause of s in the very
// words, and is long enough to be no word of every day.
func (rk *ranking) verbatim(s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool {
		return (c.term || c.weight >= leastTotal) && !c.context && utf8.RuneCountInString(c.surface) >= termLength &&
			(strings.Contains(s.prepared.norm, c.surface) || strings.Contains(s.heading, c.surface))
	})
}

// termLength is the length in characters from which a term of policy is no word of every day.
const termLength = 4

// sentenceMarks end a sentence or a part of one.
const sentenceMarks = ",;!?。"

func holdsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}
