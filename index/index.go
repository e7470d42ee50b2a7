// Package index says what searching policy clauses means: the Query, the Hit, the
// Index that engines implement, and the Analyzer that cuts text into terms.
//
// It owns the contract between whoever asks and whichever engine answers, and
// refuses to know any engine, any dictionary, and why something is searched.
// Engines live in folders of their own (bleve) and all pass indextest; the words
// come from segment.
package index

import (
	"context"

	"github.com/wence-bot/wence/corpus"
)

// A Token is one word or character bigram of a text.
type Token struct {
	Term  string // normalised: NFKC, simplified, lower case
	Start int    // byte offset of its first byte in the analysed text
	End   int    // byte offset after its last byte
	// Freq is how common the word is in general Chinese, as occurrences per
	// million words; 0 if the dictionary does not know it.
	Freq float64
	// POS is the part of speech in the ICTCLAS tag set (n, v, ns, …), empty if unknown.
	POS string
}

// An Analyzer cuts text into terms. Implementations are immutable and safe for
// concurrent use.
type Analyzer interface {
	// Normalize folds width, case, compatibility forms and traditional characters.
	// It may change the length of the text.
	Normalize(text string) string
	// Words returns the words of text in order, without overlap; punctuation and
	// blanks are dropped. Offsets refer to text as given.
	Words(text string) []Token
	// Terms returns everything text is indexed under: its words, their parts, and
	// the character bigrams of its Chinese runs. Offsets refer to text as given.
	Terms(text string) []Token
	// WordsAndTerms returns what Words and Terms do, in less time than both.
	WordsAndTerms(text string) (words, terms []Token)
	// Sound returns the toneless pinyin of each Chinese character of a normalised
	// text, joined by blanks; other characters stand for themselves.
	Sound(text string) string
}

// A Term is one weighted term of a query. It is matched as it stands: a user's
// text never reaches a query-string parser.
type Term struct {
	Text  string
	Boost float64
}

// MaxTerms bounds the work that one question can cause.
const MaxTerms = 256

// A Query asks for the clauses that fit best.
type Query struct {
	Terms []Term // at most MaxTerms count; the rest is ignored
	// AsOf is the day (YYYY-MM-DD) on which a document must be in force; empty means any.
	AsOf string
	// Document restricts the search to one document ID; empty means all.
	Document string
	// Regions restricts the search to documents of these places, as Document.Region
	// has them; empty means all, "" among them those of no place.
	Regions []string
	Limit   int // at most this many hits; 0 means 10
}

// A Hit is one clause that fits a query.
type Hit struct {
	Ref   corpus.Ref
	Score float64 // comparable within one result only
}

// An Index finds clauses. All methods are safe for concurrent use.
type Index interface {
	// Put adds or replaces all clauses of a document, atomically: a search sees the
	// old revision or the new one, never both and never neither.
	Put(ctx context.Context, docs ...*corpus.Document) error
	// Delete removes a document. Deleting what is not there is no error.
	Delete(ctx context.Context, id string) error
	// Search returns the best hits, best first.
	Search(ctx context.Context, q Query) ([]Hit, error)
	// Frequencies returns for each term in how many clauses it stands, in the text or
	// the headings, whichever is more, and the number of clauses in all.
	Frequencies(ctx context.Context, terms []string) (df []int, clauses int, err error)
	// Close frees what the index holds.
	Close() error
}
