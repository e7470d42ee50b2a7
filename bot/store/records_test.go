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
