package web

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
)

// What was acknowledged while a model was writing is answered by the process that comes
// after, and what nobody can read any more does not keep it from starting.
func TestAcknowledgedQuestionsAreTakenUp(t *testing.T) {
	o := newOffice(t, nil)
	o.hold, o.times.sure = make(chan struct{}), 0
	defer close(o.hold)
	v := o.visitor(t)
	var posted struct {
		ID string `json:"answer_id"`
	}
	if err := json.Unmarshal([]byte(post(t, v, "想贷款")), &posted); err != nil {
		t.Fatal(err)
	}
	post(t, v, "想贷款") // the same question without a key is another one
	damaged := bot.Inbound{ID: "damaged", Channel: Channel, Conversation: "c", Event: []byte("{"), Received: time.Now()}
	other := bot.Inbound{ID: "other", Channel: "slack:a", Conversation: "c", Event: []byte("{}"), Received: time.Now()}
	for _, in := range []bot.Inbound{damaged, other} {
		if _, _, err := o.records.Accept(t.Context(), in, nil); err != nil {
			t.Fatal(err)
		}
	}
	after := newOffice(t, func(c *Config) {
		c.Records, c.Queue, c.Reception = o.records, o.records, bot.NewReception(&office{doc: o.doc}, o.records)
	})
	if err := after.takeUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp, _ := after.visitor(t).do(http.MethodGet, "/chat/answers/"+posted.ID+"/events", nil, false); resp.StatusCode != http.StatusOK {
		t.Errorf("the events are %s", resp.Status)
	}
	await(t, "the queue to be empty but for another channel", func() bool {
		pending, err := o.records.Pending(t.Context())
		return err == nil && len(pending) == 1 && pending[0].ID == "other"
	})
	if e, err := o.records.Exchange(t.Context(), posted.ID); err != nil || e.Answer.Outcome != bot.Answered {
		t.Errorf("kept is %+v, %v", e, err)
	}
	if stuck, err := o.records.Stuck(t.Context(), 9); err != nil || len(stuck) != 1 || stuck[0].ID != "damaged" {
		t.Errorf("stuck is %+v, %v", stuck, err)
	}
}
