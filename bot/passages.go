package bot

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// A sentence is the unit that is quoted: a sentence of a clause, or a part of a
// long one between semicolons, without the mark that names the bureaus.
type sentence struct {
	start, end int    // byte offsets into Document.Text
	norm       string // normalised, for matching
	has        *runes // of norm
}

// A prepared clause is a clause ready for matching.
type prepared struct {
	ref       corpus.Ref
	doc       *corpus.Document
	clause    *corpus.Clause
	norm      string // whole text, normalised
	heading   string // all headings, normalised
	title     string
	sentences []sentence

	normHas, headingHas, titleHas runes
}

// A runes says which characters a text may have: of those that it does not hold the text
// has none. Most words that are looked for in a clause are not there, and to see that by
// a few bits is much faster than to search the text.
type runes [8]uint64

func runesOf(text string) (r runes) {
	for _, c := range text {
		r[c>>6&7] |= 1 << (c & 63)
	}
	return r
}

// holds reports whether a text with these characters may have text in it.
func (r *runes) holds(text string) bool {
	for _, c := range text {
		if r[c>>6&7]&(1<<(c&63)) == 0 {
			return false
		}
	}
	return true
}

// preparedMax bounds how many prepared clauses are kept. A clause takes about
// three times its text, so this is some 20 MB.
const preparedMax = 16 << 10

// preparer prepares clauses and keeps the recent ones.
type preparer struct {
	analyzer index.Analyzer
	mu       sync.RWMutex
	kept     map[corpus.Ref]*prepared
	texts    map[*corpus.Document]string // normalised; as many as are kept
}

// meanClause is the length of a usual clause in bytes of normalised text.
const meanClause = 500

// document returns the normalised text of a document.
func (p *preparer) document(d *corpus.Document) string {
	p.mu.RLock()
	text, ok := p.texts[d]
	p.mu.RUnlock()
	if ok {
		return text
	}
	text = p.analyzer.Normalize(d.Title + "\n" + d.Text)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.texts == nil || len(p.texts) >= preparedTexts {
		p.texts = map[*corpus.Document]string{}
	}
	p.texts[d] = text
	return text
}

// preparedTexts bounds how many normalised documents are kept.
const preparedTexts = 1 << 10

func (p *preparer) get(ref corpus.Ref) *prepared {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.kept[ref]
}

func (p *preparer) prepare(doc *corpus.Document, clause *corpus.Clause) *prepared {
	c := &prepared{
		ref: doc.Ref(clause.Path), doc: doc, clause: clause,
		norm:    p.analyzer.Normalize(clause.Text),
		heading: p.analyzer.Normalize(strings.Join(clause.Headings, "\n")),
		title:   p.analyzer.Normalize(doc.Title),
	}
	// A clause that names its document says no more of the matter than any other.
	named := func(text string) string { return strings.ReplaceAll(text, c.title, "") }
	if own := innerTitle(c.title); own != "" {
		named = func(text string) string { return strings.ReplaceAll(strings.ReplaceAll(text, c.title, ""), own, "") }
	}
	c.norm = named(c.norm)
	c.normHas, c.headingHas, c.titleHas = runesOf(c.norm), runesOf(c.heading), runesOf(c.title)
	for _, span := range sentenceSpans(doc, clause) {
		norm := named(p.analyzer.Normalize(doc.Text[span[0]:span[1]]))
		has := runesOf(norm)
		c.sentences = append(c.sentences, sentence{span[0], span[1], norm, &has})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= preparedMax {
		clear(p.kept)
	}
	p.kept[c.ref] = c
	return c
}

// innerTitle returns the title that a title names, as that of a notice does: 关于印发
// 《…》的通知 or 关于印发…的通知; else "".
func innerTitle(title string) string {
	_, rest, ok := strings.Cut(title, "关于印发")
	if i := strings.LastIndex(rest, "的"); ok && i > 0 {
		return strings.TrimSuffix(strings.TrimPrefix(rest[:i], "《"), "》")
	}
	return ""
}

// A sentence of more than this many characters is cut at its semicolons, so that
// a quote stays readable in a chat.
const longSentence = 110

// sentenceSpans cuts a clause into sentences. The marks that name bureaus belong
// to no sentence.
func sentenceSpans(doc *corpus.Document, clause *corpus.Clause) [][2]int {
	var spans [][2]int
	end := clause.End
	for _, r := range clause.Responsibilities {
		// A mark ends the clause or stands after one of its sentences; a duty in
		// the running text is a sentence like any other.
		if !r.Inherited && r.Start > clause.Start && r.End == clause.End && strings.ContainsAny(firstRune(r.Quote), "(（[〔【") {
			end = min(end, r.Start)
		}
	}
	for _, s := range cutAt(doc.Text, clause.Start, end, "。!?！？\n") {
		if utf8.RuneCountInString(doc.Text[s[0]:s[1]]) > longSentence {
			spans = append(spans, cutAt(doc.Text, s[0], s[1], ";；")...)
		} else {
			spans = append(spans, s)
		}
	}
	// A heading on the line of its text says less than the text does.
	if n := len(clause.Headings); n > 0 && len(spans) > 1 {
		first := strings.TrimRight(doc.Text[spans[0][0]:spans[0][1]], "。.")
		if heading := clause.Headings[n-1]; heading != "" && strings.HasSuffix(first, strings.TrimRight(heading, "。.")) {
			return spans[1:]
		}
	}
	return spans
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// cutAt cuts text[start:end] after each of the characters in at, trims blanks and
// drops pieces without a letter.
func cutAt(text string, start, end int, at string) [][2]int {
	var spans [][2]int
	add := func(from, to int) {
		piece := text[from:to]
		from += len(piece) - len(strings.TrimLeft(piece, " \t\n　"))
		to = from + len(strings.TrimRight(text[from:to], " \t\n　"))
		if strings.ContainsFunc(text[from:to], isLetter) {
			spans = append(spans, [2]int{from, to})
		}
	}
	from := start
	for i, r := range text[start:end] {
		if strings.ContainsRune(at, r) {
			to := start + i + utf8.RuneLen(r)
			// A closing quote or bracket belongs to the sentence that it closes.
			for to < end {
				next, n := utf8.DecodeRuneInString(text[to:end])
				if !strings.ContainsRune("”’」』》", next) {
					break
				}
				to += n
			}
			if to > from {
				add(from, to)
				from = to
			}
		}
	}
	if from < end {
		add(from, end)
	}
	return spans
}
