package adapters

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimiters bounds how many conversations a limiter remembers. Those that have been
// silent for as long as their rate needs are forgotten first.
const maxLimiters = 10_000

// limits bound how often messages are sent to one platform.
type limits struct {
	app, conversation Rate

	mu            sync.Mutex
	whole         *rate.Limiter
	conversations map[string]*rate.Limiter
}

func newLimits(c Caps) *limits {
	return &limits{app: c.PerApp, conversation: c.PerConversation, whole: c.PerApp.limiter(), conversations: map[string]*rate.Limiter{}}
}

// limiter returns a limiter for the rate, nil for no limit.
func (r Rate) limiter() *rate.Limiter {
	if r.Messages <= 0 || r.Per <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(r.Messages)/r.Per.Seconds()), max(r.Burst, 1))
}

// reserve books one message and returns how long it has to wait.
func (l *limits) reserve(conversation string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := time.Duration(0)
	if l.whole != nil {
		wait = l.whole.ReserveN(now, 1).DelayFrom(now)
	}
	if one := l.of(conversation, now); one != nil {
		wait = max(wait, one.ReserveN(now, 1).DelayFrom(now))
	}
	return wait
}

// allow reports whether a message may be sent in a conversation at once, and books it then.
func (l *limits) allow(conversation string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.of(conversation, now)
	return one == nil || one.AllowN(now, 1)
}

// of returns the limiter of a conversation, nil if there is no limit. l.mu is held.
func (l *limits) of(conversation string, now time.Time) *rate.Limiter {
	one := l.conversations[conversation]
	if one == nil {
		if one = l.conversation.limiter(); one == nil {
			return nil
		}
		if len(l.conversations) >= maxLimiters {
			l.forget(now)
		}
		l.conversations[conversation] = one
	}
	return one
}

// forget drops the limiters that would let everything pass.
func (l *limits) forget(now time.Time) {
	for k, one := range l.conversations {
		if one.TokensAt(now) >= float64(one.Burst()) {
			delete(l.conversations, k)
		}
	}
}
