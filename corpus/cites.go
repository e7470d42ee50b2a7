package corpus

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longestTitle bounds what is taken for a title, in characters: a mark may lack its other half.
const longestTitle = 60

// Cites returns the titles of other documents that the text names between title marks, each
// once and as CitedAs has them.
func (d *Document) Cites() []string {
	var out []string
	own := CitedAs(d.Title)
	for i := range d.Clauses {
		for _, title := range topTitles(d.Clauses[i].Text) {
			t := CitedAs(title)
			if n := utf8.RuneCountInString(t); n > 1 && n <= longestTitle && t != own && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// CitedAs returns what is the same in a title and in the ways in which others cite it: they
// leave out what stands in brackets, such as a trial or a number, and the country's name.
func CitedAs(title string) string {
	var out strings.Builder
	depth := 0
	for _, r := range bareTitle(title) {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(0, depth-1)
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return strings.TrimPrefix(out.String(), "中华人民共和国")
}
