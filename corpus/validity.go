package corpus

import (
	"regexp"
	"strings"
)

// A Term 期限 says that a part of a clause holds from a day, until a day or both,
// although its document holds longer: 本条政策执行期限至2022年12月31日.
type Term struct {
	Start, End int    // byte offsets into Document.Text: what holds so long
	From       string // first day (YYYY-MM-DD), empty if the text gives none
	Until      string // last day (YYYY-MM-DD), empty if the text gives none
}

// HoldsOn reports whether a day (YYYY-MM-DD) lies within the term; both its days do.
func (t Term) HoldsOn(day string) bool {
	return (t.From == "" || t.From <= day) && (t.Until == "" || day <= t.Until)
}

// HoldsOn reports whether Document.Text[start:end], a part of the clause, holds on a
// day (YYYY-MM-DD) on which the document is in force.
func (c *Clause) HoldsOn(start, end int, day string) bool {
	for _, t := range c.Terms {
		if start < t.End && t.Start < end && !t.HoldsOn(day) {
			return false
		}
	}
	return true
}

const dayPattern = `(?:[0-9０-９]{4}|二[〇零○Ｏ0][〇零○Ｏ0一二三四五六七八九]{2})\s*年\s*[0-9０-９一二三四五六七八九十]{1,3}\s*月\s*[0-9０-９一二三四五六七八九十]{1,3}\s*日`

// The ways in which a clause says until when it holds. What is applied for or paid
// until a day holds until then too: 申请期限至…, but 截至…累计 tells of the past.
var (
	clauseUntilRe = regexp.MustCompile(`(?:期限|有效期|执行期|实施期|执行|实施|施行|延续|延长|政策)(?:暂定|暂|定|统一)*(?:为|是|到|，|,|：|:)*(?:自[^。；;\n]{1,30}?起?)?至\s*(` + dayPattern + `)`)
	clauseFromRe  = regexp.MustCompile(`(?:本条|本款|本项|该条|该项|此项|上述|前款|前项)[^。；;\n]{0,20}?自\s*(` + dayPattern + `)\s*(?:零时)?起(?:正式)?(?:施行|实施|执行|生效)`)
	// whole: the sentence speaks of all of its clause, not of itself only.
	wholeClauseRe = regexp.MustCompile(`(?:本条|该条|上述|前述|以上|本项|该项|此项|前款|前项)[^。；;\n]{0,30}?(?:期限|有效期|执行|实施|施行)`)
	// notPolicyRe: what lasts until a day is no policy but the subject of one: a loan,
	// a contract, or the document that is spoken of.
	notPolicyRe = regexp.MustCompile(`(?:贷款|合同|协议|租赁|任期|聘期|工期|建设|规划|经营|还款|证书|许可证)(?:的)?(?:期限|有效期)`)
	// ofDocumentRe: the whole document is spoken of, see parser.validity.
	ofDocumentRe = regexp.MustCompile(`(?:本|该)(?:通知|办法|规定|细则|意见|方案|措施|政策措施|若干措施|规程|条例|决定|公告|实施细则|暂行办法)`)
)

// ofDocument returns the text of a clause without the sentences that say how long
// the clause itself holds. In a clause that says nothing else 上述政策 is the document.
func (p *parser) ofDocument(c Clause) string {
	if !wholeClauseRe.MatchString(c.Text) {
		return c.Text
	}
	var rest strings.Builder
	others := false
	for _, s := range sentencesOf(c.Text) {
		text := c.Text[s[0]:s[1]]
		if wholeClauseRe.MatchString(text) && !ofDocumentRe.MatchString(text) && (clauseUntilRe.MatchString(text) || clauseFromRe.MatchString(text)) {
			continue
		}
		rest.WriteString(text)
		others = true
	}
	if !others {
		return c.Text
	}
	return rest.String()
}

// terms reads how long parts of clauses hold.
func (p *parser) terms() {
	for i := range p.doc.Clauses {
		c := &p.doc.Clauses[i]
		if !strings.Contains(c.Text, "至") && !strings.Contains(c.Text, "自") || !hasAny(c.Text, []string{"期", "执行", "实施", "施行", "延续", "延长", "政策"}) {
			continue
		}
		for _, s := range sentencesOf(c.Text) {
			if t, ok := p.term(c, s); ok {
				c.Terms = append(c.Terms, t)
			}
		}
	}
}

