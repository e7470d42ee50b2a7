package corpus_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

func patterns(tb testing.TB, src string) *corpus.Patterns {
	tb.Helper()
	p, err := corpus.ParsePatterns("patterns.txt", src)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// compounds prints what Find finds: key/word/word, with an exclamation mark if apart.
func compounds(p *corpus.Patterns, text string, isWord func(start, end int) bool) string {
	var out []string
	for _, c := range p.Find(text, isWord) {
		s := strings.Join(c.Keys, ",")
		for _, piece := range c.Pieces {
			s += "/" + text[piece[0]:piece[1]]
		}
		if c.Apart {
			s += "!"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func anyWord(int, int) bool { return true }

const somePatterns = `# a comment = is no line
@机器 = 机器 机床 车床
@老旧 = 老 三十年 淘汰
@换 = 换 换新
@家 = 我家 家里
设备更新 技术改造 = @机器+@老旧-@家 @机器+@换+@老旧-@家
家用电器 = 机器+@换+@家
老年人 = @老旧+@家
护照 = 护照
`

func TestPatternsFind(t *testing.T) {
	p := patterns(t, somePatterns)
	for text, want := range map[string]string{
		"":             "",
		"机器":           "", // a part is no pattern
		"办护照":          "护照/护照",
		"机床三十年了":       "设备更新,技术改造/机床/三十年",
		"三十年的机床":       "设备更新,技术改造/三十年/机床",                      // in any order
		"机床三十年了,想换新":   "设备更新,技术改造/机床/三十年 设备更新,技术改造/机床/三十年/换新!", // what stands together counts beside what is apart
		"老机器换新":        "设备更新,技术改造/老/机器/换新",                     // the richer one only
		"我家的机器换新":      "家用电器/我家/机器/换新",
		"机床,护照":        "护照/护照",
		"我家机床三十年,机床淘汰": "老年人/我家/三十年", // what must not stand there, wherever it does
	} {
		if got := compounds(p, text, anyWord); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	// One character is a word only where it stands as one: 老 is not in 老板.
	if got := compounds(p, "老板机器", func(start, end int) bool { return end-start > len("老") }); got != "" {
		t.Errorf("a character inside a word counts: %q", got)
	}
	if got := fmt.Sprint(func() (n int) {
		for range p.Keys {
			n++
		}
		return n
	}()); got != "7" {
		t.Errorf("Keys yields %s texts", got)
	}
}

func TestParsePatternsRefuses(t *testing.T) {
	for src, line := range map[string]string{
		"a = b\nno equals sign": ":2",
		"a = @没有":               ":1",
		"@机 = 机器\n\na = @机+":    ":3",
		"@机 = 机器\na = @机++b":    ":2",
		"a = ":                  ":1",
		" = b":                  ":1",
		"a = b\n@机 =\n":         ":2",
		"@机 = 机\na = @机-@别的 b":  ":2",
		"@机 = 机\na = -@机":       ":2",
	} {
		if _, err := corpus.ParsePatterns("patterns.txt", src); err == nil || !strings.Contains(err.Error(), "patterns.txt"+line) {
			t.Errorf("%q: %v, want an error of line %s", src, err, line)
		}
	}
}

// TestPatternsOfTheVocabulary holds the embedded patterns to their purpose: each has
// words enough not to stand in a text by chance, and policies' names of some length.
func TestPatternsOfTheVocabulary(t *testing.T) {
	src, err := fs.ReadFile(policies.FS, "words/patterns.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := patterns(t, string(src))
	for key := range p.Keys {
		if utf8.RuneCountInString(key) < 2 {
			t.Errorf("policies say %q of many matters", key)
		}
	}
	seen := map[string]bool{}
	for i, line := range strings.Split(string(src), "\n") {
		left, right, ok := strings.Cut(line, " =")
		if !ok || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "@") {
			continue
		}
		for _, text := range strings.Fields(right) {
			if utf8.RuneCountInString(text) < 2 {
				t.Errorf("patterns.txt:%d: %s stands in any text by chance", i+1, text)
			}
		}
		if seen[left] {
			t.Errorf("patterns.txt:%d: %s stands twice", i+1, left)
		}
		seen[left] = true
	}
}

func FuzzPatterns(f *testing.F) {
	for _, s := range []string{"老机器换新", "我家机床三十年,护照", "\xff护照", "r&d", ""} {
		f.Add(s)
	}
	p := patterns(f, somePatterns)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range p.Find(text, anyWord) {
			last := 0
			for _, piece := range c.Pieces {
				if piece[0] < last || piece[1] <= piece[0] || piece[1] > len(text) {
					t.Fatalf("%q: pieces %v", text, c.Pieces)
				}
				last = piece[1]
			}
		}
	})
}
