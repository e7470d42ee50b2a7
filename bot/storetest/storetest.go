// Package storetest is the suite that every bot.Store passes, and a Store in memory
// that passes it too.
//
// To add a store, call Test from its test with a function that opens one.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// Test runs the suite. open returns a new, empty store; the suite does not close it.
func Test(t *testing.T, open func(t *testing.T) bot.Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"Empty", empty},
		{"PublishAndRead", publishAndRead},
		{"ReadsBackWhole", readsBackWhole},
		{"UnchangedIsNoEntry", unchanged},
		{"RevisionsAndRollback", rollback},
		{"SameTextReadAnew", readAnew},
		{"Withdraw", withdraw},
		{"ConflictingBase", conflict},
		{"Invalid", invalid},
		{"InForce", inForce},
		{"RevisionToCome", toCome},
		{"CorrectionOfARevisionToCome", correctToCome},
		{"AsOf", asOf},
		{"Originals", originals},
		{"EntriesInPages", pages},
		{"ConcurrentWriters", concurrent},
		{"CancelledContext", cancelled},
		{"Changes", changes},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, suite{open(t)}) })
	}
}

type suite struct{ bot.Store }

var ctx = context.Background()

// Document returns a small document in force whose only clause is text.
func Document(id, text string) *corpus.Document {
	d := &corpus.Document{ID: id, Title: "关于" + id + "的通知", Number: id, Status: corpus.InForce, Text: text, Revision: corpus.RevisionOf(text)}
	d.Clauses = []corpus.Clause{{
		Path: corpus.Path{{Level: corpus.LevelParagraph, Num: 1}}, Headings: []string{"总则"}, Text: text, End: len(text),
	}}
	return d
}

func (s suite) publish(t *testing.T, d *corpus.Document) bot.Entry {
	t.Helper()
	e, changed, err := s.Publish(ctx, bot.Publication{Document: d, By: "张三", Reason: "更正"})
	if err != nil || !changed {
		t.Fatalf("Publish(%s %s) = %+v, %v, %v", d.ID, d.Revision, e, changed, err)
	}
	return e
}

func (s suite) wantInForce(t *testing.T, want ...*corpus.Document) {
	t.Helper()
	got, err := s.InForce(ctx, today())
	if err != nil || len(got) != len(want) {
		t.Fatalf("InForce = %d documents, %v, want %d", len(got), err, len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("InForce[%d] = %s %s, want %s %s", i, got[i].ID, got[i].Revision, want[i].ID, want[i].Revision)
		}
	}
}

func today() string { return corpus.DayOf(time.Now()) }

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func empty(t *testing.T, s suite) {
	s.wantInForce(t)
	entries, err := s.Entries(ctx, 0, 10)
	if err != nil || len(entries) != 0 {
		t.Errorf("Entries = %v, %v", entries, err)
	}
	current, err := s.Current(ctx)
	if err != nil || len(current) != 0 {
		t.Errorf("Current = %v, %v", current, err)
	}
	_, err = s.Document(ctx, "a", "r")
	wantErr(t, "Document", err, bot.ErrNotFound)
	_, err = s.History(ctx, "a")
	wantErr(t, "History", err, bot.ErrNotFound)
	_, err = s.Original(ctx, "a", "r")
	wantErr(t, "Original", err, bot.ErrNotFound)
	_, _, err = s.Withdraw(ctx, "a", "张三", "")
	wantErr(t, "Withdraw", err, bot.ErrNotFound)
}

