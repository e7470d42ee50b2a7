package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// A matter that shares a word with a clause is not that of the clause if people ask
// for it where no policy has to answer.
func TestAskRefusesWhatIsLikeOutside(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"想组织员工境外旅游,有补贴吗", "境外旅游团怎么报"} {
		if a := c.ask(t, text); a.Outcome != bot.NoBasis {
			t.Errorf("%q: %s, want %s:\n%s", text, a.Outcome, bot.NoBasis, a.Text)
		}
	}
	if a := c.ask(t, "境外木材采购找谁"); a.Outcome != bot.Answered {
		t.Errorf("a matter of the policy is refused: %s", a.Text)
	}
}

// A matter of a list that no policy covers is said to be so, beside the answer to the others.
func TestAskSaysWhichMatterIsNotCovered(t *testing.T) {
	c := newCity(t, nil)
	for text, uncovered := range map[string]string{
		"上市辅导和护照分别找谁":       "“护照”",
		"家具贷,还有养老金,各归哪个局管?": "“养老金”",
	} {
		a := c.ask(t, text)
		if a.Outcome != bot.Answered {
			t.Errorf("%q: %s, want %s:\n%s", text, a.Outcome, bot.Answered, a.Text)
			continue
		}
		contains(t, text, a.Text, uncovered+"现有政策文件里没有写到")
		if n := strings.Count(a.Text, "没有写到"); n != 1 {
			t.Errorf("%q: says %d times that something is not covered:\n%s", text, n, a.Text)
		}
	}
	if a := c.ask(t, "护照和养老金分别找谁"); a.Outcome != bot.NoBasis {
		t.Errorf("none of two matters is covered: %s", a.Outcome)
	}
}

func TestAskContactAfterAnAnswer(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"那电话呢", "电话多少", "地址在哪"} {
		a := c.ask(t, text, "家具贷找谁")
		contains(t, text, a.Text, "没有写部门的电话、地址、办公时间或负责人")
	}
}

func TestAskBureauAfterAnAnswer(t *testing.T) {
	c := newCity(t, nil)
	a := c.ask(t, "财政局管不管?", "家具贷找谁")
	contains(t, "财政局管不管?", a.Text, "是,"+finance+"在责任单位之列", "家具贷")
	a = c.ask(t, "林业局管不管?", "家具贷找谁")
	contains(t, "林业局管不管?", a.Text, "按这一段,"+forestry+"不在责任单位之列", "家具贷")
}

// A bureau that was typed by ear is judged like any other; a body of another level is
// not that of the city.
func TestAskHearsBureaus(t *testing.T) {
	c := newCity(t, nil)
	for text, want := range map[string]string{
		"财政菊负责家具贷吗":   "是," + finance + "在责任单位之列",
		"林叶局管不管家具贷":   "按这一段," + forestry + "不在责任单位之列",
		"省财政厅负责家具贷吗":  "按这一段,省财政厅不在责任单位之列",
		"国家财政部管不管家具贷": "不在责任单位之列",
	} {
		contains(t, text, c.ask(t, text).Text, want)
	}
}

// What somebody says of themselves is not what they ask for.
func TestAskHearsIntroductions(t *testing.T) {
	c := newCity(t, nil)
	a := c.ask(t, "我是职业院校的老师,木材班列归哪个部门管")
	if len(a.Citations) != 1 || !strings.Contains(a.Citations[0].Quote, "班列") {
		t.Errorf("cites %+v", a.Citations)
	}
}

// A verb that is doubled is no part of a longer word: 带一带 is not 一带一路.
func TestAskDoubledVerbs(t *testing.T) {
	c := newCity(t, nil)
	if a := c.ask(t, "家具贷没人懂,有没有人帮忙看一看"); a.Outcome != bot.Answered {
		t.Errorf("%s: %s", a.Outcome, a.Text)
	}
}
