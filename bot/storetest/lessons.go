package storetest

import (
	"reflect"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// TestLessons runs the suite of bot.Lessons. open returns a new, empty one; what it
// records can be read back as the trail of the same store.
func TestLessons(t *testing.T, open func(t *testing.T) interface {
	bot.Lessons
	bot.Auditor
}) {
	s := open(t)
	want := func(what string, lessons ...bot.Lesson) {
		t.Helper()
		if got, err := s.Lessons(ctx); err != nil || len(got) != len(lessons) || len(got) > 0 && !reflect.DeepEqual(got, lessons) {
			t.Errorf("%s: %+v, %v, want %+v", what, got, err, lessons)
		}
	}
	teach := func(l bot.Lesson) {
		t.Helper()
		if err := s.Teach(ctx, l, "张三", "核对过"); err != nil {
			t.Fatal(err)
		}
	}
	want("empty")
	b := bot.Lesson{Answer: "b", Question: "想借钱买木头", Document: "d", Region: "丙市", Clause: "二、(二)", Paragraph: 1, Quote: "发放“家具贷”"}
	a := b
	a.Answer, a.Question = "a", "周转不灵"
	teach(b)
	teach(a)
	teach(a)
	want("in the order of their answers", a, b)
	if trail, err := s.Trail(ctx, 0, 10); err != nil || len(trail) != 2 || trail[0].By != "张三" || trail[0].Action != bot.ActionLesson {
		t.Errorf("teaching the same again: %+v, %v", trail, err)
	}
	a.Clause = "二、(三)"
	teach(a)
	want("corrected", a, b)
	if err := s.Forget(ctx, "a", "张三", ""); err != nil {
		t.Error(err)
	}
	want("forgotten", b)
	wantErr(t, "forgotten again", s.Forget(ctx, "a", "张三", ""), bot.ErrNotFound)
	wantErr(t, "by nobody", s.Teach(ctx, a, " ", ""), bot.ErrInvalid)
	wantErr(t, "no question", s.Teach(ctx, bot.Lesson{Answer: "c", Document: "d", Clause: "一", Quote: "x"}, "张三", ""), bot.ErrInvalid)
	_, err := s.Record(ctx, bot.AuditEntry{By: "张三", Action: bot.ActionLesson, Subject: "c", Detail: "x"})
	wantErr(t, "recorded past the lessons", err, bot.ErrInvalid)
	want("refused", b)
}
