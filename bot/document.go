package bot

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// Questions about a document itself, as when it was issued and what it is about, are
// answered from what the parser read off it and from its own words. What it does not say
// is said to be missing, and never guessed.

// A documentAim is what of a document is asked. The values are kinds of
// Vocabulary.Documents.
type documentAim string

const (
	docNumber  documentAim = "number"
	docDate    documentAim = "date"
	docIssuer  documentAim = "issuer"
	docValid   documentAim = "valid"
	docEffect  documentAim = "effect"
	docLead    documentAim = "lead"
	docExplain documentAim = "explain"
	docText    documentAim = "text"
	docSummary documentAim = "summary"
	docOffer   documentAim = "offer"
)

// askDocument answers a question that is about a document and nothing else.
func (b *Bot) askDocument(ctx context.Context, k *knowledge, r *reading, history []string) (Answer, bool, error) {
	aims, meant := b.readDocument(k, r, len(history) > 0)
	if len(aims) > 0 && r.region != "" {
		if place, ok := b.foreign(r, nil); ok {
			return b.refuse(phrase("elsewhere", "place", place, "region", k.region), nil), true, nil
		}
	}
	if len(aims) == 0 {
		if !r.aims[aimAbout] || len(r.matter()) > 0 || len(k.docs) != 1 {
			return Answer{}, false, nil
		}
		aims = []documentAim{docNumber}
	}
	if len(meant) == 0 && len(k.docs) > 1 {
		d, err := b.lastCited(ctx, k, history)
		if err != nil {
			return Answer{}, false, err
		}
		if d != nil {
			meant = []*corpus.Document{d}
		}
	}
	if len(meant) == 0 {
		meant = k.docs
	}
	switch len(meant) {
	case 0:
		return Answer{}, false, nil
	case 1:
		a, ok := b.aboutDocument(k, meant[0], aims)
		return a, ok, nil
	}
	return whichDocument(meant), true, nil
}

// readDocument returns what a question asks of a document, nothing if it is about anything
// else, and the documents that it names.
func (b *Bot) readDocument(k *knowledge, r *reading, conversation bool) ([]documentAim, []*corpus.Document) {
	if utf8.RuneCountInString(r.text) > longestAbout || len(k.docs) == 0 {
		return nil, nil
	}
	found := b.Vocabulary.Documents.Find(r.text)
	if !slices.ContainsFunc(found, func(f corpus.Found) bool { return slices.ContainsFunc(f.Keys, asksDocument) }) {
		return nil, nil
	}
	text, meant, subject := b.cutNames(k, r)
	kinds := map[string]bool{}
	for _, f := range b.Vocabulary.Documents.Cut(strings.Join(strings.Fields(text), "")) {
		for _, key := range f.Keys {
			kinds[key] = true
		}
	}
	if subject { // 专精特新企业有效期几年 is no question after the document
		if kinds["offer"] {
			return []documentAim{docOffer}, meant
		}
		return nil, nil
	}
	if kinds["offer"] && !conversation && len(k.docs) == 1 {
		return []documentAim{docOffer}, meant // 企业有什么政策
	}
	return documentAims(kinds, len(meant) > 0, conversation), meant
}

// longestAbout is the length in characters of the longest question that is only about a
// document.
const longestAbout = 80

// asksDocument reports whether a kind of Vocabulary.Documents asks anything.
func asksDocument(kind string) bool {
	return !slices.Contains([]string{"noun", "policy", "filler", "client", "who"}, kind)
}

// documentAims says what the kinds of words of a question ask of a document. named: it
// names one.
func documentAims(kinds map[string]bool, named, conversation bool) []documentAim {
	asks := []string{"valid", "effect", "lead", "charge", "explain", "text", "send", "summary", "outline", "offer", "number"}
	noun := kinds["noun"] || kinds["policy"] || named
	var out []documentAim
	for _, a := range []struct {
		aim documentAim
		is  bool
	}{
		{docNumber, kinds["number"]},
		{docDate, kinds["date"] && noun || kinds["when"] && (kinds["issue"] || kinds["noun"] && !slices.ContainsFunc(asks, func(k string) bool { return kinds[k] }))},
		{docIssuer, kinds["issuer"] || kinds["who"] && kinds["issue"] && noun},
		{docValid, kinds["valid"] && noun},
		{docEffect, kinds["effect"] && noun && kinds["when"] && !kinds["valid"]},
		// 这个政策谁牵头, after a matter was asked for, is about that matter.
		{docLead, kinds["lead"] && kinds["who"] && (kinds["overall"] || kinds["noun"] || named || noun && !conversation) ||
			kinds["charge"] && kinds["who"] && noun && !conversation},
		{docExplain, kinds["explain"]},
		{docText, kinds["text"] || noun && kinds["send"]},
		{docSummary, (kinds["outline"] || kinds["summary"] && noun) && !kinds["client"] && !kinds["who"]},
	} {
		if a.is {
			out = append(out, a.aim)
		}
	}
	return out
}

