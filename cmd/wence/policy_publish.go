package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/eval"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/extract"
)

// A policyFile is a file with what is understood of it.
type policyFile struct {
	doc   *corpus.Document
	file  bot.File
	notes []string // what the reader of the format had to leave out
}

// read reads and parses a policy file. region is whose it is, empty: as it says itself.
func (h *house) read(ctx context.Context, s streams, name, region string) (policyFile, error) {
	raw, err := readFile(name, s)
	if err != nil {
		return policyFile{}, err
	}
	return h.parse(ctx, filepath.Base(name), raw, region)
}

// parse understands a policy file of a base name.
func (h *house) parse(ctx context.Context, name string, raw []byte, region string) (policyFile, error) {
	read, err := extract.Read(name, raw)
	if err != nil {
		return policyFile{}, err // it names the file
	}
	d, err := h.understand(ctx, read.Text, region)
	if err != nil {
		return policyFile{}, fmt.Errorf("parse %s: %w", name, err)
	}
	return policyFile{d, bot.File{Name: name, Data: raw}, read.Notes}, nil
}

// goldenFile is the name of the golden questions in a data folder. They are tried before
// every publication.
const goldenFile = "golden.jsonl"

// golden reads golden questions: those given, or else those in the data folder.
func (h *house) golden(s streams, data string, names []string) ([]bot.Asked, error) {
	if len(names) == 0 {
		own := filepath.Join(s.path(data), goldenFile)
		if _, err := os.Stat(own); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		names = []string{own}
	}
	var out []bot.Asked
	for _, name := range names {
		raw, err := readFile(name, s)
		if err != nil {
			return nil, err
		}
		golden, err := eval.Read(name, bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		for _, g := range golden {
			out = append(out, bot.Asked{Source: "golden", Question: g.Question(), Right: func(a bot.Answer, docs []*corpus.Document) bool {
				return eval.Judge{Documents: docs}.Judge(g, a)[eval.CheckAll]
			}})
		}
	}
	return out, nil
}

// candidateFlags say what may be published, and what to try it with.
type candidateFlags struct {
	storeFlag  `embed:""`
	regionFlag `embed:""`
	File       string   `arg:"" help:"A policy: txt, md, html, docx, pdf or ofd; - reads standard input."`
	Golden     []string `help:"Golden questions to try; default: golden.jsonl in the data folder." placeholder:"FILE"`
}

// An opener opens a data folder: streams.with or streams.making.
type opener func(ctx context.Context, data string, need depth, f func(h *house) error) error

// with opens the data folder, reads the file and the questions, and calls f.
func (c candidateFlags) with(ctx context.Context, s streams, open opener, f func(h *house, p policyFile, questions []bot.Asked) error) error {
	return open(ctx, c.Data, withBot, func(h *house) error {
		p, err := h.read(ctx, s, c.File, c.Region)
		if err != nil {
			return err
		}
		questions, err := h.golden(s, c.Data, c.Golden)
		if err != nil {
			return err
		}
		return f(h, p, questions)
	})
}

type policyPreviewCmd struct {
	candidateFlags `embed:""`
	Asked          int `help:"Try at most this many of the questions asked last." default:"200"`
}

// Run previews.
func (c policyPreviewCmd) Run(ctx context.Context, s streams) error {
	if err := atLeast(0, "--asked", c.Asked); err != nil {
		return err
	}
	return c.with(ctx, s, s.with, func(h *house, p policyFile, questions []bot.Asked) error {
		publisher := h.publisher
		asked, err := publisher.AskedBefore(ctx, c.Asked)
		if err != nil {
			return err
		}
		preview, err := publisher.Preview(ctx, p.doc, append(questions, asked...))
		if err != nil {
			return err
		}
		return printPreview(s.out, preview, append(p.notes, unknownRegion(p.doc)...))
	})
}

type policyPublishCmd struct {
	candidateFlags `embed:""`
	actFlags       `embed:""`

	Base  string `help:"The revision that it replaces; fails if another one is current by now." placeholder:"REVISION"`
	Force bool   `help:"Publish although something speaks against it; needs --reason, and is recorded."`
}

// Run publishes.
func (c policyPublishCmd) Run(ctx context.Context, s streams) error {
	return c.with(ctx, s, s.making, func(h *house, p policyFile, questions []bot.Asked) error {
		pub := bot.Publication{Document: p.doc, Original: p.file, By: who(s, c.By), Reason: c.Reason, Base: c.Base}
		e, changed, err := h.publisher.Publish(ctx, pub, bot.Test{Golden: questions, Force: c.Force})
		var refused *bot.RefusedError
		if errors.As(err, &refused) {
			return fmt.Errorf("%s: %w\nsee all of it with \"wence policy preview\"; to publish it all the same: --force --reason WHY", c.File, err)
		}
		if err != nil {
			return err
		}
		for _, note := range unknownRegion(p.doc) {
			fmt.Fprintln(s.err, "wence:", note)
		}
		return said(s, changed, fmt.Sprintf("published %s, revision %s, entry %d of the log; %s", e.Document, e.Revision, e.Seq, describeStatus(p.doc, today())), "is current already")
	})
}

type policyWithdrawCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy."`
	By        string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason    string `required:"" help:"Why, for the log." placeholder:"TEXT"`
	Revive    bool   `help:"Answer again from what the policy had repealed; else that stays repealed. Is recorded."`
}

// Run withdraws.
func (c policyWithdrawCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withIndex, func(h *house) error {
		repealed, changed, err := h.publisher.Withdraw(ctx, bot.Withdrawal{ID: c.ID, By: who(s, c.By), Reason: c.Reason, Revive: c.Revive})
		if err != nil {
			return errIDs(err)
		}
		for _, d := range repealed {
			switch name := fmt.Sprintf("%s 《%s》", d.ID, d.Title); {
			case !changed:
			case c.Revive:
				fmt.Fprintf(s.out, "in force again, for nothing else repeals it: %s\n", name)
			default:
				fmt.Fprintf(s.out, "stays repealed, withdrawn with it: %s; to answer from it again: wence policy rollback %s %s\n", name, d.ID, d.Revision)
			}
		}
		return said(s, changed, "withdrawn", "was withdrawn already")
	})
}

type policyRollbackCmd struct {
	storeFlag `embed:""`
	ID        string `arg:"" help:"The ID of the policy."`
	Revision  string `arg:"" help:"The revision, as history prints it."`
	By        string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason    string `required:"" help:"Why, for the log." placeholder:"TEXT"`
}

// Run rolls back.
func (c policyRollbackCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withIndex, func(h *house) error {
		_, changed, err := h.publisher.Rollback(ctx, c.ID, c.Revision, who(s, c.By), c.Reason)
		if err != nil {
			return errIDs(err)
		}
		return said(s, changed, "published again", "is current already")
	})
}

func said(s streams, changed bool, done, nothing string) error {
	text := nothing
	if changed {
		text = done
	}
	_, err := fmt.Fprintln(s.out, text)
	return err
}
