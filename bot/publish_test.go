package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/bot/compose"
	"github.com/wence-bot/wence/bot/storetest"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
	"github.com/wence-bot/wence/index"
	"github.com/wence-bot/wence/index/bleve"
	"github.com/wence-bot/wence/index/segment"
)

// An office is a bot on a store whose index follows the log.
type office struct {
	*bot.Publisher
	store *storetest.Memory
	trail *trail
}

// trail is a bot.Auditor that only records.
type trail struct {
	bot.Auditor
	mu      sync.Mutex
	entries []bot.AuditEntry
}

func (a *trail) Record(_ context.Context, e bot.AuditEntry) (bot.AuditEntry, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.entries = append(a.entries, e)
	return e, e.Check()
}

func newOffice(t *testing.T) *office {
	t.Helper()
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	vocabulary, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		t.Fatal(err)
	}
	analyzer, err := segment.New(segment.Config{Words: corpus.DomainWords(nil, vocabulary)})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{Publisher: &bot.Publisher{}, store: &storetest.Memory{}, trail: &trail{}}
	follower, err := index.Follow(t.Context(), index.FollowConfig{
		Source: bot.Changes(o.store), Home: bleve.Memory{Analyzer: analyzer},
		Before: func(ctx context.Context) error { return o.Bot.Reload(ctx) },
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Store, o.Auditor, o.Index = o.store, o.trail, follower
	o.Bot, err = bot.New(t.Context(), bot.Config{
		Documents: o.store, Clauses: follower, Analyzer: analyzer, Register: register,
		Vocabulary: vocabulary, Composer: compose.Extractive{}, Held: bot.HeldBy(o.store, follower.Applied),
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// lathe is the text of a policy that makes a bureau responsible for loans.
func lathe(bureau string, more ...string) string {
	return "丙市人民政府办公室关于印发《丙市机床产业扶持办法》的通知\n丙府办〔2025〕7号\n一、主要任务\n(一)优化融资服务\n" +
		"对机床企业的贷款给予贴息。(" + bureau + "负责)\n(二)强化人才支撑\n举办机床行业专场招聘会。(市教育局负责)\n" + strings.Join(more, "\n")
}

const askLathe = "机床贷款贴息找谁"

func effective(d *corpus.Document, from, until string) *corpus.Document {
	d.Effective, d.Expires = from, until
	return d
}

func (o *office) publish(t *testing.T, d *corpus.Document) bot.Entry {
	t.Helper()
	e, changed, err := o.Publish(t.Context(), bot.Publication{Document: d, By: "甲"}, bot.Test{})
	if err != nil || !changed {
		t.Fatalf("publish: %v, changed %v", err, changed)
	}
	return e
}

// want checks which bureaus answer a question on a day, and that the day is labelled.
func (o *office) want(t *testing.T, day, question string, bureaus ...string) {
	t.Helper()
	a, err := o.Bot.Ask(t.Context(), bot.Question{Text: question, AsOf: day})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(a); !slices.Equal(got, bureaus) || (len(bureaus) > 0) != (a.Outcome == bot.Answered) {
		t.Errorf("%q on %q: %s %v, want %v\n%s", question, day, a.Outcome, got, bureaus, a.Text)
	}
	if a.AsOf != day || a.Outcome == bot.Answered && day != "" && !strings.Contains(a.Text, day) {
		t.Errorf("%q on %q is labelled %q: %s", question, day, a.AsOf, a.Text)
	}
}

// interrupted is an index in which something happens before the next search.
type interrupted struct {
	index.Index
	next func()
}

func (x *interrupted) Search(ctx context.Context, q index.Query) ([]index.Hit, error) {
	if f := x.next; f != nil {
		x.next = nil
		f()
	}
	return x.Index.Search(ctx, q)
}

// A question that had begun when a revision was published found neither that one, of
// which it did not know, nor the one before, which the index had no longer.
func TestPublishDuringAQuestion(t *testing.T) {
	o := newOffice(t)
	x := &interrupted{Index: o.Bot.Clauses}
	o.Bot.Clauses = x
	o.publish(t, parsed(t, lathe("市财政局")))
	o.want(t, "", askLathe, "丙市财政局")
	x.next = func() { o.publish(t, parsed(t, lathe("市商务局"))) }
	o.want(t, "", askLathe, "丙市商务局")
	if x.next != nil {
		t.Error("the question did not search")
	}
	x.next = func() { o.publish(t, parsed(t, lathe("市财政局"))) }
	found, err := o.Bot.Search(t.Context(), askLathe, 1)
	if err != nil || len(found) != 1 || found[0].Document.Text != lathe("市财政局") {
		t.Errorf("found %v, %v", found, err)
	}
}

// InForce once looked at the current revision only: one published for a day to come hid
// the one in force until then.
func TestRevisionToComeHidesNothing(t *testing.T) {
	o := newOffice(t)
	first := o.publish(t, effective(parsed(t, lathe("市财政局")), "2020-01-01", ""))
	o.publish(t, effective(parsed(t, lathe("市商务局")), "9000-01-01", "9000-12-31"))
	o.want(t, "", askLathe, "丙市财政局")
	o.want(t, "2020-01-01", askLathe, "丙市财政局")
	o.want(t, "2019-12-31", askLathe)
	o.want(t, "8999-12-31", askLathe, "丙市财政局")
	o.want(t, "9000-01-01", askLathe, "丙市商务局")
	o.want(t, "9000-12-31", askLathe, "丙市商务局")
	o.want(t, "9001-01-01", askLathe)
	if err := o.Bot.SelfTest(t.Context()); err != nil {
		t.Error(err)
	}
	a, err := o.Bot.Ask(t.Context(), bot.Question{Text: askLathe})
	if err != nil || len(a.Citations) == 0 || a.Citations[0].Ref.Revision != first.Revision {
		t.Errorf("today: %+v, %v", a.Citations, err)
	}
	if _, err := o.Bot.Ask(t.Context(), bot.Question{Text: askLathe, AsOf: "1.1.2020"}); !errors.Is(err, bot.ErrInvalid) {
		t.Errorf("a day in another form: %v", err)
	}
}

// A day passes: what comes into force is answered from without anybody publishing.
func TestNewDay(t *testing.T) {
	o := newOffice(t)
	day := func(s string) {
		now, err := time.ParseInLocation(time.DateTime, s, corpus.China)
		if err != nil {
			t.Fatal(err)
		}
		o.Bot.SetNow(func() time.Time { return now.UTC() }) // as on a machine without time zone
	}
	o.publish(t, effective(parsed(t, lathe("市财政局")), "2020-01-01", "9000-12-31"))
	o.publish(t, effective(parsed(t, lathe("市商务局")), "9000-01-01", "9000-12-31"))
	day("8999-12-31 23:59:59")
	o.want(t, "", askLathe, "丙市财政局")
	day("9000-01-01 00:00:00")
	o.want(t, "", askLathe, "丙市商务局")
	day("9000-12-31 23:59:59")
	o.want(t, "", askLathe, "丙市商务局")
	day("9001-01-01 00:00:00")
	o.want(t, "", askLathe)
}

// A clause whose term is over is not answered from, the others of its document are.
func TestClauseTermIsOver(t *testing.T) {
	o := newOffice(t)
	text := strings.Replace(lathe("市财政局"), "给予贴息。", "给予贴息。本条政策执行期限至2022年12月31日。", 1)
	o.publish(t, effective(parsed(t, text), "2020-01-01", ""))
	o.want(t, "", askLathe)
	o.want(t, "", "专场招聘会谁办", "丙市教育局")
	o.want(t, "2022-12-31", askLathe, "丙市财政局")
	o.want(t, "2023-01-01", askLathe)
	o.want(t, "", "财政局负责什么")
	o.want(t, "2022-12-31", "财政局负责什么", "丙市财政局")
}

func TestRepealedByAnother(t *testing.T) {
	o := newOffice(t)
	o.publish(t, effective(parsed(t, lathe("市财政局")), "2020-01-01", ""))
	other := parsed(t, strings.ReplaceAll(lathe("市商务局"), "7号", "9号"))
	other.Replaces = []string{"丙府办〔2025〕7号"}
	o.publish(t, effective(other, "2024-01-01", ""))
	o.want(t, "", askLathe, "丙市商务局")
	o.want(t, "2023-12-31", askLathe, "丙市财政局")
}

// What a withdrawn policy had repealed stays repealed, unless somebody says otherwise.
func TestWithdrawKeepsRepealed(t *testing.T) {
	for revive, answers := range map[bool][]string{false: nil, true: {"丙市商务局"}} {
		o := newOffice(t)
		number := func(n, bureau, from string, repeals ...string) *corpus.Document {
			d := effective(parsed(t, strings.ReplaceAll(lathe(bureau), "7号", n+"号")), from, "")
			d.Replaces = repeals
			return d
		}
		first, second, third := number("7", "市财政局", "2020-01-01"), number("8", "市商务局", "2022-01-01", "丙府办〔2025〕7号"), number("9", "市教育局", "2024-01-01", "丙府办〔2025〕8号")
		for _, d := range []*corpus.Document{first, second, third} {
			o.publish(t, d)
		}
		o.want(t, "", askLathe, "丙市教育局")
		repealed, changed, err := o.Withdraw(t.Context(), bot.Withdrawal{ID: third.ID, By: "甲", Reason: "有误", Revive: revive})
		if err != nil || !changed || repealed[0].ID != second.ID {
			t.Fatalf("revive %v: %v %v %v", revive, repealed, changed, err)
		}
		o.want(t, "", askLathe, answers...)
		o.want(t, "2023-12-31", askLathe, "丙市商务局") // it was so then
		recorded := slices.ContainsFunc(o.trail.entries, func(e bot.AuditEntry) bool {
			return e.Action == bot.ActionRevive && e.Subject == third.ID && strings.Contains(e.Detail, second.ID)
		})
		if recorded != revive {
			t.Errorf("revive %v: the trail has %+v", revive, o.trail.entries)
		}
		if again, changed, err := o.Withdraw(t.Context(), bot.Withdrawal{ID: third.ID, By: "甲", Reason: "有误"}); err != nil || changed || len(again) > 0 {
			t.Errorf("a second time: %v %v %v", again, changed, err)
		}
		if _, _, err := o.Withdraw(t.Context(), bot.Withdrawal{ID: third.ID}); !errors.Is(err, bot.ErrInvalid) {
			t.Errorf("by nobody: %v", err)
		}
	}
}

type recent struct {
	bot.Records
	exchanges []bot.Exchange
}

func (r recent) Recent(_ context.Context, limit int) ([]bot.Exchange, error) {
	return r.exchanges[:min(limit, len(r.exchanges))], nil
}

func TestPreview(t *testing.T) {
	o := newOffice(t)
	o.publish(t, parsed(t, lathe("市财政局")))
	asked := func(conversation, q string) bot.Exchange {
		return bot.Exchange{Conversation: conversation, Question: q}
	}
	o.Records = recent{exchanges: []bot.Exchange{asked("a", "那归谁管"), asked("b", "专场招聘会谁办"), asked("a", askLathe), asked("c", "专场招聘会谁办")}}
	questions, err := o.AskedBefore(t.Context(), 10)
	if err != nil || len(questions) != 3 || !slices.Equal(questions[0].Question.History, []string{askLathe}) {
		t.Fatalf("%+v, %v", questions, err)
	}
	questions = append(questions, bot.Asked{Source: "golden", Question: bot.Question{Text: askLathe}, Right: func(a bot.Answer, _ []*corpus.Document) bool {
		return slices.Equal(names(a), []string{"丙市财政局"})
	}})
	for _, from := range []string{"", "9000-01-01"} {
		d := effective(parsed(t, lathe("市商务局")), from, "")
		p, err := o.Preview(t.Context(), d, questions)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range p.Changed {
			got += fmt.Sprintf("%s %s %v→%v %v;", c.Source, c.Question.Text, names(c.Before), names(c.After), c.Broken)
		}
		want := "asked 那归谁管 [丙市财政局]→[丙市商务局] false;asked 机床贷款贴息找谁 [丙市财政局]→[丙市商务局] false;golden 机床贷款贴息找谁 [丙市财政局]→[丙市商务局] true;"
		if got != want || p.Tried != 4 {
			t.Errorf("from %q: tried %d, changed %s\nwant %s", from, p.Tried, got, want)
		}
		if len(p.Problems) != 1 || p.Problems[0].Kind != bot.BrokenGolden || p.Current == nil || len(p.Diff.Bureaus) != 2 {
			t.Errorf("from %q: %+v", from, p)
		}
		if from != "" && p.Day != from {
			t.Errorf("tried for %s", p.Day)
		}
	}
	o.want(t, "", askLathe, "丙市财政局") // nothing was changed
	if entries, err := o.store.Entries(t.Context(), 0, 10); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

func TestPublishRefuses(t *testing.T) {
	o := newOffice(t)
	o.publish(t, parsed(t, lathe("市财政局")))
	other := parsed(t, "丙市人民政府关于渔业发展的意见\n丙府办〔2025〕7号\n一、池塘改造\n对养殖池塘改造给予补助。(市农业农村局负责)\n二、渔船更新\n对渔船更新给予补助。(市农业农村局负责)")
	draft := parsed(t, lathe("市商务局"))
	draft.Status = corpus.Draft
	lost := parsed(t, lathe("市商务局", "(三)不清楚", "给予补助。(牵头单位:)"))
	nobody := parsed(t, "丙市人民政府办公室关于印发《丙市机床产业扶持办法》的通知\n丙府办〔2025〕7号\n一、主要任务\n对机床企业的贷款给予贴息。")
	empty := parsed(t, "丙市人民政府")
	empty.Clauses = nil
	elsewhere := parsed(t, lathe("市商务局"))
	elsewhere.Region = "丁市"
	for name, tt := range map[string]struct {
		doc  *corpus.Document
		kind bot.ProblemKind
	}{
		"of another place": {elsewhere, bot.OtherDocument},
		"another document": {other, bot.OtherDocument}, "a draft": {draft, bot.NotLaw}, "expired": {effective(parsed(t, lathe("市商务局")), "", "2020-12-31"), bot.NotLaw},
		"not understood": {lost, bot.LostMeaning}, "nobody responsible": {nobody, bot.NoBureaus}, "no clause": {empty, bot.NoClauses},
	} {
		_, _, err := o.Publish(t.Context(), bot.Publication{Document: tt.doc, By: "甲"}, bot.Test{})
		var refused *bot.RefusedError
		if !errors.As(err, &refused) || !slices.ContainsFunc(refused.Problems, func(p bot.Problem) bool { return p.Kind == tt.kind }) {
			t.Errorf("%s: %v", name, err)
		}
		_, _, err = o.Publish(t.Context(), bot.Publication{Document: tt.doc, By: "甲"}, bot.Test{Force: true})
		if !errors.Is(err, bot.ErrInvalid) && tt.kind != bot.NoClauses || err == nil {
			t.Errorf("%s, forced without reason: %v", name, err)
		}
	}
	o.want(t, "", askLathe, "丙市财政局")
	_, changed, err := o.Publish(t.Context(), bot.Publication{Document: draft, By: "甲", Reason: "试用"}, bot.Test{Force: true})
	if err != nil || !changed {
		t.Errorf("forced with a reason: %v, %v", changed, err)
	}
	if n := len(o.trail.entries); n == 0 || !strings.Contains(o.trail.entries[n-1].Detail, "试用") || o.trail.entries[n-1].Action != bot.ActionForce {
		t.Errorf("the trail has %+v", o.trail.entries)
	}
	// A bulk import takes drafts, but never one document for another.
	if _, _, err := o.Import(t.Context(), bot.Publication{Document: other, By: "甲"}); err == nil {
		t.Error("another document of the same number was imported")
	}
}

// Two upload the same document, or two versions of one, at once.
func TestUploadsAtOnce(t *testing.T) {
	o := newOffice(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, _, err := o.Publish(t.Context(), bot.Publication{Document: parsed(t, lathe("市财政局")), By: "甲"}, bot.Test{}); err != nil {
				t.Errorf("the same document: %v", err)
			}
		})
	}
	wg.Wait()
	entries, err := o.store.Entries(t.Context(), 0, 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	base, won := entries[0].Revision, make(chan bool, 4)
	for i := range 4 {
		wg.Go(func() {
			d := parsed(t, lathe("市商务局", fmt.Sprintf("(三)第%d版\n给予补助。(市商务局负责)", i)))
			_, _, err := o.Publish(t.Context(), bot.Publication{Document: d, By: "甲", Base: base}, bot.Test{})
			if err != nil && !errors.Is(err, bot.ErrConflict) {
				t.Error(err)
			}
			won <- err == nil
		})
	}
	wg.Wait()
	n := 0
	for range 4 {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 4 versions were published from one base", n)
	}
	o.want(t, "", askLathe, "丙市商务局")
}

// Whoever publishes is told when the answers do not follow; the next one mends it.
func TestPublishedButNotFollowed(t *testing.T) {
	o := newOffice(t)
	sound := o.Index
	o.Index = broken{}
	_, changed, err := o.Publish(t.Context(), bot.Publication{Document: parsed(t, lathe("市财政局")), By: "甲"}, bot.Test{})
	if err == nil || !changed || !strings.Contains(err.Error(), "stored") {
		t.Errorf("%v, %v", changed, err)
	}
	o.Index = sound
	if err := o.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.want(t, "", askLathe, "丙市财政局")
}

type broken struct{}

func (broken) CatchUp(context.Context) error { return errors.New("disk on fire") }

// A policy that says the same again and again once failed the self-test.
func TestSelfTestOfRepetition(t *testing.T) {
	o := newOffice(t)
	o.publish(t, parsed(t, lathe("市财政局", strings.Split(strings.Repeat("对其他企业同样办理。\n", 100), "\n")...)))
	if err := o.Bot.SelfTest(t.Context()); err != nil {
		t.Error(err)
	}
}

// An overtaken store is changed by another node just before it is written to.
type overtaken struct {
	*storetest.Memory
	other *corpus.Document
}

func (s *overtaken) Publish(ctx context.Context, p bot.Publication) (bot.Entry, bool, error) {
	if d := s.other; d != nil {
		s.other = nil
		if _, _, err := s.Memory.Publish(ctx, bot.Publication{Document: d, By: "乙"}); err != nil {
			return bot.Entry{}, false, err
		}
	}
	return s.Memory.Publish(ctx, p)
}

// TestReviewedIsWhatIsReplaced: what another node publishes between review and publication
// is not overwritten, whether or not the uploader says which revision they started from.
func TestReviewedIsWhatIsReplaced(t *testing.T) {
	o := newOffice(t)
	s := &overtaken{Memory: o.store}
	o.Store = s
	for _, first := range []bool{true, false} { // a new document, and a revision of one
		text := lathe("市财政局")
		if !first {
			text = lathe("市财政局", "(三)又一条\n给予补助。(市商务局负责)")
		}
		s.other = parsed(t, lathe("市商务局", fmt.Sprintf("(三)别人的一条%v\n给予补助。(市商务局负责)", first)))
		if _, _, err := o.Publish(t.Context(), bot.Publication{Document: parsed(t, text), By: "甲"}, bot.Test{}); !errors.Is(err, bot.ErrConflict) {
			t.Errorf("new %v: error %v", first, err)
		}
	}
}

// An older version of a policy replaces no newer one, nor does one without a day.
func TestOlderVersionsAreRefused(t *testing.T) {
	version := func(bureau, written string) *corpus.Document {
		d := parsed(t, lathe(bureau))
		d.Written = written
		return d
	}
	for name, tt := range map[string]struct {
		current, next string
		refused       bool
	}{
		"older": {"2025-03-04", "2025-03-03", true}, "without a day": {"2025-03-04", "", true},
		"newer": {"2025-03-04", "2025-03-05", false}, "of the same day": {"2025-03-04", "2025-03-04", false},
		"the first with a day": {"", "2025-03-04", false}, "none with a day": {"", "", false},
	} {
		o := newOffice(t)
		o.publish(t, version("市财政局", tt.current))
		next := bot.Publication{Document: version("市商务局", tt.next), By: "甲"}
		for how, do := range map[string]func() error{
			"import":  func() error { _, _, err := o.Import(t.Context(), next); return err },
			"publish": func() error { _, _, err := o.Publish(t.Context(), next, bot.Test{}); return err },
		} {
			err := do()
			var refused *bot.RefusedError
			if is := errors.As(err, &refused); is != tt.refused || is && (refused.Problems[0].Kind != bot.OlderVersion || !strings.Contains(err.Error(), tt.current)) {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
	}
}
