package web

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// lines returns the lines of a text that are not empty.
func lines(s string) []string {
	return slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
}

// titled prints a title in its marks; those inside it become the inner ones, as GB/T 15834 has it.
func titled(title string) string {
	return "《" + strings.NewReplacer("《", "〈", "》", "〉").Replace(title) + "》"
}

// issued is how a notice is called that issues one document.
var issued = regexp.MustCompile(`印发(?:《([^《》]+)》|([^《》]+))的通知$`)

// shortTitle returns what a document is cited as: a notice that issues one other document
// as that one.
func shortTitle(title string) string {
	m := issued.FindStringSubmatch(title)
	if m == nil {
		return title
	}
	return m[1] + m[2]
}

// fullWidth are the marks that Chinese text has in full width.
var fullWidth = map[rune]rune{',': '，', ':': '：', ';': '；', '?': '？', '!': '！'}

// typeset prints what the bot says in its own words as Chinese is printed: marks behind a
// Chinese character in full width. What stands between “ and ” or 《 and 》 is somebody
// else's and stays as it is.
func typeset(s string) string {
	out := []rune(s)
	for i, depth := 0, 0; i < len(out); i++ {
		switch r := out[i]; r {
		case '“', '《':
			depth++
		case '”', '》':
			depth--
		default:
			if wide, ok := fullWidth[r]; ok && depth <= 0 && i > 0 && out[i-1] > unicode.MaxLatin1 {
				out[i] = wide
			}
		}
	}
	return string(out)
}

// A run is a piece of text, marked or not.
type run struct {
	Text string
	Mark bool
}

// A block is a line of a document or one of its clauses.
type block struct {
	Runs    []run
	Heading int            // 2 to 4 for a heading, else 0
	Kind    string         // of a line that is neither: short, signed, address or plain
	Number  string         // what stands in front of a clause in its line, as in (一)
	Anchor  string         // of a clause, else that of the outline for a heading
	Clause  *corpus.Clause // nil if it is none
	Groups  []bureauGroup  // who is responsible for the clause
	Terms   []termView     // parts of the clause that hold for a time of their own
}

// A termView is a part of a clause that holds from a day, until a day or both.
type termView struct{ Text, From, Until string }

func termsOf(d *corpus.Document, c *corpus.Clause) []termView {
	const shown = 20 // characters of each end
	var out []termView
	for _, t := range c.Terms {
		if t.Start < 0 || t.End > len(d.Text) || t.Start >= t.End {
			continue
		}
		text := []rune(d.Text[t.Start:t.End])
		if len(text) > 2*shown {
			text = slices.Concat(text[:shown], []rune("…"), text[len(text)-shown:])
		}
		out = append(out, termView{string(text), t.From, t.Until})
	}
	return out
}

// A section is an entry of the outline.
type section struct {
	Text, Anchor string
	Heading      int
}

// blocksOf lays out the text of a document, all of it but the lines of its title and
// number, with the bytes from markStart to markEnd marked.
func blocksOf(d *corpus.Document, markStart, markEnd int) (out []block, outline []section) {
	at := 0
	for i := range d.Clauses {
		c := &d.Clauses[i]
		if c.Start < at || c.End > len(d.Text) {
			continue // not made by our parser: what is not in order is not shown twice
		}
		gap, rest := splitGap(d, at, c)
		for _, l := range gap {
			if b, ok := gapBlock(d, l, c, markStart, markEnd); ok && !(len(out) == 0 && inHead(d, l)) {
				if b.Heading > 0 {
					outline = append(outline, section{strings.TrimSpace(l.text(d)), b.Anchor, b.Heading})
				}
				out = append(out, b)
			}
		}
		out = append(out, block{
			Runs: runs(d.Text, c.Start, c.End, markStart, markEnd), Number: rest, Anchor: c.Path.Anchor(), Clause: c,
			Groups: merge(groupsOf(d, c, func(listed string) string { return listed }), anyway), Terms: termsOf(d, c),
		})
		at = c.End
	}
	for _, l := range spanLines(d.Text, at, len(d.Text)) {
		if b, ok := gapBlock(d, l, nil, markStart, markEnd); ok {
			out = append(out, b)
		}
	}
	return out, outline
}

