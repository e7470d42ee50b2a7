package storetest

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// TestRecords runs the suite that every bot.Records passes. open returns new, empty
// ones; the suite does not close them.
func TestRecords(t *testing.T, open func(t *testing.T) bot.Records) {
	for name, run := range map[string]func(*testing.T, bot.Records){
		"ExchangeReadsBackWhole": exchangeReadsBack,
		"TheFirstStays":          firstStays,
		"Conversations":          conversations,
		"InvalidRecords":         invalidRecords,
		"Feedback":               feedback,
		"Tickets":                tickets,
		"ConcurrentRecords":      concurrentRecords,
		"CancelledRecords":       cancelledRecords,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// at is a time that reads back as it is.
var at = time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)

// Exchange returns an answered question with a citation.
func Exchange(id, conversation, question string) bot.Exchange {
	return bot.Exchange{
		ID: id, Channel: "slack:甲", Conversation: conversation, User: "U1", Question: question, Asked: at, Answered: at.Add(time.Millisecond),
		Answer: bot.Answer{
			ID: id, Outcome: bot.Answered, Text: "甲局负责。\n原文:“<b>对企业&贴息</b>。”", TookUS: 512,
			Bureaus: []bot.ResponsibleBureau{{Name: "甲局", AsWritten: "甲", Role: corpus.Lead, Basis: bot.Basis{Clause: "二、(六)", Paragraph: 2}}},
			Citations: []bot.Citation{{
				Document: bot.CitedDocument{ID: "d", Number: "甲〔2026〕1号", Title: "通知", Status: corpus.InForce},
				Ref:      corpus.Ref{Document: "d", Revision: "0123456789abcdef", Path: "二、(六)第2段"},
				Clause:   "二、(六)", Heading: "融资", Paragraph: 2, Quote: "<b>对企业&贴息</b>。", Start: 3, End: 30, URL: "/p/d#1",
			}},
			Suggestions: []string{},
		},
	}
}

func keep(t *testing.T, r bot.Records, all ...bot.Exchange) {
	t.Helper()
	for _, e := range all {
		if _, err := r.Keep(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
}

func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s = %+v, want %+v", what, got, want)
	}
}

func exchangeReadsBack(t *testing.T, r bot.Records) {
	full, empty := Exchange("a1", "c", "想贷款"), bot.Exchange{ID: "a2", Channel: "web", Conversation: "c"}
	for _, want := range []bot.Exchange{full, empty} {
		precise := want
		precise.Asked = want.Asked.Add(300 * time.Nanosecond).In(time.FixedZone("", 3600))
		kept, err := r.Keep(ctx, precise)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Exchange(ctx, want.ID)
		wantSame(t, "Keep", kept, got)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "Exchange", got, want)
	}
	_, err := r.Exchange(ctx, "none")
	wantErr(t, "Exchange(none)", err, bot.ErrNotFound)
}

func firstStays(t *testing.T, r bot.Records) {
	first := Exchange("a1", "c", "想贷款")
	keep(t, r, first)
	for _, again := range []bot.Exchange{Exchange("a1", "c", "别的"), Exchange("a1", "other", "想贷款")} {
		kept, err := r.Keep(ctx, again)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "Keep again", kept, first)
	}
	got, err := r.Exchange(ctx, "a1")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Exchange", got, first)
	if all, err := r.Recent(ctx, 10); err != nil || len(all) != 1 {
		t.Errorf("Recent = %d, %v", len(all), err)
	}
}

func ids(all []bot.Exchange) (out []string) {
	for _, e := range all {
		out = append(out, e.ID)
	}
	return out
}

func conversations(t *testing.T, r bot.Records) {
	other := Exchange("o", "c1", "别的频道")
	other.Channel = "slack:乙"
	keep(t, r, Exchange("1", "c1", "一"), Exchange("2", "c2", "二"), Exchange("3", "c1", "三"), other, Exchange("4", "c1", ""), Exchange("5", "c1", "五"))
	for _, tt := range []struct {
		limit int
		want  []string
	}{{10, []string{"1", "3", "4", "5"}}, {2, []string{"4", "5"}}, {0, nil}, {-1, nil}} {
		got, err := r.Conversation(ctx, "slack:甲", "c1", tt.limit)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, fmt.Sprint("Conversation limit ", tt.limit), ids(got), tt.want)
	}
	got, err := r.Recent(ctx, 3)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Recent", ids(got), []string{"5", "o", "3"})
	if got, err = r.Recent(ctx, 0); err != nil || len(got) != 0 {
		t.Errorf("Recent(0) = %v, %v", got, err)
	}
}

func invalidRecords(t *testing.T, r bot.Records) {
	for i, spoil := range []func(*bot.Exchange){
		func(e *bot.Exchange) { e.ID = "" }, func(e *bot.Exchange) { e.Channel = "" }, func(e *bot.Exchange) { e.Conversation = "" },
		func(e *bot.Exchange) { e.Question = "a\x00b" }, func(e *bot.Exchange) { e.User = "\xff" }, func(e *bot.Exchange) { e.Answer.Text = "\xc3" },
	} {
		e := Exchange("a", "c", "q")
		spoil(&e)
		_, err := r.Keep(ctx, e)
		wantErr(t, fmt.Sprint("Keep ", i), err, bot.ErrInvalid)
	}
	keep(t, r, Exchange("a", "c", "q"))
	wantErr(t, "Rate", r.Rate(ctx, bot.Feedback{Answer: "a", User: "u", Vote: "great"}), bot.ErrInvalid)
	wantErr(t, "Rate", r.Rate(ctx, bot.Feedback{Answer: "a", User: "u\x00", Vote: bot.VoteUp}), bot.ErrInvalid)
	_, _, err := r.OpenTicket(ctx, bot.Ticket{Channel: "web"})
	wantErr(t, "OpenTicket", err, bot.ErrInvalid)
}

