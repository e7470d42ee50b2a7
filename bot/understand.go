package bot

import (
	"regexp"
	"slices"
	"strings"
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
	aimAnd     aim = "and"     // no aim but a word that joins two matters
	aimLead    aim = "lead"    // who takes the lead, which is more than being responsible
	aimAbout   aim = "about"   // the document itself: its date, its number, who issued it
	aimPast    aim = "past"    // what has been reached, which no plan says
	aimReward  aim = "reward"  // money, of which an amount may be asked
	aimEach    aim = "each"    // each of several matters is asked about
	aimMention aim = "mention" // whether the document has a word at all
	aimShared  aim = "shared"  // what several bureaus do together
	aimBack    aim = "back"    // no aim but a word that points at the question before
)

// A concept is one thing that a question is about: a word or phrase of it, and
// what policies may call the same thing.
type concept struct {
	surface    string
	start, end int // byte offsets into reading.text
	alts       []alternative
	freq       float64  // of the surface in general Chinese, per million; 0 if unknown
	term       bool     // the thesaurus knows it
	reward     bool     // money, and how much is asked: the amount is not the matter
	figure     bool     // a number
	matter     bool     // a known public-service matter: it must be covered or the answer is no
	sure       bool     // the list of matters has it, not only the thesaurus
	body       bool     // the name of a bureau
	context    bool     // from the question before: it helps, but is not what is asked
	pieces     [][2]int // of a compound: where its words stand
	words      []string // of a compound: in the order of the text
	apart      bool     // of a compound: they stand in several sentences
}

// isYear reports whether the concept is a year, which is checked, see sameYear, and
// is not compared.
func (c *concept) isYear() bool { return year.FindString(c.surface) == c.surface }

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
	day      string // whose policies shall answer, YYYY-MM-DD
	region   string // whose policies they are, empty if there are several places
	aims     map[aim]bool
	talk     map[string]bool // greeting, abuse, …
	concepts []concept
	bodies   []corpus.Mention
	names    []string         // full names of the bodies, as far as they are known
	topics   []corpus.Mention // words for what a bureau deals with
	places   []corpus.Found
	before   []corpus.Found // places that the question before is about, if this one names none
	only     []string       // places whose policies alone can answer
	asked    []asked
	headings []string // of the policies, that the text names
	joints   []int    // byte offsets at which a word joins two matters
	stops    []int    // byte offsets of punctuation, which may do so
	numbered bool     // the text is a numbered list of matters
	// uncovered are the matters of a list that no policy covers, beside some that one does.
	uncovered []string
	evidence  *Evidence // nil among few documents
	bystander bool      // a word of the text says only where or who
	recalled  string    // the text of the question before, if the matter is all from there
	manners   string    // the kind of talk that the text is, if it is nothing else
	// emergencies are the dangers that the text tells of.
	emergencies []string
}

// read understands a question as far as its words go; it looks nothing up in the policies.
func (b *Bot) read(k *knowledge, text string) *reading {
	r := b.normalize(k, text)
	v := b.Vocabulary
	for _, f := range v.Talk.Find(strings.Join(strings.Fields(r.text), "")) {
		for _, k := range f.Keys {
			r.talk[k] = true
		}
	}
	r.manners, r.emergencies = b.readManners(r.text), b.readEmergencies(r.text)
	r.readItems()
	tokens := b.Analyzer.Words(r.text)
	if heard := b.hearBodies(k, r.text, tokens); heard != r.text {
		r.text, tokens = heard, b.Analyzer.Words(heard)
	}
	b.readPlaces(k, r, tokens)
	r.only = b.elsewhere(r)
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
	r.setBack()
	r.countsThings()
	switch {
	case !r.aims[aimAmount] && counted.MatchString(r.text):
		r.aims[aimNumber] = true // 不是说30类吗: a figure asks for the figure
	case r.aims[aimYesNo]:
		delete(r.aims, aimNumber) // 能不能办几个证: whether, not how many
	}
	return r
}

