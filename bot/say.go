package bot

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wence-bot/wence/corpus"
)

// citationURL returns where a sentence can be read, relative to the web server: the
// page marks the bytes at=START-END of the revision rev, whatever is published since.
func citationURL(d *corpus.Document, c *corpus.Clause, start, end int) string {
	return fmt.Sprintf("/p/%s?rev=%s&at=%d-%d#%s", url.PathEscape(d.ID), url.QueryEscape(d.Revision), start, end, c.Path.Anchor())
}

// ClauseURL returns where a whole clause can be read, as the URL of a Citation.
func ClauseURL(d *corpus.Document, c *corpus.Clause) string {
	return citationURL(d, c, c.Start, c.End)
}

// roleOrder is the order in which roles are said.
var roleOrder = []corpus.Role{corpus.Lead, corpus.Responsible, corpus.Joint, corpus.Guide, corpus.Participate, corpus.Shared}

// bureauLines says who handles what was asked, per matter if there are several.
func bureauLines(picks []pick) []string {
	var lines []string
	for _, p := range picks {
		clause := p.best().clause
		if len(picks) > 1 {
			heading := ""
			if n := len(clause.Headings); n > 0 {
				heading = clause.Headings[n-1]
			}
			if p.best().doc.ID != picks[0].best().doc.ID || p.best().doc.ID != picks[len(picks)-1].best().doc.ID {
				lines = append(lines, phrase("for_document", "document", nameOf(p.best().doc), "path", clause.Path.String(), "heading", heading))
			} else {
				lines = append(lines, phrase("for_matter", "path", clause.Path.String(), "heading", heading))
			}
		}
		if len(clause.Responsibilities) == 0 {
			lines = append(lines, phrase("nobody"))
			continue
		}
		for _, role := range roleOrder {
			var names []string
			basis := ""
			for _, r := range clause.Responsibilities {
				if r.Role == role {
					names = append(names, calledIn(r))
					basis = r.Basis.String()
				}
			}
			if len(names) > 0 {
				lines = append(lines, phrase(string(role), "bureaus", strings.Join(names, "、"), "basis", basis))
			}
		}
	}
	return lines
}

// calledIn returns the name of a body with what the document puts in brackets behind it:
// 镇人民政府(街道办事处) are two.
func calledIn(r corpus.Responsibility) string {
	if rest, ok := strings.CutPrefix(r.AsWritten, r.Bureau); ok && strings.ContainsAny(rest, "(（") {
		return r.AsWritten
	}
	return r.Bureau
}

// quoteLines prints the verified sentences, each run of one clause followed by where it stands.
func quoteLines(sentences []VerifiedSentence) []string {
	var lines []string
	for i, s := range sentences {
		text := s.Text // a quote among connectives
		if text == s.Citation.Quote {
			text = phrase("quote", "quote", "“"+text+"”")
		}
		lines = append(lines, text)
		if i+1 == len(sentences) || sentences[i+1].Citation.Ref != s.Citation.Ref {
			lines = append(lines, where(s.Citation))
		}
	}
	return lines
}

// nameOf returns what a document is called in an answer.
func nameOf(d *corpus.Document) string {
	if d.Number == "" {
		return "《" + d.Title + "》"
	}
	return d.Number
}

// where says where a citation stands: with the title of its document if the number alone
// does not say whose it is.
func where(c Citation) string {
	name := c.Document.Number
	if name == "" || c.titled {
		name = strings.TrimSpace("《" + c.Document.Title + "》 " + name)
	}
	key := "stands"
	if strings.HasSuffix(c.Ref.Path, "款") || strings.HasSuffix(c.Ref.Path, "条") || strings.HasSuffix(c.Ref.Path, "项") {
		key = "stands_article"
	}
	text := phrase(key, "document", name, "clause", c.Clause, "path", c.Ref.Path, "paragraph", strconv.Itoa(c.Paragraph), "heading", c.Heading)
	return strings.ReplaceAll(text, "()", "")
}

var (
	money = regexp.MustCompile(`[0-9０-９一二三四五六七八九十百千]+(?:\.[0-9]+)?\s*(?:万元|万|亿元|亿|元)|[0-9.]+\s*[%％]`)
	day   = regexp.MustCompile(`[0-9]{4}\s*年|[0-9]{1,2}\s*年(?:$|[^来底初度])|[0-9]{1,2}\s*月|[0-9]+\s*(?:个工作日|工作日|日|天|个月)`)
)

// missing says which figure was asked for that the quoted sentences do not give.
func (b *Bot) missing(r *reading, picks []pick) string {
	text := ""
	for _, s := range interleave(picks) {
		text += s.sentence.norm + "\n"
	}
	switch {
	case r.aims[aimAmount] && !money.MatchString(text) && !(r.aims[aimNumber] && figure.MatchString(text)):
		return phrase("missing_amount")
	case r.aims[aimDate] && !day.MatchString(text):
		return phrase("missing_date")
	case r.aims[aimTerms] && !strings.Contains(text, "条件") && !listAhead.MatchString(text):
		return phrase("missing_terms")
	case r.aims[aimContact]:
		return phrase("missing_contact")
	case r.aims[aimNumber] && !figure.MatchString(text):
		return phrase("missing_number")
	}
	return ""
}

// chineseDate writes YYYY-MM-DD as a document does: 2024年4月8日.
func chineseDate(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2006年1月2日")
}
