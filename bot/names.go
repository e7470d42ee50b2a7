package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// readPlaces finds the places that a text names. A full name and a short one of a city
// are some where no word goes across their borders (高安 in 提高安全 is none); a short one
// of a county only where the dictionary takes it for a place, where the text begins with
// it or says that somebody is there, or where it is one of ours.
func (b *Bot) readPlaces(k *knowledge, r *reading, tokens []index.Token) {
	border := borders(tokens)
	for _, f := range b.Vocabulary.Places.Find(r.text) {
		full, short, weak := b.Vocabulary.Places.Named(f, r.text)
		whole := func(t index.Token) bool { return t.Start == f.Start && t.End == f.End }
		named := slices.ContainsFunc(tokens, func(t index.Token) bool { return whole(t) && strings.HasPrefix(t.POS, "ns") })
		word := slices.ContainsFunc(tokens, func(t index.Token) bool { return whole(t) && t.POS != "" })
		ours := slices.ContainsFunc(f.Keys, func(p string) bool {
			return slices.Contains(k.regions, p) || slices.ContainsFunc(k.regions, func(q string) bool { return b.Vocabulary.Places.Above(q, p) })
		})
		if weak && !named && !(ours && !word) {
			short = !word && atHome.MatchString(r.text[:f.Start])
		}
		// The dictionary takes 市政府 for a word: its first character is of the place's name.
		seat := full && strings.HasPrefix(strings.TrimPrefix(r.text[f.End:], "人民"), "政府")
		if (full || short) && (border[f.Start] && (border[f.End] || seat) || named) {
			r.places = append(r.places, f)
		}
	}
}

// atHome finds what stands before the place where somebody is, at the end of a text.
var atHome = regexp.MustCompile(`(?:^|[,;:!?。]|在|我是|我们|咱们|住|到)$`)

// readBodies finds the bureaus that a text names: by the names in the documents,
// else by those in the register. A mere topic word such as 税务 is none.
func (b *Bot) readBodies(k *knowledge, r *reading) {
	for _, f := range r.places {
		// 连州市政府 is one of 各县(市、区)人民政府.
		rest := r.text[f.End:]
		n := len(rest) - len(strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(rest, "市县区"), "人民"), "政府"))
		if strings.HasSuffix(rest[:n], "政府") && slices.ContainsFunc(f.Keys, func(p string) bool { return b.Vocabulary.Places.Above(r.region, p) }) {
			r.bodies = append(r.bodies, corpus.Mention{Name: countyGovernment, Start: f.Start, End: f.End + n})
		}
	}
	for _, f := range k.names.Find(r.text) {
		r.bodies = append(r.bodies, corpus.Mention{Name: f.Keys[0], Start: f.Start, End: f.End})
	}
	r.bodies = append(r.bodies, b.alternatives(k, r.text)...)
	numbers := k.numbers.find(r.text)
	for _, m := range k.register.Mentions(r.text) {
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

// either joins two bureaus of which one is asked for: 归财政还是科技.
var either = regexp.MustCompile(`还是|或者|还系`)

// alternatives finds the bureaus that a question sets against each other by what they
// deal with, which is their name without its last character: 归财政还是科技. Both must be
// bureaus; 贷款还是科技 is none.
func (b *Bot) alternatives(k *knowledge, text string) []corpus.Mention {
	var out []corpus.Mention
	for _, at := range either.FindAllStringIndex(text, -1) {
		before, after := b.stem(k, text[:at[0]], true), b.stem(k, text[at[1]:], false)
		if before == "" || after == "" {
			continue
		}
		out = append(out,
			corpus.Mention{Name: before + bureauEnding, Start: at[0] - len(before), End: at[0]},
			corpus.Mention{Name: after + bureauEnding, Start: at[1], End: at[1] + len(after)})
	}
	return out
}

// bureauEnding is the last character of what most bureaus of a city are called.
const bureauEnding = "局"

// stem returns the longest end, or beginning, of text that is the name of a bureau of
// these policies but for its last character, "" if there is none.
func (b *Bot) stem(k *knowledge, text string, end bool) string {
	runes := []rune(text)
	for n := min(len(runes), longestStem); n >= shortestStem; n-- {
		s := string(runes[:n])
		if end {
			s = string(runes[len(runes)-n:])
		}
		if len(k.register.Match(s+bureauEnding, k.bodies)) > 0 {
			return s
		}
	}
	return ""
}

// The length in characters of such a stem: 财政, 人力资源和社会保障.
const (
	shortestStem = 2
	longestStem  = 10
)

// countyGovernment is a name by which the register knows the governments below a city.
const countyGovernment = "县级人民政府"

// namesMatter reports whether any of the concepts is more than the name of a
// bureau, the topic word of one or an actor: 工信一家说了算吗 names no second matter, nor
// do 学校和企业.
func (b *Bot) namesMatter(r *reading, concepts []concept) bool {
	return slices.ContainsFunc(concepts, func(c concept) bool {
		return !c.body && !r.isTopic(c) && !b.Vocabulary.Actors.Has(c.surface)
	})
}

// isTopic reports whether a concept is the topic word of a bureau.
func (r *reading) isTopic(c concept) bool {
	return slices.ContainsFunc(r.topics, func(m corpus.Mention) bool { return c.start >= m.Start && c.end <= m.End })
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
	for _, span := range k.numbers.find(r.text) {
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
