package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/wence-bot/wence/bot"
)

// ErrLocked is returned by Open for a data directory that is in use.
var ErrLocked = errors.New("data directory in use")

// explain says what an error of the database means and what to do about it.
func (s *Store) explain(err error) error { return explain(err, s.dir) }

func explain(err error, dir string) error {
	var e *sqlite.Error
	if !errors.As(err, &e) || errors.Is(err, bot.ErrFull) || errors.Is(err, bot.ErrDamaged) {
		return err
	}
	switch e.Code() & 0xff { // the upper bits say more precisely what failed
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: make room in %s, then try again; nothing was half-written: %w", bot.ErrFull, dir, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s cannot be read as a database: stop wence, keep the file, and restore a backup: %w",
			bot.ErrDamaged, databaseFile, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("cannot write in %s: check its owner and permissions: %w", dir, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("the disk under %s fails or has a limit: %w", dir, err)
	}
	return err
}
