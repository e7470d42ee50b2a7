package bot_test

import (
	"fmt"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// What several words of everyday life tell together is looked for under the name that
// policies have for it, in the documents that are there.
func TestAskInWordsOfEverydayLife(t *testing.T) {
	c := newCity(t, nil)
	for text, quote := range map[string]string{
		"老板想把公司弄到证券市场去":     "开展上市辅导",
		"银行怕我们还不上,有没有池子兜一把": "信贷风险补偿资金",
		"下个月料款还差一半,银行又摇头":   "家具贷",
		"做了十几年家具,买智能生产线找谁":  "智能生产线",
		"客户从东莞来,说家具贷好,想问找谁": "家具贷",
	} {
		a := c.ask(t, text)
		if a.Outcome != bot.Answered {
			t.Errorf("%q: %s, want an answer:\n%s", text, a.Outcome, a.Text)
			continue
		}
		contains(t, text, a.Text, quote)
	}
}

// A matter that no clause names is foreign, whatever word it shares with one.
func TestAskRefusesForeignMatters(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{
		"贷款买的房子断供了怎么办",        // 贷款
		"想贷款买辆二手车",            // 贷款
		"菜市场的摊位怎么租",           // no word at all
		"上市公司的股票被套了怎么解套",      // 上市
		"家具厂的食堂吃坏了肚子",         // 家具
		"银行门口的石狮子挡道",          // 银行 is where
		"木材班列的司机欠我钱",          // 木材班列 is whose
		"家具城停车场收费贵",           // 家具
		"我要投诉12345的接线员态度差",    // 12345
		"贷款之前要先交保证金是不是骗子",     // 贷款
		"招聘会门口好挤",             // and here
		"招聘会附近有什么吃的",          // 招聘会 is where
		"喷涂车间断了手指,厂里不认账,算工伤吗", // 喷涂
	} {
		if a := c.ask(t, text); a.Outcome == bot.Answered {
			t.Errorf("%q is answered:\n%s", text, a.Text)
		}
	}
}

// Whether a bureau deals with a matter is answered with yes or no, or with nothing.
func TestAskWhetherABureauDealsWithAMatter(t *testing.T) {
	c := newCity(t, nil)
	contains(t, "财政局管不管贷款贴息", c.ask(t, "财政局管不管贷款贴息").Text, "是,"+finance+"在责任单位之列")
	contains(t, "林业局管不管招聘会", c.ask(t, "林业局管不管招聘会").Text, forestry+"不在责任单位之列")
	if a := c.ask(t, "财政局管不管护照"); a.Outcome != bot.NoBasis {
		t.Errorf("财政局管不管护照: %s, want %s:\n%s", a.Outcome, bot.NoBasis, a.Text)
	}
	if a := c.ask(t, "财政局管什么"); a.Outcome != bot.Answered {
		t.Errorf("财政局管什么: %s:\n%s", a.Outcome, a.Text)
	}
}

// Among many documents one that only mentions a matter does not answer for it.
func TestAskAmongManyDocumentsWantsTheMatter(t *testing.T) {
	var docs []*corpus.Document
	for i, title := range []string{"赣州市社会保障卡申领办法", "赣州市养老服务办法", "赣州市临时救助办法", "赣州市图书馆管理办法", "赣州市公园管理办法"} {
		docs = append(docs, parsed(t, fmt.Sprintf(`赣州市人民政府关于印发《%s》的通知
赣市府〔2025〕%d号
%s
第一条 本办法适用于本市。
第二条 申请人应当提交身份证件,华侨提交护照。
第三条 由市民政局负责组织实施。`, title, 40+i, title)))
	}
	c := newCity(t, nil, docs...)
	for _, text := range []string{"护照怎么办", "护照过期了找谁换"} {
		if a := c.ask(t, text); a.Outcome == bot.Answered {
			t.Errorf("%q is answered by a document that mentions it:\n%s", text, a.Text)
		}
	}
	if a := c.ask(t, "临时救助由谁负责"); a.Outcome != bot.Answered {
		t.Errorf("the matter of a title is refused: %s", a.Text)
	}
}
