package index_test

import (
	"slices"
	"testing"

	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/indextest"
)

func TestQueryOf(t *testing.T) {
	a, err := analyzer()
	if err != nil {
		t.Fatal(err)
	}
	boost := func(q index.Query, term string) float64 {
		i := slices.IndexFunc(q.Terms, func(t index.Term) bool { return t.Text == term })
		if i < 0 {
			t.Fatalf("no term %s in %v", term, q.Terms)
		}
		return q.Terms[i].Boost
	}
	const text = "丙县和乙市的贷款贴息怎么申请"
	plain, placed := index.QueryOf(a, text), index.QueryOf(indextest.Placed(t, a), text)
	if len(plain.Places) > 0 || !slices.Equal(placed.Places, []string{"丙县", "乙市"}) {
		t.Errorf("places %q without knowing any, %q with", plain.Places, placed.Places)
	}
	if p, w := boost(plain, "乙市"), boost(placed, "乙市"); w >= p {
		t.Errorf("乙市 counts %v as a place, %v as words", w, p)
	}
	if p, w := boost(plain, "贴息"), boost(placed, "贴息"); w != p || w <= boost(placed, "怎么") {
		t.Errorf("贴息 counts %v beside a place, %v without, 怎么 %v", w, p, boost(placed, "怎么"))
	}
	if q := index.QueryOf(indextest.Placed(t, a), ""); len(q.Terms) > 0 || len(q.Places) > 0 {
		t.Errorf("the empty question gave %v", q)
	}
}
