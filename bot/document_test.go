package bot_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

const bambooRules = `赣州市林业局关于印发《赣州市毛竹产业扶持办法》的通知
赣市林规〔2024〕3号
各县(市、区)林业局:
现将《赣州市毛竹产业扶持办法》印发给你们,请遵照执行。
赣州市林业局
2024年5月6日
赣州市毛竹产业扶持办法
第一条 为扶持毛竹产业,制定本办法。
第二条 对新造毛竹林的农户给予每亩300元补助。(市林业局负责)
第三条 本办法由市林业局负责解释。
第四条 本办法自2024年6月1日起施行,有效期5年。
`

func TestAskDocument(t *testing.T) {
	c := newCity(t, nil)
	for _, w := range []struct {
		text, history string
		want          bot.Outcome
		says          []string
	}{
		{"文号是多少", "", bot.Answered, []string{"赣市府办发〔2025〕6号"}},
		{"这个政策是哪天发布的?", "", bot.Answered, []string{"2025年3月10日"}},
		{"这份文件由谁制定的", "", bot.Answered, []string{"由赣州市人民政府办公室印发"}},
		{"这个文件还有效吗", "", bot.Answered, []string{"现行有效", "没有写明有效期"}},
		{"方案什么时候施行", "", bot.Answered, []string{"没有写明施行日期"}},
		{"谁牵头负责这个方案", "", bot.Answered, []string{"没有写明由谁总牵头", "请径向市工业和信息化局反映"}},
		{"把文件全文发给我", "", bot.Answered, []string{"政策阅读页", "赣市府办发〔2025〕6号"}},
		{"总结一下", "公司想上市归谁管", bot.Answered, []string{"二、主要措施", "(二)拓宽融资渠道"}},
		{"家具产业高质量发展若干措施讲了什么", "", bot.Answered, []string{"(五)治理喷涂废气"}},
		{"企业有什么政策", "", bot.Clarify, []string{"(五)治理喷涂废气"}},
		{"南昌的政策还有效吗", "", bot.NoBasis, []string{"您问的是南昌的事"}},
	} {
		var history []string
		if w.history != "" {
			history = []string{w.history}
		}
		a := c.ask(t, w.text, history...)
		if a.Outcome != w.want || w.want == bot.Answered && len(a.Citations) == 0 || len(a.Bureaus) > 0 {
			t.Errorf("%q: %s with %d citations, want %s:\n%s", w.text, a.Outcome, len(a.Citations), w.want, a.Text)
		}
		contains(t, w.text, a.Text, w.says...)
	}
	for _, heading := range strings.Split(c.ask(t, "总结一下").Text, "\n")[1:] {
		if !strings.Contains(c.policy.Text, heading) {
			t.Errorf("%q is no heading of the document", heading)
		}
	}
	// What only looks like it is about a matter.
	for _, text := range []string{"家具贷什么时候发", "家具产业有效期几年", "木材政策归谁管", "公司想上市归谁管"} {
		if a := c.ask(t, text); strings.Contains(a.Text, "成文日期") || strings.Contains(a.Text, "有效期") || strings.Contains(a.Text, "照录") {
			t.Errorf("%q is answered as a question after the document:\n%s", text, a.Text)
		}
	}
}

func TestAskWhichDocument(t *testing.T) {
	rules := parsed(t, bambooRules)
	c := newCity(t, nil, rules)
	for text, says := range map[string]string{
		"毛竹产业扶持办法什么时候到期":       "有效期至2029年5月31日",
		"《赣州市毛竹产业扶持办法》谁负责解释":   "本办法由市林业局负责解释",
		"3号文哪天发的":              "2024年5月6日",
		"赣市府办发〔2025〕6号还有效吗":    "没有写明有效期",
		"促进家具产业高质量发展若干措施谁印发的":  "赣州市人民政府办公室印发",
		"赣市林规〔2024〕3号什么时候开始施行": "自2024年6月1日起施行",
	} {
		if a := c.ask(t, text); a.Outcome != bot.Answered || !strings.Contains(a.Text, says) {
			t.Errorf("%q: %s, want one with %q:\n%s", text, a.Outcome, says, a.Text)
		}
	}
	a := c.ask(t, "这个文件什么时候到期")
	if a.Outcome != bot.Clarify || !strings.Contains(a.Text, "赣市林规〔2024〕3号") || !strings.Contains(a.Text, "赣市府办发〔2025〕6号") {
		t.Errorf("with two documents: %s\n%s", a.Outcome, a.Text)
	}
	// That of the answer before is meant.
	a = c.ask(t, "这个文件什么时候到期", "新造毛竹林补助多少", "谢谢")
	if a.Outcome != bot.Answered || !strings.Contains(a.Text, "2029年5月31日") || !slices.ContainsFunc(a.Citations, func(c bot.Citation) bool { return c.Document.ID == rules.ID }) {
		t.Errorf("after an answer: %s\n%s", a.Outcome, a.Text)
	}
}

