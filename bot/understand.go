package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// An aim is what is asked about a matter. The values are the keys of the aims lexicon.
type aim string

const (
	aimWho     aim = "who"
	aimAmount  aim = "amount"
	aimDate    aim = "date"
	aimTerms   aim = "terms" // conditions, papers, procedure
	aimContact aim = "contact"
	aimPerson  aim = "person"
	aimNumber  aim = "number"
	aimYesNo   aim = "yesno"
	aimCompare aim = "compare"
	aimDuty    aim = "duty"
	aimBasis   aim = "basis"
	aimAnd     aim = "and"    // no aim but a word that joins two matters
	aimLead    aim = "lead"   // who takes the lead, which is more than being responsible
	aimAbout   aim = "about"  // the document itself: its date, its number, who issued it
	aimPast    aim = "past"   // what has been reached, which no plan says
	aimReward  aim = "reward" // money, of which an amount may be asked
	aimEach    aim = "each"   // each of several matters is asked about
	aimBack    aim = "back"   // no aim but a word that points at the question before
)

// A concept is one thing that a question is about: a word or phrase of it, and
// what policies may call the same thing.
type concept struct {
	surface    string
	start, end int // byte offsets into reading.text
	alts       []alternative
	freq       float64 // of the surface in general Chinese, per million; 0 if unknown
	term       bool    // the thesaurus knows it
	reward     bool    // money, and how much is asked: the amount is not the matter
	figure     bool    // a number
	matter     bool    // a known public-service matter: it must be covered or the answer is no
	body       bool    // the name of a bureau
	context    bool    // from the question before: it helps, but is not what is asked
}

// An alternative is one way in which a policy may put a concept.
type alternative struct {
	text   string
	weight float64  // 1 = said so, less = may be meant
	pairs  []string // the character pairs of text, once it is weighed
}

// How sure a way of putting a concept is, compared with the words themselves.
// Found by trying 0.5 to 1.0 on the golden questions; the result is flat around them.
const (
	weightThesaurus = 0.9
	weightHomophone = 0.85
)

// asked is an aim and where it stands.
type asked struct {
	aim aim
	at  int // byte offset into reading.text
}

// aimsIn returns the aims that stand in text[start:end].
func (r *reading) aimsIn(start, end int) map[aim]bool {
	out := map[aim]bool{}
	for _, a := range r.asked {
		if a.at >= start && a.at < end {
			out[a.aim] = true
		}
	}
	return out
}

// A reading is an understood question.
type reading struct {
	text     string // normalised, dialect rewritten
	aims     map[aim]bool
	talk     map[string]bool // greeting, abuse, …
	concepts []concept
	bodies   []corpus.Mention
	names    []string         // full names of the bodies, as far as they are known
	topics   []corpus.Mention // words for what a bureau deals with
	places   []corpus.Found
	asked    []asked
	headings []string // of the policies, that the text names
	joints   []int    // byte offsets at which a word joins two matters
	stops    []int    // byte offsets of punctuation, which may do so
}

// read understands a question as far as its words go; it looks nothing up in the policies.
func (b *Bot) read(k *knowledge, text string) *reading {
	r := b.normalize(text)
	v := b.Vocabulary
	for _, f := range v.Talk.Find(strings.Join(strings.Fields(r.text), "")) {
		for _, k := range f.Keys {
			r.talk[k] = true
		}
	}
	tokens := b.Analyzer.Words(r.text)
	b.readPlaces(r, tokens)
	b.readBodies(k, r)
	for i, c := range r.text {
		if strings.ContainsRune(",;?!。、+", c) && !quoted(r.text, i) {
			r.stops = append(r.stops, i)
		}
	}
	r.names = b.bodyNames(k, r)
	for _, f := range k.headings.Find(r.text) {
		r.headings = append(r.headings, f.Phrase)
	}
	marks := b.readMatter(k, r, tokens)
	b.hearHomophones(k, r, marks, tokens)
	b.settle(r)
	if !r.aims[aimAmount] && counted.MatchString(r.text) {
		r.aims[aimNumber] = true // 不是说30类吗: a figure asks for the figure
	}
	return r
}

// counted finds a figure with what is counted.
var counted = regexp.MustCompile(`[0-9]{1,4}(?:家|类|级|个|项|强|%|万|亿|倍|成|条|名|年)`)

