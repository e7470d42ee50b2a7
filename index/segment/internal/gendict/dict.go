package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const dictHeader = `# General Chinese words, a subset of dict/zh/s_1.txt of github.com/go-ego/gse v0.80.3,
# Apache License 2.0 (which goes back to jieba's dictionary, MIT License). Made by gendict.
# Lines: word, count, part of speech (ICTCLAS). The total is that of the whole dictionary.
# total %.0f

`

const (
	common   = 300 // words at least this frequent are kept
	place    = 10  // so are places (ns), for a question about another place must be seen
	attested = 3   // rarer words stay if the usage texts have them this often
)

type entry struct {
	word string
	freq float64
	pos  string
}

func writeDict(path string, usage []string) error {
	dir, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-ego/gse").Output()
	if err != nil {
		return fmt.Errorf("find module gse: %w", err)
	}
	all, total, err := readGSE(filepath.Join(strings.TrimSpace(string(dir)), "data/dict/zh/s_1.txt"))
	if err != nil {
		return err
	}
	var rare map[string]bool
	if len(usage) > 0 {
		rare, err = count(all, total, usage)
	} else {
		rare, err = present(path)
	}
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, dictHeader, total)
	n := 0
	for _, e := range all {
		if keep(e) || rare[e.word] {
			fmt.Fprintf(&b, "%s %.0f %s\n", e.word, e.freq, e.pos)
			n++
		}
	}
	fmt.Printf("%s: %d of %d words\n", path, n, len(all))
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// keep decides by frequency and kind alone. Names of persons, idioms and figures of
// speech must be more frequent, for policies do not speak of them.
func keep(e entry) bool {
	n := utf8.RuneCountInString(e.word)
	switch e.pos {
	case "ns":
		return e.freq >= place
	case "nr", "nrt", "nrfg", "i", "l", "z", "o", "zg", "g", "x":
		return e.freq >= 3*common
	case "n", "vn", "v", "j", "b", "nz":
		if n >= 2 && n <= 4 {
			return e.freq >= common
		}
	}
	return e.freq >= 2*common || n == 1 && e.freq >= common
}

// readGSE returns the entries sorted by word, and the sum of their counts. Words
// that the segmenter never meets, because folding changes them, are left out.
func readGSE(path string) (all []entry, total float64, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		freq, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		total += freq
		if freq >= 2 && strings.IndexFunc(f[0], func(r rune) bool { return !unicode.Is(unicode.Han, r) }) < 0 {
			all = append(all, entry{f[0], math.Round(freq), f[2]})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.word, b.word) })
	return all, total, nil
}

// present returns the words of the dictionary as it is.
func present(path string) (map[string]bool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	words := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if w, _, ok := strings.Cut(line, " "); ok && w != "#" {
			words[w] = true
		}
	}
	return words, nil
}

// count cuts the usage texts with the whole dictionary and returns the words that
// stand in at least `attested` lines.
func count(all []entry, total float64, usage []string) (map[string]bool, error) {
	bits := make(map[string]float64, len(all))
	for _, e := range all {
		bits[e.word] = math.Log2(total / e.freq)
	}
	lines := map[string]int{}
	for _, path := range usage {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			seen := map[string]bool{}
			for run := range strings.FieldsFuncSeq(line, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
				for _, w := range shortest([]rune(run), bits) {
					if !seen[w] {
						seen[w] = true
						lines[w]++
					}
				}
			}
		}
	}
	words := map[string]bool{}
	for w, n := range lines {
		if n >= attested && utf8.RuneCountInString(w) > 1 {
			words[w] = true
		}
	}
	return words, nil
}

// shortest is the frequency shortest path, as gse walks it.
func shortest(run []rune, bits map[string]float64) []string {
	const longest, unknown = 8, 32
	best := make([]float64, len(run)+1)
	from := make([]int, len(run)+1)
	for i := range run {
		best[i+1] = math.Inf(1)
	}
	for i := range run {
		for j := i + 1; j <= min(len(run), i+longest); j++ {
			b, ok := bits[string(run[i:j])]
			if !ok && j > i+1 {
				continue
			} else if !ok {
				b = unknown
			}
			if best[i]+b < best[j] {
				best[j], from[j] = best[i]+b, i
			}
		}
	}
	var words []string
	for j := len(run); j > 0; j = from[j] {
		words = append(words, string(run[from[j]:j]))
	}
	return words
}
