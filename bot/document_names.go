package bot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// cutNames returns the text of a question without places and without what names documents,
// and the documents that are named. subject: they are so only by what they are about.
func (b *Bot) cutNames(k *knowledge, r *reading) (text string, meant []*corpus.Document, subject bool) {
	bytes := []byte(r.text)
	name := func(start, end int, is func(i int) bool) {
		for i := start; i < end; i++ {
			bytes[i] = ' '
		}
		for i, d := range k.docs {
			if is(i) && !slices.Contains(meant, d) {
				meant = append(meant, d)
			}
		}
	}
	for _, span := range k.numbers.find(r.text) {
		name(span[0], span[1], func(i int) bool {
			return namesNumber(r.text[span[0]:span[1]], b.Analyzer.Normalize(k.docs[i].Number))
		})
	}
	for _, span := range inTitleMarks.FindAllStringIndex(r.text, -1) {
		title := bare(r.text[span[0]:span[1]])
		is := func(i int) bool { return strings.Contains(k.titles[i], title) }
		if utf8.RuneCountInString(title) >= shortTitle && slices.ContainsFunc(k.titles, func(t string) bool { return strings.Contains(t, title) }) {
			name(span[0], span[1], is)
		}
	}
	for _, span := range year.FindAllStringIndex(r.text, -1) { // 到2027年就失效吗
		name(span[0], span[1], func(int) bool { return false })
	}
	for _, f := range r.places {
		name(f.Start, f.End, func(int) bool { return false })
	}
	calls := func(f corpus.Found) bool {
		return slices.Contains(f.Keys, "noun") || slices.Contains(f.Keys, "policy") || slices.Contains(f.Keys, "offer")
	}
	// To look through all titles takes time, and few questions name one.
	if len(meant) > 0 || len(k.docs) > mostTitles || !slices.ContainsFunc(b.Vocabulary.Documents.Find(r.text), calls) {
		return string(bytes), meant, false
	}
	start, end := k.titledIn(string(bytes))
	if start < end {
		part := r.text[start:end]
		rest := strings.TrimPrefix(r.text[end:], "的")
		calls = func(f corpus.Found) bool { return slices.Contains(f.Keys, "noun") || slices.Contains(f.Keys, "policy") }
		before := b.Vocabulary.Documents.Find(part)
		after := b.Vocabulary.Documents.Find(rest)
		subject = (len(before) == 0 || before[len(before)-1].End < len(part) || !calls(before[len(before)-1])) &&
			(len(after) == 0 || after[0].Start > 0 || !calls(after[0]))
		name(start, end, func(i int) bool { return strings.Contains(k.titles[i], part) })
	}
	return string(bytes), meant, subject
}

// namesNumber reports whether words that name documents by number name this one.
func namesNumber(said, number string) bool {
	m := documentNumber.FindStringSubmatch(number)
	if m == nil {
		return false
	}
	if n := written.FindStringSubmatch(said); n != nil && n[1] != m[3] {
		return false
	}
	y := year.FindString(said)
	return (y == "" || y == m[2]) && (strings.Contains(said, m[1]) || written.MatchString(said))
}

// mostTitles is among how many documents a title is known without title marks.
const mostTitles = 5000

// titleCore is the length in characters of the shortest part of a title that can name a
// document without title marks.
const titleCore = 4

// titledIn returns the longest part of a text that is part of a title.
func (k *knowledge) titledIn(text string) (start, end int) {
	for from := range text {
		for to := from + end - start + 1; to <= len(text); to++ {
			if to < len(text) && !utf8.RuneStart(text[to]) {
				continue
			}
			part := text[from:to]
			if strings.ContainsAny(part, " ,?!;。") || !slices.ContainsFunc(k.titles, func(t string) bool { return strings.Contains(t, part) }) {
				break
			}
			if utf8.RuneCountInString(part) >= titleCore {
				start, end = from, to
			}
		}
	}
	return start, end
}
