package adapters_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
)

// How the test binary is told to be the process that is killed, and how many times it is.
const (
	crashDir   = "WENCE_CRASH_DIR"
	crashAPI   = "WENCE_CRASH_API"
	crashKills = "WENCE_CRASH_KILLS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := victim(dir, os.Getenv(crashAPI)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// A wire is a platform that takes events and sends messages as plain JSON.
type wire struct {
	id, api    string
	idempotent bool
	client     *http.Client
}

func (p *wire) ID() string { return p.id }
func (p *wire) Caps() adapters.Caps {
	return adapters.Caps{Limit: 4096, BusyStatus: 503, Buttons: true, Idempotent: p.idempotent}
}

func (p *wire) Routes(in adapters.Inbox) []adapters.Route {
	path := "/ch/" + strings.Replace(p.id, ":", "/", 1)
	return []adapters.Route{{Method: http.MethodPost, Path: path, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ev adapters.Event
		if err := json.NewDecoder(r.Body).Decode(&ev); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		receipt, err := in.Accept(r.Context(), ev)
		switch {
		case err != nil:
			w.WriteHeader(http.StatusInternalServerError)
		case receipt.Verdict == adapters.Busy:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})}}
}

// A sent is a message as the API gets it.
type sent struct {
	Channel, Key, Conversation, Text string
}

func (p *wire) Send(ctx context.Context, to adapters.Address, m adapters.Outbound) (adapters.MessageRef, error) {
	body, err := json.Marshal(sent{p.id, m.Key, to.Conversation, m.Blocks[0].Text})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.api, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	status, _, _, err := adapters.Do(p.client, r)
	if err == nil && status != http.StatusOK {
		err = adapters.Unsent(fmt.Errorf("status %d", status))
	}
	return adapters.MessageRef(m.Key), err
}

// echo answers each question with itself.
type echo struct{}

func (echo) Ask(_ context.Context, q bot.Question) (bot.Answer, error) {
	return bot.Answer{ID: q.ID, Outcome: bot.Answered, Text: q.Text}, nil
}

// victim takes in and answers until it is killed, or its input ends.
func victim(dir, api string) error {
	s, err := store.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	client := adapters.NewClient(10 * time.Second)
	g, err := adapters.Open(context.Background(), adapters.Config{
		Platforms: []adapters.Platform{&wire{"wire:once", api, true, client}, &wire{"wire:plain", api, false, client}},
		Reception: bot.NewReception(echo{}, s), Queue: s, Waiting: 10_000, PerConversation: 1000,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", adapters.Handler(g.Routes()))
	mux.Handle("/reply", replyHandler(s, g))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go server.Serve(l) //nolint:errcheck // ends with the process
	fmt.Println("http://" + l.Addr().String())
	_, _ = io.Copy(io.Discard, os.Stdin)
	for { // until all is sent
		pending, err := s.Pending(context.Background())
		unsent, uerr := s.Unsent(context.Background())
		if err := errors.Join(err, uerr); err != nil {
			return err
		}
		if len(pending)+len(unsent) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(server.Close(), g.Close(ctx), s.Close())
}

// A platform is what the processes talk to: it delivers events until they are
// acknowledged, and shows messages.
type platform struct {
	t   *testing.T
	url atomic.Pointer[string]
	// kill is called at the moments at which a crash is worst; nil between processes.
	kill  atomic.Pointer[func(moment string)]
	acked atomic.Int64

	mu    sync.Mutex
	shown map[string][]sent // by channel and conversation
	keys  map[string]int    // how often each key came
}

// ServeHTTP shows a message. Some answers come late, so that crashes fall between sending
// and marking.
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m sent
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	p.keys[m.Key]++
	if m.Channel != "wire:once" || p.keys[m.Key] == 1 { // this one shows a key once
		lane := m.Channel + " " + m.Conversation
		p.shown[lane] = append(p.shown[lane], m)
	}
	p.mu.Unlock()
	p.moment("sent")
	time.Sleep(rand.N(3 * time.Millisecond))
}

func (p *platform) moment(name string) {
	if kill := p.kill.Load(); kill != nil {
		(*kill)(name)
	}
}

// deliver posts an event until it is acknowledged, as a platform does.
func (p *platform) deliver(ctx context.Context, channel string, ev adapters.Event) {
	body, err := json.Marshal(ev)
	if err != nil {
		p.t.Error(err)
	}
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, *p.url.Load()+"/ch/"+strings.Replace(channel, ":", "/", 1), bytes.NewReader(body))
		if err != nil {
			p.t.Error(err)
			return
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				p.acked.Add(1)
				p.moment("acknowledged")
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// start starts a process and returns it with its standard input.
func (p *platform) start(dir, api string) (*exec.Cmd, io.Closer) {
	p.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$") //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashAPI+"="+api)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	out, oerr := cmd.StdoutPipe()
	if err := errors.Join(err, oerr, cmd.Start()); err != nil {
		p.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.t.Fatalf("the process did not start: %v", err)
	}
	url := strings.TrimSpace(line)
	p.url.Store(&url)
	return cmd, in
}

// TestKill kills a process that answers under load, again and again: at random, right
// after an acknowledgement (so between the commit and the sending), and while a message
// is being taken (so between the sending and the mark). What was acknowledged is answered
// once; where the platform cannot tell a repetition, at most once, and else its fate is
// known as unknown. WENCE_CRASH_KILLS sets the number of kills.
func TestKill(t *testing.T) {
	kills := 6
	if n, err := strconv.Atoi(os.Getenv(crashKills)); err == nil {
		kills = n
	}
	p := &platform{t: t, shown: map[string][]sent{}, keys: map[string]int{}}
	server := httptest.NewServer(p)
	defer server.Close()
	dir := t.TempDir()
	process, _ := p.start(dir, server.URL)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var load sync.WaitGroup
	var asked [8]int // by lane
	for lane := range asked {
		channel := []string{"wire:once", "wire:plain"}[lane%2]
		load.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				conversation := fmt.Sprint("c", lane)
				ev := adapters.Event{
					Kind: adapters.KindText, Keys: []string{fmt.Sprintf("%d-%d", lane, i)}, Conversation: conversation,
					Text: fmt.Sprintf("第%06d个", i), To: adapters.Address{Conversation: conversation},
				}
				for range 1 + rand.IntN(2) { // now and then it is delivered twice
					p.deliver(t.Context(), channel, ev)
				}
				asked[lane] = i + 1
			}
		})
	}
	for i := range kills {
		moment := []string{"", "acknowledged", "sent"}[i%3]
		p.die(process, moment)
		process, _ = p.start(dir, server.URL)
	}
	cancel()
	load.Wait()
	_ = process.Process.Kill()
	_ = process.Wait()
	last, in := p.start(dir, server.URL) // which finishes all that is left
	if err := errors.Join(in.Close(), last.Wait()); err != nil {
		t.Fatal(err)
	}
	p.check(dir, asked[:])
}