func publishAndRead(t *testing.T, s suite) {
	d, before := Document("a", "贷款贴息由财政局负责。"), time.Now().Add(-time.Second)
	e := s.publish(t, d)
	want := bot.Entry{Seq: 1, Kind: bot.KindPut, Document: "a", Revision: d.Revision, By: "张三", Reason: "更正", At: e.At, Hash: e.Hash}
	if e != want || e.Hash == "" || e.At.Before(before) || e.At.After(time.Now()) || e.At.Location() != time.UTC {
		t.Errorf("entry %+v", e)
	}
	got, err := s.Document(ctx, "a", d.Revision)
	if err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("Document = %+v, %v", got, err)
	}
	s.wantInForce(t, d)
	for what, read := range map[string]func() ([]bot.Entry, error){
		"Entries": func() ([]bot.Entry, error) { return s.Entries(ctx, 0, 10) },
		"Current": func() ([]bot.Entry, error) { return s.Current(ctx) },
		"History": func() ([]bot.Entry, error) { return s.History(ctx, "a") },
	} {
		if entries, err := read(); err != nil || len(entries) != 1 || entries[0] != e {
			t.Errorf("%s = %+v, %v, want %+v", what, entries, err, e)
		}
	}
}

func unchanged(t *testing.T, s suite) {
	d := Document("a", "第一版。")
	first := s.publish(t, d)
	for range 2 {
		e, changed, err := s.Publish(ctx, bot.Publication{Document: Document("a", "第一版。"), By: "李四", Base: bot.NoRevision})
		if err != nil || changed || e != first {
			t.Errorf("again: %+v, %v, %v, want %+v", e, changed, err, first)
		}
	}
	if entries, err := s.Entries(ctx, 0, 10); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func rollback(t *testing.T, s suite) {
	one, two := Document("a", "第一版。"), Document("a", "第二版。")
	s.publish(t, one)
	s.publish(t, two)
	s.wantInForce(t, two)
	for _, d := range []*corpus.Document{one, two} {
		if got, err := s.Document(ctx, "a", d.Revision); err != nil || !reflect.DeepEqual(got, d) {
			t.Errorf("revision %s: %v, %v", d.Revision, got, err)
		}
	}
	e := s.publish(t, one)
	s.wantInForce(t, one)
	history, err := s.History(ctx, "a")
	if err != nil || len(history) != 3 || history[2] != e || e.Seq != 3 || history[1].Revision != two.Revision {
		t.Errorf("history %+v, %v", history, err)
	}
}

// readAnew publishes a text again that is understood in another way.
func readAnew(t *testing.T, s suite) {
	d := Document("a", "第一版。")
	s.publish(t, d)
	again := Document("a", "第一版。")
	again.Status = corpus.Amended
	if e := s.publish(t, again); e.Seq != 2 || e.Revision != d.Revision {
		t.Errorf("entry %+v", e)
	}
	if got, err := s.Document(ctx, "a", d.Revision); err != nil || !reflect.DeepEqual(got, again) {
		t.Errorf("Document = %+v, %v", got, err)
	}
	s.wantInForce(t, again)
}

func withdraw(t *testing.T, s suite) {
	d, other := Document("a", "第一版。"), Document("b", "另一份。")
	s.publish(t, d)
	s.publish(t, other)
	e, changed, err := s.Withdraw(ctx, "a", "李四", "发错了")
	if err != nil || !changed || e.Seq != 3 || e.Kind != bot.KindWithdraw || e.Revision != d.Revision || e.By != "李四" || e.Reason != "发错了" {
		t.Errorf("Withdraw = %+v, %v, %v", e, changed, err)
	}
	again, changed, err := s.Withdraw(ctx, "a", "王五", "")
	if err != nil || changed || again != e {
		t.Errorf("second Withdraw = %+v, %v, %v", again, changed, err)
	}
	s.wantInForce(t, other)
	if got, err := s.Document(ctx, "a", d.Revision); err != nil || !reflect.DeepEqual(got, d) {
		t.Errorf("a withdrawn document: %v, %v", got, err)
	}
	if current, err := s.Current(ctx); err != nil || len(current) != 2 || current[0] != e {
		t.Errorf("Current = %+v, %v", current, err)
	}
	s.publish(t, d)
	s.wantInForce(t, d, other) // in the order of their first publication
	_, _, err = s.Withdraw(ctx, "a", " ", "")
	wantErr(t, "Withdraw by nobody", err, bot.ErrInvalid)
}

func conflict(t *testing.T, s suite) {
	one, two, three := Document("a", "第一版。"), Document("a", "第二版。"), Document("a", "第三版。")
	publish := func(d *corpus.Document, base string) error {
		_, _, err := s.Publish(ctx, bot.Publication{Document: d, By: "张三", Base: base})
		return err
	}
	wantErr(t, "base of a new document", publish(one, two.Revision), bot.ErrConflict)
	wantErr(t, "new document", publish(one, bot.NoRevision), nil)
	wantErr(t, "not new", publish(two, bot.NoRevision), bot.ErrConflict)
	wantErr(t, "right base", publish(two, one.Revision), nil)
	wantErr(t, "old base", publish(three, one.Revision), bot.ErrConflict)
	s.wantInForce(t, two)
	if _, err := s.Document(ctx, "a", three.Revision); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a refused revision is there: %v", err)
	}
	if _, _, err := s.Withdraw(ctx, "a", "张三", ""); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "withdrawn", publish(three, bot.NoRevision), nil)
}

