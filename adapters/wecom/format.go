package wecom

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/wence-bot/wence/adapters"
)

// clean takes out of a message what no JSON for WeCom may hold: what encoding/json
// would write as \u escapes, which the platform refuses (errcode 40033), and what
// changes the direction of writing.
func clean(m adapters.Outbound) adapters.Outbound {
	blocks := make([]adapters.Block, len(m.Blocks))
	for i, b := range m.Blocks {
		b.Text, b.Source, b.URL = cleanText(b.Text), cleanText(b.Source), cleanText(b.URL)
		blocks[i] = b
	}
	m.Blocks = blocks
	return m
}

func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.ReplaceAll(s, `\u`, "＼u")
}

// tag is what the platform reads as an element in a text message, such as a link.
var tag = regexp.MustCompile(`<([a-zA-Z/@!])`)

// plain formats a message as text: there is no markup in it but links as <a>, which
// nobody may smuggle in.
func plain(m adapters.Outbound) string {
	return tag.ReplaceAllString(adapters.PlainText(clean(m)), "＜$1")
}

// subsetMarkup is what the markdown of applications and group robots (doc 90236, 91770)
// reads as markup. It knows no way to escape any of it.
var subsetMarkup = regexp.MustCompile("(?m)\\*\\*|`|\\]\\(|<[a-zA-Z/@]|^ *#{1,6} |^ *>")

// subset formats a message in the markdown of applications and group robots. ok is
// false if a text in it would be read as markup: then only plain keeps it as it is.
func subset(m adapters.Outbound) (content string, ok bool) {
	m = clean(m)
	var b strings.Builder
	b.WriteString(adapters.PartMark(m))
	for i, block := range m.Blocks {
		if subsetMarkup.MatchString(block.Text) || subsetMarkup.MatchString(block.Source) || !linkable(block.URL) {
			return "", false
		}
		if i > 0 {
			b.WriteString("\n\n")
		}
		writeBlock(&b, block, func(s string) string { return s })
	}
	return b.String(), true
}

// full formats a message in the markdown of robots, which is nearly all of it
// (markdown_v2 in doc 91770).
func full(m adapters.Outbound) string {
	m = clean(m)
	var b strings.Builder
	b.WriteString(adapters.PartMark(m))
	for i, block := range m.Blocks {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if !linkable(block.URL) {
			block.URL = ""
		}
		writeBlock(&b, block, adapters.EscapeMarkdown)
	}
	return b.String()
}

// writeBlock writes a block in what both kinds of markdown have: quotes and links.
func writeBlock(b *strings.Builder, block adapters.Block, escape func(string) string) {
	mark := ""
	if block.Quote {
		mark = "> "
	}
	for i, line := range strings.Split(escape(block.Text), "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(mark + line)
	}
	label := escape(block.Source)
	if block.URL != "" {
		if label == "" {
			label = block.URL
		}
		label = "[" + brackets.Replace(label) + "](" + block.URL + ")"
	}
	switch {
	case label == "":
	case block.Quote: // after a blank line, or it would be read as a part of the quote
		b.WriteString("\n\n" + label)
	default:
		b.WriteString("\n" + label)
	}
}

// brackets keeps the label of a link from ending early: full-width ones look the same.
var brackets = strings.NewReplacer("[", "［", "]", "］", `\[`, "［", `\]`, "］")

// linkable reports whether a URL can stand in [](…) without ending it.
func linkable(u string) bool { return !strings.ContainsAny(u, " ()<>[]\n\"\\") }
