package store

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
)

// How the test binary is told to be the program that is killed, and how many times
// it is.
const (
	crashDir   = "WENCE_CRASH_DIR"
	crashKills = "WENCE_CRASH_KILLS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func follow(s *Store, dir string) (*index.Follower, error) {
	return index.Follow(ctx, index.FollowConfig{
		Source: bot.Changes(s), Home: bleve.Folder{Path: filepath.Join(dir, "index"), Analyzer: pairs{}}, Build: "test", Batch: 8,
	})
}

// pairs is an index.Analyzer that starts at once: every two characters are a term.
type pairs struct{}

func (pairs) Normalize(text string) string { return text }
func (pairs) Sound(string) string          { return "" }

func (p pairs) Words(text string) []index.Token { return p.Terms(text) }
func (p pairs) WordsAndTerms(text string) (words, terms []index.Token) {
	return p.Terms(text), p.Terms(text)
}

func (pairs) Terms(text string) []index.Token {
	var out []index.Token
	runes := []rune(text)
	for i, start := 0, 0; i+1 < len(runes); i++ {
		term := string(runes[i : i+2])
		out = append(out, index.Token{Term: term, Start: start, End: start + len(term)})
		start += utf8.RuneLen(runes[i])
	}
	return out
}

// victim publishes until it is killed, and prints what was acknowledged. Every now
// and then it makes the index anew.
func victim(dir string) error {
	s, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	f, err := follow(s, dir)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		id := fmt.Sprint("d", rand.IntN(5))
		text := fmt.Sprintf("贷款贴息第%d-%d版。%s", os.Getpid(), i, strings.Repeat("由金融工作局负责。", rand.IntN(2000)))
		var e bot.Entry
		if i%7 == 6 {
			e, _, err = s.Withdraw(ctx, id, "张三", "")
		} else {
			p := bot.Publication{Document: storetest.Document(id, text), By: "张三", Original: bot.File{Name: "a.txt", Data: []byte(text)}}
			e, _, err = s.Publish(ctx, p)
		}
		if errors.Is(err, bot.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Println(e.Seq, e.Kind, e.Document, e.Revision, e.Hash)
		if i%3 == 2 {
			err = f.CatchUp(ctx)
		} else if i%20 == 18 {
			err = f.Rebuild(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// TestKill kills a publishing process at random moments. WENCE_CRASH_KILLS=200
// makes it as many times.
func TestKill(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	if v := os.Getenv(crashKills); v != "" {
		var err error
		if kills, err = strconv.Atoi(v); err != nil {
			t.Fatalf("%s: %v", crashKills, err)
		}
	}
	dir, acknowledged := t.TempDir(), map[int64]string{}
	for range kills {
		if runVictim(t, dir, acknowledged); t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d entries acknowledged", kills, len(acknowledged))
}

// runVictim lets a victim run for a while, adds what it acknowledged, and checks
// that all of it is there.
func runVictim(t *testing.T, dir string, acknowledged map[int64]string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	// A third of them is killed while it starts, the others while they publish.
	kill := func(within time.Duration) {
		time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() })
	}
	early := rand.IntN(3) == 0
	if early {
		kill(150 * time.Millisecond)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" && !early {
			kill(100 * time.Millisecond)
		}
		var seq int64
		if _, err := fmt.Sscan(lines.Text(), &seq); err == nil && strings.Count(lines.Text(), " ") == 4 {
			acknowledged[seq] = lines.Text()
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the victim ended by itself: %v\n%s", err, stderr.String())
	}
	agree(t, dir, acknowledged)
}

// agree opens the data directory and checks that everything acknowledged is there,
// nothing is half there, and the index has what the log says.
func agree(t *testing.T, dir string, acknowledged map[int64]string) {
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
	entries, err := s.Entries(ctx, 0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	found, revision := 0, map[string]string{}
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			t.Fatalf("entry %d has seq %d", i+1, e.Seq)
		}
		if line, ok := acknowledged[e.Seq]; ok {
			found++
			if got := fmt.Sprint(e.Seq, " ", e.Kind, " ", e.Document, " ", e.Revision, " ", e.Hash); got != line {
				t.Errorf("acknowledged %s, found %s", line, got)
			}
		}
		if revision[e.Document] = ""; e.Kind == bot.KindPut {
			revision[e.Document] = e.Revision
		}
	}
	if found != len(acknowledged) {
		t.Errorf("%d of %d acknowledged entries are lost", len(acknowledged)-found, len(acknowledged))
	}
	f, err := follow(s, dir)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := f.Cursor(ctx); err != nil || at.Seq != int64(len(entries)) {
		t.Errorf("the index is at %d, %v, the log at %d", at.Seq, err, len(entries))
	}
	hits, err := f.Search(ctx, index.Query{Terms: []index.Term{{Text: "贴息", Boost: 1}}, Limit: 100})
	if err != nil {
		t.Error(err)
	}
	for _, h := range hits {
		if revision[h.Ref.Document] != h.Ref.Revision {
			t.Errorf("the index has %v, the log revision %q", h.Ref, revision[h.Ref.Document])
		}
		delete(revision, h.Ref.Document)
	}
	for id, r := range revision {
		if r != "" {
			t.Errorf("the index does not have %s %s", id, r)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
