package segment

import (
	"strings"

	"github.com/mozillazg/go-pinyin"
)

// Sound returns the toneless pinyin of each Chinese character of a normalised text
// by its first reading, ü written v. Syllables and runs of other characters are
// joined by one blank: "3.5%贷款" sounds "3.5% dai kuan".
func Sound(text string) string {
	var b strings.Builder
	b.Grow(len(text) * 2)
	glue := false // the last thing written was a run of other characters
	for _, r := range text {
		switch syllable := syllableOf(r); {
		case syllable != "":
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			writeSyllable(&b, syllable)
			glue = false
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			glue = false
		default:
			if b.Len() > 0 && !glue {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
			glue = true
		}
	}
	return b.String()
}

// syllableOf returns the first reading with its tone, or "".
func syllableOf(r rune) string {
	if !isHan(r) {
		return ""
	}
	first, _, _ := strings.Cut(pinyin.PinyinDict[int(r)], ",")
	return first
}

func writeSyllable(b *strings.Builder, toned string) {
	var buf [16]byte
	s := buf[:0]
	for _, r := range toned {
		if c := plainVowel(r); c != 0 && len(s) < len(buf) {
			s = append(s, c)
		}
	}
	b.Write(s)
}

// plainVowel strips the tone of a pinyin letter; 0 for a bare combining tone mark.
func plainVowel(r rune) byte {
	switch r {
	case 'ā', 'á', 'ǎ', 'à':
		return 'a'
	case 'ē', 'é', 'ě', 'è', 'ê', 'ế', 'ề':
		return 'e'
	case 'ī', 'í', 'ǐ', 'ì':
		return 'i'
	case 'ō', 'ó', 'ǒ', 'ò':
		return 'o'
	case 'ū', 'ú', 'ǔ', 'ù':
		return 'u'
	case 'ü', 'ǖ', 'ǘ', 'ǚ', 'ǜ':
		return 'v'
	case 'ń', 'ň', 'ǹ':
		return 'n'
	case 'ḿ':
		return 'm'
	}
	if 'a' <= r && r <= 'z' {
		return byte(r)
	}
	return 0
}
