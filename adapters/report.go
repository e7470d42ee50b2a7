package adapters

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The bounds of what a report lists: questions, and the runes of each.
const (
	maxUnanswered = 20
	maxReported   = 60
)

// Report returns what a daily report says about the exchanges and tickets of the day
// that begins at day: how many there were of each outcome, and the questions that the
// policies did not answer, the most frequent first. Others may be among them.
func Report(day time.Time, exchanges []bot.Exchange, tickets []bot.Ticket) string {
	within := func(t time.Time) bool { return !t.Before(day) && t.Before(day.AddDate(0, 0, 1)) }
	outcomes, times, all, opened := map[bot.Outcome]int{}, map[string]int{}, 0, 0
	for _, e := range exchanges {
		if !within(e.Asked) || e.Question == "" {
			continue
		}
		all++
		outcomes[e.Answer.Outcome]++
		if e.Answer.Outcome == bot.NoBasis {
			times[oneLine(e.Question, maxReported)]++
		}
	}
	for _, t := range tickets {
		if within(t.Opened) {
			opened++
		}
	}
	date := corpus.DayOf(day)
	if all+opened == 0 {
		return Phrase("report_none", "day", date)
	}
	pairs := []string{"day", date, "all", strconv.Itoa(all), "tickets", strconv.Itoa(opened)}
	for _, o := range []bot.Outcome{bot.Answered, bot.NoBasis, bot.Clarify, bot.HandedOver, bot.SmallTalk} {
		pairs = append(pairs, string(o), strconv.Itoa(outcomes[o]))
	}
	out := Phrase("report", pairs...)
	if len(times) > 0 {
		out += "\n" + unanswered(times)
	}
	return out
}

// unanswered lists questions with how often they were asked.
func unanswered(times map[string]int) string {
	questions := make([]string, 0, len(times))
	for q := range times {
		questions = append(questions, q)
	}
	slices.SortFunc(questions, func(a, b string) int { return cmp.Or(cmp.Compare(times[b], times[a]), cmp.Compare(a, b)) })
	lines := []string{Phrase("report_unanswered")}
	for i, q := range questions[:min(len(questions), maxUnanswered)] {
		line := Phrase("report_question", "n", strconv.Itoa(i+1), "question", q)
		if times[q] > 1 {
			line += Phrase("report_times", "times", strconv.Itoa(times[q]))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
