package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A turnView is an exchange as the pages show it.
type turnView struct {
	bot.Exchange
	Lines   []string // what the bot says in its own words
	Matters []matterView
	Related []string // what else to ask
	Vote    bot.Vote // of who looks at it
	Reason  string
	Ticket  string // ID, if a person takes over
}

// A matterView is one cited clause with who is responsible for it.
type matterView struct {
	bot.Citation // the first of the clause
	Path         string
	State        corpus.Status // of the document now
	Quotes       []bot.Citation
	Groups       []bureauGroup
}

// A bureauGroup is the bureaus with one role, for one or several reasons.
type bureauGroup struct {
	Role    corpus.Role
	Bureaus []chip
	Basis   string  // where the words stand that say so, if not in the clause
	Words   []words // those words; empty if they are those of the next group
}

// words are a part of a document and where it is shown marked.
type words struct{ Text, URL string }

// A chip names a bureau.
type chip struct {
	Name   string // today
	Listed string // the name under which the documents have it; usually the same
	Phone  string // as an admin filled it in; empty if nobody did
}

// relatedShown is how many further questions an answer offers.
const relatedShown = 3

// answerView prepares an exchange as it is answered, before anything came of it.
func (s *Server) answerView(ctx context.Context, e bot.Exchange) (turnView, error) {
	t := turnView{Exchange: e, Lines: e.Answer.Remarks, Related: e.Answer.Suggestions}
	if len(e.Answer.Citations) == 0 {
		t.Lines = lines(e.Answer.Text)
	}
	l, err := s.shelf.noOlderThan(ctx, time.Second) // thousands of answers a second need not all ask for news
	if err != nil {
		return t, err
	}
	for _, c := range e.Answer.Citations {
		ref := refOf(c)
		if i := slices.IndexFunc(t.Matters, func(m matterView) bool { return m.Ref == ref }); i >= 0 {
			t.Matters[i].Quotes = append(t.Matters[i].Quotes, c)
			continue
		}
		m := matterView{Citation: c, Path: ref.Path, State: c.Document.Status, Quotes: []bot.Citation{c}}
		m.Ref = ref
		p := l.policy(c.Document.ID)
		if p != nil {
			m.State = p.State
		}
		if err := s.groups(ctx, p, &m, e.Answer.Bureaus); err != nil {
			return t, err
		}
		t.Matters = append(t.Matters, m)
	}
	if len(t.Related) == 0 && len(t.Matters) > 0 {
		t.Related = s.Offers.Related(t.Matters[0].Ref, e.Question, relatedShown)
	}
	return t, nil
}

