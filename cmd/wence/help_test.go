package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command has examples, and every example is one that the program takes.
func TestExamplesCanBeTyped(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("wence.toml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := examples()
	for _, command := range parserOf(t).Model.Leaves(false) {
		name := strings.TrimPrefix(command.FullPath(), "wence ")
		for _, example := range all[name] {
			_, typed, _ := strings.Cut(example, "wence ")
			typed, _, _ = strings.Cut(typed, " <")
			typed, _, _ = strings.Cut(typed, " >")
			k, err := parserOf(t).Parse(strings.Fields(typed))
			if err != nil {
				t.Errorf("%s: %v", example, err)
			} else if k.Selected().FullPath() != command.FullPath() {
				t.Errorf("%s stands below %s", example, name)
			}
		}
		if len(all[name]) == 0 {
			t.Errorf("%s has no example", name)
		}
		delete(all, name)
	}
	for _, example := range all["wence"] {
		if _, err := parserOf(t).Parse(strings.Fields(example)[1:]); err != nil {
			t.Errorf("%s: %v", example, err)
		}
	}
	delete(all, "wence")
	for name := range all {
		t.Errorf("there is no command %s", name)
	}
}

// The first help says what to type first, and each command stands below what it is for.
func TestHelpIsGrouped(t *testing.T) {
	var out bytes.Buffer
	if status := run(context.Background(), []string{"--help"}, streams{in: strings.NewReader(""), out: &out, err: &out}); status != 0 {
		t.Fatalf("status %d: %s", status, &out)
	}
	rest := out.String()
	wanted := []string{"First steps:", "wence ask 想贷点款", "wence serve"}
	for _, g := range groups() {
		wanted = append(wanted, "\n"+g.Title+"\n")
	}
	for _, want := range wanted {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Errorf("%q is not where it should be in %s", want, &out)
			continue
		}
		rest = after
	}
	if strings.Contains(out.String(), "\nCommands:") {
		t.Error("a command has no group")
	}
}

// The help of a command shows its examples, its defaults and their units.
func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if status := run(context.Background(), []string{"serve", "--help"}, streams{in: strings.NewReader(""), out: &out, err: &out}); status != 0 {
		t.Fatalf("status %d: %s", status, &out)
	}
	help := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"Examples: wence serve wence serve --data", "($WENCE_ADDR); default 127.0.0.1:8080.", "Requests per second", "; default 50.", "; default 127.0.0.1, ::1."} {
		if !strings.Contains(help, want) {
			t.Errorf("%q is not in the help: %s", want, &out)
		}
	}
	for _, f := range flagsOf(t) {
		if f.Help == "" || f.Tag.PlaceHolder == "" && f.Default == "" && !f.IsBool() {
			t.Errorf("--%s: what it takes is not said: %q", f.Name, f.Help)
		}
	}
}

func flagsOf(t *testing.T) (all []*kong.Flag) {
	t.Helper()
	err := kong.Visit(parserOf(t).Model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			all = append(all, f)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
