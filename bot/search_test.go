package bot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// rules returns documents that are alike but for one sentence each.
func rules(t *testing.T, sentences ...string) []*corpus.Document {
	t.Helper()
	var out []*corpus.Document
	for i, s := range sentences {
		out = append(out, parsed(t, fmt.Sprintf("赣州市第%d号管理办法\n第一条 本办法适用于全市。\n第二条 %s\n", i+1, s)))
	}
	return out
}

// lessonOn is a confirmed question that leads to the second article of a document.
func lessonOn(d *corpus.Document, id, question string) bot.Lesson {
	c := &d.Clauses[1]
	return bot.Lesson{Answer: id, Question: question, Document: d.ID, Region: d.Region, Clause: c.Path.Clause(), Paragraph: c.Path.Paragraph(), Quote: c.Text}
}

// Among many documents a confirmed question leads to its clause when it is asked again,
// one that is only a little like it does not take the first place from the clause with
// the words of the question, and of two clauses that fit alike that one is first whose
// document has more confirmed answers.
func TestSearchAmongManyLearns(t *testing.T) {
	docs := rules(t, "长者食堂的午餐每份补助六元。", "长者食堂的午餐每份补助六元。", "古树由园林单位登记挂牌。", "见习期限为三至十二个月。", "居住证在小程序上申领。")
	lessons := &taught{}
	c := newCity(t, nil, docs...)
	c.bot.Lessons = lessons
	first := func(text string) string {
		t.Helper()
		if err := c.bot.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := c.bot.Search(t.Context(), text, 3)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if len(found) == 0 {
			return ""
		}
		return found[0].Document.ID
	}
	teach := func(l bot.Lesson) {
		t.Helper()
		if err := lessons.Teach(t.Context(), l, "张三", ""); err != nil {
			t.Fatal(err)
		}
	}
	const again, alike = "老树要砍头了居住证咋整", "居住证怎么申领,老树要管吗"
	if got := first(again); got == docs[2].ID {
		t.Fatal("found before anything was learnt")
	}
	teach(lessonOn(docs[2], "a1", again))
	if got := first(again); got != docs[2].ID {
		t.Errorf("%q was confirmed and leads to %s", again, got)
	}
	if got := first(alike); got != docs[4].ID {
		t.Errorf("%q leads to %s: a little likeness outweighs its words", alike, got)
	}
	const lunch = "长者食堂午餐每份补助几元"
	before := first(lunch)
	other := docs[0]
	if before == other.ID {
		other = docs[1]
	}
	for i, q := range []string{"章程由谁批准", "台账保存几年", "投诉向谁提出"} {
		teach(lessonOn(other, fmt.Sprint("b", i), q))
	}
	if got := first(lunch); got != other.ID {
		t.Errorf("%q leads to %s, whose document nobody confirmed", lunch, got)
	}
}

// With the policies of several places those of the places that are not asked about
// leave room for the one that is, however many they are and however well they fit.
func TestAskAmongManyPlaces(t *testing.T) {
	o := newOffice(t)
	for i := range 40 {
		o.speaks(t, "南昌市", fmt.Sprintf("洪府办发〔2024〕%d号", i+1), "2024-01-01", "赣州市来的机床企业贷款贴息。(市财政局负责)")
	}
	o.speaks(t, "赣州市", "赣市府办发〔2021〕1号", "2021-01-01", "对机床企业的中长期贷款,按年度给予贴息,具体办法由各县区另行制定并公布。(市商务局负责)")
	a, err := o.Bot.Ask(t.Context(), bot.Question{Text: "赣州市机床企业贷款找谁"})
	if err != nil || !strings.Contains(a.Text, "赣市府办发〔2021〕1号") {
		t.Errorf("the policy of the place is not found: %s, %v", a.Text, err)
	}
	a, err = o.Bot.Ask(t.Context(), bot.Question{Text: "青岛市机床企业贷款找谁"})
	if err != nil || a.Outcome == bot.Answered {
		t.Errorf("a place without policies: %s, %v", a.Text, err)
	}
}