// term reads how long the sentence Text[s[0]:s[1]] of a clause holds.
func (p *parser) term(c *Clause, s [2]int) (Term, bool) {
	text := c.Text[s[0]:s[1]]
	t := Term{Start: c.Start + s[0], End: c.Start + s[1]}
	if m := clauseUntilRe.FindStringSubmatchIndex(text); m != nil && !notPolicyRe.MatchString(text[max(0, m[0]-len("许可证")):m[1]]) {
		t.Until = parseDate(text[m[2]:m[3]])
	}
	if m := clauseFromRe.FindStringSubmatch(text); m != nil {
		t.From = parseDate(m[1])
	}
	if t.From == "" && t.Until == "" || ofDocumentRe.MatchString(text) && !wholeClauseRe.MatchString(text) {
		return t, false
	}
	if t.Until != "" && t.Until == p.doc.Expires || t.From != "" && t.From == p.doc.Effective {
		return t, false // the same as its document
	}
	if wholeClauseRe.MatchString(text) {
		t.Start, t.End = c.Start, c.End
	}
	return t, true
}

// sentencesOf cuts a text after 。 and line ends; offsets are bytes. A semicolon cuts
// none: what is said behind one mostly holds for both sides.
func sentencesOf(text string) [][2]int {
	var out [][2]int
	from := 0
	for i, r := range text {
		if r == '。' || r == '\n' {
			to := i + len(string(r))
			out = append(out, [2]int{from, to})
			from = to
		}
	}
	if from < len(text) {
		out = append(out, [2]int{from, len(text)})
	}
	return out
}

// StatusOn returns the validity of a document on a day (YYYY-MM-DD) as far as the
// document itself tells: Pending before its first day (see Since), Expired after its last
// one, else its Status.
func (d *Document) StatusOn(day string) Status {
	switch {
	case d.Status != InForce && d.Status != Amended:
		return d.Status
	case day < d.Since():
		return Pending
	case d.Expires != "" && d.Expires < day:
		return Expired
	}
	return d.Status
}

// Repeals reports whether d says that it repeals another document: by its number,
// or by its title. A document repeals none that is newer than itself.
func (d *Document) Repeals(other *Document) bool {
	if d.ID == other.ID || len(d.Replaces) == 0 {
		return false
	}
	if mine, theirs := d.Since(), other.Since(); mine != "" && theirs > mine {
		return false
	}
	for _, name := range d.Replaces {
		title, isTitle := strings.CutPrefix(name, "《")
		if !isTitle {
			if name == other.Number {
				return true
			}
			continue
		}
		title = bareTitle(strings.TrimSuffix(title, "》"))
		for _, t := range append([]string{other.Title}, other.Encloses...) {
			if t = bareTitle(t); t == title && title != "" {
				return true
			}
		}
	}
	return false
}

// Since returns the day (YYYY-MM-DD) from which a document is in force: the one that it
// names, else that of its publication or writing, before which it did not exist; "" if the
// text gives none.
func (d *Document) Since() string {
	return firstOf(d.Effective, firstOf(d.Published, d.Written))
}

// Dated returns the day (YYYY-MM-DD) that says which of two versions is the newer one:
// that of its writing, else of its publication, else from which it is in force; "" if the
// text gives none.
func (d *Document) Dated() string {
	return firstOf(d.Written, firstOf(d.Published, d.Effective))
}

// bareTitle drops title marks and blanks, which are set in many ways.
func bareTitle(s string) string {
	return strings.NewReplacer("《", "", "》", "", "〈", "", "〉", "", "<", "", ">", "", " ", "", "　", "", "（", "(", "）", ")").Replace(s)
}

// Unrepealed returns those documents that no other one of them repeals. All of
// them must be in force on the day that is asked about.
func Unrepealed(docs []*Document) []*Document {
	var repealing []*Document
	for _, d := range docs {
		if len(d.Replaces) > 0 {
			repealing = append(repealing, d)
		}
	}
	if len(repealing) == 0 {
		return docs
	}
	var out []*Document
next:
	for _, d := range docs {
		for _, r := range repealing {
			if r.Repeals(d) {
				continue next
			}
		}
		out = append(out, d)
	}
	return out
}
