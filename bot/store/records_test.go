package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/storetest"
)

func TestTamperedExchangesAreNoticed(t *testing.T) {
	for _, sql := range []string{
		"UPDATE exchange SET question = '别的' WHERE id = 'a2'",
		"UPDATE exchange SET answer = replace(answer, '甲局', '乙局') WHERE id = 'a2'",
		"UPDATE exchange SET asked = asked + 1 WHERE id = 'a2'",
		"UPDATE exchange SET audit = 99 WHERE id = 'a2'",
		"UPDATE exchange SET asker = 'U2' WHERE id = 'a2'",
	} {
		s := open(t, t.TempDir())
		for _, id := range []string{"a1", "a2"} {
			if _, err := s.Keep(ctx, storetest.Exchange(id, "c", "想贷款")); err != nil {
				t.Fatal(err)
			}
		}
		if last, err := s.Verify(ctx); err != nil || last.Seq != 2 || last.Action != bot.ActionAnswer || last.Subject != "a2" {
			t.Fatalf("Verify = %+v, %v", last, err)
		}
		if _, err := s.writer.ExecContext(ctx, sql); err == nil {
			t.Errorf("%s: an exchange was changed", sql)
		}
		if _, err := s.writer.ExecContext(ctx, "DROP TRIGGER exchange_stays; PRAGMA foreign_keys = 0; "+sql); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verify(ctx); !errors.Is(err, bot.ErrDamaged) || !strings.Contains(err.Error(), "exchange a2") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// What people asked may have to be deleted; the trail keeps that it was.
func TestDeletedExchangeIsNoDamage(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := s.Keep(ctx, storetest.Exchange("a1", "c", "想贷款")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM exchange"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// TestTamperedDocumentIsNoticed: a document of which a byte was changed on the disk is not
// quoted, nor shown.
func TestTamperedDocumentIsNoticed(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	e := publish(t, s, "d", "一、总则\n对机床企业给予贴息。(市财政局负责)")
	if _, err := s.writer.ExecContext(ctx, "DROP TRIGGER IF EXISTS content_stays"); err != nil {
		t.Fatal(err)
	}
	changed, err := s.writer.ExecContext(ctx, "UPDATE content SET data = CAST(replace(CAST(data AS TEXT), '贴息', '补息') AS BLOB)")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := changed.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%d rows changed, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir) // else it is still in memory
	if d, err := s.Document(ctx, "d", e.Revision); !errors.Is(err, bot.ErrDamaged) {
		t.Errorf("%+v, %v", d, err)
	}
}
