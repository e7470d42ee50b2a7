package adapters

import (
	_ "embed"
	"strings"
)

// phrasesSource holds what the gateway says in its own words, by key.
//
//go:embed phrases.txt
var phrasesSource string

var phrases = func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(phrasesSource) {
		if key, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " = "); ok && !strings.HasPrefix(line, "#") {
			out[key] = strings.ReplaceAll(text, `\n`, "\n")
		}
	}
	return out
}()

// Phrase returns what is said to those who chat, by its key in phrases.txt, with its
// {names} filled in from pairs. Platforms use it where they answer themselves, as in
// welcome, searching, unsupported or busy.
func Phrase(key string, pairs ...string) string {
	text, ok := phrases[key]
	if !ok {
		panic("adapters: phrases.txt lacks " + key) // a mistake in the program, found by its tests
	}
	filled := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		filled = append(filled, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(filled...).Replace(text)
}
