package bleve

import (
	"crypto/sha256"
	"encoding/base64"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// A document becomes an entry for each clause and one for the document itself.
// Neither frequencies nor norms are kept by bleve: they would cost a decoding per
// posting. How often a term stands in a clause is part of the key under which the
// clause is found, and so is its length; what is left is bitmaps, which bleve
// stores, merges and recovers like any others.
const (
	fieldTerms    = iota // of a clause: its text and headings
	fieldLength          // of a clause: lengthClass of its number of terms
	fieldDocument        // the document's ID, of its clauses and itself
	fieldKind            // kindClause or kindDocument
	fields
)

var fieldNames = [fields]string{"terms", "length", "document", "kind"}

// What is stored of a clause or a document, for whoever has found it.
const (
	fieldSentences = "sentences" // of a clause: see sentences
	fieldFacts     = "facts"     // of a document: see facts
	fieldBag       = "bag"       // of a document: signature of the terms and characters of its clauses and title
	fieldTitle     = "title"     // of a document: signature of those of its title
)

// What an entry is.
const (
	kindClause   = "c"
	kindDocument = "d"
)

// moreThan are the numbers of occurrences that have a key of their own: a clause
// with 4 of a term stands under the term, and again under the term for "2 or more"
// and "3 or more". The key is the term with a byte behind it that no term can hold.
var moreThan = [...]uint8{2, 3, 5}

// isTerm reports whether a term can stand in the index: normalised text has no
// control characters, and the keys of moreThan have.
func isTerm(term string) bool {
	return term != "" && strings.IndexFunc(term, func(r rune) bool { return r < ' ' }) < 0
}

func keyOfMore(term string, n uint8) string { return term + string(rune(n)) }

// nth[n-1] marks a term that occurs n times. bleve wants a frequency, and 0, which
// they all have, is the one that takes least.
var nth [5]bleveindex.TokenFreq

// facts are what decides whether a document may be searched.
type facts struct {
	status, from, until, region string
}

func factsOf(d *corpus.Document) facts {
	f := facts{string(d.Status), d.Effective, d.Expires, d.Region}
	if f.until == "" {
		f.until = "9999-12-31"
	}
	return f
}

func (f facts) String() string {
	return f.status + "\x00" + f.from + "\x00" + f.until + "\x00" + f.region
}

// entries returns the entries of a document, analysed in parallel.
func entries(a index.Analyzer, d *corpus.Document, f *firsts) []*document.Document {
	out := make([]*document.Document, len(d.Clauses)+1)
	hashes := make([][]uint64, len(d.Clauses))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(d.Clauses)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(d.Clauses); i = int(next.Add(1)) - 1 {
				out[i], hashes[i] = clauseEntry(a, d, i, f)
			}
		})
	}
	wg.Wait()
	title := newTally(len(d.Title))
	title.add(a.Terms(d.Title))
	ofTitle := title.hashes()
	bag := append(slices.Concat(hashes...), ofTitle...)
	e := document.NewDocument(formatRef(d.Ref(nil)))
	e.AddField(whole(fieldKind, kindDocument))
	e.AddField(whole(fieldDocument, d.ID))
	e.AddField(storedField(fieldFacts, []byte(factsOf(d).String())))
	e.AddField(storedField(fieldBag, newSignature(bag)))
	e.AddField(storedField(fieldTitle, newSignature(ofTitle)))
	out[len(d.Clauses)] = e
	return out
}

func storedField(name string, value []byte) document.Field {
	return document.NewTextFieldCustom(name, nil, value, bleveindex.StoreField, nil)
}

// clauseEntry returns the entry of a clause, and the hashes of its terms and characters.
// The title is searched with the first clause: it is what a question of nothing but the
// title should lead to.
func clauseEntry(a index.Analyzer, d *corpus.Document, i int, f *firsts) (*document.Document, []uint64) {
	c := &d.Clauses[i]
	t := newTally(len(c.Text))
	length := t.add(a.Terms(c.Text))
	for _, h := range c.Headings {
		length += t.add(a.Terms(h))
	}
	if i == 0 {
		t.add(a.Terms(d.Title))
	}
	e := document.NewDocument(clauseID(d, c.Path))
	e.AddField(&field{fieldNames[fieldTerms], t.keys(f)})
	e.AddField(whole(fieldKind, kindClause))
	e.AddField(whole(fieldLength, lengthKeys[lengthClass(length)]))
	e.AddField(whole(fieldDocument, d.ID))
	e.AddField(storedField(fieldSentences, sentencesOf(a, c)))
	return e, t.hashes()
}

// clauseID is short, for it is stored with every clause: that of the document's
// entry has the rest.
func clauseID(d *corpus.Document, path corpus.Path) string {
	sum := sha256.Sum256([]byte(d.ID + "\x00" + d.Revision))
	return base64.RawURLEncoding.EncodeToString(sum[:clauseIDBytes]) + path.String()
}

