package corpus

import (
	"regexp"
	"slices"
	"unicode/utf8"
)

// named finds the names that a policy itself marks: 《titles》, “programmes”.
var named = regexp.MustCompile(`《([^《》]+)》|〈([^〈〉]+)〉|“([^“”]+)”`)

// longestName is the longest name that is kept whole as a word, in characters:
// longer ones are sentences, and people do not type them whole.
const longestName = 14

// DomainWords returns the words that a general dictionary cannot know: the names
// of bureaus, what the documents put in title marks or quotes, the terms of the
// thesaurus and the public matters. They are sorted.
func DomainWords(docs []*Document, v *Vocabulary) []string {
	set := map[string]bool{}
	add := func(w string) {
		if n := utf8.RuneCountInString(w); n >= 2 && n <= longestName {
			set[w] = true
		}
	}
	for _, d := range docs {
		for _, m := range named.FindAllStringSubmatch(d.Text, -1) {
			for _, w := range m[1:] {
				add(w)
			}
		}
		for i := range d.Clauses {
			for _, r := range d.Clauses[i].Responsibilities {
				add(r.Bureau)
				add(r.AsWritten)
			}
		}
	}
	for _, w := range v.Thesaurus.Keys() {
		add(w)
	}
	for w := range v.Matters.Phrases {
		add(w) // 环评 in 环评审批, where a dictionary of general Chinese reads 评审
	}
	out := make([]string, 0, len(set))
	for w := range set {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}
