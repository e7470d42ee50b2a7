package corpus_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

const somePlaces = `# 省 市 = 县区
甲省 乙市 = 丙县 丁区 戊市 和平区
甲省 己市 = 和平区 庚县
甲省 = 辛市
壬市 = 癸区
寅维吾尔自治区 卯地区 = 辰县
甲市 = 巳县
`

func somewhere(t *testing.T) *corpus.Places {
	t.Helper()
	p, err := corpus.ParsePlaces("places.txt", somePlaces)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlacesOf(t *testing.T) {
	p := somewhere(t)
	long := strings.Repeat("一段不提地方的话。", 200)
	for _, x := range []struct{ title, text, want string }{
		{"乙市办法", long, "乙市"},
		{"办法", "为支持甲省企业,制定本办法。" + long, "甲省"},
		{"办法", long + "丁区人民政府", "丁区"},
		{"办法", strings.Repeat("话", 300) + "己市、己市、乙市、己市" + long, "己市"}, // the rest is only mentioned
		{"办法", long + "乙市" + long, ""},
		{"丙县办法", "甲省 乙市,丙县" + long, "丙县 甲省 乙市"},
		{"办法", "", ""},
		{"\xff", "乙\xff市\xe4", ""},
	} {
		if got := strings.Join(p.Of(x.title, x.text), " "); got != x.want {
			t.Errorf("Of(%q, %.20q…) = %q, want %q", x.title, x.text, got, x.want)
		}
	}
}

func TestPlacesWithin(t *testing.T) {
	p := somewhere(t)
	for _, x := range []struct {
		a, b          string
		within, above bool // a lies in b or b in a; a is above b
	}{
		{"乙市", "乙市", true, false},
		{"乙市", "丙县", true, true},
		{"丙县", "乙市", true, false},
		{"甲省", "丙县", true, true},
		{"甲省", "乙市", true, true},
		{"甲省", "辛市", true, true},
		{"乙市", "己市", false, false},
		{"丙县", "丁区", false, false},
		{"丙县", "己市", false, false},
		{"壬市", "癸区", true, true},
		{"壬市", "丙县", false, false},
		// A county's name can stand twice.
		{"乙市", "和平区", true, true},
		{"己市", "和平区", true, true},
		{"壬市", "和平区", false, false},
		{"寅维吾尔自治区", "辰县", true, true},
		{"卯地区", "辰县", true, true},
		{"不知道", "乙市", false, false},
		{"", "乙市", false, false},
	} {
		if got := p.Within(x.a, x.b); got != x.within {
			t.Errorf("Within(%s, %s) = %v", x.a, x.b, got)
		}
		if got := p.Within(x.b, x.a); got != x.within {
			t.Errorf("Within(%s, %s) = %v", x.b, x.a, got)
		}
		if got := p.Above(x.a, x.b); got != x.above {
			t.Errorf("Above(%s, %s) = %v", x.a, x.b, got)
		}
	}
}

func TestPlacesFind(t *testing.T) {
	p, err := corpus.ParsePlaces("places.txt", `甲甲省 乙乙市 = 丙丙县 和平区 戊戊市
寅寅维吾尔自治区 卯卯地区 = 辰辰自治县
甲甲市 = 巳巳县
`)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"乙乙市":         "乙乙市/乙乙市",
		"乙乙的事":        "乙乙/乙乙市",
		"寅寅":          "寅寅/寅寅维吾尔自治区",
		"卯卯":          "卯卯/卯卯地区",
		"甲甲":          "甲甲/甲甲省,甲甲市", // one short name of two places
		"甲甲省乙乙市":      "甲甲省/甲甲省 乙乙市/乙乙市",
		"丙丙县":         "丙丙县/丙丙县",
		"丙丙":          "丙丙/丙丙县",
		"和平":          "和平/和平区", // see Named
		"和平区":         "和平区/和平区",
		"戊戊":          "戊戊/戊戊市",
		"辰辰":          "辰辰/辰辰自治县",
		"贷款找谁":        "",
		"在乙乙市办厂和在丙丙县": "乙乙市/乙乙市 丙丙县/丙丙县",
	} {
		var got []string
		for _, f := range p.Find(text) {
			if text[f.Start:f.End] != f.Phrase {
				t.Errorf("%s: %+v is not a span", text, f)
			}
			got = append(got, f.Phrase+"/"+strings.Join(f.Keys, ","))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
	// A short name of one character is none.
	if got := somewhere(t).Find("乙和甲"); len(got) != 0 {
		t.Errorf("found %+v", got)
	}
}

// A short name is that of a place unless it is a word or part of another name; that of a
// county needs more to speak for it.
func TestPlacesNamed(t *testing.T) {
	p, err := corpus.ParsePlaces("places.txt", "甲甲省 乙乙市 = 丙丙县 和平区 合作市\n")
	if err != nil {
		t.Fatal(err)
	}
	words, err := corpus.ParseLexicon("placewords.txt", "ordinary = 和平 合作\nname = 银行 路 路桥\n")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][3]bool{ // full, short, weak
		"乙乙市银行":  {true, false, false},
		"乙乙的银行":  {false, true, false},
		"乙乙银行":   {false, false, false},
		"乙乙路5号":  {false, false, false},
		"乙乙路桥公司": {false, false, false},
		"丙丙企业":   {false, true, true},
		"丙丙县企业":  {true, false, false},
		"合作企业":   {false, false, false},
		"合作市企业":  {true, false, false},
		"和平":     {false, false, false},
		"和平区":    {true, false, false},
		"乙乙":     {false, true, false},
	} {
		p.SetWords(words)
		found := p.Find(text)
		full, short, weak := p.Named(found[0], text)
		if got := [3]bool{full, short, weak}; got != want {
			t.Errorf("%s: full, short, weak are %v, want %v", text, got, want)
		}
	}
}

func TestParsePlacesErrors(t *testing.T) {
	for src, where := range map[string]string{
		"甲省 乙市 丙县":        "places.txt:1: ",
		"甲省 = 乙市\n\n= 丙县": "places.txt:3: ",
	} {
		if _, err := corpus.ParsePlaces("places.txt", src); err == nil || !strings.HasPrefix(err.Error(), where) {
			t.Errorf("%q: %v, want an error at %s", src, err, where)
		}
	}
}

// TestEmbeddedPlaces spot-checks the table of China.
func TestEmbeddedPlaces(t *testing.T) {
	v, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		inner, outer string
		want         bool
	}{
		{"清远市", "广东省", true}, {"英德市", "清远市", true}, {"清城区", "清远市", true}, {"连南瑶族自治县", "广东省", true},
		{"深圳市", "广东省", true}, {"深圳市", "清远市", false}, {"赣州市", "江西省", true}, {"赣州市", "广东省", false},
		{"朝阳区", "北京市", true}, {"朝阳区", "长春市", true}, {"朝阳区", "上海市", false},
		{"喀什地区", "新疆维吾尔自治区", true}, {"鼓楼区", "南京市", true}, {"鼓楼区", "福州市", true},
	} {
		if got := v.Places.Above(x.outer, x.inner); got != x.want {
			t.Errorf("%s in %s: %v", x.inner, x.outer, got)
		}
	}
	for text, want := range map[string]string{
		"我在广东": "广东省", "新疆的政策": "新疆维吾尔自治区", "英德的厂": "英德市", "吉林": "吉林省,吉林市", "深圳市南山区": "深圳市 南山区", "南山": "南山区",
	} {
		var got []string
		for _, f := range v.Places.Find(text) {
			got = append(got, strings.Join(f.Keys, ","))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}
