package bleve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/wence-bot/wence/corpus"
)

// A view is what a search needs to know of a segment and bleve has no quick way to
// tell: for each entry its length and its document, for each document its facts. It
// is derived from the postings of the segment when it is first searched, some ten
// milliseconds for 100,000 clauses, so it can neither be missing nor stale; like the
// segment it never changes. Which entries are deleted is not part of it.
type view struct {
	segment segment.Segment
	clauses int
	lengths []uint8  // by entry: its length class
	parents []uint32 // by entry: which of documents it belongs to
	byClass [lengthClasses]int

	documents []viewDocument
	sample    []sentences // of some clauses, evenly spread
	shares    counted     // how many of sample have a character

	mu    sync.RWMutex
	lists [fields]map[string]*roaring.Bitmap // by key; nil: there is none
	kept  int
}

// A viewDocument has what is stored of a document once somebody has asked for it.
type viewDocument struct {
	entry uint32
	ref   corpus.Ref // without path

	read       sync.Once // what follows
	facts      facts
	bag, title signature
	err        error
}

// viewLists bounds how many posting lists of a segment are kept. They are short
// headers over the mapped file.
const viewLists = 1 << 14

func newView(s segment.Segment) (*view, error) {
	v := &view{segment: s, lengths: make([]uint8, s.Count()), parents: make([]uint32, s.Count())}
	v.forget()
	l := lookup{view: v}
	for class, key := range lengthKeys {
		list, err := l.postings(fieldLength, key)
		if err != nil {
			return nil, err
		}
		if list == nil {
			continue
		}
		v.byClass[class] = int(list.GetCardinality())
		v.clauses += v.byClass[class]
		eachOf(list, func(entry uint32) { v.lengths[entry] = uint8(class) })
	}
	step := 1
	if len(v.lengths) > 8*sampled {
		step = len(v.lengths) / sampled
	}
	for at := 0; at < len(v.lengths); at += step {
		err := v.visitSentences(uint32(at), func(s sentences) { v.sample = append(v.sample, slices.Clone(s)) })
		if err != nil {
			return nil, err
		}
	}
	all, err := l.postings(fieldKind, kindDocument)
	if err != nil || all == nil {
		return v, err
	}
	v.documents = make([]viewDocument, 0, all.GetCardinality())
	eachOf(all, func(entry uint32) {
		if err == nil {
			err = v.addDocument(&l, entry)
		}
	})
	v.forget()
	return v, err
}

// forget empties lists.
func (v *view) forget() {
	for i := range v.lists {
		v.lists[i] = map[string]*roaring.Bitmap{}
	}
	v.kept = 0
}

func (v *view) addDocument(l *lookup, entry uint32) error {
	id, err := v.segment.DocID(uint64(entry))
	if err != nil {
		return err
	}
	ref, err := parseRef(string(id))
	if err != nil {
		return err
	}
	list, err := l.postings(fieldDocument, ref.Document)
	if err != nil || list == nil {
		return err
	}
	eachOf(list, func(clause uint32) { v.parents[clause] = uint32(len(v.documents)) })
	v.documents = append(v.documents, viewDocument{entry: entry, ref: ref})
	return nil
}

var errUnread = errors.New("a document of the index could not be read")

// document returns a document with what is stored of it. Most of a large index are
// never asked for.
func (v *view) document(i int) *viewDocument {
	d := &v.documents[i]
	d.read.Do(func() {
		d.err = errUnread // if this panics
		d.err = v.segment.VisitStoredFields(uint64(d.entry), func(name string, _ byte, value []byte, _ []uint64) bool {
			switch name {
			case fieldFacts:
				if f := strings.Split(string(value), "\x00"); len(f) == 4 {
					d.facts = facts{f[0], f[1], f[2], f[3]}
				}
			case fieldBag:
				d.bag = slices.Clone(value)
			case fieldTitle:
				d.title = slices.Clone(value)
			}
			return true
		})
	})
	return d
}

// sampled is how many of the documents, and of the clauses of a large segment, tell how
// common something is. The order of entries is chance, so in a small one all are
// asked: the same question is to have the same answer.
const sampled = 256

// visitSentences calls f with what is stored of the sentences of a clause, which must
// not be kept. It does not for an entry of a document.
func (v *view) visitSentences(entry uint32, f func(sentences)) error {
	return v.segment.VisitStoredFields(uint64(entry), func(name string, _ byte, value []byte, _ []uint64) bool {
		if name == fieldSentences {
			f(value)
		}
		return name != fieldSentences
	})
}

