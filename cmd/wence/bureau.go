package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// bureauCmd is what an administrator does with the register of bureaus. What nobody has
// edited is learnt from the documents.
type bureauCmd struct {
	List      bureauListCmd      `cmd:"" help:"List the bureaus of the policies in force, and those that were edited."`
	Show      bureauShowCmd      `cmd:"" help:"Show a bureau: its names, how to reach it, what it is responsible for."`
	Proposals bureauProposalsCmd `cmd:"" help:"List the bodies that documents name and the register does not know."`
	Set       bureauSetCmd       `cmd:"" help:"Register a bureau, or change what is known of it."`
	Alias     bureauAliasCmd     `cmd:"" help:"Give a bureau other names, or take them away."`
	Rename    bureauRenameCmd    `cmd:"" help:"Say that a bureau has another name since a day, or that another one took it over."`
	Remove    bureauRemoveCmd    `cmd:"" help:"Forget what was edited of a bureau."`
}

type bureauListCmd struct {
	storeFlag `embed:""`
}

// Run lists: full name, in how many clauses it is responsible itself and by a standing
// note, its other names.
func (c bureauListCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		duties, err := h.duties(ctx)
		if err != nil {
			return err
		}
		known, err := h.store.Bureaus(ctx)
		if err != nil {
			return err
		}
		edited := map[string]corpus.Bureau{}
		for _, b := range known {
			edited[b.Name] = b
			if duties[b.Name] == nil {
				duties[b.Name] = &dutyCount{}
			}
		}
		names := make([]string, 0, len(duties))
		for n := range duties {
			names = append(names, n)
		}
		slices.Sort(names)
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, n := range names {
			fmt.Fprintf(t, "%s\t%d clauses\t%d shared\t%s\n", n, duties[n].own, duties[n].shared, strings.Join(edited[n].Aliases, " "))
		}
		return t.Flush()
	})
}

// A dutyCount says in how many clauses a bureau is responsible.
type dutyCount struct {
	own, shared int
	clauses     []string // where, for people
}

// duties counts the duties of each bureau in the policies in force today.
func (h *house) duties(ctx context.Context) (map[string]*dutyCount, error) {
	register, err := h.edited(ctx)
	if err != nil {
		return nil, err
	}
	docs, err := h.store.InForce(ctx, today())
	if err != nil {
		return nil, err
	}
	out := map[string]*dutyCount{}
	for _, d := range corpus.Unrepealed(docs) {
		d = register.Identify(d, today())
		for i := range d.Clauses {
			for _, r := range d.Clauses[i].Responsibilities {
				n := out[r.Bureau]
				if n == nil {
					n = &dutyCount{}
					out[r.Bureau] = n
				}
				if r.Inherited {
					n.shared++
				} else {
					n.own++
				}
				n.clauses = append(n.clauses, fmt.Sprintf("%s %s  %s, written %s", d.ID, d.Clauses[i].Path, r.Role, r.AsWritten))
			}
		}
	}
	return out, nil
}

type bureauShowCmd struct {
	storeFlag `embed:""`
	Name      string `arg:"" help:"A name of the bureau."`
}

// Run shows.
func (c bureauShowCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		b, err := h.bureau(ctx, c.Name)
		if err != nil {
			return err
		}
		duties, err := h.duties(ctx)
		if err != nil {
			return err
		}
		if duties[b.Name] == nil {
			register, err := h.edited(ctx)
			if err != nil {
				return err
			}
			name, err := h.fullName(ctx, register, b.Name, true)
			if err != nil {
				return err
			}
			if name != b.Name {
				if b, err = h.bureau(ctx, name); err != nil {
					return err
				}
			}
		}
		known := duties[b.Name]
		if known == nil && len(b.Aliases)+len(b.Former) == 0 && b.Phone+b.Address+b.Hours == "" {
			return fmt.Errorf("nothing is known of %s; \"wence bureau list\" prints the names", c.Name)
		}
		printBureau(s.out, b)
		fmt.Fprintln(s.out, "usual names:", strings.Join(h.register.Aliases(b.Name), " "))
		if known != nil {
			for _, line := range known.clauses {
				fmt.Fprintln(s.out, " ", line)
			}
		}
		return nil
	})
}

