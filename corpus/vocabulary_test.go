package corpus_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

// The least that the embedded scenarios must offer.
const (
	leastScenarios = 60
	leastOutside   = 30
	leastAsks      = 6 // of each scenario
)

func embedded(tb testing.TB, name string) *corpus.Lexicon {
	tb.Helper()
	src, err := fs.ReadFile(policies.FS, path.Join("words", name))
	if err != nil {
		tb.Fatal(err)
	}
	l, err := corpus.ParseLexicon(name, string(src))
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// TestLexicaOfTheVocabulary holds that every line of the word files says something.
func TestLexicaOfTheVocabulary(t *testing.T) {
	for name, least := range map[string]int{ // characters of a phrase
		"thesaurus.txt": 2, "matters.txt": 2, "talk.txt": 2, "aims.txt": 1, "dialect.txt": 1, "manners.txt": 1, "documents.txt": 1,
	} {
		l := embedded(t, name)
		has := map[string]bool{}
		for phrase, keys := range l.Phrases {
			for _, k := range keys {
				has[k] = true
			}
			if utf8.RuneCountInString(phrase) < least {
				t.Errorf("%s: the phrase %q stands by chance in any text", name, phrase)
			}
			if !utf8.ValidString(phrase) || strings.ContainsAny(phrase, "\ufeff\u200b=") {
				t.Errorf("%s: the phrase %q", name, phrase)
			}
		}
		seen := map[string]bool{}
		for _, key := range l.Keys() {
			if !has[key] {
				t.Errorf("%s: no phrase stands under %s", name, key)
			}
			seen[key] = true
			if name == "thesaurus.txt" && utf8.RuneCountInString(key) < 2 {
				t.Errorf("%s: the key %q is one character", name, key)
			}
		}
		if len(seen) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// words is a small vocabulary as files.
func words() fstest.MapFS {
	m := fstest.MapFS{}
	for name, src := range map[string]string{
		"thesaurus": "融资 = 贷款 周转", "dialect": "边个 = 哪个\n边度 = 哪里", "aims": "who = 找谁 吗",
		"talk": "greeting = 你好", "manners": "ack = 好的\nfiller = 啊", "documents": "number = 文号", "emergencies": "@火 = 着火\nfire = @火", "matters": "证件 = 护照", "patterns": "@机器 = 机器\n设备更新 = @机器+老", "filler": "的 了", "bystanders": "门口", "actors": "银行", "frames": "什么", "places": "甲甲省 乙乙市 = 丙丙县",
	} {
		m["w/"+name+".txt"] = &fstest.MapFile{Data: []byte(src)}
	}
	return m
}

func TestLoadVocabulary(t *testing.T) {
	v, err := corpus.LoadVocabulary(words(), "w")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Dialect.Replace("边个在边度"); got != "哪个在哪里" {
		t.Errorf("dialect becomes %q", got)
	}
	// Whoever talks like a policy is understood too.
	if !slices.Equal(v.Thesaurus.KeysOf("融资"), []string{"融资"}) || !slices.Equal(v.Thesaurus.KeysOf("周转"), []string{"融资"}) {
		t.Errorf("融资 stands under %v", v.Thesaurus.KeysOf("融资"))
	}
	if f := v.Manners.Cut("好的,你好啊!"); len(f) != 3 || f[0].Keys[0] != "ack" || f[1].Keys[0] != "greeting" || v.Manners.Cut("好的那上市呢") != nil {
		t.Errorf("好的,你好啊! is cut into %v", f)
	}
	if !v.Aims.Has("吗") || !v.Talk.Has("你好") || !v.Matters.Has("护照") || !v.Filler.Has("的") || !v.Frames.Has("什么") || !v.Places.Above("甲甲省", "丙丙县") {
		t.Error("a lexicon is not that of its file")
	}
	for name := range words() {
		broken := words()
		delete(broken, name)
		if _, err := corpus.LoadVocabulary(broken, "w"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v, want an error that names it", name, err)
		}
		if name == "w/filler.txt" || name == "w/frames.txt" || name == "w/bystanders.txt" || name == "w/actors.txt" {
			continue // a list of words: any line will do
		}
		broken[name] = &fstest.MapFile{Data: []byte("a = b\nno equals sign")}
		if _, err := corpus.LoadVocabulary(broken, "w"); err == nil || !strings.Contains(err.Error(), path.Base(name)+":2") {
			t.Errorf("with a broken %s: %v, want an error that names its line", name, err)
		}
	}
}

func TestParseScenarios(t *testing.T) {
	all, err := corpus.ParseScenarios([]byte(`[{"code":"A-1","clause":"一","paragraph":2,"asks":["甲"]},{"code":"A-2"}]`))
	if err != nil || len(all) != 2 || all[0].Paragraph != 2 || all[0].Asks[0] != "甲" {
		t.Errorf("read %+v, %v", all, err)
	}
	for src, want := range map[string]string{
		``:                                `scenarios`,
		`{}`:                              `scenarios`,
		`[{"name":"a"}]`:                  `""`,
		`[{"code":"A-1"},{"code":"A-1"}]`: `"A-1"`,
	} {
		if _, err := corpus.ParseScenarios([]byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %s", src, err, want)
		}
	}
}

// TestEmbeddedScenarios holds that each scenario leads to words that stand in the
// clause it names, and can be asked for.
func TestEmbeddedScenarios(t *testing.T) {
	scenarios, err := policies.Scenarios()
	if err != nil {
		t.Fatal(err)
	}
	if len(scenarios) < leastScenarios {
		t.Errorf("%d scenarios, want at least %d", len(scenarios), leastScenarios)
	}
	doc := parse(t, foundingText())
	codes, led, asked := map[string]bool{}, map[string]bool{}, map[string]string{}
	outside := 0
	for _, s := range scenarios {
		if s.Outside() {
			outside++
			for _, ask := range s.Asks {
				if other := asked[ask]; other != "" {
					t.Errorf("%s and %s are both asked for by %q", other, s.Code, ask)
				}
				asked[ask] = s.Code
			}
			continue
		}
		if s.Code == "" || codes[s.Code] {
			t.Errorf("the code %q is empty or stands twice", s.Code)
		}
		codes[s.Code] = true
		if s.Name == "" || s.Line == "" || s.Quote == "" {
			t.Errorf("%s has no name, line or quote: %+v", s.Code, s)
		}
		var clause *corpus.Clause
		for i := range doc.Clauses {
			if c := &doc.Clauses[i]; c.Path.Clause() == s.Clause && c.Path.Paragraph() == s.Paragraph && doc.Number == s.Document {
				clause = c
			}
		}
		switch {
		case clause == nil:
			t.Errorf("%s leads to %s %s paragraph %d, which is no clause", s.Code, s.Document, s.Clause, s.Paragraph)
		case !strings.Contains(clause.Text, s.Quote):
			t.Errorf("%s: %q does not stand in %s", s.Code, s.Quote, clause.Path)
		default:
			led[clause.Path.String()] = true
		}
		if len(s.Asks) < leastAsks {
			t.Errorf("%s has %d ways to ask, want at least %d", s.Code, len(s.Asks), leastAsks)
		}
		for _, ask := range s.Asks {
			if strings.TrimSpace(ask) != ask || utf8.RuneCountInString(ask) < 3 {
				t.Errorf("%s: the way to ask %q", s.Code, ask)
			}
			if other := asked[ask]; other != "" {
				t.Errorf("%s and %s are both asked for by %q", other, s.Code, ask)
			}
			asked[ask] = s.Code
		}
	}
	if outside < leastOutside {
		t.Errorf("%d scenarios are outside the policies, want at least %d", outside, leastOutside)
	}
	for i := range doc.Clauses {
		if c := &doc.Clauses[i]; len(c.Responsibilities) > 0 && !led[c.Path.String()] {
			t.Errorf("no scenario leads to %s, which makes somebody responsible", c.Path)
		}
	}
}
