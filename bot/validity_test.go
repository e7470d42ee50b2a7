package bot

import (
	"testing"
	"time"
)

// Five in the afternoon in Greenwich is the next day in China: what is published then
// holds from that day, and the bot answers for it.
func TestTodayIsTheDayInChina(t *testing.T) {
	at := time.Date(2026, 1, 1, 17, 0, 0, 0, time.UTC)
	if e := (Entry{At: at}); e.Settles(nil, "2026-01-01") || !e.Settles(nil, "2026-01-02") {
		t.Errorf("an entry of %s is of %s", at, e.dayOf())
	}
	if b := (&Bot{now: func() time.Time { return at }}); b.today() != "2026-01-02" {
		t.Errorf("at %s today is %s", at, b.today())
	}
}
