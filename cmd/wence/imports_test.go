package main

import (
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/wence-bot/wence/"
)

// layers says what a package may import beside the standard library. "x/..." is x
// and all below it. A package obeys the rule of its own folder, or else that of
// the nearest folder above that ends in /...; without any it may not exist.
//
// corpus ← index ← bot ← adapters ← cmd. Engines do not see each other, platforms
// see neither stores nor engines.
var layers = map[string][]string{
	"corpus": {},
	"corpus/extract": {"corpus", "golang.org/x/text/...", "golang.org/x/net/html/...", "github.com/PuerkitoBio/goquery",
		"github.com/klippa-app/go-pdfium/...", "github.com/tetratelabs/wazero/..."},
	"corpus/policies": {"corpus"},

	"index":             {"corpus"},
	"index/indextest":   {"corpus", "index"},
	"index/segment/...": {"index", "github.com/go-ego/gse/...", "github.com/mozillazg/go-pinyin", "golang.org/x/text/..."},
	"index/bleve": {"corpus", "index", "github.com/blevesearch/bleve/v2/...", "github.com/blevesearch/bleve_index_api",
		"github.com/blevesearch/scorch_segment_api/v2", "github.com/RoaringBitmap/roaring/v2"},

	"bot":         {"corpus", "index"},
	"bot/compose": {"corpus", "bot", "github.com/sashabaranov/go-openai"},
	"bot/eval":    {"corpus", "bot"},
	"bot/store":   {"corpus", "bot", "modernc.org/sqlite/...", "github.com/pressly/goose/v3"},
	// a suite that the tests of stores call
	"bot/storetest": {"corpus", "bot"},
	// the bot that tests of other packages talk to
	"bot/bottest": {"corpus/...", "index/...", "bot"},

	"adapters": {"corpus", "bot", "github.com/prometheus/client_golang/prometheus", "golang.org/x/time/rate"},
	// a suite that the tests of platforms call
	"adapters/adaptertest": {"corpus", "bot", "bot/storetest", "adapters"},
	"adapters/slack":       {"bot", "adapters", "github.com/slack-go/slack"},
	"adapters/...":         {"corpus", "bot", "adapters"},
	"adapters/web": {"corpus", "bot", "adapters", "github.com/gin-gonic/gin/...", "github.com/prometheus/client_golang/...",
		"github.com/xuri/excelize/v2", "golang.org/x/net/netutil", "golang.org/x/time/rate"},
	// what is mounted in the server may use what the server has for all
	"adapters/web/api": {"corpus", "bot", "adapters", "adapters/web", "github.com/modelcontextprotocol/go-sdk/jsonrpc", "github.com/gin-gonic/gin/...",
		"github.com/modelcontextprotocol/go-sdk/mcp", "github.com/modelcontextprotocol/go-sdk/jsonrpc", "golang.org/x/time/rate"},
	// one call for an access token, however many wait for it
	"adapters/wecom": {"corpus", "bot", "adapters", "golang.org/x/sync/singleflight"},

	// it measures engines side by side, and what the bot makes of them
	"cmd/bench": {"corpus/...", "index/...", "bot", "bot/compose", "github.com/alecthomas/kong", "github.com/blevesearch/bleve/v2/...", "modernc.org/sqlite"},
	"cmd/wence": {"corpus/...", "index/...", "bot/...", "adapters/...", "github.com/alecthomas/kong",
		"github.com/BurntSushi/toml", "github.com/prometheus/client_golang/prometheus",
		"github.com/modelcontextprotocol/go-sdk/mcp", "github.com/modelcontextprotocol/go-sdk/jsonrpc"}, // its standard input and output
}

// checkImport returns what is wrong with the import of to by the package in the
// folder from, or "".
func checkImport(from, to string) string {
	to, own := strings.CutPrefix(to, module)
	first, _, _ := strings.Cut(to, "/")
	if !own && !strings.Contains(first, ".") && first != "C" { // C is cgo, the rest is the standard library
		return ""
	}
	rule, ok := layers[from]
	for dir := from; !ok && dir != "."; dir = path.Dir(dir) {
		rule, ok = layers[dir+"/..."]
	}
	if !ok {
		return fmt.Sprintf("%s has no rule; add one to layers in cmd/wence/imports_test.go", from)
	}
	for _, allowed := range rule {
		tree, all := strings.CutSuffix(allowed, "/...")
		if to == tree || all && strings.HasPrefix(to, tree+"/") {
			return ""
		}
	}
	return fmt.Sprintf("%s may not import %s, only the standard library and %q", from, to, rule)
}

