package store

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestNoRights: who may not use a folder is told what to do.
func TestNoRights(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 3)
	go func() {
		defer close(errs)
		if os.Geteuid() == 0 { // to whom no rights are denied: be nobody, on a thread that ends with this goroutine
			runtime.LockOSThread()
			_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0) // it returns who we were
		}
		for _, d := range []string{dir, dir + "/new"} {
			_, err := Open(ctx, d)
			errs <- err
		}
		errs <- Holds(dir + "/new")
	}()
	for err := range errs {
		if err == nil || !strings.Contains(err.Error(), "run wence as the user who owns it") {
			t.Errorf("%v", err)
		}
	}
}
