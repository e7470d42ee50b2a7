package corpus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

func foundingText() string { return policies.Texts()[foundingFile] }

func FuzzParse(f *testing.F) {
	f.Add(foundingText())
	files, _ := filepath.Glob("testdata/parse/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("\ufeff一、甲\r\n(一)乙。丙(市财政局负责)\r\n")
	reg := register(f)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := corpus.Parse(text, reg)
		if err != nil {
			return
		}
		checkSpans(t, doc)
		for _, m := range reg.Mentions(text) {
			if text[m.Start:m.End] != m.Name || m.Kind == "" {
				t.Fatalf("mention %+v is not a span", m)
			}
		}
	})
}

func TestParseRefusesWhatIsNoText(t *testing.T) {
	for _, text := range []string{"", " \n\u3000\n", "\xff\xfe1", "PK\x03\x04\x00\x00", "\ufeff"} {
		if _, err := corpus.Parse(text, register(t)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text, reg := foundingText(), register(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := corpus.Parse(text, reg); err != nil {
			b.Fatal(err)
		}
	}
}
