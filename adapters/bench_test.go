package adapters_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
)

// load is a gateway on a store on disk, with a platform that counts what it is sent.
func load(b *testing.B, queue func(*store.Store)) (http.Handler, *platform) {
	b.Helper()
	p := &platform{shown: map[string][]sent{}, keys: map[string]int{}}
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m sent
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			b.Error(err)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.shown[m.Conversation] = append(p.shown[m.Conversation], m)
	}))
	b.Cleanup(api.Close)
	s, err := store.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if queue != nil {
		queue(s)
	}
	g, err := adapters.Open(b.Context(), adapters.Config{
		Platforms: []adapters.Platform{&wire{"wire:plain", api.URL, false, adapters.NewClient(10 * time.Second)}},
		Reception: bot.NewReception(echo{}, s), Queue: s, Waiting: 100_000, PerConversation: 100_000,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(g.Close(b.Context()), s.Close()); err != nil {
			b.Log(err)
		}
	})
	return adaptertest.Handler(g.Routes()), p
}

func event(conversation, text, key string) adapters.Event {
	return adapters.Event{
		Kind: adapters.KindText, Keys: []string{key, "message " + key}, Conversation: conversation, Text: text, At: time.Now(),
		To: adapters.Address{Conversation: conversation},
	}
}

// BenchmarkAcknowledge takes in 200 events a second, each answered and sent while the
// next come in, and reports how long the acknowledgements took. To tell the machine's
// share in that, a file is synchronised at the same pace, 8 KB each time: disk-p99.
func BenchmarkAcknowledge(b *testing.B) {
	handler, _ := load(b, nil)
	raw, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close() //nolint:errcheck // it holds nothing
	var mu, answered sync.Mutex
	var took, synced []time.Duration
	var under sync.WaitGroup
	tick := time.NewTicker(time.Second / 200)
	defer tick.Stop()
	i := 0
	for b.Loop() {
		<-tick.C
		i++
		body, err := json.Marshal(event(fmt.Sprint("c", i%50), "想贷点款周转找谁?", fmt.Sprint(i)))
		if err != nil {
			b.Fatal(err)
		}
		under.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			start := time.Now()
			_, werr := raw.Write(make([]byte, 8<<10))
			if err := errors.Join(werr, raw.Sync()); err != nil {
				b.Error(err)
			}
			synced = append(synced, time.Since(start))
		})
		under.Go(func() {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/ch/wire/plain", bytes.NewReader(body))
			start := time.Now()
			handler.ServeHTTP(w, r)
			d := time.Since(start)
			answered.Lock()
			defer answered.Unlock()
			took = append(took, d)
			if w.Code != http.StatusOK {
				b.Errorf("status %d", w.Code)
			}
		})
	}
	under.Wait()
	at := func(all []time.Duration, share float64) float64 {
		slices.Sort(all)
		return all[int(share*float64(len(all)-1))].Seconds() * 1000
	}
	b.ReportMetric(at(took, .5), "p50-ms")
	b.ReportMetric(at(took, .99), "p99-ms")
	b.ReportMetric(at(synced, .5), "disk-p50-ms")
	b.ReportMetric(at(synced, .99), "disk-p99-ms")
}

// BenchmarkDrain starts with 10,000 messages of 200 conversations in the queue, and
// answers and sends them all, in order and none twice.
func BenchmarkDrain(b *testing.B) {
	const conversations, each = 200, 50
	for b.Loop() {
		b.StopTimer()
		start := time.Now()
		_, p := load(b, func(s *store.Store) {
			for i := range each {
				for c := range conversations {
					conversation := fmt.Sprint("c", c)
					body, err := json.Marshal(event(conversation, fmt.Sprintf("第%03d个", i), fmt.Sprint(c, i)))
					if err != nil {
						b.Fatal(err)
					}
					in := bot.Inbound{ID: bot.NewID(), Channel: "wire:plain", Conversation: conversation, Event: body, Received: time.Now()}
					if _, _, err := s.Accept(b.Context(), in, []string{fmt.Sprint(c, i)}); err != nil {
						b.Fatal(err)
					}
				}
			}
			start = time.Now()
			b.StartTimer()
		})
		for n := 0; n < conversations*each; time.Sleep(5 * time.Millisecond) {
			n = 0
			p.mu.Lock()
			for _, shown := range p.shown {
				n += len(shown)
			}
			p.mu.Unlock()
		}
		b.ReportMetric(conversations*each/time.Since(start).Seconds(), "messages/s")
		for c, shown := range p.shown {
			for i, m := range shown {
				if want := fmt.Sprintf("第%03d个", i); m.Text != want {
					b.Fatalf("%s: %s in the place of %s", c, m.Text, want)
				}
			}
		}
	}
}
