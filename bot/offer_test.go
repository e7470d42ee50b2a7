package bot

import "testing"

func TestNeat(t *testing.T) {
	for want, asks := range map[string][]string{
		"首次贷款有什么支持": {"从没借过,第一次能贷吗", "首次贷款有什么支持", "不用抵押的有没有"},
		"缺钱周转":      {"缺钱周转", "一句,两句", "什么都说得太长了所以一眼看不完的问题"},
	} {
		if got := neat(asks); got != want {
			t.Errorf("of %q %q was taken", asks, got)
		}
	}
}
