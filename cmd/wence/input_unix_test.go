//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe that nobody writes to is a refused line of an import, not the end of it.
func TestImportRefusesPipes(t *testing.T) {
	dir := t.TempDir()
	pipe, policy := filepath.Join(dir, "pipe.txt"), filepath.Join(dir, "policy.txt")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, []byte("丙市人民政府关于机床的通知\n丙府〔2025〕7号\n一、主要任务\n对机床企业的贷款给予贴息。(市财政局负责)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	code := run(t.Context(), []string{"import", "--data", filepath.Join(dir, "data"), pipe, policy}, streams{in: strings.NewReader(""), out: &out, err: &stderr})
	if code != 1 || !strings.Contains(out.String(), "1 published, 0 unchanged, 1 refused") || !strings.Contains(stderr.String(), "pipe.txt is a pipe") {
		t.Errorf("status %d: %s%s", code, &out, &stderr)
	}
}