func printBureau(w io.Writer, b corpus.Bureau) {
	fmt.Fprintln(w, b.Name)
	for _, f := range []struct{ name, value string }{
		{"region", b.Region}, {"aliases", strings.Join(b.Aliases, " ")}, {"phone", b.Phone}, {"address", b.Address}, {"hours", b.Hours},
	} {
		if f.value != "" {
			fmt.Fprintf(w, "%s: %s\n", f.name, f.value)
		}
	}
	for _, f := range b.Former {
		fmt.Fprintf(w, "formerly: %s, until %s\n", f.Name, orNone(f.Until))
	}
}

// knows reports whether a bureau was edited or has duties.
func (h *house) knows(ctx context.Context, b corpus.Bureau) (bool, error) {
	register, err := h.edited(ctx)
	if err != nil {
		return false, err
	}
	if edited, _ := register.Edited(b.Name, ""); edited != nil {
		return true, nil
	}
	duties, err := h.duties(ctx)
	return duties[b.Name] != nil, err
}

// bureau returns what is known of a bureau under any of its names, or one of that name
// of which nothing is.
func (h *house) bureau(ctx context.Context, name string) (corpus.Bureau, error) {
	register, err := h.edited(ctx)
	if err != nil {
		return corpus.Bureau{}, err
	}
	name = strings.TrimSpace(name)
	if b, _ := register.Edited(name, ""); b != nil {
		return *b, nil
	}
	if name, err = h.fullName(ctx, register, name, false); err != nil {
		return corpus.Bureau{}, err
	}
	if b, _ := register.Edited(name, ""); b != nil {
		return *b, nil
	}
	return corpus.Bureau{Name: name}.Normal()
}

// fullName returns the name under which the bureau has duties that the documents in force
// call by a name, each after the place of the document; or else one that is alike, if that
// is good enough; or else the name as it is.
func (h *house) fullName(ctx context.Context, register *corpus.Register, name string, alike bool) (string, error) {
	duties, err := h.duties(ctx)
	if err != nil || duties[name] != nil {
		return name, err
	}
	docs, err := h.store.InForce(ctx, today())
	if err != nil {
		return name, err
	}
	names := map[string]bool{}
	for _, d := range docs {
		full, ok := register.Resolve(name, "", d.Region)
		for n := range duties {
			if n == full || ok && alike && register.Alike(n, full) {
				names[n] = true
			}
		}
	}
	all := slices.Sorted(maps.Keys(names))
	switch len(all) {
	case 0:
		return name, nil
	case 1:
		return all[0], nil
	}
	return name, fmt.Errorf("%s is a name of several: %s; give the full name", name, strings.Join(all, ", "))
}

type bureauProposalsCmd struct {
	storeFlag `embed:""`
}

// Run lists the proposals.
func (c bureauProposalsCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		register, err := h.edited(ctx)
		if err != nil {
			return err
		}
		docs, err := h.store.InForce(ctx, today())
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, p := range register.Proposals(docs) {
			fmt.Fprintf(t, "%s\t%d clauses\twritten %s\tin %s\n", p.Name, p.Clauses, strings.Join(p.AsWritten, " "), strings.Join(p.Documents, " "))
		}
		return t.Flush()
	})
}

type bureauSetCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Name      string   `arg:"" help:"The full name, with its place."`
	Alias     []string `help:"Another name in use; may be given more than once." placeholder:"NAME"`
	Region    *string  `help:"Whose body it is, a place; default: what its name begins with." placeholder:"TEXT"`
	Phone     *string  `help:"The phone number. It is shown as it is given." placeholder:"TEXT"`
	Address   *string  `help:"The address." placeholder:"TEXT"`
	Hours     *string  `help:"When it is open." placeholder:"TEXT"`
}

// Run sets: what is not given stays.
func (c bureauSetCmd) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.actFlags, c.Name, func(b *corpus.Bureau, _ bool) error {
		b.Aliases = append(b.Aliases, c.Alias...)
		for field, value := range map[*string]*string{&b.Region: c.Region, &b.Phone: c.Phone, &b.Address: c.Address, &b.Hours: c.Hours} {
			if value != nil {
				*field = strings.TrimSpace(*value)
			}
		}
		return nil
	})
}

