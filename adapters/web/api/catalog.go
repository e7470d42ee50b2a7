package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A catalog holds what lists are made of. It is made anew when the document log has
// grown, when a new day has put policies into or out of force, and when an admin has
// edited a bureau.
type catalog struct {
	store   Store
	plain   *corpus.Register // without what admins know
	bureaus bot.Bureaus      // nil: they know nothing
	mu      sync.Mutex
	last    *contents
}

// contents is the state of all lists at one point of the log. It is not changed.
type contents struct {
	seq       int64
	day       string
	version   string                 // names seq and day
	known     []corpus.Bureau        // by admins
	register  *corpus.Register       // with known
	policies  map[string]*bot.Policy // by ID, withdrawn ones too
	documents []listedDocument       // those that are not withdrawn
	bureaus   []bureauView           // of what is in force, by name
	duties    []dutyView             // of what is in force, in the order of documents and clauses
}

type listedDocument struct {
	documentView
	bureaus []string // that it makes responsible
}

// bureauView is a bureau with what the policies in force give it to do.
type bureauView struct {
	Name      string              `json:"name"`
	Aliases   []string            `json:"aliases"` // other names in use, without the place
	Clauses   int                 `json:"clauses"` // that make it responsible in any role
	Roles     map[corpus.Role]int `json:"roles"`   // how many of them in which role
	Documents []string            `json:"documents"`
}

// dutyView is one clause that makes one bureau responsible.
type dutyView struct {
	responsibilityView
	Document  bot.CitedDocument `json:"document"`
	Revision  string            `json:"revision"`
	Path      string            `json:"path"`
	Clause    string            `json:"clause"`
	Paragraph int               `json:"paragraph"`
	Headings  []string          `json:"headings"`
	URL       string            `json:"url"`
}

// now returns the contents as they are now.
func (c *catalog) now(ctx context.Context) (*contents, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	day, seq := corpus.DayOf(time.Now()), int64(0)
	if c.last != nil {
		seq = c.last.seq
	}
	grown := c.last == nil
	for {
		entries, err := c.store.Entries(ctx, seq, 1000)
		if err != nil {
			return nil, fmt.Errorf("api: read the log: %w", err)
		}
		if len(entries) == 0 {
			break
		}
		grown, seq = true, entries[len(entries)-1].Seq
	}
	var known []corpus.Bureau
	if c.bureaus != nil {
		var err error
		if known, err = c.bureaus.Bureaus(ctx); err != nil {
			return nil, fmt.Errorf("api: read the bureaus: %w", err)
		}
	}
	if !grown && c.last.day == day && reflect.DeepEqual(known, c.last.known) {
		return c.last, nil
	}
	register, err := c.plain.With(known)
	if err != nil {
		return nil, fmt.Errorf("api: read the bureaus: %w", err)
	}
	fresh := &contents{
		seq: seq, day: day, version: strconv.FormatInt(seq, 36) + "." + day,
		known: known, register: register, policies: map[string]*bot.Policy{},
	}
	if err := fresh.read(ctx, c.store); err != nil {
		return nil, err
	}
	c.last = fresh
	return fresh, nil
}

// read makes the contents. What is published while it reads may be in them already;
// the next call notices and reads again.
func (o *contents) read(ctx context.Context, store Store) error {
	policies, _, err := bot.Policies(ctx, store, o.day)
	if err != nil {
		return fmt.Errorf("api: %w", err)
	}
	bureaus := map[string]*bureauView{}
	for _, p := range policies {
		o.policies[p.ID] = p
		if p.State == corpus.Withdrawn {
			continue
		}
		d := o.asOfNow(p)
		l := listedDocument{documentView: viewDocument(d)}
		for i := range d.Clauses {
			for _, r := range d.Clauses[i].Responsibilities {
				if !slices.Contains(l.bureaus, r.Bureau) {
					l.bureaus = append(l.bureaus, r.Bureau)
				}
			}
			if l.InForce {
				o.addDuties(d, &d.Clauses[i], bureaus)
			}
		}
		o.documents = append(o.documents, l)
	}
	for name, b := range bureaus {
		b.Aliases = orEmpty(o.register.Aliases(name))
		o.bureaus = append(o.bureaus, *b)
	}
	slices.SortFunc(o.bureaus, func(a, b bureauView) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (o *contents) addDuties(d *corpus.Document, c *corpus.Clause, bureaus map[string]*bureauView) {
	seen := map[string]bool{}
	for _, r := range c.Responsibilities {
		o.duties = append(o.duties, dutyView{
			responsibilityView: viewResponsibility(r), Document: cited(d), Revision: d.Revision, Path: c.Path.String(),
			Clause: c.Path.Clause(), Paragraph: c.Path.Paragraph(), Headings: orEmpty(c.Headings), URL: bot.ClauseURL(d, c),
		})
		b := bureaus[r.Bureau]
		if b == nil {
			b = &bureauView{Name: r.Bureau, Roles: map[corpus.Role]int{}}
			bureaus[r.Bureau] = b
		}
		b.Roles[r.Role]++
		if !seen[r.Bureau] {
			seen[r.Bureau] = true
			b.Clauses++
		}
		if !slices.Contains(b.Documents, d.ID) {
			b.Documents = append(b.Documents, d.ID)
		}
	}
}

// about returns the contents as they are now, and what of them a filter can mean.
func (c *catalog) about(ctx context.Context, mention string) (*contents, []string, error) {
	all, err := c.now(ctx)
	if err != nil {
		return nil, nil, err
	}
	names, err := all.meant(mention)
	return all, names, err
}

// asOfNow returns the document of a policy with the status, and the names of the bureaus,
// that it has today.
func (o *contents) asOfNow(p *bot.Policy) *corpus.Document {
	d := *o.register.Identify(p.Document, o.day)
	d.Status = p.State
	return &d
}

// meant returns the full names of the bureaus that a filter can mean: 财政局 is that of
// every city whose policies are here. nil means all.
func (o *contents) meant(mention string) (names []string, err error) {
	if mention == "" {
		return nil, nil
	}
	all := make([]string, len(o.bureaus))
	for i, b := range o.bureaus {
		all[i] = b.Name
	}
	if slices.Contains(all, mention) {
		return []string{mention}, nil
	}
	if names = o.register.Match(mention, all); len(names) == 0 {
		return nil, refuse(http.StatusNotFound, kindNotFound, "没有这个单位", "现行政策没有把任何任务交给“%.40s”;全部单位见 GET /api/v1/bureaus。", mention)
	}
	return names, nil
}