// clauseIDBytes of a hash tell as many documents apart as anybody has.
const clauseIDBytes = 9

// pathOf returns the path of a clause by its ID.
func pathOf(id string) string {
	return id[min(len(id), base64.RawURLEncoding.EncodedLen(clauseIDBytes)):]
}

// A tally says how often each term stands in a text.
type tally struct {
	times bleveindex.TokenFrequencies // each one of nth
	terms []string                    // each once
	more  []string                    // of those, the ones that occur several times
}

// newTally returns one for a text of about so many bytes.
func newTally(bytes int) *tally {
	return &tally{times: make(bleveindex.TokenFrequencies, bytes/2), terms: make([]string, 0, bytes/2)}
}

// add counts tokens and returns their number.
func (t *tally) add(tokens []index.Token) int {
	for i := range tokens {
		term := tokens[i].Term
		switch n := t.of(term); n {
		case 0:
			t.times[term] = &nth[0]
			t.terms = append(t.terms, term)
		case 1:
			t.times[term] = &nth[1]
			t.more = append(t.more, term)
		case len(nth): // as good as any more
		default:
			t.times[term] = &nth[n]
		}
	}
	return len(tokens)
}

// of returns how often a term was counted, up to len(nth).
func (t *tally) of(term string) int {
	mark := t.times[term]
	for n := range nth {
		if mark == &nth[n] {
			return n + 1
		}
	}
	return 0
}

// keys returns the keys that the text stands under. Nothing can be added afterwards.
func (t *tally) keys(f *firsts) bleveindex.TokenFrequencies {
	for _, term := range t.more {
		n := t.of(term)
		for _, more := range moreThan {
			if n < int(more) {
				break
			}
			key := keyOfMore(term, more)
			t.times[key] = &nth[0]
			if f.first(key) {
				t.times[key] = &once
			}
		}
	}
	for _, term := range t.terms {
		if f.first(term) {
			t.times[term] = &once
		}
	}
	return t.times
}

// chars returns the hashes of the Chinese characters of the text. Nearly all of its
// terms are pairs, so they have all its characters.
func (t *tally) chars() []uint64 {
	out := make([]uint64, 0, len(t.terms))
	var last string
	for _, term := range t.terms {
		first, second := pair(term)
		if first != "" && first != last { // mostly the second one of the pair before
			out = append(out, hashOf(first))
		}
		if second != "" {
			out = append(out, hashOf(second))
			last = second
		}
	}
	return out
}

// hashes returns those of the terms and of their characters.
func (t *tally) hashes() []uint64 {
	out := t.chars()
	for _, term := range t.terms {
		out = append(out, hashOf(term))
	}
	return out
}

// pairChars returns the characters of a term of one or two Chinese characters; longer
// ones consist of pairs that are terms too.
func pairChars(term string) []string {
	first, second := pair(term)
	switch {
	case first == "":
		return nil
	case second == "":
		return []string{first}
	}
	return []string{first, second}
}

// pair is pairChars, with "" for what a term has not.
func pair(term string) (first, second string) {
	r, n := utf8.DecodeRuneInString(term)
	if r < firstHan {
		return "", ""
	}
	if n == len(term) {
		return term, ""
	}
	if r, m := utf8.DecodeRuneInString(term[n:]); r < firstHan || n+m != len(term) {
		return "", ""
	}
	return term[:n], term[n:]
}

// firstHan is the first character of CJK Extension A.
const firstHan = 0x3400

// A field is a bleve field whose terms are known.
type field struct {
	name  string
	terms bleveindex.TokenFrequencies
}

// whole is a field that is matched as it stands.
func whole(name int, value string) *field {
	return &field{fieldNames[name], bleveindex.TokenFrequencies{value: &nth[0]}}
}

var _ document.Field = (*field)(nil)

// Name implements document.Field.
func (f *field) Name() string { return f.name }

// Value implements document.Field.
func (f *field) Value() []byte { return nil }

// ArrayPositions implements document.Field.
func (f *field) ArrayPositions() []uint64 { return nil }

// EncodedFieldType implements document.Field: 't' is bleve's mark of a text.
func (f *field) EncodedFieldType() byte { return 't' }

// Analyze implements document.Field.
func (f *field) Analyze() {}

// Options implements document.Field.
func (f *field) Options() bleveindex.FieldIndexingOptions {
	return bleveindex.IndexField | bleveindex.SkipFreqNorm
}

// AnalyzedLength implements document.Field. It is stored with a frequency of 1, and
// bleve takes 0 for none.
func (f *field) AnalyzedLength() int { return 1 }

// AnalyzedTokenFrequencies implements document.Field.
func (f *field) AnalyzedTokenFrequencies() bleveindex.TokenFrequencies { return f.terms }

// NumPlainTextBytes implements document.Field.
func (f *field) NumPlainTextBytes() uint64 { return 0 }

// Size implements document.Field.
func (f *field) Size() int { return 64 * len(f.terms) }
