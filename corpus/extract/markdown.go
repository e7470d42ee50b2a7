package extract

import (
	"html"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

var (
	mdHeadingRe  = pattern(`^ {0,3}#{1,6}[ \t]+|[ \t]+#+[ \t]*$`)
	mdBulletRe   = pattern(`^[ \t]*[-*+][ \t]+(\[[ xX]\][ \t]+)?`)
	mdNumberRe   = pattern(`^([ \t]*\d{1,4}[.)])[ \t]+`)
	mdQuoteRe    = pattern(`^[ \t]*(>[ \t]?)+`)
	mdRuleRe     = pattern(`^ {0,3}([-*_=][ \t]*){3,}$`)
	mdFenceRe    = pattern("^ {0,3}(```|~~~)")
	mdTableRe    = pattern(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
	mdDefRe      = pattern(`^ {0,3}\[[^\]]{1,80}\]:[ \t]*\S+`)
	mdCommentRe  = pattern(`(?s)<!--.*?(-->|$)`)
	mdImageRe    = pattern(`!\[[^\]]*\](\([^()]*(\([^()]*\)[^()]*)*\)|\[[^\]]*\])`)
	mdLinkRe     = pattern(`\[([^\[\]]+)\](\([^()\s]*(\([^()]*\)[^()\s]*)*([ \t]+"[^"]*")?\)|\[[^\]]*\])`)
	mdAutoRe     = pattern(`<((?:https?|mailto):[^<>\s]+)>`)
	mdBreakRe    = pattern(`(?i)<br\s*/?>|</(?:p|div|tr|li|h[1-6])>`)
	mdTagRe      = pattern(`</?[a-zA-Z][^<>]*>`)
	mdCodeRe     = pattern("`+([^`]+)`+")
	mdStrongRe   = pattern(`(\*\*\*|\*\*|~~)(\S(?:.*?\S)?)(\*\*\*|\*\*|~~)`)
	mdEmRe       = pattern(`\*([^\s*](?:[^*]*[^\s*])?)\*`)
	mdUnderRe    = pattern(`(^|[^\p{L}\p{N}_])(__|_)([^\s_](?:[^_]*[^\s_])?)(__|_)([^\p{L}\p{N}_]|$)`)
	mdEscapeRe   = pattern("\\\\([!-/:-@\\[-`{-~])")
	mdFootnoteRe = pattern(`\[\^[^\]]{1,20}\]`)
)

// readMarkdown drops the marks of Markdown and keeps its lines: who writes a policy
// in it puts each paragraph on a line.
func readMarkdown(raw []byte, res *Result) error {
	text, err := Text(raw)
	if err != nil {
		return err
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text, res.Metadata = frontMatter(text)
	text = mdCommentRe().ReplaceAllString(text, "")
	var lines []string
	for _, key := range fieldOrder {
		if v := res.Metadata[key]; v != "" {
			lines = append(lines, key+"："+v)
		}
	}
	code := false
	for line := range strings.SplitSeq(text, "\n") {
		if mdFenceRe().MatchString(line) {
			code = !code
			continue
		}
		if code {
			appendLines(&lines, line)
			continue
		}
		appendLines(&lines, markdownLine(line))
	}
	res.Text = strings.Join(lines, "\n")
	return nil
}

// markdownLine returns a line without marks; it may hold line breaks.
func markdownLine(s string) string {
	s = mdQuoteRe().ReplaceAllString(s, "")
	if mdRuleRe().MatchString(s) || mdDefRe().MatchString(s) || strings.Contains(s, "|") && mdTableRe().MatchString(s) {
		return ""
	}
	s = mdHeadingRe().ReplaceAllString(s, "")
	s = mdBulletRe().ReplaceAllString(s, "")
	s = mdNumberRe().ReplaceAllString(s, "$1") // the blank is part of the mark
	if row := strings.TrimSpace(s); strings.HasPrefix(row, "|") && strings.HasSuffix(row, "|") && len(row) > 1 {
		cells := strings.Split(strings.ReplaceAll(row[1:len(row)-1], `\|`, "\x00"), "|")
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(inlineMarkdown(strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|"))), "\n", " ")
		}
		return strings.Join(cells, "\t")
	}
	return inlineMarkdown(s)
}

// inlineMarkdown drops emphasis, links, pictures and tags.
func inlineMarkdown(s string) string {
	if !strings.ContainsAny(s, "*_`[<~&\\") {
		return s
	}
	escaped := strings.Contains(s, `\`)
	if escaped { // keep what is escaped from being read as a mark
		s = mdEscapeRe().ReplaceAllStringFunc(s, func(m string) string { return string(rune(0xE100 + int(m[1]))) })
	}
	s = mdImageRe().ReplaceAllString(s, "")
	s = mdFootnoteRe().ReplaceAllString(s, "")
	s = mdLinkRe().ReplaceAllString(s, "$1")
	s = mdAutoRe().ReplaceAllString(s, "$1")
	s = mdBreakRe().ReplaceAllString(s, "\n")
	s = mdTagRe().ReplaceAllString(s, "")
	s = mdCodeRe().ReplaceAllString(s, "$1")
	s = mdStrongRe().ReplaceAllString(s, "$2")
	s = mdEmRe().ReplaceAllString(s, "$1")
	s = mdUnderRe().ReplaceAllString(s, "$1$3$5")
	s = html.UnescapeString(s)
	if escaped {
		s = strings.Map(func(r rune) rune {
			if r >= 0xE100 && r < 0xE180 {
				return r - 0xE100
			}
			return r
		}, s)
	}
	return s
}

// frontMatter reads the fields between --- lines at the top.
func frontMatter(text string) (string, map[string]string) {
	if !strings.HasPrefix(text, "---\n") {
		return text, nil
	}
	block, rest, ok := strings.Cut(text[len("---\n"):], "\n---")
	if !ok || strings.Count(block, "\n") > 60 {
		return text, nil
	}
	var meta map[string]string
	for line := range strings.SplitSeq(block, "\n") {
		name, value, ok := strings.Cut(strings.ReplaceAll(line, "：", ":"), ":")
		if key := corpus.FieldOf(name); ok && key != "" {
			if meta == nil {
				meta = map[string]string{}
			}
			meta[key] = strings.Trim(strings.TrimSpace(value), `"'`)
		} else if ok && strings.TrimSpace(name) == "title" {
			if meta == nil {
				meta = map[string]string{}
			}
			meta[corpus.FieldTitle] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return rest, meta
}
