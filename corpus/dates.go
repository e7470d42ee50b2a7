package corpus

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	effectiveRe = regexp.MustCompile(`自\s*((?:[0-9０-９]{4}|二[〇零○Ｏ0]?[〇零○Ｏ0一二三四五六七八九]{2})\s*年\s*[0-9０-９一二三四五六七八九十]{1,3}\s*月\s*[0-9０-９一二三四五六七八九十]{1,3}\s*日)\s*(?:零时)?起(?:正式|试行|暂行)?(?:施行|实施|执行|生效|试行)`)
	issueRe     = regexp.MustCompile(`自\s*(?:印发|公布|发布|颁布|发文|下发|通过|印发施行)之日(?:起|后)?\s*(?:满)?\s*([0-9０-９一二三四五六七八九十]{0,4})\s*(个月|日|天)?(?:后)?起?(?:正式)?(?:施行|实施|执行|生效|试行)`)
	untilRe     = regexp.MustCompile(`(?:有效期|执行期|执行期限|实施期限|政策期限|有效期限)[^。；;\n]{0,20}?至\s*([0-9０-９]{4}\s*年\s*[0-9０-９]{1,2}\s*月\s*[0-9０-９]{1,2}\s*日)|(?:施行|实施|执行)(?:期限)?(?:，|,)?(?:有效期)?至\s*([0-9０-９]{4}\s*年\s*[0-9０-９]{1,2}\s*月\s*[0-9０-９]{1,2}\s*日)`)
	yearsRe     = regexp.MustCompile(`(?:有效期|有效期限|试行期|暂行期|试行期限|执行期限|执行期|实施期限)\s*(?:为|暂定|定为|暂定为|自[^。；;\n，,]{1,12}?起)*\s*([0-9０-９一二三四五六七八九十两]{1,2})\s*(年|个月)|(?:暂定|为期|设定|设)\s*([0-9０-９一二三四五六七八九十两]{1,2})\s*(年|个月)(?:的)?有效期`)
	termRe      = regexp.MustCompile(`(?:(?:本|该)(?:通知|办法|规定|细则|意见|方案|政策|措施|若干措施)[^。；;\n]{0,40}|起(?:施行|实施|执行)[，,])(?:有效期|试行期|执行期限)(?:为|暂定|至|自|\s)*[0-9０-９一二三四五六七八九十两全疫解]`)
	repealRe    = regexp.MustCompile(`[^。；;\n]*(?:同时|予以|即行|即|一并|自行)?(?:废止|停止执行|失效)`)
	keptRe      = regexp.MustCompile(`(?:尚未|未|不|是否)(?:予)?(?:废止|失效)`)
)

// hasValidityWord is what validity asks of a clause before it uses its expressions,
// which are slow.
func hasValidityWord(s string) bool {
	return hasAny(s, []string{"施行", "实施", "执行", "生效", "有效期", "废止", "失效", "试行"}) && hasAny(s, []string{"自", "有效期", "废止", "失效", "停止执行", "执行期", "期限"})
}

// validity reads from the clauses since when the document is in force, until when,
// and which documents it repeals.
func (p *parser) validity() {
	d := p.doc
	issued := firstOf(d.Published, d.Written)
	term, unit, doubt := 0, "", -1
	for _, c := range d.Clauses {
		if !hasValidityWord(c.Text) {
			continue
		}
		text := p.ofDocument(c)
		if d.Effective == "" {
			d.Effective = effectiveOf(text, issued)
		}
		if m := untilRe.FindStringSubmatch(text); m != nil && d.Expires == "" && strings.Contains(text, "本") {
			d.Expires = parseDate(firstOf(m[1], m[2]))
		}
		if m := yearsRe.FindStringSubmatch(c.Text); m != nil && term == 0 && hasAny(c.Text, []string{"施行", "实施", "执行", "生效", "本办法", "本细则", "本通知", "本意见", "试行"}) {
			term, unit = digitsOf(strings.ReplaceAll(firstOf(m[1], m[3]), "两", "二")), firstOf(m[2], m[4])
		}
		if at := termRe.FindStringIndex(text); at != nil {
			doubt = c.Start
		}
		p.repeals(c)
		if d.Effective == "" && strings.Contains(c.Text, "本") && strings.Contains(c.Text, "起施行") && strings.Contains(c.Text, "自") {
			p.lose(c.Start, "施行日期没有读懂")
		}
	}
	if d.Expires == "" && term > 0 {
		years, months := term, 0
		if unit != "年" {
			years, months = 0, term
		}
		d.Expires = addDate(firstOf(d.Effective, issued), years, months, -1)
	}
	if d.Expires == "" && doubt >= 0 {
		p.lose(doubt, "失效日期没有读懂")
	}
}

// isClosing reports whether a clause says no more than since when the document holds
// and who explains it.
func isClosing(s string) bool {
	const longest = 120 // characters
	return utf8.RuneCountInString(s) <= longest && (issueRe.MatchString(s) || effectiveRe.MatchString(s) || strings.Contains(s, "负责解释")) && strings.Contains(s, "本")
}

// effectiveOf returns the day since which a text says that it is in force, or "".
// issued is the day on which it was made public.
func effectiveOf(s, issued string) string {
	if m := effectiveRe.FindStringSubmatch(s); m != nil {
		return parseDate(m[1])
	}
	m := issueRe.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	n := digitsOf(m[1])
	if m[2] == "个月" {
		return addDate(issued, 0, n, 0)
	}
	return addDate(issued, 0, 0, n)
}

// repeals reads which documents a clause repeals: by number, or by title where no
// number stands behind it.
func (p *parser) repeals(c Clause) {
	if !hasAny(c.Text, []string{"废止", "失效", "停止执行"}) {
		return
	}
	for _, s := range repealRe.FindAllString(c.Text, -1) {
		if keptRe.MatchString(s) || !strings.Contains(s, "同时") && !strings.Contains(s, "《") && !strings.Contains(s, "号") {
			continue
		}
		if i := strings.LastIndex(s, "根据"); i >= 0 && strings.Contains(s[i:], "规定") {
			s = s[i+len("根据"):]
		}
		found := false
		for _, n := range numberRe.FindAllString(s, -1) {
			p.replaces(cleanNumber(n))
			found = true
		}
		if found || !strings.Contains(s, "同时") && !strings.Contains(s, "予以") {
			continue
		}
		for _, t := range topTitles(s) {
			p.replaces(t)
		}
	}
}

func (p *parser) replaces(s string) {
	for _, old := range p.doc.Replaces {
		if old == s {
			return
		}
	}
	p.doc.Replaces = append(p.doc.Replaces, s)
}

// topTitles returns the titles in s, 《…《…》…》 as one, with their marks.
func topTitles(s string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range s {
		switch r {
		case '《':
			if depth == 0 {
				start = i
			}
			depth++
		case '》':
			if depth--; depth == 0 {
				out = append(out, s[start:i+len("》")])
			}
			depth = max(depth, 0)
		}
	}
	return out
}

// addDate moves a day (YYYY-MM-DD), or returns "" if it is none.
func addDate(day string, years, months, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || years < 0 || years > 100 || months > 1200 || days > 3660 {
		return ""
	}
	return t.AddDate(years, months, days).Format(time.DateOnly)
}
