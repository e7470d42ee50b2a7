package corpus

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Bureau 委办局 is what an admin knows of one body. A body that nobody has edited is
// known by its name in the documents alone.
type Bureau struct {
	Name    string       // full name, as in 甲市市场监督管理局: its identity in all documents
	Aliases []string     // other names in use, with or without the place, as in 市监局
	Former  []FormerName // names it had before, and bodies whose duties it took over 机构改革
	Region  string       // whose body it is, as in 甲市; empty if it can be anybody's
	Phone   string       // empty until an admin fills it in: never invented
	Address string
	Hours   string
}

// A FormerName is a full name that is not in use any more.
type FormerName struct {
	Name  string
	Until string // the last day (YYYY-MM-DD) of the name; empty if nobody knows
}

// longestBureau bounds a name in characters.
const longestBureau = 60

// Normal returns the bureau with its names trimmed and in order, each once, and its
// region filled in; the error says what cannot be.
func (b Bureau) Normal() (Bureau, error) {
	b.Name = strings.TrimSpace(b.Name)
	if b.Region = strings.TrimSpace(b.Region); b.Region == "" {
		b.Region = regionOf(b.Name)
	}
	seen := map[string]bool{b.Name: true}
	aliases, former := b.Aliases, b.Former
	b.Aliases, b.Former = nil, nil
	for _, a := range aliases {
		if a = strings.TrimSpace(a); a != "" && !seen[a] {
			seen[a] = true
			b.Aliases = append(b.Aliases, a)
		}
	}
	for _, f := range former {
		if f.Name = strings.TrimSpace(f.Name); f.Name != "" && !seen[f.Name] {
			seen[f.Name] = true
			b.Former = append(b.Former, f)
		}
		if _, err := time.Parse(time.DateOnly, f.Until); f.Until != "" && err != nil {
			return b, fmt.Errorf("corpus: the last day of %s is %q: write it as 2024-03-31", f.Name, f.Until)
		}
	}
	slices.Sort(b.Aliases)
	for name := range seen {
		if n := utf8.RuneCountInString(name); n < 2 || n > longestBureau || strings.ContainsAny(name, "、,，;；。\n\t") || !utf8.ValidString(name) {
			return b, fmt.Errorf("corpus: %q cannot be the name of a bureau: it needs 2 to %d characters and no punctuation", name, longestBureau)
		}
	}
	return b, nil
}

// With returns a register that also knows bureaus by the names that admins gave them.
// An alias that r knows as a name of another kind of body is an error: the answers
// would name the wrong bureau.
func (r *Register) With(bureaus []Bureau) (*Register, error) {
	if len(bureaus) == 0 {
		return r, nil
	}
	out := *r
	out.kinds, out.names, out.words, out.stems = slices.Clone(r.kinds), maps.Clone(r.names), maps.Clone(r.words), maps.Clone(r.stems)
	out.wild, out.own = slices.Clone(r.wild), map[string][]*Bureau{}
	for _, b := range bureaus {
		b, err := b.Normal()
		if err != nil {
			return nil, err
		}
		kind := r.KindOf(b.Name)
		for _, a := range b.Aliases {
			if other := r.KindOf(a); other != "" && kind != "" && other != kind {
				return nil, fmt.Errorf("corpus: %s is a name of the bureaus for %s, %s is one for %s: give it another alias", a, other, b.Name, kind)
			}
		}
		for _, name := range out.learn(b) {
			for _, other := range out.own[name] {
				if other.Region == b.Region && other.Name != b.Name {
					return nil, fmt.Errorf("corpus: %s is a name of both %s and %s: remove it from one", name, other.Name, b.Name)
				}
			}
			out.own[name] = append(out.own[name], &b)
		}
	}
	return &out, nil
}

