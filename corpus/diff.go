package corpus

import (
	"cmp"
	"slices"
	"strings"
)

// ChangeKind says what became of a clause.
type ChangeKind string

// The kinds of changes. A clause that was reworded may have moved too: its paths say so.
const (
	Added    ChangeKind = "added"
	Removed  ChangeKind = "removed"
	Reworded ChangeKind = "reworded"
	Moved    ChangeKind = "moved" // the same words in another place
)

// A ClauseChange is what became of one clause.
type ClauseChange struct {
	Kind ChangeKind
	Old  *Clause // nil if it was added
	New  *Clause // nil if it was removed
}

// A BureauChange says that a clause makes other bureaus responsible than before.
type BureauChange struct {
	Path   Path // where the clause stands now, or stood if it was removed
	Bureau string
	Old    Role // empty if it was not responsible before
	New    Role // empty if it is not responsible any more
}

// A FieldChange is a change of what a document says about itself.
type FieldChange struct {
	Field    string // name of the field of Document
	Old, New string
}

// A Comparison is what differs between two revisions of a document.
type Comparison struct {
	Clauses []ClauseChange // in the order of the new revision, each removed one where it stood
	Bureaus []BureauChange
	Fields  []FieldChange
	Same    int // clauses that stand where they stood, word by word
}

// Empty reports whether nothing differs.
func (c Comparison) Empty() bool { return len(c.Clauses)+len(c.Bureaus)+len(c.Fields) == 0 }

// Diff compares two revisions of a document. A nil one has no clauses.
func Diff(from, to *Document) Comparison {
	from, to = orNone(from), orNone(to)
	pair := pairClauses(from.Clauses, to.Clauses)
	var out Comparison
	removed := map[int][]int{} // after which clause of the new revision; -1 is before the first
	last := -1
	newOf := map[int]int{}
	for j, i := range pair {
		if i >= 0 {
			newOf[i] = j
		}
	}
	for i := range from.Clauses {
		if j, ok := newOf[i]; ok {
			last = j
		} else {
			removed[last] = append(removed[last], i)
		}
	}
	drop := func(after int) {
		for _, i := range removed[after] {
			out.Clauses = append(out.Clauses, ClauseChange{Kind: Removed, Old: &from.Clauses[i]})
			out.bureaus(&from.Clauses[i], nil)
		}
	}
	drop(-1)
	for j := range to.Clauses {
		now := &to.Clauses[j]
		if pair[j] < 0 {
			out.Clauses = append(out.Clauses, ClauseChange{Kind: Added, New: now})
			out.bureaus(nil, now)
		} else {
			old := &from.Clauses[pair[j]]
			switch {
			case old.Text != now.Text:
				out.Clauses = append(out.Clauses, ClauseChange{Reworded, old, now})
			case !old.Path.Equal(now.Path):
				out.Clauses = append(out.Clauses, ClauseChange{Moved, old, now})
			default:
				out.Same++
			}
			out.bureaus(old, now)
		}
		drop(j)
	}
	out.Fields = diffFields(from, to)
	return out
}

func orNone(d *Document) *Document {
	if d == nil {
		return &Document{}
	}
	return d
}

// bureaus adds what differs in who is responsible for a clause.
func (c *Comparison) bureaus(old, now *Clause) {
	roles := func(c *Clause) map[string]Role {
		out := map[string]Role{}
		if c == nil {
			return out
		}
		for _, r := range c.Responsibilities {
			if out[r.Bureau] == "" || !r.Inherited {
				out[r.Bureau] = r.Role
			}
		}
		return out
	}
	before, after := roles(old), roles(now)
	path := Path(nil)
	if now != nil {
		path = now.Path
	} else {
		path = old.Path
	}
	var changes []BureauChange
	for name, role := range before {
		if after[name] != role {
			changes = append(changes, BureauChange{path, name, role, after[name]})
		}
	}
	for name, role := range after {
		if before[name] == "" {
			changes = append(changes, BureauChange{path, name, "", role})
		}
	}
	slices.SortFunc(changes, func(a, b BureauChange) int {
		return cmp.Or(cmp.Compare(a.New, b.New), cmp.Compare(a.Bureau, b.Bureau))
	})
	c.Bureaus = append(c.Bureaus, changes...)
}