// readExample reads a way of asking for what it says of the matter and the aim
// only. It was written with care, so no slips are looked for.
func (b *Bot) readExample(k *knowledge, text string) *reading {
	r := b.normalize(text)
	b.readMatter(k, r, b.Analyzer.Words(r.text))
	b.settle(r)
	return r
}

func (b *Bot) normalize(text string) *reading {
	return &reading{
		text: b.Vocabulary.Dialect.Replace(b.Analyzer.Normalize(text)),
		aims: map[aim]bool{}, talk: map[string]bool{},
	}
}

func (b *Bot) readMatter(k *knowledge, r *reading, tokens []index.Token) marks {
	border := borders(tokens)
	marks := newMarks(len(r.text))
	k.readNames(r, marks)
	b.readPhrases(r, marks, border)
	aims := b.Vocabulary.Aims.Find(r.text)
	b.readAims(r, aims, marks)
	b.readFiller(r, marks, border)
	r.readJoints(aims, marks, border)
	b.readWords(r, marks, tokens)
	return marks
}

// readPlaces finds the places that a text names. A short name is one only where
// the dictionary takes it for a place: 高安 in 提高安全 is none, nor is 合作.
func (b *Bot) readPlaces(r *reading, tokens []index.Token) {
	border := borders(tokens)
	for _, f := range b.Vocabulary.Places.Find(r.text) {
		full := slices.Contains(f.Keys, f.Phrase)
		named := slices.ContainsFunc(tokens, func(t index.Token) bool {
			return t.Start == f.Start && t.End == f.End && strings.HasPrefix(t.POS, "ns")
		})
		if full && border[f.Start] && border[f.End] || named {
			r.places = append(r.places, f)
		}
	}
}

// readBodies finds the bureaus that a text names: by the names in the documents,
// else by those in the register. A mere topic word such as 税务 is none.
func (b *Bot) readBodies(k *knowledge, r *reading) {
	for _, f := range r.places {
		// 连州市政府 is one of 各县(市、区)人民政府.
		rest := r.text[f.End:]
		n := len(rest) - len(strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(rest, "市县区"), "人民"), "政府"))
		if strings.HasSuffix(rest[:n], "政府") && slices.ContainsFunc(f.Keys, func(p string) bool { return b.Vocabulary.Places.Above(b.Region, p) }) {
			r.bodies = append(r.bodies, corpus.Mention{Name: countyGovernment, Start: f.Start, End: f.End + n})
		}
	}
	for _, f := range k.names.Find(r.text) {
		r.bodies = append(r.bodies, corpus.Mention{Name: f.Keys[0], Start: f.Start, End: f.End})
	}
	numbers := k.numbers.FindAllStringIndex(r.text, -1)
	for _, m := range b.Register.Mentions(r.text) {
		if slices.ContainsFunc(numbers, func(n []int) bool { return m.Start < n[1] && n[0] < m.End }) {
			continue // 府办 in 清府办函 asks for nobody
		}
		inside := slices.ContainsFunc(r.bodies, func(o corpus.Mention) bool { return m.Start < o.End && o.Start < m.End })
		switch {
		case m.Word:
			r.topics = append(r.topics, m)
		case !inside:
			r.bodies = append(r.bodies, m)
		}
	}
}

// countyGovernment is a name by which the register knows the governments below a city.
const countyGovernment = "县级人民政府"

// namesMatter reports whether any of the concepts is more than the name of a
// bureau or the topic word of one: 工信一家说了算吗 names no second matter.
func (r *reading) namesMatter(concepts []concept) bool {
	return slices.ContainsFunc(concepts, func(c concept) bool {
		topic := slices.ContainsFunc(r.topics, func(m corpus.Mention) bool { return c.start >= m.Start && c.end <= m.End })
		return !c.body && !topic
	})
}

