package compose_test

import (
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

const policy = `乙市人民政府关于扶持企业的意见
一、优化融资服务
加大贷款投放。组织对接会。(市财政局负责)
二、强化人才支撑
举办招聘会。(市教育局负责)`

// TestExtractive holds that it writes one sentence per passage, in their order, the
// words being those of the passage and nothing else: so Verify refuses none.
func TestExtractive(t *testing.T) {
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	d, err := corpus.Parse(policy, register)
	if err != nil {
		t.Fatal(err)
	}
	loan, jobs := &d.Clauses[0], &d.Clauses[1]
	b := bot.Brief{Question: "找谁", Passages: []bot.Passage{
		{Handle: "c1", Document: d, Clause: jobs, Start: jobs.Start, End: jobs.Start + len("举办招聘会。")},
		{Handle: "c2", Document: d, Clause: loan, Start: loan.Start, End: loan.Start + len("加大贷款投放。")},
		{Handle: "c3", Document: d, Clause: loan, Start: loan.Start + len("加大贷款投放。"), End: loan.Start + len("加大贷款投放。组织对接会。")},
	}}
	draft, err := compose.Extractive{}.Compose(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	held, refused := bot.Verify(register, b, draft)
	if len(held) != 3 || len(refused) != 0 {
		t.Fatalf("%d hold, refused: %v", len(held), refused)
	}
	for i, want := range []string{"举办招聘会。", "加大贷款投放。", "组织对接会。"} {
		h := held[i]
		if h.Text != want || h.Citation.Quote != want || h.Citation.Start != b.Passages[i].Start || h.Citation.End != b.Passages[i].End {
			t.Errorf("sentence %d is %+v, want %s", i+1, h, want)
		}
	}
}

func TestExtractiveOfNothing(t *testing.T) {
	draft, err := compose.Extractive{}.Compose(t.Context(), bot.Brief{Question: "找谁"})
	if err != nil || len(draft.Sentences) != 0 {
		t.Errorf("wrote %+v, %v", draft, err)
	}
}
