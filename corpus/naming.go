package corpus

import "strings"

// nameBodies gives every duty the full name of its body, one name per body in the
// document, and enters it in its clause.
func (p *parser) nameBodies(duties []duty) {
	n := &namer{p: p, names: map[string]string{}}
	for _, d := range duties {
		n.see(d.body)
	}
	for _, d := range duties {
		name, known := n.name(d.body)
		if !known {
			p.warn(d.r.Start, "未登记的单位,照录原文:"+d.body.written)
		}
		d.r.Bureau = name
		c := &p.doc.Clauses[d.clause]
		if !p.repeats(c, d.r) {
			c.Responsibilities = append(c.Responsibilities, d.r)
		}
	}
}

// repeats reports whether a clause has the body already: what it says itself
// counts more than a standing note. A body stands twice with one role if two
// marks say so of different sentences.
func (p *parser) repeats(c *Clause, r Responsibility) bool {
	for _, old := range c.Responsibilities {
		if old.Bureau == r.Bureau && (r.Inherited || old.Role == r.Role && old.ScopeStart <= r.ScopeStart && r.ScopeEnd <= old.ScopeEnd) {
			return true
		}
	}
	return false
}

// namer gives each body one name throughout a document.
type namer struct {
	p     *parser
	names map[string]string // kind and place → name
	own   []string          // bodies with names of their own, in order
}

// see learns from a body how the document spells its name.
func (n *namer) see(b body) {
	f, ok := n.p.reg.find(b.written)
	if !ok {
		return
	}
	if n.p.reg.kinds[f.kind].Own || f.wild {
		n.own = append(n.own, b.written)
		return
	}
	key, full := n.key(f, b.prefix), f.full
	if len(full) > len(n.names[key]) && strings.HasSuffix(b.written, full) {
		n.names[key] = full // spelled out here: keep that form, the fullest if there are several
	}
}

func (n *namer) key(f found, prefix string) string {
	place := f.place
	if place == "" {
		place = prefix
	}
	if place == "" && !isNational(f.full) {
		place = n.p.doc.Region
	}
	return n.p.reg.kinds[f.kind].Name + "|" + expandPlace(place, n.p.doc.Region)
}

func (n *namer) name(b body) (string, bool) {
	reg := n.p.reg
	f, ok := reg.find(b.written)
	if !ok {
		return b.written, false
	}
	if reg.kinds[f.kind].Own || f.wild {
		return n.ownName(b.written, f), true
	}
	if isCollective(f.place) {
		return b.written, true
	}
	key := n.key(f, b.prefix)
	full, spelled := n.names[key]
	if !spelled {
		full = n.spelledAnywhere(b.written, f)
		n.names[key] = full
	}
	place := strings.SplitN(key, "|", 2)[1]
	if place == "国务院" || place == "中央" {
		if place = "国家"; isNational(full) {
			place = ""
		}
	}
	return place + full, true
}

// spelledAnywhere returns the full form that the document uses somewhere for a
// body that its marks name in short only, or else the usual one.
func (n *namer) spelledAnywhere(written string, f found) string {
	for _, names := range n.p.reg.kinds[f.kind].Forms {
		if !strings.Contains(names[0], "…") && sameSuffix(names[0], f.full) && !strings.Contains(written, names[0]) && strings.Contains(n.p.doc.Text, names[0]) {
			return names[0]
		}
	}
	return f.full
}

// sameSuffix keeps a 局 from being taken for a 部.
func sameSuffix(a, b string) bool {
	x, y := []rune(a), []rune(b)
	return x[len(x)-1] == y[len(y)-1]
}

// ownName returns the longest name by which the document calls a body that has a
// name of its own: 高新区管委会 is the 甲高新区管委会 of the same document.
func (n *namer) ownName(written string, f found) string {
	kind := n.p.reg.kinds[f.kind].Name
	best := written
	region := n.p.doc.Region
	stem := strings.TrimRight(region, placeEnds)
	for _, other := range n.own {
		if other == written {
			continue
		}
		g, ok := n.p.reg.find(other)
		if !ok || n.p.reg.kinds[g.kind].Name != kind || !strings.HasSuffix(other, written) || len(other) <= len(best) {
			continue
		}
		if lead := strings.TrimSuffix(other, written); region != "" && (lead == region || lead == stem) {
			best = other
		}
	}
	return best
}