// lastCited returns the document that the last answer of a conversation quoted first, nil
// if there is none.
func (b *Bot) lastCited(ctx context.Context, k *knowledge, history []string) (*corpus.Document, error) {
	for i := len(history) - 1; i >= 0; i-- {
		a, err := b.ask(ctx, k, Question{Text: history[i], History: history[:i]})
		if err != nil {
			return nil, err
		}
		for _, c := range a.Citations {
			for _, d := range k.docs {
				if d.ID == c.Document.ID {
					return d, nil
				}
			}
		}
	}
	return nil, nil
}

// mostListed bounds how many documents are listed to choose from.
const mostListed = 6

// whichDocument asks back which of several documents is meant.
func whichDocument(docs []*corpus.Document) Answer {
	lines := []string{phrase("which_document", "n", strconv.Itoa(len(docs)))}
	for _, d := range docs[:min(len(docs), mostListed)] {
		lines = append(lines, strings.TrimSpace("《"+d.Title+"》 "+d.Number))
	}
	return Answer{Outcome: Clarify, Text: strings.Join(lines, "\n")}
}

// aboutDocument answers what is asked of one document, with the words in which it speaks of
// itself, or else with its beginning, so that the answer leads there.
func (b *Bot) aboutDocument(k *knowledge, d *corpus.Document, aims []documentAim) (Answer, bool) {
	a := Answer{Outcome: Answered}
	var quotes []VerifiedSentence
	for _, aim := range aims {
		var lines []string
		var says []*regexp.Regexp
		switch aim {
		case docNumber, docDate, docIssuer:
			lines = headOf(d, aim)
		case docValid, docEffect:
			lines, says = validityOf(d, aim), saysValidity
		case docLead:
			lines, says = leadOf(d), saysLead
		case docExplain:
			if says = saysLead[1:]; !saysExplain.MatchString(d.Text) {
				lines = []string{phrase("doc_no_explain", "title", shortTitleOf(d))}
			}
		case docText:
			lines = []string{phrase("doc_text", "title", shortTitleOf(d), "name", nameOf(d))}
		case docSummary, docOffer:
			lines = outline(d)
		}
		for _, l := range lines {
			if !slices.Contains(a.Remarks, l) {
				a.Remarks = append(a.Remarks, l)
			}
		}
		if says != nil {
			quotes = append(quotes, b.quoteOf(k, d, says)...)
		}
	}
	a.Text = strings.Join(append(slices.Clone(a.Remarks), quoteLines(quotes)...), "\n")
	if slices.Contains(aims, docOffer) {
		return Answer{Outcome: Clarify, Text: a.Text + "\n" + phrase("doc_choose"), Suggestions: b.SampleQuestions(suggested)}, true
	}
	if len(quotes) == 0 {
		quotes = b.quoteOf(k, d, nil)
	}
	for _, s := range quotes {
		a.Citations = append(a.Citations, s.Citation)
	}
	return a, len(a.Citations) > 0
}

// quoteOf returns the last sentence of a document that says the first of some things that
// any says, verified; for none its first sentence. What a document says of itself stands at
// its end.
func (b *Bot) quoteOf(k *knowledge, d *corpus.Document, says []*regexp.Regexp) []VerifiedSentence {
	var p Passage
	rank := len(says)
	for i := range d.Clauses {
		c := &d.Clauses[i]
		for _, s := range sentenceSpans(d, c) {
			n := slices.IndexFunc(says, func(re *regexp.Regexp) bool { return re.MatchString(d.Text[s[0]:s[1]]) })
			first := len(says) == 0 && p.Clause == nil
			if c.HoldsOn(s[0], s[1], k.day) && (first || n >= 0 && n <= rank) {
				rank, p = max(n, 0), Passage{Handle: "c1", Document: d, Clause: c, Start: s[0], End: s[1]}
			}
		}
	}
	if p.Clause == nil {
		return nil
	}
	held, _ := Verify(k.register, Brief{Passages: []Passage{p}}, Draft{Sentences: []Sentence{{Text: p.Text(), Handle: p.Handle, Quote: p.Text()}}})
	return held
}

