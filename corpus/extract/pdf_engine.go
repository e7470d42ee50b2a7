package extract

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// A Reader reads files with settings of its own. The zero Reader is what the
// function Read uses. A Reader is safe for concurrent use; PDFs are read one after
// the other.
type Reader struct {
	// CacheDir is a folder for the compiled PDF engine, which only the user of this
	// process may write to: what it holds is executed. Empty means wence/pdfium in
	// the user's cache folder; where that cannot be written, each process compiles
	// the engine anew when it meets its first PDF, which takes seconds.
	CacheDir string

	// PDFTime is how long one PDF may take; 0 means 20 seconds.
	PDFTime time.Duration

	engine pdfEngine
}

// Close frees the PDF engine, if there is one. The Reader makes a new one if it
// meets another PDF.
func (r *Reader) Close() {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	r.engine.drop()
}

// pdfEngine is PDFium, compiled to WebAssembly, in a sandbox without files, network
// or clock, with 256 MB of memory. It is made when it is first needed. One PDF is
// read at a time, so that one that takes too long can be ended by ending the engine.
type pdfEngine struct {
	mu     sync.Mutex
	pool   pdfium.Pool
	cache  wazero.CompilationCache // outlives pool: compiling takes seconds
	cancel context.CancelFunc

	interpreting bool // pool is not compiled
	interpreted  int  // how many PDFs were read without compiling
}

// Compiling PDFium takes 3 s of a processor and 300 MB, once per machine; interpreting it
// takes a third of a second and half the memory, but each PDF ten times as long. So the
// first small PDFs of a process that finds nothing compiled are interpreted.
const (
	interpretedMost = 3
	interpretedSize = 256 << 10 // bytes
)

// fonts hold what the sandbox finds under /usr/share/fonts: one font, in which all
// characters are boxes (font_test.go makes it). Without any, PDFium drops a
// text of a single character if the PDF does not hold the font of it.
//
//go:embed fonts
var fonts embed.FS

const (
	pageSize   = 64 << 10  // bytes of a WebAssembly page
	pdfMemory  = 256 << 20 // bytes
	dirPrivate = 0o700
)

// use gives f an instance of its own for at most limit. It returns
// context.DeadlineExceeded if that was not enough.
func (e *pdfEngine) use(cacheDir string, size int, limit time.Duration, f func(pdfium.Pdfium) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	enough := size > interpretedSize || e.interpreted >= interpretedMost
	if e.interpreting && enough {
		e.drop()
	}
	if e.pool == nil {
		e.interpreting = !enough && e.cache == nil && !hasCompiled(folderOf(cacheDir))
		if err := e.start(cacheDir); err != nil {
			e.drop()
			return fmt.Errorf("the PDF engine cannot start (%v); import the docx instead, and report this: %w", err, ErrUnsupported)
		}
	}
	instance, err := e.pool.GetInstance(pdfTime)
	if err != nil {
		e.drop()
		return fmt.Errorf("the PDF engine cannot start (%v); import the docx instead, and report this: %w", err, ErrUnsupported)
	}
	if e.interpreting {
		e.interpreted++
	}
	late := make(chan struct{})
	timer := time.AfterFunc(limit, func() {
		e.cancel() // ends what runs in the sandbox
		close(late)
	})
	err = f(instance)
	if !timer.Stop() {
		<-late
		e.drop()
		return context.DeadlineExceeded
	}
	if closeErr := instance.Close(); closeErr != nil {
		e.drop() // a PDF broke the sandbox: it gets a new one
	}
	return err
}

// start compiles the engine, or loads it from the folder where an earlier process
// left it.
func (e *pdfEngine) start(cacheDir string) error {
	config := wazero.NewRuntimeConfigInterpreter()
	if !e.interpreting {
		if e.cache == nil {
			e.cache = compilationCache(folderOf(cacheDir))
		}
		config = wazero.NewRuntimeConfig().WithCompilationCache(e.cache)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	pool, err := webassembly.Init(webassembly.Config{
		Context:  ctx,
		MaxTotal: 1,
		FSConfig: wazero.NewFSConfig().WithFSMount(fonts, "/usr/share"), // the default would show it the whole disk
		Stdout:   io.Discard,
		Stderr:   io.Discard,
		RuntimeConfig: config.
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithMemoryLimitPages(pdfMemory / pageSize).
			WithCloseOnContextDone(true),
	})
	if err != nil {
		return err
	}
	e.pool = pool
	return nil
}

// folderOf returns the folder for the compiled engine, or "" if there is none.
func folderOf(dir string) string {
	if dir == "" {
		if user, err := os.UserCacheDir(); err == nil {
			return filepath.Join(user, "wence", "pdfium")
		}
	}
	return dir
}

// hasCompiled reports whether an earlier process has compiled the engine into dir, with
// whatever version: if it was another one it is compiled anew.
func hasCompiled(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) > 0
}

func compilationCache(dir string) wazero.CompilationCache {
	if dir != "" && os.MkdirAll(dir, dirPrivate) == nil {
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			return cache
		}
	}
	return wazero.NewCompilationCache()
}

// drop frees the sandbox, not the compiled code.
func (e *pdfEngine) drop() {
	if e.cancel != nil {
		e.cancel()
		e.cancel = nil
	}
	if e.pool != nil {
		_ = e.pool.Close() // it is gone either way
		e.pool = nil
	}
}
