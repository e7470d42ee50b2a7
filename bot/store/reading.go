package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"weak"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A reading is a document as it is stored: what was understood of a text. It is
// kept, not parsed again, because tomorrow's parser may understand another thing,
// and an answer of today must stay readable as it was.

// encode returns the JSON of a document. Words that stand in its text are left out
// and taken from there again. A document that would not come back as it is fails.
func encode(d *corpus.Document) ([]byte, error) {
	short := *d
	short.Clauses = slices.Clone(d.Clauses)
	for i := range short.Clauses {
		c := &short.Clauses[i]
		if span(d.Text, c.Start, c.End) == c.Text {
			c.Text = ""
		}
		c.Responsibilities = slices.Clone(c.Responsibilities)
		for j := range c.Responsibilities {
			r := &c.Responsibilities[j]
			if span(d.Text, r.Start, r.End) == r.Quote {
				r.Quote = ""
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(short); err != nil {
		return nil, fmt.Errorf("%w: %w", bot.ErrInvalid, err)
	}
	back, err := decode(b.Bytes())
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(d, back) {
		return nil, fmt.Errorf("%w: it would not read back as it is (a string is not UTF-8, or the text of a clause is empty)", bot.ErrInvalid)
	}
	return b.Bytes(), nil
}

// decode is the inverse of encode.
func decode(data []byte) (*corpus.Document, error) {
	d := &corpus.Document{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("%w: a stored document is not JSON: %w", bot.ErrDamaged, err)
	}
	for i := range d.Clauses {
		c := &d.Clauses[i]
		if c.Text == "" {
			c.Text = span(d.Text, c.Start, c.End)
		}
		for j := range c.Responsibilities {
			r := &c.Responsibilities[j]
			if r.Quote == "" {
				r.Quote = span(d.Text, r.Start, r.End)
			}
		}
	}
	return d, nil
}

// span returns text[start:end], or "" if there is no such span.
func span(text string, start, end int) string {
	if start < 0 || end > len(text) || start > end {
		return ""
	}
	return text[start:end]
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// readings remembers decoded documents by the hash of their reading for as long as
// anybody uses them: the bot holds all that are in force, so that these are
// decoded once, and the others take no memory.
type readings struct {
	mu   sync.Mutex
	seen map[string]weak.Pointer[corpus.Document]
}

func (r *readings) get(hash string) *corpus.Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.seen[hash].Value()
	if d == nil {
		delete(r.seen, hash)
	}
	return d
}

// put remembers d and returns it, or the one that another goroutine put first.
func (r *readings) put(hash string, d *corpus.Document) *corpus.Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	if first := r.seen[hash].Value(); first != nil {
		return first
	}
	if r.seen == nil {
		r.seen = map[string]weak.Pointer[corpus.Document]{}
	}
	r.seen[hash] = weak.Make(d)
	return d
}
