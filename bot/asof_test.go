package bot_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/bot"
)

// A policy did not exist before it was written, whatever day is asked about.
func TestAskBeforeAPolicyWasWritten(t *testing.T) {
	o := newOffice(t)
	d := parsed(t, lathe("市财政局"))
	d.Written, d.Effective = "2025-03-04", ""
	o.publish(t, d)
	const question = "机床企业贷款贴息找谁"
	o.want(t, "2025-03-04", question, "丙市财政局")
	for text, says := range map[string]string{question: "2025-03-03时还没有关于这件事的规定", "护照找谁": "2025-03-03时,这里收录的政策都还没有"} {
		a, err := o.Bot.Ask(t.Context(), bot.Question{Text: text, AsOf: "2025-03-03"})
		if err != nil {
			t.Fatal(err)
		}
		if a.Outcome != bot.NoBasis || len(a.Citations) > 0 || !strings.Contains(a.Text, says) || !strings.Contains(a.Text, "自2025-03-04起才有") {
			t.Errorf("%s: %s:\n%s", text, a.Outcome, a.Text)
		}
	}
	// One that names the day from which it holds held from then on, written later or not.
	d = parsed(t, lathe("市商务局"))
	d.Written, d.Effective = "2025-03-04", "2025-01-01"
	o = newOffice(t)
	o.publish(t, d)
	o.want(t, "2025-01-01", question, "丙市商务局")
	o.want(t, "2024-12-31", question)
}
