package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/wence-bot/wence/corpus"
)

// ActionForce is the audit action of a publication that was made although something
// spoke against it.
const ActionForce = "publish.force"

// A ProblemKind says what speaks against publishing a document.
type ProblemKind string

// The problems.
const (
	NoClauses     ProblemKind = "no_clauses"     // nothing in it can be cited
	OtherDocument ProblemKind = "other_document" // its number is that of another document
	NotLaw        ProblemKind = "not_in_force"   // a draft, or repealed or expired already
	LostMeaning   ProblemKind = "not_understood" // see corpus.Warning.Lost
	NoBureaus     ProblemKind = "no_bureaus"     // the version before names bureaus, this one none
	OlderVersion  ProblemKind = "older"          // the current version is newer
	BrokenGolden  ProblemKind = "golden"         // a golden question would be answered wrongly that is not now
)

// A Problem speaks against publishing a document. Message says what is wrong and how
// to mend it.
type Problem struct {
	Kind    ProblemKind
	Line    int // of Document.Text, 0 if it is no line's
	Message string
}

// RefusedError is returned for a publication that something speaks against.
type RefusedError struct{ Problems []Problem }

func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return "not published: " + strings.Join(lines, "; ")
}

// String prints the problem with its line.
func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return p.Message
}

// A Follower keeps an index in step with the document log: index.Follower.
type Follower interface {
	CatchUp(ctx context.Context) error
}

// A Publisher puts policies in and takes them out while questions are answered. It is
// safe for concurrent use.
type Publisher struct {
	Store    Store
	Auditor  Auditor
	Index    Follower
	Bureaus  Bureaus
	Register *corpus.Register // without what Bureaus know
	Bot      *Bot             // nil if nobody asks: then only the index follows
	Records  Records          // what was asked before, for Preview; nil if nothing is kept

	editing sync.Mutex // one edit of a bureau at a time: each looks at all others
}

// Review returns what speaks against publishing a document, and the revision that is
// current, nil if there is none.
func (p *Publisher) Review(ctx context.Context, d *corpus.Document) ([]Problem, *corpus.Document, error) {
	current, err := p.current(ctx, d.ID)
	if err != nil {
		return nil, nil, err
	}
	var out []Problem
	add := func(kind ProblemKind, line int, format string, args ...any) {
		out = append(out, Problem{kind, line, fmt.Sprintf(format, args...)})
	}
	if len(d.Clauses) == 0 {
		add(NoClauses, 0, "no clause was found in it; see what is understood of it: wence parse FILE")
		return out, current, nil
	}
	if current != nil && isOther(current, d) {
		add(OtherDocument, 0, "%s is in already as another document, 《%s》: correct the number or title of one of them, or withdraw that one", d.ID, current.Title)
	}
	if why := olderThan(d, current); why != "" {
		add(OlderVersion, 0, "%s", why)
	}
	if p.Bot != nil {
		if status := d.StatusOn(p.Bot.today()); status != corpus.InForce && status != corpus.Amended && status != corpus.Pending {
			add(NotLaw, 0, "it is %s (until %s), so it would answer nothing", status, orDash(d.Expires))
		}
	}
	if current != nil && bureaus(current) > 0 && bureaus(d) == 0 {
		add(NoBureaus, 0, "it makes nobody responsible, the version before names %d bureaus", bureaus(current))
	}
	for _, w := range d.Warnings {
		if w.Lost {
			add(LostMeaning, w.Line, "%s", w.Message)
		}
	}
	return out, current, nil
}

