package index

// TermsOf returns the terms of a question in plain words, for whoever knows nothing
// more of it than its text.
func TermsOf(a Analyzer, text string) []Term {
	var out []Term
	seen := map[string]bool{}
	for _, t := range a.Terms(text) {
		if !seen[t.Term] {
			seen[t.Term] = true
			out = append(out, Term{Text: t.Term, Boost: 1})
		}
	}
	return out
}
