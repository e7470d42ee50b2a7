package storetest

import (
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func dated(id, text, effective, expires string) *corpus.Document {
	d := Document(id, text)
	d.Effective, d.Expires = effective, expires
	return d
}

// wantOn checks which text of the only document is in force on a day, "" for none.
func (s suite) wantOn(t *testing.T, day, text string) {
	t.Helper()
	docs, err := s.InForce(ctx, day)
	got := ""
	for _, d := range docs {
		got += d.Text
	}
	if err != nil || got != text {
		t.Errorf("on %s: %q, %v, want %q", day, got, err, text)
	}
}

// toCome publishes a revision for a day to come: until then the old one holds.
func toCome(t *testing.T, s suite) {
	s.publish(t, dated("a", "第一版。", "2020-01-01", ""))
	s.publish(t, dated("a", "第二版。", "9000-01-01", "9000-12-31"))
	s.wantOn(t, today(), "第一版。")
	s.wantOn(t, "8999-12-31", "第一版。")
	s.wantOn(t, "9000-01-01", "第二版。")
	s.wantOn(t, "9000-12-31", "第二版。")
	s.wantOn(t, "9001-01-01", "")
	if _, _, err := s.Withdraw(ctx, "a", "张三", ""); err != nil {
		t.Fatal(err)
	}
	s.wantOn(t, today(), "")
	s.wantOn(t, "9000-01-01", "")
}

// correctToCome corrects a revision before its day: the old one still holds until then.
func correctToCome(t *testing.T, s suite) {
	s.publish(t, dated("a", "第一版。", "2020-01-01", ""))
	s.publish(t, dated("a", "第二版。", "9000-01-01", ""))
	s.publish(t, dated("a", "第二版,改正。", "9000-01-01", ""))
	s.wantOn(t, today(), "第一版。")
	s.wantOn(t, "9000-01-01", "第二版,改正。")
	s.publish(t, dated("a", "第一版。", "2020-01-01", "")) // rolled back: that one is given up
	s.wantOn(t, today(), "第一版。")
	s.wantOn(t, "9000-01-01", "第一版。")
}

// asOf asks for days gone by.
func asOf(t *testing.T, s suite) {
	s.publish(t, dated("a", "第一版。", "2020-01-01", ""))
	s.publish(t, dated("a", "第二版。", "2023-01-01", ""))
	for day, want := range map[string]string{
		"2019-12-31": "", "2020-01-01": "第一版。", "2022-12-31": "第一版。", "2023-01-01": "第二版。", today(): "第二版。",
	} {
		s.wantOn(t, day, want)
	}
	// A correction names no later day: it holds since it was published.
	e := s.publish(t, dated("a", "第二版,改正。", "2023-01-01", ""))
	s.wantOn(t, corpus.DayOf(e.At.AddDate(0, 0, -1)), "第二版。")
	s.wantOn(t, corpus.DayOf(e.At), "第二版,改正。")
	if _, _, err := s.Withdraw(ctx, "a", "张三", ""); err != nil {
		t.Fatal(err)
	}
	s.wantOn(t, "2022-12-31", "第一版。")
	s.wantOn(t, today(), "")
	if _, err := s.Document(ctx, "a", corpus.RevisionOf("第一版。")); err != nil {
		t.Error(err)
	}
}
