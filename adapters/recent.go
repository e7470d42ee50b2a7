package adapters

import "sync"

// maxRecent bounds how many keys are remembered in memory; the queue knows them all.
const maxRecent = 8192

// recent remembers the last keys that were seen, so that a duplicate is known without
// the disk and when the queue is full.
type recent struct {
	mu   sync.Mutex
	ids  map[string]string // answer by key
	ring []string
	next int
}

func newRecent() *recent { return &recent{ids: map[string]string{}, ring: make([]string, maxRecent)} }

// get returns the answer that came with one of the keys, empty if none did, and whether
// all of the keys are known.
func (r *recent) get(channel string, keys []string) (answer string, all bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all = true
	for _, k := range keys {
		id, ok := r.ids[laneKey(channel, k)]
		if answer == "" {
			answer = id
		}
		all = all && ok
	}
	return answer, all
}

// put remembers the answer of keys.
func (r *recent) put(channel string, keys []string, answer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range keys {
		key := laneKey(channel, k)
		if _, ok := r.ids[key]; !ok {
			delete(r.ids, r.ring[r.next])
			r.ring[r.next] = key
			r.next = (r.next + 1) % len(r.ring)
		}
		r.ids[key] = answer
	}
}
