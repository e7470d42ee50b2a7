// Package store keeps all state of wence: a bot.Store, bot.Auditor, bot.Records and
// bot.Queue on SQLite, one file in the data directory.
//
// It owns the schema, the transactions, and that only one process uses a data
// directory. It refuses to know what the documents say, who may publish them, and
// any index made from them.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/wence-bot/wence/bot"
)

// The files of a data directory.
const (
	databaseFile = "wence.db"
	lockFile     = "wence.lock"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// A Store is a data directory, or a database in memory. It is safe for concurrent use. Writing is done by
// one connection, one transaction after the other; reading goes on meanwhile.
type Store struct {
	dir      string
	lock     *os.File
	writer   *database
	reader   *database
	anchor   *database // holds a database in memory, which goes with its last connection
	now      func() time.Time
	readings readings
	batch    batch
}

var (
	_ bot.Store   = (*Store)(nil)
	_ bot.Auditor = (*Store)(nil)
	_ bot.Records = (*Store)(nil)
	_ bot.Queue   = (*Store)(nil)
)

// Open opens the data directory, makes it if there is none, and brings its schema
// up to date. It fails with ErrLocked if another process uses it, with ErrForeign if the
// database in it is another program's, and with bot.ErrDamaged if it cannot be read; it
// never replaces a database.
func Open(ctx context.Context, dir string) (*Store, error) {
	path, err := filepath.Abs(filepath.Join(dir, databaseFile))
	if err != nil {
		return nil, fmt.Errorf("store: data directory: %w", err)
	}
	lock, unmarked, err := enter(ctx, dir, path)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, lock: lock, now: time.Now}
	err = s.connect(path, nil)
	if err == nil && unmarked { // before anything else is in it, or a crash would leave a stranger
		_, err = s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", dir, s.explain(err)), s.Close())
	}
	return s, nil
}

// memories counts the stores in memory: each has a name of its own in this process.
var memories atomic.Int64

// OpenMemory opens an empty store in memory, with the same schema and statements.
// It is gone when it is closed.
func OpenMemory(ctx context.Context) (*Store, error) {
	s := &Store{dir: "memory", now: time.Now}
	// A leading slash shares the database between the connections of one process.
	path := fmt.Sprintf("/wence-%d", memories.Add(1))
	err := s.connect(path, url.Values{"vfs": {"memdb"}})
	if err == nil {
		// In memory there is no log beside the database: who reads would have to wait for
		// who writes by sleeping. In one queue they wait for no longer than it takes.
		s.anchor, s.reader = s.reader, s.writer
		s.anchor.SetMaxOpenConns(1)
		s.anchor.SetMaxIdleConns(1)
		err = s.anchor.PingContext(ctx)
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: open in memory: %w", s.explain(err)), s.Close())
	}
	return s, nil
}

// prepare makes a connected database ready for use.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	for _, d := range []*database{s.writer, s.reader} {
		if err := d.compile(ctx); err != nil {
			return err
		}
	}
	return nil
}

// connect prepares the connections; the first statement makes them.
func (s *Store) connect(path string, options url.Values) error {
	source := func(pragmas ...string) string {
		query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
		maps.Copy(query, options)
		return fileURL(path, query)
	}
	// FULL: an acknowledged write survives a power cut. The time limit is for a
	// checkpoint of this process; others are kept out by the lock.
	writer, err := sql.Open("sqlite", source("busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"))
	if err != nil {
		return err
	}
	s.writer = &database{DB: writer}
	s.writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", source("busy_timeout(10000)", "query_only(1)"))
	if err != nil {
		return err
	}
	s.reader = &database{DB: reader}
	s.reader.SetMaxOpenConns(8)
	s.reader.SetMaxIdleConns(8)
	return nil
}

// migrate brings the schema up to date: each migration is one transaction.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writer.DB, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if has > knows {
		return fmt.Errorf("the data has version %d, this program knows %d at most: use the newer wence that wrote it", has, knows)
	}
	_, err = provider.Up(ctx)
	return err
}

// check looks for damage where it would make the log wrong. What is stored as
// content has a hash that is checked whenever it is read, and is left to Verify:
// it may be gigabytes.
func (s *Store) check(ctx context.Context) error {
	for _, table := range []string{"log", "audit", "head", "sqlite_schema"} {
		var result string
		if err := s.writer.QueryRowContext(ctx, "PRAGMA quick_check('"+table+"')").Scan(&result); err != nil {
			return err
		}
		if result != "ok" {
			return fmt.Errorf("table %s: %s: %w", table, result, bot.ErrDamaged)
		}
	}
	return nil
}

// Close waits for what is under way and leaves the data directory to others.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*database{s.reader, s.writer, s.anchor} { // the writer after the readers: it empties the write-ahead log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.lock != nil { // nobody else can reach a store in memory
		errs = append(errs, s.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}

// write runs f in one transaction. What f does is done when write returns nil, and
// else nothing of it is. f must not use ctx after it has returned.
func (s *Store) write(ctx context.Context, f func(tx transaction) error) (err error) {
	begun, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	tx := transaction{begun, s.writer.hot}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error says more
		}
	}()
	if err := f(tx); err != nil {
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}
