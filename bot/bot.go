// Package bot is the conversation: it understands a question, finds the clauses
// that speak about it, decides whether they answer it, and says so with quotes
// that Verify has checked against the stored text.
//
// A policy answers for the place that it is of, for what lies in that place or around it
// and, if it is of the whole country, for all. A question that names a place is answered
// from no other. A policy of which nobody knows whose it is answers for a place only if it
// names that place itself, and never without saying so: until an admin says whose it is,
// it can mislead, and a wrong bureau is worse than no bureau.
//
// It owns what a question means and what may be said. It refuses to know any
// search engine, dictionary, chat platform, database or language model: each is
// an interface here or in package index. It imports the standard library, corpus
// and index only.
package bot

import (
	"context"
	"errors"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// ErrNotFound is returned for a document or revision that does not exist.
var ErrNotFound = errors.New("not found")

// A Question is what somebody asks.
type Question struct {
	ID      string
	Text    string
	History []string // earlier questions of the conversation, oldest first
	AsOf    string   // the day (YYYY-MM-DD) whose policies shall answer, empty for today
}

// Outcome says what kind of answer was given. "No answer" is an outcome, not an error.
type Outcome string

// The outcomes of a question.
const (
	Answered   Outcome = "answered"
	Clarify    Outcome = "clarify"     // the question fits several matters, or none without its context
	NoBasis    Outcome = "no_basis"    // the policies do not cover it
	HandedOver Outcome = "handed_over" // a person takes over
	SmallTalk  Outcome = "small_talk"
	// Replied is what a person said in answer to a ticket: see PersonalReply. The bot never
	// gives it.
	Replied Outcome = "replied"
)

// An Answer is what the asker gets.
type Answer struct {
	ID      string  `json:"id,omitempty"`
	Outcome Outcome `json:"outcome"`
	Text    string  `json:"text"` // what the user reads
	// Remarks are the lines of Text that are neither a quote, nor where one stands, nor
	// who is responsible: yes or no, and what the policies leave out. For those who
	// show bureaus and citations in their own way.
	Remarks     []string            `json:"remarks,omitempty"`
	Bureaus     []ResponsibleBureau `json:"bureaus"`
	Citations   []Citation          `json:"citations"` // the best first
	Suggestions []string            `json:"suggestions"`
	Ticket      string              `json:"ticket,omitempty"` // that a person replied to
	AsOf        string              `json:"as_of,omitempty"`  // the day that was asked about, if it is not today
	TookUS      int64               `json:"took_us"`          // microseconds
}

// A ResponsibleBureau handles what was asked.
type ResponsibleBureau struct {
	Name      string      `json:"name"`
	AsWritten string      `json:"as_written"`
	Role      corpus.Role `json:"role"`
	Basis     Basis       `json:"basis"`
	Formerly  string      `json:"formerly,omitempty"` // the name that it had when the document was written
}

// A Basis is the clause whose words make a bureau responsible.
type Basis struct {
	Clause    string `json:"clause"`
	Paragraph int    `json:"paragraph"`
}

// A Citation is a verbatim span of a clause. Only Verify makes one.
type Citation struct {
	Document  CitedDocument `json:"document"`
	Ref       corpus.Ref    `json:"-"`
	Clause    string        `json:"clause"`
	Heading   string        `json:"heading"`
	Paragraph int           `json:"paragraph"`
	Quote     string        `json:"quote"`
	Start     int           `json:"start"` // byte offset into the document's text
	End       int           `json:"end"`   // byte offset; text[Start:End] == Quote
	URL       string        `json:"url"`

	titled bool // documents of several issuers are in force
}

// A CitedDocument says which document a citation is from.
type CitedDocument struct {
	ID     string        `json:"id"`
	Number string        `json:"number"`
	Title  string        `json:"title"`
	Status corpus.Status `json:"status"`
}

// Documents are the policies that can be cited. Implementations are safe for
// concurrent use.
type Documents interface {
	// Document returns one revision of a document; ErrNotFound if there is none.
	// Whoever gets it must not change it.
	Document(ctx context.Context, id, revision string) (*corpus.Document, error)
	// InForce returns the documents in force on a day (YYYY-MM-DD), each in the revision
	// that held on that day, in a stable order.
	InForce(ctx context.Context, day string) ([]*corpus.Document, error)
}

// A Composer writes the draft of an answer from the passages that were found
// relevant. What it writes is checked by Verify before anybody reads it.
type Composer interface {
	Compose(ctx context.Context, b Brief) (Draft, error)
}

// A Brief is what a Composer may use: nothing else exists for it.
type Brief struct {
	Question string
	Passages []Passage // the best first
}

// A Passage is one sentence of a clause, under the handle that a Draft uses for it.
type Passage struct {
	Handle     string // c1, c2, …
	Document   *corpus.Document
	Clause     *corpus.Clause
	Start, End int // byte offsets into Document.Text
}

// Text returns the words of the passage.
func (p Passage) Text() string { return p.Document.Text[p.Start:p.End] }

// A Draft is an answer before it is verified.
type Draft struct {
	Sentences []Sentence
}

// A Sentence says something and points at the passage that it rests on.
type Sentence struct {
	Text   string // what the user would read; for an extractive answer the quote itself
	Handle string
	Quote  string // the words of the passage that support Text, verbatim
}

// Config is what a Bot is made of. All fields but the last five are needed.
type Config struct {
	Documents  Documents
	Clauses    index.Index // the clauses of the documents
	Scenarios  []corpus.Scenario
	Analyzer   index.Analyzer
	Register   *corpus.Register
	Vocabulary *corpus.Vocabulary
	Composer   Composer
	// Examples are the ways of asking for Scenarios, compiled with this Vocabulary and
	// Analyzer, see CompileExamples. Those of other scenarios are not used; without
	// them every start reads all ways of asking.
	Examples []byte
	// Bureaus is what admins know of bureaus beside the Register; may be nil.
	Bureaus Bureaus
	// Lessons is what was learnt of confirmed answers; may be nil.
	Lessons Lessons
	// Region is whose policies they are, as in 甲市: questions about other places get
	// no answer. Empty: the place that all documents in force are of, if there is one.
	Region string
	// Held returns which revision of each document, by its ID, is in Clauses, see
	// HeldBy. nil: always those that are in force today.
	Held func(ctx context.Context) (map[string]string, error)
}
