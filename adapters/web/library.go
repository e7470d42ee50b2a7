package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A policy is a document as it stands today, and what a search of it needs.
type policy struct {
	*bot.Policy
	folding *folding
}

// Year returns the year in which the policy was written, or "".
func (p *policy) Year() string {
	for _, day := range []string{p.Written, p.Published, p.Effective} {
		if len(day) >= 4 {
			return day[:4]
		}
	}
	return ""
}

// A duty is one responsibility of a bureau and where it stands.
type duty struct {
	Document *corpus.Document
	Clause   *corpus.Clause
	corpus.Responsibility
}

// A bureau is everything that the documents in force make a body responsible for.
type bureau struct {
	Name   string
	Own    []duty // that the clause itself gives it
	Shared []duty // that a standing note gives it
}

// Documents returns the documents that give the bureau duties.
func (b *bureau) Documents() []*corpus.Document {
	var out []*corpus.Document
	for _, d := range slices.Concat(b.Own, b.Shared) {
		if !slices.Contains(out, d.Document) {
			out = append(out, d.Document)
		}
	}
	return out
}

// A library is what there is to read. It is not changed but replaced.
type library struct {
	seq      int64  // of the last entry of the log that it knows
	day      string // on which it says what is in force
	policies []*policy
	bureaus  []*bureau // those with the most duties of their own first
}

// policy returns the policy with an ID, or nil.
func (l *library) policy(id string) *policy {
	for _, p := range l.policies {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// bureau returns the bureau with a full name, or nil.
func (l *library) bureau(name string) *bureau {
	for _, b := range l.bureaus {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// A shelf keeps the library until something is published or a day is over.
type shelf struct {
	store bot.Store
	mu    sync.Mutex
	kept  *library
	asked time.Time // when the log was last asked for news
	files sync.Map  // corpus.Ref without path → name of the original file, ""  if there is none
}

// fileName returns the name of the file that a revision came in as, or "". A file is
// megabytes, so it is read once for its name.
func (s *shelf) fileName(ctx context.Context, d *corpus.Document) (string, error) {
	ref := corpus.Ref{Document: d.ID, Revision: d.Revision}
	if name, ok := s.files.Load(ref); ok {
		return name.(string), nil
	}
	f, err := s.store.Original(ctx, d.ID, d.Revision)
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return "", err
	}
	s.files.Store(ref, f.Name)
	return f.Name, nil
}

// library returns what there is to read now.
func (s *shelf) library(ctx context.Context) (*library, error) { return s.noOlderThan(ctx, 0) }

// noOlderThan returns what there is to read now, or was that long ago at most.
func (s *shelf) noOlderThan(ctx context.Context, age time.Duration) (*library, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	day := corpus.DayOf(now)
	if s.kept != nil && s.kept.day == day {
		if now.Sub(s.asked) < age {
			return s.kept, nil
		}
		s.asked = now
		news, err := s.store.Entries(ctx, s.kept.seq, 1)
		if err != nil {
			return nil, fmt.Errorf("web: look for news: %w", err)
		}
		if len(news) == 0 {
			return s.kept, nil
		}
	}
	l, err := readLibrary(ctx, s.store, day)
	if err == nil {
		l.keepFolded(s.kept)
		s.kept = l
	}
	return l, err
}

func readLibrary(ctx context.Context, store bot.Store, day string) (*library, error) {
	policies, seq, err := bot.Policies(ctx, store, day)
	if err != nil {
		return nil, fmt.Errorf("web: read the library: %w", err)
	}
	l := &library{day: day, seq: seq}
	byName := map[string]*bureau{}
	for _, p := range policies {
		l.policies = append(l.policies, &policy{Policy: p, folding: &folding{}})
		if p.InForce() {
			l.addDuties(p.Document, byName)
		}
	}
	slices.SortStableFunc(l.policies, func(a, b *policy) int {
		if a.InForce() != b.InForce() {
			return map[bool]int{true: -1, false: 1}[a.InForce()]
		}
		return strings.Compare(b.Written, a.Written)
	})
	slices.SortStableFunc(l.bureaus, func(a, b *bureau) int {
		if n := len(b.Own) - len(a.Own); n != 0 {
			return n
		}
		return len(b.Shared) - len(a.Shared)
	})
	return l, nil
}

// keepFolded takes over what an earlier library has folded of the same texts; nil is none.
func (l *library) keepFolded(earlier *library) {
	if earlier == nil {
		return
	}
	folded := map[corpus.Ref]*folding{}
	for _, p := range earlier.policies {
		if p.folding.done.Load() {
			folded[p.Ref(nil)] = p.folding
		}
	}
	for _, p := range l.policies {
		if f := folded[p.Ref(nil)]; f != nil {
			p.folding = f
		}
	}
}

func (l *library) addDuties(d *corpus.Document, byName map[string]*bureau) {
	for i := range d.Clauses {
		for _, r := range d.Clauses[i].Responsibilities {
			b := byName[r.Bureau]
			if b == nil {
				b = &bureau{Name: r.Bureau}
				byName[r.Bureau] = b
				l.bureaus = append(l.bureaus, b)
			}
			if r.Inherited {
				b.Shared = append(b.Shared, duty{d, &d.Clauses[i], r})
			} else {
				b.Own = append(b.Own, duty{d, &d.Clauses[i], r})
			}
		}
	}
}