// introduction finds where somebody says who they are before they ask: 我是中职老师,…
var introduction = regexp.MustCompile(`(?:^|[,;:!?。])(?:你好|您好|请问|喂)?,?(?:(?:我|我们|本人|咱|咱们|我司|我公司|我厂|我单位|我这边|我们这边)(?:是|在|叫|来自)[^,;:!?。]*|(?:我|我们|我们公司|我们厂|我司|咱|咱们|家里|老家)?(?:是)?(?:专门|专业|一直)?(?:做|搞|开|干|卖|帮|替|给|生产|加工)[^,;:!?。]{1,40}的)[,;:!?。]|^[^,;:!?。]{0,6}(?:公司|工厂|企业|厂家|厂|作坊|合作社|工作室|门店),`)

// setBack makes context of what somebody says of themselves, if more follows: a
// teacher who asks for books does not ask for teachers.
func (r *reading) setBack() {
	for _, span := range introduction.FindAllStringIndex(r.text, -1) {
		inside := func(c concept) bool { return c.start >= span[0] && c.end <= span[1] }
		if !slices.ContainsFunc(r.concepts, func(c concept) bool {
			return !inside(c) && !c.body && utf8.RuneCountInString(c.surface) > 1
		}) {
			continue
		}
		for i := range r.concepts {
			if inside(r.concepts[i]) && !r.concepts[i].body {
				r.concepts[i].context = true
			}
		}
		r.stops = slices.DeleteFunc(r.stops, func(at int) bool { return at >= span[0] && at < span[1] })
	}
}

// counted finds a figure with what is counted.
var counted = regexp.MustCompile(`[0-9]{1,4}(?:家|类|级|个|项|强|%|万|亿|倍|成|条|名|年)`)

// asksCount finds how many of what is asked.
var asksCount = regexp.MustCompile(`(?:多少|几)(?:家|类|项|条|种|人|名|次|批|级|场|所|户|亩|个)`)

// countsThings makes a question for a number of one that seemed to be for an amount of
// money: 要有多少家. 几个点 and 几个月 count nothing that stands there.
func (r *reading) countsThings() {
	m := asksCount.FindStringIndex(r.text)
	if m == nil || strings.HasSuffix(r.text[:m[1]], "个") && slices.ContainsFunc([]string{"点", "百", "月", "工", "亿"}, func(w string) bool { return strings.HasPrefix(r.text[m[1]:], w) }) {
		return
	}
	apart := func(a asked) bool { return a.aim == aimAmount && (a.at > m[1] || a.at < m[0]-len("要有")) }
	if r.aims[aimAmount] && !slices.ContainsFunc(r.asked, apart) {
		delete(r.aims, aimAmount)
		r.aims[aimNumber] = true
	}
}

// readExample reads a way of asking for what it says of the matter and the aim
// only. It was written with care, so no slips are looked for.
func (b *Bot) readExample(k *knowledge, text string) *reading {
	r := b.normalize(k, text)
	b.readMatter(k, r, b.Analyzer.Words(r.text))
	b.settle(r)
	return r
}

func (b *Bot) normalize(k *knowledge, text string) *reading {
	text = b.Vocabulary.Dialect.Replace(inDigits(b.Analyzer.Normalize(circled.Replace(text))))
	return &reading{
		day: k.day, region: k.region,
		text: joinSeparable(text, b.Vocabulary.Thesaurus.Has),
		aims: map[aim]bool{}, talk: map[string]bool{},
	}
}

func (b *Bot) readMatter(k *knowledge, r *reading, tokens []index.Token) marks {
	border := borders(tokens)
	marks := newMarks(len(r.text))
	k.readNames(r, marks)
	b.readCompounds(r, marks, border)
	b.readPhrases(r, marks, border)
	aims := b.Vocabulary.Aims.Find(r.text)
	b.readAims(r, aims, marks)
	b.readFiller(k, r, marks, border)
	r.readJoints(aims, marks, border)
	r.dropCompounds()
	b.readWords(r, marks, tokens)
	return marks
}

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
		if len(c.pieces) == 0 && b.Vocabulary.Bystanders.Begins(r.text[c.end:]) {
			c.context, r.bystander = true, true // 银行门口 is not about banks
		}
		for _, m := range r.bodies {
			if c.start >= m.Start && c.end <= m.End {
				c.body = true
			}
		}
	}
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
