package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	start := func() string {
		server = process("serve", "--addr", "127.0.0.1:0", "--data", data)
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
		return line[strings.Index(line, "http") : len(line)-1]
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

// chatOnce sends a question as the page does and reports whether the last block came.
func chatOnce(t *testing.T, address, secret, key, question string) (id string, whole bool) {
	form := url.Values{"question": {question}, "key": {key}, "conversation": {secret}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/chat", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	var sent struct {
		ID     string `json:"answer_id"`
		Events string `json:"events"`
	}
	if json.NewDecoder(resp.Body).Decode(&sent) != nil {
		return "", false
	}
	if req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, address+sent.Events, nil); err != nil {
		t.Fatal(err)
	}
	if resp, err = http.DefaultClient.Do(req); err != nil {
		return "", false
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	return sent.ID, err == nil && strings.Contains(string(body), "event: done\n")
}
