package bot

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// The reasons for which Verify refuses a sentence.
var (
	ErrUnknownHandle = errors.New("the handle names no passage")
	ErrNotVerbatim   = errors.New("the quote does not stand in the clause")
	ErrForeignBureau = errors.New("the sentence names a bureau that the clause does not make responsible")
	ErrForeignNumber = errors.New("the sentence has a figure that the quote does not have")
	ErrEmpty         = errors.New("the sentence or its quote is empty")
	ErrCut           = errors.New("the quote is cut out of its sentence")
	ErrOwnWords      = errors.New("the sentence says something beside its quote")
)

// A VerifiedSentence is a sentence of a draft with the citation that proves it.
type VerifiedSentence struct {
	Text     string
	Citation Citation
}

// Verify checks every sentence of a draft against the passages of its brief,
// whatever wrote it, and returns those that hold together with the reasons for
// which the others were refused. A sentence holds if
//
//   - its handle is one of the brief,
//   - its quote is a byte-exact span of that passage's clause, which is a
//     byte-exact span of the document,
//   - its quote is the passage or whole sentences: what is cut out can say the contrary,
//   - every bureau in its text is responsible for the clause or stands in the quote,
//   - every figure in its text stands in the quote, with the same unit,
//   - its text is the quote and, beside it, nothing but Connectives.
//
// Verify is a pure function and the only maker of a Citation.
func Verify(reg *corpus.Register, b Brief, d Draft) (held []VerifiedSentence, refused []error) {
	for i, s := range d.Sentences {
		c, err := verify(reg, b, s)
		if err != nil {
			refused = append(refused, fmt.Errorf("sentence %d: %w", i+1, err))
			continue
		}
		held = append(held, VerifiedSentence{Text: s.Text, Citation: c})
	}
	return held, refused
}

func verify(reg *corpus.Register, b Brief, s Sentence) (Citation, error) {
	p, ok := b.passage(s.Handle)
	if !ok {
		return Citation{}, fmt.Errorf("%q: %w", s.Handle, ErrUnknownHandle)
	}
	if strings.TrimSpace(s.Text) == "" || strings.TrimSpace(s.Quote) == "" {
		return Citation{}, ErrEmpty
	}
	if !utf8.ValidString(s.Text) || !utf8.ValidString(s.Quote) {
		return Citation{}, fmt.Errorf("cut inside a character: %w", ErrNotVerbatim)
	}
	doc, clause := p.Document, p.Clause
	if clause.Start < 0 || clause.End > len(doc.Text) || clause.Start > clause.End || doc.Text[clause.Start:clause.End] != clause.Text {
		return Citation{}, fmt.Errorf("clause %s is not the text of its document: %w", clause.Path, ErrNotVerbatim)
	}
	start, ok := locate(p, s.Quote)
	if !ok {
		return Citation{}, fmt.Errorf("%q: %w", s.Quote, ErrNotVerbatim)
	}
	if !whole(p, clause, start, start+len(s.Quote)) {
		return Citation{}, fmt.Errorf("%q: %w", s.Quote, ErrCut)
	}
	if s.Text != s.Quote { // a quote says nothing that the clause does not say
		if err := supported(reg, s, clause); err != nil {
			return Citation{}, err
		}
	}
	c := Citation{
		Document: CitedDocument{ID: doc.ID, Number: doc.Number, Title: doc.Title, Status: doc.Status},
		Ref:      doc.Ref(clause.Path), Clause: clause.Path.Clause(), Paragraph: clause.Path.Paragraph(),
		Quote: s.Quote, Start: start, End: start + len(s.Quote), URL: citationURL(doc, clause, start, start+len(s.Quote)),
	}
	if n := len(clause.Headings); n > 0 {
		c.Heading = clause.Headings[n-1]
	}
	return c, nil
}

// supported checks what a sentence says in its own words. Bureaus and figures would be
// refused as own words too; they come first because they say best what is wrong.
func supported(reg *corpus.Register, s Sentence, clause *corpus.Clause) error {
	// 市公 安局 is read as 市公安局.
	for _, m := range reg.Mentions(strings.Join(strings.Fields(s.Text), "")) {
		if !m.Word && !strings.Contains(s.Quote, m.Name) && !isResponsible(reg, m.Name, clause) {
			return fmt.Errorf("%s: %w", m.Name, ErrForeignBureau)
		}
	}
	in := figures(s.Quote)
	for _, n := range figures(s.Text) {
		if !slices.Contains(in, n) {
			return fmt.Errorf("%s: %w", n, ErrForeignNumber)
		}
	}
	if !carried(s.Text, s.Quote) {
		return fmt.Errorf("%q: %w", s.Text, ErrOwnWords)
	}
	return nil
}

func (b Brief) passage(handle string) (Passage, bool) {
	for _, p := range b.Passages {
		if p.Handle == handle {
			return p, true
		}
	}
	return Passage{}, false
}

// locate returns the byte offset of quote in the document: within the passage if
// it stands there, else within its clause.
func locate(p Passage, quote string) (int, bool) {
	if p.Start >= p.Clause.Start && p.End <= p.Clause.End && p.Start <= p.End {
		if i := strings.Index(p.Text(), quote); i >= 0 {
			return p.Start + i, true
		}
	}
	if i := strings.Index(p.Clause.Text, quote); i >= 0 {
		return p.Clause.Start + i, true
	}
	return 0, false
}

func isResponsible(reg *corpus.Register, name string, c *corpus.Clause) bool {
	names := make([]string, len(c.Responsibilities))
	for i, r := range c.Responsibilities {
		names[i] = r.Bureau
	}
	return len(reg.Match(name, names)) > 0
}

// A figure is a number with its unit, in digits, or in Chinese numerals with a
// unit or of two characters and more. 一 in 统一 is no figure.
var figure = regexp.MustCompile(`[0-9０-９]+(?:[.．,][0-9０-９]+)*\s*(?:[%％‰]|万亿|亿|万|千|百)?` +
	`|百分之[` + hanDigits + `]+` +
	`|[` + hanDigits + `]+(?:个百分点|个工作日|个月|万元|亿元|块钱|元|年|月|日|号|天|倍|成|家|项|级|类|强|台|人|名|次|场)` +
	`|[` + hanDigits + `]{2,}`)

const hanDigits = "一二三四五六七八九十百千万亿两零〇廿卅壹贰叁肆伍陆柒捌玖拾佰仟"

func figures(s string) []string { return figure.FindAllString(s, -1) }
