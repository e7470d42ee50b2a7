package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
)

// dealing finds what makes a question one about who deals with something: 归海关管吗, but
// not 海关认证有人指导吗.
var dealing = regexp.MustCompile(`[归管找属问给发批多]|负责|责任|牵头|参与|配合|协助|主管|承担|有份|的事|出面|受理|经办|办|做|干`)

// A tone is how a verdict on bureaus begins, so that it is right when read aloud after
// the question.
type tone int

const (
	toneSays   tone = iota // who of several deals with it: neither yes nor no
	toneYes                // 归X管吗: yes, or X is not among them
	toneDenied             // X不管吧: no, or right
)

// verdict says for each bureau that the question asks about beside a matter whether it is
// responsible.
func (b *Bot) verdict(r *reading, picks []pick) string {
	how := r.tone()
	if len(r.bodies) == 0 || !r.aims[aimYesNo] && !r.aims[aimWho] && how != toneDenied || how != toneDenied && r.recalled == "" && !dealing.MatchString(r.text) {
		return ""
	}
	var own, shared, none []string
	duties := responsible(picks)
	for _, name := range r.names {
		i := slices.IndexFunc(duties, func(d corpus.Responsibility) bool { return d.Bureau == name })
		switch {
		case i < 0:
			none = append(none, name)
		case duties[i].Role == corpus.Shared:
			shared = append(shared, name)
		default:
			own = append(own, name)
		}
	}
	if len(own)+len(shared)+len(none) == 0 {
		for _, m := range r.bodies {
			none = append(none, m.Name)
		}
	}
	var follow []string // responsible, but asked whether they take the lead
	if leads := func(d corpus.Responsibility) bool { return d.Role == corpus.Lead && slices.Contains(own, d.Bureau) }; r.aims[aimLead] && !slices.ContainsFunc(duties, leads) {
		own, follow = nil, own
	}
	return sayVerdict(how, own, follow, shared, none)
}

// sayVerdict says who is responsible (own), is so but does not lead (follow), is so with all
// others (shared), and is not (none).
func sayVerdict(how tone, own, follow, shared, none []string) string {
	var lines []string
	say := func(key string, names []string) {
		if len(names) > 0 {
			lines = append(lines, phrase(key, "bureaus", strings.Join(names, "、")))
		}
	}
	switch how {
	case toneYes:
		say("verdict_yes", own)
		say("verdict_not_lead", follow)
		say("verdict_shared", shared)
		say("verdict_no", none)
	case toneDenied:
		say("verdict_wrongly", own)
		say("verdict_not_lead", follow)
		say("verdict_wrongly_shared", shared)
		if len(lines) == 0 {
			say("verdict_rightly", none)
		} else {
			say("verdict_no", none)
		}
	default:
		say("verdict_says", own)
		say("verdict_not_lead", follow)
		say("verdict_says_shared", shared)
		say("verdict_no", none)
	}
	return strings.Join(lines, "\n")
}

// Words of a question that settle its tone.
var (
	whoWord = regexp.MustCompile(`谁|哪|还是|几家|几个|边个|什么(?:部门|单位|局|机构)`)
	// denial finds that something is told not to be: 不管, 没关系, 不归…管. It also finds
	// 管不管, which asks; see denies.
	denial = regexp.MustCompile(`(?:不|没|无|未|冇)(?:再|用|必|需要?|应该?|该|会|能|怎么|什么|有|有什么)?` +
		`(?:归|属|管|负责|责任|关系|关|参与|配合|牵头|主管|协助|承担|份|相干|沾边|找|(?:是|由|在)[^,;!?。]{1,14}(?:管|负责|的事|主管|牵头|责任|的份|之列))` +
		`|没有?[^,;!?。]{1,10}(?:责任|关系|的份|的事)`)
	// confirm finds that a statement is to be confirmed.
	confirm = regexp.MustCompile(`吧|对吗|对不对|是吗|是不是|没错|对不|是不|对么|对嘛|真的吗|对啵`)
)

// tone returns how a verdict must begin.
func (r *reading) tone() tone {
	switch {
	case whoWord.MatchString(r.text):
		return toneSays
	case r.denies() && confirm.MatchString(r.text):
		return toneDenied
	case r.denies() || !r.aims[aimYesNo]:
		return toneSays // X不管吗: yes would be taken either way; X呢 asks for neither
	}
	return toneYes
}

// denies reports whether the question tells that a bureau which it names does not deal
// with something. 银行不管我们,找X吧 tells it of nobody who is asked about.
func (r *reading) denies() bool {
	for at := 0; ; {
		m := denial.FindStringIndex(r.text[at:])
		if m == nil {
			return false
		}
		no := at + m[0]
		_, size := utf8.DecodeRuneInString(r.text[no:])
		at = no + size // 是不是不管: one may stand in the other
		if asksEither(r.text[:no], r.text[at:]) {
			continue
		}
		from := strings.LastIndexAny(strings.TrimRight(r.text[:no], ","), ",;!?。") + 1
		to := len(r.text)
		if i := strings.IndexAny(r.text[no:], ",;!?。"); i >= 0 {
			to = no + i
		}
		if slices.ContainsFunc(r.bodies, func(o corpus.Mention) bool { return o.Start >= from && o.End <= to }) {
			return true
		}
	}
}

// asksEither reports whether a word stands on both sides of a 不: 管不管, 负责不负责, 负不负责.
func asksEither(before, after string) bool {
	last, n := utf8.DecodeLastRuneInString(before)
	if n > 0 && strings.HasPrefix(after, string(last)) {
		return true
	}
	const two = 2 * len("负")
	return len(before) >= two && strings.HasPrefix(after, before[len(before)-two:])
}
