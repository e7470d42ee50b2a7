package adapters

import (
	"regexp"
	"strings"
)

// What begins markup within a text, at the beginning of a line, and in place of a sign.
var (
	inlineMarkup = regexp.MustCompile("[\\\\`*_\\[\\]<~|&]")
	lineMarkup   = regexp.MustCompile(`(?m)^( *)(#{1,6}(?: |$)|>|[-+*](?: |$)|=+ *$|-[-:|]|:-|\*\*\*|___|\|)`)
	entity       = regexp.MustCompile(`&#?[a-zA-Z0-9]+;`)
)

// EscapeMarkdown makes a text mean itself in Markdown. Signs that are no markup because
// they stand alone stay, so that what is quoted looks as in the document wherever it can.
// What only some kinds of Markdown read as markup, as 1. and a single ~, stays too.
func EscapeMarkdown(s string) string {
	escaped := inlineMarkup.ReplaceAllStringFunc(s, func(sign string) string {
		var alone bool
		switch sign {
		case "[", "]":
			alone = !strings.Contains(s, "](") && !strings.Contains(s, "][") && !strings.Contains(s, "]:")
		case "~": // 3~5年、10~20万 is common
			alone = !strings.Contains(s, "~~")
		case "&":
			alone = !entity.MatchString(s)
		case "*", "_", "`", "|":
			alone = strings.Count(s, sign) < 2
		}
		if alone {
			return sign
		}
		return `\` + sign
	})
	return lineMarkup.ReplaceAllString(escaped, `$1\$2`)
}
