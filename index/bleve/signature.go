package bleve

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A signature is a set of keys in ten bits for each: a blocked Bloom filter (Putze,
// Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters, 2007) of words
// of 64 bits. It has every key that was put in, and about one in thirty others.
type signature []byte

// A mark is where a key stands in any signature: a word, and four bits of it.
type mark struct{ word, bits uint64 }

func markOf(key string) mark { return markOfHash(hashOf(key)) }

func markOfHash(h uint64) mark {
	return mark{h, 1<<(h&63) | 1<<(h>>6&63) | 1<<(h>>12&63) | 1<<(h>>18&63)}
}

// newSignature returns that of the keys with the hashes, which it sorts.
func newSignature(hashes []uint64) signature {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	s := make(signature, 8*(len(hashes)*10/64+1))
	for _, h := range hashes {
		m := markOfHash(h)
		at := s.at(m)
		binary.LittleEndian.PutUint64(s[at:], binary.LittleEndian.Uint64(s[at:])|m.bits)
	}
	return s
}

// at returns where the word of a mark begins.
func (s signature) at(m mark) uint64 {
	word, _ := bits.Mul64(m.word, uint64(len(s)/8))
	return word * 8
}

// has reports whether the set has the key with a mark.
func (s signature) has(m mark) bool {
	if len(s) < 8 {
		return false
	}
	return binary.LittleEndian.Uint64(s[s.at(m):])&m.bits == m.bits
}

// hashOf is FNV-1a with the finaliser of SplitMix64 (Steele, Lea and Flood, 2014):
// signatures are stored, so it must be the same for ever.
func hashOf(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
