package corpus

import (
	"testing"
	"time"
)

// A day begins at midnight in China, whatever the zone of the machine or of the instant.
func TestDaysAreDaysInChina(t *testing.T) {
	local := time.Local
	defer func() { time.Local = local }()
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("west", -9*60*60), China} {
		time.Local = zone
		for at, want := range map[time.Time]string{
			time.Date(2026, 1, 1, 17, 0, 0, 0, time.UTC):           "2026-01-02",
			time.Date(2026, 1, 1, 15, 59, 59, 0, time.UTC):         "2026-01-01",
			time.Date(2026, 1, 1, 17, 0, 0, 0, time.UTC).Local():   "2026-01-02",
			time.Date(2026, 1, 1, 23, 59, 59, 0, China).In(zone):   "2026-01-01",
			time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC).Local(): "2026-01-01",
		} {
			if got := DayOf(at); got != want {
				t.Errorf("%s in %s: %s, want %s", at, zone, got, want)
			}
		}
	}
}
