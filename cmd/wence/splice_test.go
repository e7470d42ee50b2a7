package main

import (
	"math/rand/v2"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/eval"
)

// TestSplicedQuestions asks pieces of golden questions put together anyhow, as a caller
// who breaks off and starts anew: matters, bureaus and lists touch and overlap where no
// question of ours has them. Fuzzing bytes hardly ever makes two words of the policy
// stand side by side.
func TestSplicedQuestions(t *testing.T) {
	h, golden := newHouse(t), readGolden(t)
	judge := eval.Judge{Documents: h.documents}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same questions each time
	joints := []string{"", "", "", ",", "。", "?", "、", "和", "找谁", "分别归谁管", "\n1. ", "②"}
	pick := func() string { return golden[random.IntN(len(golden))].Text }
	for range 15_000 {
		text, before := "", []string(nil)
		for range 1 + random.IntN(3) {
			q := []rune(pick())
			from := random.IntN(len(q) + 1)
			to := from + random.IntN(len(q)-from+1)
			text += string(q[from:to]) + joints[random.IntN(len(joints))]
		}
		if random.IntN(4) == 0 {
			before = []string{pick()}
		}
		a, err := h.bot.Ask(t.Context(), bot.Question{Text: text, History: before})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if a.Outcome == bot.Answered && !judge.Judge(eval.Golden{}, a)[eval.CheckExact] {
			t.Errorf("%q is answered without an exact quote: %s", text, a.Text)
		}
	}
}
