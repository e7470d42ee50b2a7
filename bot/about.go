package bot

import (
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// Among many documents a matter of everyday life is mentioned in passing by many, and a
// document that only mentions it does not deal with it: whoever may show a passport to
// get a card learns nothing of passports.

// aboutMentions is how often a document that deals with a matter names it at least,
// if neither its title nor a heading does.
const aboutMentions = 8

// about reports whether the document of s deals with a matter, under any of its names.
func (b *Bot) about(c weighted, s scored) bool {
	if titled(c, s) {
		return true
	}
	text := ""
	for i := range c.alts {
		name := c.alts[i].text
		if c.alts[i].match(s.heading, &s.headingHas) >= standing {
			return true
		}
		if text == "" {
			text = b.prepare.document(s.doc)
		}
		if strings.Count(text, name) >= aboutMentions {
			return true
		}
	}
	return false
}

// titled reports whether the title of the document of s names a matter.
func titled(c weighted, s scored) bool {
	return slices.ContainsFunc(c.alts, func(a alternative) bool { return a.match(s.title, &s.titleHas) >= standing })
}

// isMatter reports whether a concept is the name of a public-service matter.
func (c *weighted) isMatter() bool { return !c.context && (c.sure || len(c.pieces) > 0 && !c.apart) }

// titledMatter reports whether the document of s has the name of a matter that is asked
// for in its title: then it is the one that deals with it.
func (rk *ranking) titledMatter(s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool { return (c.sure || len(c.pieces) > 0) && c.found && titled(c, s) })
}

// inPassing reports whether the clause of s only mentions a matter that is asked for and
// nothing else that is asked, or names none of those that several words tell together.
func (b *Bot) inPassing(r *reading, rk *ranking, s scored) bool {
	told, named := false, false
	for _, c := range rk.concepts {
		switch {
		case !c.isMatter() || rk.within(c, s):
		case len(c.pieces) > 1:
			told, named = true, named || stands(c, s)
		case !b.about(c, s) && !r.besidesMatter(rk, c, s):
			return true
		}
	}
	return told && !named
}

// besidesMatter reports whether the clause of s names something else that is asked, other
// than a place: 失业保险 and what of it, 稳岗返还.
func (r *reading) besidesMatter(rk *ranking, c weighted, s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(o weighted) bool {
		place := slices.ContainsFunc(r.places, func(f corpus.Found) bool { return f.Start < o.end && o.start < f.End })
		apart := o.end <= c.start || c.end <= o.start
		return apart && !place && !o.context && o.tells() && stands(o, s)
	})
}
