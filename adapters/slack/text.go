package slack

import (
	"strings"
	"unicode"
)

// unescape undoes what Slack does to the text of a message, once: &amp;lt; is &lt;.
var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// escape makes text inert in mrkdwn: no mention, no link.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// plain returns what the user typed. In a message from Slack every < is markup
// (<@U1|name>, <#C1|name>, <!here>, <url|label>), because a typed one comes as &lt;.
// Mentions of the user bot, and mentions without a name, are dropped; what has a label
// is its label, a bare link is its address.
func plain(text, bot string) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "<")
		b.WriteString(unescape.Replace(before))
		if !open {
			break
		}
		end := strings.IndexAny(rest, "<>")
		if end < 0 || rest[end] == '<' {
			b.WriteByte('<') // no markup of Slack's
			text = rest
			continue
		}
		b.WriteString(unescape.Replace(markup(rest[:end], bot)))
		text = rest[end+1:]
	}
	return tidy(b.String())
}

// markup returns what to read for one piece of markup, without its angle brackets.
func markup(inside, bot string) string {
	target, label, _ := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		if label == "" || bot != "" && target == "@"+bot {
			return " "
		}
		return "@" + strings.TrimPrefix(label, "@")
	case strings.HasPrefix(target, "#"):
		if label == "" {
			return " "
		}
		return "#" + label
	case strings.HasPrefix(target, "!"):
		if label == "" {
			return " "
		}
		return label
	case label != "":
		return label
	}
	return strings.TrimPrefix(target, "mailto:")
}

// tidy removes what no keyboard types: broken UTF-8, control and direction characters.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(s)
}
