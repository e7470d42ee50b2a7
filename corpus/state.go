package corpus

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	titlePrefixRe = regexp.MustCompile(`^(?:[（(【\[]?(?:转载|转发|原创)[）)】\]]|[（(【\[［](?:已|全文|部分)?(?:失效|废止|修改|修订|停止执行)[）)】\]］])+`)
	titleSuffixRe = regexp.MustCompile(`[（(【\[［](?:已|全文)?(?:失效|废止|修改|停止执行)[）)】\]］]$`)
	statusLineRe  = regexp.MustCompile(`^[（(【\[［](?:已|全文|部分)?(?:失效|废止|修改|停止执行|征求意见稿|公开征求意见稿|草案|草案征求意见稿|送审稿|讨论稿)[^）)】\]］]{0,30}[）)】\]］]$`)
	historyRe     = regexp.MustCompile(`^[（(].*年.*月.*日.*(?:通过|公布|发布|印发|施行|修订|修正|修改).*[）)]$`)
	publishedRe   = regexp.MustCompile(`([^，,；;　 ]*日)[^，,；;日]{0,40}?(?:公布|发布|印发)`)
	printedRe     = regexp.MustCompile(`(?:印发|发布)[。]?$`)
)

// stripTitle drops the remarks that pages put in front of and behind a title.
func stripTitle(s string) string {
	s = strings.TrimFunc(titlePrefixRe.ReplaceAllString(strings.TrimFunc(s, isBlank), ""), isBlank)
	return strings.TrimFunc(titleSuffixRe.ReplaceAllString(s, ""), isBlank)
}

var stateRe = regexp.MustCompile(`[（(【\[［](?:已|全文)?(失效|废止|停止执行|修改)[^）)】\]］]{0,30}[）)】\]］]|^(?:已|全文)?(失效|废止|停止执行|修改|修订)$`)

// stateOf returns the status that a remark gives, as in 【已失效】, or "".
func stateOf(s string) Status {
	if m := stateRe.FindStringSubmatch(strings.TrimFunc(s, isBlank)); m != nil {
		switch firstOf(m[1], m[2]) {
		case "失效":
			return Expired
		case "修改", "修订":
			return Amended
		}
		return Repealed
	}
	if hasAny(s, []string{"征求意见稿", "草案", "送审稿", "讨论稿"}) && !hasAny(s, []string{"《", "关于印发"}) {
		return Draft
	}
	return ""
}

// state sets the status of the document if s says it.
func (p *parser) state(s string) {
	if state := stateOf(s); state != "" && p.doc.Status == InForce {
		p.doc.Status = state
	}
}

// history reads the line under a title that tells when it was passed, published and
// put in force.
func (p *parser) history(s string) {
	d := p.doc
	d.Written = firstOf(d.Written, parseDate(s))
	if m := publishedRe.FindStringSubmatch(s); m != nil {
		d.Published = firstOf(d.Published, parseDate(m[1]))
	}
	d.Effective = firstOf(d.Effective, effectiveOf(s, firstOf(d.Published, d.Written)))
}

// printed reads the day on which a document was printed and sent out, under its text.
func (p *parser) printed(s string) {
	if printedRe.MatchString(s) {
		p.doc.Published = firstOf(p.doc.Published, parseDate(s))
	}
}

// halfDigits makes digits half width.
var halfDigits = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9")

// issuerOfNumber returns whose the number of a decree or an announcement is: 国务院 for
// 国务院令第722号.
func issuerOfNumber(s string) string {
	for _, word := range []string{"令", "公告", "通告"} {
		if i := strings.Index(s, word); i > 0 {
			return strings.TrimFunc(s[:i], isBlank)
		}
	}
	return ""
}

// splitAddressees cuts the line that says to whom a document goes.
func splitAddressees(s string) []string {
	s = strings.TrimRight(strings.TrimFunc(s, isBlank), ":：")
	pieces, _ := splitTop(s, "、，,；;")
	var out []string
	for k := 0; k < len(pieces); k++ {
		name := strings.TrimFunc(pieces[k], isBlank)
		// 各省、自治区、直辖市人民政府 is one.
		for strings.HasPrefix(name, "各") && utf8.RuneCountInString(pieces[k]) <= 4 && k+1 < len(pieces) && startsWithLevel(strings.TrimFunc(pieces[k+1], isBlank)) {
			k++
			name += "、" + strings.TrimFunc(pieces[k], isBlank)
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// enclosed returns the titles of the documents that one with the given title issues
// or forwards: 甲关于转发乙关于印发丙的通知的通知 gives 乙关于印发丙的通知 and 丙.
func enclosed(title string) []string {
	var out []string
	for {
		at, size := -1, 0
		for _, w := range []string{"转发", "印发", "批转"} {
			if i := strings.Index(title, w); i >= 0 && (at < 0 || i < at) {
				at, size = i, len(w)
			}
		}
		if at < 0 {
			return out
		}
		rest := strings.TrimFunc(title[at+size:], isBlank)
		for _, end := range []string{"的通知", "的函", "的公告", "的决定"} {
			cut, ok := strings.CutSuffix(rest, end)
			if nested := hasAny(cut, []string{"印发", "转发", "关于"}); ok && (!nested || strings.HasSuffix(cut, "通知") || strings.HasPrefix(cut, "《") && strings.HasSuffix(cut, "》")) {
				rest = cut
				break
			}
		}
		for _, q := range [][2]string{{"《", "》"}, {"〈", "〉"}} {
			if strings.HasPrefix(rest, q[0]) && strings.HasSuffix(rest, q[1]) {
				rest = strings.TrimSuffix(strings.TrimPrefix(rest, q[0]), q[1])
			}
		}
		if rest == "" || rest == title {
			return out
		}
		out = append(out, rest)
		title = rest
	}
}

// closeUp joins a name that was set with blanks between its characters: 财 政 部.
func closeUp(s string) string {
	fields := strings.FieldsFunc(s, isBlank)
	if len(fields) < 2 {
		return s
	}
	for _, f := range fields {
		if utf8.RuneCountInString(f) > 1 {
			return s
		}
	}
	return strings.Join(fields, "")
}