// change changes what is known of a bureau, and prints it. f hears whether anything is.
func (d storeFlag) change(ctx context.Context, s streams, act actFlags, name string, f func(b *corpus.Bureau, known bool) error) error {
	return s.with(ctx, d.Data, withStore, func(h *house) error {
		b, err := h.bureau(ctx, name)
		if err != nil {
			return err
		}
		known, err := h.knows(ctx, b)
		if err != nil {
			return err
		}
		if err := f(&b, known); err != nil {
			return err
		}
		if b, err = b.Normal(); err != nil {
			return err
		}
		if err := h.publisher.SetBureau(ctx, bot.BureauEdit{Bureau: b, By: who(s, act.By), Reason: act.Reason}); err != nil {
			return err
		}
		printBureau(s.out, b)
		return nil
	})
}

type bureauAliasCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Name      string   `arg:"" help:"A name of the bureau."`
	Aliases   []string `arg:"" name:"alias" help:"Other names in use."`
	Remove    bool     `help:"Take them away."`
}

// Run adds or removes aliases.
func (c bureauAliasCmd) Run(ctx context.Context, s streams) error {
	return c.change(ctx, s, c.actFlags, c.Name, func(b *corpus.Bureau, known bool) error {
		if !known {
			return fmt.Errorf("nothing is known of %s; \"wence bureau list\" prints the names, \"wence bureau set\" registers a new one", b.Name)
		}
		if !c.Remove {
			b.Aliases = append(b.Aliases, c.Aliases...)
			return nil
		}
		before := len(b.Aliases)
		b.Aliases = slices.DeleteFunc(b.Aliases, func(a string) bool { return slices.Contains(c.Aliases, a) })
		if len(b.Aliases) == before {
			return fmt.Errorf("%s has no alias %s that was given to it; \"wence bureau show\" prints them", b.Name, strings.Join(c.Aliases, ", "))
		}
		return nil
	})
}

type bureauRenameCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Old       string `arg:"" help:"The full name until then."`
	New       string `arg:"" help:"The full name since then. If it is that of a bureau there was, that one took over the duties."`
	Until     string `required:"" help:"The last day of the old name." placeholder:"YYYY-MM-DD"`
}

// Run renames.
func (c bureauRenameCmd) Run(ctx context.Context, s streams) error {
	if strings.TrimSpace(c.Old) == strings.TrimSpace(c.New) {
		return fmt.Errorf("%s is its name already; give the full name since then", c.Old)
	}
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		old, err := h.bureau(ctx, c.Old)
		if err != nil {
			return err
		}
		b, err := h.bureau(ctx, c.New)
		if err != nil {
			return err
		}
		if b.Name == old.Name && b.Name != c.New { // 甲 was renamed 乙 before: now 乙 is renamed
			b = corpus.Bureau{Name: c.New}
		}
		b.Former = append(b.Former, old.Former...)
		b.Aliases = append(b.Aliases, old.Aliases...)
		b.Former = append(b.Former, corpus.FormerName{Name: old.Name, Until: c.Until})
		if b, err = b.Normal(); err != nil {
			return err
		}
		if err := h.publisher.SetBureau(ctx, bot.BureauEdit{Bureau: b, Replaces: old.Name, By: who(s, c.By), Reason: c.Reason}); err != nil {
			return err
		}
		printBureau(s.out, b)
		return nil
	})
}

type bureauRemoveCmd struct {
	storeFlag `embed:""`
	actFlags  `embed:""`
	Name      string `arg:"" help:"The full name."`
}

// Run removes.
func (c bureauRemoveCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		err := h.publisher.RemoveBureau(ctx, c.Name, who(s, c.By), c.Reason)
		if errors.Is(err, bot.ErrNotFound) {
			return fmt.Errorf("%w; nothing of it was edited under this full name, see \"wence bureau show\"", err)
		}
		if err != nil {
			return err
		}
		return said(s, true, "forgotten; what documents say of it stays", "")
	})
}
