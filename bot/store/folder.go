package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

// Why a folder is not opened.
var (
	// ErrNoData is returned by Holds for a folder without our database.
	ErrNoData = errors.New("no wence data")
	// ErrForeign is returned by Open for a folder whose database another program made.
	ErrForeign = errors.New("not a database of wence")
)

// applicationID is what the header of our databases says they are: "wenc". See
// https://www.sqlite.org/fileformat2.html#application_id
const applicationID = 0x77656e63

// ourTables tell the databases from before they had an applicationID: each has had these
// since the first.
var ourTables = []string{"log", "head", "audit"}

// Holds returns nil if a folder holds a database, ErrNoData if it does not or is not
// there, and another error if nobody can tell. It changes nothing.
func Holds(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: there is no folder %s", ErrNoData, dir)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%w: %s is a file, no folder", ErrNoData, dir)
	case err == nil:
		_, err = os.Stat(filepath.Join(dir, databaseFile))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no %s in %s", ErrNoData, databaseFile, dir)
	}
	if err != nil {
		return fmt.Errorf("store: data directory: %w", advise(err, dir))
	}
	return nil
}

// advise says what to do about an error of the file system.
func advise(err error, dir string) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("no right to use %s: run wence as the user who owns it, or give it to who runs wence (chown -R USER %s): %w", dir, dir, err)
	}
	return err
}

// enter makes dir if there is none and locks it; path, not relative, is that of the
// database in it. It fails with ErrForeign, and leaves no
// trace, if the database in it is not ours; unmarked reports that it has no applicationID
// yet.
func enter(ctx context.Context, dir, path string) (lock *os.File, unmarked bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, fmt.Errorf("store: data directory: %w", advise(err, dir))
	}
	_, missing := os.Lstat(filepath.Join(dir, lockFile))
	if lock, err = lockDir(dir); err != nil {
		return nil, false, advise(err, dir)
	}
	unmarked, err = identify(ctx, path)
	if err == nil {
		err = protect(path)
	}
	if err == nil {
		return lock, unmarked, nil
	}
	if errors.Is(err, ErrForeign) && errors.Is(missing, fs.ErrNotExist) {
		err = errors.Join(err, os.Remove(lock.Name()))
	}
	return nil, false, errors.Join(fmt.Errorf("store: open %s: %w", dir, advise(err, dir)), lock.Close())
}

// identify looks whether a database is ours without changing it. What is no database at
// all is left to SQLite, which refuses it.
func identify(ctx context.Context, path string) (unmarked bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	const magic, idOffset = "SQLite format 3\x00", 68
	var header [100]byte
	switch _, err := io.ReadFull(f, header[:]); {
	case errors.Is(err, io.EOF):
		return true, nil // made, and killed before anything was written
	case errors.Is(err, io.ErrUnexpectedEOF), err == nil && string(header[:len(magic)]) != magic:
		return false, nil
	case err != nil:
		return false, err
	}
	id := int64(binary.BigEndian.Uint32(header[idOffset:]))
	if id == applicationID {
		return false, nil
	}
	var tables []string
	if id == 0 { // it may stand in the log beside the database still
		id, tables, err = inspect(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
		if info, noLog := os.Stat(path + walSuffix); noLog == nil && info.Size() > 0 && len(tables) == 0 {
			id, tables, err = inspect(ctx, path, url.Values{"mode": {"ro"}})
		}
		if err != nil {
			return false, fmt.Errorf("whose database is it: %w", explain(err, filepath.Dir(path)))
		}
	}
	switch {
	case id == applicationID:
		return false, nil
	case id == 0 && (len(tables) == 0 || !slices.ContainsFunc(ourTables, func(t string) bool { return !slices.Contains(tables, t) })):
		return true, nil
	}
	return false, fmt.Errorf("%w: %s is of another program; give another folder with --data, or move that file away. Nothing was changed", ErrForeign, path)
}

// inspect reads the application ID and the tables of a database. If it is told that the
// database is immutable it looks at nothing beside it, and makes nothing there.
func inspect(ctx context.Context, path string, query url.Values) (id int64, tables []string, err error) {
	db, err := sql.Open("sqlite", fileURL(path, query))
	if err != nil {
		return 0, nil, err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		return 0, nil, err
	}
	defer rows.Close() //nolint:errcheck // read to the end
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return 0, nil, err
		}
		tables = append(tables, name)
	}
	return id, tables, rows.Err()
}

// fileURL names a database for the driver.
func fileURL(path string, query url.Values) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()} // escapes ? and % in the path
	return u.String()
}

// walSuffix and shmSuffix are what SQLite appends for the files beside a database.
const (
	walSuffix = "-wal"
	shmSuffix = "-shm"
)

// protect makes the database if there is none, and keeps it and what SQLite puts beside
// it from others on this machine: conversations are in it. SQLite gives the files beside
// it the mode that it has.
func protect(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	for _, suffix := range []string{"", walSuffix, shmSuffix} {
		if err := tighten(path + suffix); err != nil {
			return err
		}
	}
	return nil
}

// tighten takes what others may do with a file away. That of another owner stays as it is.
func tighten(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(path, info.Mode().Perm()&0o700)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
