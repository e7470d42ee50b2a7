package extract

import (
	"regexp"
	"sync"
)

// pattern returns a regular expression that is compiled when it is first used, so
// that a program that extracts nothing does not pay for it at its start.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
