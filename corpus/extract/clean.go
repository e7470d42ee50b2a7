package extract

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"

	"github.com/wence-bot/wence/corpus"
)

// clean drops what a reader cannot see, which is how text is hidden from people and
// shown to programs, and returns how many such characters there were. It turns
// radicals that PDF fonts use in the place of characters (⽂ for 文) into those.
func clean(s string) (string, int) {
	if plain(s) {
		return s, 0
	}
	var b strings.Builder
	b.Grow(len(s))
	hidden := 0
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		switch {
		case invisible(r):
			hidden++
		case r == '\u00a0' || r == '\u2007' || r == '\u202f':
			b.WriteByte(' ')
		case r == '\r' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f' || r == '\u0085':
			b.WriteByte('\n')
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			hidden++
		case r >= 0x2E80 && r <= 0x2FD5:
			b.WriteRune(fromRadical(r))
		case r >= 0xF900 && r <= 0xFAFF:
			b.WriteString(norm.NFC.String(string(r))) // 精 for the compatibility form U+FA1D
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), hidden
}

// plain reports whether there is nothing to clean: the common case.
func plain(s string) bool {
	for _, r := range s {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == 0x85 || r == 0xa0 || r == 0xad || r >= 0x2000 && r <= 0x206f && r != '—' && r != '–' && r != '“' && r != '”' && r != '‘' && r != '’' && r != '…' ||
			r >= 0x2E80 && r <= 0x2FD5 || r >= 0xF900 && r <= 0xFAFF || r >= 0xFE00 && r <= 0xFE0F || r == 0xFEFF || r >= 0xE0000 {
			return false
		}
	}
	return true
}

// invisible reports whether r shows nothing: zero width, direction marks, soft
// hyphens, variation selectors, tags.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

// radicals are the characters for those of the block CJK Radicals Supplement that
// Unicode gives no mapping for and that simplified Chinese text meets.
var radicals = sync.OnceValue(func() map[rune]rune {
	const pairs = "⺟母⺠民⺎兀⺏尣⺙攵⺝月⺫目⻄西⻅见⻆角⻉贝⻋车⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻥鱼⻦鸟⻧卤⻨麦⻩黄⻬齐⻮齿⻰龙⻳龟⻁虎⻂衣⻃西⻊足⻌辶⻏阝⺍小⺘扌⺡氵⺮竹⺶羊⺻聿"
	runes := []rune(pairs)
	m := make(map[rune]rune, len(runes)/2)
	for i := 0; i+1 < len(runes); i += 2 {
		m[runes[i]] = runes[i+1]
	}
	return m
})

func fromRadical(r rune) rune {
	if r <= 0x2EF3 {
		if to, ok := radicals()[r]; ok {
			return to
		}
	}
	to, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r)))
	return to
}

// classifiedRe is a 密级 as GB/T 9704 prints it, on a line of its own, perhaps with
// its term and beside the number of the copy or the urgency.
var classifiedRe = pattern(`^(?:[0-9０-９]{1,6}\s+)?(?:密\s*级\s*[:：]?\s*)?((?:绝|机|秘)\s*密)\s*(?:[★☆*＊﹡✩✭⭐]\s*(?:长期|[0-9０-９一二三四五六七八九十]{0,3}\s*(?:年|个月|月|天|日)?)|[0-9０-９一二三四五六七八九十]{1,3}\s*(?:年|个月))?\s*(?:特急|特提|加急|平急|急件)?$`)

// classification returns the 密级 that stands near the top of a text or in its
// metadata, or "".
func classification(text string, meta map[string]string) string {
	const top = 15 // lines
	if m := classifiedRe().FindString(strings.TrimSpace(meta[corpus.FieldSecrecy])); m != "" {
		return m
	}
	n := 0
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \t\r\n\u3000")
		if line == "" {
			continue
		}
		if utf8.RuneCountInString(line) <= 30 {
			for cell := range strings.SplitSeq(line, "\t") {
				if m := classifiedRe().FindStringSubmatch(strings.Trim(cell, " \u3000")); m != nil {
					return strings.Trim(cell, " \u3000")
				}
			}
		}
		if n++; n == top {
			break
		}
	}
	return ""
}

// garbled reports whether text is what a program makes of a font that it cannot
// map: private or replacement characters, Latin letters with accents, or Chinese
// characters that hardly anybody uses.
func garbled(text string) bool {
	bad, all, han, common := 0, 0, 0, 0
	gbk := simplifiedchinese.GBK.NewEncoder()
	var dst [4]byte
	for _, r := range text {
		if r <= ' ' || r == '\u3000' {
			continue
		}
		all++
		switch {
		case r == utf8.RuneError, r >= 0xE000 && r <= 0xF8FF, r >= 0xC0 && r <= 0x24F && r != '×' && r != '÷', r >= 0xA1 && r <= 0xAF:
			bad++
		case r >= 0x3400 && r <= 0x9FFF:
			han++
			var src [4]byte
			n, _, err := gbk.Transform(dst[:], src[:utf8.EncodeRune(src[:], r)], true)
			// Rows B0 to D7 of GB 2312 are its 3,755 common characters 一级汉字.
			if err == nil && n == 2 && dst[0] >= 0xB0 && dst[0] <= 0xD7 && dst[1] >= 0xA1 {
				common++
			}
		}
	}
	return bad*50 > all || han >= 20 && common*2 < han
}
