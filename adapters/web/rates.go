package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates bound how much each address may send.
type rates struct {
	limit rate.Limit
	mu    *sync.Mutex
	seen  map[string]*visitor
}

type visitor struct {
	*rate.Limiter
	last time.Time
}

const (
	usualRate   = 5 // a second
	burstFactor = 10
	// visitorsMax bounds how many addresses are remembered.
	visitorsMax = 50_000
	// visitorRest is after how long a visitor has all of their burst back.
	visitorRest = time.Minute
)

func newRates(perSecond float64) rates {
	switch {
	case perSecond == 0:
		perSecond = usualRate
	case perSecond < 0:
		return rates{limit: rate.Inf}
	}
	return rates{limit: rate.Limit(perSecond), mu: &sync.Mutex{}, seen: map[string]*visitor{}}
}

// allow reports whether an address may send something more now.
func (r *rates) allow(address string) bool {
	if r.limit == rate.Inf {
		return true
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		if network, err := ip.Prefix(64); err == nil { // one household has as many addresses as it likes
			address = network.String()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	v := r.seen[address]
	if v == nil {
		if len(r.seen) >= visitorsMax {
			r.forget(now)
		}
		v = &visitor{Limiter: rate.NewLimiter(r.limit, max(1, int(burstFactor*float64(r.limit))))}
		r.seen[address] = v
	}
	v.last = now
	return v.AllowN(now, 1)
}

// forget drops those who have been quiet, or everybody if nobody was: a crowd of
// that size is kept off by what stands in front of us.
func (r *rates) forget(now time.Time) {
	for a, v := range r.seen {
		if now.Sub(v.last) > visitorRest {
			delete(r.seen, a)
		}
	}
	if len(r.seen) >= visitorsMax {
		clear(r.seen)
	}
}
