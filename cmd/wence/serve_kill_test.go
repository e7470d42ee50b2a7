package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
)

// TestKillWhileChatting kills the server while somebody asks. Their page sends again with
// the same key, as chat.js does, until it has the whole answer: each question is answered
// once, and none is lost.
func TestKillWhileChatting(t *testing.T) {
	const questions = 8
	data, secret := filepath.Join(t.TempDir(), "d"), rand.Text()
	var server *exec.Cmd
	start := func() (address string) {
		server, address = killable(t, data)
		return address
	}
	kill := func() {
		server.Process.Kill() //nolint:errcheck // it may be dead already
		server.Wait()         //nolint:errcheck // it was killed
	}
	defer func() { kill() }()
	address := start()
	ids := map[string]bool{}
	for i := range questions {
		// As often as not it dies before the answer is there.
		doomed := server.Process
		timer := time.AfterFunc(time.Duration(mathrand.IntN(8_000))*time.Microsecond, func() { doomed.Kill() }) //nolint:errcheck // as above
		for tries := 0; ; tries++ {
			id, whole := chatOnce(t, address, secret, fmt.Sprint("key", i), loanQuestion)
			if whole {
				ids[id] = true
				break
			}
			if tries > 20 {
				t.Fatal("no answer after many tries")
			}
			kill()
			address = start()
		}
		timer.Stop()
	}
	kill()
	st, err := store.Open(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close() //nolint:errcheck // it was only read
	kept, err := st.Recent(t.Context(), 2*questions)
	if err != nil || len(kept) != questions || len(ids) != questions {
		t.Errorf("%d exchanges were kept, %d answers came, of %d questions; %v", len(kept), len(ids), questions, err)
	}
	for _, e := range kept {
		if !ids[e.ID] || e.Answer.Outcome != bot.Answered {
			t.Errorf("kept is %s %s", e.ID, e.Answer.Outcome)
		}
	}
}

// killable starts the program on a data folder, to be killed, and returns where it answers.
func killable(t *testing.T, data string, args ...string) (server *exec.Cmd, address string) {
	t.Helper()
	server = process(append([]string{"serve", "--addr", "127.0.0.1:0", "--data", data}, args...)...)
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no URL: %v", err)
	}
	return server, line[strings.Index(line, "http") : len(line)-1]
}

// TestKillAfterAcknowledging kills the server under clients that ask and never ask again:
// what was acknowledged is answered by the next process, once, also if a model was writing
// when the first one died.
func TestKillAfterAcknowledging(t *testing.T) {
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(300 * time.Millisecond): // longer than anybody waits for their acknowledgement
		case <-r.Context().Done():
		}
		w.WriteHeader(http.StatusBadRequest) // then the sentences are told as they stand
	}))
	defer model.Close()
	for name, args := range map[string][]string{"extractive": nil, "model": {"--openai-url", model.URL + "/v1", "--openai-model", "slow"}} {
		t.Run(name, func(t *testing.T) {
			const rounds, clients = 4, 8
			data := filepath.Join(t.TempDir(), "d")
			var mu sync.Mutex
			acknowledged := map[string]bool{}
			for round := range rounds {
				server, address := killable(t, data, args...)
				var asking sync.WaitGroup
				for client := range clients {
					asking.Go(func() {
						for i := 0; ; i++ {
							id, _, err := postOnce(t, address, rand.Text(), fmt.Sprint(round, client, i), loanQuestion)
							if err != nil {
								return // it is dead
							}
							mu.Lock()
							acknowledged[id] = true
							mu.Unlock()
						}
					})
				}
				time.Sleep(150*time.Millisecond + time.Duration(mathrand.IntN(100_000))*time.Microsecond)
				server.Process.Kill() //nolint:errcheck // it is alive
				server.Wait()         //nolint:errcheck // it was killed
				asking.Wait()
			}
			server, address := killable(t, data, args...)
			defer func() {
				server.Process.Kill() //nolint:errcheck // it is alive
				server.Wait()         //nolint:errcheck // it was killed
			}()
			lost := 0
			for id := range acknowledged {
				if !streamOnce(t, address+"/chat/answers/"+id+"/events") {
					lost++
				}
			}
			if lost > 0 || len(acknowledged) == 0 {
				t.Errorf("%d of %d acknowledged questions are lost", lost, len(acknowledged))
			}
			t.Logf("%d questions acknowledged", len(acknowledged))
		})
	}
}

// chatOnce sends a question as the page does and reports whether the last block came.
func chatOnce(t *testing.T, address, secret, key, question string) (id string, whole bool) {
	id, stream, err := postOnce(t, address, secret, key, question)
	return id, err == nil && streamOnce(t, address+stream)
}

// postOnce sends a question; an error means that it was not acknowledged.
func postOnce(t *testing.T, address, secret, key, question string) (id, events string, err error) {
	form := url.Values{"question": {question}, "key": {key}, "conversation": {secret}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/chat", strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.%d.%d", mathrand.IntN(256), mathrand.IntN(256))) // nobody asks too often
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	var sent struct {
		ID     string `json:"answer_id"`
		Events string `json:"events"`
	}
	err = json.NewDecoder(resp.Body).Decode(&sent)
	if err == nil && resp.StatusCode != http.StatusAccepted {
		err = errors.New(resp.Status)
	}
	return sent.ID, sent.Events, err
}

// streamOnce reports whether the last block of an answer came.
func streamOnce(t *testing.T, address string) bool {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	return err == nil && strings.Contains(string(body), "event: done\n")
}