// shortTitleOf returns the title of what a notice encloses, else the title.
func shortTitleOf(d *corpus.Document) string {
	if len(d.Encloses) > 0 {
		return d.Encloses[len(d.Encloses)-1]
	}
	return d.Title
}

// headOf says number, issuers and date of a document, and which of them that is asked
// for it does not give.
func headOf(d *corpus.Document, aim documentAim) []string {
	var lines []string
	issuers := strings.Join(d.Issuers, "、")
	switch {
	case d.Number != "" && issuers != "" && d.Written != "":
		lines = append(lines, phrase("about", "document", d.Number, "title", d.Title, "issuers", issuers, "written", chineseDate(d.Written)))
	case d.Number != "" || issuers != "" || d.Written != "":
		var parts []string
		for _, f := range [][3]string{{"doc_number", "number", d.Number}, {"doc_issuers", "issuers", issuers}, {"doc_written", "written", chineseDate(d.Written)}} {
			if f[2] != "" {
				parts = append(parts, phrase(f[0], f[1], f[2]))
			}
		}
		lines = append(lines, "《"+d.Title+"》"+strings.Join(parts, ",")+"。")
	}
	switch {
	case aim == docDate && d.Published != "":
		lines = append(lines, phrase("doc_published", "day", chineseDate(d.Published)))
	case aim == docDate && d.Written == "":
		lines = append(lines, phrase("doc_no_date"))
	case aim == docNumber && d.Number == "":
		lines = append(lines, phrase("doc_no_number"))
	case aim == docIssuer && issuers == "":
		lines = append(lines, phrase("doc_no_issuer"))
	}
	return lines
}

// validityOf says since when and until when a document holds.
func validityOf(d *corpus.Document, aim documentAim) []string {
	lines := []string{phrase("doc_in_force", "title", shortTitleOf(d))}
	switch {
	case d.Effective != "":
		lines = append(lines, phrase("doc_effective", "day", chineseDate(d.Effective)))
	case aim == docEffect && !saysValidity[1].MatchString(d.Text):
		lines = append(lines, phrase("doc_no_effective"))
	}
	switch {
	case d.Expires != "":
		lines = append(lines, phrase("doc_expires", "day", chineseDate(d.Expires)))
	case aim == docValid && !saysValidity[0].MatchString(d.Text): // else it is quoted
		lines = append(lines, phrase("doc_no_expires"))
	}
	return lines
}

// Words with which a document speaks of itself, the best first.
var (
	saysValidity = []*regexp.Regexp{
		regexp.MustCompile(`有效期(?:为|至|限|到|[0-9一二三四五六七八九十]|暂定)|有效至`),
		regexp.MustCompile(`起(?:正式)?(?:施行|实施|执行|生效)`),
		regexp.MustCompile(`有效期|失效|同时废止`),
	}
	saysExplain = regexp.MustCompile(`负责解释|解释权|由[^。;；]{2,20}解释`)
	wholeLead   = regexp.MustCompile(`总牵头|领导小组`)
	saysLead    = []*regexp.Regexp{wholeLead, saysExplain, regexp.MustCompile(`请[^。;；]{0,6}向[^。;；]{2,30}反映`)}
)

// leadOf says who takes the lead in a document as a whole, as far as that can be read off.
func leadOf(d *corpus.Document) []string {
	var lines []string
	if !wholeLead.MatchString(d.Text) {
		lines = append(lines, phrase("doc_no_lead", "title", shortTitleOf(d)))
	}
	if slices.ContainsFunc(d.Clauses, func(c corpus.Clause) bool { return len(c.Responsibilities) > 0 }) {
		lines = append(lines, phrase("doc_each"))
	}
	return lines
}

// outline lists the headings of a document, verbatim.
func outline(d *corpus.Document) []string {
	lines := []string{phrase("doc_outline", "title", shortTitleOf(d))}
	for i := range d.Clauses {
		c := &d.Clauses[i]
		for j, h := range c.Headings {
			line := h
			if j < len(c.Path) && len(c.Path) > len(c.Headings) && c.Path[0].Level != corpus.LevelArticle {
				line = c.Path[j:j+1].String() + h
			}
			if strings.Contains(d.Text, h) && !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 1 {
		return []string{phrase("doc_no_outline", "title", shortTitleOf(d))}
	}
	return lines
}
