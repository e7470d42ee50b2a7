package bot

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
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
	asks    compiledExamples // of Config.Scenarios
	now     func() time.Time

	learning sync.Mutex                    // one Reload at a time, and what follows
	wording  sync.Mutex                    // guards words
	words    map[*corpus.Document][]string // the words of each document that known has
	other    map[string]*knowledge         // what held on other days that were asked about
}

// knowledge is what the bot derives from the documents. It is never changed but
// replaced as a whole.
type knowledge struct {
	*view
	register   *corpus.Register
	region     string // whose policies they are, empty if there are several places
	docs       []*corpus.Document
	meanLength float64 // of the documents, in bytes
	examples   exampleIndex
	bodies     []string                   // full names of all responsible bodies
	names      *corpus.Lexicon            // the names of the bodies as the documents write them → full names
	duties     map[string][]duty          // by full name
	headings   *corpus.Lexicon            // headings and their halves, normalised
	titles     []string                   // normalised, without title marks
	numbers    *regexp.Regexp             // how people write the numbers of the documents: 24号文
	sounds     func() map[string][]string // pinyin → words of the policies and the thesaurus; made when first asked for
	bodySounds map[string][]string        // pinyin → names of the bodies
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
	b := &Bot{Config: c, now: time.Now, prepare: preparer{analyzer: c.Analyzer, kept: map[corpus.Ref]*prepared{}}, words: map[*corpus.Document][]string{}}
	var err error
	if b.asks, err = decodeExamples(c.Examples, c.Scenarios); err != nil {
		b.asks = b.compile() // of other scenarios or none: the same, only slower
	}
	return b, b.Reload(ctx)
}

// Reload learns the documents anew. Questions under way finish with what was
// known before.
func (b *Bot) Reload(ctx context.Context) error {
	b.learning.Lock()
	defer b.learning.Unlock()
	return b.reload(ctx)
}

func (b *Bot) reload(ctx context.Context) error {
	k, err := b.learn(ctx, b.today(), nil)
	if err != nil {
		return fmt.Errorf("bot: reload: %w", err)
	}
	b.known.Store(k)
	b.other = map[string]*knowledge{}
	b.wording.Lock()
	defer b.wording.Unlock()
	maps.DeleteFunc(b.words, func(d *corpus.Document, _ []string) bool {
		return k.current[corpus.Ref{Document: d.ID, Revision: d.Revision}] == nil
	})
	return nil
}

// maxOther bounds how many days beside today are kept in memory.
const maxOther = 4

// on returns what is known of the policies as they are in force on a day
// (YYYY-MM-DD), empty for today.
func (b *Bot) on(ctx context.Context, day string) (*knowledge, error) {
	today := b.today()
	k := b.known.Load()
	if day == "" || day == today {
		if k.day == today {
			return k, nil
		}
		return b.turn(ctx)
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, fmt.Errorf("bot: the day %q is not written as in 2024-12-31: %w", day, ErrInvalid)
	}
	b.learning.Lock()
	defer b.learning.Unlock()
	if k := b.other[day]; k != nil {
		return k, nil
	}
	k, err := b.learn(ctx, day, nil)
	if err != nil {
		return nil, fmt.Errorf("bot: learn what held on %s: %w", day, err)
	}
	if len(b.other) >= maxOther {
		clear(b.other)
	}
	b.other[day] = k
	return k, nil
}

// turn learns what holds on a new day: documents come into force and expire without
// anybody publishing.
func (b *Bot) turn(ctx context.Context) (*knowledge, error) {
	b.learning.Lock()
	defer b.learning.Unlock()
	if b.known.Load().day != b.today() { // else another question was first
		if err := b.reload(ctx); err != nil {
			return nil, err
		}
	}
	return b.known.Load(), nil
}

