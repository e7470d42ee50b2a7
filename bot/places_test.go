package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// Who names a place asks about that place, in full or in short, and gets no answer of
// another one's policy.
func TestAskElsewhere(t *testing.T) {
	c := newCity(t, nil)
	for _, place := range []string{"南通", "海口", "保定", "大理", "安康", "金华", "嘉兴", "义乌", "吉林", "吉林市", "柳河", "柳河县", "浙江", "清远"} {
		for _, text := range []string{place + "家具贷找谁", place + "的企业家具贷找谁", "我们厂在" + place + ",家具贷找谁"} {
			a := c.ask(t, text)
			if a.Outcome != bot.NoBasis || !strings.Contains(a.Text, place) {
				t.Errorf("%q: %s:\n%s", text, a.Outcome, a.Text)
			}
		}
	}
	// Ours in short, what it lies in, and what lies in it.
	for _, place := range []string{"赣州", "赣州市", "江西", "南康区", "于都县"} {
		if a := c.ask(t, place+"家具贷找谁"); a.Outcome != bot.Answered {
			t.Errorf("%s: %s:\n%s", place, a.Outcome, a.Text)
		}
	}
}

// A short name inside a longer name or word is not where somebody is.
func TestAskPlaceInName(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{
		"家具贷能在北京银行办吗,找谁", "上海路的厂家具贷找谁", "家具贷找谁,我们卖金华火腿的", "我们做大理石家具,家具贷找谁",
		"合作企业家具贷找谁", "新建企业家具贷找谁", "和平路的厂家具贷找谁", "从南通搬来的厂家具贷找谁", "义乌的厂想搬过来,家具贷找谁",
	} {
		if a := c.ask(t, text); a.Outcome != bot.Answered {
			t.Errorf("%q: %s:\n%s", text, a.Outcome, a.Text)
		}
	}
}
