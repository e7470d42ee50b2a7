package webhook

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

// text returns a message in its format.
func text(m adapters.Outbound) string {
	switch m.Format {
	case formatMarkdown:
		return markdown(m)
	case formatSpeech:
		return speech(m)
	}
	return printable(adapters.PlainText(m))
}

// measure returns the length of a message in runes.
func measure(m adapters.Outbound) int { return utf8.RuneCountInString(text(m)) }

// printable drops what is no text: control characters and marks that turn the direction
// of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069') {
			return -1
		}
		return r
	}, s)
}

// What only CommonMark and its common extensions read as markup.
var (
	numbered = regexp.MustCompile(`(?m)^( *[0-9]{1,9})([.)])( |$)`)
	indented = regexp.MustCompile(`(?m)^ {4,}`)
)

// escape makes CommonMark show s as it is, apart from how it breaks lines.
func escape(s string) string {
	s = adapters.EscapeMarkdown(printable(s))
	s = numbered.ReplaceAllString(s, `$1\$2$3`)
	if !strings.Contains(s, `\~`) {
		s = strings.ReplaceAll(s, "~", `\~`) // one on each side is enough for some
	}
	return indented.ReplaceAllStringFunc(s, func(blanks string) string { return strings.Repeat("\u00a0", len(blanks)) }) // else code
}

// markdown returns a message in CommonMark, quotes as block quotes.
func markdown(m adapters.Outbound) string {
	var b strings.Builder
	b.WriteString(adapters.PartMark(m))
	for i, block := range m.Blocks {
		if i > 0 {
			b.WriteString("\n\n")
		}
		body := escape(block.Text)
		if block.Quote {
			body = "> " + strings.ReplaceAll(body, "\n", "\n> ")
		}
		b.WriteString(body)
		if block.Source != "" {
			b.WriteString("\n>\n> " + escape(block.Source))
		}
		if block.URL != "" {
			b.WriteString("\n\n<" + block.URL + ">")
		}
	}
	return b.String()
}

var (
	year     = regexp.MustCompile(`[〔\[【(（]((?:19|20)[0-9]{2})[〕\]】)）]`)
	brackets = regexp.MustCompile(`[()（）《》〔〕]+`)
)

// speech returns a message for the ear: no addresses, no part numbers, no signs, and
// 〔2024〕 as 2024年. The words of a quote stay as they are.
func speech(m adapters.Outbound) string {
	var lines []string
	for _, block := range m.Blocks {
		if block.Quote {
			lines = append(lines, "原文:"+printable(block.Text), ear(block.Source))
			continue
		}
		lines = append(lines, ear(block.Text))
	}
	var out []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// ear returns s without what cannot be heard.
func ear(s string) string {
	s = year.ReplaceAllString(s, "${1}年")
	s = brackets.ReplaceAllString(s, ",")
	s = strings.Map(func(r rune) rune {
		if r == '·' || r == '“' || r == '”' || unicode.Is(unicode.So, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, printable(s))
	s = strings.NewReplacer(",,", ",", "、,", "、").Replace(s)
	return strings.Trim(s, ", ")
}
