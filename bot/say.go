package bot

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
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
					names = append(names, r.Bureau)
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

func where(c Citation) string {
	name := c.Document.Number
	if name == "" {
		name = "《" + c.Document.Title + "》"
	}
	key := "stands"
	if strings.HasSuffix(c.Ref.Path, "款") || strings.HasSuffix(c.Ref.Path, "条") || strings.HasSuffix(c.Ref.Path, "项") {
		key = "stands_article"
	}
	text := phrase(key, "document", name, "clause", c.Clause, "path", c.Ref.Path, "paragraph", strconv.Itoa(c.Paragraph), "heading", c.Heading)
	return strings.ReplaceAll(text, "()", "")
}

// dealing finds what makes a question one about who deals with something: 归海关管吗, but
// not 海关认证有人指导吗.
var dealing = regexp.MustCompile(`[归管找属问给发批多]|负责|责任|牵头|参与|配合|协助|主管|承担|有份|的事|出面|受理|经办|办|做|干`)

// verdict says yes or no for each bureau that the question asks about beside a matter.
func (b *Bot) verdict(r *reading, picks []pick) string {
	if len(r.bodies) == 0 || !r.aims[aimYesNo] && !r.aims[aimWho] || r.recalled == "" && !dealing.MatchString(r.text) {
		return ""
	}
	var own, shared, none []string
	duties := responsible(picks)
	for _, name := range r.names {
		i := slices.IndexFunc(duties, func(d corpus.Responsibility) bool { return d.Bureau == name })
		switch {
		case i < 0:
			none = append(none, name)
		case duties[i].Role == corpus.Shared:
			shared = append(shared, name)
		default:
			own = append(own, name)
		}
	}
	if len(own)+len(shared)+len(none) == 0 {
		for _, m := range r.bodies {
			none = append(none, m.Name)
		}
	}
	var follow []string // responsible, but asked whether they take the lead
	if leads := func(d corpus.Responsibility) bool { return d.Role == corpus.Lead && slices.Contains(own, d.Bureau) }; r.aims[aimLead] && !slices.ContainsFunc(duties, leads) {
		own, follow = nil, own
	}
	var lines []string
	for _, v := range []struct {
		key   string
		names []string
	}{{"verdict_yes", own}, {"verdict_not_lead", follow}, {"verdict_shared", shared}, {"verdict_no", none}} {
		if len(v.names) > 0 {
			lines = append(lines, phrase(v.key, "bureaus", strings.Join(v.names, "、")))
		}
	}
	return strings.Join(lines, "\n")
}

var (
	money = regexp.MustCompile(`[0-9０-９一二三四五六七八九十百千]+(?:\.[0-9]+)?\s*(?:万元|万|亿元|亿|元)|[0-9.]+\s*[%％]`)
	day   = regexp.MustCompile(`[0-9]{4}\s*年|[0-9]{1,2}\s*月|[0-9]+\s*(?:个工作日|工作日|日|天|个月)`)
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
	case r.aims[aimTerms] && !strings.Contains(text, "条件"):
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
