package segment

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/index"
)

func newTest(t testing.TB, words ...string) *Segmenter {
	t.Helper()
	s, err := New(Config{Words: words})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shared is built once, for building is the dear part. 5G基站 is of mixed script.
var shared = sync.OnceValue(func() *Segmenter {
	s, err := New(Config{Words: []string{
		"专精特新", "工业和信息化局", "財政局", "高企", "5G基站", "12345热线", "r&d", "C++", " ", "局",
		"贷款", "贷款", strings.Repeat("长", 40),
	}})
	if err != nil {
		panic(err)
	}
	return s
})

func terms(tokens []index.Token) []string {
	var out []string
	for _, t := range tokens {
		out = append(out, t.Term)
	}
	return out
}

func TestWords(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"，。！ \n", ""},
		{"专精特新企业", "专精特新 企业"},
		{"找工业和信息化局长", "找 工业和信息化局 长"},
		{"提高企业待遇", "提高 企业 待遇"}, // 高企 must not tear them apart
		{"中小企業的貸款", "中小企业 的 贷款"},
		{"ＡＢＣ１２３", "abc123"},
		{"利率3.5%左右", "利率 3.5% 左右"},
		{"增长100％。", "增长 100%"},
		{"1,000元、1,2,3", "1,000 元 1 2 3"},
		{"10-50人", "10 50 人"},
		{"R&D与AEO,VOCs", "r&d 与 aeo vocs"},
		{"建5G基站和45G基站", "建 5g基站 和 45g 基站"},
		{"打12345热线", "打 12345热线"},
		{"学C++吗", "学 c++ 吗"},
		{"第十二条第（三）项", "第十二条 第 三 项"},
		{"贷\u200b款", "贷款"},
		{"gov.cn.", "gov.cn"},
		{"Привет, мир", "привет мир"},
	} {
		if got := strings.Join(terms(shared().Words(tt.text)), " "); got != tt.want {
			t.Errorf("Words(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestWithoutDomainWords(t *testing.T) {
	s := newTest(t)
	if got := terms(s.Words("专精特新")); slices.Contains(got, "专精特新") {
		t.Errorf("the general dictionary is not expected to know a domain word: %q", got)
	}
}

func TestTerms(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"工业和信息化局", "工业 工业和信息化局 业和 和信 信息 信息化 息化 化局"},
		{"企业贷款", "企业 业贷 贷款"},
		{"局", "局"},
		{"的 款", "的 款"},
		{"3.5%", "3.5 3.5%"},
		{"拨12345热线", "拨 12345 12345热线 热线"},
		{"5年", "5 年"},
		{"企業", "企业"},
		{"用r&d", "用 r&d"},
	} {
		if got := strings.Join(terms(shared().Terms(tt.text)), " "); got != tt.want {
			t.Errorf("Terms(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestOffsets(t *testing.T) {
	for _, text := range []string{
		"本市支持“专精特新”企業：①貸款３.５％；②ＡＢＣ　補貼\u200b\ufe0f資金，e\u0301té。",
		"\ufeff企\u00ad业\r\n贷款\xff资金",
		"乾隆、乾淨、瞭望、瞭解", // a pair cut out of a folded phrase would fold otherwise
	} {
		for _, tok := range append(shared().Words(text), shared().Terms(text)...) {
			if got := Normalize(text[tok.Start:tok.End]); got != tok.Term {
				t.Errorf("%q: %+v stands at %q, which normalises to %q", text, tok, text[tok.Start:tok.End], got)
			}
		}
	}
}

func TestFreqAndPOS(t *testing.T) {
	first := func(s *Segmenter, text string) index.Token { return s.Words(text)[0] }
	plain, domain := first(newTest(t), "贷款"), first(shared(), "贷款")
	if plain.Freq < 10 || plain.Freq > 1000 || plain.POS != "n" {
		t.Errorf("贷款 = %+v, want a common noun", plain)
	}
	if domain != plain {
		t.Errorf("being a domain word changed what is known: %+v, want %+v", domain, plain)
	}
	for _, text := range []string{"专精特新", "aeo", "龘"} {
		if got := first(shared(), text); got.Freq != 0 || got.POS != "" {
			t.Errorf("%+v, want unknown", got)
		}
	}
	if got := first(shared(), "的"); got.Freq < 1000 {
		t.Errorf("的 = %+v, want above 1000 per million", got)
	}
}

func TestEveryDomainWordStaysWhole(t *testing.T) {
	words := []string{
		"市场监督管理局", "人力资源和社会保障局", "随迁子女", "揭榜挂帅", "首台套", "小升规",
		"一网通办", "上规上云", "的确良", "金融工作局", "政务服务数据管理局", "营商环境",
	}
	s := newTest(t, words...)
	for _, w := range words {
		if got := terms(s.Words(w)); len(got) != 1 || got[0] != w {
			t.Errorf("Words(%q) = %q", w, got)
		}
		if got := terms(s.Words("请问" + w + "在哪")); !slices.Contains(got, w) {
			t.Errorf("in a sentence, %q is cut %q", w, got)
		}
	}
}

func TestFold(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"企业abc", "企业abc"},
		{"中小企業後續發展", "中小企业后续发展"},
		{"乾隆、乾淨、瞭望、瞭解、乾县", "乾隆、干净、瞭望、了解、乾县"},
		{"清府辦函〔2024〕24號【附件】［一］", "清府办函(2024)24号(附件)(一)"},
		{"“甲”‘乙’「丙」，；：？！（丁）", `"甲"'乙'"丙",;:?!(丁)`},
		{"ＡＢＣ　１２３％", "abc 123%"},
		{"a\x00\u200b\u200d\ufe0fb\ufeff", "ab"},
		{"甲\r\n乙\t丙", "甲  乙 丙"},
		{"㎡㈱①½", "m2(株)11⁄2"},
		{"e\u200d\u0301", "é"},
		{"H\u0331", "ẖ"},
		{"\xff企\xe4\xb8", "\uFFFD企\uFFFD\uFFFD"},
		{"2020—2024年", "2020-2024年"},
		{"ｶﾞ", "ガ"},
	} {
		got, offsets := Fold(tt.text)
		if got != tt.want || len(offsets) != len(got) {
			t.Errorf("Fold(%q) = %q with %d offsets, want %q", tt.text, got, len(offsets), tt.want)
		}
	}
	if _, offsets := Fold("企\u200b業Ａ"); !slices.Equal(offsets, []int{0, 0, 0, 6, 6, 6, 9}) {
		t.Errorf("offsets = %v", offsets)
	}
	if n := testing.AllocsPerRun(10, func() { Normalize("想贷点款周转找谁") }); n != 0 {
		t.Errorf("normal text costs %v allocations", n)
	}
}

func TestSound(t *testing.T) {
	for _, tt := range []struct{ text, sound, fuzzy string }{
		{"", "", ""},
		{"专精特薪", "zhuan jing te xin", "zuan jin te xin"},
		{"专精特新", "zhuan jing te xin", "zuan jin te xin"},
		{"工信菊", "gong xin ju", "gon xin ju"},
		{"3.5%贷款 ok", "3.5% dai kuan ok", "3.5% dai kuan ok"},
		{"女南蓝", "nv nan lan", "lv lan lan"},
		{"吃长城", "chi zhang cheng", "ci zan cen"}, // 长 by its first reading in go-pinyin
	} {
		if got := shared().Sound(tt.text); got != tt.sound {
			t.Errorf("Sound(%q) = %q, want %q", tt.text, got, tt.sound)
		}
		if got := shared().FuzzySound(tt.text); got != tt.fuzzy {
			t.Errorf("FuzzySound(%q) = %q, want %q", tt.text, got, tt.fuzzy)
		}
	}
}

// TestSwap reads while the words change; the race detector judges.
func TestSwap(t *testing.T) {
	l, err := NewLive(Config{Words: []string{"专精特新"}})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				got := strings.Join(terms(l.Words("专精特新企业贷款")), " ")
				if got != "专精特新 企业 贷款" && got != "专 精 特 新 企业贷款" {
					t.Errorf("cut %q: neither the old words nor the new", got)
					return
				}
				l.Terms("專精特新3.5%貸款")
				l.Sound("专精特薪")
			}
		})
	}
	for i := range 6 {
		words := []string{"企业贷款"}
		if i%2 == 1 {
			words = []string{"专精特新"}
		}
		if err := l.Swap(words); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	readers.Wait()
	if got := terms(l.Words("专精特新")); len(got) != 1 {
		t.Errorf("after the last swap: %q", got)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{
		"", "想贷点款周转找谁?", "專精特新３.５％", "\xff\xfe企\xe4业", "e\u200d\u0301H\u0331㈱½ｶﾞ",
		"乾縣乾乾坤瞭瞭望一目瞭然", "R&D 1,000 10-50人 c++ 5g基站45g基站12345热线", "\U00020000\u3007々\ufe0f",
		"ẞİıſK", "한국어 ᄒ\u1161", "नमस्ते", "\u0301\u0301企", "1%%.5&a&b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := shared()
		folded, offsets := Fold(text)
		if !utf8.ValidString(folded) || len(offsets) != len(folded) || !slices.IsSorted(offsets) {
			t.Fatalf("Fold(%q) = %q, %v", text, folded, offsets)
		}
		if again := Normalize(folded); again != folded {
			t.Fatalf("Normalize(%q) = %q, and again %q", text, folded, again)
		}
		check := func(tokens []index.Token, overlap bool) {
			at := 0 // in folded
			for i, tok := range tokens {
				if tok.Term == "" || tok.Start < 0 || tok.Start >= tok.End || tok.End > len(text) {
					t.Fatalf("%q: bad %+v", text, tok)
				}
				if !overlap && i > 0 && tok.Start < tokens[i-1].Start {
					t.Fatalf("%q: %+v before %+v", text, tokens[i-1], tok)
				}
				found := false
				first, _ := slices.BinarySearch(offsets, tok.Start)
				for k := max(at, first); k < len(offsets) && offsets[k] == tok.Start && k+len(tok.Term) <= len(folded) && !found; k++ {
					if found = folded[k:k+len(tok.Term)] == tok.Term; found {
						last := k + len(tok.Term)
						if offsets[last-1] >= tok.End || last < len(folded) && offsets[last] != offsets[last-1] && offsets[last] < tok.End {
							t.Fatalf("%q: %+v ends in the wrong place", text, tok)
						}
						if !overlap {
							at = last
						}
					}
				}
				if !found {
					t.Fatalf("%q: %+v is not there in %q", text, tok, folded)
				}
			}
		}
		words, all := s.Words(text), s.Terms(text)
		if w, a := s.WordsAndTerms(text); !slices.Equal(w, words) || !slices.Equal(a, all) {
			t.Fatalf("%q: words and terms at once: %v, %v", text, w, a)
		}
		check(words, false)
		check(all, true)
		type place struct {
			term  string
			start int
		}
		// One original character can hold equal terms twice, so compare only where
		// folding keeps places apart.
		if folded == text {
			seen := map[place]bool{}
			for _, tok := range all {
				p := place{tok.Term, tok.Start}
				if seen[p] {
					t.Fatalf("%q: %+v twice", text, tok)
				}
				seen[p] = true
			}
			for _, tok := range words {
				r, n := utf8.DecodeRuneInString(tok.Term)
				if !seen[place{tok.Term, tok.Start}] && !(n == len(tok.Term) && isHan(r)) {
					t.Fatalf("%q: word %+v is no term: %q", text, tok, terms(all))
				}
			}
		}
		s.FuzzySound(text)
		s.Sound(folded)
	})
}
