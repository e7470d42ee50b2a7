package extract

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"github.com/wence-bot/wence/corpus"
)

// fieldOrder is the order in which fields stand in front of a text.
var fieldOrder = []string{
	corpus.FieldIndex, corpus.FieldSubject, corpus.FieldKeywords, corpus.FieldIssuer, corpus.FieldWritten, corpus.FieldPublished,
	corpus.FieldEffective, corpus.FieldExpires, corpus.FieldStatus, corpus.FieldNumber, corpus.FieldTitle,
}

// readMetadata reads the block of fields of a page and takes it out of the page. A
// single field is none: 名称 stands in many a table.
func readMetadata(doc *goquery.Document) map[string]string {
	type found struct {
		key, value string
		nodes      *goquery.Selection
	}
	blocks := map[any][]found{}
	var order []any
	doc.Find("td, th, li, dt, dd, span, label, p, div, b, strong, em, i").Each(func(_ int, s *goquery.Selection) {
		if s.Find("table, td, th, li, dt, dd").Length() > 0 || s.Find("p, div").Length() > 1 {
			return // a block of fields, not one of them
		}
		key, value, ok := splitField(s.Text())
		if !ok {
			return
		}
		nodes := s
		if value == "" {
			next := s.Next()
			value = squeeze(next.Text())
			if _, _, isKey := splitField(value); isKey || next.Length() == 0 || utf8.RuneCountInString(value) > 200 {
				return
			}
			nodes = s.AddSelection(next)
		}
		if strings.HasSuffix(key, "日期") {
			value = fieldDateRe().FindString(value) // without what else stands on the line
		}
		if value == "" {
			return
		}
		var block any
		if list := s.Closest("table, dl, ul, ol"); list.Length() > 0 {
			block = list.Get(0)
		}
		if _, ok := blocks[block]; !ok {
			order = append(order, block)
		}
		blocks[block] = append(blocks[block], found{key, value, nodes})
	})
	var out map[string]string
	for _, b := range order {
		keys := map[string]bool{}
		for _, f := range blocks[b] {
			keys[f.key] = true
		}
		if len(keys) < 2 {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		for _, f := range blocks[b] {
			if out[f.key] == "" {
				out[f.key] = f.value
			}
			f.nodes.Remove()
		}
	}
	return out
}

var fieldDateRe = pattern(`\d{4}\s*[-年./]\s*\d{1,2}\s*[-月./]\s*\d{1,2}\s*日?`)

// splitField reads 文号：…, [文号] … and 文 号, whose value stands beside it.
func splitField(s string) (key, value string, ok bool) {
	const longest = 200 // characters of a field
	s = squeeze(s)
	if s == "" || len(s) > 3*longest {
		return "", "", false
	}
	open := strings.HasPrefix(s, "[") || strings.HasPrefix(s, "【")
	s = strings.TrimLeft(s, "[【")
	name, rest := s, ""
	if i := strings.IndexAny(s, ":：]】"); i >= 0 {
		_, size := utf8.DecodeRuneInString(s[i:])
		name, rest = s[:i], strings.TrimLeft(s[i+size:], ":： \u3000")
	} else if open {
		return "", "", false
	}
	key = corpus.FieldOf(name)
	return key, strings.Trim(rest, " \u3000"), key != ""
}

// squeeze makes one line of the text of an element.
func squeeze(s string) string {
	return strings.Trim(strings.Join(strings.Fields(s), " "), " \u3000")
}

// head returns the lines that belong in front of the text: the fields, and the
// title where it stands above the content.
func head(doc *goquery.Document, meta map[string]string, lines []string) []string {
	var out []string
	for _, key := range fieldOrder {
		if v := meta[key]; v != "" {
			out = append(out, key+"："+v)
		}
	}
	title := meta[corpus.FieldTitle]
	if title == "" {
		title = squeeze(doc.Find("h1").First().Text())
		if title == "" {
			v, _ := doc.Find(`meta[name="ArticleTitle"], meta[property="og:title"]`).First().Attr("content")
			title = squeeze(v)
		}
		if n := utf8.RuneCountInString(title); n < 6 || n > 150 || holds(lines, title) {
			return out
		}
		out = append(out, title)
	}
	return out
}

// holds reports whether the title already stands in the first lines.
func holds(lines []string, title string) bool {
	tight := func(s string) string { return strings.Join(strings.Fields(s), "") }
	return strings.Contains(tight(strings.Join(lines[:min(len(lines), 12)], "")), tight(title))
}

var (
	// furnitureRe are lines around a document that are no part of it.
	furnitureRe = pattern(`^[\[【(（]?\s*(?:` +
		`(?:分享|打印|打印本页|打印此页|关闭|关闭窗口|关闭本页|收藏|纠错|我要纠错|下载|返回|返回顶部|朗读|首页|微信|微博|QQ空间|大|中|小|默认|字体大小)\s*[\]】)）]?|` +
		`(?:分享到|扫一扫|在手机|二维码).{0,40}|` +
		`(?:字体|字号|字体大小)\s*[:：]?\s*[\[【(（]?\s*(?:大|中|小|默认).{0,20}|` +
		`(?:当前位置|您的位置|你的位置|您当前的位置|来源|信息来源|文章来源|浏览次数|浏览量|点击数|点击量|阅读次数|访问量|责任编辑|发布时间|更新时间)\s*[:：].{0,80}|` +
		`(?:上一篇|下一篇|上一条|下一条|附件下载)\s*[:：].{0,120})$`)
	// afterRe begin what pages put below a document.
	afterRe = pattern(`^[\[【]?\s*(相关链接|相关文件|相关文档|相关阅读|相关解读|相关信息|相关稿件|相关政策|相关附件|关联文件|关联解读|政策解读|附件下载|上一篇|下一篇|上一条|下一条|扫一扫)\s*([:：\]】].*|在手机.*)?$`)
)

// emptyAnnexRe is what is left of a link to an attached file.
var emptyAnnexRe = pattern(`^附\s*件\s*(?:下载)?\s*[:：]$`)

// trimFurniture drops the lines around a document that the names of elements did
// not tell: those it drops stand within a few lines of an end.
func trimFurniture(lines []string) []string {
	const reach = 12 // lines
	for i := max(0, len(lines)-reach); i < len(lines) && i > 0; i++ {
		if afterRe().MatchString(lines[i]) && !slices.ContainsFunc(lines[i:], func(s string) bool { return utf8.RuneCountInString(s) > 80 }) {
			lines = lines[:i]
			break
		}
	}
	keep := func(i int) bool { return !furnitureRe().MatchString(lines[i]) }
	var out []string
	for i, l := range lines {
		if i >= reach && i < len(lines)-reach || keep(i) {
			out = append(out, l)
		}
	}
	for len(out) > 0 && emptyAnnexRe().MatchString(out[len(out)-1]) {
		out = out[:len(out)-1]
	}
	return out
}
