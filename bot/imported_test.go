package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// The policies of these tests are put in: no example leads to them.

const housing = `赣州市人民政府办公室关于印发《赣州市公共租赁住房管理办法》的通知
赣市府办规〔2024〕13号
各县(市、区)人民政府:
现将《赣州市公共租赁住房管理办法》印发给你们,请认真组织实施公共租赁住房保障工作,实施中遇到问题请径向市住房城乡建设局反映。
赣州市人民政府办公室
2024年7月26日
赣州市公共租赁住房管理办法
第一章 总则
第一条 为完善公共租赁住房保障体系,制定本办法。
第二条 市住房城乡建设部门是本市公共租赁住房保障工作的主管部门,负责公共租赁住房的规划和监督。
第二章 申请与准入
第三条 申请公共租赁住房保障应当同时符合下列条件:
(一)申请人具有本市城镇户籍;
(二)申请家庭在本市无自有产权住房。
第四条 公共租赁住房保障的申请、审核程序如下:
(一)申请人向户籍所在地街道办事处提出申请;
(二)街道办事处审核公共租赁住房申请。
第三章 配租
第五条 公共租赁住房租赁合同期限为5年。租赁期满符合条件的保障对象可以申请续租。
第六条 公共租赁住房租赁合同应载明租金标准、租赁期限和公共租赁住房的使用要求。
第七条 已承租公共租赁住房的家庭在租赁期间又承租其他公房的,应在1个月内退回公共租赁住房。
附件1-2下载:公共租赁住房申请表.doc
`

const relief = `赣州市人民政府办公室关于印发赣州市临时救助实施细则的通知
赣市府办规〔2021〕1号
各县(市、区)人民政府:
现将《赣州市临时救助实施细则》印发给你们,请认真贯彻执行。
赣州市人民政府办公室
2021年12月1日
赣州市临时救助实施细则
第一条 为规范临时救助工作,制定本细则。
第二条 临时救助是指对遭遇突发事件的家庭给予的应急性救助。
第三条 镇人民政府(街道办事处)负责临时救助受理、审核和发放临时救助金。村(居)民委员会协助做好临时救助对象的主动发现。
第四条 临时救助金可以由社会保障卡发放。
第五条 临时救助对象应当如实申报家庭情况。
第六条 临时救助按照一事一议的原则办理。
`

// asking returns a function that asks a bot on these policies.
func asking(t *testing.T, texts ...string) func(question string) bot.Answer {
	t.Helper()
	o := newOffice(t)
	for _, text := range texts {
		o.publish(t, parsed(t, text))
	}
	return func(question string) bot.Answer {
		t.Helper()
		a, err := o.Bot.Ask(t.Context(), bot.Question{Text: question})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}

// A policy answers the same whatever other policies there are.
func TestAskWhateverItsNeighbours(t *testing.T) {
	neighbours := []string{
		"赣州市长者食堂管理办法\n第一条 本办法适用于全市长者食堂。\n第二条 区民政部门负责长者食堂的日常监督。\n第三条 每份午餐补助6元。\n",
		"赣州市就业见习管理办法\n第一条 见习期限为3至12个月。\n第二条 市人力资源和社会保障局负责认定见习基地。\n",
		"赣州市古树保护办法\n第一条 古树由市林业局登记挂牌。\n第二条 禁止砍伐古树。\n",
		"赣州市停车收费办法\n第一条 停车收费由市发展和改革委员会定价。\n第二条 停车收费每小时2元。\n",
	}
	for name, more := range map[string][]string{"alone": nil, "with one": {housing}, "with many": append([]string{housing}, neighbours...)} {
		ask := asking(t, append([]string{relief}, more...)...)
		a := ask("临时救助找谁")
		if a.Outcome != bot.Answered || !strings.Contains(a.Citations[0].Quote, "负责临时救助受理") {
			t.Errorf("%s: %s:\n%s", name, a.Outcome, a.Text)
			continue
		}
		contains(t, name, a.Text, "镇人民政府(街道办事处)负责")
		for _, question := range []string{"护照找谁", "社会保障卡怎么申领", "结婚登记在哪里办"} {
			if a := ask(question); a.Outcome == bot.Answered {
				t.Errorf("%s: %q is answered:\n%s", name, question, a.Text)
			}
		}
	}
	// Two notices of one clause each.
	ask := asking(t,
		"赣州市人民政府关于上市奖励的通知\n赣市府〔2024〕2号\n对上市企业给予300万元奖励。\n赣州市人民政府\n2024年3月2日\n",
		"于都县人民政府关于上市奖励的通知\n于府〔2024〕1号\n对上市企业给予100万元奖励。\n于都县人民政府\n2024年3月1日\n")
	for _, question := range []string{"上市奖励多少", "于都企业上市奖励多少钱", "赣州企业上市奖励多少钱"} {
		if a := ask(question); a.Outcome != bot.Answered || !strings.Contains(a.Text, "00万元奖励") {
			t.Errorf("%q: %s:\n%s", question, a.Outcome, a.Text)
		}
	}
	if a := ask("南通企业上市奖励多少钱"); a.Outcome != bot.NoBasis {
		t.Errorf("another city is answered:\n%s", a.Text)
	}
}

// The clause is quoted that has what is asked for: the list, the day, the body.
func TestAskPrefersTheClauseWithWhatIsAsked(t *testing.T) {
	for name, ask := range map[string]func(string) bot.Answer{"alone": asking(t, housing), "with another": asking(t, housing, relief)} {
		for question, quote := range map[string]string{
			"公租房申请条件是什么": "应当同时符合下列条件",
			"公租房怎么申请":    "申请、审核程序如下",
			"公租房租赁合同几年":  "租赁合同期限为5年",
			"公租房归哪个部门管":  "是本市公共租赁住房保障工作的主管部门",
		} {
			a := ask(question)
			if a.Outcome != bot.Answered || !strings.Contains(a.Citations[0].Quote, quote) {
				t.Errorf("%s: %q: %s:\n%s", name, question, a.Outcome, a.Text)
				continue
			}
			lacks(t, question, a.Text, "引用的原文没有写明", "下载", "印发给你们")
		}
	}
}

// Where there are documents of several issuers a number does not say whose it is.
func TestAnswersNameTheDocumentAmongSeveralIssuers(t *testing.T) {
	const title = "《赣州市人民政府办公室关于印发《赣州市公共租赁住房管理办法》的通知》"
	const question = "公租房租赁合同几年"
	lacks(t, "one issuer", asking(t, housing, relief)(question).Text, title)
	other := "九江市人民政府关于古树保护的意见\n九府发〔2024〕1号\n一、古树由市林业局登记挂牌。\n"
	contains(t, "two issuers", asking(t, housing, other)("赣州"+question).Text, title+" 赣市府办规〔2024〕13号")
}
