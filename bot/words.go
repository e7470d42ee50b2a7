package bot

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// readPhrases makes concepts of the phrases that the thesaurus or the list of
// public-service matters knows. Where they overlap the longer one counts: 商标 in
// 商标注册 is not what a policy calls a brand.
func (b *Bot) readPhrases(r *reading, marks marks, border map[int]bool) {
	found := append(b.Vocabulary.Thesaurus.Find(r.text), b.Vocabulary.Matters.Find(r.text)...)
	size := func(f corpus.Found) int {
		n := utf8.RuneCountInString(f.Phrase)
		if !border[f.Start] || !border[f.End] {
			n -= tornPhrase // 专精特新贷 tears 贷款贴息 apart
		}
		return n
	}
	slices.SortStableFunc(found, func(x, y corpus.Found) int {
		return cmp.Or(cmp.Compare(size(y), size(x)), cmp.Compare(x.Start, y.Start))
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
		c.sure = c.matter
		for _, policy := range b.Vocabulary.Thesaurus.KeysOf(f.Phrase) {
			c.term = len(b.Vocabulary.Aims.Find(f.Phrase)) == 0 // 要培育几家 asks, and names nothing
			if policy != f.Phrase {
				c.alts = append(c.alts, alternative{text: policy, weight: weightThesaurus})
			}
		}
		r.concepts = append(r.concepts, c)
	}
}

// tornPhrase is how many characters a phrase is worth less if it ends inside a word.
const tornPhrase = 2

// shortPhrase is the length in characters up to which a phrase may stand in a text
// by chance, across the borders of its words.
const shortPhrase = 2

// readAims finds what is asked and the words that join matters.
func (b *Bot) readAims(r *reading, found []corpus.Found, marks marks) {
	for _, f := range found {
		if r.tellsFigure(f) {
			continue
		}
		for _, k := range f.Keys {
			if aim(k) == aimAmount && r.counts(f) {
				k = string(aimNumber)
			}
			r.aims[aim(k)] = true
			r.asked = append(r.asked, asked{aim(k), f.Start})
		}
		if !marks.any(f.Start, f.End, markConcept) && !slices.Contains(f.Keys, string(aimReward)) {
			marks.set(f.Start, f.End, markAim)
		}
	}
}

// numbered finds what has a number that is no day: 几号键, 几号楼.
var numbered = regexp.MustCompile(`^(?:键|楼|线|门|窗|桌|台|馆|展|厅|文|令|车|机|柜|库|仓|房|公告|按键|通知)`)

// counts reports whether a word that asks how much stands before what is counted: 要有多少家.
func (r *reading) counts(f corpus.Found) bool {
	after, _ := utf8.DecodeRuneInString(r.text[f.End:])
	return strings.ContainsAny(f.Phrase, "多几") && strings.ContainsRune(countedUnits, after)
}

// countedUnits are the characters with which things are counted that are no money.
const countedUnits = "家个类项间条所名人级批种"

// tellsFigure reports whether a word that may ask for a figure is part of what is told:
// 用地额度 is no amount, and 做了十几年 asks for no year.
func (r *reading) tellsFigure(f corpus.Found) bool {
	figure := func(k string) bool { return k == string(aimAmount) || k == string(aimDate) || k == string(aimNumber) }
	if !slices.ContainsFunc(f.Keys, figure) {
		return false
	}
	if !strings.ContainsAny(f.Phrase, "几多何啥什哪") {
		after, _ := utf8.DecodeRuneInString(r.text[f.End:])
		used := slices.Contains(f.Keys, string(aimAmount)) && strings.ContainsRune(toldAfter, after)
		return used || slices.ContainsFunc(r.concepts, func(c concept) bool {
			return c.start < f.Start && f.End <= c.end && len(c.pieces) == 0
		})
	}
	before, _ := utf8.DecodeLastRuneInString(r.text[:f.Start])
	if strings.HasSuffix(f.Phrase, "几号") && numbered.MatchString(r.text[f.End:]) {
		return true // 按几号键
	}
	yearly := (before == '年' || before == '月') && slices.Contains(f.Keys, string(aimAmount)) // 利息一年几十万
	return strings.HasPrefix(f.Phrase, "几") && (yearly || strings.ContainsRune(toldBefore, before) || strings.ContainsAny(r.text[f.End:], ",;。") && r.asksLater(f.End))
}

// toldAfter are the characters after a figure's name that tell what became of it: 额度用光了.
const toldAfter = "用没满卡紧砍缩降批下"

// toldBefore are the characters before 几 that make it a rough figure: 十几年, 才几万.
const toldBefore = "十好才都过隔这那前后近"

// asksLater reports whether the text asks for something else after a place.
func (r *reading) asksLater(from int) bool {
	return strings.ContainsAny(r.text[from:], "谁哪吗吧么怎咋不没")
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

// item finds where somebody begins an item of a list of matters: 一、…;二、…
var item = regexp.MustCompile(`(?:^|[:;,.?!。\s])\s*(\(?第?[一二三四五1-5](?:[、.)]|个?[,:]|[问来则])\s*|(?:一个|另一个|再一个|还有一个|一件|另一件|第[一二三]件)是)`)

// circled writes a number in a circle as one that begins an item: folding makes a mere 1 of ①.
var circled = strings.NewReplacer(circledItems()...)

func circledItems() []string {
	var out []string
	for i := range maxMatters {
		for _, first := range []rune{'①', '❶', '➀', '➊', '㊀'} {
			out = append(out, string(first+rune(i)), fmt.Sprintf(" %d、", i+1))
		}
	}
	return out
}

// readItems takes a numbered list for what it is: each item is a matter of its own, its
// number is none. The text keeps its length.
func (r *reading) readItems() {
	found := item.FindAllStringSubmatchIndex(r.text, -1)
	if len(found) < 2 {
		return
	}
	r.aims[aimEach], r.numbered = true, true
	for i, f := range found {
		start, end := f[2], f[3]
		r.text = r.text[:start] + strings.Repeat(" ", end-start) + r.text[end:]
		if i > 0 {
			r.joints = append(r.joints, start)
		}
	}
}

// readFiller marks the words that carry no matter, and our own place: that a
// policy of this city is about this city says nothing.
func (b *Bot) readFiller(k *knowledge, r *reading, marks marks, border map[int]bool) {
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
	for _, span := range doubled(r.text) {
		if !marks.any(span[0], span[1], markConcept) {
			marks.set(span[0], span[1], markFiller)
		}
	}
	for _, f := range r.places {
		ours := slices.ContainsFunc(f.Keys, func(p string) bool { return b.Vocabulary.Places.Within(p, r.region) }) ||
			!r.leaves(f) && b.hasLocal(k, f.Keys)
		if (ours || r.cameFrom(f)) && !marks.any(f.Start, f.End, markConcept) {
			marks.set(f.Start, f.End, markFiller)
		}
	}
}

// doubled finds verbs that are doubled, which makes them casual: 带一带, 问一问. No
// word of a policy stands across their borders: 一带 is not that of 一带一路.
func doubled(text string) [][2]int {
	var out [][2]int
	const size = len("带")
	for i := strings.Index(text, "一"); i >= 0; {
		if i >= size && i+2*size <= len(text) && text[i-size:i] == text[i+size:i+2*size] && text[i-size] >= utf8.RuneSelf {
			out = append(out, [2]int{i - size, i + 2*size})
		}
		next := strings.Index(text[i+size:], "一")
		if next < 0 {
			break
		}
		i += size + next
	}
	return out
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
		for _, f := range b.phrasesIn(t.Term) { // 贷款 in 银行贷款, which is one word
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

// phrasesIn finds the phrases of the thesaurus inside a word. A short word has none.
func (b *Bot) phrasesIn(word string) []corpus.Found {
	if utf8.RuneCountInString(word) < 4 {
		return nil
	}
	return b.Vocabulary.Thesaurus.Find(word)
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

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
