package corpus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

const beforeText = `丙市人民政府关于印发《丙市机床产业扶持办法》的通知
丙府办〔2025〕7号
一、主要任务
(一)优化融资服务
对机床企业的贷款给予贴息,推广随借随还贷款模式,鼓励银行下调利率。(市财政局负责)
(二)强化人才支撑
举办机床行业专场招聘会,组织院校与企业对接。(市教育局负责)
(三)培育龙头企业
支持企业并购重组,培育一批产值过十亿元的龙头企业。(市商务局负责)
(四)组织保障
各部门按照职责分工抓好落实。`

const afterText = `丙市人民政府关于印发《丙市机床产业扶持办法》的通知
丙府办〔2025〕7号
一、主要任务
(一)优化融资服务
对机床企业的贷款给予贴息,推广随借随还贷款模式,鼓励银行上调额度。(市商务局负责)
(二)加强宣传引导
利用报刊和电视宣传机床产业的各项政策。(市文化广电旅游体育局负责)
(三)强化人才支撑
举办机床行业专场招聘会,组织院校与企业对接。(市教育局负责)
(四)组织保障
各部门按照职责分工抓好落实。`

func describe(c corpus.Comparison) []string {
	var out []string
	path := func(c *corpus.Clause) string {
		if c == nil {
			return "-"
		}
		return c.Path.String()
	}
	for _, x := range c.Clauses {
		out = append(out, fmt.Sprintf("%s %s %s", x.Kind, path(x.Old), path(x.New)))
	}
	for _, x := range c.Bureaus {
		out = append(out, fmt.Sprintf("bureau %s %s %s→%s", x.Path, x.Bureau, x.Old, x.New))
	}
	for _, x := range c.Fields {
		out = append(out, fmt.Sprintf("field %s %s→%s", x.Field, x.Old, x.New))
	}
	return append(out, fmt.Sprintf("same %d", c.Same))
}

func TestDiff(t *testing.T) {
	before, after := parse(t, beforeText), parse(t, afterText)
	after.Expires = "2027-12-31"
	got := describe(corpus.Diff(before, after))
	want := []string{
		"reworded 一、(一)第1段 一、(一)第1段",
		"added - 一、(二)第1段",
		"moved 一、(二)第1段 一、(三)第1段",
		"removed 一、(三)第1段 -",
		"bureau 一、(一)第1段 丙市财政局 responsible→",
		"bureau 一、(一)第1段 丙市商务局 →responsible",
		"bureau 一、(二)第1段 丙市文化广电旅游体育局 →responsible",
		"bureau 一、(三)第1段 丙市商务局 responsible→",
		"field Expires →2027-12-31",
		"same 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if same := corpus.Diff(before, before); !same.Empty() || same.Same != len(before.Clauses) {
		t.Errorf("a document differs from itself: %v", describe(same))
	}
	if first := corpus.Diff(nil, before); len(first.Clauses) != len(before.Clauses) || first.Clauses[0].Kind != corpus.Added {
		t.Errorf("the first revision: %v", describe(first))
	}
	if none := corpus.Diff(before, nil); len(none.Clauses) != len(before.Clauses) || none.Clauses[0].Kind != corpus.Removed {
		t.Errorf("nothing left: %v", describe(none))
	}
}

// FuzzDiff holds that every clause of both revisions is accounted for
// once, however they differ.
func FuzzDiff(f *testing.F) {
	f.Add(beforeText, afterText)
	f.Add("一、甲\n乙。\n乙。", "一、乙。\n乙。\n甲。")
	f.Fuzz(func(t *testing.T, a, b string) {
		from, err := corpus.Parse(a, nil)
		to, err2 := corpus.Parse(b, nil)
		if err != nil || err2 != nil {
			return
		}
		c := corpus.Diff(from, to)
		olds, news := map[*corpus.Clause]bool{}, map[*corpus.Clause]bool{}
		for _, x := range c.Clauses {
			if x.Old != nil && olds[x.Old] || x.New != nil && news[x.New] {
				t.Fatalf("a clause changed twice: %v", describe(c))
			}
			olds[x.Old], news[x.New] = true, true
		}
		delete(olds, nil)
		delete(news, nil)
		if len(olds)+c.Same != len(from.Clauses) || len(news)+c.Same != len(to.Clauses) {
			t.Fatalf("%d+%d of %d old and %d+%d of %d new clauses", len(olds), c.Same, len(from.Clauses), len(news), c.Same, len(to.Clauses))
		}
	})
}
