package corpus

import (
	"strings"
	"unicode/utf8"
)

// This file reads duties out of running text: 市民政部门负责…；区民政部门负责…, 由市财政局牵头,
// 市发展改革局会同… . A duty is read only where a list of bodies stands right before
// its verb, with nothing but adverbs in between: a body that is merely mentioned,
// 不负责, 负责人, 负责解释 and 由…负责的 give none.

// A proseVerb is a word that makes the bodies in front of it responsible.
type proseVerb struct {
	word   string
	role   Role
	by     bool     // only after 由
	not    []string // what follows the word where it means something else
	only   []string // what must follow somewhere up to the next comma, if not nil
	shared bool     // only after an adverb that shares out duties (按职责分工)
}

var (
	notActs = []string{"人", "同志", "制", "科室", "部门", "单位", "机构", "领导", "干部", "者", "任", "处室", "主体"}
	tasks   = []string{"工作", "职责", "职能", "任务", "事务", "事项", "建设", "管理"}
)

// proseVerbs are tried in this order where several begin at one place.
var proseVerbs = []proseVerb{
	{word: "负责牵头", role: Lead},
	{word: "牵头", role: Lead, not: []string{"部门", "单位", "作用", "人"}},
	{word: "负责", role: Responsible, not: notActs},
	{word: "会同", role: Responsible},
	{word: "主管", role: Responsible, not: append([]string{"的"}, notActs...)},
	{word: "承担", role: Responsible, not: []string{"责任", "法律", "费用", "赔偿"}, only: tasks},
	{word: "协助配合", role: Joint}, {word: "协同配合", role: Joint},
	{word: "配合", role: Joint}, {word: "协助", role: Joint}, {word: "协同", role: Joint},
	{word: "参与", role: Participate}, {word: "参加", role: Participate, by: true},
	{word: "指导", role: Guide, not: []string{"单位", "机构", "中心", "意见", "价", "目录", "性", "下"}},
	{word: "组织实施", role: Responsible},
	{word: "做好", role: Responsible, shared: true}, {word: "落实", role: Responsible, shared: true}, {word: "抓好", role: Responsible, shared: true},
	{word: "统筹", role: Responsible, by: true}, {word: "组织", role: Responsible, by: true}, {word: "实施", role: Responsible, by: true},
	{word: "审批", role: Responsible, by: true}, {word: "审核", role: Responsible, by: true}, {word: "审查", role: Responsible, by: true},
	{word: "核准", role: Responsible, by: true}, {word: "核定", role: Responsible, by: true}, {word: "核实", role: Responsible, by: true},
	{word: "核发", role: Responsible, by: true}, {word: "受理", role: Responsible, by: true}, {word: "办理", role: Responsible, by: true},
	{word: "认定", role: Responsible, by: true}, {word: "评定", role: Responsible, by: true}, {word: "制定", role: Responsible, by: true},
	{word: "制订", role: Responsible, by: true}, {word: "拨付", role: Responsible, by: true}, {word: "发放", role: Responsible, by: true},
	{word: "协调", role: Responsible, by: true}, {word: "督促", role: Responsible, by: true},
}

// duties of other kinds (应当…) make a body the subject of what follows.
var modals = []string{"应当", "应该", "应", "要", "须", "是", "为", "作为", "加强", "建立", "制定", "按", "依"}

// proseAdverbs stand between a body and its verb.
var proseAdverbs = append([]string{
	"应当", "应该", "应", "必须", "须", "需要", "需", "将", "主要", "统一", "依法", "依规", "密切", "主动", "全力", "认真", "切实", "可以", "按规定", "按照规定", "按要求", "全面", "具体", "也", "另行", "每年", "定期",
	"在各自职责范围内", "在职责范围内", "在各自的职责范围内", "按照各自职责范围", "按各自职责范围", "在各自职权范围内", "在其职责范围内", "负责", "支持", "做好", "，", ",",
}, adverbs...)

// proseTriggers are the words without which a text gives no duty.
var proseTriggers = []string{"负责", "牵头", "会同", "主管", "承担", "配合", "协助", "协同", "参与", "指导", "组织实施", "做好", "由"}

func hasAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// prose reads one piece of a sentence.
type prose struct {
	p       *parser
	clause  int
	subject []body // who was named last, with or without a verb
	from    int    // offset into Document.Text of the subject
	said    bool   // a duty of the subject is open
	shared  bool   // the subject had an adverb that shares out duties
	out     []duty
	carried []body // the subject of the piece before in the same sentence
	begin   int    // where the piece begins
	open    int    // index into out of the first duty of the open group
}

