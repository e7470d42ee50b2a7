package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line. Each command reads what it needs from the streams.
type cli struct {
	Ask     askCmd     `cmd:"" group:"ask" help:"Answer a question about the policies: the bureaus, the sentence, where it stands."`
	Chat    chatCmd    `cmd:"" group:"ask" help:"Ask one question after the other; a follow-up such as 那上市呢? is understood."`
	Search  searchCmd  `cmd:"" group:"ask" help:"List the clauses that fit a question, without deciding whether they answer it."`
	Import  importCmd  `cmd:"" group:"policies" help:"Put policy files and folders of them into a data folder and publish them."`
	Policy  policyCmd  `cmd:"" group:"policies" help:"Preview and publish policies in a data folder, list and compare them, withdraw one or bring an old revision back."`
	Bureau  bureauCmd  `cmd:"" group:"policies" help:"See and edit the bureaus: names, aliases, former names, how to reach them; and those that documents name and nobody knows."`
	Lesson  lessonCmd  `cmd:"" group:"policies" help:"See, accept and remove the questions that were learnt of confirmed answers."`
	Parse   parseCmd   `cmd:"" group:"policies" help:"Show what is understood of a policy file: clauses, bureaus, warnings."`
	Reindex reindexCmd `cmd:"" group:"policies" help:"Build the search index of a data folder anew, test it, and put it in use; questions are answered meanwhile."`
	Serve   serveCmd   `cmd:"" group:"serve" help:"Answer on the web: chat page, policy reader, interfaces for other systems. Works without any setting."`
	Ticket  ticketCmd  `cmd:"" group:"serve" help:"See, answer and close what was handed over to a person."`
	Channel channelCmd `cmd:"" group:"serve" help:"Test the channels of the file of settings, and see what is stuck in them."`
	Key     keyCmd     `cmd:"" group:"serve" help:"Make, list and revoke the keys with which other systems use the API."`
	MCP     mcpCmd     `cmd:"" group:"serve" name:"mcp" help:"Let an AI agent on this machine ask, over the Model Context Protocol (MCP) on standard input and output."`
	Config  configCmd  `cmd:"" group:"serve" help:"Print the settings as they take effect, with secrets masked."`
	Eval    evalCmd    `cmd:"" group:"more" help:"Measure the answers to golden questions: those whose right answers are known."`
	Version versionCmd `cmd:"" group:"more" help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	dir      string // what the paths of the command line start from; empty for the working directory
	user     string // who started the command, if that was elsewhere
	house    *house // the house that is open, for a command that another process sent here
}

// What a start allocates stays, so to look for garbage in it as often as later costs a
// fifth of the start and finds little.
const (
	starting = 400
	usual    = 100
)

// lookForGarbage sets how much may be allocated before garbage is looked for, in
// percent of what is in use, unless the environment says so.
func lookForGarbage(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

func main() {
	lookForGarbage(starting)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends what the first could not
	os.Exit(run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, s streams) (status int) {
	var c cli
	s.in = &interruptible{ctx: ctx, in: s.in}
	exited := -1
	parser, err := kong.New(&c, kong.Name("wence"),
		kong.Description("问策 answers questions about government policy with the responsible bureaus and the exact clause. It needs no network, key or service."),
		kong.ValueFormatter(describe), kong.ExplicitGroups(groups()), kong.Writers(s.out, s.err), kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s), kong.Resolvers(s.resolver()))
	if err != nil {
		fmt.Fprintln(s.err, "wence:", err)
		return 1
	}
	explain(parser.Model)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err == nil && s.house == nil { // a command that was sent here has another environment
		err = checkEnvironment(k, os.Environ())
	}
	if err != nil {
		fmt.Fprintln(s.err, misuse(err))
		return 1
	}
	err = k.Run()
	var locked *lockedError
	if errors.As(err, &locked) {
		if status, err = forward(ctx, locked.data, args, s); err == nil {
			return status
		}
		err = fmt.Errorf("%w; %w", locked, err)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(s.err, "wence: interrupted")
		return 1
	case err != nil:
		fmt.Fprintln(s.err, "wence:", err)
		return 1
	}
	return 0
}

// resolver gives a command that was sent here the data folder of the house, whatever its
// environment was.
func (s streams) resolver() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if s.house != nil && flag.Name == "data" {
			return s.house.data, nil
		}
		return nil, nil
	})
}

type versionCmd struct{}

// Run prints the version that the Go toolchain recorded.
func (versionCmd) Run(s streams) error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(s.out, "wence", version)
	return err
}
