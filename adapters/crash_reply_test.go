package adapters_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
)

// replyHandler answers a ticket in the process that is killed, as a command that was sent
// there does: it opens the nth ticket of a channel, keeps the reply and has it sent. Doing
// it again does nothing.
func replyHandler(s *store.Store, g *adapters.Gateway) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		channel, n := r.FormValue("channel"), r.FormValue("n")
		ctx := r.Context()
		answer := bot.Exchange{ID: "a-" + channel + n, Channel: channel, Conversation: "r" + n, Question: n, Answer: bot.Answer{Outcome: bot.HandedOver}}
		_, err := s.Keep(ctx, answer)
		var k bot.Ticket
		if err == nil {
			address := fmt.Appendf(nil, `{"conversation":%q}`, answer.Conversation)
			k, _, err = s.OpenTicket(ctx, bot.Ticket{Channel: channel, Conversation: answer.Conversation, Answer: answer.ID, Question: n, Address: address, Opened: time.Now()})
		}
		if err == nil {
			_, _, err = adapters.Reply(ctx, s, g, k, adapters.Words{Text: "第" + n + "个", By: "王五"})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, k.ID)
	}
}

// TestKillWhileReplying kills a process while persons answer tickets: at random, right
// after a reply was kept (so before it is sent), and while it is being sent. What was
// kept is shown once; where the platform cannot tell a repetition, at most once, and else
// its fate is known as unknown.
func TestKillWhileReplying(t *testing.T) {
	p := &platform{t: t, shown: map[string][]sent{}, keys: map[string]int{}}
	server := httptest.NewServer(p)
	defer server.Close()
	dir := t.TempDir()
	process, _ := p.start(dir, server.URL)
	var mu sync.Mutex
	tickets := map[string]map[string]string{"wire:once": {}, "wire:plain": {}} // by channel and conversation
	var load sync.WaitGroup
	stop := make(chan struct{})
	for channel, acknowledged := range tickets {
		for lane := range 3 {
			load.Go(func() {
				for i := lane; ; i += 3 {
					for acked := false; !acked; { // whoever answers looks until it is kept
						select {
						case <-stop:
							return
						default:
						}
						resp, err := http.Post(fmt.Sprintf("%s/reply?channel=%s&n=%d", *p.url.Load(), channel, i), "text/plain", nil) //nolint:noctx // of a test
						if err != nil {
							time.Sleep(time.Millisecond)
							continue
						}
						body, err := io.ReadAll(resp.Body)
						resp.Body.Close() //nolint:errcheck // read to its end
						if acked = err == nil && resp.StatusCode == http.StatusOK; acked {
							mu.Lock()
							acknowledged[fmt.Sprint("r", i)] = string(body)
							mu.Unlock()
							p.moment("acknowledged")
						}
					}
				}
			})
		}
	}
	for i := range 6 {
		p.die(process, []string{"", "acknowledged", "sent"}[i%3])
		process, _ = p.start(dir, server.URL)
	}
	close(stop)
	load.Wait()
	_ = process.Process.Kill()
	_ = process.Wait()
	last, in := p.start(dir, server.URL) // which finishes all that is left
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := last.Wait(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it was only read
	stuck, err := s.Stuck(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	unknown := map[string]bool{}
	for _, d := range stuck {
		if d.State != bot.DeliveryUnknown || d.Channel != "wire:plain" {
			t.Errorf("%s %s is %s: %s", d.Channel, d.ID, d.State, d.Error)
		}
		unknown[d.Channel+" "+d.Conversation] = true
	}
	total := 0
	for channel, acknowledged := range tickets {
		for conversation, ticket := range acknowledged {
			total++
			lane := channel + " " + conversation
			shown := p.shown[lane]
			if len(shown) > 1 || len(shown) == 0 && !unknown[lane] || len(shown) == 1 && !strings.Contains(shown[0].Text, ticket) {
				t.Errorf("%s: the reply to %s was shown %d times: %+v", lane, ticket, len(shown), shown)
			}
		}
	}
	if n, _, err := s.Backlog(t.Context()); err != nil || n > 6 || total == 0 { // of requests that were cut off between the ticket and the reply
		t.Errorf("%d tickets are open of %d, %v", n, total, err)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d replies kept, %d of unknown fate", total, len(unknown))
}