func TestAskVerdicts(t *testing.T) {
	c := newCity(t, nil)
	for text, begins := range map[string]string{
		"贷款归财政局管吗":        "是," + finance,
		"财政局管不管贷款":        "是," + finance,
		"财政局不管贷款对吧":       "不是的,按这一段," + finance + "在",
		"贷款不归财政局管,对不对":    "不是的,按这一段," + finance + "在",
		"财政局是不是不管贷款":      "不是的,按这一段," + finance + "在",
		"贷款跟林业局没关系吧":      "对,按这一段," + forestry + "不在",
		"贷款林业局不负责吧":       "对,按这一段," + forestry + "不在",
		"贷款是林业局管吧":        "按这一段," + forestry + "不在",
		"贷款不是财政局管吗":       "按这一段," + finance + "在",
		"财政局和金融局谁管贷款":     "按这一段," + finance + "、" + banking + "在",
		"贷款是财政局还是林业局管":    "按这一段," + finance + "在",
		"家具龙头企业目标是30家吗":   "不是这个数,引用的原文写的是“培育家具龙头企业20家以上”",
		"家具企业上市目标是8家对吧":   "不是这个数,引用的原文写的是“推动3家家具企业挂牌上市”",
		"智能设备补助最高100万元对吗": "不是这个数,引用的原文写的是“对设备投资给予最高80万元的一次性补助”",
	} {
		if a := c.ask(t, text); a.Outcome != bot.Answered || !strings.HasPrefix(a.Text, begins) {
			t.Errorf("%q: %s, want %q first:\n%s", text, a.Outcome, begins, a.Text)
		}
	}
	for _, text := range []string{"家具龙头企业目标是20家吗", "智能设备补助最高80万元对吗"} {
		lacks(t, text, c.ask(t, text).Text, "不是这个数", "没有您说的")
	}
	if a := c.ask(t, "林业局归谁管"); a.Outcome != bot.NoBasis || !strings.Contains(a.Text, "没有写“林业局”归谁管") {
		t.Errorf("who is above a bureau: %s\n%s", a.Outcome, a.Text)
	}
}

func TestAskCaveats(t *testing.T) {
	c := newCity(t, nil)
	for text, says := range map[string]string{
		"招聘会有补贴吗":        "引用的原文没有写给予补贴、奖励或资金",
		"人工速生林有奖励吗":      "引用的原文没有写给予补贴、奖励或资金",
		"我是开奶茶店的,贷款有补贴吗": "没有写到“奶茶",
		"所有企业都能拿贷款贴息吗":   "没有写“所有企业”都适用",
	} {
		a := c.ask(t, text)
		if a.Outcome != bot.Answered || !strings.Contains(a.Text, says) || !slices.ContainsFunc(a.Remarks, func(r string) bool { return strings.Contains(r, says) }) {
			t.Errorf("%q: %s, want a remark with %q:\n%s", text, a.Outcome, says, a.Text)
		}
	}
	for _, text := range []string{"智能设备补助多少", "贷款贴息找谁", "贷款找谁"} {
		lacks(t, text, c.ask(t, text).Text, "没有写给予", "没有写到", "都适用")
	}
}

// TestAskContact holds that a number is said only if somebody has registered it, and that
// the answer says so.
func TestAskContact(t *testing.T) {
	c := newCity(t, nil)
	const refused, phone = "没有写部门的电话", "0797-0000000"
	if a := c.ask(t, "财政局电话"); a.Outcome != bot.NoBasis || !strings.Contains(a.Text, refused) {
		t.Errorf("nothing is registered: %s\n%s", a.Outcome, a.Text)
	}
	c.bot.Bureaus = registered{{Name: finance, Region: "赣州市", Phone: phone, Hours: "工作日9:00-17:00"}}
	if err := c.bot.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for text, history := range map[string][]string{"财政局电话": nil, "市财政局几点上班": nil, "电话呢": {"家具厂缺钱想贷款找谁?", "谢谢"}} {
		if a := c.ask(t, text, history...); a.Outcome != bot.Answered || !strings.Contains(a.Text, finance+"电话:"+phone) || !strings.Contains(a.Text, "由管理员登记") {
			t.Errorf("%q: %s\n%s", text, a.Outcome, a.Text)
		}
	}
	for text, history := range map[string][]string{"林业局电话": nil, "财政局局长电话": nil, "电话呢": {"木材不够用,该找哪个局?"}} {
		a := c.ask(t, text, history...)
		contains(t, text, a.Text, refused)
		lacks(t, text, a.Text, phone)
	}
}

// registered is what admins know of bureaus, as it is.
type registered []corpus.Bureau

func (r registered) Bureaus(context.Context) ([]corpus.Bureau, error) { return r, nil }
func (r registered) SetBureau(context.Context, bot.BureauEdit) error  { return bot.ErrInvalid }
func (r registered) RemoveBureau(context.Context, string, string, string) error {
	return bot.ErrNotFound
}
