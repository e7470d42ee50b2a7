package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// policyCmd is what an administrator does with the policies of a data folder.
type policyCmd struct {
	List     policyListCmd     `cmd:"" help:"List the policies and whether they are in force."`
	Show     policyShowCmd     `cmd:"" help:"Show a policy as it was understood: dates, clauses, bureaus, warnings."`
	History  policyHistoryCmd  `cmd:"" help:"Show what was done with a policy: when, by whom, why."`
	Diff     policyDiffCmd     `cmd:"" help:"Show what differs between two revisions: clauses, bureaus, dates."`
	Preview  policyPreviewCmd  `cmd:"" help:"Show what publishing a file would do: clauses, bureaus, warnings, what changes, which questions would be answered differently."`
	Publish  policyPublishCmd  `cmd:"" help:"Publish a file: it is answered from at once. Refuses what speaks against it."`
	Withdraw policyWithdrawCmd `cmd:"" help:"Take a policy out of the answers; it stays readable."`
	Rollback policyRollbackCmd `cmd:"" help:"Make an old revision the current one again."`
	Set      policySetCmd      `cmd:"" help:"Say of which place a policy is, where its text does not or is misread."`
	Verify   policyVerifyCmd   `cmd:"" help:"Check the log, the audit trail and every stored byte."`
}

// storeFlag says which data folder is meant.
type storeFlag struct {
	Data string `required:"" help:"The data folder. Works while \"wence serve\" uses it." env:"WENCE_DATA" placeholder:"DIR"`
}

// Validate refuses a folder without a name, which WENCE_DATA may have given.
func (d storeFlag) Validate() error { return checkData(d.Data) }

func checkData(data string) error {
	if data == "" {
		return errors.New("--data DIR is missing: name the data folder, or set WENCE_DATA")
	}
	return nil
}

// atLeast refuses a number that is too small.
func atLeast(least int, flag string, given int) error {
	if given < least {
		return fmt.Errorf("%s is %d, must be at least %d", flag, given, least)
	}
	return nil
}

// actFlags say who does something and why.
type actFlags struct {
	By     string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason string `help:"Why, for the log." placeholder:"TEXT"`
}

// errIDs helps who gave the wrong ID.
func errIDs(err error) error {
	if errors.Is(err, bot.ErrNotFound) {
		return fmt.Errorf("%w; \"wence policy list\" prints the IDs, \"wence policy history ID\" the revisions", err)
	}
	return err
}

type policyListCmd struct {
	storeFlag `embed:""`
}

// Run lists. The revision in the list is the one published last; if another one is in
// force today, a line of its own says so.
func (c policyListCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		heads, err := h.store.Current(ctx)
		if err != nil {
			return err
		}
		if len(heads) == 0 {
			fmt.Fprintf(s.err, "no policies yet; put some in: wence import --data %s FILE…\n", c.Data)
		}
		day := today()
		docs, err := h.store.InForce(ctx, day)
		if err != nil {
			return err
		}
		holds, inForce := map[string]*corpus.Document{}, map[*corpus.Document]bool{}
		for _, d := range docs {
			holds[d.ID] = d
		}
		for _, d := range corpus.Unrepealed(docs) {
			inForce[d] = true
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		line := func(d *corpus.Document, state string) {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d clauses\t%s\n", d.ID, d.Revision, state, len(d.Clauses), d.Title)
		}
		for _, e := range heads {
			d, err := h.store.Document(ctx, e.Document, e.Revision)
			if err != nil {
				return err
			}
			now := holds[e.Document]
			switch {
			case e.Kind == bot.KindWithdraw:
				line(d, "withdrawn")
			case now != nil && now.Revision == d.Revision && !inForce[now]:
				line(d, "repealed by another policy")
			default:
				line(d, describeStatus(d, day))
			}
			if e.Kind == bot.KindPut && now != nil && now.Revision != d.Revision {
				line(now, describeStatus(now, day)+" until then")
			}
		}
		return t.Flush()
	})
}