// proseDuties reads the duties in the running text of clause i.
func (p *parser) proseDuties(i int) []duty {
	c := &p.doc.Clauses[i]
	if !hasAny(c.Text, proseTriggers) {
		return nil
	}
	start := c.Start
	w := &prose{p: p, clause: i, open: -1}
	if h, ok := scanHeading(c.Text); ok {
		start += h.size
	}
	for start < c.End {
		end, next := c.End, c.End
		if k := strings.IndexAny(p.doc.Text[start:c.End], "。；;\n！？"); k >= 0 {
			r, size := utf8.DecodeRuneInString(p.doc.Text[start+k:])
			end, next = start+k, start+k+size
			if r == '。' {
				end = next
			}
		}
		if l := trimLine(p.doc.Text, start, end); hasAny(l.text, proseTriggers) {
			w.piece(l)
		}
		if strings.HasPrefix(p.doc.Text[end-len("。"):], "。") || p.doc.Text[start:next] != strings.TrimRight(p.doc.Text[start:next], "\n！？") {
			w.carried = nil
		}
		start = next
	}
	return w.out
}

// piece reads a piece of a sentence, one segment between commas after the other.
func (w *prose) piece(l line) {
	depth, from := 0, l.start
	w.begin = l.start
	if w.carried != nil {
		w.subject, w.from, w.said, w.shared = w.carried, l.start, false, false
	}
	for i, r := range l.text {
		switch {
		case strings.ContainsRune(openers, r):
			depth++
		case strings.ContainsRune(closers, r):
			depth = max(0, depth-1)
		case depth == 0 && (r == '，' || r == ',' || r == '：' || r == ':'):
			w.segment(trimLine(w.p.doc.Text, from, l.start+i))
			from = l.start + i + utf8.RuneLen(r)
		}
	}
	w.segment(trimLine(w.p.doc.Text, from, l.end))
	if w.subject != nil {
		w.carried = w.subject
	}
	w.close(l.end)
}

// leadIns stand in front of the subject of a sentence.
var leadIns = []string{"其中", "同时", "此外", "另外", "原则上", "具体", "统一", "并", "以及", "——"}

func (w *prose) segment(s line) {
	for _, lead := range leadIns {
		if rest, ok := strings.CutPrefix(s.text, lead); ok {
			s = trimLine(w.p.doc.Text, s.end-len(rest), s.end)
		}
	}
	const longest = 1200 // bytes: what goes on without a comma for longer is no sentence
	if s.text == "" || len(s.text) > longest || w.continued(s) {
		return
	}
	by := strings.HasPrefix(s.text, "由")
	at := s.start
	if by {
		at += len("由")
	}
	from := s.start
	if by && w.open < 0 {
		from = w.begin
	}
	if w.clauseOf(line{w.p.doc.Text[at:s.end], at, s.end}, from, by) {
		return
	}
	// 由…负责 within the segment.
	for k := len(s.text); ; {
		if k = strings.LastIndex(s.text[:k], "由"); k <= 0 {
			break
		}
		last, _ := utf8.DecodeLastRuneInString(s.text[:k])
		if strings.ContainsRune("经理自缘事因案来", last) {
			continue
		}
		at, from := s.start+k+len("由"), s.start
		if w.open < 0 {
			from = w.begin // what the sentence says before tells what it is about
		}
		if w.clauseOf(line{w.p.doc.Text[at:s.end], at, s.end}, from, true) {
			return
		}
		w.doubt(w.p.doc.Text[at:s.end], at)
	}
}

// doubt warns of a body after 由 that was not understood.
func (w *prose) doubt(s string, at int) {
	const longest = 24 // characters of the name of a body
	v, k := nextVerb(s, 0)
	if k <= 0 || v.word != "负责" && v.word != "牵头" || hasAnyPrefix(s[k+len(v.word):], v.not) || explains(s[k:]) {
		return
	}
	name := cutAdverbs(s[:k], proseAdverbs)
	if utf8.RuneCountInString(name) <= longest && w.p.reg.bodyLike(name) {
		w.p.warn(at, "正文里没有读懂由谁负责:"+name)
	}
}

// continued reads a segment that begins with a verb: the subject was named before.
func (w *prose) continued(s line) bool {
	if w.subject == nil {
		return false
	}
	for _, v := range proseVerbs {
		k := strings.Index(s.text, v.word)
		if k < 0 || cutAdverbs(s.text[:k], proseAdverbs) != "" {
			continue
		}
		shared := w.shared || sharesOut(s.text[:k])
		if v.role == Guide || v.by || v.shared && !shared || !w.acts(v, s, k+len(v.word)) {
			continue
		}
		if !w.said {
			w.start(w.subject, v.role, w.from)
		}
		w.partners(v, s, k+len(v.word))
		return true
	}
	return false
}

// sharesOut reports whether adverbs say that duties are shared out.
func sharesOut(s string) bool {
	return hasAny(s, []string{"职", "分工", "按规定", "按照规定"})
}

