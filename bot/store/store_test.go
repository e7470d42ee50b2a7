package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

var ctx = context.Background()

func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func publish(t testing.TB, s *Store, id, text string) bot.Entry {
	t.Helper()
	p := bot.Publication{Document: storetest.Document(id, text), By: "张三", Original: bot.File{Name: "a.txt", Data: []byte(text + "\r\n")}}
	e, _, err := s.Publish(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestSuite(t *testing.T) {
	storetest.Test(t, func(t *testing.T) bot.Store { return open(t, t.TempDir()) })
}

func openMemory(t testing.TB) *Store {
	t.Helper()
	s, err := OpenMemory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSuiteInMemory(t *testing.T) {
	storetest.Test(t, func(t *testing.T) bot.Store { return openMemory(t) })
}

func TestOtherSuitesInMemory(t *testing.T) {
	storetest.TestRecords(t, func(t *testing.T) bot.Records { return openMemory(t) })
	storetest.TestQueue(t, func(t *testing.T) storetest.Desk { return openMemory(t) })
}

// An audit of a store in memory may not wait for itself.
func TestVerifyInMemory(t *testing.T) {
	s := openMemory(t)
	publish(t, s, "a", "甲")
	if last, err := s.Verify(ctx); err != nil || last.Seq != 1 {
		t.Errorf("%+v, %v", last, err)
	}
}

// A request that is called off takes nothing with it: a database in memory goes with
// its last connection.
func TestMemoryOutlivesCancelledWrites(t *testing.T) {
	s := openMemory(t)
	publish(t, s, "a", "甲")
	for range 50 {
		called, off := context.WithCancel(ctx)
		done := make(chan error, 1)
		go func() {
			_, _, err := s.Publish(called, bot.Publication{Document: storetest.Document("b", "乙"), By: "张三"})
			done <- err
		}()
		off()
		<-done // with or without an error
	}
	if _, err := s.Document(ctx, "a", corpus.RevisionOf("甲")); err != nil {
		t.Error(err)
	}
}

// Two stores in memory are two databases.
func TestMemoriesAreApart(t *testing.T) {
	a, b := openMemory(t), openMemory(t)
	publish(t, a, "a", "甲")
	if got, err := b.Current(ctx); err != nil || len(got) != 0 {
		t.Errorf("the other store has %d documents, %v", len(got), err)
	}
}

func TestRecordsSuite(t *testing.T) {
	storetest.TestRecords(t, func(t *testing.T) bot.Records { return open(t, t.TempDir()) })
}

func TestBureausSuite(t *testing.T) {
	storetest.TestBureaus(t, func(t *testing.T) interface {
		bot.Bureaus
		bot.Auditor
	} {
		return open(t, t.TempDir())
	})
}

func TestLessonsSuite(t *testing.T) {
	storetest.TestLessons(t, func(t *testing.T) interface {
		bot.Lessons
		bot.Auditor
	} {
		return open(t, t.TempDir())
	})
}

func TestQueueSuite(t *testing.T) {
	storetest.TestQueue(t, func(t *testing.T) storetest.Desk { return open(t, t.TempDir()) })
}

func TestParsedDocumentReadsBack(t *testing.T) {
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, t.TempDir())
	for name, text := range policies.Texts() {
		d, err := corpus.Parse(text, register)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Publish(ctx, bot.Publication{Document: d, By: "张三"}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Document(ctx, d.ID, d.Revision); err != nil || got == d || !reflect.DeepEqual(got, d) {
			t.Errorf("%s does not read back as it was: %v", name, err)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "数据 100%?#") // every character that a URL would take for its own
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	e := publish(t, s, "a", "第一版。")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); err != nil {
		t.Error(err)
	}
	s = open(t, dir)
	if got, err := s.Entries(ctx, 0, 10); err != nil || len(got) != 1 || got[0] != e {
		t.Errorf("%+v, %v, want %+v", got, err, e)
	}
	if d, err := s.Document(ctx, "a", e.Revision); err != nil || !reflect.DeepEqual(d, storetest.Document("a", "第一版。")) {
		t.Errorf("%+v, %v", d, err)
	}
	if last, err := s.Verify(ctx); err != nil || last.Hash != e.Hash {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestSynchronousFull(t *testing.T) {
	s := open(t, t.TempDir())
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1"} {
		var got string
		if err := s.writer.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v, want %s", pragma, got, err, want)
		}
	}
	if _, err := s.reader.Exec("DELETE FROM head"); err == nil {
		t.Error("a reader can write")
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	publish(t, s, "a", "第一版。")
	_, err := Open(ctx, dir)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d;", os.Getpid())) {
		t.Errorf("error %v", err)
	}
	publish(t, s, "a", "第二版。") // the first goes on
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.writer.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, dir); err == nil || !strings.Contains(err.Error(), "newer wence") {
		t.Errorf("error %v", err)
	}
}

func TestDiskFull(t *testing.T) {
	s := open(t, t.TempDir())
	e := publish(t, s, "a", "第一版。")
	limit := func(pages int) {
		if _, err := s.writer.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite makes it the size that there is
	text := strings.Repeat("很长的一段。", 10000)
	large := bot.Publication{Document: storetest.Document("b", text), By: "张三"}
	for range 2 {
		if _, _, err := s.Publish(ctx, large); !errors.Is(err, bot.ErrFull) || !strings.Contains(err.Error(), "make room") {
			t.Errorf("error %v", err)
		}
	}
	if got, err := s.Entries(ctx, 0, 10); err != nil || len(got) != 1 || got[0] != e {
		t.Errorf("reading from a full disk: %+v, %v", got, err)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
	limit(1 << 30)
	if got, _, err := s.Publish(ctx, large); err != nil || got.Seq != 2 {
		t.Errorf("with room again: %+v, %v", got, err)
	}
}

func TestNotADatabase(t *testing.T) {
	dir := t.TempDir()
	path, junk := filepath.Join(dir, databaseFile), strings.Repeat("这不是数据库。", 1000)
	if err := os.WriteFile(path, []byte(junk), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, dir); !errors.Is(err, bot.ErrDamaged) || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("error %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != junk {
		t.Errorf("the file was changed: %v", err)
	}
}

// TestDamageIsNoticed overwrites each page of the database in turn: nothing that is
// read may be wrong, and Open or Verify has to say so.
func TestDamageIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		publish(t, s, fmt.Sprint("d", i%7), fmt.Sprintf("第%d版。%s", i, strings.Repeat("很长的一段。", 300)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for i := 0; i < len(sound)/page; i += 3 {
		bad := append([]byte(nil), sound...)
		for j := range 64 {
			bad[i*page+j*64] ^= 0x55
		}
		broken := t.TempDir()
		if err := os.WriteFile(filepath.Join(broken, databaseFile), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(ctx, broken)
		if err == nil {
			_, err = s.Verify(ctx)
			if closing := s.Close(); closing != nil {
				t.Error(closing)
			}
		}
		if !errors.Is(err, bot.ErrDamaged) {
			t.Errorf("page %d: error %v", i, err)
		}
	}
}

func TestTamperingIsNoticed(t *testing.T) {
	unlock := "DROP TRIGGER log_stays; DROP TRIGGER log_keeps; DROP TRIGGER audit_stays; DROP TRIGGER audit_keeps; DROP TRIGGER content_stays; PRAGMA foreign_keys = 0;"
	for sql, want := range map[string]string{
		"UPDATE audit SET actor = '李四' WHERE seq = 2":                                "audit entry 2",
		"UPDATE audit SET at = at + 1 WHERE seq = 3":                                 "audit entry 3",
		"DELETE FROM log WHERE seq = 2; DELETE FROM audit WHERE seq = 2":             "audit entry 2",
		"UPDATE log SET reason = '' WHERE seq = 4":                                   "log entry 4",
		"UPDATE log SET reading = (SELECT reading FROM log WHERE seq=1) WHERE seq=2": "log entry 2",
		"DELETE FROM log WHERE seq = 4":                                              "log entry 4 (audit entry 5)",
		"UPDATE head SET last_seq = 1 WHERE document = 'a'":                          "document a",
		"DELETE FROM head WHERE document = 'b'":                                      "document b",
		"UPDATE content SET data = replace(data, '一', '二')":                          "content ",
		"DELETE FROM content WHERE hash = (SELECT file FROM log WHERE seq = 1)":      "content ",
	} {
		s := open(t, t.TempDir())
		publish(t, s, "a", "第一版。")
		publish(t, s, "a", "第二版。")
		publish(t, s, "b", "另一份。")
		if _, err := s.Record(ctx, bot.AuditEntry{By: "管理员", Action: "login"}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Withdraw(ctx, "b", "张三", "发错了"); err != nil {
			t.Fatal(err)
		}
		if last, err := s.Verify(ctx); err != nil || last.Seq != 5 {
			t.Fatalf("%+v, %v", last, err)
		}
		if _, err := s.writer.Exec(sql); err == nil && !strings.Contains(sql, "head") && !strings.Contains(sql, "content") {
			t.Errorf("%s: nothing stops it", sql)
		}
		if _, err := s.writer.Exec(unlock + sql); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verify(ctx); !errors.Is(err, bot.ErrDamaged) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", sql, err, want)
		}
	}
}

func TestAudit(t *testing.T) {
	s := open(t, t.TempDir())
	for _, bad := range []bot.AuditEntry{{}, {By: "张三"}, {By: "张三", Action: bot.ActionPublish}, {By: "张三", Action: "x", Detail: "\xff"}} {
		if _, err := s.Record(ctx, bad); !errors.Is(err, bot.ErrInvalid) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
	one, err := s.Record(ctx, bot.AuditEntry{By: "张三", Action: "login", Subject: "web", Detail: "10.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	two := publish(t, s, "a", "第一版。")
	trail, err := s.Trail(ctx, 0, 10)
	if err != nil || len(trail) != 2 || trail[0] != one || trail[1].Hash != two.Hash || trail[1].Action != bot.ActionPublish || trail[1].By != "张三" {
		t.Errorf("%+v, %v", trail, err)
	}
	if last, err := s.Verify(ctx); err != nil || last != trail[1] {
		t.Errorf("%+v, %v", last, err)
	}
}

func BenchmarkPublish(b *testing.B) {
	s := open(b, b.TempDir())
	text := strings.Repeat("鼓励金融机构开发专属产品,由金融工作局负责。\n", 300) // 20 KB, as a real document
	for i := 0; b.Loop(); i++ {
		publish(b, s, fmt.Sprint("d", i%1000), text+fmt.Sprint(i))
	}
}

func BenchmarkDocument(b *testing.B) {
	s := open(b, b.TempDir())
	e := publish(b, s, "a", strings.Repeat("鼓励金融机构开发专属产品,由金融工作局负责。\n", 300))
	kept, err := s.Document(ctx, "a", e.Revision)
	for b.Loop() && err == nil {
		_, err = s.Document(ctx, "a", e.Revision)
	}
	if err != nil {
		b.Fatal(kept.ID, err)
	}
}
