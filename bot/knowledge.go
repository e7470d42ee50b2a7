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
	"github.com/wence-bot/wence/index"
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
	docs        []*corpus.Document
	current     map[corpus.Ref]*corpus.Document // by ID and revision, without path
	led         map[string]*led                 // by the path of the scenario in ScenarioDocument
	exampleIDF  map[string]float64
	rareExample float64
	bodies      []string            // full names of all responsible bodies
	names       *corpus.Lexicon     // the names of the bodies as the documents write them → full names
	duties      map[string][]duty   // by full name
	headings    *corpus.Lexicon     // headings and their halves, normalised
	titles      []string            // normalised, without title marks
	numbers     *regexp.Regexp      // how people write the numbers of the documents: 24号文
	sounds      map[string][]string // pinyin → words of the policies and the thesaurus
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
		docs: docs, current: map[corpus.Ref]*corpus.Document{}, led: map[string]*led{}, exampleIDF: map[string]float64{},
		duties: map[string][]duty{}, names: corpus.ParseList("", ""), headings: corpus.ParseList("", ""), sounds: map[string][]string{},
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
			}
			for _, t := range b.Analyzer.Words(c.Text) {
				b.addSound(k, t.Term)
			}
		}
	}
	for phrase := range b.Vocabulary.Thesaurus.Phrases {
		b.addSound(k, phrase)
	}
	for _, d := range docs {
		k.titles = append(k.titles, bare(b.Analyzer.Normalize(d.Title)))
	}
	k.numbers = numbersOf(b.Analyzer, docs)
	b.lead(k)
	b.known.Store(k)
	return nil
}

// documentNumber takes apart the number of a document: who issued it, year, number.
var documentNumber = regexp.MustCompile(`^(.*)[〔\[(（]([0-9]{4})[〕\])）]([0-9]+)号$`)

// numbersOf matches the numbers of documents as people write them, whole or in
// part: 清府办函〔2024〕24号, 24号文, 清府办函24号.
func numbersOf(a index.Analyzer, docs []*corpus.Document) *regexp.Regexp {
	alternatives := []string{`\x00`} // matches nothing that was normalised
	for _, d := range docs {
		if m := documentNumber.FindStringSubmatch(d.Number); m != nil {
			issuer := regexp.QuoteMeta(a.Normalize(m[1]))
			alternatives = append(alternatives, fmt.Sprintf(`(?:%s)?\(?(?:%s)?\)?年?第?%s号(?:文件|文)?`, issuer, m[2], m[3]), issuer)
		}
	}
	return regexp.MustCompile(strings.Join(alternatives, "|"))
}

// shortHeading is the length in characters from which a heading is told apart
// from an ordinary word.
const shortHeading = 4

// shortTitle is the length in characters from which a name in title marks can be
// told to be that of a document.
const shortTitle = 5

// inTitleMarks finds names in title marks, nested ones with their inner marks.
var inTitleMarks = regexp.MustCompile(`《[^《》]*(?:《[^《》]*》[^《》]*)*》`)

// readNames marks the numbers and titles of the documents: they say which
// document is asked about, not what.
func (k *knowledge) readNames(r *reading, marks marks) {
	if k.numbers == nil { // the examples are read before the documents are known
		return
	}
	for _, span := range k.numbers.FindAllStringIndex(r.text, -1) {
		marks.set(span[0], span[1], markFiller)
	}
	for _, span := range inTitleMarks.FindAllStringIndex(r.text, -1) {
		name := bare(r.text[span[0]:span[1]])
		for _, title := range k.titles {
			if utf8.RuneCountInString(name) >= shortTitle && strings.Contains(title, name) {
				marks.set(span[0], span[1], markFiller)
			}
		}
	}
}

// bare drops title marks, which people nest in their own ways.
func bare(title string) string {
	return strings.NewReplacer("《", "", "》", "", "〈", "", "〉", "", "<", "", ">", "").Replace(title)
}

func (b *Bot) today() string { return b.now().Format(time.DateOnly) }

func (b *Bot) addSound(k *knowledge, word string) {
	if utf8.RuneCountInString(word) < 2 || !isHan(word) {
		return
	}
	s := b.Analyzer.Sound(word)
	if !slices.Contains(k.sounds[s], word) {
		k.sounds[s] = append(k.sounds[s], word)
	}
}

// isHan reports whether all of s is Chinese characters.
func isHan(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x3400 })
}

// The longest slip of the pen that is looked for, in characters.
const longestSlip = 6

// hearHomophones finds words of the policies that sound like a part of the
// question which is no word: 拔付 → 拨付. A part is looked at only if the
// dictionary had to leave it as single characters that no lexicon knows.
func (b *Bot) hearHomophones(k *knowledge, r *reading, marks marks, tokens []index.Token) {
	for i := 0; i < len(tokens); i++ {
		for j := min(i+longestSlip, len(tokens)); j > i; j-- {
			if w := b.slip(k, r.text, marks, tokens[i:j]); len(w) > 0 {
				b.heard(r, tokens[i].Start, tokens[j-1].End, w)
				i = j - 1
				break
			}
		}
	}
}

// slip returns the words that a run of tokens may be a slip for.
func (b *Bot) slip(k *knowledge, text string, marks marks, run []index.Token) []string {
	start, end := run[0].Start, run[len(run)-1].End
	written := text[start:end]
	n := utf8.RuneCountInString(written)
	if n < 2 || n > longestSlip || !isHan(written) || marks.any(start, end, markConcept|markAim) {
		return nil
	}
	lone, filler := 0, 0 // characters that are no part of a word, and those that carry no matter
	for _, t := range run {
		if c := utf8.RuneCountInString(t.Term); c == 1 || t.Freq == 0 {
			lone += c
		}
		if marks.any(t.Start, t.End, markFiller) {
			filler++
		}
	}
	// Three syllables that sound like a term hardly do so by chance, two easily do.
	if 2*lone < n || n == 2 && (lone < 2 || filler > 1) {
		return nil
	}
	words := k.sounds[b.Analyzer.Sound(written)]
	if slices.Contains(words, written) {
		return nil
	}
	var out []string
	for _, w := range words {
		// Two characters sound alike by chance: one of them must be right.
		if n > 2 || sharesRune(w, written) {
			out = append(out, w)
		}
	}
	return out
}

func sharesRune(a, b string) bool { return strings.ContainsAny(a, b) }

// heard replaces the concepts inside a slip by one that means the right words.
func (b *Bot) heard(r *reading, start, end int, words []string) {
	c := concept{surface: r.text[start:end], start: start, end: end, alts: said(r.text[start:end])}
	for _, w := range words {
		c.alts = append(c.alts, alternative{text: w, weight: weightHomophone})
		for _, policy := range b.Vocabulary.Thesaurus.KeysOf(w) {
			c.alts = append(c.alts, alternative{text: policy, weight: weightHomophone * weightThesaurus})
		}
	}
	r.concepts = slices.DeleteFunc(r.concepts, func(o concept) bool { return o.start >= start && o.end <= end })
	r.concepts = append(r.concepts, c)
}