// clausesWith returns about how many clauses have a character.
func (v *view) clausesWith(char string, m mark) float64 {
	n := v.shares.of(char, func() (n int) {
		for _, s := range v.sample {
			if s.has(m) {
				n++
			}
		}
		return n
	})
	return float64(v.clauses) * float64(n) / float64(max(1, len(v.sample)))
}

// counted keeps numbers that are the same for every question, by key.
type counted struct {
	mu   sync.RWMutex
	kept map[string]int
}

// countedMost bounds how many numbers are kept.
const countedMost = 1 << 14

// of returns the number of a key, which count tells if it is not kept.
func (c *counted) of(key string, count func() int) int {
	c.mu.RLock()
	n, ok := c.kept[key]
	c.mu.RUnlock()
	if ok {
		return n
	}
	n = count()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= countedMost {
		c.kept = map[string]int{}
	}
	c.kept[strings.Clone(key)] = n
	return n
}

// refOf returns which clause an entry is.
func (v *view) refOf(entry uint32) (corpus.Ref, error) {
	id, err := v.segment.DocID(uint64(entry))
	ref := v.documents[v.parents[entry]].ref
	ref.Path = pathOf(string(id))
	return ref, err
}

// eachOf calls f for every number in order.
func eachOf(list *roaring.Bitmap, f func(uint32)) {
	var buf [256]uint32
	it := list.ManyIterator()
	for n := it.NextMany(buf[:]); n > 0; n = it.NextMany(buf[:]) {
		for _, entry := range buf[:n] {
			f(entry)
		}
	}
}

// A lookup finds posting lists in a segment. It is for one goroutine, for bleve's
// dictionaries are.
type lookup struct {
	*view
	dictionaries [fields]segment.TermDictionary
	iterator     segment.PostingsIterator // used again
}

// postings returns the posting list of a key, deleted entries included, or nil. It
// must not be changed.
func (l *lookup) postings(field int, key string) (*roaring.Bitmap, error) {
	l.mu.RLock()
	list, known := l.lists[field][key]
	l.mu.RUnlock()
	if known {
		return list, nil
	}
	d := l.dictionaries[field]
	if d == nil {
		var err error
		if d, err = l.segment.Dictionary(fieldNames[field]); err != nil {
			return nil, fmt.Errorf("bleve: dictionary of %s: %w", fieldNames[field], err)
		}
		l.dictionaries[field] = d
	}
	p, err := d.PostingsList([]byte(key), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("bleve: postings of %s: %w", fieldNames[field], err)
	}
	l.iterator = p.Iterator(false, false, false, l.iterator)
	switch it := l.iterator.(type) {
	case segment.OptimizablePostingsIterator:
		if list = it.ActualBitmap(); list == nil {
			if one, ok := it.DocNum1Hit(); ok {
				list = roaring.BitmapOf(uint32(one))
			}
		}
	default:
		return nil, fmt.Errorf("bleve: postings of %s: %T gives no bitmap", fieldNames[field], it)
	}
	l.mu.Lock()
	if l.kept >= viewLists {
		l.forget()
	}
	l.lists[field][key] = list
	l.kept++
	l.mu.Unlock()
	return list, nil
}

// views keeps the views of the segments in use.
type views struct {
	mu    sync.Mutex
	known map[uint64]*view // by the segment's number, which is never used again

	latest []*view
	common *counted // how many of the sampled documents of latest have a key
}

// of returns the view of each segment of a snapshot, and what is counted in all of them.
func (vs *views) of(snapshot *scorch.IndexSnapshot) ([]*view, *counted, error) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	segments := snapshot.Segments()
	out := make([]*view, len(segments))
	for i, s := range segments {
		v := vs.known[s.Id()]
		// A segment has one number in memory and on disk, but not one segment.
		if v == nil || v.segment != s.Segment() {
			var err error
			if v, err = newView(s.Segment()); err != nil {
				return nil, nil, fmt.Errorf("view segment %d: %w", s.Id(), err)
			}
		}
		out[i] = v
	}
	if len(vs.known) > 2*len(segments)+8 || vs.known == nil {
		vs.known = make(map[uint64]*view, len(segments))
	}
	for i, s := range segments {
		vs.known[s.Id()] = out[i]
	}
	if vs.common == nil || !slices.Equal(out, vs.latest) {
		vs.latest, vs.common = out, new(counted)
	}
	return out, vs.common, nil
}
