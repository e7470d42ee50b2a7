package store

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// contents returns what is in a folder, by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// execute changes a database as another program does.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // closed below
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHolds(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), dir, file} {
		if err := Holds(path); !errors.Is(err, ErrNoData) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := contents(t, dir); len(got) != 1 {
		t.Errorf("looking left %v", got)
	}
	data := filepath.Join(dir, "data")
	s, err := Open(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the test is over
	if err := Holds(data); err != nil {
		t.Error(err)
	}
}

// A database of another program is refused, and not a byte in its folder changes.
func TestForeignDatabaseIsRefused(t *testing.T) {
	for name, statements := range map[string][]string{
		"tables":         {"CREATE TABLE notes (text TEXT)", "INSERT INTO notes VALUES ('mine')"},
		"with a log":     {"CREATE TABLE log (text TEXT)"},
		"application ID": {"PRAGMA application_id = 1196444487"},
		"write-ahead":    {"PRAGMA journal_mode = WAL", "CREATE TABLE notes (text TEXT)"},
		"goose's":        {"CREATE TABLE goose_db_version (id INTEGER)"},
	} {
		dir := t.TempDir()
		execute(t, filepath.Join(dir, databaseFile), statements...)
		before := contents(t, dir)
		t.Chdir(filepath.Dir(dir))
		for _, d := range []string{dir, filepath.Base(dir), "./" + filepath.Base(dir)} {
			if _, err := Open(ctx, d); !errors.Is(err, ErrForeign) {
				t.Errorf("%s: %s: %v", name, d, err)
			}
		}
		if after := contents(t, dir); !maps.Equal(before, after) {
			t.Errorf("%s: the folder was changed: %d files, before %d", name, len(after), len(before))
		}
	}
}

// So is one that another program left behind when it was killed.
func TestForeignDatabaseWithALogIsRefused(t *testing.T) {
	running, dir := t.TempDir(), t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(running, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test is over
	for _, s := range []string{"CREATE TABLE notes (text TEXT)", "PRAGMA journal_mode = WAL", "INSERT INTO notes VALUES ('mine')"} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	for _, suffix := range []string{"", walSuffix} {
		data, err := os.ReadFile(filepath.Join(running, databaseFile+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, databaseFile+suffix), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, dir)
	if _, err := Open(ctx, dir); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("the folder was changed: %d files, before %d", len(after), len(before))
	}
}

// A database says that it is ours, and one from before that is known by its tables and
// says so from then on, also when all that is known of it is in the write-ahead log.
func TestApplicationID(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, databaseFile)
	marked := func() bool {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Equal(data[68:72], []byte("wenc"))
	}
	open := func() {
		s, err := Open(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open()
	if !marked() {
		t.Error("a new database is not marked")
	}
	execute(t, path, "PRAGMA application_id = 0")
	open()
	if !marked() {
		t.Error("an old database was not marked")
	}
	killed := t.TempDir() // as it is after a kill before the first checkpoint
	s, err := Open(ctx, dir+"2")
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range contents(t, dir+"2") {
		if err := os.WriteFile(filepath.Join(killed, filepath.Base(file)), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	dir, path = killed, filepath.Join(killed, databaseFile)
	open()
	if !marked() {
		t.Error("a database in whose log everything was is not marked")
	}
}

// What is kept is for nobody else on this machine, in old folders too.
func TestFilesArePrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	check := func(when string) {
		t.Helper()
		for _, name := range []string{"", databaseFile, databaseFile + walSuffix, databaseFile + shmSuffix, lockFile} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %q is %v", when, name, info.Mode())
			}
		}
	}
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	check("new")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, databaseFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, dir); err != nil {
		t.Fatal(err)
	}
	check("old")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