func invalid(t *testing.T, s suite) {
	with := func(change func(*corpus.Document)) *corpus.Document {
		d := Document("a", "第一版。")
		change(d)
		return d
	}
	ok := Document("a", "第一版。")
	for name, p := range map[string]bot.Publication{
		"no document":  {By: "张三"},
		"no id":        {By: "张三", Document: with(func(d *corpus.Document) { d.ID = "" })},
		"revision":     {By: "张三", Document: with(func(d *corpus.Document) { d.Revision = "x" })},
		"NUL":          {By: "张三", Document: Document("a", "a\x00b")},
		"not UTF-8":    {By: "张三", Document: Document("a", "\xff")},
		"title":        {By: "张三", Document: with(func(d *corpus.Document) { d.Title = "\xff" })},
		"nobody":       {Document: ok},
		"large file":   {By: "张三", Document: ok, Original: bot.File{Data: make([]byte, bot.MaxFile+1)}},
		"folder":       {By: "张三", Document: ok, Original: bot.File{Name: "../../etc/passwd", Data: []byte("x")}},
		"bytes in why": {By: "张三", Document: ok, Reason: "\xff"},
	} {
		_, _, err := s.Publish(ctx, p)
		wantErr(t, name, err, bot.ErrInvalid)
	}
	empty(t, s)
}

func inForce(t *testing.T, s suite) {
	d := Document("a", "第一版。")
	d.Effective, d.Expires = "2025-01-01", "2025-12-31"
	s.publish(t, d)
	repealed := Document("b", "废止的。")
	repealed.Status = corpus.Repealed
	s.publish(t, repealed)
	for day, want := range map[string]int{"2024-12-31": 0, "2025-01-01": 1, "2025-12-31": 1, "2026-01-01": 0} {
		if got, err := s.InForce(ctx, day); err != nil || len(got) != want {
			t.Errorf("on %s: %d documents, %v, want %d", day, len(got), err, want)
		}
	}
}

func originals(t *testing.T, s suite) {
	d, data := Document("a", "第一版。"), []byte("PK\x03\x04\x00\xff")
	for _, f := range []bot.File{{Name: "方案.docx", Data: data}, {}} { // the second has no file
		d.Title += "x"
		if _, _, err := s.Publish(ctx, bot.Publication{Document: clone(d), By: "张三", Original: f}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := s.Original(ctx, "a", d.Revision)
	if err != nil || f.Name != "方案.docx" || string(f.Data) != string(data) || f.SHA256 != hash(data) {
		t.Errorf("Original = %+v, %v", f, err)
	}
	s.publish(t, Document("b", "没有原件。"))
	_, err = s.Original(ctx, "b", corpus.RevisionOf("没有原件。"))
	wantErr(t, "no file", err, bot.ErrNotFound)
}

func clone(d *corpus.Document) *corpus.Document {
	c := *d
	return &c
}
