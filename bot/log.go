package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// The errors of a Store, beside ErrNotFound. They are wrapped with what was tried.
var (
	// ErrInvalid: what was asked for can never be stored. Asking again is useless.
	ErrInvalid = errors.New("invalid")
	// ErrConflict: somebody else published in between. Look again, then decide.
	ErrConflict = errors.New("changed by somebody else")
	// ErrFull: there is no room to write. Reading still works; try again later.
	ErrFull = errors.New("disk full")
	// ErrDamaged: what is stored is not what was written. Restore a backup.
	ErrDamaged = errors.New("damaged data")
)

// Kind says what a log entry did.
type Kind string

// The kinds of log entries.
const (
	KindPut      Kind = "put"      // this revision is current from now on
	KindWithdraw Kind = "withdraw" // the document has no current revision any more
)

// An Entry is one step of the document log. It is never changed.
type Entry struct {
	Seq      int64 // 1, 2, 3 … without gaps
	Kind     Kind
	Document string
	Revision string // of a withdrawal: the revision that was current
	At       time.Time
	By       string // who did it
	Reason   string // why, in their words; may be empty
	// Hash names the entry and all that was done before it (the hash of its
	// AuditEntry): two logs with the same hash at the same Seq have the same past.
	Hash string
}

// A File is the file that a revision was read from, as it came in.
type File struct {
	Name   string // without folders, as in 方案.docx
	Data   []byte // at most MaxFile bytes; may be empty if there was no file
	SHA256 string // hexadecimal; set by the Store
}

// MaxFile bounds the size of an original file in bytes.
const MaxFile = 64 << 20

// NoRevision is the Base of a Publication that expects the document to be new or
// withdrawn.
const NoRevision = "none"

// A Publication asks a Store to make a revision current.
type Publication struct {
	Document *corpus.Document // not changed afterwards by anybody
	Original File
	By       string
	Reason   string
	// Base is the revision that By saw as current, or NoRevision. If another one is
	// current by now the publication fails with ErrConflict. Empty: whatever there is.
	Base string
}

