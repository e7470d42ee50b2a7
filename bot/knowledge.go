package bot

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// A Bot answers questions. It is safe for concurrent use.
type Bot struct {
	Config
	prepare preparer
	known   atomic.Pointer[knowledge]
	now     func() time.Time
}

// knowledge is what the bot derives from the documents. It is never changed but
// replaced as a whole.
type knowledge struct {
	docs       []*corpus.Document
	current    map[corpus.Ref]*corpus.Document // by ID and revision, without path
	meanLength float64                         // of the documents, in bytes
	examples   exampleIndex
	bodies     []string            // full names of all responsible bodies
	names      *corpus.Lexicon     // the names of the bodies as the documents write them → full names
	duties     map[string][]duty   // by full name
	headings   *corpus.Lexicon     // headings and their halves, normalised
	titles     []string            // normalised, without title marks
	numbers    *regexp.Regexp      // how people write the numbers of the documents: 24号文
	sounds     map[string][]string // pinyin → words of the policies and the thesaurus
	bodySounds map[string][]string // pinyin → names of the bodies
}

// A duty is one responsibility and where it stands.
type duty struct {
	doc    *corpus.Document
	clause *corpus.Clause
	corpus.Responsibility
}

// ownDuties counts the clauses that make a bureau responsible in their own words.
func (k *knowledge) ownDuties(name string) int {
	n := 0
	for _, d := range k.duties[name] {
		if !d.Inherited {
			n++
		}
	}
	return n
}

// New returns a bot that knows the documents as they are now.
func New(ctx context.Context, c Config) (*Bot, error) {
	b := &Bot{Config: c, now: time.Now, prepare: preparer{analyzer: c.Analyzer, kept: map[corpus.Ref]*prepared{}}}
	return b, b.Reload(ctx)
}

// Reload learns the documents anew. Questions under way finish with what was
// known before.
func (b *Bot) Reload(ctx context.Context) error {
	docs, err := b.Documents.InForce(ctx, b.today())
	if err != nil {
		return fmt.Errorf("bot: reload: %w", err)
	}
	k := &knowledge{
		docs: docs, current: map[corpus.Ref]*corpus.Document{},
		duties: map[string][]duty{}, names: corpus.ParseList("", ""), headings: corpus.ParseList("", ""), sounds: map[string][]string{}, bodySounds: map[string][]string{},
	}
	for _, d := range docs {
		k.current[corpus.Ref{Document: d.ID, Revision: d.Revision}] = d
		for i := range d.Clauses {
			c := &d.Clauses[i]
			for _, h := range c.Headings {
				for _, half := range strings.Split(b.Analyzer.Normalize(h), ",") {
					if utf8.RuneCountInString(half) >= shortHeading {
						k.headings.Add(half, half)
					}
				}
			}
			for _, r := range c.Responsibilities {
				if k.duties[r.Bureau] == nil {
					k.bodies = append(k.bodies, r.Bureau)
				}
				k.duties[r.Bureau] = append(k.duties[r.Bureau], duty{d, c, r})
				k.names.Add(b.Analyzer.Normalize(r.Bureau), r.Bureau)
				k.names.Add(b.Analyzer.Normalize(r.AsWritten), r.Bureau)
				b.addSound(k.bodySounds, b.Analyzer.Normalize(strings.TrimPrefix(r.Bureau, d.Region)))
			}
			for _, t := range b.Analyzer.Words(c.Text) {
				b.addSound(k.sounds, t.Term)
			}
		}
	}
	for phrase := range b.Vocabulary.Thesaurus.Phrases {
		b.addSound(k.sounds, phrase)
	}
	for _, body := range k.bodies {
		for _, alias := range b.Register.Aliases(body) {
			b.addSound(k.bodySounds, b.Analyzer.Normalize(alias))
		}
	}
	for name := range k.names.Phrases {
		b.addSound(k.bodySounds, name)
	}
	for _, d := range docs {
		k.meanLength += float64(len(d.Text)) / float64(len(docs))
		k.titles = append(k.titles, bare(b.Analyzer.Normalize(d.Title)))
	}
	k.numbers = numbersOf(b.Analyzer, docs)
	b.lead(k)
	b.known.Store(k)
	return nil
}

func (b *Bot) today() string { return b.now().Format(time.DateOnly) }

func (b *Bot) addSound(sounds map[string][]string, word string) {
	if utf8.RuneCountInString(word) < 2 || !isHan(word) {
		return
	}
	s := b.Analyzer.Sound(word)
	if !slices.Contains(sounds[s], word) {
		sounds[s] = append(sounds[s], word)
	}
}

// isHan reports whether all of s is Chinese characters.
func isHan(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x3400 })
}
