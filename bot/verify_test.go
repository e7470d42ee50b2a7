package bot_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

// policy is made up, so that the test does not depend on any real text.
const policy = `乙市人民政府办公室关于印发《乙市扶持办法》的通知
乙府办〔2025〕3号
一、主要任务
(一)优化融资服务
鼓励金融机构加大贷款投放,贴息不超过50万元。组织3场对接会。(市财政局、商务局负责)
(二)强化人才支撑
举办招聘会。(市教育局负责)`

func brief(t *testing.T) (*corpus.Register, bot.Brief) {
	t.Helper()
	register, err := policies.Register()
	if err != nil {
		t.Fatal(err)
	}
	d, err := corpus.Parse(policy, register)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Clauses) != 2 {
		t.Fatalf("the test policy has %d clauses, want 2", len(d.Clauses))
	}
	var b bot.Brief
	for i, handle := range []string{"c1", "c2"} {
		c := &d.Clauses[i]
		b.Passages = append(b.Passages, bot.Passage{Handle: handle, Document: d, Clause: c, Start: c.Start, End: c.End})
	}
	return register, b
}

const subsidy = "鼓励金融机构加大贷款投放,贴息不超过50万元。"

func TestVerifyHolds(t *testing.T) {
	register, b := brief(t)
	for _, s := range []bot.Sentence{
		{Text: subsidy, Handle: "c1", Quote: subsidy},
		{Text: "关于您问的事,政策原文是:“" + subsidy + "”", Handle: "c1", Quote: subsidy},
		{Text: "另外,文件还写到:组织3场对接会。供您参考。", Handle: "c1", Quote: "组织3场对接会。"},
		{Text: subsidy + "组织3场对接会。", Handle: "c1", Quote: subsidy + "组织3场对接会。"},
	} {
		held, refused := bot.Verify(register, b, bot.Draft{Sentences: []bot.Sentence{s}})
		if len(held) != 1 || len(refused) != 0 {
			t.Errorf("%q was refused: %v", s.Text, refused)
			continue
		}
		c := held[0].Citation
		if got := b.Passages[0].Document.Text[c.Start:c.End]; got != s.Quote || c.Quote != s.Quote {
			t.Errorf("%q: the citation's span is %q", s.Text, got)
		}
		if c.Clause != "一、(一)" || c.Paragraph != 1 || c.Document.Number != "乙府办〔2025〕3号" || c.Heading != "优化融资服务" {
			t.Errorf("%q stands in %+v", s.Text, c)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	register, b := brief(t)
	for name, c := range map[string]struct {
		sentence bot.Sentence
		want     error
	}{
		"quote with one character changed": {bot.Sentence{Text: subsidy, Handle: "c1", Quote: strings.Replace(subsidy, "不超过", "不少于", 1)}, bot.ErrNotVerbatim},
		"quote with another comma":         {bot.Sentence{Text: subsidy, Handle: "c1", Quote: strings.Replace(subsidy, ",", "，", 1)}, bot.ErrNotVerbatim},
		"quote of another clause":          {bot.Sentence{Text: subsidy, Handle: "c2", Quote: subsidy}, bot.ErrNotVerbatim},
		"two spans glued together":         {bot.Sentence{Text: "加大贷款投放", Handle: "c1", Quote: "加大贷款投放,组织3场对接会。"}, bot.ErrNotVerbatim},
		"foreign handle":                   {bot.Sentence{Text: subsidy, Handle: "c3", Quote: subsidy}, bot.ErrUnknownHandle},
		"no handle":                        {bot.Sentence{Text: subsidy, Quote: subsidy}, bot.ErrUnknownHandle},
		"invented bureau":                  {bot.Sentence{Text: "这事找市公安局。", Handle: "c1", Quote: subsidy}, bot.ErrForeignBureau},
		"bureau of another clause":         {bot.Sentence{Text: "这事找教育局。", Handle: "c1", Quote: subsidy}, bot.ErrForeignBureau},
		"figure that the quote lacks":      {bot.Sentence{Text: "贴息最多80万元。", Handle: "c1", Quote: subsidy}, bot.ErrForeignNumber},
		"figure of another sentence":       {bot.Sentence{Text: "有3场。", Handle: "c1", Quote: subsidy}, bot.ErrForeignNumber},
		"Chinese figure":                   {bot.Sentence{Text: "贴息最多八十万元。", Handle: "c1", Quote: subsidy}, bot.ErrForeignNumber},
		"percentage":                       {bot.Sentence{Text: "贴息50%。", Handle: "c1", Quote: subsidy}, bot.ErrForeignNumber},
		"claim without bureau or figure":   {bot.Sentence{Text: "您已获批准。" + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"claim instead of the quote":       {bot.Sentence{Text: "您已获批准。", Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"yes":                              {bot.Sentence{Text: "可以。" + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"no":                               {bot.Sentence{Text: "政策原文不是:" + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"words of the quote":               {bot.Sentence{Text: "金融机构不超过50万元。", Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"quote told with a word left out":  {bot.Sentence{Text: strings.Replace(subsidy, "不超过", "", 1), Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"right bureau, in own words":       {bot.Sentence{Text: "找财政局。" + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"quote told twice":                 {bot.Sentence{Text: subsidy + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"a page of connectives":            {bot.Sentence{Text: strings.Repeat("另外,", 20) + subsidy, Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"link":                             {bot.Sentence{Text: subsidy + "http://a.cn", Handle: "c1", Quote: subsidy}, bot.ErrOwnWords},
		"quote without its beginning":      {bot.Sentence{Text: "加大贷款投放,贴息不超过50万元。", Handle: "c1", Quote: "加大贷款投放,贴息不超过50万元。"}, bot.ErrCut},
		"quote without its end":            {bot.Sentence{Text: "鼓励金融机构加大贷款投放", Handle: "c1", Quote: "鼓励金融机构加大贷款投放"}, bot.ErrCut},
		"quote without its 不":              {bot.Sentence{Text: "超过50万元。", Handle: "c1", Quote: "超过50万元。"}, bot.ErrCut},
		"empty quote":                      {bot.Sentence{Text: "有贴息。", Handle: "c1"}, bot.ErrEmpty},
		"empty text":                       {bot.Sentence{Text: " ", Handle: "c1", Quote: subsidy}, bot.ErrEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			held, refused := bot.Verify(register, b, bot.Draft{Sentences: []bot.Sentence{c.sentence}})
			if len(held) != 0 || len(refused) != 1 || !errors.Is(refused[0], c.want) {
				t.Errorf("held %v, refused %v, want %v", held, refused, c.want)
			}
		})
	}
}

func TestVerifyRefusesForgedClause(t *testing.T) {
	register, b := brief(t)
	forged := *b.Passages[0].Clause
	forged.Text = "凭空写的一段。"
	b.Passages[0].Clause = &forged
	held, refused := bot.Verify(register, b, bot.Draft{Sentences: []bot.Sentence{{Text: forged.Text, Handle: "c1", Quote: forged.Text}}})
	if len(held) != 0 || len(refused) != 1 || !errors.Is(refused[0], bot.ErrNotVerbatim) {
		t.Errorf("a clause that is not the document's text was quoted: %v, %v", held, refused)
	}
}

func TestVerifyKeepsTheSoundPart(t *testing.T) {
	register, b := brief(t)
	held, refused := bot.Verify(register, b, bot.Draft{Sentences: []bot.Sentence{
		{Text: "这事找市公安局。", Handle: "c1", Quote: subsidy},
		{Text: "举办招聘会。", Handle: "c2", Quote: "举办招聘会。"},
	}})
	if len(held) != 1 || held[0].Citation.Clause != "一、(二)" || len(refused) != 1 {
		t.Errorf("held %v, refused %v", held, refused)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(subsidy, "c1", subsidy)
	f.Add("贴息80万元", "c9", "50万元")
	f.Fuzz(func(t *testing.T, text, handle, quote string) {
		register, b := brief(t)
		held, _ := bot.Verify(register, b, bot.Draft{Sentences: []bot.Sentence{{Text: text, Handle: handle, Quote: quote}}})
		for _, h := range held {
			if b.Passages[0].Document.Text[h.Citation.Start:h.Citation.End] != quote {
				t.Errorf("%q is not verbatim", quote)
			}
			own := strings.Replace(text, quote, "", 1)
			for _, c := range bot.Connectives() {
				own = strings.ReplaceAll(own, c, "")
			}
			if own = strings.Trim(own, " \n,，.。:：;；、“”\""); strings.ContainsFunc(own, unicode.IsLetter) || !strings.Contains(text, quote) {
				t.Errorf("%q says %q beside its quote %q", text, own, quote)
			}
		}
	})
}
