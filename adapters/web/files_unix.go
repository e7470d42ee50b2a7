//go:build unix

package web

import "syscall"

// maxConnections returns how many clients may be connected: some file descriptors are
// left for what is stored. Who comes later waits for one who leaves.
func maxConnections() int {
	const few, many = 64, 1 << 20
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return many
	}
	return int(max(few, min(uint64(r.Cur)/10*9, many)))
}
