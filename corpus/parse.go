package corpus

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a policy text: what it is, its clauses, and who is responsible for
// each. It is pure and does not fail on text that it does not understand: what it
// is unsure of stands in Document.Warnings. It returns an error, which says how to
// mend it, for a text that is empty or not text. Parse removes a byte order mark
// and turns \r\n into \n; offsets refer to Document.Text, which is otherwise the
// text as given.
func Parse(text string, reg *Register) (*Document, error) { return ParseAt(text, reg, Where{}) }

// ParseAt is Parse for who knows which places there are, or whose policy it is.
func ParseAt(text string, reg *Register, where Where) (*Document, error) {
	text, err := normalise(text)
	if err != nil {
		return nil, err
	}
	if reg == nil {
		reg = &Register{}
	}
	p := &parser{reg: reg, doc: &Document{Text: text, Status: InForce, Revision: RevisionOf(text)}}
	lines := splitLines(text)
	body := p.front(lines)
	body = p.back(body)
	for _, d := range p.divide(body) {
		p.structure(d)
	}
	if p.err != nil {
		return nil, p.err
	}
	p.locate(where, p.identify())
	if region := p.doc.Region; region == Nation {
		p.doc.Region = "" // its bureaus have no place in front
		p.responsibilities()
		p.doc.Region = region
	} else {
		p.responsibilities()
	}
	p.validity()
	p.terms()
	p.doc.ID = documentID(p.doc.Number, p.doc.Title)
	slices.SortStableFunc(p.doc.Warnings, func(a, b Warning) int { return a.Line - b.Line })
	return p.doc, nil
}

// parser carries the state of one Parse.
type parser struct {
	reg        *Register
	doc        *Document
	signatures []string     // the bodies that signed
	tableRows  map[int]*row // for each clause that is a row of a table of responsibilities
	divisions  []int        // for each clause the division of the text in which it stands
	metaIssuer string
	err        error
	lineEnds   []int // offsets of the line feeds, for warn
	warned     map[Warning]bool
}

// warn records what was not understood at a byte offset.
func (p *parser) warn(offset int, message string) { p.warning(offset, message, false) }

// lose is warn for what makes the document say less than its text does.
func (p *parser) lose(offset int, message string) { p.warning(offset, message, true) }

func (p *parser) warning(offset int, message string, lost bool) {
	if p.lineEnds == nil {
		p.lineEnds = []int{}
		for i := range len(p.doc.Text) {
			if p.doc.Text[i] == '\n' {
				p.lineEnds = append(p.lineEnds, i)
			}
		}
		p.warned = map[Warning]bool{}
	}
	before, _ := slices.BinarySearch(p.lineEnds, offset)
	w := Warning{Line: 1 + before, Message: message, Lost: lost}
	if !p.warned[w] {
		p.warned[w] = true
		p.doc.Warnings = append(p.doc.Warnings, w)
	}
}

// division is one of the texts that a document consists of: the notice in front,
// the plan, an annex.
type division struct {
	prefix Path
	lines  []line
}

// documentID makes the stable name of a document from its number, or else from its
// title: letters, digits and -, Chinese characters kept, at most 60 characters.
func documentID(number, title string) string {
	src := number
	if src == "" {
		src = title
	}
	var b strings.Builder
	gap := false
	for _, r := range src {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			gap = b.Len() > 0
			continue
		}
		if gap && number != "" {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	id := b.String()
	if utf8.RuneCountInString(id) > 60 {
		id = string([]rune(id)[:51]) + "-" + RevisionOf(src)[:8]
	}
	if id == "" {
		id = "document"
	}
	return id
}
