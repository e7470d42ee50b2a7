package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// testEnv are the WENCE_ variables of whoever runs the tests. They are for the tests: the
// program under test must not see them.
var testEnv = map[string]string{}

// TestMain lets the scripts start this test binary as wence.
func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") != "wence" {
		for _, entry := range os.Environ() {
			if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, settingPrefix) {
				testEnv[name] = value
				os.Unsetenv(name) //nolint:errcheck // a name that it has
			}
		}
	}
	testscript.Main(m, map[string]func(){"wence": main})
}

// tempDir returns a folder for other programs' temporary files, which they leave behind
// when they are killed or do less than all. Its path is short enough for sockets in it,
// unlike that of t.TempDir, and a program that still writes into it fails no test.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "wence-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // see above
	return dir
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		WorkdirRoot:         tempDir(t),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fill": cmdFill, "gbk": cmdGBK, "ids": cmdIDs, "revision": cmdRevision,
			"grow": cmdGrow, "many": cmdMany, "load": cmdLoad, "await": cmdAwait,
		},
	})
}

// cmdFill puts into files, for their names in braces, what a script cannot hold.
func cmdFill(ts *testscript.TestScript, _ bool, files []string) {
	special := strings.NewReplacer("{NUL}", "\x00", "{ZIP}", "PK\x03\x04", "{BAD}", "\xff\xc3", "{CR}", "\r", "{BOM}", "\ufeff",
		"{100KB}", strings.Repeat("想贷款,", 10_000), "{5MB}", strings.Repeat("长", 5<<20/3))
	for _, f := range files {
		ts.Check(os.WriteFile(ts.MkAbs(f), []byte(special.Replace(ts.ReadFile(f))), 0o600))
	}
}

// cmdGrow makes a file that many bytes long.
func cmdGrow(ts *testscript.TestScript, _ bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

// cmdMany writes a policy of that many paragraphs, each of which makes the bureau
// responsible for something else.
func cmdMany(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("丙市人民政府办公室关于印发《丙市机床补贴目录》的通知\n丙府办〔2025〕99号\n一、目录\n")
	for i := range n {
		fmt.Fprintf(&b, "第%d种机床给予补贴。(%s负责)\n", i+1, args[2])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// cmdGBK encodes files as GBK.
func cmdGBK(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		raw, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(ts.ReadFile(f)))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(f), raw, 0o600))
	}
}

// cmdRevision sets $REVISION to the revision in the first line of the last output.
func cmdRevision(ts *testscript.TestScript, _ bool, _ []string) {
	fields := strings.Fields(strings.SplitN(ts.ReadFile("stdout"), "\n", 2)[0])
	if len(fields) < 5 {
		ts.Fatalf("no revision in %q", fields)
	}
	ts.Setenv("REVISION", fields[4])
}

// cmdIDs checks that the last output has one JSON object a line with these ids in
// this order; an id with ! behind it is one of {"id","error"}.
func cmdIDs(ts *testscript.TestScript, _ bool, want []string) {
	var got []string
	for line := range bytes.Lines([]byte(ts.ReadFile("stdout"))) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			ts.Fatalf("not a JSON object: %v: %s", err, line)
		}
		id, _ := fields["id"].(string)
		if message, _ := fields["error"].(string); message != "" && len(fields) == 2 {
			id += "!"
		}
		got = append(got, id)
	}
	if !slices.Equal(got, want) {
		ts.Fatalf("got lines %q, want %q", got, want)
	}
}
