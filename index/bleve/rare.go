package bleve

import (
	"hash/maphash"
	"sync/atomic"

	bleveindex "github.com/blevesearch/bleve_index_api"
)

// Half of all keys stand under one entry only. A posting list takes 24 bytes on disk even
// for one entry, but when bleve merges segments it keeps a single entry with the key
// itself, provided that its frequency is 1. Of common keys a frequency of 1 would take a
// byte more for every entry, so it is given to the first entry of each key.

// once marks the first entry of a key.
var once = func() (f bleveindex.TokenFreq) {
	f.SetFrequency(1)
	return f
}()

// A firsts knows which keys were asked for since the index was opened. It may take a new
// key for one of those, which costs the 24 bytes. It is safe for concurrent use.
type firsts struct {
	seed maphash.Seed
	seen [firstsBits / 32]atomic.Uint32
}

// firstsBits are enough for the keys of some 100,000 clauses, beyond which hardly
// anything is saved.
const firstsBits = 1 << 22

func newFirsts() *firsts { return &firsts{seed: maphash.MakeSeed()} }

// first reports whether nobody asked for key before.
func (f *firsts) first(key string) bool {
	if f == nil {
		return false
	}
	h := maphash.String(f.seed, key) % firstsBits
	bit, word := uint32(1)<<(h%32), &f.seen[h/32]
	return word.Load()&bit == 0 && word.Or(bit)&bit == 0
}