func TestImportOrder(t *testing.T) {
	for name, src := range sources(t) {
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			if wrong := checkImport(path.Dir(name), strings.Trim(spec.Path.Value, "`\"")); wrong != "" {
				t.Errorf("%s: %s", name, wrong)
			}
		}
	}
}

func TestImportOrderCatches(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"corpus", "strings", true},
		{"corpus", module + "index", false},
		{"corpus", "golang.org/x/text/width", false},
		{"corpus", "C", false},
		{"corpus", module + "newlayer", false},
		{"corpus/extract", "golang.org/x/text/width", true},
		{"corpus/extract", "golang.org/x/textual", false},
		{"index", module + "corpus", true},
		{"index", module + "bot", false},
		{"index/bleve", module + "index/segment", false},
		{"index/segment/internal/gendict", "github.com/go-ego/gse", true},
		{"index/segment", "github.com/blevesearch/bleve/v2", false},
		{"index/newengine", module + "index", false}, // no rule yet
		{"bot", module + "index", true},
		{"bot", module + "index/bleve", false},
		{"bot", module + "bot/compose", false},
		{"bot", "github.com/go-ego/gse", false},
		{"bot/compose", module + "bot/eval", false},
		{"bot", module + "bot/store", false},
		{"bot/store", "modernc.org/sqlite", true},
		{"bot/store", module + "index", false},
		{"index", module + "bot/store", false},
		{"adapters/slack", module + "bot", true},
		{"adapters/slack", module + "bot/store", false},
		{"adapters/slack", module + "adapters/wecom", false},
		{"bot", module + "cmd/wence", false},
		{"cmd/wence", module + "index/bleve", true},
		{"cmd/wence", "github.com/blevesearch/bleve/v2", false},
	} {
		if wrong := checkImport(tt.from, tt.to); (wrong == "") != tt.ok {
			t.Errorf("%s → %s: %q, want ok = %v", tt.from, tt.to, wrong, tt.ok)
		}
	}
}

// maxLines keeps the house small enough to read in an afternoon.
const maxLines = 400

func TestFilesAreShort(t *testing.T) {
	for name, src := range sources(t) {
		if n := strings.Count(string(src), "\n"); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: is there a second room in it?", name, n, maxLines)
		}
	}
}

// ours are names of one city: code that knows them answers for no other.
var ours = regexp.MustCompile(`清远|清城|财政局|工业和信息化局|金融工作局|自然资源局`)

// placeNames returns the lines of a Go file that name a place or bureau outside comments.
func placeNames(src []byte) []int {
	var out []int
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0) // without ScanComments it skips them
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return out
		}
		if ours.MatchString(text) {
			out = append(out, file.Line(pos))
		}
	}
}

func TestPlacesAreData(t *testing.T) {
	for name, src := range sources(t) {
		if strings.HasSuffix(path.Dir(name), "test") {
			continue // a suite that tests call, such as indextest
		}
		for _, line := range placeNames(src) {
			t.Errorf("%s:%d names a place or bureau: move it to corpus/policies", name, line)
		}
	}
}

func TestPlacesAreDataCatches(t *testing.T) {
	src := []byte("package a\n\n// 清远市\nvar x = \"a\" // 财政局\nvar y = \"找财政局\"\n/* 清城 */ var 清远 = `\n市自然资源局`\n")
	if got := placeNames(src); !slices.Equal(got, []int{5, 6, 6}) {
		t.Errorf("found in lines %v", got)
	}
}

// zoned is what makes a day or a time of day of an instant in the zone of the machine, or
// of nobody knows where.
var zoned = regexp.MustCompile(`\.Local\(\)|\btime\.Local\b|\.Format\(time\.Date|time\.LoadLocation`)

// Only corpus.DayOf and corpus.China make days: a container has no time zone.
func TestDaysAreMadeInOnePlace(t *testing.T) {
	for name, src := range sources(t) {
		for i, line := range strings.Split(string(src), "\n") {
			if path.Dir(name) != "corpus" && zoned.MatchString(strings.ReplaceAll(line, ".In(corpus.China).Format", "")) {
				t.Errorf("%s:%d makes a day in another way than corpus.DayOf: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}

// sources returns the Go files of the module by their path from its root, without
// tests.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != root && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err == nil {
			out[filepath.ToSlash(rel)], err = os.ReadFile(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := out["cmd/wence/main.go"]; !ok {
		t.Fatalf("walked the wrong folder: %q", slices.Sorted(maps.Keys(out)))
	}
	return out
}
