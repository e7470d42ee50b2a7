package bot

import (
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// dayOf returns the day on which an entry was made.
func (e Entry) dayOf() string { return corpus.DayOf(e.At) }

// Settles reports whether an entry, the last one about its document, alone says what
// holds on a day (YYYY-MM-DD): doc, the document that it put (nil for a withdrawal), or
// nothing. Else earlier entries count too, see HeldOn.
func (e Entry) Settles(doc *corpus.Document, day string) bool {
	return e.dayOf() <= day && (doc == nil || doc.Effective <= day)
}

// HeldOn returns the revision of a document that is in force on a day (YYYY-MM-DD), nil
// if there is none. entries are all about that document, oldest first; read returns a
// revision of it.
//
// A revision holds from the day that it names, if that is later than the one that the
// revision before it names, else from the day of its publication: it is a correction,
// or gives no day. The first one holds from the day that it names or ever since. A
// revision published for a day to come leaves the one before it in force until then.
func HeldOn(entries []Entry, day string, read func(revision string) (*corpus.Document, error)) (*corpus.Document, error) {
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		if e.Kind == KindWithdraw {
			if e.dayOf() <= day {
				return nil, nil
			}
			continue
		}
		d, err := read(e.Revision)
		if err != nil {
			return nil, err
		}
		from, err := since(entries[:i], e, d, read)
		if err != nil {
			return nil, err
		}
		if from <= day {
			if !d.InForceOn(day) {
				return nil, nil
			}
			return d, nil
		}
	}
	return nil, nil
}

// since returns the day from which the revision d holds that e put, after the entries before.
func since(before []Entry, e Entry, d *corpus.Document, read func(revision string) (*corpus.Document, error)) (string, error) {
	for i := len(before) - 1; i >= 0; i-- {
		if before[i].Kind != KindPut {
			continue
		}
		last, err := read(before[i].Revision)
		if err != nil {
			return "", err
		}
		if d.Effective > last.Effective {
			return d.Effective, nil
		}
		return max(d.Effective, e.dayOf()), nil
	}
	return d.Effective, nil
}

// holding returns those sentences that hold on a day on which their documents are in force.
func holding(sentences []scored, day string) []scored {
	return slices.DeleteFunc(sentences, func(s scored) bool { return !s.clause.HoldsOn(s.start, s.end, day) })
}