// anyway merges all groups of a role and basis: the words that say so stand right there.
func anyway(_, _ bureauGroup) bool { return true }

// A span is a part of a text.
type span struct{ start, end int }

func (s span) text(d *corpus.Document) string { return d.Text[s.start:s.end] }

func spanLines(text string, start, end int) []span {
	var out []span
	for at := start; at < end; {
		to := end
		if i := strings.IndexByte(text[at:end], '\n'); i >= 0 {
			to = at + i
		}
		out = append(out, span{at, to})
		at = to + 1
	}
	return out
}

// inHead reports whether a line in front of the text says only what stands above it
// already: the title or the number.
func inHead(d *corpus.Document, l span) bool {
	text := strings.TrimSpace(l.text(d))
	return strings.Contains(d.Title, text) || text == d.Number
}

// splitGap returns the whole lines between a byte and a clause, and what stands in
// front of the clause in its own line.
func splitGap(d *corpus.Document, at int, c *corpus.Clause) (gap []span, rest string) {
	begin := at + strings.LastIndexByte(d.Text[at:c.Start], '\n') + 1
	return spanLines(d.Text, at, begin), strings.TrimLeft(d.Text[begin:c.Start], " \t\u3000")
}

// gapBlock lays out a line that is no clause: a heading of the clause after it if it
// is one. ok is false for what is not shown.
func gapBlock(d *corpus.Document, l span, next *corpus.Clause, markStart, markEnd int) (b block, ok bool) {
	text := strings.TrimSpace(l.text(d))
	if text == "" {
		return block{}, false
	}
	b.Runs = runs(d.Text, l.start, l.end, markStart, markEnd)
	if next != nil {
		for i, h := range next.Headings {
			if h != "" && strings.HasSuffix(text, h) && len(text)-len(h) < 24 {
				b.Heading, b.Anchor = min(2+i, 4), "h-"+next.Path.Anchor()+"-"+strconv.Itoa(i)
			}
		}
	}
	switch n := utf8.RuneCountInString(text); {
	case len(d.Addressees) > 0 && strings.HasPrefix(text, d.Addressees[0]):
		b.Kind = "address" // 主送机关
	case slices.Contains(d.Issuers, text), dateLine.MatchString(text):
		b.Kind = "signed" // 落款
	case n < shortLine:
		b.Kind = "short"
	default:
		b.Kind = "plain"
	}
	return b, true
}

// dateLine is a line that is only a date, as under a signature.
var dateLine = regexp.MustCompile(`^[0-9０-９〇○Ｏ零一二三四五六七八九十]{4}\s*年\s*[0-9０-９一二三四五六七八九十]{1,3}\s*月\s*[0-9０-９一二三四五六七八九十]{1,3}\s*日$`)

// shortLine is the length in characters from which a line is a paragraph and no title,
// date or signature.
const shortLine = 36

// runs cuts text[start:end] where the mark begins and ends.
func runs(text string, start, end, markStart, markEnd int) []run {
	from, to := max(start, markStart), min(end, markEnd)
	if from >= to {
		return []run{{Text: text[start:end]}}
	}
	all := []run{{text[start:from], false}, {text[from:to], true}, {text[to:end], false}}
	return slices.DeleteFunc(all, func(r run) bool { return r.Text == "" })
}

// parseSpan reads START-END as byte offsets into a text; 0, 0 if it names no part of it
// that begins and ends between characters.
func parseSpan(s, text string) (start, end int) {
	from, to, ok := strings.Cut(s, "-")
	start, err := strconv.Atoi(from)
	end, err2 := strconv.Atoi(to)
	switch {
	case !ok, err != nil, err2 != nil, start < 0, end > len(text), start >= end:
		return 0, 0
	case !utf8.RuneStart(text[start]), end < len(text) && !utf8.RuneStart(text[end]):
		return 0, 0
	}
	return start, end
}