func feedback(t *testing.T, r bot.Records) {
	keep(t, r, Exchange("a", "c", "q"), Exchange("b", "c", "q"))
	wantErr(t, "Rate(none)", r.Rate(ctx, bot.Feedback{Answer: "none", User: "u", Vote: bot.VoteUp, At: at}), bot.ErrNotFound)
	up := bot.Feedback{Answer: "a", User: "u1", Vote: bot.VoteUp, At: at}
	down := bot.Feedback{Answer: "a", User: "u2", Vote: bot.VoteDown, Reason: "文件已废止", At: at.Add(time.Second)}
	changed := bot.Feedback{Answer: "a", User: "u1", Vote: bot.VoteNone, At: at.Add(time.Minute)}
	for _, tt := range []struct {
		rate bot.Feedback
		want []bot.Feedback
	}{{up, []bot.Feedback{up}}, {down, []bot.Feedback{up, down}}, {down, []bot.Feedback{up, down}}, {changed, []bot.Feedback{down, changed}}} {
		if err := r.Rate(ctx, tt.rate); err != nil {
			t.Fatal(err)
		}
		got, err := r.FeedbackOn(ctx, "a")
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "FeedbackOn", got, tt.want)
	}
	if got, err := r.FeedbackOn(ctx, "b"); err != nil || len(got) != 0 {
		t.Errorf("FeedbackOn(b) = %v, %v", got, err)
	}
}

func tickets(t *testing.T, r bot.Records) {
	keep(t, r, Exchange("a", "c", "q"))
	want := bot.Ticket{Channel: "slack:甲", Conversation: "c", User: "U1", Answer: "a", Question: "想贷款", Opened: at}
	first, opened, err := r.OpenTicket(ctx, want)
	want.ID = "T-000001"
	if err != nil || !opened {
		t.Fatalf("OpenTicket = %v, %v", opened, err)
	}
	wantSame(t, "OpenTicket", first, want)
	again := want
	again.Question, again.ID = "别的", ""
	second, opened, err := r.OpenTicket(ctx, again)
	if err != nil || opened {
		t.Fatalf("OpenTicket again = %v, %v", opened, err)
	}
	wantSame(t, "OpenTicket again", second, want)
	for i := range 2 { // without an answer each is a new one
		free, opened, err := r.OpenTicket(ctx, bot.Ticket{Channel: "web", Conversation: "c", Opened: at})
		if err != nil || !opened || free.ID != bot.TicketID(int64(i+2)) {
			t.Errorf("OpenTicket = %+v, %v, %v", free, opened, err)
		}
	}
	_, _, err = r.OpenTicket(ctx, bot.Ticket{Channel: "web", Conversation: "c", Answer: "none", Opened: at})
	wantErr(t, "OpenTicket(no such answer)", err, bot.ErrNotFound)
	all, err := r.Tickets(ctx, 2)
	if err != nil || len(all) != 2 || all[0].ID != "T-000003" || all[1].ID != "T-000002" {
		t.Errorf("Tickets = %+v, %v", all, err)
	}
	if all, err = r.Tickets(ctx, 10); err != nil || len(all) != 3 {
		t.Errorf("Tickets = %+v, %v", all, err)
	}
}

func concurrentRecords(t *testing.T, r bot.Records) {
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 20 {
				e := Exchange(fmt.Sprint("same", i), "c", "q")
				e.User = fmt.Sprint("U", w)
				if _, err := r.Keep(ctx, e); err != nil {
					t.Error(err)
				}
				if err := r.Rate(ctx, bot.Feedback{Answer: e.ID, User: e.User, Vote: bot.VoteUp, At: at}); err != nil {
					t.Error(err)
				}
				if _, _, err := r.OpenTicket(ctx, bot.Ticket{Channel: e.Channel, Conversation: "c", Answer: e.ID, Opened: at}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	recent, err := r.Recent(ctx, 1000)
	all, terr := r.Tickets(ctx, 1000)
	votes, verr := r.FeedbackOn(ctx, "same7")
	if err != nil || terr != nil || verr != nil || len(recent) != 20 || len(all) != 20 || len(votes) != 4 {
		t.Errorf("%d exchanges, %d tickets, %d votes, want 20, 20, 4: %v, %v, %v", len(recent), len(all), len(votes), err, terr, verr)
	}
}

func cancelledRecords(t *testing.T, r bot.Records) {
	keep(t, r, Exchange("a", "c", "q"))
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := r.Keep(done, Exchange("b", "c", "q"))
	for name, err := range map[string]error{
		"Keep": err,
		"Rate": r.Rate(done, bot.Feedback{Answer: "a", User: "u", Vote: bot.VoteUp, At: at}),
	} {
		wantErr(t, name, err, context.Canceled)
	}
	_, err = r.Exchange(ctx, "b")
	wantErr(t, "Exchange(b)", err, bot.ErrNotFound)
}
