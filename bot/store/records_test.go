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

func TestDesk(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *Store{"file": func(t *testing.T) *Store { return open(t, t.TempDir()) }, "memory": func(t *testing.T) *Store { return openMemory(t) }} {
		t.Run(name, func(t *testing.T) {
			storetest.TestDesk(t, func(t *testing.T) storetest.TicketDesk { return open(t) })
		})
	}
}

// All that is done about a ticket stands in the trail, with who did it.
func TestTicketsAreAudited(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := s.Keep(ctx, storetest.Exchange("a1", "c", "想贷款")); err != nil {
		t.Fatal(err)
	}
	k, _, err := s.OpenTicket(ctx, bot.Ticket{Channel: "web", Conversation: "c", Answer: "a1", Question: "想贷款"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := bot.NewReply(k, "r1", "请来二楼", "王五", s.now())
	if err == nil {
		_, err = s.Reply(ctx, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CloseTicket(ctx, k.ID, bot.Closing{Assessment: bot.Solved, By: "赵六", Reason: "办好了"}); err != nil {
		t.Fatal(err)
	}
	trail, err := s.Trail(ctx, 0, 99)
	got := ""
	for _, e := range trail {
		got += e.By + " " + e.Action + " " + e.Subject + " " + e.Detail + "\n"
	}
	want := "web ticket.open T-000001 a1\nweb answer r1 "
	if err != nil || !strings.Contains(got, want) || !strings.HasSuffix(got, "王五 ticket.reply T-000001 r1\n赵六 ticket.close T-000001 solved 办好了\n") {
		t.Errorf("the trail is\n%s%v", got, err)
	}
	if _, err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
}
