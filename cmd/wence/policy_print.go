package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// printDates prints what a document says of its validity.
func printDates(w io.Writer, d *corpus.Document) {
	fmt.Fprintf(w, "%s  revision %s  %s\n", d.ID, d.Revision, describeStatus(d, today()))
	for _, f := range []struct{ name, value string }{
		{"region", d.Region}, {"published", d.Published}, {"effective", d.Effective}, {"expires", d.Expires}, {"repeals", strings.Join(d.Replaces, " ")},
	} {
		if f.value != "" {
			fmt.Fprintf(w, "%s: %s\n", f.name, f.value)
		}
	}
}

// printPreview prints what a publication would do.
func printPreview(w io.Writer, p bot.Preview, notes []string) error {
	printDates(w, p.Document)
	if err := printParsed(w, p.Document); err != nil {
		return err
	}
	for _, n := range notes {
		fmt.Fprintln(w, "note:", n)
	}
	section(w, "What changes")
	if p.Current == nil {
		fmt.Fprintf(w, "new: nothing with the ID %s is current\n", p.Document.ID)
	} else if p.Diff.Empty() {
		fmt.Fprintln(w, "nothing: this revision is current")
	} else if err := printDiff(w, p.Diff); err != nil {
		return err
	}
	section(w, fmt.Sprintf("Questions that would be answered differently on %s: %d of %d", p.Day, len(p.Changed), p.Tried))
	for _, c := range p.Changed {
		mark := ""
		if c.Broken {
			mark = "  WRONG NOW"
		}
		fmt.Fprintf(w, "\n%s: %s%s\n  before: %s\n  after:  %s\n", c.Source, c.Question.Text, mark, brief(c.Before), brief(c.After))
	}
	section(w, fmt.Sprintf("What speaks against publishing it: %d", len(p.Problems)))
	for _, x := range p.Problems {
		fmt.Fprintln(w, x)
	}
	return nil
}

func section(w io.Writer, title string) { fmt.Fprintf(w, "\n== %s\n", title) }

// brief says in one line what an answer says.
func brief(a bot.Answer) string {
	parts := []string{string(a.Outcome)}
	for _, b := range a.Bureaus {
		parts = append(parts, b.Name)
	}
	for _, c := range a.Citations {
		parts = append(parts, fmt.Sprintf("%s %s“%s”", c.Document.Number, c.Ref.Path, shorten(c.Quote)))
	}
	return strings.Join(parts, "  ")
}

// shorten cuts a text that is too long for a line.
func shorten(s string) string {
	const longest = 60
	s = strings.ReplaceAll(s, "\n", " ")
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// printDiff prints what differs between two revisions.
func printDiff(w io.Writer, c corpus.Comparison) error {
	count := map[corpus.ChangeKind]int{}
	for _, x := range c.Clauses {
		count[x.Kind]++
	}
	fmt.Fprintf(w, "%d clauses added, %d removed, %d reworded, %d moved, %d as before\n",
		count[corpus.Added], count[corpus.Removed], count[corpus.Reworded], count[corpus.Moved], c.Same)
	for _, f := range c.Fields {
		fmt.Fprintf(w, "%s: %s → %s\n", f.Field, orNone(f.Old), orNone(f.New))
	}
	for _, x := range c.Clauses {
		switch x.Kind {
		case corpus.Added:
			fmt.Fprintf(w, "added %s\n  + %s\n", x.New.Path, x.New.Text)
		case corpus.Removed:
			fmt.Fprintf(w, "removed %s\n  - %s\n", x.Old.Path, x.Old.Text)
		case corpus.Moved:
			fmt.Fprintf(w, "moved %s → %s\n", x.Old.Path, x.New.Path)
		case corpus.Reworded:
			from := ""
			if !x.Old.Path.Equal(x.New.Path) {
				from = fmt.Sprintf(" (was %s)", x.Old.Path)
			}
			fmt.Fprintf(w, "reworded %s%s\n  - %s\n  + %s\n", x.New.Path, from, x.Old.Text, x.New.Text)
		}
	}
	for _, b := range c.Bureaus {
		if _, err := fmt.Fprintf(w, "bureau %s %s: %s → %s\n", b.Path, b.Bureau, orNone(string(b.Old)), orNone(string(b.New))); err != nil {
			return err
		}
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