// clauseOf reads a list of bodies with its verb at the start of s. from is where
// the words begin that say so.
func (w *prose) clauseOf(s line, from int, by bool) bool {
	for k := 0; k < len(s.text); {
		v, at := nextVerb(s.text, k)
		if at < 0 {
			break
		}
		k = at + len(v.word)
		list := cutAdverbs(s.text[:at], proseAdverbs)
		shared := sharesOut(s.text[len(list):at])
		if v.by && !by || v.shared && !shared && !by || !w.acts(v, s, k) {
			continue
		}
		bodies, ok := w.p.subjects(list)
		if !ok {
			continue
		}
		w.close(from)
		w.start(bodies, v.role, from)
		w.partners(v, s, k)
		if rest, ok := strings.CutPrefix(s.text[k:], "、"); ok {
			w.segment(trimLine(w.p.doc.Text, s.end-len(rest), s.end)) // 由甲局牵头、乙局配合
		}
		return true
	}
	if by && w.charged(s, from) {
		return true
	}
	return w.topic(s, from)
}

// nextVerb finds the first verb at or after k.
func nextVerb(s string, k int) (proseVerb, int) {
	best, at := proseVerb{}, -1
	for _, v := range proseVerbs {
		if i := strings.Index(s[k:], v.word); i >= 0 && (at < 0 || k+i < at) {
			best, at = v, k+i
		}
	}
	return best, at
}

// topic makes a list of bodies at the start of s the subject of what follows:
// 市民政局是…主管部门, 教育、公安等部门按职责分工, .
func (w *prose) topic(s line, from int) bool {
	list := cutAdverbs(s.text, proseAdverbs)
	if bodies, ok := w.p.subjects(list); ok {
		w.close(from)
		w.subject, w.from, w.said, w.shared = bodies, from, false, sharesOut(s.text[len(list):])
		return true
	}
	const farthest = 120 // bytes before the modal
	for _, m := range modals {
		k := strings.Index(s.text, m)
		if k <= 0 || k > farthest {
			continue
		}
		bodies, ok := w.p.subjects(cutAdverbs(s.text[:k], proseAdverbs))
		if !ok {
			continue
		}
		w.close(from)
		w.subject, w.from, w.said, w.shared = bodies, from, false, false
		if rest := s.text[k+len(m):]; m == "是" || m == "为" || m == "作为" {
			switch {
			case strings.HasSuffix(rest, "牵头部门") || strings.HasSuffix(rest, "牵头单位"):
				w.start(bodies, Lead, from)
			case strings.HasSuffix(strings.TrimSuffix(rest, "。"), "主管部门") || strings.HasSuffix(rest, "责任单位") || strings.HasSuffix(rest, "责任部门"):
				w.start(bodies, Responsible, from)
			}
		}
		return true
	}
	return false
}

// acts reports whether a verb that ends at k of s means that somebody acts.
func (w *prose) acts(v proseVerb, s line, k int) bool {
	after := s.text[k:]
	if hasAnyPrefix(after, v.not) || strings.HasPrefix(after, "的") && !w.founds(s) {
		return false
	}
	if v.only != nil && !hasAny(after, v.only) {
		return false
	}
	// 由市财政局负责审批的, says of which matters it speaks.
	if strings.HasSuffix(after, "的") || v.by && strings.HasPrefix(after, "的") {
		return false
	}
	if v.word == "会同" && strings.Contains(after, "已") {
		return false // tells what was done
	}
	return !explains(after)
}

// founds reports whether s stands in a sentence that founds a body of others:
// 建立由…牵头,…参与的联席会议.
func (w *prose) founds(s line) bool {
	c := &w.p.doc.Clauses[w.clause]
	before := w.p.doc.Text[c.Start:s.start]
	if i := strings.LastIndexAny(before, "。；;\n"); i >= 0 {
		before = before[i:]
	}
	return hasAny(before, []string{"建立", "成立", "设立", "组建", "形成", "健全"}) && strings.Contains(before, "由")
}

// explains reports whether what follows a verb is the explanation of the policy:
// who explains it is not responsible for what it promises.
func explains(after string) bool {
	const reach = 15 // characters
	i := strings.Index(after, "解释")
	return i >= 0 && utf8.RuneCountInString(after[:i]) <= reach
}

// start opens a group of duties.
func (w *prose) start(bodies []body, role Role, from int) {
	w.subject, w.from, w.said = bodies, from, true
	w.open = len(w.out)
	for _, b := range bodies {
		b.role = role
		w.add(b, from)
	}
}

func (w *prose) add(b body, from int) {
	w.out = append(w.out, w.p.duty(w.clause, b, w.p.doc.Clauses[w.clause].Path, from, from))
}

// close ends the quotes of the open group at an offset.
func (w *prose) close(end int) {
	if w.open >= 0 {
		text := w.p.doc.Text
		for k := w.open; k < len(w.out); k++ {
			r := &w.out[k].r
			to := r.Start + len(strings.TrimRight(text[r.Start:max(end, r.Start)], "，,、；;：: \u3000\t由"))
			r.End, r.Quote = to, text[r.Start:to]
			r.ScopeStart, r.ScopeEnd = r.Start, r.End
		}
	}
	w.open, w.said, w.subject = -1, false, nil
}
