package bot_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

const bamboo = `赣州市人民政府关于加快竹产业发展的意见
赣市府发〔2019〕3号
一、竹材加工
鼓励企业开展竹材加工,建设竹笋烘干车间。(市林业局、水利局负责)`

const (
	askBamboo = "竹材加工找谁"
	water     = "赣州市水利局" // named by the bamboo policy only
)

func parsed(tb testing.TB, text string) *corpus.Document {
	tb.Helper()
	register, err := policies.Register()
	if err != nil {
		tb.Fatal(err)
	}
	d, err := corpus.Parse(text, register)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// learn has the bot learn new revisions.
func (c *city) learn(tb testing.TB, docs ...*corpus.Document) {
	tb.Helper()
	for _, d := range docs {
		c.memory.Put(d)
	}
	if err := c.clauses.Put(tb.Context(), docs...); err != nil {
		tb.Fatal(err)
	}
	if err := c.bot.Reload(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func TestOnlyWhatIsInForceIsCited(t *testing.T) {
	for name, w := range map[string]struct {
		status             corpus.Status
		effective, expires string
		cited              bool
	}{
		"in force":                {corpus.InForce, "", "", true},
		"in force for long":       {corpus.InForce, "2019-01-01", "9998-12-31", true},
		"amended":                 {corpus.Amended, "", "", true},
		"repealed":                {corpus.Repealed, "", "", false},
		"expired":                 {corpus.Expired, "", "", false},
		"a draft":                 {corpus.Draft, "", "", false},
		"expired by its date":     {corpus.InForce, "2019-01-01", "2020-12-31", false},
		"not yet in force":        {corpus.InForce, "9998-01-01", "", false},
		"repealed, date to come":  {corpus.Repealed, "2019-01-01", "9998-12-31", false},
		"amended and expired now": {corpus.Amended, "", "2020-12-31", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := parsed(t, bamboo)
			d.Status, d.Effective, d.Expires = w.status, w.effective, w.expires
			c := newCity(t, nil, d)
			for _, q := range []string{askBamboo, "水利局负责什么", "竹笋烘干车间补多少", "赣市府发〔2019〕3号讲什么", "家具厂竹材加工和木材采购分别找谁"} {
				for _, cited := range c.ask(t, q).Citations {
					if cited.Document.ID == d.ID && !w.cited {
						t.Errorf("%q cites %q", q, cited.Quote)
					}
				}
			}
			a := c.ask(t, askBamboo)
			if (a.Outcome == bot.Answered && a.Citations[0].Document.ID == d.ID) != w.cited {
				t.Errorf("%s, cites %v, want cited = %v", a.Outcome, places(a), w.cited)
			}
			if got := slices.Contains(names(c.ask(t, "水利局负责什么")), water); got != w.cited {
				t.Errorf("%s has duties: %v", water, got)
			}
			found, err := c.bot.Search(t.Context(), askBamboo, 10)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.ContainsFunc(found, func(f bot.Found) bool { return f.Document.ID == d.ID }); got != w.cited {
				t.Errorf("search finds it: %v", got)
			}
		})
	}
}

func TestReload(t *testing.T) {
	const question = "喷漆废气归哪个部门管?"
	c := newCity(t, nil)
	if got := names(c.ask(t, question)); !slices.Equal(got, everybody(ecology)) {
		t.Fatalf("before: %v", got)
	}
	old := c.policy
	revised := parsed(t, strings.Replace(old.Text, "(市生态环境局负责)", "(市应急管理局负责)", 1))
	if revised.ID != old.ID || revised.Revision == old.Revision {
		t.Fatalf("revisions %s %s and %s %s", old.ID, old.Revision, revised.ID, revised.Revision)
	}
	c.learn(t, revised)

	const emergency = "赣州市应急管理局"
	a := c.ask(t, question)
	if got := names(a); !slices.Equal(got, everybody(emergency)) || a.Citations[0].Ref.Revision != revised.Revision {
		t.Errorf("after: %v, citing revision %s", got, a.Citations[0].Ref.Revision)
	}
	contains(t, question, a.Text, emergency)
	lacks(t, question, a.Text, ecology)
	if a := c.ask(t, "生态环境局负责什么"); a.Outcome != bot.NoBasis {
		t.Errorf("%s still has duties: %v", ecology, places(a))
	}
	if a := c.ask(t, "应急管理局负责什么"); !slices.Equal(names(a), []string{emergency}) {
		t.Errorf("%s has no duties: %s", emergency, a.Text)
	}
	// An answer of before can still be read where it was quoted from.
	for _, d := range []*corpus.Document{old, revised} {
		got, err := c.memory.Document(t.Context(), d.ID, d.Revision)
		if err != nil || got.Text != d.Text {
			t.Errorf("revision %s: %v", d.Revision, err)
		}
	}
	if _, err := c.memory.Document(t.Context(), old.ID, "0"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a revision that never was: %v", err)
	}

	// And back: a rollback is a revision like any other.
	c.learn(t, old)
	if got := names(c.ask(t, question)); !slices.Equal(got, everybody(ecology)) {
		t.Errorf("after the rollback: %v", got)
	}

	repealed := *old
	repealed.Status = corpus.Repealed
	c.learn(t, &repealed)
	for _, q := range []string{question, "家具贷找谁", "财政局负责什么", "智能生产线最高补多少钱"} {
		if a := c.ask(t, q); a.Outcome == bot.Answered {
			t.Errorf("%q is answered from a repealed policy: %v", q, places(a))
		}
	}
}

// TestReloadUnderLoad is for the race detector, and for half-known revisions:
// every answer is that of one revision or the other.
func TestReloadUnderLoad(t *testing.T) {
	c := newCity(t, nil)
	revisions := []*corpus.Document{c.policy, parsed(t, strings.Replace(c.policy.Text, "(市生态环境局负责)", "(市应急管理局负责)", 1))}
	c.memory.Put(revisions[1])
	c.memory.Put(revisions[0])
	stop := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, err := c.bot.Ask(t.Context(), bot.Question{ID: "q", Text: "喷漆废气归哪个部门管?"})
				if err != nil {
					t.Errorf("while learning: %v", err)
					return
				}
				c.check(t, "while learning", a)
				// Between the index and Reload the likeness to examples is missing, so there may be no answer.
				if a.Outcome == bot.Answered && len(a.Bureaus) != 3 {
					t.Errorf("while learning: %v", names(a))
				}
			}
		})
	}
	for i := range 6 {
		c.learn(t, revisions[(i+1)%2])
	}
	close(stop)
	asking.Wait()
}

