package bot

import (
	"slices"
	"strings"
)

// Among many documents a matter of everyday life is mentioned in passing by many, and a
// document that only mentions it does not deal with it: whoever may show a passport to
// get a card learns nothing of passports.

// aboutMentions is how often a document that deals with a matter names it at least,
// if neither its title nor a heading does.
const aboutMentions = 4

// about reports whether the document of s deals with a matter, under any of its names.
func (b *Bot) about(c weighted, s scored) bool {
	if titled(c, s) {
		return true
	}
	text := ""
	for i := range c.alts {
		name := c.alts[i].text
		if c.alts[i].match(s.heading) >= standing {
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
	return slices.ContainsFunc(c.alts, func(a alternative) bool { return a.match(s.title) >= standing })
}

// isMatter reports whether a concept is the name of a public-service matter.
func (c *weighted) isMatter() bool { return !c.context && (c.sure || len(c.pieces) > 0 && !c.apart) }

// titledMatter reports whether the document of s has the name of a matter that is asked
// for in its title: then it is the one that deals with it.
func (rk *ranking) titledMatter(s scored) bool {
	return slices.ContainsFunc(rk.concepts, func(c weighted) bool { return (c.sure || len(c.pieces) > 0) && c.found && titled(c, s) })
}

// inPassing reports whether the document of s only mentions a matter that is asked for,
// or its clause names none of those that several words tell together.
func (rk *ranking) inPassing(b *Bot, s scored) bool {
	told := false
	for _, c := range rk.concepts {
		switch {
		case !c.isMatter() || rk.within(c, s):
		case len(c.pieces) > 1:
			told = true
		case !b.about(c, s):
			return true
		}
	}
	return told && !rk.explained(s, 2)
}