// Check returns what makes the publication impossible, an ErrInvalid, or nil.
// Every Store calls it first.
func (p Publication) Check() error {
	d := p.Document
	wrong := ""
	switch {
	case d == nil:
		wrong = "there is no document"
	case d.ID == "" || !isText(d.ID):
		wrong = fmt.Sprintf("%q cannot be the ID of a document", d.ID)
	case d.Text == "" || !isText(d.Text):
		wrong = "its text is empty or not UTF-8 without NUL"
	case d.Revision != corpus.RevisionOf(d.Text):
		wrong = fmt.Sprintf("revision %q is not that of its text, %s", d.Revision, corpus.RevisionOf(d.Text))
	case len(p.Original.Data) > MaxFile:
		wrong = fmt.Sprintf("its file has %d MB, more than %d MB: split it", len(p.Original.Data)>>20, MaxFile>>20)
	case !isText(p.Original.Name) || strings.ContainsAny(p.Original.Name, `/\`):
		wrong = fmt.Sprintf("%q cannot be the name of its file", p.Original.Name)
	}
	if wrong == "" {
		return CheckActor(p.By, p.Reason)
	}
	if d == nil {
		return fmt.Errorf("publish: %s: %w", wrong, ErrInvalid)
	}
	return fmt.Errorf("publish document %s: %s: %w", d.ID, wrong, ErrInvalid)
}

// CheckActor returns an ErrInvalid if nobody is named as the one who does it, or
// the words cannot be stored.
func CheckActor(by, reason string) error {
	if strings.TrimSpace(by) == "" {
		return fmt.Errorf("nobody is named as the one who does it: %w", ErrInvalid)
	}
	if !isText(by) || !isText(reason) {
		return fmt.Errorf("%q or its reason is not UTF-8 without NUL: %w", by, ErrInvalid)
	}
	return nil
}

// isText reports whether every database can keep s as text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// A Store keeps the policies for good: the append-only log of what was published
// and withdrawn, every revision that ever was, the files they came from. The log
// is the truth; whatever is derived from it (an index) can be made again.
//
// Implementations are safe for concurrent use. Each writing method is one
// transaction: when it returns without error its effect survives a crash of the
// machine, otherwise it had none. Reading goes on while somebody writes.
// storetest says all this as tests.
type Store interface {
	// Documents: Document finds every revision ever published, withdrawn ones too; if
	// a revision was published several times with different readings of its text,
	// it is the last. InForce returns of each document the revision that HeldOn names;
	// its order is that of their first publication.
	Documents

	// Publish makes a revision of a document current. Publishing what is current
	// already, unchanged, does nothing and returns the entry that made it so and
	// changed = false, so a publication can be repeated when its fate is unknown.
	// To roll back, publish an old revision again.
	Publish(ctx context.Context, p Publication) (e Entry, changed bool, err error)
	// Withdraw takes a document out of the current ones; it stays readable. A second
	// time does nothing, as with Publish. ErrNotFound if there never was such a
	// document, ErrInvalid if nobody is named.
	Withdraw(ctx context.Context, document, by, reason string) (e Entry, changed bool, err error)

	// Entries returns at most limit entries after seq, oldest first; 0 is before the
	// first. No entries and no error means that there are none yet.
	Entries(ctx context.Context, after int64, limit int) ([]Entry, error)
	// History returns all entries of one document, oldest first; ErrNotFound if there
	// are none.
	History(ctx context.Context, document string) ([]Entry, error)
	// Current returns the last entry of every document, in the order of their first
	// publication; those that are withdrawn are among them.
	Current(ctx context.Context) ([]Entry, error)
	// Original returns the file of a revision; if it was published several times, of
	// the last time that there was one. ErrNotFound if there is no such revision, or
	// no file.
	Original(ctx context.Context, document, revision string) (File, error)
}

// An AuditEntry 审计记录 says who did what and when. It is never changed.
type AuditEntry struct {
	Seq     int64 // 1, 2, 3 … without gaps
	At      time.Time
	By      string
	Action  string // as in publish, withdraw, login
	Subject string // what it was done to, as in the ID of a document
	Detail  string // for people; for a publication also the hashes of what was stored
	Hash    string // SHA-256 over this entry and the Hash of the one before, hexadecimal
}

// The actions that a Store records itself.
const (
	ActionPublish  = "publish"
	ActionWithdraw = "withdraw"
)

// storeActions are the actions of what a store itself does.
var storeActions = []string{ActionPublish, ActionWithdraw, ActionAnswer, ActionBureau, ActionBureauRemove, ActionLesson, ActionLessonRemove,
	ActionTicketOpen, ActionTicketReply, ActionTicketClose}

// Check returns what makes it impossible to record the entry, an ErrInvalid, or
// nil: By and Action are needed, and only a Store may say that it stored something.
func (e AuditEntry) Check() error {
	switch {
	case strings.TrimSpace(e.By) == "" || strings.TrimSpace(e.Action) == "":
		return fmt.Errorf("audit: who did it or what is missing: %w", ErrInvalid)
	case slices.Contains(storeActions, e.Action):
		return fmt.Errorf("audit: the store records %q itself: %w", e.Action, ErrInvalid)
	case !isText(e.By) || !isText(e.Action) || !isText(e.Subject) || !isText(e.Detail):
		return fmt.Errorf("audit: not UTF-8 without NUL: %w", ErrInvalid)
	}
	return nil
}

// An Auditor keeps a trail that shows if somebody changed it. Whatever changes a
// Store writes its AuditEntry in the same transaction.
type Auditor interface {
	// Record appends an entry; Seq, At and Hash are set by the Auditor. ErrInvalid if
	// Check says so.
	Record(ctx context.Context, e AuditEntry) (AuditEntry, error)
	// Trail returns at most limit entries after seq, oldest first.
	Trail(ctx context.Context, after int64, limit int) ([]AuditEntry, error)
	// Verify checks the whole trail, that the document log says the same, and every
	// stored byte against its hash. It returns the last entry, whose Hash, noted
	// elsewhere, shows later that nothing was cut off the end. The error is
	// ErrDamaged and names the first wrong entry.
	Verify(ctx context.Context) (AuditEntry, error)
}

// Changes returns the log of s as index.Follow wants it.
func Changes(s Store) index.Source { return changes{s} }

type changes struct{ store Store }

// Changes implements index.Source. Of several entries about one document only the
// last says something: who reads them all ends up with the same.
func (c changes) Changes(ctx context.Context, after int64, limit int) ([]index.Change, error) {
	entries, err := c.store.Entries(ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("bot: read log: %w", err)
	}
	last := map[string]int{}
	for i, e := range entries {
		last[e.Document] = i
	}
	out := make([]index.Change, len(entries))
	for i, e := range entries {
		out[i] = index.Change{Seq: e.Seq, Hash: e.Hash}
		if last[e.Document] != i {
			continue
		}
		out[i].Document = e.Document
		if e.Kind == KindPut {
			if out[i].Put, err = c.store.Document(ctx, e.Document, e.Revision); err != nil {
				return nil, fmt.Errorf("bot: read log at %d: %w", e.Seq, err)
			}
		}
	}
	return out, nil
}

// HeldBy returns Config.Held for an index that follows the log of s and has all
// entries up to applied().
func HeldBy(s Store, applied func() int64) func(ctx context.Context) (map[string]string, error) {
	return func(ctx context.Context) (map[string]string, error) {
		upTo := applied() // before the log is read: the index is never behind what it says
		heads, err := s.Current(ctx)
		if err != nil {
			return nil, err
		}
		held := map[string]string{}
		for _, e := range heads {
			if e.Kind == KindPut && e.Seq <= upTo {
				held[e.Document] = e.Revision
			}
		}
		return held, nil
	}
}
