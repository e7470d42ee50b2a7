package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wence-bot/wence/bot"
)

type importCmd struct {
	Data       string `required:"" help:"The data folder; made if there is none." env:"WENCE_DATA" placeholder:"DIR"`
	By         string `help:"Who does it, for the log; default: the user of this machine." placeholder:"NAME"`
	Reason     string `help:"Why, for the log." placeholder:"TEXT"`
	Verbose    bool   `short:"v" help:"Print a line for each file that is in for good: entry of the log, ID, revision, path."`
	regionFlag `embed:""`
	Paths      []string `arg:"" name:"path" help:"Policy files (txt, md, html, docx, pdf, ofd) and folders of them."`
}

// Validate refuses a folder without a name, which WENCE_DATA may have given.
func (c *importCmd) Validate() error { return checkData(c.Data) }

var errRefused = errors.New("files were refused; the others are in")

// settleEvery is after how many files a running service answers from what is in.
const settleEvery = 64

// Run imports. A file that cannot be read is named with the reason, and the others go on.
func (c *importCmd) Run(ctx context.Context, s streams) (err error) {
	files, refused, err := collect(s, c.Paths)
	if err != nil {
		return err
	}
	return s.making(ctx, c.Data, withIndex, func(h *house) error {
		publisher := h.publisher
		counts := map[string]int{"refused": len(refused)}
		for _, err := range refused { // here, for it may be another process that imports
			fmt.Fprintln(s.err, err)
		}
		refuse := func(name string, err error) {
			counts["refused"]++
			fmt.Fprintf(s.err, "%s: %v\n", name, err)
		}
		waiting := c.understand(ctx, s, h, files, refuse)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		progress := progressBar(s, len(waiting))
		for i, w := range waiting {
			if ctx.Err() != nil {
				return errors.Join(ctx.Err(), publisher.Settle(context.WithoutCancel(ctx)))
			}
			outcome, fileErr := c.publish(ctx, s, h, w)
			if errors.Is(fileErr, bot.ErrFull) || errors.Is(fileErr, bot.ErrDamaged) {
				return fileErr // no other file will fare better
			}
			if fileErr != nil {
				refuse(w.name, fileErr)
			} else {
				counts[outcome]++
			}
			progress()
			if i%settleEvery == settleEvery-1 {
				if err := publisher.Settle(ctx); err != nil {
					return err
				}
			}
		}
		if err := publisher.Settle(ctx); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%d published, %d unchanged, %d refused\n", counts["published"], counts["unchanged"], counts["refused"])
		if n := counts["refused"]; n > 0 {
			return fmt.Errorf("%d %w", n, errRefused)
		}
		return nil
	})
}

// An importFile is a file that waits to be published.
type importFile struct {
	name string
	day  string      // see corpus.Document.Dated
	read *policyFile // nil: to be read once more
}

// keptBytes bounds how much of the files of an import is kept in memory while they are
// put in order.
const keptBytes = 256 << 20

// understand reads files and puts them in the order of their days, those without one
// first: of two versions of a policy the newer one becomes current.
func (c *importCmd) understand(ctx context.Context, s streams, h *house, files []string, refuse func(name string, err error)) []importFile {
	var out []importFile
	kept := 0
	for _, name := range files {
		p, err := h.read(ctx, s, name, c.Region)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			refuse(name, err)
			continue
		}
		f := importFile{name: name, day: p.doc.Dated()}
		if kept += len(p.file.Data) + len(p.doc.Text); kept < keptBytes {
			f.read = &p
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(x, y importFile) int { return cmp.Compare(x.day, y.day) })
	return out
}

// publish publishes one file.
func (c *importCmd) publish(ctx context.Context, s streams, h *house, f importFile) (outcome string, err error) {
	if f.read == nil {
		p, err := h.read(ctx, s, f.name, c.Region)
		if err != nil {
			return "", err
		}
		f.read = &p
	}
	e, changed, err := h.publisher.Import(ctx, bot.Publication{Document: f.read.doc, Original: f.read.file, By: who(s, c.By), Reason: c.Reason})
	switch {
	case err != nil:
		return "", err
	case !changed:
		return "unchanged", nil
	}
	for _, note := range unknownRegion(f.read.doc) {
		fmt.Fprintf(s.err, "%s: %s\n", f.name, note)
	}
	if c.Verbose {
		fmt.Fprintf(s.out, "%d %s %s %s\n", e.Seq, e.Document, e.Revision, f.name)
	}
	return "published", nil
}

// policyFiles are the endings of files that are looked for in a folder. A file named
// on the command line is read whatever its ending. The last two are refused with
// advice how to convert them: they must not be passed over in silence.
var policyFiles = []string{".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".ofd", ".doc", ".wps"}

// collect lists the files of paths: of folders the policy files, without hidden ones.
// refused says what cannot be read; if there is nothing else, collect fails.
func collect(s streams, paths []string) (files []string, refused []error, err error) {
	for _, p := range paths {
		p = s.path(p)
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				refused = append(refused, fmt.Errorf("%w; check the path", err))
				if d != nil && d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case name != p && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
			case name == p && !d.IsDir(), d.Type().IsRegular() && slices.Contains(policyFiles, strings.ToLower(filepath.Ext(name))):
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(files) == 0 {
		return nil, nil, errors.Join(append(refused, fmt.Errorf("no policy file in %s; nothing was done", strings.Join(paths, ", ")))...)
	}
	return files, refused, nil
}

// who names the one who acts, for the log.
func who(s streams, given string) string {
	if named := cmp.Or(given, s.user); named != "" {
		return named
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// progressBar returns a function to be called for each file. It draws on a terminal only.
func progressBar(s streams, total int) func() {
	done := 0
	f, ok := s.err.(*os.File)
	if ok {
		info, err := f.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	const width = 30
	return func() {
		done++
		if !ok {
			return
		}
		full := width * done / total
		fmt.Fprintf(f, "\r[%s%s] %d/%d", strings.Repeat("=", full), strings.Repeat(" ", width-full), done, total)
		if done == total {
			fmt.Fprintln(f)
		}
	}
}
