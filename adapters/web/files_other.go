//go:build !unix

package web

// maxConnections returns how many clients may be connected.
func maxConnections() int { return 1 << 20 }
