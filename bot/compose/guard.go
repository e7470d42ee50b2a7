package compose

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// bounded cuts off responses that are longer than any draft, such as a stream without end.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{resp.Body, maxResponse}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the response is longer than %d bytes", maxResponse)
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	return n, err
}

// A pause spares those who ask the wait for a model that does not work.
type pause struct {
	now      func() time.Time
	mu       sync.Mutex
	failures int // in a row
	until    time.Time
}

func (p *pause) on() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now().Before(p.until)
}

func (p *pause) worked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = 0
}

func (p *pause) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures++; p.failures >= giveUpAfter {
		p.failures, p.until = 0, p.now().Add(giveUpFor)
	}
}
