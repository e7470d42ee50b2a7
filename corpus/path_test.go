package corpus_test

import (
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func TestParsePath(t *testing.T) {
	for _, x := range []struct {
		in, want, clause string
		paragraph        int
	}{
		{"二、(六)第1段", "二、(六)第1段", "二、(六)", 1},
		{"二、（六） 第2段", "二、(六)第2段", "二、(六)", 2},
		{"二(六)", "二、(六)", "二、(六)", 1},
		{"二、(六)", "二、(六)", "二、(六)", 1},
		{"通知第1段", "通知第1段", "通知", 1},
		{"通知", "通知", "通知", 1},
		{"第十二条第二款第(三)项", "第十二条第二款第(三)项", "第十二条第二款第(三)项", 1},
		{"第12条第2款第（三）项", "第十二条第二款第(三)项", "第十二条第二款第(三)项", 1},
		{"第十二条第二款", "第十二条第二款", "第十二条", 2},
		{"第十条之一", "第十条之一", "第十条之一", 1},
		{"第 1 0 条", "第十条", "第十条", 1},
		{"四、(一)1.第1段", "四、(一)1.第1段", "四、(一)1.", 1},
		{"四、(一)1.(2)第3段", "四、(一)1.(2)第3段", "四、(一)1.(2)", 3},
		{"附件1:一、第2段", "附件1:一、第2段", "附件1:一、", 2},
		{"附件1 一、第2段", "附件1:一、第2段", "附件1:一、", 2},
		{"附件:1.第1段", "附件:1.第1段", "附件:1.", 1},
		{"附件2：第三条", "附件2:第三条", "附件2:第三条", 1},
		{"第二章第一节第1段", "第二章第一节第1段", "第二章第一节", 1},
		{"第一部分一、第1段", "第一部分一、第1段", "第一部分一、", 1},
		{"第3段", "第3段", "", 3},
		{"第一千二百六十条", "第一千二百六十条", "第一千二百六十条", 1},
		{"第一百零五条", "第一百零五条", "第一百零五条", 1},
		{"二十一、第1段", "二十一、第1段", "二十一、", 1},
	} {
		p, err := corpus.ParsePath(x.in)
		if err != nil {
			t.Errorf("%s: %v", x.in, err)
			continue
		}
		if p.String() != x.want || p.Clause() != x.clause || p.Paragraph() != x.paragraph {
			t.Errorf("%s is %s, clause %s, paragraph %d; want %s, %s, %d", x.in, p, p.Clause(), p.Paragraph(), x.want, x.clause, x.paragraph)
		}
	}
	for _, in := range []string{"", " ", "专精特新", "第条", "二、(六", "第十二", "1", "附件1.x", "第零条"} {
		if p, err := corpus.ParsePath(in); err == nil {
			t.Errorf("%q reads as %s, want an error", in, p)
		}
	}
}

// TestEveryArticleNumberRoundTrips holds a bug that the fuzzer found: 一千零四十 did not read.
func TestEveryArticleNumberRoundTrips(t *testing.T) {
	for n := 1; n < 10000; n++ {
		p := corpus.Path{{Level: corpus.LevelArticle, Num: n}, {Level: corpus.LevelParagraph, Num: n}}
		if back, err := corpus.ParsePath(p.String()); err != nil || !back.Equal(p) {
			t.Fatalf("%d prints as %s and reads as %v, %v", n, p, back, err)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"二、(六)第1段", "第十二条第二款第(三)项", "第十条之一", "附件1:一、第2段", "通知第1段", "第一编第二章", "一、1.(1)", "附件:1.", "二（六）", "第1000条"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := corpus.ParsePath(s)
		if err != nil {
			return
		}
		printed := p.String()
		back, err := corpus.ParsePath(printed)
		if err != nil {
			t.Fatalf("%q prints as %q, which does not read: %v", s, printed, err)
		}
		if back.String() != printed || !back.Equal(p) {
			t.Fatalf("%q prints as %q, which reads as %q", s, printed, back)
		}
	})
}
