package extract_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/wence-bot/wence/corpus/extract"
)

// TestFirstPDFsAreInterpreted reads one PDF again and again: the first times without
// compiling the engine, then compiled, always with the same result.
func TestFirstPDFsAreInterpreted(t *testing.T) {
	raw := asPDF(typeset(plan), true)
	reader := &extract.Reader{CacheDir: t.TempDir()}
	defer reader.Close()
	want := ""
	for i := range 5 {
		res, err := reader.Read("a.pdf", raw)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = res.Text
		}
		if res.Text != want {
			t.Errorf("the %d. time it reads %q, before %q", i+1, res.Text, want)
		}
		left, err := os.ReadDir(reader.CacheDir)
		if err != nil || (len(left) > 0) != (i >= 3) {
			t.Errorf("after %d times the cache has %d entries, %v", i+1, len(left), err)
		}
	}
}

// TestInterpretedTimeLimit holds that the limit ends an interpreted PDF too.
func TestInterpretedTimeLimit(t *testing.T) {
	raw := asPDF(typeset(plan), true)
	reader := &extract.Reader{CacheDir: t.TempDir(), PDFTime: time.Nanosecond}
	defer reader.Close()
	if _, err := reader.Read("a.pdf", raw); !errors.Is(err, extract.ErrTooLarge) {
		t.Errorf("a slow PDF: %v", err)
	}
	reader.PDFTime = 0
	if _, err := reader.Read("a.pdf", raw); err != nil {
		t.Errorf("the one after it: %v", err)
	}
}
