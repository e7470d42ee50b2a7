package bot

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// learn derives from the documents in force on a day what answers need. In place of
// the revision that is in force instead, which may be nil, is taken. If nothing but the
// index has changed since before, which may be nil, only the view on it is new.
func (b *Bot) learn(ctx context.Context, day string, instead *corpus.Document, before *knowledge) (*knowledge, error) {
	read, held, err := b.inForceOn(ctx, day, instead)
	if err != nil {
		return nil, err
	}
	register, bureaus, err := b.registerOf(ctx)
	if err != nil {
		return nil, err
	}
	lessons, err := b.kept(ctx)
	if err != nil {
		return nil, err
	}
	if before != nil && before.day == day && slices.Equal(before.read, read) && reflect.DeepEqual(before.bureaus, bureaus) && slices.Equal(before.lessons, lessons) {
		k := *before
		k.view, err = b.newView(ctx, k.docs, day, held)
		return &k, err
	}
	k := &knowledge{
		read: read, docs: make([]*corpus.Document, len(read)), register: register, bureaus: bureaus, lessons: lessons, region: cmp.Or(b.Region, commonRegion(read)),
		duties: map[string][]duty{}, names: corpus.ParseList("", ""), headings: corpus.ParseList("", ""),
		bodySounds: map[string][]string{},
	}
	for i, d := range read {
		k.docs[i] = register.Identify(d, day)
	}
	if k.view, err = b.newView(ctx, k.docs, day, held); err != nil {
		return nil, err
	}
	k.sounds = sync.OnceValue(func() map[string][]string { return b.soundsOf(read) })
	for _, d := range k.docs {
		b.learnClauses(k, d)
		if !slices.Contains(k.docRegions, d.Region) {
			k.docRegions = append(k.docRegions, d.Region)
		}
		k.meanLength += float64(len(d.Text)) / float64(len(k.docs))
		k.titles = append(k.titles, bare(b.Analyzer.Normalize(d.Title)))
		if p := b.placeOf(d.Region); p != "" && !slices.Contains(k.regions, p) {
			k.regions = append(k.regions, p)
		}
	}
	k.sources = sourcesOf(k.docs)
	b.nameBureaus(k, bureaus)
	b.learnSounds(k)
	k.numbers = numbersOf(b.Analyzer, k.docs)
	b.lead(k)
	return k, nil
}

// learnClauses learns the headings and duties of a document.
func (b *Bot) learnClauses(k *knowledge, d *corpus.Document) {
	for i := range d.Clauses {
		c := &d.Clauses[i]
		if !holdsInPart(d, c, k.day, [2]int{c.Start, c.End}) {
			continue
		}
		for _, h := range c.Headings {
			for _, half := range strings.Split(b.Analyzer.Normalize(h), ",") {
				if utf8.RuneCountInString(half) >= shortHeading {
					k.headings.Add(half, half)
				}
			}
		}
		for _, r := range c.Responsibilities {
			if r.ScopeEnd > 0 && !holdsInPart(d, c, k.day, [2]int{r.ScopeStart, r.ScopeEnd}) {
				continue
			}
			if k.duties[r.Bureau] == nil {
				k.bodies = append(k.bodies, r.Bureau)
				b.sound(b.Analyzer.Normalize(strings.TrimPrefix(r.Bureau, d.Region))).add(k.bodySounds)
			}
			k.duties[r.Bureau] = append(k.duties[r.Bureau], duty{d, c, r})
			k.names.Add(b.Analyzer.Normalize(r.Bureau), r.Bureau)
			k.names.Add(b.Analyzer.Normalize(r.AsWritten), r.Bureau)
		}
	}
}

// holdsInPart reports whether any sentence of Document.Text[span[0]:span[1]], a part of
// the clause, holds on a day.
func holdsInPart(d *corpus.Document, c *corpus.Clause, day string, span [2]int) bool {
	return len(c.Terms) == 0 || slices.ContainsFunc(sentenceSpans(d, c), func(s [2]int) bool {
		return s[0] < span[1] && span[0] < s[1] && c.HoldsOn(s[0], s[1], day)
	})
}

// soundsOf returns the words of documents and of the thesaurus by their sound.
func (b *Bot) soundsOf(docs []*corpus.Document) map[string][]string {
	sounds := map[string][]string{}
	for _, d := range docs {
		for _, w := range b.wordsOf(d) {
			w.add(sounds)
		}
	}
	for phrase := range b.Vocabulary.Thesaurus.Phrases {
		b.sound(phrase).add(sounds)
	}
	return sounds
}

// learnSounds learns how the names of the bodies sound.
func (b *Bot) learnSounds(k *knowledge) {
	for _, body := range k.bodies {
		for _, alias := range k.register.Aliases(body) {
			b.sound(b.Analyzer.Normalize(alias)).add(k.bodySounds)
		}
	}
	for name := range k.names.Phrases {
		b.sound(name).add(k.bodySounds)
	}
}

// A spoken word is a word with its sound; the zero one has none.
type spoken struct{ word, sound string }

func (b *Bot) sound(word string) spoken {
	if utf8.RuneCountInString(word) < 2 || !isHan(word) {
		return spoken{}
	}
	return spoken{word, b.Analyzer.Sound(word)}
}

func (s spoken) add(to map[string][]string) {
	if s.word != "" && !slices.Contains(to[s.sound], s.word) {
		to[s.sound] = append(to[s.sound], s.word)
	}
}

// wordsOf returns the words of a document that have a sound, each once. Cutting text
// into words is most of what learning takes, so they are kept for as long as the
// document is known.
func (b *Bot) wordsOf(d *corpus.Document) []spoken {
	b.wording.Lock()
	words, ok := b.words[d]
	b.wording.Unlock()
	if ok {
		return words
	}
	seen := map[string]bool{}
	for i := range d.Clauses {
		for _, t := range b.Analyzer.Words(d.Clauses[i].Text) {
			if seen[t.Term] {
				continue
			}
			seen[t.Term] = true
			if s := b.sound(t.Term); s.word != "" {
				words = append(words, s)
			}
		}
	}
	b.wording.Lock()
	defer b.wording.Unlock()
	b.words[d] = words
	return words
}

// isHan reports whether all of s is Chinese characters.
func isHan(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x3400 })
}

// sourcesOf counts the issuers, with their regions, of documents.
func sourcesOf(docs []*corpus.Document) int {
	seen := map[string]bool{}
	for _, d := range docs {
		seen[d.Region+"\x00"+strings.Join(d.Issuers, "\x00")] = true
	}
	return len(seen)
}

// commonRegion returns the place whose policies all documents are, or "".
func commonRegion(docs []*corpus.Document) string {
	region := ""
	for i, d := range docs {
		if i > 0 && d.Region != region {
			return ""
		}
		region = d.Region
	}
	return region
}
