package bleve

import (
	"github.com/blevesearch/bleve/v2/analysis"

	"github.com/wence-bot/wence/index"
)

// tokens is an index.Analyzer as bleve wants it. It is given to each field
// directly, so that no global registry has to know it.
type tokens struct{ analyzer index.Analyzer }

// Analyze implements analysis.Analyzer.
func (t tokens) Analyze(text []byte) analysis.TokenStream {
	terms := t.analyzer.Terms(string(text))
	out := make([]*analysis.Token, len(terms))
	for i, term := range terms {
		out[i] = &analysis.Token{Term: []byte(term.Term), Start: term.Start, End: term.End, Position: i + 1, Type: analysis.Ideographic}
	}
	return out
}

// keywords keeps a value whole.
type keywords struct{}

// Analyze implements analysis.Analyzer.
func (keywords) Analyze(text []byte) analysis.TokenStream {
	return analysis.TokenStream{{Term: text, Start: 0, End: len(text), Position: 1, Type: analysis.AlphaNumeric}}
}
