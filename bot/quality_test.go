package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
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

// Among many documents the one that is meant is found by its title, and what stands
// in none of them is refused although some words stand somewhere.
func TestAskAmongManyDocuments(t *testing.T) {
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	var more []*corpus.Document
	for _, text := range []string{
		"赣州市长者食堂管理办法\n第一条 本办法适用于全市长者食堂。\n第二条 区民政部门负责长者食堂的日常监督。\n第三条 每份午餐补助6元。\n",
		"赣州市电子居住证申领指南\n一、申领对象\n年满16周岁的来赣人员可以申领。\n二、申领渠道\n登录微信小程序提交申请。\n",
		"赣州市就业见习管理办法\n第一条 见习期限为3至12个月。\n第二条 市人力资源和社会保障局负责认定见习基地。\n",
		"赣州市古树保护办法\n第一条 古树由市林业局登记挂牌。\n第二条 禁止砍伐古树。\n",
	} {
		d, err := corpus.Parse(text, register)
		if err != nil {
			t.Fatal(err)
		}
		more = append(more, d)
	}
	c := newCity(t, nil, more...)
	for text, title := range map[string]string{
		"电子居住证怎么申领":   "电子居住证",
		"长者食堂由谁监督":    "长者食堂",
		"就业见习期限最长几个月": "就业见习",
	} {
		a := c.ask(t, text)
		if a.Outcome != bot.Answered || !strings.Contains(a.Citations[0].Document.Title, title) {
			t.Errorf("%q: %s from %+v", text, a.Outcome, a.Citations)
		}
	}
	for _, text := range []string{"养老院床位补贴怎么申领", "见义勇为奖励由谁登记", "公园门票期限"} {
		if a := c.ask(t, text); a.Outcome == bot.Answered {
			t.Errorf("%q is answered:\n%s", text, a.Text)
		}
	}
	ask := func(text string) float64 {
		e, err := c.bot.Evidence(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		return e.Sure()
	}
	if yes, no := ask("长者食堂每份午餐补助多少"), ask("公园门票多少钱一张"); yes <= no {
		t.Errorf("evidence is %.2f for what is there and %.2f for what is not", yes, no)
	}
}

// taught are lessons in memory.
type taught []bot.Lesson

func (l *taught) Lessons(context.Context) ([]bot.Lesson, error) { return *l, nil }

func (l *taught) Teach(_ context.Context, lesson bot.Lesson, _, _ string) error {
	*l = append(*l, lesson)
	return lesson.Check()
}

func (l *taught) Forget(context.Context, string, string, string) error {
	*l = nil
	return nil
}

// A question whose answer was confirmed leads to its clause, and so does one that is
// like it; forgotten it does not, nor for another place.
func TestAskLearnsConfirmedAnswers(t *testing.T) {
	c := newCity(t, nil)
	lessons := &taught{}
	c.bot.Lessons = lessons
	const question, alike = "老板的刨花板积压卖不脱手咋整", "刨花板积压了卖不脱手"
	if a := c.ask(t, question); a.Outcome == bot.Answered {
		t.Fatalf("answered before anything was learnt: %s", a.Text)
	}
	right := c.ask(t, "木材集散交易中心归谁建")
	lesson, err := c.bot.LessonOf(bot.Exchange{ID: "a1", Question: question, Answer: right})
	if err != nil {
		t.Fatal(err)
	}
	learn := func(l bot.Lesson) bot.Answer {
		t.Helper()
		if err := errors.Join(lessons.Forget(t.Context(), "", "", ""), lessons.Teach(t.Context(), l, "张三", ""), c.bot.Reload(t.Context())); err != nil {
			t.Fatal(err)
		}
		return c.ask(t, alike)
	}
	if a := learn(lesson); a.Outcome != bot.Answered || a.Citations[0].Quote != right.Citations[0].Quote {
		t.Errorf("after the lesson: %s %+v, want the quote %q", a.Outcome, a.Citations, right.Citations[0].Quote)
	}
	for name, change := range map[string]func(*bot.Lesson){
		"of another place":                   func(l *bot.Lesson) { l.Region = "南昌市" },
		"of a clause that reads differently": func(l *bot.Lesson) { l.Quote = "这句话不在文件里" },
		"of a document that is not there":    func(l *bot.Lesson) { l.Document = "没有" },
	} {
		other := lesson
		change(&other)
		if a := learn(other); a.Outcome == bot.Answered {
			t.Errorf("a lesson %s is used: %s", name, a.Text)
		}
	}
}

func TestLessonOfRefuses(t *testing.T) {
	c := newCity(t, nil)
	one, two := c.ask(t, "家具贷找谁"), c.ask(t, "家具贷和上市辅导分别找谁")
	for name, e := range map[string]bot.Exchange{
		"a refusal":                    {ID: "1", Question: "家具贷找谁", Answer: bot.Answer{Outcome: bot.NoBasis}},
		"two matters":                  {ID: "2", Question: "家具贷和上市辅导分别找谁", Answer: two},
		"what needs the one before":    {ID: "3", Question: "那个呢", Answer: one},
		"an answer of no conversation": {Question: "家具贷找谁", Answer: one},
	} {
		if _, err := c.bot.LessonOf(e); !errors.Is(err, bot.ErrInvalid) {
			t.Errorf("%s teaches something: %v", name, err)
		}
	}
}

// A place inside a term is part of the matter; a place beside it is where it is asked about.
func TestAskPlaceInsideTerm(t *testing.T) {
	c := newCity(t, nil)
	for text, foreign := range map[string]bool{"香港上市有人辅导不": false, "香港的企业上市有人辅导不": true} {
		if a := c.ask(t, text); strings.Contains(a.Text, "您问的是香港") != foreign {
			t.Errorf("%q: %s", text, a.Text)
		}
	}
}

// How to reach somebody in office is refused, whether or not their bureau is named.
func TestAskOfficialsPhone(t *testing.T) {
	c := newCity(t, nil)
	want := c.ask(t, "局长是谁").Text
	for _, text := range []string{"你们局长电话多少", "局长办公室电话给我一个"} {
		if a := c.ask(t, text); a.Outcome != bot.NoBasis || a.Text != want {
			t.Errorf("%q: %s: %s", text, a.Outcome, a.Text)
		}
	}
}
