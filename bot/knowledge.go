package bot

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

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
	words    map[*corpus.Document][]spoken // the words of documents that known has
	other    map[string]*knowledge         // what held on other days that were asked about
}

// knowledge is what the bot derives from the documents. It is never changed but
// replaced as a whole.
type knowledge struct {
	*view
	read       []*corpus.Document // in force, as they are stored
	docs       []*corpus.Document // the same with the bureaus under their names of the day
	register   *corpus.Register
	bureaus    []corpus.Bureau // what admins know
	lessons    []Lesson        // what was learnt of confirmed answers
	region     string          // whose policies they are, empty if there are several places
	regions    []string        // the places of the documents, by their full names
	docRegions []string        // Document.Region of the documents, each once
	meanLength float64         // of the documents, in bytes
	sources    int             // how many issuers and regions the documents have together
	examples   exampleIndex
	bodies     []string                   // full names of all responsible bodies
	names      *corpus.Lexicon            // the names of the bodies as the documents write them → full names
	duties     map[string][]duty          // by full name
	headings   *corpus.Lexicon            // headings and their halves, normalised
	titles     []string                   // normalised, without title marks
	numbers    *numbers                   // of the documents
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
	b := &Bot{Config: c, now: time.Now, prepare: preparer{analyzer: c.Analyzer, kept: map[corpus.Ref]*prepared{}}, words: map[*corpus.Document][]spoken{}}
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
	k, err := b.learn(ctx, b.today(), nil, b.known.Load())
	if err != nil {
		return fmt.Errorf("bot: reload: %w", err)
	}
	b.known.Store(k)
	b.other = map[string]*knowledge{}
	b.wording.Lock()
	defer b.wording.Unlock()
	words := make(map[*corpus.Document][]spoken, len(k.read))
	for _, d := range k.read {
		if w, ok := b.words[d]; ok {
			words[d] = w
		}
	}
	b.words = words // without those of documents that are gone
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
	k, err := b.learn(ctx, day, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("bot: learn what held on %s: %w", day, err)
	}
	if len(b.other) >= maxOther {
		clear(b.other)
	}
	b.other[day] = k
	return k, nil
}

// maxUnsteady bounds how often one question is begun anew.
const maxUnsteady = 8

// steady returns what f makes of what is known on a day (empty for today). If something
// else was learnt meanwhile, f is called again with that: the index may have gone on as
// well, so that f found neither the revision that it knew nor the one that it did not.
func steady[T any](ctx context.Context, b *Bot, day string, f func(k *knowledge) (T, error)) (T, error) {
	k, err := b.on(ctx, day)
	for n := 1; err == nil; n++ {
		out, failed := f(k)
		var now *knowledge
		if now, err = b.on(ctx, day); now == k || n == maxUnsteady {
			return out, failed
		}
		k = now
	}
	var none T
	return none, err
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

func (b *Bot) today() string { return corpus.DayOf(b.now()) }
