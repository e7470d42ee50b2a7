package main

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// examplesText has the examples of each command: see its first line.
//
//go:embed examples.txt
var examplesText string

// examples returns what may be typed, by command.
func examples() map[string][]string {
	out, command := map[string][]string{}, ""
	for line := range strings.Lines(examplesText) {
		line = strings.TrimSuffix(line, "\n")
		example, indented := strings.CutPrefix(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case indented:
			out[command] = append(out[command], example)
		default:
			command = line
		}
	}
	return out
}

// groups are what the commands are for, in the order of a beginner.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "ask", Title: "Ask questions"},
		{Key: "policies", Title: "Put in policies and keep them (--data DIR is the folder that holds everything)"},
		{Key: "serve", Title: "Serve a web site, chat platforms and other systems"},
		{Key: "more", Title: "Other"},
	}
}

// explain adds its examples to the help of each command.
func explain(app *kong.Application) {
	all := examples()
	app.Detail = "First steps:\n    " + strings.Join(all[app.Name], "\n    ")
	for _, command := range app.Leaves(false) {
		name := strings.TrimPrefix(command.FullPath(), app.Name+" ")
		if lines := all[name]; len(lines) > 0 {
			command.Detail = "Examples:\n    " + strings.Join(lines, "\n    ")
		}
	}
}

// describe is the help of a flag with its default, which kong leaves out where there is
// a placeholder.
func describe(v *kong.Value) string {
	text := kong.DefaultHelpValueFormatter(v)
	if v.Tag.PlaceHolder == "" || v.Default == "" {
		return text
	}
	return strings.TrimSuffix(text, ".") + "; default " + strings.ReplaceAll(v.Default, ",", ", ") + "."
}

// guess fits the errors in which kong guesses what was meant.
var guess = regexp.MustCompile(`^(unexpected argument|unknown flag) (\S+), did you mean (one of )?(.+)\?$`)

// plain says in words for people what kong says in words for programmers.
var plain = strings.NewReplacer("a valid 64 bit int", "a whole number", "int value", "a whole number", "a float", "a number", "expected duration", "expected a time such as 20s",
	" (string)", "", " (short flag)", "", `: time: missing unit in duration`, ", without unit")

// misuse returns what a person reads of an error in the command line.
func misuse(err error) string {
	command := "wence"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		command = wrong.Context.Selected().FullPath()
	}
	return fmt.Sprintf("wence: %s\nRun \"%s --help\" for what it can do; put -- before a text that begins with -.", likelier(err.Error()), command)
}

// likelier leaves out of an error what nobody means: kong takes any three letters for a
// slip of any others of which one is the same.
func likelier(text string) string {
	m := guess.FindStringSubmatch(text)
	if m == nil {
		return plain.Replace(text)
	}
	typed := strings.TrimLeft(m[2], "-")
	meant := slices.DeleteFunc(strings.Split(m[4], ", "), func(quoted string) bool {
		name := strings.TrimLeft(strings.Trim(quoted, `"`), "-")
		return !strings.HasPrefix(name, typed) && distance(typed, name) > min(likely, (len(typed)+1)/3)
	})
	if len(meant) == 0 {
		return m[1] + " " + m[2]
	}
	return m[1] + " " + m[2] + ", did you mean " + strings.Join(meant, " or ") + "?"
}
