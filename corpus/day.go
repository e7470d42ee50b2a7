package corpus

import "time"

// China is the time zone of every day and time of day in wence: policies come into force
// by days in China, wherever the machine stands. It has no daylight saving, and needs no
// time zone data, which a container may lack.
var China = time.FixedZone("UTC+8", 8*60*60)

// DayOf returns the day (YYYY-MM-DD) that it is in China at an instant. All days come
// from here.
func DayOf(t time.Time) string { return t.In(China).Format(time.DateOnly) }
