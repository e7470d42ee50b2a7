package bleve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wence-bot/wence/index"
)

// A Folder keeps an index on disk, and beside it the next one while that is built.
// Each lies in a folder of its own; the file CURRENT holds the name of the one in
// use and is replaced by renaming, so a crash leaves the old one or the new one in
// use. Only one process may use a Folder.
type Folder struct {
	Path     string
	Analyzer index.Analyzer
}

var _ index.Home = Folder{}

const (
	currentFile = "CURRENT"
	buildPrefix = "index-"
)

// Open implements index.Home. It removes what is left of indexes that are not in use.
func (f Folder) Open(ctx context.Context) (index.Derived, error) {
	name, err := f.current()
	if err != nil {
		return nil, err
	}
	if err := f.sweep(name); err != nil {
		return nil, err
	}
	if err := f.seclude(); err != nil {
		return nil, err
	}
	if name == "" {
		x, promote, err := f.Build(ctx)
		if err != nil {
			return nil, err
		}
		if err := promote(); err != nil {
			return nil, errors.Join(err, x.Close())
		}
		return x, nil
	}
	path := filepath.Join(f.Path, name)
	// Open would make a missing one, and that would be an index without documents.
	if _, err := os.Stat(filepath.Join(path, "index_meta.json")); err != nil {
		return nil, fmt.Errorf("bleve: open %s: %w: %w", path, index.ErrUnusable, err)
	}
	if err := checkSegments(path); err != nil {
		return nil, err
	}
	x, err := Open(path, f.Analyzer)
	if err != nil {
		if strings.Contains(err.Error(), "timeout") { // bbolt's word for a lock that another process holds
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", index.ErrUnusable, err)
	}
	return &stored{Index: x, folder: f, name: name}, nil
}

// Build implements index.Home.
func (f Folder) Build(context.Context) (index.Derived, func() error, error) {
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return nil, nil, fmt.Errorf("bleve: build: %w", err)
	}
	path, err := os.MkdirTemp(f.Path, buildPrefix)
	if err != nil {
		return nil, nil, fmt.Errorf("bleve: build: %w", err)
	}
	x, err := Open(path, f.Analyzer)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(path))
	}
	s := &stored{Index: x, folder: f, name: filepath.Base(path)}
	return s, func() error { return f.promote(s.name) }, nil
}

// current returns the name of the index in use, "" if there is none.
func (f Folder) current() (string, error) {
	data, err := os.ReadFile(filepath.Join(f.Path, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("bleve: which index is in use: %w", err)
	}
	name := strings.TrimSpace(string(data))
	if !strings.HasPrefix(name, buildPrefix) || name != filepath.Base(name) {
		return "", nil // a damaged file: a new index is made
	}
	return name, nil
}

// promote puts the index name in use.
func (f Folder) promote(name string) error {
	temp := filepath.Join(f.Path, currentFile+".new")
	err := f.seclude()
	if err == nil {
		err = writeSynced(temp, name+"\n")
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(f.Path, currentFile))
	}
	if err == nil {
		err = syncDir(f.Path)
	}
	if err != nil {
		return fmt.Errorf("bleve: put index %s in use: %w", name, err)
	}
	return nil
}

// seclude keeps what is there from others on this machine. What is not ours stays as it
// is.
func (f Folder) seclude() error {
	err := filepath.WalkDir(f.Path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && info.Mode().Type()&fs.ModeSymlink == 0 {
			err = os.Chmod(name, info.Mode().Perm()&0o700)
		}
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bleve: permissions: %w", err)
	}
	return nil
}

// sweep removes all indexes but one.
func (f Folder) sweep(keep string) error {
	entries, err := os.ReadDir(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bleve: sweep: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), buildPrefix) && e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(f.Path, e.Name())); err != nil {
				return fmt.Errorf("bleve: sweep: %w", err)
			}
		}
	}
	return nil
}

// stored is an index in a Folder.
type stored struct {
	*Index
	folder Folder
	name   string
}

// Close implements index.Index. An index that is not in use is removed.
func (s *stored) Close() error {
	err := s.Index.Close()
	current, readErr := s.folder.current()
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	if current != s.name {
		err = errors.Join(err, os.RemoveAll(filepath.Join(s.folder.Path, s.name)))
	}
	return err
}

func writeSynced(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// A Memory keeps an index in memory: it is made anew at each start.
type Memory struct {
	Analyzer index.Analyzer
}

var _ index.Home = Memory{}

// Open implements index.Home.
func (m Memory) Open(context.Context) (index.Derived, error) { return New(m.Analyzer) }

// Build implements index.Home.
func (m Memory) Build(context.Context) (index.Derived, func() error, error) {
	x, err := New(m.Analyzer)
	return x, func() error { return nil }, err
}
