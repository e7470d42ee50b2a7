package api

import (
	"net/url"
	"slices"
	"testing"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// TestWhatHoldsToday lists and reads what Ask answers from: not a revision published for
// a day to come, not what another policy repeals.
func TestWhatHoldsToday(t *testing.T) {
	s := newServer(t)
	now, next := madeUp(t, 3, "2023"), *madeUp(t, 4, "2023")
	next.Effective = "2199-01-01"
	s.publish(t, now)
	s.publish(t, &next)
	base := "/api/v1/documents/" + url.PathEscape(now.ID)
	var d, coming documentView
	s.get(t, base).into(t, &d)
	s.get(t, base+"/revisions/"+next.Revision).into(t, &coming)
	if d.Revision != now.Revision || d.Status != corpus.InForce || !d.InForce {
		t.Errorf("today it is %+v", d)
	}
	if coming.Status != corpus.Pending || coming.InForce {
		t.Errorf("what is to come is %+v", coming)
	}
	var duties page[dutyView]
	s.get(t, "/api/v1/responsibilities?document="+url.QueryEscape(now.ID)).into(t, &duties)
	if len(duties.Items) != 6 || duties.Items[0].Revision != now.Revision {
		t.Errorf("%d responsibilities, of revision %s", len(duties.Items), duties.Items[0].Revision)
	}

	repealing := madeUp(t, 2, "2024")
	repealing.Replaces = []string{now.Number}
	s.publish(t, repealing)
	s.get(t, base).into(t, &d)
	if d.Status != corpus.Repealed || d.InForce {
		t.Errorf("repealed, it is %+v", d)
	}
	var clauses page[clauseView]
	s.get(t, base+"/clauses").into(t, &clauses)
	if len(clauses.Items) != 3 || clauses.Items[0].Document.Status != corpus.Repealed {
		t.Errorf("its clauses are %+v", clauses.Items)
	}
	s.get(t, "/api/v1/responsibilities?document="+url.QueryEscape(now.ID)).into(t, &duties)
	if len(duties.Items) != 0 {
		t.Errorf("a repealed policy makes %d responsible", len(duties.Items))
	}
}

// TestNamesOfAdmins finds a bureau by a name that was given to it while the server runs.
func TestNamesOfAdmins(t *testing.T) {
	s := newServer(t)
	path := "/api/v1/responsibilities?bureau=" + url.QueryEscape("钱袋子局")
	s.get(t, path).problemIs(t, 404, kindNotFound)
	i := slices.IndexFunc(s.policy.Clauses, func(c corpus.Clause) bool { return len(c.Responsibilities) > 0 })
	name := s.policy.Clauses[i].Responsibilities[0].Bureau
	if err := s.store.SetBureau(t.Context(), bot.BureauEdit{Bureau: corpus.Bureau{Name: name, Aliases: []string{"钱袋子局"}}, By: "admin"}); err != nil {
		t.Fatal(err)
	}
	var duties page[dutyView]
	s.get(t, path).into(t, &duties)
	if len(duties.Items) == 0 || duties.Items[0].Bureau != name {
		t.Errorf("钱袋子局 is %+v", duties.Items)
	}
}