// turnViews prepares exchanges for who looks at them, with what came of them.
func (s *Server) turnViews(ctx context.Context, viewer string, exchanges ...bot.Exchange) ([]turnView, error) {
	if len(exchanges) == 0 {
		return nil, nil
	}
	tickets, err := s.Records.Tickets(ctx, ticketsSearched)
	if err != nil {
		return nil, fmt.Errorf("web: tickets: %w", err)
	}
	var out []turnView
	for _, e := range exchanges {
		if e.Question == "" {
			continue // a conversation began anew
		}
		t, err := s.answerView(ctx, e)
		if err != nil {
			return nil, err
		}
		feedback, err := s.Records.FeedbackOn(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("web: feedback: %w", err)
		}
		for _, f := range feedback {
			if f.User == viewer && f.Vote != bot.VoteNone {
				t.Vote, t.Reason = f.Vote, f.Reason
			}
		}
		for _, k := range tickets {
			if k.Answer == e.ID && k.Conversation == e.Conversation {
				t.Ticket = k.ID
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// ticketsSearched bounds how many of the last tickets are searched for those of an answer.
const ticketsSearched = 200

// refOf returns what a citation cites. One that was kept has its Ref in the URL only.
func refOf(c bot.Citation) corpus.Ref {
	if c.Ref != (corpus.Ref{}) {
		return c.Ref
	}
	ref := corpus.Ref{Document: c.Document.ID}
	if u, err := url.Parse(c.URL); err == nil {
		ref.Revision = u.Query().Get("rev")
		if p, err := corpus.ParseAnchor(u.Fragment); err == nil {
			ref.Path = p.String()
		}
	}
	return ref
}

// groups finds who is responsible for a matter, and the words that say so. Only
// bureaus that the answer names are shown. p is the document now, or nil.
func (s *Server) groups(ctx context.Context, p *policy, m *matterView, named []bot.ResponsibleBureau) error {
	var d *corpus.Document
	if p != nil && p.Revision == m.Ref.Revision {
		d = p.Document
	} else {
		var err error
		if d, err = s.Store.Document(ctx, m.Ref.Document, m.Ref.Revision); errors.Is(err, bot.ErrNotFound) {
			return nil // an answer from before there was a store
		} else if err != nil {
			return err
		}
	}
	clause := d.Clause(m.Ref.Path)
	if clause == nil {
		return nil
	}
	m.Groups = groupsOf(d, clause, func(listed string) string {
		for _, b := range named {
			if b.Name == listed || b.Formerly == listed {
				return b.Name
			}
		}
		return ""
	})
	phones, err := s.phones.numbers(ctx)
	if err != nil {
		return err
	}
	for _, g := range m.Groups {
		for i := range g.Bureaus {
			g.Bureaus[i].Phone = phones[g.Bureaus[i].Name]
		}
	}
	if len(m.Groups) > groupsShown {
		m.Groups = merge(m.Groups, anyway) // or they would hide the quote
	}
	for i := 0; i+1 < len(m.Groups); i++ {
		if g, next := &m.Groups[i], m.Groups[i+1]; g.Basis == next.Basis && slices.Equal(g.Words, next.Words) {
			g.Words = nil // they stand below the next role
		}
	}
	return nil
}

// groupsShown is how many groups are shown before those of one role become one.
const groupsShown = 3

// roleOrder is the order in which roles are shown.
var roleOrder = []corpus.Role{corpus.Lead, corpus.Responsible, corpus.Joint, corpus.Guide, corpus.Participate, corpus.Shared}

// groupsOf groups the responsibilities of a clause by role and reason. nameOf returns how
// a bureau of the document is called today; empty: it is left out.
func groupsOf(d *corpus.Document, c *corpus.Clause, nameOf func(listed string) string) []bureauGroup {
	var out []bureauGroup
	for _, role := range roleOrder {
		first := len(out)
		for _, r := range c.Responsibilities {
			one := chip{Name: nameOf(r.Bureau), Listed: r.Bureau}
			if r.Role != role || one.Name == "" {
				continue
			}
			basis := ""
			if r.Inherited {
				basis = r.Basis.String()
			}
			says := words{r.Quote, spanURL(d, r.Basis, r.Start, r.End)}
			i := slices.IndexFunc(out[first:], func(g bureauGroup) bool { return g.Words[0].Text == says.Text && g.Basis == basis })
			if i < 0 {
				out = append(out, bureauGroup{Role: role, Basis: basis, Words: []words{says}})
				i = len(out) - 1 - first
			}
			if g := &out[first+i]; !slices.Contains(g.Bureaus, one) {
				g.Bureaus = append(g.Bureaus, one)
			}
		}
	}
	return merge(out, func(a, b bureauGroup) bool { return slices.Equal(a.Bureaus, b.Bureaus) })
}

// merge puts groups of one role and basis together where alike says so.
func merge(groups []bureauGroup, alike func(a, b bureauGroup) bool) []bureauGroup {
	var out []bureauGroup
	for _, g := range groups {
		i := slices.IndexFunc(out, func(o bureauGroup) bool { return o.Role == g.Role && o.Basis == g.Basis && alike(o, g) })
		if i < 0 {
			out = append(out, g)
			continue
		}
		for _, b := range g.Bureaus {
			if !slices.Contains(out[i].Bureaus, b) {
				out[i].Bureaus = append(out[i].Bureaus, b)
			}
		}
		out[i].Words = append(out[i].Words, g.Words...)
	}
	return out
}

// spanURL returns where a part of a document is shown marked.
func spanURL(d *corpus.Document, p corpus.Path, start, end int) string {
	return fmt.Sprintf("%s?rev=%s&at=%d-%d#%s", policyURL(d), url.QueryEscape(d.Revision), start, end, p.Anchor())
}
