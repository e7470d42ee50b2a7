package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// asker answers with the number of the question and remembers what it was asked.
type asker struct {
	mu      sync.Mutex
	asked   []Question
	outcome Outcome
	err     error
}

func (a *asker) Ask(_ context.Context, q Question) (Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return Answer{}, a.err
	}
	a.asked = append(a.asked, q)
	return Answer{ID: q.ID, Outcome: a.outcome, Text: fmt.Sprintf("第%d个", len(a.asked))}, nil
}

func reception(outcome Outcome) (*Reception, *asker, *MemoryDesk) {
	a, m := &asker{outcome: outcome}, &MemoryDesk{}
	return NewReception(a, m), a, m
}

func inquiry(id, question string) Inquiry {
	return Inquiry{ID: id, Channel: "web", Conversation: "c", User: "u", Question: question}
}

func TestReceptionAnswersOnce(t *testing.T) {
	r, a, m := reception(Answered)
	ctx := t.Context()
	first, err := r.Ask(ctx, inquiry("a1", "想贷款"))
	if err != nil || first.Answer.Text != "第1个" || first.Ticket != nil || first.Answered.IsZero() {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := r.Ask(ctx, inquiry("a1", "想贷款"))
	if err != nil || again.Answer.Text != "第1个" || len(a.asked) != 1 {
		t.Errorf("%+v, %v, asked %d times", again, err, len(a.asked))
	}
	if all, _ := m.Recent(ctx, 9); len(all) != 1 {
		t.Errorf("%d exchanges", len(all))
	}
	other, elsewhere, stranger := inquiry("a1", "别的"), inquiry("a1", "想贷款"), inquiry("a1", "想贷款")
	elsewhere.Channel, stranger.User = "api", "x"
	for _, in := range []Inquiry{other, elsewhere, stranger} {
		if got, err := r.Ask(ctx, in); !errors.Is(err, ErrConflict) || got.Answer.Text != "" {
			t.Errorf("%+v got %+v, %v", in, got, err)
		}
	}
}

// Two requests with one ID at the same time get the same answer.
func TestReceptionAnswersOnceAtTheSameTime(t *testing.T) {
	r, _, _ := reception(Answered)
	texts := make([]string, 8)
	var wg sync.WaitGroup
	for i := range texts {
		wg.Go(func() {
			reply, err := r.Ask(t.Context(), inquiry("a1", "想贷款"))
			if err != nil {
				t.Error(err)
			}
			texts[i] = reply.Answer.Text
		})
	}
	wg.Wait()
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("answers %q", texts)
	}
}

func TestReceptionRemembersTheConversation(t *testing.T) {
	r, a, _ := reception(Answered)
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	r.now = func() time.Time { return now }
	ask := func(id, conversation, question string) []string {
		t.Helper()
		in := inquiry(id, question)
		in.Conversation = conversation
		if _, err := r.Ask(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return a.asked[len(a.asked)-1].History
	}
	ask("1", "c", "一")
	ask("2", "other", "别人的")
	if h := ask("3", "c", "二"); !slices.Equal(h, []string{"一"}) {
		t.Errorf("history %q", h)
	}
	for i := range 5 {
		ask(fmt.Sprint("n", i), "c", fmt.Sprint(i))
	}
	if h := ask("4", "c", "三"); !slices.Equal(h, []string{"0", "1", "2", "3", "4"}) {
		t.Errorf("history %q", h)
	}
	if err := r.Restart(t.Context(), "web", "c"); err != nil {
		t.Fatal(err)
	}
	if h := ask("5", "c", "四"); len(h) != 0 {
		t.Errorf("history %q after a new beginning", h)
	}
	if h := ask("6", "c", "五"); !slices.Equal(h, []string{"四"}) {
		t.Errorf("history %q", h)
	}
	now = now.Add(historyAge + time.Second)
	if h := ask("7", "c", "六"); len(h) != 0 {
		t.Errorf("history %q of a conversation long ago", h)
	}
}

func TestReceptionHandsOver(t *testing.T) {
	r, _, m := reception(HandedOver)
	for range 2 {
		reply, err := r.Ask(t.Context(), inquiry("a1", "转人工"))
		if err != nil || reply.Ticket == nil || reply.Ticket.ID != "T-000001" || reply.Ticket.Question != "转人工" || reply.Ticket.Answer != "a1" {
			t.Fatalf("%+v, %v", reply, err)
		}
	}
	if all, _ := m.Tickets(t.Context(), 9); len(all) != 1 {
		t.Errorf("%d tickets", len(all))
	}
	_, _, err := r.HandOver(t.Context(), Ticket{Channel: "api", Conversation: "c", Answer: "a1"})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("a ticket about an answer of another channel: %v", err)
	}
}

