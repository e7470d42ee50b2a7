package bleve

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"github.com/wence-bot/wence/index"
)

const (
	// checkedFile, in the folder of an index, has a line for each segment that was found
	// sound: name, size, time of the last change.
	checkedFile = "CHECKED"
	// alwaysRead is how many bytes of segments are read at each opening: an index of some
	// thousand clauses, in a millisecond.
	alwaysRead = 4 << 20
	// pauseAfter and pauseFor leave disk and processor to the questions: 20 million bytes
	// a second are read.
	pauseAfter = 1 << 20
	pauseFor   = 50 * time.Millisecond
)

// checkSegments returns ErrUnusable if the checksum of a segment is wrong: bleve does
// not look at it, and would find too little or panic. Segments that a crash left
// half-written are removed: nothing names them yet. One that was sound and has not been
// written since is not read again beyond the first alwaysRead bytes of all, which would
// take as long as all else that opening does: Check reads it later.
func checkSegments(path string) error {
	segments, err := filepath.Glob(filepath.Join(path, "store", "*.zap"))
	if err != nil {
		return fmt.Errorf("bleve: check segments: %w", err)
	}
	before, err := os.ReadFile(filepath.Join(path, checkedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("bleve: check segments: %w", err)
	}
	var checked strings.Builder
	left := int64(alwaysRead)
	for _, name := range segments {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("bleve: check segments: %w", err)
		}
		line := fmt.Sprintf("%s %d %d\n", filepath.Base(name), info.Size(), info.ModTime().UnixNano())
		left -= info.Size()
		sound := left < 0 && strings.Contains("\n"+string(before), "\n"+line)
		if !sound {
			if sound, err = isSound(name, nil); err != nil {
				return fmt.Errorf("bleve: check segments: %w", err)
			}
		}
		if sound {
			checked.WriteString(line)
		} else if err := dropUnnamed(path, name); err != nil {
			return err
		}
	}
	if checked.String() == string(before) {
		return nil
	}
	// What a crash leaves of it is no whole line, and that segment is read again.
	if err := os.WriteFile(filepath.Join(path, checkedFile), []byte(checked.String()), 0o600); err != nil {
		return fmt.Errorf("bleve: check segments: %w", err)
	}
	return nil
}

// dropUnnamed removes a damaged segment, or returns ErrUnusable if the index needs it.
func dropUnnamed(path, name string) error {
	// bbolt keeps the names of the segments in use as they are. One that it has
	// dropped may still be found: the index is then made anew without need.
	names, err := os.ReadFile(filepath.Join(path, "store", "root.bolt"))
	if err != nil || bytes.Contains(names, []byte(filepath.Base(name))) {
		return fmt.Errorf("bleve: open %s: segment %s is damaged: %w", path, filepath.Base(name), index.ErrUnusable)
	}
	if err := os.Remove(name); err != nil {
		return fmt.Errorf("bleve: check segments: %w", err)
	}
	return nil
}

// isSound reports whether a segment file ends with the CRC-32 of what is before,
// as the zap format has it (blevesearch/zapx, README: footer). pause, if there is one, is
// called after each pauseAfter bytes.
func isSound(name string, pause func() error) (bool, error) {
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	info, err := f.Stat()
	if err != nil || info.Size() < 4 {
		return false, err
	}
	sum := crc32.NewIEEE()
	for left := info.Size() - 4; left > 0; left -= pauseAfter {
		if _, err := io.CopyN(sum, f, min(left, pauseAfter)); err != nil {
			return false, err
		}
		if pause != nil {
			if err := pause(); err != nil {
				return false, err
			}
		}
	}
	var footer [4]byte
	if _, err := io.ReadFull(f, footer[:]); err != nil {
		return false, err
	}
	return binary.BigEndian.Uint32(footer[:]) == sum.Sum32(), nil
}

var _ index.Checker = (*Index)(nil)

// Check implements index.Checker: it reads every segment in use and compares its
// checksum. One that is damaged makes the next Open of the Folder return ErrUnusable too.
func (x *Index) Check(ctx context.Context) error {
	if x.rest == nil { // in memory
		return nil
	}
	paths, err := x.segmentPaths()
	if err != nil {
		return fmt.Errorf("bleve: check %s: %w", x.bleve.Name(), err)
	}
	pause := func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pauseFor):
			return nil
		}
	}
	for _, path := range paths {
		sound, err := isSound(path, pause)
		switch {
		case errors.Is(err, fs.ErrNotExist): // merged into another one meanwhile
		case err != nil:
			return fmt.Errorf("bleve: check %s: %w", path, err)
		case !sound:
			return errors.Join(fmt.Errorf("bleve: segment %s is damaged: %w", path, index.ErrUnusable), distrust(x.bleve.Name()))
		}
	}
	return nil
}

// segmentPaths returns where the segments lie that are on disk.
func (x *Index) segmentPaths() (paths []string, err error) {
	engine, err := x.scorch()
	if err != nil {
		return nil, err
	}
	reader, err := engine.Reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close() //nolint:errcheck // nothing was written
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return nil, fmt.Errorf("cannot check a %T", reader)
	}
	for _, s := range snapshot.Segments() {
		if on, ok := s.Segment().(segment.PersistedSegment); ok {
			paths = append(paths, on.Path())
		}
	}
	return paths, nil
}

// distrust has the next Open of an index read all segments.
func distrust(path string) error {
	if err := os.Remove(filepath.Join(path, checkedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// guard turns a panic of what is called into ErrUnusable, see guardFolder. It is deferred
// as guard(&err)(). In memory nothing can be damaged, so there a panic is one.
func (x *Index) guard(err *error) func() {
	if x.rest == nil {
		return func() {}
	}
	return guardFolder(x.bleve.Name(), err)
}

// guardFolder turns a panic into ErrUnusable: bleve takes what a segment has for sound,
// and reads beyond its end if it is not. A disk that cannot be read is a fault of memory,
// for segments are mapped. After any error that is not the caller's the next Open reads
// all segments.
func guardFolder(path string, err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			*err = fmt.Errorf("bleve: read %s: is it damaged? %v: %w", path, r, index.ErrUnusable)
		}
		if *err != nil && !errors.Is(*err, context.Canceled) && !errors.Is(*err, context.DeadlineExceeded) {
			*err = errors.Join(*err, distrust(path))
		}
	}
}
