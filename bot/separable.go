package bot

import (
	"strings"
	"unicode/utf8"
)

// joinSeparable writes a verb and its object together, as policies do, where somebody has
// put a small word between them: 贷点款, 上个市 and 招些工 are 贷款, 上市 and 招工. known says
// of two characters whether they are such a verb and object.
func joinSeparable(text string, known func(string) bool) string {
	for _, word := range between {
		for at := 0; ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				break
			}
			i += at
			verb, _ := utf8.DecodeLastRuneInString(text[:i])
			object, _ := utf8.DecodeRuneInString(text[i+len(word):])
			if at = i + len(word); known(string(verb) + string(object)) {
				text, at = text[:i]+text[at:], i
			}
		}
	}
	return text
}

// between are the small words that go between a verb and its object, the longer first.
var between = []string{"一点儿", "一点", "点儿", "一个", "一下", "一笔", "点", "个", "笔", "些", "下"}
