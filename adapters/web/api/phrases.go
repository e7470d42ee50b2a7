package api

import (
	_ "embed"
	"strings"
)

//go:embed phrases.txt
var phrasesSource string

// phrases holds what the interfaces say in their own words, by key.
var phrases = parsePhrases(phrasesSource)

func parsePhrases(src string) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(src, "\n") {
		if key, text, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
			out[key] = strings.ReplaceAll(text, `\n`, "\n")
		}
	}
	return out
}

// phrase returns the phrase of a key.
func phrase(key string) string {
	text, ok := phrases[key]
	if !ok {
		panic("api: phrases.txt lacks " + key) // a mistake in this package, found by its tests
	}
	return text
}
