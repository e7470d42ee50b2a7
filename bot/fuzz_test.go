package bot_test

import (
	"testing"

	"github.com/wence-bot/wence/bot"
)

// FuzzAsk asks anything after anything: there is an answer, its quotes are
// verbatim, and its bureaus are those of the clauses that it cites.
func FuzzAsk(f *testing.F) {
	for _, seed := range [][2]string{
		{"家具厂缺钱想贷款找谁?", ""},
		{"那上市呢?", "家具厂缺钱想贷款找谁?"},
		{"那管委会要不要管", "家具贷找谁"},
		{"这个归谁管", ""},
		{"招聘会是财政局负责吗?", "你好"},
		{"木材班列和招聘会分别归谁管", ""},
		{"家具贷、木材班列、招聘会各归哪个部门", "转人工"},
		{"经开区管委会要做什么?", "财政局负责什么?"},
		{"家具贷贴息多少钱?", "2030年家具产业产值目标是多少?"},
		{"赣市府办发〔2025〕6号《赣州市促进家具产业高质量发展若干措施》", ""},
		{"南昌的家具贷找谁", "清远"},
		{"噴漆廢氣歸邊個部門管", "ＳＭＡＲＴ　智能生产线"},
		{"\x00\xff\u200d😀", "\xe4\xb8"},
		{"%s{place}\\n", "ⅷ⑧½ﬁ"},
		{"《《》》,;;。?+、和跟与", "H̱ ẖ"},
	} {
		f.Add(seed[0], seed[1])
	}
	c := newCity(f, nil)
	f.Fuzz(func(t *testing.T, text, before string) {
		a := c.ask(t, text, before)
		again := c.ask(t, text, before)
		if a.Text != again.Text || a.Outcome != again.Outcome || len(a.Citations) != len(again.Citations) {
			t.Errorf("%q after %q is answered %q and then %q", text, before, a.Text, again.Text)
		}
		if _, err := c.bot.Search(t.Context(), text, 5); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkAsk asks one typical question.
func BenchmarkAsk(b *testing.B) {
	c := newCity(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		a, err := c.bot.Ask(b.Context(), bot.Question{Text: "家具厂缺钱想贷款找谁?"})
		if err != nil || a.Outcome != bot.Answered {
			b.Fatal(a.Outcome, err)
		}
	}
}