// die lets a process run for a while and kills it at a moment.
func (p *platform) die(process *exec.Cmd, moment string) {
	time.Sleep(20*time.Millisecond + rand.N(60*time.Millisecond))
	dead := make(chan struct{})
	var once sync.Once
	kill := func(now string) {
		if moment == "" || now == moment {
			once.Do(func() {
				if err := process.Process.Kill(); err != nil {
					p.t.Error(err)
				}
				_ = process.Wait()
				close(dead)
			})
		}
	}
	if moment == "" {
		kill("")
	} else {
		p.kill.Store(&kill)
	}
	<-dead
	p.kill.Store(nil)
}

// check compares what was asked with what was shown and what is known of the rest.
func (p *platform) check(dir string, asked []int) {
	t := p.t
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
		var l struct {
			Message struct{ Blocks []struct{ Text string } }
		}
		if err := json.Unmarshal(d.Message, &l); err != nil {
			t.Fatal(err)
		}
		unknown[d.Conversation+" "+l.Message.Blocks[0].Text] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	total, seen, lost := 0, 0, 0
	for lane, n := range asked {
		channel, conversation := []string{"wire:once", "wire:plain"}[lane%2], fmt.Sprint("c", lane)
		times := map[string]int{}
		before := ""
		for _, m := range p.shown[channel+" "+conversation] {
			if times[m.Text]++; m.Text < before {
				t.Errorf("%s %s: %s was shown after %s", channel, conversation, m.Text, before)
			}
			before = m.Text
		}
		for i := range n {
			text := fmt.Sprintf("第%06d个", i)
			total++
			seen += times[text]
			switch {
			case times[text] > 1:
				t.Errorf("%s %s: %s was shown %d times", channel, conversation, text, times[text])
			case times[text] == 0 && !unknown[conversation+" "+text]:
				t.Errorf("%s %s: %s was acknowledged and never answered", channel, conversation, text)
			case times[text] == 0:
				lost++
			}
		}
	}
	if last, err := s.Verify(t.Context()); err != nil || last.Seq < int64(total) {
		t.Errorf("audit trail %+v, %v", last, err)
	}
	t.Logf("%d questions acknowledged, %d answers seen, %d of unknown fate, of which %d were not seen", total, seen, len(unknown), lost)
}
