package api

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A Scope is what a key may do.
type Scope string

// The scopes. Two are enough: policies are public, asking costs something.
const (
	ScopeAsk  Scope = "ask"  // ask, feedback, /v1/chat/completions
	ScopeRead Scope = "read" // search, documents, clauses, bureaus, responsibilities

	scopeAll  Scope = "ask read" // both of them: MCP
	scopeNone Scope = ""         // no key is needed
)

// Scopes are all scopes that a key can have.
var Scopes = []Scope{ScopeAsk, ScopeRead}

// A Key lets another system call the API. Its secret is not kept, only a hash.
type Key struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`             // whose it is, for people
	Hash   string    `json:"hash"`             // SHA-256 of the whole key, hexadecimal
	Scopes []Scope   `json:"scopes"`           // what it may do
	Rate   float64   `json:"rate,omitempty"`   // requests per second; 0: as all keys
	At     time.Time `json:"at"`               // when it was made
	Revoke string    `json:"revoke,omitempty"` // in a line that revokes the key with this ID: no other field but At

	Revoked time.Time `json:"-"` // zero: it is valid
}

// The form of a key: wence_ID_SECRET. The beginning lets scanners find keys that have
// leaked, the ID tells in a list which one it was. The secret has 130 bits, so a plain
// hash of it cannot be searched.
const (
	keyPrefix = "wence_"
	idLength  = 8
)

// The limits of a file of keys.
const (
	maxKeyFile = 4 << 20 // bytes
	maxKeyName = 100     // characters
)

// Keys are the keys in a file. Each line makes or revokes one, and lines are only ever
// added, so that keys can be made and revoked while a server runs, and the file shows
// who had one when. The server sees a change within a second. It is safe for
// concurrent use.
type Keys struct {
	path string
	now  func() time.Time

	mu      sync.Mutex
	checked time.Time // when the file was last looked at
	stamp   string    // size and time of the file that was read
	keys    map[string]*Key
	failed  error // why the file could not be read; nobody may call until it can
}

// OpenKeys reads the keys in a file. A file that is not there holds none. The error
// says which line is wrong.
func OpenKeys(path string) (*Keys, error) {
	k := &Keys{path: path, now: time.Now, keys: map[string]*Key{}}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	return k, k.failed
}

// List returns all keys, revoked ones too, in the order in which they were made.
func (k *Keys) List() []Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	out := make([]Key, 0, len(k.keys))
	for _, key := range k.keys {
		out = append(out, *key)
	}
	slices.SortFunc(out, func(a, b Key) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Create makes a key and returns it with its secret, which cannot be read again.
func (k *Keys) Create(name string, scopes []Scope, rate float64) (key Key, secret string, err error) {
	switch name = strings.TrimSpace(name); {
	case name == "" || utf8.RuneCountInString(name) > maxKeyName || !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\n\r"):
		return Key{}, "", fmt.Errorf("api key: name it after who will use it, in at most %d characters of one line", maxKeyName)
	case len(scopes) == 0:
		return Key{}, "", errors.New("api key: give it at least one scope: ask, read")
	case rate < 0 || rate != rate || rate > 1e6:
		return Key{}, "", fmt.Errorf("api key: %v requests per second is no rate; 0 is the usual one", rate)
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes, s) {
			return Key{}, "", fmt.Errorf("api key: there is no scope %q; there are ask and read", s)
		}
	}
	id := strings.ToLower(rand.Text()[:idLength])
	secret = keyPrefix + id + "_" + rand.Text()
	key = Key{ID: id, Name: name, Hash: hashOf(secret), Scopes: slices.Compact(slices.Sorted(slices.Values(scopes))), Rate: rate, At: k.now().UTC().Truncate(time.Second)}
	return key, secret, k.append(key)
}

// Revoke makes a key invalid for good. It reports whether it was valid.
func (k *Keys) Revoke(id string) (changed bool, err error) {
	i := slices.IndexFunc(k.List(), func(o Key) bool { return o.ID == id })
	if i < 0 {
		return false, fmt.Errorf("api key: there is no key %q in %s; see: wence key list", id, k.path)
	}
	if !k.List()[i].Revoked.IsZero() {
		return false, nil
	}
	return true, k.append(Key{Revoke: id, At: k.now().UTC().Truncate(time.Second)})
}

// append adds a line in one write, which other processes see as a whole.
func (k *Keys) append(line Key) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed != nil {
		return k.failed
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return fmt.Errorf("api keys: %w", err)
	}
	f, err := os.OpenFile(k.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("api keys: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("api keys: %w", err)
	}
	// A crash may have left half a line: begin a new one, whatever is there.
	if _, err := f.Write(append(append([]byte("\n"), b...), '\n')); err != nil {
		return fmt.Errorf("api keys: %w", err)
	}
	k.checked, k.stamp = time.Time{}, ""
	return f.Sync()
}

// find returns the valid key with a secret. any reports whether there is any key, be
// it revoked: then nobody may call without one.
func (k *Keys) find(secret string) (key *Key, any bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refresh()
	if k.failed != nil {
		return nil, true, k.failed
	}
	rest, ok := strings.CutPrefix(secret, keyPrefix)
	id, _, _ := strings.Cut(rest, "_")
	found := k.keys[id]
	if !ok || found == nil || !found.Revoked.IsZero() || subtle.ConstantTimeCompare([]byte(found.Hash), []byte(hashOf(secret))) != 1 {
		return nil, len(k.keys) > 0, nil
	}
	return found, true, nil
}

// refreshEvery bounds how often the file is looked at.
const refreshEvery = time.Second

// refresh reads the file again if it has changed. k.mu is held.
func (k *Keys) refresh() {
	now := k.now()
	if age := now.Sub(k.checked); age >= 0 && age < refreshEvery {
		return
	}
	k.checked = now
	info, err := os.Stat(k.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(k.keys) == 0:
		k.failed = nil
		return
	case err != nil:
		// A file that is gone must not open the door to everybody.
		k.failed, k.stamp = fmt.Errorf("api keys: %w; restore the file", err), ""
		return
	}
	stamp := fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	if stamp == k.stamp {
		return
	}
	k.stamp = stamp
	if info.Size() > maxKeyFile {
		k.failed = fmt.Errorf("api keys: %s is larger than %d MB", k.path, maxKeyFile>>20)
		return
	}
	b, err := os.ReadFile(k.path)
	if err != nil {
		k.failed = fmt.Errorf("api keys: %w", err)
		return
	}
	keys, err := parseKeys(b)
	if err != nil {
		k.failed = fmt.Errorf("api keys: %s: %w", k.path, err)
		return
	}
	k.keys, k.failed = keys, nil
}

// parseKeys reads the lines of a file of keys.
func parseKeys(b []byte) (map[string]*Key, error) {
	keys := map[string]*Key{}
	var torn error
	for i, line := range bytes.Split(b, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var key Key
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		err := dec.Decode(&key)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			// Half a line, which a crash left: nobody was told that it was kept.
			torn = fmt.Errorf("line %d is half a key; take it out", i+1)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("line %d is no key: %w; take it out", i+1, err)
		}
		switch {
		case key.Revoke != "" && keys[key.Revoke] == nil:
			return nil, fmt.Errorf("line %d revokes a key that no line before makes", i+1)
		case key.Revoke != "":
			if old := keys[key.Revoke]; old.Revoked.IsZero() {
				old.Revoked = key.At
				if old.Revoked.IsZero() {
					old.Revoked = time.Unix(0, 0)
				}
			}
		case key.ID == "" || len(key.Hash) != 2*sha256.Size || keys[key.ID] != nil:
			return nil, fmt.Errorf("line %d has no ID, no SHA-256 hash, or an ID that was there before", i+1)
		default:
			keys[key.ID] = &key
		}
	}
	if len(keys) == 0 {
		return nil, torn // a file cut short must not open the door to everybody
	}
	return keys, nil
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
