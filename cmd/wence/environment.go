package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settingPrefix is what the names of our variables of the environment begin with.
const settingPrefix = "WENCE_"

// serviceLink fits the variables that Kubernetes sets in every container for a service
// that is called wence or wence-something, with the value that some of them must have.
var serviceLink = regexp.MustCompile(`^WENCE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)=|^WENCE_(\w+_)?PORT=\w+://`)

// checkEnvironment refuses variables that look like settings and are none, so that a slip
// of the pen is not taken for the default. environ is as os.Environ gives it. The file of
// settings may name variables of its own; a command that does not read it refuses only
// what is like one of ours.
func checkEnvironment(k *kong.Context, environ []string) error {
	known, file, reads := settingNames(k)
	if file != "" {
		text, err := os.ReadFile(file) //nolint:gosec // whoever starts wence names it
		if err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		for _, m := range variable.FindAllStringSubmatch(string(text), -1) {
			known = append(known, m[1], m[1]+"_FILE")
		}
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, settingPrefix) || slices.Contains(known, name) || serviceLink.MatchString(entry) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
		switch {
		case distance(name, nearest) <= likely:
			return fmt.Errorf("there is no setting %s in the environment; do you mean %s?", name, nearest)
		case reads:
			slices.Sort(known)
			return fmt.Errorf("there is no setting %s in the environment, only %s; unset it if it is not meant for wence", name, strings.Join(slices.Compact(known), ", "))
		}
	}
	return nil
}

// likely is up to which distance a name is taken for a slip of another.
const likely = 2

// settingNames returns the variables of all flags and the file of settings of the command
// that was chosen; reads reports whether it reads one.
func settingNames(k *kong.Context) (names []string, file string, reads bool) {
	_ = kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			names = append(names, f.Envs...)
		}
		return next(nil)
	})
	for _, f := range k.Flags() {
		if f.Name == "config" {
			file, reads = f.Target.String(), true
		}
	}
	return names, file, reads
}

// distance returns how many letters must be put in, taken out or changed to make b of a
// (Levenshtein 1965).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
