package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/store"
)

// policyCmd is what an administrator does with the policies of a data folder.
type policyCmd struct {
	List     policyListCmd     `cmd:"" help:"List the policies."`
	History  policyHistoryCmd  `cmd:"" help:"Show what was done with a policy: when, by whom, why."`
	Withdraw policyWithdrawCmd `cmd:"" help:"Take a policy out of the answers; it stays readable."`
	Rollback policyRollbackCmd `cmd:"" help:"Make an old revision the current one again."`
	Verify   policyVerifyCmd   `cmd:"" help:"Check the log, the audit trail and every stored byte."`
}

// storeFlag says which data folder is meant.
type storeFlag struct {
	Data string `required:"" help:"The data folder." env:"WENCE_DATA" placeholder:"DIR"`
}

// with opens the store, calls f and closes it.
func (c storeFlag) with(ctx context.Context, f func(st *store.Store) error) error {
	st, err := store.Open(ctx, c.Data)
	if err != nil {
		return err
	}
	return errors.Join(f(st), st.Close())
}

type policyListCmd struct {
	storeFlag `embed:""`
}

// Run lists.
func (c policyListCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(st *store.Store) error {
		entries, err := st.Current(ctx)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, e := range entries {
			d, err := st.Document(ctx, e.Document, e.Revision)
			if err != nil {
				return err
			}
			state := string(d.Status)
			if e.Kind == bot.KindWithdraw {
				state = "withdrawn"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%d clauses\t%s\n", e.Document, e.Revision, state, len(d.Clauses), d.Title)
		}
		return t.Flush()
	})
}

type policyHistoryCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy, as list prints it."`
}

// Run shows the history.
func (c policyHistoryCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(st *store.Store) error {
		entries, err := st.History(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("%w; \"wence policy list\" prints the IDs", err)
		}
		t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, e := range entries {
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Seq, e.At.Format(time.DateTime), e.Kind, e.Revision, e.By, e.Reason)
		}
		return t.Flush()
	})
}

type policyWithdrawCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy."`
	By        string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason    string `required:"" help:"Why, for the log."`
}

// Run withdraws.
func (c policyWithdrawCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(st *store.Store) error {
		_, changed, err := st.Withdraw(ctx, c.ID, who(c.By), c.Reason)
		if err != nil {
			return fmt.Errorf("%w; \"wence policy list\" prints the IDs", err)
		}
		return say(s, changed, "withdrawn", "was withdrawn already")
	})
}

type policyRollbackCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy."`
	Revision  string `arg:"" help:"The revision, as history prints it."`
	By        string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason    string `required:"" help:"Why, for the log."`
}

// Run publishes the old revision again, with its original file if there is one.
func (c policyRollbackCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(st *store.Store) error {
		d, err := st.Document(ctx, c.ID, c.Revision)
		if err != nil {
			return fmt.Errorf("%w; \"wence policy history %s\" prints the revisions", err, c.ID)
		}
		file, err := st.Original(ctx, c.ID, c.Revision)
		if err != nil && !errors.Is(err, bot.ErrNotFound) {
			return err
		}
		_, changed, err := st.Publish(ctx, bot.Publication{Document: d, Original: file, By: who(c.By), Reason: c.Reason})
		if err != nil {
			return err
		}
		return say(s, changed, "published again", "is current already")
	})
}

type policyVerifyCmd struct {
	storeFlag `embed:""`
}

// Run verifies.
func (c policyVerifyCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, func(st *store.Store) error {
		last, err := st.Verify(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "all is as it was written; the last audit entry is %d, hash %s\n", last.Seq, last.Hash)
		return err
	})
}

func say(s streams, changed bool, done, nothing string) error {
	text := nothing
	if changed {
		text = done
	}
	_, err := fmt.Fprintln(s.out, text)
	return err
}
