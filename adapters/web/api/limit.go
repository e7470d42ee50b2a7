package api

import (
	"container/list"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits say how often one caller may call. Zero values are the usual limits.
type Limits struct {
	Key     float64 // requests per second of a key that has no rate of its own; usual: 50
	Address float64 // requests per second of an address that shows no valid key; usual: 10
}

// The usual limits. For a moment a caller may be twice as fast.
const (
	usualKeyRate     = 50
	usualAddressRate = 10
)

// maxCallers bounds how many callers are remembered. One that was forgotten begins
// anew, which costs no more than one burst.
const maxCallers = 10_000

// A limiter counts the requests of callers. It is safe for concurrent use.
type limiter struct {
	Limits
	now     func() time.Time
	mu      sync.Mutex
	callers map[string]*list.Element
	recent  *list.List // of *callerRate, the last seen first
}

type callerRate struct {
	name string
	rate float64
	*rate.Limiter
}

func newLimiter(l Limits) *limiter {
	if l.Key <= 0 {
		l.Key = usualKeyRate
	}
	if l.Address <= 0 {
		l.Address = usualAddressRate
	}
	return &limiter{Limits: l, now: time.Now, callers: map[string]*list.Element{}, recent: list.New()}
}

// take counts one request of a caller and returns how long to wait before the next if
// it was one too many, or else 0.
func (l *limiter) take(name string, perSecond float64) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r := l.caller(name, perSecond).ReserveN(now, 1)
	if !r.OK() {
		return time.Second
	}
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now) // or who is refused would wait ever longer
	}
	return wait
}

// caller returns the limiter of a caller. l.mu is held.
func (l *limiter) caller(name string, perSecond float64) *callerRate {
	if e := l.callers[name]; e != nil {
		c := e.Value.(*callerRate)
		if c.rate == perSecond {
			l.recent.MoveToFront(e)
			return c
		}
		l.forget(e)
	}
	for l.recent.Len() >= maxCallers {
		l.forget(l.recent.Back())
	}
	c := &callerRate{name, perSecond, rate.NewLimiter(rate.Limit(perSecond), int(math.Ceil(2*perSecond)))}
	l.callers[name] = l.recent.PushFront(c)
	return c
}

func (l *limiter) forget(e *list.Element) {
	delete(l.callers, e.Value.(*callerRate).name)
	l.recent.Remove(e)
}
