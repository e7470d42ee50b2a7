package corpus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

func lexicon(tb testing.TB, src string) *corpus.Lexicon {
	tb.Helper()
	l, err := corpus.ParseLexicon("words.txt", src)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// found prints what Find finds: phrase@start/keys.
func found(l *corpus.Lexicon, text string) string {
	var out []string
	for _, f := range l.Find(text) {
		out = append(out, fmt.Sprintf("%s@%d/%s", f.Phrase, f.Start, strings.Join(f.Keys, ",")))
	}
	return strings.Join(out, " ")
}

func TestLexiconFind(t *testing.T) {
	l := lexicon(t, `# a comment = is no line
融资 = 贷款 贷款贴息 周转
补助 = 贷款贴息 奖
挂牌上市 = ipo 三板 r&d
`)
	for text, want := range map[string]string{
		"":           "",
		"找谁":         "",
		"贷款找谁":       "贷款@0/融资",
		"想贷款贴息":      "贷款贴息@3/融资,补助", // the longest, under both its keys
		"贷款贴":        "贷款@0/融资",      // half of the longer one
		"贷款贷款周转":     "贷款@0/融资 贷款@6/融资 周转@12/融资",
		"奖":          "奖@0/补助",
		"ipo":        "ipo@0/挂牌上市",
		"想ipo找谁":     "ipo@3/挂牌上市",
		"ipo,ipo":    "ipo@0/挂牌上市 ipo@4/挂牌上市",
		"ipod":       "", // inside a Latin word it is another one
		"tipo":       "",
		"ipo2":       "",
		"r&d":        "r&d@0/挂牌上市",
		"xr&d":       "",
		"三板":         "三板@0/挂牌上市",
		"3三板x":       "三板@1/挂牌上市", // a Chinese phrase needs no border
		"IPO":        "",          // the lexicon does not fold: its text is normalised
		"\xff贷款\xff": "贷款@1/融资",
		"\xe8贷款":     "贷款@1/融资",
	} {
		if got := found(l, text); got != want {
			t.Errorf("%q: found %q, want %q", text, got, want)
		}
	}
	if got := strings.Join(l.Keys(), " "); got != "融资 补助 挂牌上市" {
		t.Errorf("keys %q", got)
	}
	if got := strings.Join(l.KeysOf("贷款贴息"), " "); got != "融资 补助" || l.Has("贴息") || l.KeysOf("贴息") != nil || !l.Has("奖") {
		t.Errorf("keys of 贷款贴息: %q", got)
	}
}

func TestLexiconAdd(t *testing.T) {
	l := lexicon(t, "融资 = 贷款")
	l.Add("贷款", "融资") // twice counts once
	l.Add("贷款担保", "融资")
	if got := found(l, "贷款和贷款担保"); got != "贷款@0/融资 贷款担保@9/融资" {
		t.Errorf("found %q", got)
	}
	n := 0
	for phrase, keys := range l.Phrases {
		if n++; !slices.Equal(keys, []string{"融资"}) {
			t.Errorf("%s stands under %v", phrase, keys)
		}
	}
	if n != 2 {
		t.Errorf("%d phrases, want 2", n)
	}
	for range l.Phrases {
		break // must be able to stop
	}
}

func TestLexiconReplace(t *testing.T) {
	l := lexicon(t, "哪个 = 边个 邊個\n找 = 搵\n哪个部门 = 边个部门")
	for text, want := range map[string]string{
		"":          "",
		"找谁":        "找谁",
		"搵边个":       "找哪个",
		"搵边个部门办":    "找哪个部门办", // the longest
		"搵搵搵":       "找找找",
		"贷款搵邊個?":    "贷款找哪个?",
		"\xff搵\xff": "\xff找\xff",
	} {
		if got := l.Replace(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := lexicon(t, "先 = 甲\n后 = 甲").Replace("甲"); got != "先" {
		t.Errorf("of two keys %q was taken, want the first", got)
	}
}

func TestParseLexiconErrors(t *testing.T) {
	for src, where := range map[string]string{
		"融资 贷款":                  "words.txt:1: ",
		"# x\n\n融资 = 贷款\n补助":     "words.txt:4: ",
		"融资 = 贷款\r\n = 贷款\r\n":   "words.txt:2: ",
		"融资=贷款":                  "words.txt:1: ",
		"融资 = 贷款\n  # ok\n贴息:利息": "words.txt:3: ",
	} {
		if _, err := corpus.ParseLexicon("words.txt", src); err == nil || !strings.HasPrefix(err.Error(), where) {
			t.Errorf("%q: %v, want an error at %s", src, err, where)
		}
	}
	if l := lexicon(t, "\ufeff# none\n\n"[3:]); len(l.Keys()) != 0 || l.Find("x") != nil {
		t.Error("a file of comments holds something")
	}
	if l := lexicon(t, "融资 = 贷款\r\n补助 =\r\n"); found(l, "贷款\r") != "贷款@0/融资" || len(l.Keys()) != 2 {
		t.Error("line ends of Windows stay in the words")
	}
}

func TestParseList(t *testing.T) {
	l := corpus.ParseList("filler", "# 谁 没有\n的 了\n  请问\t你好 \n\n  # 他\n的")
	if got := found(l, "请问谁的他了"); got != "请问@0/filler 的@9/filler 了@15/filler" {
		t.Errorf("found %q", got)
	}
}

func FuzzLexicon(f *testing.F) {
	f.Add("融资 = 贷款 周转\n挂牌上市 = ipo", "想贷款ipo周转ipod")
	f.Add("a = 甲 甲乙 甲乙丙\nb = 乙丙", "甲乙丙甲乙甲")
	f.Add("k = \xff \xe4\xb8", "\xff\xe4\xb8\x80\xff")
	f.Add("no equals sign", "x")
	f.Fuzz(func(t *testing.T, src, text string) {
		l, err := corpus.ParseLexicon("f", src)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("the error names no line: %v", err)
			}
			return
		}
		last := 0
		for _, f := range l.Find(text) {
			if f.Start < last || f.End <= f.Start || f.End > len(text) || text[f.Start:f.End] != f.Phrase {
				t.Fatalf("%+v is not a span of %q after %d", f, text, last)
			}
			if !l.Has(f.Phrase) || !slices.Equal(f.Keys, l.KeysOf(f.Phrase)) || len(f.Keys) == 0 {
				t.Fatalf("%+v is not in the lexicon", f)
			}
			last = f.End
		}
		if utf8.ValidString(src) && utf8.ValidString(text) && !utf8.ValidString(l.Replace(text)) {
			t.Fatalf("Replace broke a character of %q", text)
		}
		for phrase := range l.Phrases {
			if got := l.Find(phrase); len(got) == 0 || got[0].Phrase != phrase {
				t.Fatalf("%q does not find itself but %+v", phrase, got)
			}
		}
	})
}

func TestLexiconBegins(t *testing.T) {
	l := lexicon(t, "a = 门口 门口附近\n")
	for text, want := range map[string]bool{"门口的狮子": true, "门口附近": true, "在门口": false, "门": false, "": false} {
		if l.Begins(text) != want {
			t.Errorf("Begins(%q) is %v", text, !want)
		}
	}
}

func TestLexiconCut(t *testing.T) {
	l, err := corpus.ParseLexicon("l", "a = 是 不是 人工\nb = 是不是 的\nc = ok 👍")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"": nil, "???": nil, "人工": {"人工"}, "人工人工": {"人工", "人工"}, "人工成本": nil, "的人工!": {"的", "人工"},
		"是不是":  {"是不是"}, // the fewest pieces
		"是,不是": {"是", "不是"}, "ok👍": {"ok", "👍"}, "人工👍👎": {"人工", "👍"}, "是\xff": {"是"},
	} {
		var got []string
		for _, f := range l.Cut(text) {
			if text[f.Start:f.End] != f.Phrase {
				t.Errorf("%q: %+v does not stand there", text, f)
			}
			got = append(got, f.Phrase)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is cut into %q, want %q", text, got, want)
		}
	}
}