func TestReceptionRates(t *testing.T) {
	r, _, m := reception(Answered)
	if _, err := r.Ask(t.Context(), inquiry("a1", "想贷款")); err != nil {
		t.Fatal(err)
	}
	if err := r.Rate(t.Context(), "api", Feedback{Answer: "a1", User: "u", Vote: VoteUp}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a vote on an answer of another channel: %v", err)
	}
	if err := r.Rate(t.Context(), "web", Feedback{Answer: "a1", User: "u", Vote: VoteUp}); err != nil {
		t.Error(err)
	}
	if all, _ := m.FeedbackOn(t.Context(), "a1"); len(all) != 1 || all[0].At.IsZero() {
		t.Errorf("%+v", all)
	}
}

func TestReceptionKeepsNothingOfAFailure(t *testing.T) {
	r, a, m := reception(Answered)
	a.err = errors.New("index closed")
	if _, err := r.Ask(t.Context(), inquiry("a1", "想贷款")); !errors.Is(err, a.err) {
		t.Errorf("%v", err)
	}
	if all, _ := m.Recent(t.Context(), 9); len(all) != 0 {
		t.Errorf("%d exchanges", len(all))
	}
	for _, in := range []Inquiry{{}, inquiry("", "q"), {ID: "a", Channel: "web"}, inquiry("a", "\xff")} {
		if _, err := r.Ask(t.Context(), in); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if a, b := NewID(), NewID(); a == b || len(a) != 26 {
		t.Errorf("IDs %q, %q", a, b)
	}
}

// Who says what they see is understood by that, and by nobody else's conversation.
func TestReceptionFollowsWhatIsShown(t *testing.T) {
	r, a, _ := reception(Answered)
	other := inquiry("stranger", "别人的")
	other.Conversation = "other"
	for _, in := range []Inquiry{inquiry("1", "上市找谁"), inquiry("2", "土地找谁"), other} {
		if _, err := r.Ask(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	for i, tt := range []struct{ shown, want []string }{
		{nil, []string{"上市找谁", "土地找谁"}},
		{[]string{}, nil},
		{[]string{"1"}, []string{"上市找谁"}},
		{[]string{"stranger", "none", "2", "1"}, []string{"土地找谁", "上市找谁"}},
	} {
		in := inquiry(fmt.Sprint("q", i), "那财政局管吗")
		in.Shown = tt.shown
		if e, _, err := r.Answer(t.Context(), in); err != nil || e.ID != in.ID {
			t.Fatal(err)
		}
		if got := a.asked[len(a.asked)-1].History; !slices.Equal(got, tt.want) {
			t.Errorf("shown %q: history %q, want %q", tt.shown, got, tt.want)
		}
	}
}

// Who says 转人工 wants it for what they asked last, unless they have begun anew.
func TestTicketsSayWhatIsWanted(t *testing.T) {
	r, a, _ := reception(Answered)
	ask := func(id, question string, o Outcome) string {
		t.Helper()
		a.outcome = o
		reply, err := r.Ask(t.Context(), inquiry(id, question))
		if err != nil {
			t.Fatal(err)
		}
		if reply.Ticket == nil {
			return ""
		}
		return reply.Ticket.Question
	}
	if got := ask("1", "转人工", HandedOver); got != "转人工" {
		t.Errorf("without anything before: %q", got)
	}
	ask("2", "想贷款", Answered)
	ask("3", "你好", SmallTalk)
	if got := ask("4", "转人工", HandedOver); got != "想贷款\n转人工" {
		t.Errorf("after a question: %q", got)
	}
	if err := r.Restart(t.Context(), "web", "c"); err != nil {
		t.Fatal(err)
	}
	if got := ask("5", "转人工", HandedOver); got != "转人工" {
		t.Errorf("after a new beginning: %q", got)
	}
}
