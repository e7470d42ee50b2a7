package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

type bureausData struct {
	Text    string // that their names must have
	Total   int    // without Text
	Bureaus []*bureau
}

func (s *Server) listBureaus(g *gin.Context) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return
	}
	data := bureausData{Text: query(g, "q"), Total: len(l.bureaus)}
	word := s.Wording.fold(data.Text)
	for _, b := range l.bureaus {
		if strings.Contains(s.Wording.fold(b.Name), word) {
			data.Bureaus = append(data.Bureaus, b)
		}
	}
	s.show(g, http.StatusOK, "bureaus", page{Title: "责任部门", Place: "bureaus", Data: data})
}

// readBureau shows all duties of a bureau, also those under names that it had before.
func (s *Server) readBureau(g *gin.Context) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return
	}
	known := corpus.Bureau{Name: g.Param("name")}
	if s.Bureaus != nil {
		all, err := s.Bureaus.Bureaus(g.Request.Context())
		if err != nil {
			s.fail(g, err)
			return
		}
		if i := slices.IndexFunc(all, func(k corpus.Bureau) bool { return k.Name == known.Name }); i >= 0 {
			known = all[i]
		} else if i := slices.IndexFunc(all, func(k corpus.Bureau) bool { return slices.Contains(formerNames(k), known.Name) }); i >= 0 {
			g.Redirect(http.StatusFound, bureauURL(all[i].Name))
			return
		}
	}
	b, found := &bureau{Name: known.Name}, false
	for _, name := range append([]string{known.Name}, formerNames(known)...) {
		if listed := l.bureau(name); listed != nil {
			b.Own, b.Shared, found = append(b.Own, listed.Own...), append(b.Shared, listed.Shared...), true
		}
	}
	if word := s.Wording.fold(known.Name); !found && slices.ContainsFunc(l.bureaus, func(b *bureau) bool { return strings.Contains(s.Wording.fold(b.Name), word) }) {
		g.Redirect(http.StatusFound, "/b?q="+url.QueryEscape(known.Name)) // a part of a name
		return
	}
	if !found {
		s.problem(g, goneBureau)
		return
	}
	s.show(g, http.StatusOK, "bureau", page{Title: b.Name, Place: "bureaus", Data: bureauData{b, known}})
}

// A phoneBook has the phone numbers that admins filled in. Each answer looks into it, so
// it is read again after a second at the soonest.
type phoneBook struct {
	source bot.Bureaus // may be nil
	mu     sync.Mutex
	read   time.Time
	phones map[string]string // by full name
}

// numbers returns the phone numbers by the full names of the bureaus that have one.
func (p *phoneBook) numbers(ctx context.Context) (map[string]string, error) {
	if p.source == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.read) > time.Second {
		all, err := p.source.Bureaus(ctx)
		if err != nil {
			return nil, fmt.Errorf("web: phone numbers: %w", err)
		}
		p.phones, p.read = map[string]string{}, now
		for _, b := range all {
			if b.Phone != "" {
				p.phones[b.Name] = b.Phone
			}
		}
	}
	return p.phones, nil
}

// documentDuties are the duties that one document gives.
type documentDuties struct {
	Document *corpus.Document
	Duties   []duty
}

// byDocument puts together what comes from one document, in the order of the first of each.
func byDocument(duties []duty) []documentDuties {
	var out []documentDuties
	for _, d := range duties {
		i := slices.IndexFunc(out, func(o documentDuties) bool { return o.Document == d.Document })
		if i < 0 {
			i = len(out)
			out = append(out, documentDuties{Document: d.Document})
		}
		out[i].Duties = append(out[i].Duties, d)
	}
	return out
}

func formerNames(b corpus.Bureau) []string {
	var out []string
	for _, f := range b.Former {
		out = append(out, f.Name)
	}
	return out
}

type bureauData struct {
	*bureau
	Known corpus.Bureau // what an admin filled in
}
