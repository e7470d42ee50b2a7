package corpus

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// line is one line of a text without the blanks at its ends.
type line struct {
	text       string
	start, end int // byte offsets; text == Text[start:end]
}

// normalise returns text as Document.Text holds it: without byte order mark, lines
// ended by \n. Everything else stays, so that what is quoted is what was issued.
func normalise(text string) (string, error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	switch {
	case !utf8.ValidString(text):
		return "", errors.New("corpus: parse: the text is not UTF-8: convert it first, as in iconv -f GB18030 -t UTF-8, or import the original docx, pdf or ofd file")
	case strings.ContainsRune(text, 0):
		return "", errors.New("corpus: parse: this is a binary file, not text: import it under its own extension (docx, pdf, ofd, html)")
	case strings.TrimFunc(text, func(r rune) bool { return isBlank(r) || r == '\n' }) == "":
		return "", errors.New("corpus: parse: the text is empty: if it comes from a scan, run text recognition (OCR) first")
	}
	return text, nil
}

// splitLines returns the lines of text that are not blank.
func splitLines(text string) []line {
	var lines []line
	for start := 0; start < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
			end = start + i
		}
		if l := trimLine(text, start, end); l.start < l.end {
			lines = append(lines, l)
		}
		start = end + 1
	}
	return lines
}

func trimLine(text string, start, end int) line {
	for start < end {
		r, size := utf8.DecodeRuneInString(text[start:end])
		if !isBlank(r) {
			break
		}
		start += size
	}
	for start < end {
		r, size := utf8.DecodeLastRuneInString(text[start:end])
		if !isBlank(r) {
			break
		}
		end -= size
	}
	return line{text[start:end], start, end}
}

var (
	dateRe    = regexp.MustCompile(`([0-9０-９]{4}|[一二][〇零○Ｏ0一二三四五六七八九]{3})\s*年\s*([0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*([0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})\s*日`)
	isoDateRe = regexp.MustCompile(`^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$`)
	numberRe  = regexp.MustCompile(`[\p{Han}]{1,12}\s*[〔\[［【（({]\s*(?:[1１][9９]|[2２][0０])[0-9０-９]{2}\s*年?\s*[〕\]］】）)}]\s*第?\s*[0-9０-９]{1,5}\s*号`)
	decreeRe  = regexp.MustCompile(`^第\s*(?:\d{1,4}|[一二三四五六七八九十百零〇]{1,6})\s*号$`)
	// 国务院令第722号, 财政部 税务总局公告2023年第12号, 2023年第12号
	noticeNumberRe = regexp.MustCompile(`^(?:[\p{Han}\s]{2,40}(?:令|公告|通告))?\s*(?:[（(]?\s*(?:19|20)\d{2}\s*年\s*)?第\s*(?:\d{1,4}|[一二三四五六七八九十百零〇]{1,6})\s*号\s*[）)]?$`)
	annexRe        = regexp.MustCompile(`^附\s*件\s*[0-9０-９一二三四五六七八九十]{0,3}\s*[:：]?$`)
	annexListRe    = regexp.MustCompile(`^附\s*件\s*[0-9０-９]{0,2}\s*[:：]\s*\S`)
	annexItemRe    = regexp.MustCompile(`^[0-9０-９]{1,2}\s*[.．、]`)
	tailRe         = regexp.MustCompile(`^[（(【\[]?(此件|公开方式|主动公开|依申请公开|信息公开|抄送|相关解读|政策解读|解读|扫一扫|打印|关闭|责任编辑|来源[:：]|分享|上一篇|下一篇)|印发[。]?$`)
	addresseeRe    = regexp.MustCompile(`(政府|单位|部门|机构|委员会|局|委|厅|院|公司|办事处|组织|企业|幼儿园|学校|中心|会|处|室|行|部)[）)]?\s*[:：]$`)
	institutionRe  = regexp.MustCompile(`(政府|办公室|办公厅|局|委员会|委|厅|部|院|署|中心|总会|分行|支行|管委会|处|指挥部|领导小组)$`)
	titleEndRe     = regexp.MustCompile(`(通知|意见|决定|方案|办法|细则|措施|规定|条例|公告|通告|函|批复|指引|指南|报告|计划|规划|纲要|要点|公报|命令|令|解读|规则|规程|章程|标准|目录|清单|政策|法|制度|说明|建议|行动|分工表|任务表|一览表|任务分解)([（(〔][^）)〕]{1,14}[）)〕])*$`)
)

// parseDate returns the first date of s as YYYY-MM-DD, or "".
func parseDate(s string) string {
	if m := isoDateRe.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		return formatDate(digitsOf(m[1]), digitsOf(m[2]), digitsOf(m[3]))
	}
	m := dateRe.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return formatDate(digitsOf(m[1]), digitsOf(m[2]), digitsOf(m[3]))
}

func formatDate(y, m, d int) string {
	if y < 1900 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// digitsOf reads 2024, ２０２４, 二〇二四 and 十二.
func digitsOf(s string) int {
	s = strings.NewReplacer("○", "零", "Ｏ", "零", "〇", "零").Replace(s)
	if strings.ContainsRune(s, '十') {
		n, _ := scanHan(s)
		return n
	}
	n := 0
	for _, r := range s {
		switch i := strings.IndexRune(hanDigits, r); {
		case r >= '0' && r <= '9':
			n = n*10 + int(r-'0')
		case r >= '０' && r <= '９':
			n = n*10 + int(r-'０')
		case i >= 0:
			n = n*10 + i/3
		}
	}
	return n
}

// isDateLine reports whether s is a date and nothing else.
func isDateLine(s string) bool {
	m := dateRe.FindStringIndex(s)
	return m != nil && strings.TrimFunc(s[:m[0]]+s[m[1]:], func(r rune) bool { return isBlank(r) || strings.ContainsRune("（）()", r) }) == ""
}

// isNumberLine reports whether s is the 文号 of a document and nothing else.
func isNumberLine(s string) bool {
	m := numberRe.FindStringIndex(s)
	return m != nil && m[0] == 0 && m[1] == len(s) || decreeRe.MatchString(s) || noticeNumberRe.MatchString(s)
}

// isInstitution reports whether s looks like the signature under a document.
func isInstitution(s string) bool {
	return utf8.RuneCountInString(s) <= 40 && !strings.ContainsAny(s, "，,。；;：:\t") && institutionRe.MatchString(s)
}

// isAddressee reports whether s is the line that says to whom a document goes.
func isAddressee(s string) bool {
	return utf8.RuneCountInString(s) <= 250 && addresseeRe.MatchString(s) && !strings.Contains(s, "。")
}

// isTitleLine reports whether s can be a line of a title.
func isTitleLine(s string) bool {
	if _, ok := scanHeading(s); ok || utf8.RuneCountInString(s) > 80 || strings.Contains(s, "\t") {
		return false
	}
	return !strings.ContainsAny(s[len(s)-1:], ",;:.!?") && !strings.HasSuffix(s, "。") && !strings.HasSuffix(s, "，") &&
		!strings.HasSuffix(s, "；") && !strings.HasSuffix(s, "：") && !strings.HasSuffix(s, "、")
}
