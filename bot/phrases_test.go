package bot

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// said are the phrases that the files of this package say: key → the names that
// the calls fill in, nil where a call hands on its own.
type phrasesSaid map[string][][]string

// readPhraseCalls reads the calls of phrase, and the keys that are handed to it by name.
func readPhraseCalls(t *testing.T) phrasesSaid {
	t.Helper()
	out := phrasesSaid{}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	dynamic := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "zz_") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if fun, ok := call.Fun.(*ast.Ident); !ok || fun.Name != "phrase" {
				return true
			}
			filled := []string{}
			for i := 1; i < len(call.Args); i += 2 {
				filled = append(filled, literal(call.Args[i]))
			}
			if key := literal(call.Args[0]); key != "" {
				out[key] = append(out[key], filled)
			} else {
				dynamic++
			}
			return true
		})
	}
	// The keys that are data: kinds of talk, dangers, roles, verdicts, and the two ways to say where.
	byData := []string{"verdict_yes", "verdict_not_lead", "verdict_shared", "verdict_no",
		"verdict_says", "verdict_says_shared", "verdict_wrongly", "verdict_wrongly_shared", "verdict_rightly", "stands", "stands_article",
		"doc_number", "doc_issuers", "doc_written", "contact_phone", "contact_address", "contact_hours"}
	for _, talk := range talks {
		byData = append(byData, talk.kind)
	}
	for _, m := range manners {
		byData = append(byData, m.kind)
	}
	for _, danger := range emergencies {
		byData = append(byData, "emergency_"+danger)
	}
	for _, role := range roleOrder {
		byData = append(byData, string(role))
	}
	for _, key := range byData {
		out[key] = append(out[key], nil)
	}
	if dynamic == 0 || len(out) < 20 {
		t.Fatalf("read only %v, %d by data: has phrase got another name?", slices.Sorted(maps.Keys(out)), dynamic)
	}
	return out
}

// literal returns the value of a string literal, "" for anything else.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

var placeholder = regexp.MustCompile(`\{([a-z]+)\}`)

func TestPhrases(t *testing.T) {
	used := readPhraseCalls(t)
	for _, key := range slices.Sorted(maps.Keys(used)) {
		text, ok := phrases[key]
		if !ok {
			t.Errorf("phrases.txt lacks %s", key)
			continue
		}
		for _, filled := range used[key] {
			if filled == nil {
				continue
			}
			for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(filled, m[1]) {
					t.Errorf("%s says {%s}, a call of it fills in only %v", key, m[1], filled)
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(phrases)) {
		if used[key] == nil {
			t.Errorf("%s is in phrases.txt, and nothing says it", key)
		}
		if strings.TrimSpace(phrases[key]) == "" {
			t.Errorf("%s is empty", key)
		}
	}
}

// TestPhrasesFile holds that no line is lost: one that is not "key = text", or the
// second of a key.
func TestPhrasesFile(t *testing.T) {
	lines := 0
	for i, line := range strings.Split(phrasesSource, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		lines++
		if key, text, ok := strings.Cut(line, " = "); !ok || strings.TrimSpace(key) != key || text == "" {
			t.Errorf("phrases.txt:%d: %q is not \"key = text\"", i+1, line)
		}
	}
	if lines != len(phrases) {
		t.Errorf("%d lines but %d phrases: a key stands twice", lines, len(phrases))
	}
	if got := phrase("elsewhere", "place", "{region}", "region", "乙市"); strings.Count(got, "乙市") != 1 {
		t.Errorf("what is filled in was read again: %s", got)
	}
	if got := phrase("elsewhere", "place", "甲地", "region", "乙市"); !strings.Contains(got, "甲地") || !strings.Contains(got, "乙市") || strings.Contains(got, "{") {
		t.Errorf("filled in: %s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a phrase that is not there is said")
		}
	}()
	phrase("no such phrase")
}

// TestPhrasesStateNothing holds that a phrase says nothing about a matter: no
// figure but the number of the hotline, and where somebody is in danger those that the
// whole country calls then.
func TestPhrasesStateNothing(t *testing.T) {
	for key, text := range phrases {
		for _, f := range figures(text) {
			national := strings.HasPrefix(key, "emergency_") && slices.Contains([]string{"110", "119", "120", "122", "12356"}, f)
			if f != "12345" && !national {
				t.Errorf("%s states the figure %s", key, f)
			}
		}
	}
}