// describeStatus says whether a document is in force on a day, and its next date.
func describeStatus(d *corpus.Document, day string) string {
	status := d.StatusOn(day)
	switch {
	case status == corpus.Pending:
		return fmt.Sprintf("%s, from %s", status, d.Since())
	case (status == corpus.InForce || status == corpus.Amended) && d.Expires != "":
		return fmt.Sprintf("%s, until %s", status, d.Expires)
	}
	return string(status)
}

type policyShowCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy."`
	Revision  string `help:"The revision; default: the one published last." placeholder:"REVISION"`
	Text      bool   `help:"Print the whole text as it is stored."`
	Original  string `help:"Write the file that it was read from to this path." placeholder:"FILE"`
}

// Run shows.
func (c policyShowCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		d, err := h.revision(ctx, c.ID, c.Revision)
		if err != nil {
			return errIDs(err)
		}
		if c.Original != "" {
			f, err := h.store.Original(ctx, d.ID, d.Revision)
			if err != nil {
				return err
			}
			return os.WriteFile(s.path(c.Original), f.Data, 0o600)
		}
		if c.Text {
			_, err := io.WriteString(s.out, d.Text)
			return err
		}
		printDates(s.out, d)
		return printParsed(s.out, d)
	})
}

// revision returns a revision of a document, the one published last if it is not said which.
func (h *house) revision(ctx context.Context, id, revision string) (*corpus.Document, error) {
	if revision == "" {
		history, err := h.store.History(ctx, id)
		if err != nil {
			return nil, err
		}
		revision = history[len(history)-1].Revision
	}
	return h.store.Document(ctx, id, revision)
}

type policyHistoryCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy, as list prints it."`
}

// Run shows the history.
func (c policyHistoryCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		entries, err := h.store.History(ctx, c.ID)
		if err != nil {
			return errIDs(err)
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, e := range entries {
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Seq, e.At.In(corpus.China).Format(time.DateTime), e.Kind, e.Revision, e.By, e.Reason)
		}
		return t.Flush()
	})
}

type policyDiffCmd struct {
	storeFlag `embed:""`
	A         string `arg:"" help:"A revision as history prints it, the ID of a policy for the one published last, or a file."`
	B         string `arg:"" help:"The same, to compare with."`
}

// Run compares.
func (c policyDiffCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		a, err := h.named(ctx, s, c.A)
		if err != nil {
			return err
		}
		b, err := h.named(ctx, s, c.B)
		if err != nil {
			return err
		}
		diff := corpus.Diff(a, b)
		if diff.Empty() {
			_, err := fmt.Fprintln(s.out, "nothing differs")
			return err
		}
		return printDiff(s.out, diff)
	})
}

// named finds the document that a person means by an ID, a revision or a path.
func (h *house) named(ctx context.Context, s streams, name string) (*corpus.Document, error) {
	d, err := h.revision(ctx, name, "")
	if err == nil || !errors.Is(err, bot.ErrNotFound) {
		return d, err
	}
	heads, err := h.store.Current(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range heads {
		d, err := h.store.Document(ctx, e.Document, name)
		if err == nil || !errors.Is(err, bot.ErrNotFound) {
			return d, err
		}
	}
	if _, err := os.Stat(s.path(name)); err != nil {
		return nil, fmt.Errorf("%q is no revision, no policy and no file; \"wence policy list\" prints IDs and revisions", name)
	}
	p, err := h.read(ctx, s, name, "")
	return p.doc, err
}

type policyVerifyCmd struct {
	storeFlag `embed:""`
}

// Run verifies.
func (c policyVerifyCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withStore, func(h *house) error {
		last, err := h.store.Verify(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "all is as it was written; the last audit entry is %d, hash %s\n", last.Seq, last.Hash)
		return err
	})
}
