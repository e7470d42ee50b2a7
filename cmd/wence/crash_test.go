package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// crashKills is how many times TestKill kills, instead of a few.
const crashKills = "WENCE_CRASH_KILLS"

// acknowledged are what was said to be published: entry of the log → ID and revision.
type acknowledged map[int64]string

var (
	importedRe  = regexp.MustCompile(`(?m)^(\d+) (\S+) ([0-9a-f]{16}) \S+$`)
	publishedRe = regexp.MustCompile(`(?m)^published (\S+), revision ([0-9a-f]{16}), entry (\d+) of the log`)
)

// note adds what a command has printed.
func (a acknowledged) note(out string) {
	for _, m := range importedRe.FindAllStringSubmatch(out, -1) {
		seq, _ := strconv.ParseInt(m[1], 10, 64)
		a[seq] = m[2] + " " + m[3]
	}
	for _, m := range publishedRe.FindAllStringSubmatch(out, -1) {
		seq, _ := strconv.ParseInt(m[3], 10, 64)
		a[seq] = m[1] + " " + m[2]
	}
}

// process is wence as a process of its own: the test binary under another name.
func process(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Args[0] = "wence"
	return cmd
}

// policyFilesIn writes n policies, new versions of earlier ones or of the same number as
// none before.
func policyFilesIn(t *testing.T, dir string, n int) []string {
	t.Helper()
	var out []string
	for i := range n {
		text := strings.NewReplacer("7号", fmt.Sprint(rand.IntN(30)+1, "号"), "给予贴息", fmt.Sprintf("给予第%d档贴息", rand.IntN(1_000_000))).Replace(lathes)
		text += strings.Repeat("对其他企业同样办理。\n", rand.IntN(200))
		name := filepath.Join(dir, fmt.Sprintf("%02d.txt", i))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	return out
}

// TestKill kills wence at random moments while it imports, publishes, and serves others
// who publish. Afterwards the folder opens, all that was acknowledged is there, and log
// and index agree. WENCE_CRASH_KILLS=200 makes it as many times.
func TestKill(t *testing.T) {
	kills := 18
	if v := testEnv[crashKills]; v != "" {
		var err error
		if kills, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", crashKills, err)
		}
	}
	data, acks := filepath.Join(t.TempDir(), "d"), acknowledged{}
	for i := range kills {
		if i%6 == 0 {
			killFirstStart(t)
		}
		switch i % 3 {
		case 0:
			killImport(t, data, acks)
		case 1:
			killPublish(t, data, acks)
		default:
			killService(t, data, acks)
		}
		if agree(t, data, acks); t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d entries acknowledged", kills, len(acks))
}

// killImport kills a bulk import, a third of the time while it starts.
func killImport(t *testing.T, data string, acks acknowledged) {
	dir := t.TempDir()
	policyFilesIn(t, dir, 60)
	cmd := process("import", "-v", "--data", data, dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill := func(within time.Duration) {
		time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() })
	}
	early := rand.IntN(3) == 0
	if early {
		kill(300 * time.Millisecond)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !early {
			kill(150 * time.Millisecond)
			early = true
		}
		acks.note(lines.Text())
	}
	_ = cmd.Wait() // killed, or done before
	if strings.Contains(stderr.String(), "wence:") {
		t.Errorf("import: %s", stderr.String())
	}
}

// killFirstStart kills a process that makes a data folder and its tables.
func killFirstStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "d")
	cmd := process("policy", "list", "--data", data)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(rand.N(120*time.Millisecond), func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	agree(t, data, nil)
}

// killPublish kills a process that publishes one file.
func killPublish(t *testing.T, data string, acks acknowledged) {
	file := policyFilesIn(t, t.TempDir(), 1)[0]
	cmd := process("policy", "publish", "--data", data, file)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(rand.N(900*time.Millisecond), func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	acks.note(out.String())
}

// killService kills a service while others publish through it and make its index anew.
func killService(t *testing.T, data string, acks acknowledged) {
	cmd := process("serve", "--addr", "127.0.0.1:0", "--data", data)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		_ = cmd.Wait()
		t.Fatalf("the service does not start: %v: %s", err, stderr.String())
	}
	var mu sync.Mutex
	var clients sync.WaitGroup
	for c := range 3 {
		files := policyFilesIn(t, t.TempDir(), 20)
		clients.Go(func() {
			for _, f := range files {
				args := []string{"policy", "publish", "--data", data, f}
				if c == 0 {
					args = []string{"reindex", "--data", data}
				}
				status, out, stderr := wence(t, t.Context(), "", args...)
				mu.Lock()
				acks.note(out)
				mu.Unlock()
				if strings.Contains(stderr, "changed by somebody else") {
					continue // they publish the same documents
				}
				if status != 0 {
					if !strings.Contains(stderr, "it ended before") && !strings.Contains(stderr, "takes no commands") && !strings.Contains(stderr, "in use") {
						t.Logf("while it is killed: %s", stderr)
					}
					return
				}
			}
		})
	}
	time.AfterFunc(rand.N(700*time.Millisecond), func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	clients.Wait()
}

// agree opens the folder and checks that nothing acknowledged is missing, nothing is half
// there, and the index has what the log says.
func agree(t *testing.T, data string, acks acknowledged) {
	t.Helper()
	if _, err := os.Stat(data); err != nil {
		return // killed before it was made
	}
	h, err := openStored(t.Context(), data, withIndex)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := h.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	entries, err := h.store.Entries(t.Context(), 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	found := map[int64]string{}
	for _, e := range entries {
		found[e.Seq] = e.Document + " " + e.Revision
	}
	for seq, want := range acks {
		if found[seq] != want {
			t.Errorf("entry %d was acknowledged as %s and is %q", seq, want, found[seq])
		}
	}
	at, err := h.follower.Cursor(t.Context())
	if err != nil || at.Seq != int64(len(entries)) {
		t.Errorf("the index is at %d, %v, the log at %d", at.Seq, err, len(entries))
	}
	heads, err := h.store.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range heads {
		if e.Kind != bot.KindPut {
			continue
		}
		d, err := h.store.Document(t.Context(), e.Document, e.Revision)
		if err != nil {
			t.Fatal(err)
		}
		want += len(d.Clauses)
	}
	if _, got, err := h.follower.Frequencies(t.Context(), nil); err != nil || got != want {
		t.Errorf("the index has %d clauses, %v, the documents have %d", got, err, want)
	}
}
