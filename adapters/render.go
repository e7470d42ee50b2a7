package adapters

import (
	"slices"
	"strings"

	"github.com/wence-bot/wence/bot"
)

// render turns an answer into blocks that any platform can format: what the bot says
// in paragraphs, and each quote with where it stands and, under base, where it can be
// read. base is the public URL of the web pages, without a slash at the end; empty: no
// links.
func render(a bot.Answer, base string) []Block {
	lines := strings.Split(a.Text, "\n")
	quotes := quoteBlocks(a.Citations, base)
	// The quotes are said by blocks of their own, whole whatever the sentence said, so
	// the lines of the text that say them and where they stand go.
	said := spokenLines(lines, a.Citations)
	var blocks []Block
	var paragraph []string
	for i, line := range lines {
		if !said[i] {
			paragraph = append(paragraph, line)
		}
	}
	if text := strings.TrimSpace(strings.Join(paragraph, "\n")); text != "" {
		blocks = append(blocks, Block{Text: text})
	}
	blocks = append(blocks, quotes...)
	if len(a.Suggestions) > 0 {
		blocks = append(blocks, Block{Text: Phrase("suggest") + "\n· " + strings.Join(a.Suggestions, "\n· ")})
	}
	return blocks
}

// quoteBlocks makes a block of each citation. Those that follow each other in their
// document are one: only what stands together may stand in one pair of quotation marks.
func quoteBlocks(citations []bot.Citation, base string) []Block {
	var out []Block
	for i, c := range citations {
		if i > 0 && c.Ref == citations[i-1].Ref && c.Start == citations[i-1].End {
			out[len(out)-1].Text += c.Quote
			continue
		}
		b := Block{Text: c.Quote, Quote: true, Source: c.Where()}
		if base != "" {
			b.URL = base + c.URL
		}
		out = append(out, b)
	}
	return out
}

// spokenLines says which lines of a text consist of a quote or of where it stands. A
// quote may go over several lines.
func spokenLines(lines []string, citations []bot.Citation) []bool {
	said := make([]bool, len(lines))
	for _, c := range citations {
		quote := strings.Split(c.Quote, "\n")
		for i := 0; i+len(quote) <= len(lines); i++ {
			if c.Quote != "" && speaks(lines[i:i+len(quote)], quote) {
				for j := range quote {
					said[i+j] = true
				}
			}
		}
		where := c.Where()
		for i, line := range lines {
			said[i] = said[i] || line == where
		}
	}
	return said
}

// speaks reports whether the lines are a quote, but for a few runes around it.
func speaks(lines, quote []string) bool {
	const around = len("原文:“”") + len("“”")
	text, want := strings.Join(lines, "\n"), strings.Join(quote, "\n")
	return strings.Contains(text, want) && len(text)-len(want) <= around
}

// buttons are what can be pressed below an answer.
func buttons(o bot.Outcome) []Button {
	up := Button{KindUp, Phrase("button_up")}
	down := Button{KindDown, Phrase("button_down")}
	human := Button{KindHuman, Phrase("button_human")}
	switch o {
	case bot.Answered:
		return []Button{up, down, human}
	case bot.NoBasis, bot.Clarify:
		return []Button{down, human}
	}
	return nil
}

// compose returns the answer as one message, however long. caps decides how a person
// is reached: by a button or in words.
func compose(e bot.Exchange, caps Caps, base string) Outbound {
	m := Outbound{Answer: e.ID, Outcome: string(e.Answer.Outcome), Blocks: render(e.Answer, base)}
	if caps.Buttons {
		m.Buttons = buttons(e.Answer.Outcome)
	} else if e.Answer.Outcome == bot.Answered {
		m.Blocks = append(slices.Clip(m.Blocks), Block{Text: Phrase("reply_words")})
	}
	return m
}
