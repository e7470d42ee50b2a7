package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// A catalog holds what lists are made of. It is made anew when the document log has
// grown, and when a new day has put policies into or out of force.
type catalog struct {
	store    Store
	register *corpus.Register
	mu       sync.Mutex
	last     *contents
}

// contents is the state of all lists at one point of the log. It is not changed.
type contents struct {
	seq       int64
	day       string
	version   string // names seq and day
	documents []listedDocument
	bureaus   []bureauView // of what is in force, by name
	duties    []dutyView   // of what is in force, in the order of documents and clauses
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
	if !grown && c.last.day == day {
		return c.last, nil
	}
	fresh, err := c.read(ctx, seq, day)
	if err != nil {
		return nil, err
	}
	c.last = fresh
	return fresh, nil
}

// read makes the contents. What is published while it reads may be in them already;
// the next call notices and reads again.
func (c *catalog) read(ctx context.Context, seq int64, day string) (*contents, error) {
	out := &contents{seq: seq, day: day, version: strconv.FormatInt(seq, 36) + "." + day}
	entries, err := c.store.Current(ctx)
	if err != nil {
		return nil, fmt.Errorf("api: list the policies: %w", err)
	}
	bureaus := map[string]*bureauView{}
	for _, e := range entries {
		if e.Kind != bot.KindPut {
			continue
		}
		d, err := c.store.Document(ctx, e.Document, e.Revision)
		if err != nil {
			return nil, fmt.Errorf("api: list the policies: %w", err)
		}
		l := listedDocument{documentView: viewDocument(d, day)}
		for i := range d.Clauses {
			for _, r := range d.Clauses[i].Responsibilities {
				if !slices.Contains(l.bureaus, r.Bureau) {
					l.bureaus = append(l.bureaus, r.Bureau)
				}
			}
			if l.InForce {
				out.addDuties(d, &d.Clauses[i], bureaus)
			}
		}
		out.documents = append(out.documents, l)
	}
	for name, b := range bureaus {
		b.Aliases = orEmpty(c.register.Aliases(name))
		out.bureaus = append(out.bureaus, *b)
	}
	slices.SortFunc(out.bureaus, func(a, b bureauView) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
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
	names, err := c.meant(all, mention)
	return all, names, err
}

// meant returns the full names of the bureaus that a filter can mean: 财政局 is that of
// every city whose policies are here. nil means all.
func (c *catalog) meant(o *contents, mention string) (names []string, err error) {
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
	if names = c.register.Match(mention, all); len(names) == 0 {
		return nil, refuse(http.StatusNotFound, kindNotFound, "没有这个单位", "现行政策没有把任何任务交给“%.40s”;全部单位见 GET /api/v1/bureaus。", mention)
	}
	return names, nil
}
