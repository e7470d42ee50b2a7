package corpus_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// realFolder holds real policy documents. They are no part of the project.
const realFolder = "../../shared/policy/real"

// notationOf says in which way a document gave a responsibility.
func notationOf(r corpus.Responsibility) string {
	quote := r.Quote
	label := strings.Contains(quote, "单位：") || strings.Contains(quote, "单位:") || strings.Contains(quote, "部门：") || strings.Contains(quote, "部门:")
	first, _ := utf8.DecodeRuneInString(quote)
	bracket := strings.ContainsRune("（([〔【［", first)
	inner := strings.TrimRight(quote, "）)]〕】］")
	switch {
	case r.Inherited && r.Role == corpus.Shared:
		return "standing note"
	case bracket && label && strings.Contains(quote, "牵头单位：") && !strings.Contains(quote, "为牵头"):
		return "label lead"
	case bracket && label:
		return "label"
	case bracket && strings.Contains(quote, "牵头") && !strings.Contains(quote, "为牵头"):
		return "verb lead joint"
	case bracket && (strings.HasSuffix(inner, "负责") || strings.Contains(quote, "负责，") || strings.Contains(quote, "负责。")):
		return "verb"
	case bracket:
		return "bare list"
	case label:
		return "own line"
	case strings.Contains(quote, "反映"):
		return "contact"
	}
	return "prose"
}

type finding struct{ file, path, role, name string }

// TestRealGold measures the parser by a gold made by hand: for each file and
// clause, the notation, role and name as written of each body.
func TestRealGold(t *testing.T) {
	if _, err := os.Stat(realFolder); err != nil {
		t.Logf("no real documents on this machine: %v", err)
		return
	}
	data, err := os.ReadFile("testdata/real-gold.json")
	if err != nil {
		t.Fatal(err)
	}
	var gold map[string]map[string][][3]string
	if err := json.Unmarshal(data, &gold); err != nil {
		t.Fatal(err)
	}
	want, got := map[finding]string{}, map[finding]string{}
	for file, clauses := range gold {
		text, err := os.ReadFile(filepath.Join(realFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		for path, bodies := range clauses {
			for _, b := range bodies {
				want[finding{file, path, b[1], b[2]}] = b[0]
			}
		}
		for _, c := range parse(t, string(text)).Clauses {
			for _, r := range c.Responsibilities {
				if r.Inherited && r.Role != corpus.Shared {
					continue // repeats the mark in the heading
				}
				got[finding{file, c.Path.String(), string(r.Role), r.AsWritten}] = notationOf(r)
			}
		}
	}
	report, missed := score(want, got)
	t.Log("\n" + report)
	for _, m := range missed {
		t.Log(m)
	}
	checkReport(t, "testdata/real-score.golden", report)
}

// score counts per notation.
func score(want, got map[finding]string) (report string, differences []string) {
	type count struct{ gold, right, parsed, correct int }
	counts := map[string]*count{}
	of := func(notation string) *count {
		if counts[notation] == nil {
			counts[notation] = &count{}
		}
		return counts[notation]
	}
	for f, notation := range want {
		of(notation).gold++
		of("all").gold++
		if _, ok := got[f]; ok {
			of(notation).right++
			of("all").right++
		} else {
			differences = append(differences, fmt.Sprintf("missed %s %s: %s %s", f.file, f.path, f.role, f.name))
		}
	}
	for f, notation := range got {
		of(notation).parsed++
		of("all").parsed++
		if _, ok := want[f]; ok {
			of(notation).correct++
			of("all").correct++
		} else {
			differences = append(differences, fmt.Sprintf("wrong %s %s: %s %s", f.file, f.path, f.role, f.name))
		}
	}
	var names []string
	for n := range counts {
		names = append(names, n)
	}
	slices.Sort(names)
	slices.Sort(differences)
	var b strings.Builder
	fmt.Fprintf(&b, "%-16s %12s %12s\n", "notation", "recall", "precision")
	for _, n := range names {
		c := counts[n]
		fmt.Fprintf(&b, "%-16s %12s %12s\n", n, fmt.Sprintf("%d/%d", c.right, c.gold), fmt.Sprintf("%d/%d", c.correct, c.parsed))
	}
	return b.String(), differences
}

// TestRealTable holds how much is found in each real document.
func TestRealTable(t *testing.T) {
	files, _ := filepath.Glob(realFolder + "/*.txt")
	if len(files) == 0 {
		t.Log("no real documents on this machine")
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s %7s %6s %6s %6s %8s  %s\n", "file", "clauses", "marks", "prose", "bodies", "warnings", "number, dates (written published effective expires), status")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d := parse(t, string(text))
		marks, prose, bodies := map[int]bool{}, map[int]bool{}, map[string]bool{}
		for _, c := range d.Clauses {
			for _, r := range c.Responsibilities {
				bodies[r.Bureau] = true
				switch notation := notationOf(r); {
				case r.Inherited:
				case notation == "prose" || notation == "contact":
					prose[r.Start] = true
				default:
					marks[r.Start] = true
				}
			}
		}
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".txt"), "_")
		fmt.Fprintf(&b, "%-28s %7d %6d %6d %6d %8d  %s; %s %s %s %s; %s\n", name, len(d.Clauses), len(marks), len(prose), len(bodies), len(d.Warnings),
			d.Number, d.Written, d.Published, d.Effective, d.Expires, d.Status)
	}
	checkReport(t, "testdata/real-table.golden", b.String())
}

// checkReport compares with a committed report, or writes it with -update.
func checkReport(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run go test ./corpus -update and review the file", err)
	}
	if got != string(want) {
		t.Errorf("differs from %s: run go test ./corpus -update and review the change\n%s", file, firstDifference(got, string(want)))
	}
}