// readPhrases makes concepts of the phrases that the thesaurus or the list of
// public-service matters knows. Where they overlap the longer one counts: 商标 in
// 商标注册 is not what a policy calls a brand.
func (b *Bot) readPhrases(r *reading, marks marks, border map[int]bool) {
	found := append(b.Vocabulary.Thesaurus.Find(r.text), b.Vocabulary.Matters.Find(r.text)...)
	slices.SortStableFunc(found, func(x, y corpus.Found) int {
		if d := (y.End - y.Start) - (x.End - x.Start); d != 0 {
			return d
		}
		return x.Start - y.Start
	})
	for _, f := range found {
		if marks.any(f.Start, f.End, markConcept|markFiller) || b.Vocabulary.Aims.Has(f.Phrase) {
			continue
		}
		if n := utf8.RuneCountInString(f.Phrase); n <= shortPhrase && !(border[f.Start] && border[f.End]) || n == shortPhrase+1 && !border[f.End] {
			continue // 理财 in 理一理财务 is no word, and 银行贷 not the whole one
		}
		marks.set(f.Start, f.End, markConcept)
		c := concept{surface: f.Phrase, start: f.Start, end: f.End, alts: said(f.Phrase), matter: b.Vocabulary.Matters.Has(f.Phrase)}
		for _, policy := range b.Vocabulary.Thesaurus.KeysOf(f.Phrase) {
			c.term = len(b.Vocabulary.Aims.Find(f.Phrase)) == 0 // 要培育几家 asks, and names nothing
			if policy != f.Phrase {
				c.alts = append(c.alts, alternative{text: policy, weight: weightThesaurus})
			}
		}
		r.concepts = append(r.concepts, c)
	}
}

// shortPhrase is the length in characters up to which a phrase may stand in a text
// by chance, across the borders of its words.
const shortPhrase = 2

// readAims finds what is asked and the words that join matters.
func (b *Bot) readAims(r *reading, found []corpus.Found, marks marks) {
	for _, f := range found {
		for _, k := range f.Keys {
			r.aims[aim(k)] = true
			r.asked = append(r.asked, asked{aim(k), f.Start})
		}
		if !marks.any(f.Start, f.End, markConcept) && !slices.Contains(f.Keys, string(aimReward)) {
			marks.set(f.Start, f.End, markAim)
		}
	}
}

// quoted reports whether i lies between quotation marks.
func quoted(text string, i int) bool {
	return strings.Count(text[:i], `"`)%2 == 1 && strings.Contains(text[i:], `"`)
}

// readJoints finds the words that join two matters. A word of one character, such
// as 和, joins only where it is a word (not in 和谐) and stands between words that
// say something (not in 想跟政府反映), and none joins inside quotation marks.
func (r *reading) readJoints(found []corpus.Found, marks marks, border map[int]bool) {
	for _, f := range found {
		if !slices.Contains(f.Keys, string(aimAnd)) || quoted(r.text, f.Start) {
			continue
		}
		word := border[f.Start] && border[f.End] ||
			f.Start > 0 && f.End < len(marks) && marks[f.Start-1] == markConcept && marks[f.End] == markConcept
		if word {
			r.joints = append(r.joints, f.Start)
		}
	}
}

// readFiller marks the words that carry no matter, and our own place: that a
// policy of this city is about this city says nothing.
func (b *Bot) readFiller(r *reading, marks marks, border map[int]bool) {
	for _, f := range b.Vocabulary.Talk.Find(r.text) {
		if !marks.any(f.Start, f.End, markConcept) && slices.ContainsFunc(smallTalk, func(kind string) bool { return slices.Contains(f.Keys, kind) }) {
			marks.set(f.Start, f.End, markFiller)
		}
	}
	// 热线转诉求: says who asks, not what.
	if i := strings.IndexByte(r.text, ':'); i > 0 && utf8.RuneCountInString(r.text[:i]) <= longestLabel {
		marks.set(0, i, markFiller)
	}
	for _, f := range b.Vocabulary.Filler.Find(r.text) {
		// Filler counts only between word borders: 要 is filler, but not in 要素.
		if border[f.Start] && border[f.End] && !marks.any(f.Start, f.End, markConcept) {
			marks.set(f.Start, f.End, markFiller)
		}
	}
	for _, f := range r.places {
		for _, place := range f.Keys {
			if b.Vocabulary.Places.Within(place, b.Region) && !marks.any(f.Start, f.End, markConcept) {
				marks.set(f.Start, f.End, markFiller)
			}
		}
	}
}

// smallTalk are the kinds of talk that say nothing of a matter.
var smallTalk = []string{"greeting", "thanks", "bye"}

// longestLabel is the length in characters of the longest label before a colon.
const longestLabel = 8

// borders returns the byte offsets at which a word begins or ends.
func borders(tokens []index.Token) map[int]bool {
	out := make(map[int]bool, 2*len(tokens))
	for _, t := range tokens {
		out[t.Start], out[t.End] = true, true
	}
	return out
}

