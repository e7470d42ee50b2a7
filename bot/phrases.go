package bot

import (
	_ "embed"
	"strings"
)

// Phrases are what a part of the program says in its own words, by key.
type Phrases map[string]string

// ParsePhrases reads phrases: a line "key = text" each, \n in the text for a new line;
// lines that begin with # are remarks.
func ParsePhrases(source string) Phrases {
	out := Phrases{}
	for line := range strings.Lines(source) {
		if key, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " = "); ok && !strings.HasPrefix(line, "#") {
			out[key] = strings.ReplaceAll(text, `\n`, "\n")
		}
	}
	return out
}

// Say returns the phrase of a key with its {names} filled in from pairs of name and
// value. What is filled in is not read again, for it may be what somebody typed. It
// panics if there is no such phrase: the tests of every package find that.
func (p Phrases) Say(key string, pairs ...string) string {
	text, ok := p[key]
	if !ok {
		panic("no phrase " + key)
	}
	filled := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		filled = append(filled, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(filled...).Replace(text)
}

//go:embed phrases.txt
var phrasesSource string

// phrases are what the bot says.
var phrases = ParsePhrases(phrasesSource)

func phrase(key string, pairs ...string) string { return phrases.Say(key, pairs...) }
