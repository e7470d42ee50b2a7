package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A Desk is what TestQueue needs: a queue, and the records that Complete keeps
// exchanges in.
type Desk interface {
	bot.Queue
	bot.Records
}

// TestQueue runs the suite that every bot.Queue passes. open returns a new, empty one;
// the suite does not close it.
func TestQueue(t *testing.T, open func(t *testing.T) Desk) {
	for name, run := range map[string]func(*testing.T, Desk){
		"AcceptOnce":         acceptOnce,
		"KeysAreOfTheirOwn":  keysOfChannel,
		"CompleteOnce":       completeOnce,
		"UnsentInOrder":      unsentInOrder,
		"Stuck":              stuck,
		"Purge":              purge,
		"InvalidMessages":    invalidMessages,
		"CancelledQueue":     cancelledQueue,
		"ConcurrentAccept":   concurrentAccept,
		"CompleteAllOrNone":  completeAllOrNone,
		"NoticeWithoutInbox": notice,
	} {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// Message returns a message that was taken in.
func Message(id string) bot.Inbound {
	return bot.Inbound{ID: id, Channel: "slack:甲", Conversation: "c", Event: []byte(`{"text":"想贷款"}`), Received: at}
}

// Delivery returns a message on its way out.
func Delivery(id, answer string) bot.Delivery {
	return bot.Delivery{ID: id, Answer: answer, Channel: "slack:甲", Conversation: "c", Message: []byte(`{}`), State: bot.DeliveryReady, Created: at}
}

func accept(t *testing.T, q bot.Queue, in bot.Inbound, wantID string, wantFresh bool, keys ...string) {
	t.Helper()
	id, fresh, err := q.Accept(ctx, in, keys)
	if err != nil || id != wantID || fresh != wantFresh {
		t.Errorf("Accept(%s, %q) = %q, %v, %v, want %q, %v", in.ID, keys, id, fresh, err, wantID, wantFresh)
	}
}

func complete(t *testing.T, q bot.Queue, c bot.Completion) {
	t.Helper()
	if err := q.Complete(ctx, c); err != nil {
		t.Fatal(err)
	}
}

func pending(t *testing.T, q bot.Queue) (out []string) {
	t.Helper()
	all, err := q.Pending(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range all {
		out = append(out, in.ID)
	}
	return out
}

func unsent(t *testing.T, q bot.Queue) (out []string) {
	t.Helper()
	all, err := q.Unsent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		out = append(out, d.ID)
	}
	return out
}

func acceptOnce(t *testing.T, q Desk) {
	accept(t, q, Message("a"), "a", true, "ev1", "msg1")
	accept(t, q, Message("b"), "a", false, "ev2", "msg1") // the same message under another event
	accept(t, q, Message("c"), "a", false, "ev1")
	accept(t, q, Message("d"), "a", false, "ev2") // known since it came with msg1
	accept(t, q, Message("d"), "d", true, "ev3")
	accept(t, q, Message("e"), "d", false, "ev3", "msg1")
	accept(t, q, Message("e"), "a", false, "msg1") // as before
	accept(t, q, Message("a"), "a", false, "ev9")  // an ID is there once
	accept(t, q, Message("f"), "f", true)
	wantSame(t, "Pending", pending(t, q), []string{"a", "d", "f"})
	all, err := q.Pending(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Pending[0]", all[0], Message("a"))
}

func keysOfChannel(t *testing.T, q Desk) {
	accept(t, q, Message("a"), "a", true, "k")
	other := Message("b")
	other.Channel = "slack:乙"
	accept(t, q, other, "b", true, "k")
	_, _, err := q.Deliveries(ctx, "slack:乙", "a")
	wantErr(t, "Deliveries of another channel", err, bot.ErrNotFound)
}

func completeOnce(t *testing.T, q Desk) {
	accept(t, q, Message("a"), "a", true, "k")
	if out, completed, err := q.Deliveries(ctx, "slack:甲", "a"); err != nil || completed || len(out) != 0 {
		t.Errorf("Deliveries = %v, %v, %v", out, completed, err)
	}
	e := Exchange("a", "c", "想贷款")
	complete(t, q, bot.Completion{Inbound: "a", Exchange: &e, Deliveries: []bot.Delivery{Delivery("a-1", "a"), Delivery("a-2", "a")}})
	again := Exchange("a", "c", "想贷款")
	again.Answer.Text = "第二次"
	err := q.Complete(ctx, bot.Completion{Inbound: "a", Exchange: &again, Deliveries: []bot.Delivery{Delivery("a-3", "a")}})
	wantErr(t, "Complete again", err, bot.ErrConflict)
	got, err := q.Exchange(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Exchange", got, e)
	wantSame(t, "Pending", pending(t, q), []string(nil))
	wantSame(t, "Unsent", unsent(t, q), []string{"a-1", "a-2"})
	out, completed, err := q.Deliveries(ctx, "slack:甲", "a")
	if err != nil || !completed {
		t.Fatalf("Deliveries = %v, %v", completed, err)
	}
	wantSame(t, "Deliveries", out, []bot.Delivery{Delivery("a-1", "a"), Delivery("a-2", "a")})
	accept(t, q, Message("b"), "a", false, "k") // it stays seen
	wantErr(t, "Complete(none)", q.Complete(ctx, bot.Completion{Inbound: "none"}), bot.ErrNotFound)
}

func unsentInOrder(t *testing.T, q Desk) {
	complete(t, q, bot.Completion{Deliveries: []bot.Delivery{Delivery("1", ""), Delivery("2", ""), Delivery("3", ""), Delivery("4", "")}})
	fetched := Delivery("5", "")
	fetched.State = bot.DeliveryFetch
	complete(t, q, bot.Completion{Deliveries: []bot.Delivery{fetched}})
	d := Delivery("2", "")
	d.State, d.Attempts, d.Next, d.Error = bot.DeliverySending, 3, at.Add(time.Minute), "429"
	if err := q.Update(ctx, d); err != nil {
		t.Fatal(err)
	}
	sent := Delivery("3", "")
	sent.State, sent.Ref = bot.DeliverySent, "C1|1.2"
	if err := q.Update(ctx, sent); err != nil {
		t.Fatal(err)
	}
	all, err := q.Unsent(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "Unsent", all, []bot.Delivery{Delivery("1", ""), d, Delivery("4", "")})
	wantErr(t, "Update(none)", q.Update(ctx, Delivery("none", "")), bot.ErrNotFound)
}

func stuck(t *testing.T, q Desk) {
	accept(t, q, Message("a"), "a", true)
	complete(t, q, bot.Completion{Inbound: "a", Error: "index closed"})
	later := func(id string, state bot.DeliveryState, minutes int) bot.Delivery {
		d := Delivery(id, "")
		d.Created = at.Add(time.Duration(minutes) * time.Minute)
		complete(t, q, bot.Completion{Deliveries: []bot.Delivery{d}})
		d.State, d.Error = state, "gone"
		if err := q.Update(ctx, d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	dead, unknown := later("1", bot.DeliveryDead, 1), later("2", bot.DeliveryUnknown, 2)
	later("3", bot.DeliverySent, 3)
	all, err := q.Stuck(ctx, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("Stuck = %+v, %v", all, err)
	}
	failed := bot.Delivery{ID: "a", Answer: "a", Channel: "slack:甲", Conversation: "c", State: bot.DeliveryDead, Error: "index closed", Created: at}
	wantSame(t, "Stuck", all, []bot.Delivery{unknown, dead, failed})
	if all, err = q.Stuck(ctx, 2); err != nil || len(all) != 2 {
		t.Errorf("Stuck(2) = %+v, %v", all, err)
	}
	if all, err = q.Stuck(ctx, -1); err != nil || len(all) != 0 {
		t.Errorf("Stuck(-1) = %+v, %v", all, err)
	}
}

func purge(t *testing.T, q Desk) {
	old, recent := at.Add(-72*time.Hour), at.Add(-time.Hour)
	for _, id := range []string{"old", "recent", "waiting", "failed"} {
		in := Message(id)
		if in.Received = old; id == "recent" {
			in.Received = recent
		}
		accept(t, q, in, id, true, "key "+id)
	}
	for _, id := range []string{"old", "recent"} {
		complete(t, q, bot.Completion{Inbound: id})
	}
	complete(t, q, bot.Completion{Inbound: "failed", Error: "why"})
	for _, state := range []bot.DeliveryState{bot.DeliveryReady, bot.DeliverySending, bot.DeliverySent, bot.DeliveryUnknown, bot.DeliveryDead, bot.DeliveryFetch} {
		d := Delivery(string(state), "old")
		d.Created, d.State = old, state
		complete(t, q, bot.Completion{Deliveries: []bot.Delivery{d}})
	}
	if err := q.Purge(ctx, at.Add(-48*time.Hour), at.Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	accept(t, q, Message("new"), "recent", false, "key recent")
	accept(t, q, Message("new"), "new", true, "key old")
	wantSame(t, "Pending", pending(t, q), []string{"waiting", "new"})
	wantSame(t, "Unsent", unsent(t, q), []string{"ready", "sending"})
	if all, err := q.Stuck(ctx, 10); err != nil || len(all) != 3 {
		t.Errorf("Stuck = %+v, %v", all, err)
	}
	_, _, err := q.Deliveries(ctx, "slack:甲", "old")
	wantErr(t, "Deliveries(old)", err, bot.ErrNotFound)
}

func invalidMessages(t *testing.T, q Desk) {
	for i, spoil := range []func(*bot.Inbound){
		func(in *bot.Inbound) { in.ID = "" }, func(in *bot.Inbound) { in.Channel = "" }, func(in *bot.Inbound) { in.Conversation = "" },
		func(in *bot.Inbound) { in.Received = time.Time{} }, func(in *bot.Inbound) { in.Conversation = "a\x00" },
	} {
		in := Message("a")
		spoil(&in)
		_, _, err := q.Accept(ctx, in, []string{"k"})
		wantErr(t, fmt.Sprint("Accept ", i), err, bot.ErrInvalid)
	}
	accept(t, q, Message("a"), "a", true, "k")
	d := Delivery("", "a")
	wantErr(t, "Complete", q.Complete(ctx, bot.Completion{Inbound: "a", Deliveries: []bot.Delivery{d}}), bot.ErrInvalid)
	wantSame(t, "Pending", pending(t, q), []string{"a"})
}

func cancelledQueue(t *testing.T, q Desk) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err := q.Accept(done, Message("a"), []string{"k"})
	wantErr(t, "Accept", err, context.Canceled)
	accept(t, q, Message("b"), "b", true, "k")
	wantErr(t, "Complete", q.Complete(done, bot.Completion{Inbound: "b"}), context.Canceled)
	wantSame(t, "Pending", pending(t, q), []string{"b"})
}

// Of many who deliver the same message at once, one is first, and all hear of it.
func concurrentAccept(t *testing.T, q Desk) {
	const messages, each = 20, 6
	fresh := make([][]bool, messages)
	var wg sync.WaitGroup
	for m := range messages {
		fresh[m] = make([]bool, each)
		for i := range each {
			wg.Go(func() {
				var err error
				_, fresh[m][i], err = q.Accept(ctx, Message(fmt.Sprintf("%d-%d", m, i)), []string{fmt.Sprint("ev", m, i), fmt.Sprint("msg", m)})
				if err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for m := range messages {
		n := 0
		for _, f := range fresh[m] {
			if f {
				n++
			}
		}
		if n != 1 {
			t.Errorf("message %d was new %d times", m, n)
		}
	}
	if n := len(pending(t, q)); n != messages {
		t.Errorf("%d messages pending", n)
	}
}

// What goes wrong in the middle leaves nothing behind.
func completeAllOrNone(t *testing.T, q Desk) {
	accept(t, q, Message("a"), "a", true)
	e := Exchange("a", "c", "想贷款")
	bad := Delivery("a-2", "a")
	bad.Error = "\xff"
	err := q.Complete(ctx, bot.Completion{Inbound: "a", Exchange: &e, Deliveries: []bot.Delivery{Delivery("a-1", "a"), bad}})
	wantErr(t, "Complete", err, bot.ErrInvalid)
	_, err = q.Exchange(ctx, "a")
	wantErr(t, "Exchange", err, bot.ErrNotFound)
	wantSame(t, "Pending", pending(t, q), []string{"a"})
	wantSame(t, "Unsent", unsent(t, q), []string(nil))
}

func notice(t *testing.T, q Desk) {
	for range 2 { // the same notice twice is one
		complete(t, q, bot.Completion{Deliveries: []bot.Delivery{Delivery("n", "")}})
	}
	wantSame(t, "Unsent", unsent(t, q), []string{"n"})
}