// learn derives from the documents in force on a day what answers need. In place of
// the revision that is in force instead, which may be nil, is taken.
func (b *Bot) learn(ctx context.Context, day string, instead *corpus.Document) (*knowledge, error) {
	docs, held, err := b.inForceOn(ctx, day, instead)
	if err != nil {
		return nil, err
	}
	register, bureaus, err := b.registerOf(ctx)
	if err != nil {
		return nil, err
	}
	read := docs
	docs = make([]*corpus.Document, len(read))
	for i, d := range read {
		docs[i] = register.Identify(d, day)
	}
	k := &knowledge{
		register: register, docs: docs, region: cmp.Or(b.Region, commonRegion(docs)),
		duties: map[string][]duty{}, names: corpus.ParseList("", ""), headings: corpus.ParseList("", ""), bodySounds: map[string][]string{},
	}
	if k.view, err = b.newView(ctx, docs, day, held); err != nil {
		return nil, err
	}
	for _, d := range docs {
		b.learnClauses(k, d)
		k.meanLength += float64(len(d.Text)) / float64(len(docs))
		k.titles = append(k.titles, bare(b.Analyzer.Normalize(d.Title)))
	}
	b.nameBureaus(k, bureaus)
	k.sounds = sync.OnceValue(func() map[string][]string { return b.soundsOf(read) })
	for _, body := range k.bodies {
		for _, alias := range register.Aliases(body) {
			b.addSound(k.bodySounds, b.Analyzer.Normalize(alias))
		}
	}
	for name := range k.names.Phrases {
		b.addSound(k.bodySounds, name)
	}
	k.numbers = numbersOf(b.Analyzer, docs)
	return k, b.lead(ctx, k)
}

// inForceOn returns the documents in force on a day, instead in place of its other
// revision, and which revision of each document the index has, nil if they are these.
func (b *Bot) inForceOn(ctx context.Context, day string, instead *corpus.Document) (docs []*corpus.Document, held map[string]string, err error) {
	if docs, err = b.Documents.InForce(ctx, day); err != nil {
		return nil, nil, err
	}
	if b.Held != nil {
		if held, err = b.Held(ctx); err != nil {
			return nil, nil, err
		}
	} else if day != b.today() || instead != nil {
		// The index has what is in force today.
		now, err := b.Documents.InForce(ctx, b.today())
		if err != nil {
			return nil, nil, err
		}
		held = map[string]string{}
		for _, d := range now {
			held[d.ID] = d.Revision
		}
	}
	if instead != nil {
		docs = slices.DeleteFunc(slices.Clone(docs), func(d *corpus.Document) bool { return d.ID == instead.ID })
		if instead.InForceOn(day) {
			docs = append(docs, instead)
		}
	}
	return corpus.Unrepealed(docs), held, nil
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
			}
			k.duties[r.Bureau] = append(k.duties[r.Bureau], duty{d, c, r})
			k.names.Add(b.Analyzer.Normalize(r.Bureau), r.Bureau)
			k.names.Add(b.Analyzer.Normalize(r.AsWritten), r.Bureau)
			b.addSound(k.bodySounds, b.Analyzer.Normalize(strings.TrimPrefix(r.Bureau, d.Region)))
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

// wordsOf returns the words of a document, each once. Cutting text into words is
// most of what learning takes, so they are kept for as long as the document is known.
func (b *Bot) wordsOf(d *corpus.Document) []string {
	b.wording.Lock()
	words, ok := b.words[d]
	b.wording.Unlock()
	if ok {
		return words
	}
	seen := map[string]bool{}
	for i := range d.Clauses {
		for _, t := range b.Analyzer.Words(d.Clauses[i].Text) {
			if !seen[t.Term] {
				seen[t.Term] = true
				words = append(words, t.Term)
			}
		}
	}
	b.wording.Lock()
	defer b.wording.Unlock()
	b.words[d] = words
	return words
}

// soundsOf returns the words of documents and of the thesaurus by their sound.
func (b *Bot) soundsOf(docs []*corpus.Document) map[string][]string {
	sounds := map[string][]string{}
	for _, d := range docs {
		for _, w := range b.wordsOf(d) {
			b.addSound(sounds, w)
		}
	}
	for phrase := range b.Vocabulary.Thesaurus.Phrases {
		b.addSound(sounds, phrase)
	}
	return sounds
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
