package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// A city's own desk sees what was handed over, answers it and closes it over the API; who
// asked reads the reply where they asked.
func TestTickets(t *testing.T) {
	keys, set := withKeys(t)
	s := newServer(t, set)
	_, asker := newKey(t, keys, ScopeAsk, ScopeRead)
	id, desk := newKey(t, keys, ScopeTickets)
	s.key = asker
	const conversation = `,"conversation":"call-1","user":"u1"}`
	_, loan := s.ask(t, `{"text":"`+askLoan+`"`+conversation)
	_, r := s.ask(t, `{"text":"转人工"`+conversation)
	answer, ticket := r.Header.Get(headerAnswer), r.Header.Get(headerTicket)
	s.get(t, "/api/v1/tickets").problemIs(t, 403, kindScope)

	s.key = desk
	var open ticketPage
	s.get(t, "/api/v1/tickets?limit=1").into(t, &open)
	if open.Open != 1 || len(open.Data) != 1 || open.Data[0].ID != ticket || open.Data[0].Before == nil || open.Data[0].Before.ID != loan.Header.Get(headerAnswer) || len(open.Data[0].Bureaus) == 0 {
		t.Fatalf("the tickets are %+v", open)
	}
	path := "/api/v1/tickets/" + ticket
	for body, status := range map[string]int{`{"text":" "}`: 400, `{}`: 400, `{"text":"a\u0000"}`: 400, `{"text":"` + strings.Repeat("长", bot.MaxReply) + `"}`: 400, `{"text":"好","extra":1}`: 400} {
		s.post(t, path+"/answer", body).problemIs(t, status, kindBadRequest)
	}
	s.post(t, path+"/close", `{"assessment":"great"}`).problemIs(t, 400, kindBadRequest)
	s.post(t, path+"/close", `{}`).problemIs(t, 400, kindBadRequest)
	s.get(t, "/api/v1/tickets/T-000099").problemIs(t, 404, kindNotFound)
	s.post(t, "/api/v1/tickets/nonsense/answer", `{"text":"好"}`).problemIs(t, 404, kindNotFound)
	s.post(t, "/api/v1/tickets/T-000099/close", `{"assessment":"solved"}`).problemIs(t, 404, kindNotFound)

	const words = `{"text":"<b>请</b>到二楼。","by":"王五"}`
	var first, again caseView
	s.post(t, path+"/answer", words).into(t, &first)
	s.post(t, path+"/answer", words).into(t, &again) // sent again
	if toJSON(t, first) != toJSON(t, again) || first.Ticket.State != "closed" || len(first.Conversation) != 3 || first.Conversation[2].Outcome != bot.Replied {
		t.Errorf("answered is %+v, again %+v", first, again)
	}
	s.post(t, path+"/answer", `{"text":"还有"}`).problemIs(t, 409, kindConflict)
	var closed caseView
	s.post(t, path+"/close", `{"assessment":"solved","by":"王五","reason":"已办"}`).into(t, &closed)
	if closed.Ticket.Assessment != bot.Solved || closed.Ticket.Reason != "已办" || closed.Ticket.Closed == nil {
		t.Errorf("closed is %+v", closed.Ticket)
	}
	trail, err := s.store.Trail(t.Context(), 0, 99)
	if err != nil || trail[len(trail)-1].By != "key "+id+" 王五" || trail[len(trail)-1].Action != bot.ActionTicketClose {
		t.Errorf("the trail ends with %+v, %v", trail[len(trail)-1], err)
	}

	s.key = asker
	var seen exchangeView
	s.get(t, "/api/v1/answers/"+answer).into(t, &seen)
	if len(seen.Replies) != 1 || seen.Replies[0].Text != "<b>请</b>到二楼。" {
		t.Errorf("the asker reads %+v", seen.Replies)
	}
	if r := s.post(t, "/api/v1/feedback", `{"answer":"`+seen.Replies[0].ID+`","vote":"up"}`); r.StatusCode != http.StatusNoContent {
		t.Errorf("the reply cannot be voted on: %s", r.body)
	}
}

// Without a key nobody sees tickets, not even a program on this machine.
func TestTicketsNeedAKey(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/api/v1/tickets", "/api/v1/tickets/T-000001"} {
		s.get(t, path).problemIs(t, 401, kindNoKey)
	}
	s.post(t, "/api/v1/tickets/T-000001/answer", `{"text":"好"}`).problemIs(t, 401, kindNoKey)
	s.post(t, "/api/v1/tickets/T-000001/close", `{"assessment":"solved"}`).problemIs(t, 401, kindNoKey)
}
