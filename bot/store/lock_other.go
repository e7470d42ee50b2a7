//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package store

import (
	"errors"
	"os"
)

// lockDir refuses: without a lock that ends with the process, two could use one
// data directory.
func lockDir(string) (*os.File, error) {
	return nil, errors.New("store: data directories cannot be locked on this system")
}
