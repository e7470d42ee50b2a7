package bot

import (
	"regexp"
	"slices"

	"github.com/wence-bot/wence/corpus"
)

// Where examples lead to the clauses of a policy they say which clause answers what kind
// of question. In a policy that was put in there are none, so the form of a clause has to
// say it: who asks for conditions wants the one with the list, who asks when the one with
// the day, who asks whom the one that gives the task.

// What the form of a clause is worth. Tried on questions about 20 policies of one city.
const (
	suitsList   = 0.5  // introduces the list that is asked for
	suitsDay    = 0.3  // says when something is due
	suitsMoney  = 0.3  // names a sum
	suitsDuty   = 0.3  // gives somebody a task, beside preferDutyWho …
	suitsHead   = 0.3  // … or makes them the body in charge
	suitsNotice = -0.5 // only says that something is issued
	suitsAnnex  = -2.0 // only names files to be downloaded
)

var (
	listAhead = regexp.MustCompile(`(?:下列|以下|如下)[^。;]{0,6}(?:条件|材料|资料|程序|流程|步骤)|(?:条件|材料|资料|程序|流程|步骤)(?:如下|为|包括|是|:)`)
	dueOn     = regexp.MustCompile(`(?:时间|期限|截止|有效期|日期)[^。;]{0,20}[0-9一二三四五六七八九十]+\s*(?:年|个?月|日|天|个工作日)|[0-9]{1,2}月[0-9]{1,2}日`)
	inCharge  = regexp.MustCompile(`主管部门|主管单位|牵头`)
	download  = regexp.MustCompile(`(?:附件|表格)[^。]{0,30}下载|\.(?:docx?|xlsx?|wps|pdf|zip|rar)(?:$|[^a-z])`)
)

// suits returns what the form of a sentence of p adds to its score.
func (rk *ranking) suits(p *prepared, s sentence) float64 {
	if rk.examples.leads[p.doc.ID] {
		return 0
	}
	worth := 0.0
	if len(p.clause.Path) > 0 && p.clause.Path[0].Level == corpus.LevelNotice {
		worth += suitsNotice
	}
	if download.MatchString(s.norm) {
		worth += suitsAnnex
	}
	own := slices.ContainsFunc(p.clause.Responsibilities, func(r corpus.Responsibility) bool { return !r.Inherited })
	switch {
	case rk.aims[aimDate]:
		if dueOn.MatchString(s.norm) {
			worth += suitsDay
		}
	case rk.aims[aimTerms] && rk.listed(s.norm):
		worth += suitsList
	case rk.aims[aimAmount] && money.MatchString(s.norm):
		worth += suitsMoney
	case rk.aims[aimWho] && !rk.aims[aimNumber] && own:
		if worth += suitsDuty; inCharge.MatchString(s.norm) {
			worth += suitsHead
		}
	}
	return worth
}

// listed reports whether a sentence introduces a list of what is asked for by name, such
// as conditions, or else any.
func (rk *ranking) listed(sentence string) bool {
	list := listAhead.FindString(sentence)
	for _, kind := range listKinds {
		if kind.MatchString(rk.text) {
			return kind.MatchString(list)
		}
	}
	return list != ""
}

// listKinds are the words for what lists hold, those for the same in one.
var listKinds = []*regexp.Regexp{regexp.MustCompile(`条件|资格`), regexp.MustCompile(`材料|资料`), regexp.MustCompile(`程序|流程|步骤`)}
