package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// Numbers in circles begin the items of a list, though folding makes mere digits of them.
func TestAskCircledList(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"①家具贷找谁②招聘会找谁", "❶家具贷 ❷招聘会 都归谁", "(1)家具贷 (2)招聘会", "一问家具贷归哪个部门,二问招聘会归哪个部门"} {
		a := c.ask(t, text)
		if len(a.Citations) != 2 {
			t.Fatalf("%q: %s with %d citations, want one for each item:\n%s", text, a.Outcome, len(a.Citations), a.Text)
		}
		contains(t, text, a.Text, banking, labour)
	}
}

// A foreign matter that a story tells of is no reason to refuse what it asks at its end.
func TestAskAnswersTheSentenceThatAsks(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"厂里工伤赔了不少钱,木材集散交易中心是哪家在建", "护照过期了没换。木材集散交易中心是哪家在建?"} {
		if a := c.ask(t, text); a.Outcome != bot.Answered || !strings.Contains(a.Citations[0].Quote, "木材集散交易中心") {
			t.Errorf("%q: %s: %s", text, a.Outcome, a.Text)
		}
	}
	for _, text := range []string{"木材集散交易中心建好了,护照过期找谁换", "护照找谁换?木材集散交易中心真气派"} {
		if a := c.ask(t, text); a.Outcome == bot.Answered && !strings.Contains(a.Text, "护照") {
			t.Errorf("%q is answered with what only the story tells: %s", text, a.Text)
		}
	}
}

// A question that follows another is about the place that it names.
func TestAskForeignPlaceAfterAnAnswer(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"南昌的呢", "那南昌的家具贷呢"} {
		if a := c.ask(t, text, "家具贷找谁"); a.Outcome != bot.NoBasis {
			t.Errorf("%q: %s: %s", text, a.Outcome, a.Text)
		}
	}
}

// A question that says by itself what it is about is not bent by the one before.
func TestAskChangesTheSubject(t *testing.T) {
	c := newCity(t, nil)
	alone := c.ask(t, "招聘会找谁")
	if a := c.ask(t, "那招聘会呢", "家具贷找谁"); a.Outcome != bot.Answered || a.Citations[0].Quote != alone.Citations[0].Quote {
		t.Errorf("%s: %s", a.Outcome, a.Text)
	}
}

// What several bureaus do together is where all of them are responsible.
func TestAskWhatBureausShare(t *testing.T) {
	c := newCity(t, nil)
	const text = "财政局和金融局一起负责哪些事"
	a := c.ask(t, text)
	contains(t, text, a.Text, finance+"、"+banking+"在现有政策文件里共同负责这些事")
	for _, cited := range a.Citations {
		clause := c.policy.Clause(cited.Ref.Path)
		own := map[string]bool{}
		for _, r := range clause.Responsibilities {
			own[r.Bureau] = true
		}
		if !own[finance] || !own[banking] {
			t.Errorf("%s is listed, and not both are responsible for it", cited.Ref.Path)
		}
	}
	contains(t, "none", c.ask(t, "林业局和海关一起管什么").Text, "没有哪一段同时写了")
}

// Two bureaus set against each other by their topics are bureaus, not a second matter.
func TestAskEitherBureau(t *testing.T) {
	c := newCity(t, nil)
	a := c.ask(t, "家具贷是财政还是林业管")
	contains(t, "财政还是林业", a.Text, finance+"在责任单位之列", forestry+"不在责任单位之列")
	if len(a.Citations) != 1 {
		t.Errorf("%d citations, want the one of the matter", len(a.Citations))
	}
}

// Who asks whether a word is mentioned means the word, not what policies call the like of it.
func TestAskMention(t *testing.T) {
	c := newCity(t, nil)
	if a := c.ask(t, "文件里有没有提到家具贷"); a.Outcome != bot.Answered {
		t.Errorf("家具贷 stands there: %s", a.Text)
	}
	if a := c.ask(t, "文件里有没有提到ipo"); a.Outcome == bot.Answered {
		t.Errorf("ipo does not: %s", a.Text)
	}
}

// Money for something that the policy does not know is not the money that it gives for
// something else.
func TestAskMoneyForOther(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"氢能补助找谁", "电竞企业补助", "航空补助有吗"} {
		if a := c.ask(t, text); a.Outcome == bot.Answered {
			t.Errorf("%q is answered with money for something else: %s", text, a.Text)
		}
	}
	if a := c.ask(t, "智能设备补助找谁"); a.Outcome != bot.Answered {
		t.Errorf("%s: %s", a.Outcome, a.Text)
	}
}