// learn adds a kind for those names of b that are not known, and returns all of them.
func (r *Register) learn(b Bureau) []string {
	names := append([]string{b.Name}, b.Aliases...)
	for _, f := range b.Former {
		names = append(names, f.Name)
	}
	var unknown []string
	for _, n := range names {
		if r.KindOf(n) != "" {
			continue
		}
		unknown = append(unknown, n)
		if bare := strings.TrimPrefix(n, b.Region); b.Region != "" && bare != n && r.KindOf(bare) == "" && utf8.RuneCountInString(bare) > 2 {
			unknown = append(unknown, bare)
		}
	}
	if len(unknown) > 0 {
		// It cannot fail: none of the names is known.
		_ = r.addKind(len(r.kinds), Kind{Name: b.Name, Forms: [][]string{unknown}, Own: true})
		r.kinds = append(r.kinds, Kind{Name: b.Name, Forms: [][]string{unknown}, Own: true})
	}
	return names
}

// Edited returns what an admin knows of the body that a document of a region calls by
// a name, full or as written; nil if nobody has edited it. former is the name, if it is
// one that the body does not have any more.
func (r *Register) Edited(name, region string) (b *Bureau, former *FormerName) {
	if len(r.own) == 0 {
		return nil, nil
	}
	level, size := utf8.DecodeRuneInString(name)
	for _, n := range []string{name, expandPlace(string(level), region) + name[size:], region + name} {
		for _, b := range r.own[n] {
			if b.Region != "" && region != "" && b.Region != region && n != b.Name {
				continue // 市监局 of another city
			}
			for i := range b.Former {
				if b.Former[i].Name == n {
					return b, &b.Former[i]
				}
			}
			return b, nil
		}
	}
	return nil, nil
}

// Identify returns the document with the bodies under the names that they have on a
// day (YYYY-MM-DD): the document itself if all have, else a copy of what differs.
func (r *Register) Identify(d *Document, day string) *Document {
	if len(r.own) == 0 {
		return d
	}
	out := d
	for i := range d.Clauses {
		for j, resp := range d.Clauses[i].Responsibilities {
			b, former := r.Edited(resp.Bureau, d.Region)
			if b == nil {
				b, former = r.Edited(resp.AsWritten, d.Region)
			}
			if b == nil || former != nil && (former.Until == "" || day <= former.Until) && former.Name == resp.Bureau {
				continue // nobody edited it, or it still has that name
			}
			if b.Name == resp.Bureau {
				continue
			}
			if out == d {
				copied := *d
				copied.Clauses = slices.Clone(d.Clauses)
				out = &copied
			}
			c := &out.Clauses[i]
			if &c.Responsibilities[0] == &d.Clauses[i].Responsibilities[0] {
				c.Responsibilities = slices.Clone(c.Responsibilities)
			}
			c.Responsibilities[j].Bureau = b.Name
			if former != nil {
				c.Responsibilities[j].Formerly = former.Name
			}
		}
	}
	return out
}

// A Proposal 待登记单位 is a body in documents that the register does not know.
type Proposal struct {
	Name      string   // the full name that it could have
	AsWritten []string // what documents call it
	Documents []string // their IDs
	Clauses   int      // that make it responsible
}

// Proposals returns the bodies of the documents that r does not know, in the order of
// their names.
func (r *Register) Proposals(docs []*Document) []Proposal {
	found := map[string]*Proposal{}
	for _, d := range docs {
		for i := range d.Clauses {
			for _, resp := range d.Clauses[i].Responsibilities {
				if r.KindOf(resp.Bureau) != "" || r.KindOf(resp.AsWritten) != "" {
					continue
				}
				level, size := utf8.DecodeRuneInString(resp.Bureau)
				name := expandPlace(string(level), d.Region) + resp.Bureau[size:]
				if name == resp.Bureau && regionOf(name) == "" {
					name = strings.TrimPrefix(d.Region, Nation) + name
				}
				p := found[name]
				if p == nil {
					p = &Proposal{Name: name}
					found[name] = p
				}
				p.Clauses++
				if !slices.Contains(p.AsWritten, resp.AsWritten) {
					p.AsWritten = append(p.AsWritten, resp.AsWritten)
				}
				if !slices.Contains(p.Documents, d.ID) {
					p.Documents = append(p.Documents, d.ID)
				}
			}
		}
	}
	var out []Proposal
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[name])
	}
	return out
}