func diffFields(from, to *Document) []FieldChange {
	var out []FieldChange
	for _, f := range []struct{ name, old, now string }{
		{"Title", from.Title, to.Title}, {"Number", from.Number, to.Number},
		{"Issuers", strings.Join(from.Issuers, "、"), strings.Join(to.Issuers, "、")}, {"Region", from.Region, to.Region},
		{"Written", from.Written, to.Written}, {"Published", from.Published, to.Published},
		{"Effective", from.Effective, to.Effective}, {"Expires", from.Expires, to.Expires},
		{"Status", string(from.Status), string(to.Status)},
		{"Replaces", strings.Join(from.Replaces, "、"), strings.Join(to.Replaces, "、")},
	} {
		if f.old != f.now {
			out = append(out, FieldChange{f.name, f.old, f.now})
		}
	}
	return out
}

// How like each other, 0 to 1, two clauses are that are one before and after: less is
// needed if they stand in the same place.
const (
	likeInPlace = 0.4
	likeMoved   = 0.6
)

// mostPairs bounds how many pairs of clauses are compared in search of moved ones.
const mostPairs = 400_000

// pairClauses returns for each new clause the index of the old one that it was, -1 for none.
func pairClauses(old, now []Clause) []int {
	p := &pairing{old: old, now: now, to: make([]int, len(now)), used: make([]bool, len(old))}
	for j := range p.to {
		p.to[j] = -1
	}
	// The same words, first in the same place, then anywhere, in order.
	places, words := map[string]int{}, map[string][]int{}
	for i := range old {
		places[old[i].Path.String()] = i
		words[old[i].Text] = append(words[old[i].Text], i)
	}
	for j := range now {
		if i, ok := places[now[j].Path.String()]; ok && old[i].Text == now[j].Text {
			p.take(i, j)
		}
	}
	for j := range now {
		if p.to[j] >= 0 {
			continue
		}
		if k := slices.IndexFunc(words[now[j].Text], func(i int) bool { return !p.used[i] }); k >= 0 {
			p.take(words[now[j].Text][k], j)
		}
	}
	p.reworded(places)
	return p.to
}

type pairing struct {
	old, now []Clause
	to       []int
	used     []bool
}

func (p *pairing) take(i, j int) { p.to[j], p.used[i] = i, true }

// reworded pairs what is left by how like it is: the most alike first.
func (p *pairing) reworded(places map[string]int) {
	var left, lost []int
	for j := range p.now {
		if p.to[j] < 0 {
			left = append(left, j)
		}
	}
	for i := range p.old {
		if !p.used[i] {
			lost = append(lost, i)
		}
	}
	type candidate struct {
		i, j int
		like float64
	}
	var all []candidate
	grams := func(clauses []Clause, at []int) map[int]map[string]int {
		out := map[int]map[string]int{}
		for _, i := range at {
			out[i] = pairsOf(clauses[i].Text)
		}
		return out
	}
	was, is := grams(p.old, lost), grams(p.now, left)
	for _, j := range left {
		if i, ok := places[p.now[j].Path.String()]; ok && !p.used[i] {
			if like := dice(was[i], is[j]); like >= likeInPlace {
				all = append(all, candidate{i, j, like + 0.1}) // where it stood counts a little
			}
		}
		if len(left)*len(lost) > mostPairs {
			continue
		}
		for _, i := range lost {
			if like := dice(was[i], is[j]); like >= likeMoved {
				all = append(all, candidate{i, j, like})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.like, a.like) })
	for _, c := range all {
		if p.to[c.j] < 0 && !p.used[c.i] {
			p.take(c.i, c.j)
		}
	}
}

// pairsOf counts the character pairs of a text.
func pairsOf(text string) map[string]int {
	out := map[string]int{}
	last := -1
	for i, r := range text {
		if last >= 0 {
			out[text[last:i+len(string(r))]]++
		}
		last = i
	}
	return out
}

// dice is the Dice coefficient of two bags of character pairs: 1 for the same, 0 for
// none in common.
func dice(a, b map[string]int) float64 {
	if len(b) < len(a) {
		a, b = b, a
	}
	both, all := 0, 0
	for g, n := range a {
		both += min(n, b[g])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2 * float64(both) / float64(all)
}
