package adapters

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The bounds of what a report lists: questions, and the runes of each.
const (
	maxUnanswered = 20
	maxReported   = 60
)

// maxRead bounds how many of the last exchanges and tickets a report looks at.
const maxRead = 20_000

// Report returns what a daily report says about the day that begins at day: how many
// exchanges there were of each outcome, how many tickets and how many wait now, what was
// thought of the answers, and the questions that the policies did not answer, the most
// frequent first.
func Report(ctx context.Context, records bot.Records, desk bot.Desk, day time.Time) (string, error) {
	exchanges, err := records.Recent(ctx, maxRead)
	if err != nil {
		return "", err
	}
	tickets, err := records.Tickets(ctx, maxRead)
	if err != nil {
		return "", err
	}
	within := func(t time.Time) bool { return !t.Before(day) && t.Before(day.AddDate(0, 0, 1)) }
	exchanges = slices.DeleteFunc(exchanges, func(e bot.Exchange) bool {
		return !within(e.Asked) || e.Question == "" || e.Answer.Outcome == bot.Replied
	})
	tickets = slices.DeleteFunc(tickets, func(t bot.Ticket) bool { return !within(t.Opened) })
	date := corpus.DayOf(day)
	if len(exchanges)+len(tickets) == 0 {
		backlog, err := waiting(ctx, desk)
		return Phrase("report_none", "day", date) + backlog, err
	}
	outcomes, votes := map[bot.Outcome]int{}, map[bot.Vote]int{}
	for _, e := range exchanges {
		outcomes[e.Answer.Outcome]++
		all, err := records.FeedbackOn(ctx, e.ID)
		if err != nil {
			return "", err
		}
		for _, f := range all {
			votes[f.Vote]++
		}
	}
	pairs := []string{
		"day", date, "all", strconv.Itoa(len(exchanges)), "tickets", strconv.Itoa(len(tickets)),
		"up", strconv.Itoa(votes[bot.VoteUp]), "down", strconv.Itoa(votes[bot.VoteDown]),
	}
	for _, o := range []bot.Outcome{bot.Answered, bot.NoBasis, bot.Clarify, bot.HandedOver, bot.SmallTalk} {
		pairs = append(pairs, string(o), strconv.Itoa(outcomes[o]))
	}
	backlog, err := waiting(ctx, desk)
	return Phrase("report", pairs...) + backlog + unanswered(exchanges), err
}

// waiting says how many tickets wait for a person now, and since when; empty if none do.
func waiting(ctx context.Context, desk bot.Desk) (string, error) {
	open, oldest, err := desk.Backlog(ctx)
	if err != nil || open == 0 {
		return "", err
	}
	return Phrase("report_waiting", "open", strconv.Itoa(open), "since", corpus.DayOf(oldest)), nil
}

// sameQuestion returns what questions share that differ in marks, spaces and case only.
func sameQuestion(s string) string {
	key := strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSpace(r) || unicode.IsSymbol(r) || unicode.IsControl(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	if key == "" {
		return s
	}
	return key
}

// unanswered lists the questions that the policies did not answer, with how often they
// were asked, as they were asked last; empty if there are none.
func unanswered(exchanges []bot.Exchange) string {
	type asked struct {
		question string
		times    int
	}
	byKey := map[string]*asked{}
	var all []*asked
	for _, e := range exchanges {
		if e.Answer.Outcome != bot.NoBasis {
			continue
		}
		key := sameQuestion(e.Question)
		if byKey[key] == nil {
			byKey[key] = &asked{question: oneLine(e.Question, maxReported)}
			all = append(all, byKey[key])
		}
		byKey[key].times++
	}
	if len(all) == 0 {
		return ""
	}
	slices.SortFunc(all, func(a, b *asked) int {
		return cmp.Or(cmp.Compare(b.times, a.times), cmp.Compare(a.question, b.question))
	})
	lines := []string{"", Phrase("report_unanswered")}
	for i, a := range all[:min(len(all), maxUnanswered)] {
		line := Phrase("report_question", "n", strconv.Itoa(i+1), "question", a.question)
		if a.times > 1 {
			line += Phrase("report_times", "times", strconv.Itoa(a.times))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