// current returns the revision of a document that was published last, nil if there is
// none or it was withdrawn.
func (p *Publisher) current(ctx context.Context, id string) (*corpus.Document, error) {
	history, err := p.Store.History(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	last := history[len(history)-1]
	if last.Kind != KindPut {
		return nil, nil
	}
	return p.Store.Document(ctx, id, last.Revision)
}

// keptOfOther is the part of its clauses that a document at least shares with another
// version of itself if it has another title.
const keptOfOther = 0.3

// isOther reports whether a document with the ID of another one is no version of it:
// it is of another place, or it has another title and hardly a clause of it.
func isOther(current, d *corpus.Document) bool {
	if current.Region != "" && d.Region != "" && current.Region != d.Region {
		return true
	}
	if current.Title == d.Title {
		return false
	}
	kept := len(d.Clauses)
	for _, c := range corpus.Diff(current, d).Clauses {
		if c.Kind == corpus.Added {
			kept--
		}
	}
	return float64(kept) < keptOfOther*float64(len(d.Clauses))
}

// olderThan says why a document is, or may be, an older version of itself than the
// current one, "" if it is not. Days decide: one without a day replaces none that has one.
func olderThan(d, current *corpus.Document) string {
	if current == nil || current.Revision == d.Revision {
		return ""
	}
	mine, theirs := d.Dated(), current.Dated()
	switch {
	case theirs == "" || mine >= theirs:
		return ""
	case mine == "":
		return fmt.Sprintf("it has no date, and the current version of %s is of %s: it may be older; add its date (成文日期) to the text, or publish it with --force --reason WHY", d.ID, theirs)
	}
	return fmt.Sprintf("it is of %s, the current version of %s is of %s: to go back, use \"wence policy rollback\", or publish it with --force --reason WHY; if it is another policy, give it a number or title of its own", mine, d.ID, theirs)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// bureaus counts the bodies that a document makes responsible.
func bureaus(d *corpus.Document) int {
	names := map[string]bool{}
	for i := range d.Clauses {
		for _, r := range d.Clauses[i].Responsibilities {
			names[r.Bureau] = true
		}
	}
	return len(names)
}

// A Test is what a publication has to pass.
type Test struct {
	Golden []Asked // questions that must not be answered wrongly afterwards
	Force  bool    // publish whatever speaks against it; needs a reason and is recorded
}

// Publish makes a revision current, and has it answered from when it returns. If
// something speaks against it, it fails with a RefusedError. An error after the
// revision was stored says so: publishing it again is safe.
func (p *Publisher) Publish(ctx context.Context, pub Publication, test Test) (Entry, bool, error) {
	if err := pub.Check(); err != nil {
		return Entry{}, false, err
	}
	problems, current, err := p.Review(ctx, pub.Document)
	if err != nil {
		return Entry{}, false, err
	}
	if len(test.Golden) > 0 && p.Bot != nil {
		preview, err := p.Preview(ctx, pub.Document, test.Golden)
		if err != nil {
			return Entry{}, false, err
		}
		problems = preview.Problems
	}
	if current != nil && current.Revision == pub.Document.Revision {
		problems = nil // somebody has answered for it already
	}
	if len(problems) > 0 {
		if !test.Force || problems[0].Kind == NoClauses { // nothing would answer
			return Entry{}, false, &RefusedError{problems}
		}
		if strings.TrimSpace(pub.Reason) == "" {
			return Entry{}, false, fmt.Errorf("publish document %s: to publish it all the same, say why: %w", pub.Document.ID, ErrInvalid)
		}
		detail := fmt.Sprintf("revision=%s reason=%q against: %v", pub.Document.Revision, pub.Reason, &RefusedError{problems})
		if _, err := p.Auditor.Record(ctx, AuditEntry{By: pub.By, Action: ActionForce, Subject: pub.Document.ID, Detail: detail}); err != nil {
			return Entry{}, false, err
		}
	}
	if pub.Base == "" { // what was reviewed is what is replaced
		if pub.Base = NoRevision; current != nil {
			pub.Base = current.Revision
		}
	}
	return p.put(ctx, pub)
}

// Import stores a revision unless it cannot be a policy, is another document of the same
// number or an older version of itself; what else speaks against it is left to who reads
// the warnings. It is
// answered from after Settle.
func (p *Publisher) Import(ctx context.Context, pub Publication) (Entry, bool, error) {
	if err := pub.Check(); err != nil {
		return Entry{}, false, err
	}
	problems, current, err := p.Review(ctx, pub.Document)
	if err != nil {
		return Entry{}, false, err
	}
	for _, x := range problems {
		if x.Kind == OtherDocument && current.Revision == pub.Document.Revision {
			continue // somebody says that it is of another place
		}
		if x.Kind == NoClauses || x.Kind == OtherDocument || x.Kind == OlderVersion {
			return Entry{}, false, &RefusedError{[]Problem{x}}
		}
	}
	return p.Store.Publish(ctx, pub)
}

// Rollback makes an old revision current again, with its file.
func (p *Publisher) Rollback(ctx context.Context, id, revision, by, reason string) (Entry, bool, error) {
	d, err := p.Store.Document(ctx, id, revision)
	if err != nil {
		return Entry{}, false, err
	}
	file, err := p.Store.Original(ctx, id, revision)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Entry{}, false, err
	}
	return p.put(ctx, Publication{Document: d, Original: file, By: by, Reason: reason})
}

func (p *Publisher) put(ctx context.Context, pub Publication) (Entry, bool, error) {
	e, changed, err := p.Store.Publish(ctx, pub)
	if err != nil || !changed {
		return e, changed, err
	}
	return e, changed, p.settled(ctx, e)
}

func (p *Publisher) settled(ctx context.Context, e Entry) error {
	if err := p.Settle(context.WithoutCancel(ctx)); err != nil { // it is stored: who asked for it may go now
		return fmt.Errorf("entry %d of the log is stored, but the answers do not follow yet; do it again: %w", e.Seq, err)
	}
	return nil
}

// Settle has everything answered from that the store has. The index must have the bot
// learn before it follows (index.FollowConfig.Before): the bot searches beside the
// index what that lacks, so at no moment is there a document in neither. Afterwards the
// bot lets go of what it held meanwhile.
func (p *Publisher) Settle(ctx context.Context) error {
	if err := p.Index.CatchUp(ctx); err != nil {
		return err
	}
	if p.Bot == nil {
		return nil
	}
	return p.Bot.Reload(ctx)
}
