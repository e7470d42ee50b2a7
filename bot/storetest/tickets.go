package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A TicketDesk is what a store needs to keep tickets from their opening to their end.
type TicketDesk interface {
	bot.Records
	bot.Queue
	bot.Desk
}

// TestDesk runs the suite that every bot.Desk passes. open returns a new, empty one; the
// suite does not close it.
func TestDesk(t *testing.T, open func(t *testing.T) TicketDesk) {
	for name, run := range map[string]func(*testing.T, TicketDesk){
		"Reply":       replies,
		"KeepOpen":    keepOpen,
		"Closing":     closings,
		"Backlog":     backlog,
		"Invalid":     invalidReplies,
		"Concurrent":  concurrentReplies,
		"WholeOrNone": cancelledReply,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// openTicket opens a ticket that the answer with this ID leads to.
func openTicket(t *testing.T, d TicketDesk, answer string) bot.Ticket {
	t.Helper()
	keep(t, d, Exchange(answer, "c", "想贷款"))
	got, opened, err := d.OpenTicket(ctx, bot.Ticket{
		Channel: "slack:甲", Conversation: "c", User: "U1", Answer: answer, Question: "想贷款", Address: []byte(`{"url":"<&\u0000"}`), Opened: at,
	})
	if err != nil || !opened || !got.IsOpen() {
		t.Fatalf("OpenTicket = %+v, %v, %v", got, opened, err)
	}
	return got
}

// replyTo returns a reply that a gateway sends.
func replyTo(t *testing.T, k bot.Ticket, id, text string) bot.PersonalReply {
	t.Helper()
	r, err := bot.NewReply(k, id, text, "王五", at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.Inbound = &bot.Inbound{ID: id, Channel: k.Channel, Conversation: k.Conversation, Event: []byte("x"), Received: at}
	return r
}

func reply(t *testing.T, d TicketDesk, r bot.PersonalReply, want bool) {
	t.Helper()
	if fresh, err := d.Reply(ctx, r); err != nil || fresh != want {
		t.Fatalf("Reply = %v, %v, want %v", fresh, err, want)
	}
}

func replies(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	got, err := d.Ticket(ctx, "t-000001")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Ticket", got, k)
	r := replyTo(t, k, "r1", " 请带身份证来二楼。\n")
	reply(t, d, r, true)
	reply(t, d, r, false) // sent again
	all, err := d.Conversation(ctx, k.Channel, k.Conversation, 9)
	if err != nil || len(all) != 2 {
		t.Fatalf("Conversation = %+v, %v", all, err)
	}
	wantSame(t, "the reply", all[1], r.Exchange)
	if a := all[1].Answer; a.Text != "请带身份证来二楼。" || a.Outcome != bot.Replied || a.Ticket != k.ID {
		t.Errorf("kept is %+v", a)
	}
	pending, err := d.Pending(ctx)
	if err != nil || len(pending) != 1 {
		t.Fatalf("Pending = %+v, %v", pending, err)
	}
	wantSame(t, "Pending", pending[0], *r.Inbound)
	if got, err = d.Ticket(ctx, k.ID); err != nil || got.IsOpen() || !got.Closed.Equal(r.Exchange.Answered) || got.Assessment != "" {
		t.Errorf("the ticket is %+v, %v", got, err)
	}
	if err := d.Rate(ctx, bot.Feedback{Answer: "r1", User: "U1", Vote: bot.VoteUp, At: at}); err != nil {
		t.Error(err)
	}
	_, err = d.Reply(ctx, replyTo(t, k, "r2", "还有一句"))
	wantErr(t, "Reply to a closed ticket", err, bot.ErrConflict)
	if all, err := d.Recent(ctx, 9); err != nil || len(all) != 2 {
		t.Errorf("a refused reply was kept: %+v, %v", all, err)
	}
}

func keepOpen(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	for i := range 2 {
		r := replyTo(t, k, fmt.Sprint("r", i), "正在核实")
		r.KeepOpen, r.Inbound = true, nil
		reply(t, d, r, true)
	}
	if got, err := d.Ticket(ctx, k.ID); err != nil || !got.IsOpen() {
		t.Errorf("the ticket is %+v, %v", got, err)
	}
	if pending, err := d.Pending(ctx); err != nil || len(pending) != 0 {
		t.Errorf("Pending = %+v, %v", pending, err)
	}
}

func closings(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	first, err := d.CloseTicket(ctx, k.ID, bot.Closing{Assessment: bot.Unsolved, By: "王五", Reason: "联系不上"})
	if err != nil || first.IsOpen() || first.Assessment != bot.Unsolved || first.Reason != "联系不上" {
		t.Fatalf("CloseTicket = %+v, %v", first, err)
	}
	second, err := d.CloseTicket(ctx, k.ID, bot.Closing{Assessment: bot.Solved, By: "王五"})
	if err != nil || !second.Closed.Equal(first.Closed) || second.Assessment != bot.Solved || second.Reason != "" {
		t.Errorf("assessed again: %+v, %v, first %+v", second, err, first)
	}
	got, err := d.Ticket(ctx, k.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Ticket", got, second)
	again, opened, err := d.OpenTicket(ctx, bot.Ticket{Channel: k.Channel, Conversation: k.Conversation, Answer: k.Answer, Opened: at})
	if err != nil || opened {
		t.Errorf("OpenTicket of the same answer = %+v, %v, %v", again, opened, err)
	}
	wantSame(t, "OpenTicket again", again, second)
}

func backlog(t *testing.T, d TicketDesk) {
	if n, oldest, err := d.Backlog(ctx); n != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("Backlog of nothing = %d, %v, %v", n, oldest, err)
	}
	for i := range 3 {
		k := bot.Ticket{Channel: "web", Conversation: "c", Opened: at.Add(time.Duration(i) * time.Hour)}
		if _, _, err := d.OpenTicket(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.CloseTicket(ctx, "T-000001", bot.Closing{Assessment: bot.Solved, By: "王五"}); err != nil {
		t.Fatal(err)
	}
	if n, oldest, err := d.Backlog(ctx); n != 2 || !oldest.Equal(at.Add(time.Hour)) || err != nil {
		t.Errorf("Backlog = %d, %v, %v", n, oldest, err)
	}
	for limit, want := range map[int]string{9: "T-000002 T-000003 ", 1: "T-000002 ", 0: "", -1: ""} {
		all, err := d.OpenTickets(ctx, limit)
		got := ""
		for _, k := range all {
			got += k.ID + " "
		}
		if err != nil || got != want {
			t.Errorf("OpenTickets(%d) = %q, %v", limit, got, err)
		}
	}
}

func invalidReplies(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	for i, spoil := range []func(*bot.PersonalReply){
		func(r *bot.PersonalReply) { r.By = " " }, func(r *bot.PersonalReply) { r.Exchange.ID = "" },
		func(r *bot.PersonalReply) { r.Exchange.Answer.Text = "a\x00" }, func(r *bot.PersonalReply) { r.Exchange.Answer.Outcome = bot.Answered },
		func(r *bot.PersonalReply) { r.Exchange.Answer.Citations = Exchange("x", "c", "q").Answer.Citations },
		func(r *bot.PersonalReply) { r.Inbound.ID = "other" }, func(r *bot.PersonalReply) { r.Inbound.Channel = "" },
	} {
		r := replyTo(t, k, "r", "好")
		spoil(&r)
		_, err := d.Reply(ctx, r)
		wantErr(t, fmt.Sprint("Reply ", i), err, bot.ErrInvalid)
	}
	nobody := k
	for _, id := range []string{"T-000002", "T-1", "1", "", "T-00000x", "T--00001", "T-99999999999999999999"} {
		nobody.ID = id
		_, err := d.Reply(ctx, replyToAny(nobody))
		if id != "" { // which Check refuses
			wantErr(t, "Reply to "+id, err, bot.ErrNotFound)
		}
		_, err = d.Ticket(ctx, id)
		wantErr(t, "Ticket "+id, err, bot.ErrNotFound)
		_, err = d.CloseTicket(ctx, id, bot.Closing{Assessment: bot.Solved, By: "王五"})
		wantErr(t, "CloseTicket "+id, err, bot.ErrNotFound)
	}
	for _, c := range []bot.Closing{{}, {Assessment: "great", By: "王五"}, {Assessment: bot.Solved}, {Assessment: bot.Solved, By: "王五", Reason: "\xff"}} {
		_, err := d.CloseTicket(ctx, k.ID, c)
		wantErr(t, fmt.Sprintf("CloseTicket %+v", c), err, bot.ErrInvalid)
	}
	if got, err := d.Ticket(ctx, k.ID); err != nil || !got.IsOpen() {
		t.Errorf("the ticket is %+v, %v", got, err)
	}
}

// replyToAny is NewReply unchecked.
func replyToAny(k bot.Ticket) bot.PersonalReply {
	r, _ := bot.NewReply(k, "r", "好", "王五", at) //nolint:errcheck // the store checks again
	return r
}

// Of replies at the same time one closes the ticket, and the others are refused whole.
func concurrentReplies(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	var wg sync.WaitGroup
	var mu sync.Mutex
	fresh := 0
	for w := range 8 {
		wg.Go(func() {
			r := replyTo(t, k, fmt.Sprint("r", w%4), "好")
			if ok, err := d.Reply(ctx, r); err == nil && ok {
				mu.Lock()
				fresh++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	pending, err := d.Pending(ctx)
	all, rerr := d.Recent(ctx, 99)
	if fresh != 1 || err != nil || rerr != nil || len(pending) != 1 || len(all) != 2 {
		t.Errorf("%d replies, %d to be sent, %d exchanges: %v, %v", fresh, len(pending), len(all), err, rerr)
	}
}

func cancelledReply(t *testing.T, d TicketDesk) {
	k := openTicket(t, d, "a")
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := d.Reply(done, replyTo(t, k, "r", "好"))
	wantErr(t, "Reply", err, context.Canceled)
	_, err = d.Exchange(ctx, "r")
	wantErr(t, "Exchange(r)", err, bot.ErrNotFound)
	if got, err := d.Ticket(ctx, k.ID); err != nil || !got.IsOpen() {
		t.Errorf("the ticket is %+v, %v", got, err)
	}
}
