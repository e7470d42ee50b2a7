package bleve

import (
	"cmp"
	"context"
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// points are scores as whole numbers: their sum does not depend on the order, so the
// clauses found without reading everything are those that reading everything finds.
type points = uint32

// mostPoints is what a clause can have at most if it has every term of a question.
const mostPoints = 1 << 30

// A scoredList is a posting list whose entries all get the same points but for their
// length.
type scoredList struct {
	entries *roaring.Bitmap
	points  [lengthClasses]points
	most    points
	term    uint8 // of scoredTerms
	again   bool  // for a term that occurs several times, not for one that occurs
}

// A candidate is a clause with its points.
type candidate struct {
	view   int // which of the views
	entry  uint32
	points points
}

// window is how many entries are looked at together. Their points stay in the
// processor's cache, and the least score that can still get in rises from one window
// to the next.
const window = 1 << 13

// A finder finds the k clauses that have most points, exactly, by MaxScore (Turtle
// and Flood, Query Evaluation: Strategies and Optimizations, 1995): lists that
// together cannot lift a clause above the k-th best are only consulted for clauses
// that other lists have brought up.
type finder struct {
	k     int
	best  []candidate // a heap, the least on top
	least points      // more than these are needed to get in

	sums [window]points
	seen [window / 64]uint64
}

// find goes through one segment. allowed says whether an entry may be found.
func (f *finder) find(ctx context.Context, view int, lengths []uint8, lists []scoredList, allowed func(uint32) bool) error {
	slices.SortFunc(lists, func(a, b scoredList) int { return cmp.Compare(a.most, b.most) })
	bounds := boundsOf(lists)
	readers := make([]reader, len(lists))
	for i := range lists {
		readers[i].it = lists[i].entries.ManyIterator()
	}
	consulted := 0 // the lists before this one are only consulted
	for from := 0; from < len(lengths); from += window {
		if err := ctx.Err(); err != nil {
			return err
		}
		for consulted < len(lists) && bounds[consulted+1].most <= f.least {
			consulted++
		}
		if consulted == len(lists) {
			return nil
		}
		to := uint32(min(from+window, len(lengths)))
		for i := consulted; i < len(lists); i++ {
			f.read(&readers[i], &lists[i].points, lengths, uint32(from), to)
		}
		f.collect(view, uint32(from), lengths, lists[:consulted], bounds, allowed)
	}
	return nil
}

// A bound is what the first lists together can give to a clause of each length.
type bound struct {
	points [lengthClasses]points
	most   points
}

// boundsOf returns the bound of the first 0, 1, 2 … lists.
func boundsOf(lists []scoredList) []bound {
	bounds := make([]bound, len(lists)+1)
	for i := range lists {
		for class, p := range lists[i].points {
			bounds[i+1].points[class] = bounds[i].points[class] + p
			bounds[i+1].most = max(bounds[i+1].most, bounds[i+1].points[class])
		}
	}
	return bounds
}

// A reader reads a posting list in order.
type reader struct {
	it   roaring.ManyIntIterable
	buf  [64]uint32
	next []uint32 // of buf, not read yet
	end  bool
}

// read adds up the points of a list in the window from … to.
func (f *finder) read(r *reader, add *[lengthClasses]points, lengths []uint8, from, to uint32) {
	for !r.end {
		if len(r.next) == 0 {
			r.next = r.buf[:r.it.NextMany(r.buf[:])]
			if r.end = len(r.next) == 0; r.end {
				return
			}
		}
		for i, entry := range r.next {
			if entry >= to {
				r.next = r.next[i:]
				return
			}
			at := entry - from
			f.sums[at] += add[lengths[entry]]
			f.seen[at/64] |= 1 << (at % 64)
		}
		r.next = nil
	}
}

// collect takes from the window what gets in, and clears it.
func (f *finder) collect(view int, from uint32, lengths []uint8, consulted []scoredList, bounds []bound, allowed func(uint32) bool) {
	for w := range f.seen {
		for set := f.seen[w]; set != 0; set &= set - 1 {
			at := uint32(w*64 + bits.TrailingZeros64(set))
			entry, sum := from+at, f.sums[at]
			f.sums[at] = 0
			class := lengths[entry]
			i, absent := len(consulted), uint64(0) // absent terms cannot occur several times
			for ; i > 0 && sum+bounds[i].points[class] > f.least; i-- {
				l := &consulted[i-1]
				if absent>>l.term&1 != 0 {
					continue
				}
				if l.entries.Contains(entry) {
					sum += l.points[class]
				} else if !l.again {
					absent |= 1 << l.term
				}
			}
			if i == 0 && sum > f.least && allowed(entry) {
				f.push(candidate{view, entry, sum})
			}
		}
		f.seen[w] = 0
	}
}

// push lets a candidate in that has more than the least.
func (f *finder) push(c candidate) {
	if len(f.best) < f.k {
		f.best = append(f.best, c)
		for i := len(f.best) - 1; i > 0 && f.best[i].points < f.best[(i-1)/2].points; i = (i - 1) / 2 {
			f.best[i], f.best[(i-1)/2] = f.best[(i-1)/2], f.best[i]
		}
	} else {
		f.best[0] = c
		for i := 0; ; {
			child := 2*i + 1
			if child >= len(f.best) {
				break
			}
			if child+1 < len(f.best) && f.best[child+1].points < f.best[child].points {
				child++
			}
			if f.best[i].points <= f.best[child].points {
				break
			}
			f.best[i], f.best[child] = f.best[child], f.best[i]
			i = child
		}
	}
	if len(f.best) == f.k {
		f.least = f.best[0].points
	}
}
