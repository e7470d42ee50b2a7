package bleve

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"sync"

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
	density float64 // entries that are in it, as a share of all
}

// A candidate is a clause with its points.
type candidate struct {
	view   int // which of the views
	entry  uint32
	points points
}

// window is how many entries are looked at together: as many as bleve's bitmaps keep
// together. The least score that can still get in rises from one window to the next.
const window = 1 << 16

// A finder finds the k clauses that have most points, exactly, by MaxScore (Turtle
// and Flood, Query Evaluation: Strategies and Optimizations, 1995): lists that
// together cannot lift a clause above the k-th best are only consulted for clauses
// that other lists have brought up.
type finder struct {
	k     int
	best  []candidate // a heap, the least on top
	least points      // more than these are needed to get in

	sums    [window]points      // of the entries of a window
	seen    [window / 64]uint64 // bits of those that have any
	listed  [window / 64]uint64 // bits of those that a consulted list has
	brought []brought
	midway  bool // left in the middle of a window
}

// finders keeps the memory of finders, up to some 800 thousand bytes each.
var finders = sync.Pool{New: func() any { return new(finder) }}

// reset makes a finder ready that may have been left in the middle of a window.
func (f *finder) reset(k int) {
	f.k, f.best, f.least = k, f.best[:0], 0
	if f.midway {
		clear(f.sums[:])
		clear(f.seen[:])
		clear(f.listed[:])
		f.midway = false
	}
}

// find goes through one segment. allowed says whether an entry may be found.
func (f *finder) find(ctx context.Context, view int, lengths []uint8, lists []scoredList, allowed func(uint32) bool) error {
	slices.SortFunc(lists, func(a, b scoredList) int { return cmp.Compare(a.most, b.most) })
	bounds := boundsOf(lists)
	readers := make([]reader, len(lists))
	for i := range lists {
		readers[i].it = lists[i].entries.ManyIterator()
		lists[i].density = float64(lists[i].entries.GetCardinality()) / float64(len(lengths))
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
		f.midway = true
		for i := consulted; i < len(lists); i++ {
			f.read(&readers[i], &lists[i].points, lengths, uint32(from), to)
		}
		f.collect(view, uint32(from), lengths[from:to], lists[:consulted], readers, bounds, allowed)
		f.midway = false
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
	from uint32 // entries before this one have been read
}

// read adds up the points of a list in the window from … to.
func (f *finder) read(r *reader, add *[lengthClasses]points, lengths []uint8, from, to uint32) {
	for next := r.until(to); next != nil; next = r.until(to) {
		for _, entry := range next {
			at := uint16(entry - from)
			f.sums[at] += add[lengths[entry]]
			f.seen[at/64] |= 1 << (at % 64)
		}
	}
}

// mark sets the bits of the entries in the window from … to.
func (r *reader) mark(set *[window / 64]uint64, from, to uint32) {
	for next := r.until(to); next != nil; next = r.until(to) {
		for _, entry := range next {
			if entry >= from {
				at := uint16(entry - from)
				set[at/64] |= 1 << (at % 64)
			}
		}
	}
}

// until returns the next few entries before to, or nil if there are no more.
func (r *reader) until(to uint32) []uint32 {
	r.from = to
	if len(r.next) == 0 && !r.end {
		r.next = r.buf[:r.it.NextMany(r.buf[:])]
		r.end = len(r.next) == 0
	}
	n := len(r.next)
	if n > 0 && r.next[n-1] >= to {
		n, _ = slices.BinarySearch(r.next, to)
	}
	if n == 0 {
		return nil
	}
	out := r.next[:n]
	r.next = r.next[n:]
	return out
}

// A brought clause is one of the window that lists which are read have brought up.
type brought struct {
	sum   points
	at    uint16 // in the window
	class uint8  // of its length
}

// collect takes from the window what gets in, and clears it. The consulted lists are
// asked one after the other, the strongest first, each for all clauses that can still
// get in. Whether one can is a toss-up, which a processor cannot foresee, so the loops
// here count instead of branching.
func (f *finder) collect(view int, from uint32, lengths []uint8, consulted []scoredList, readers []reader, bounds []bound, allowed func(uint32) bool) {
	n, bound, least := 0, &bounds[len(consulted)].points, f.least
	words := f.seen[:(len(lengths)+63)/64]
	all := 0
	for _, set := range words {
		all += bits.OnesCount64(set)
	}
	if all == 0 {
		return
	}
	if all > len(f.brought) {
		f.brought = make([]brought, all+all/4)
	}
	for w, set := range words {
		words[w] = 0
		for ; set != 0; set &= set - 1 {
			at := uint16(w*64 + bits.TrailingZeros64(set))
			c := brought{f.sums[at], at, lengths[at]}
			f.sums[at] = 0
			f.brought[n] = c
			if c.sum+bound[c.class%lengthClasses] > least {
				n++
			}
		}
	}
	rest := f.brought[:n]
	to := from + uint32(len(lengths))
	for i := len(consulted) - 1; i >= 0 && len(rest) > 0; i-- {
		rest = f.consult(&consulted[i], &readers[i], from, to, rest, &bounds[i].points)
	}
	for _, c := range rest {
		if entry := from + uint32(c.at); c.sum > f.least && allowed(entry) {
			f.push(candidate{view, entry, c.sum})
		}
	}
}

// lookUp is how many postings are read in the time in which one is looked up.
const lookUp = 12

// consult adds the points of a list to the clauses and returns those that can still get
// in with what the lists of a bound give.
func (f *finder) consult(l *scoredList, r *reader, from, to uint32, clauses []brought, bound *[lengthClasses]points) []brought {
	// A reader that has fallen behind has to read what it left out as well.
	if float64(len(clauses)*lookUp) > l.density*float64(to-r.from) {
		r.mark(&f.listed, from, to)
	} else {
		for _, c := range clauses {
			if l.entries.Contains(from + uint32(c.at)) {
				f.listed[c.at/64] |= 1 << (c.at % 64)
			}
		}
	}
	n, least := 0, f.least
	for _, c := range clauses {
		has := f.listed[c.at/64] >> (c.at % 64) & 1
		c.sum += l.points[c.class%lengthClasses] & -points(has)
		clauses[n] = c
		if c.sum+bound[c.class%lengthClasses] > least {
			n++
		}
	}
	clear(f.listed[:(to-from+63)/64])
	return clauses[:n]
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