func TestSelfTest(t *testing.T) {
	c := newCity(t, nil)
	if err := c.bot.SelfTest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.clauses.Delete(t.Context(), c.policy.ID); err != nil {
		t.Fatal(err)
	}
	if err := c.bot.SelfTest(t.Context()); !errors.Is(err, bot.ErrSearchBroken) {
		t.Errorf("an index that lost the policy: %v", err)
	}
}

func TestSearch(t *testing.T) {
	c := newCity(t, nil)
	found, err := c.bot.Search(t.Context(), "家具企业木材采购", 3)
	if err != nil || len(found) == 0 || len(found) > 3 {
		t.Fatalf("%d found, %v", len(found), err)
	}
	if got := found[0].Clause.Path.String(); got != "二、(三)第1段" {
		t.Errorf("the best is %s", got)
	}
	seen := map[string]bool{}
	for i, f := range found {
		if path := f.Clause.Path.String(); seen[path] || i > 0 && f.Score > found[i-1].Score || f.Score <= 0 {
			t.Errorf("hit %d is %s with %g", i, path, f.Score)
		} else {
			seen[path] = true
		}
	}
	if found, err := c.bot.Search(t.Context(), "", 3); err != nil || len(found) != 0 {
		t.Errorf("nothing finds %v, %v", found, err)
	}
}