// readWords makes concepts of the words that no lexicon has claimed and that are no filler.
func (b *Bot) readWords(r *reading, marks marks, tokens []index.Token) {
	from := len(r.concepts)
	for _, t := range tokens {
		if marks.any(t.Start, t.End, markConcept|markAim|markFiller) || !meaningful(t.Term) {
			continue
		}
		c := concept{surface: t.Term, start: t.Start, end: t.End, freq: t.Freq, figure: isFigure(t.Term), alts: said(t.Term)}
		for _, f := range b.Vocabulary.Thesaurus.Find(t.Term) { // 贷款 in 银行贷款, which is one word
			c.alts = append(c.alts, alternative{text: f.Phrase, weight: weightThesaurus})
			for _, policy := range f.Keys {
				c.alts = append(c.alts, alternative{text: policy, weight: weightThesaurus * weightThesaurus})
			}
		}
		r.concepts = append(r.concepts, c)
	}
	if from == 0 {
		r.joinLone()
	}
}

// joinLone makes one word of the characters of a question that says nothing else
// and that the dictionary could not join: 班列归哪个部门管.
func (r *reading) joinLone() {
	n := len(r.concepts)
	if n < 2 || n > longestUnknown {
		return
	}
	for i, c := range r.concepts {
		if utf8.RuneCountInString(c.surface) > 1 || i > 0 && c.start != r.concepts[i-1].end {
			return
		}
	}
	start, end := r.concepts[0].start, r.concepts[n-1].end
	r.concepts = []concept{{surface: r.text[start:end], start: start, end: end, alts: said(r.text[start:end])}}
}

// longestUnknown is the length in characters of the longest such word.
const longestUnknown = 4

// settle puts the concepts in the order of the text, joins those that stand twice
// and says which are names of bureaus.
func (b *Bot) settle(r *reading) {
	slices.SortStableFunc(r.concepts, func(x, y concept) int { return x.start - y.start })
	seen := map[string]bool{}
	r.concepts = slices.DeleteFunc(r.concepts, func(c concept) bool {
		twice := seen[c.surface]
		seen[c.surface] = true
		return twice && len(r.joints)+len(r.stops) == 0 // each of two matters keeps its words
	})
	if r.aims[aimYesNo] {
		// 是2025年吧: the figure is what is doubted, and nothing to look for.
		r.concepts = slices.DeleteFunc(r.concepts, func(c concept) bool { return c.figure })
	}
	for i := range r.concepts {
		c := &r.concepts[i]
		c.reward = r.aims[aimAmount] && slices.Contains(b.Vocabulary.Aims.KeysOf(c.surface), string(aimReward))
		for _, m := range r.bodies {
			if c.start >= m.Start && c.end <= m.End {
				c.body = true
			}
		}
	}
}

// isFigure reports whether a word is a number, with or without a sign: 50, 2027, 98%.
func isFigure(word string) bool {
	return word[0] >= '0' && word[0] <= '9' && !strings.ContainsFunc(word, unicode.IsLetter)
}

// isLatin reports whether a word begins with a Latin letter.
func isLatin(word string) bool { return word[0] >= 'a' && word[0] <= 'z' }

func said(text string) []alternative { return []alternative{{text: text, weight: 1}} }

// meaningful reports whether a word can carry matter by itself: single letters and
// lone characters of a run that the dictionary could not cut do not.
func meaningful(term string) bool {
	r, _ := utf8.DecodeRuneInString(term)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// marks says for each byte of a text which lexicon has claimed it.
type marks []mark

type mark uint8

const (
	markConcept mark = 1 << iota
	markAim
	markFiller
)

func newMarks(n int) marks { return make(marks, n) }

func (m marks) set(start, end int, k mark) {
	for i := start; i < end; i++ {
		m[i] |= k
	}
}

func (m marks) any(start, end int, k mark) bool {
	for i := start; i < end; i++ {
		if m[i]&k != 0 {
			return true
		}
	}
	return false
}

// matter returns the concepts that can be searched for: all but the bureau names
// that the question only asks about, if anything else is left.
func (r *reading) matter() []concept {
	var out []concept
	for _, c := range r.concepts {
		if !c.body {
			out = append(out, c)
		}
	}
	return out
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
