package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
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

// With policies of several places the one that is named answers, and one of which nobody
// knows whose it is answers for no place that is named, and not without saying so.
func TestAskDocumentsOfNoPlace(t *testing.T) {
	o := newOffice(t)
	o.speaks(t, "赣州市", "赣市府办发〔2021〕1号", "2021-01-01", "对机床企业的贷款给予贴息。(市财政局负责)")
	unknown := parsed(t, "机床企业上主板奖励办法\n一、主要任务\n(一)优化融资服务\n对在主板上市的机床企业给予奖励。(市金融工作局负责)\n(二)强化人才支撑\n举办机床行业专场招聘会。(教育局负责)\n")
	if unknown.Region != "" {
		t.Fatalf("the region is %q", unknown.Region)
	}
	o.publish(t, unknown)
	ask := func(text string, history ...string) bot.Answer {
		t.Helper()
		a, err := o.Bot.Ask(t.Context(), bot.Question{Text: text, History: history})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	const listing = "机床企业上市有奖励吗,找谁"
	a := ask(listing)
	contains(t, listing, a.Text, "金融工作局", "没有写明是哪个地方的政策")
	for _, text := range []string{"赣州" + listing, "南通" + listing, "南通机床企业贷款贴息找谁", "海口财政局负责什么"} {
		if a := ask(text); a.Outcome != bot.NoBasis {
			t.Errorf("%q: %s:\n%s", text, a.Outcome, a.Text)
		}
	}
	contains(t, "南通", ask("南通机床企业贷款贴息找谁").Text, "没有收录南通的政策")
	lacks(t, "赣州", ask("赣州"+listing).Text, "没有收录赣州")
	if a := ask("那机床贷款贴息找谁", "南通机床企业上市找谁"); a.Outcome != bot.NoBasis {
		t.Errorf("the place of the question before is forgotten:\n%s", a.Text)
	}
	loan := ask("赣州机床企业贷款贴息找谁")
	contains(t, "赣州机床企业贷款贴息找谁", loan.Text, "赣州市财政局")
	lacks(t, "赣州机床企业贷款贴息找谁", loan.Text, "没有写明是哪个地方")

	// Once somebody has said whose it is, it answers for that place, and for no other.
	given := *unknown
	given.Region, given.RegionGiven = "九江市", true
	o.publish(t, &given)
	for text, want := range map[string]bot.Outcome{"九江" + listing: bot.Answered, "赣州" + listing: bot.NoBasis, "江西赣州" + listing: bot.NoBasis} {
		a := ask(text)
		if a.Outcome != want {
			t.Errorf("%q: %s:\n%s", text, a.Outcome, a.Text)
		}
		lacks(t, text, a.Text, "没有写明是哪个地方")
	}
	// A national one answers for all.
	national := *unknown
	national.Region = corpus.Nation
	o.publish(t, &national)
	if a := ask("赣州" + listing); a.Outcome != bot.Answered || !strings.Contains(a.Text, "金融工作局") {
		t.Errorf("%s:\n%s", a.Outcome, a.Text)
	}
}

// Who moves from one place to another asks about that one, among the policies of both.
func TestAskWhoMovesIsNotElsewhere(t *testing.T) {
	o := newOffice(t)
	o.speaks(t, "赣州市", "赣市府办发〔2021〕1号", "2021-01-01", "对迁入的机床企业给予搬迁补助。(市财政局负责)")
	o.speaks(t, "九江市", "九府办发〔2024〕2号", "2024-01-01", "对迁入的机床企业给予搬迁补助。(市商务局负责)")
	o.want(t, "", "九江的机床企业想搬到赣州,搬迁补助找谁", "赣州市财政局")
	o.want(t, "", "赣州的机床企业想搬到九江,搬迁补助找谁", "九江市商务局")
	o.want(t, "", "赣州的机床企业搬迁补助找谁", "赣州市财政局")
}

// The government of a town is one of those that the policy means by all counties, though
// the dictionary takes 市政府 for a word.
func TestAskGovernmentOfATown(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"瑞金市政府负责什么", "瑞金市人民政府要负责什么", "于都县政府负责什么"} {
		contains(t, text, c.ask(t, text).Text, "各县(市、区)人民政府对下列各段共同负责")
	}
	if a := c.ask(t, "南昌市政府负责什么"); a.Outcome != bot.NoBasis {
		t.Errorf("that of another place: %s", a.Text)
	}
}
