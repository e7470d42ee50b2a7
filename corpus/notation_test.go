package corpus_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

// TestNotations holds in small what each way of writing a responsibility gives, and
// what looks like one and is none.
func TestNotations(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"做好甲。(责任单位:市财政局、市税务局)", "responsible 市财政局 responsible 市税务局"},
		{"做好甲。【牵头单位：市财政局；责任单位：各区政府】", "lead 市财政局 responsible 各区政府"},
		{"做好甲。〔市财政局牵头，税务局配合〕", "lead 市财政局 joint 税务局"},
		{"做好甲。(市财政局、各县(市、区)人民政府按职责分工负责)", "responsible 市财政局 responsible 各县(市、区)人民政府"},
		{"做好甲。(市财政局指导,市税务局参与)", "guide 市财政局 participate 市税务局"},
		{"做好甲。(市财政局、市税务局负责,排在第一位的部门为牵头部门,下同)", "lead 市财政局 responsible 市税务局"},
		{"做好甲。责任单位：市财政局、市税务局。另行考核。", "responsible 市财政局 responsible 市税务局"},
		{"市财政部门负责拨付;区财政部门负责发放。", "responsible 市财政部门 responsible 区财政部门"},
		{"市、区财政部门负责拨付。", "responsible 市、区财政部门 responsible 市、区财政部门"},
		{"甲由市财政局牵头、市税务局配合。", "lead 市财政局 joint 市税务局"},
		{"市财政局会同市税务局制定办法。", "responsible 市财政局 joint 市税务局"},
		{"各区政府负责本辖区工作。", "responsible 各区政府"},
		{"市公安机关主管全市交通安全工作。", "responsible 市公安机关"},
		{"市财政局是主管部门,负责资金拨付。", "responsible 市财政局"},
		{"市财政、公安、教育等部门按照各自职责,协同做好甲。", "joint 市财政 joint 公安 joint 教育"},
		{"具体办法由市财政局另行制定。", "responsible 市财政局"},
		{"经核查不合格的,由市财政局负责追回。", "responsible 市财政局"},

		{"市财政局不负责甲。", ""},
		{"市财政局负责人应当到场。", ""},
		{"市财政局主要负责同志应当到场。", ""},
		{"本办法由市财政局负责解释。", ""},
		{"本办法的解释权归市财政局。", ""},
		{"由市财政局负责审批的,应当公示。", ""},
		{"市财政局负责的项目应当公示。", ""},
		{"如市财政局负责甲,则另行通知。", ""},
		{"落实市长负责制。企业法定代表人负责(主要负责同志负责)。", ""},
		{"甲所需资金由市财政局承担。", ""},
		{"申请人向市财政局提出申请。", ""},
		{"企业应当配合市财政局检查。", ""},
		{"资格由有关部门负责认定。", ""},
	} {
		doc := parse(t, "东河市人民政府关于某事的意见\n一、总则\n"+x.text+"\n二、其他\n其他事项。\n")
		var got []string
		for _, r := range doc.Clauses[0].Responsibilities {
			got = append(got, string(r.Role)+" "+r.AsWritten)
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: %v, want %s", x.text, got, x.want)
		}
	}
}

// TestMetadata holds how numbers, dates and states are written.
func TestMetadata(t *testing.T) {
	const closing = "\n一、总则\n做好甲。\n二、附则\n"
	for _, x := range []struct{ text, field, want string }{
		{"东河市财政局关于甲的通知\n东财〔2023〕5号" + closing, "number", "东财〔2023〕5号"},
		{"东河市财政局关于甲的通知\n东财规字 [2023] 5 号" + closing, "number", "东财规字[2023]5号"},
		{"东河市财政局关于甲的通知\n东财（２０２３）５号" + closing, "number", "东财（2023）5号"},
		{"东河市财政局公告2023年第5号\n东河市财政局关于甲的公告" + closing, "number", "东河市财政局公告2023年第5号"},
		{"东河市人民政府令第二十号\n东河市甲办法" + closing, "number", "东河市人民政府令第二十号"},
		{"东河市财政局 东河市民政局关于甲的通知" + closing, "issuers", "东河市财政局|东河市民政局"},
		{"关于甲的通知" + closing + "办好乙。\n东河市财政局\n东河市民政局\n2023年5月6日", "issuers", "东河市财政局|东河市民政局"},
		{"东河市财政局关于甲的通知\n各区人民政府,市政府各部门、各直属机构:" + closing, "addressees", "各区人民政府|市政府各部门|各直属机构"},
		{"东河市财政局关于甲的通知" + closing + "本通知自2023年7月1日起施行,有效期5年。", "dates", "||2023-07-01|2028-06-30"},
		{"东河市财政局关于甲的通知" + closing + "本通知自印发之日起施行,有效期至2025年12月31日。\n东河市财政局\n2023年5月6日", "dates", "2023-05-06||2023-05-06|2025-12-31"},
		{"东河市财政局关于甲的通知" + closing + "本通知自公布之日起30日后施行,有效期两年。\n东河市财政局\n2023年5月6日\n东河市财政局办公室2023年5月8日印发", "dates", "2023-05-06|2023-05-08|2023-06-07|2025-06-06"},
		{"东河市财政局关于甲的通知" + closing + "《东河市乙办法》(东财〔2018〕1号)、《丙办法》(东财〔2019〕2号)同时废止。", "replaces", "东财〔2018〕1号|东财〔2019〕2号"},
		{"东河市财政局关于甲的通知" + closing + "《东河市乙办法》同时废止。", "replaces", "《东河市乙办法》"},
		{"【已失效】东河市财政局关于甲的通知" + closing, "status", "expired"},
		{"东河市财政局关于甲的通知（已废止）" + closing, "status", "repealed"},
		{"东河市甲办法\n（征求意见稿）" + closing, "status", "draft"},
		{"东河市甲办法（征求意见稿）" + closing, "status", "draft"},
		{"东河市财政局关于甲的通知" + closing + "做好乙。\n附件：1.甲表\n2.乙表\n东河市财政局\n2023年5月6日", "annexes", "甲表|乙表"},
		{"东河市民政局转发省民政厅关于印发《甲办法》的通知的通知" + closing, "encloses", "省民政厅关于印发《甲办法》的通知|甲办法"},
	} {
		d := parse(t, x.text)
		got := map[string]string{
			"number": d.Number, "issuers": strings.Join(d.Issuers, "|"), "addressees": strings.Join(d.Addressees, "|"),
			"dates":    strings.Join([]string{d.Written, d.Published, d.Effective, d.Expires}, "|"),
			"replaces": strings.Join(d.Replaces, "|"), "status": string(d.Status),
			"annexes": strings.Join(d.Annexes, "|"), "encloses": strings.Join(d.Encloses, "|"),
		}[x.field]
		if got != x.want {
			t.Errorf("%s: %s is %q, want %q", x.text, x.field, got, x.want)
		}
	}
}

// TestWarnings holds that what is not understood is said, with its line.
func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		"一、甲\n做好甲。(责任单位:市怪物局)":              "市怪物局",
		"一、甲\n做好甲。(责任单位:":                   "右括号",
		"一、甲\n做好甲由怪物中心负责。":                  "怪物中心",
		"(责任单位:市财政局)做好下列工作。\n一、甲\n做好甲。":     "第一个编号之前",
		"任务\t责任单位\n甲\t无\n乙\t市财政局":           "没有读到单位",
		"一、甲\n做好甲。\n二、附则\n本办法自印发之日起施行。做好乙。": "施行日期",
	} {
		doc := parse(t, "东河市甲办法\n"+text+"\n")
		i := slices.IndexFunc(doc.Warnings, func(w corpus.Warning) bool { return strings.Contains(w.Message, want) })
		if i < 0 {
			t.Errorf("%q: warnings %v, want one of %s", text, doc.Warnings, want)
		} else if doc.Warnings[i].Line < 2 {
			t.Errorf("%q: line %d", text, doc.Warnings[i].Line)
		}
	}
}

// TestHugeDocuments holds that many paragraphs are read in time that grows with
// them, and that more than a path can name are refused.
func TestHugeDocuments(t *testing.T) {
	for _, x := range []struct {
		line  string
		lines int
		ok    bool
	}{
		{"请爱护车辆。\n", 12000, true},
		{"第一条 市财政局负责甲\n", 5000, true},
		{"第一条 市财政局负责甲\n", 10100, false},
		{"一、甲\n", 9000, true},
		{"（", 30000, true},
		{"由市财政局负责，", 5000, true},
		{"以下均需市财政局负责,不再列出。\n", 300, true},
		{"1\t甲\t市财政局\n", 3000, true},
	} {
		doc, err := corpus.Parse("东河市甲办法\n任务\t牵头单位\t责任单位\n"+strings.Repeat(x.line, x.lines), register(t))
		if (err == nil) != x.ok {
			t.Fatalf("%q × %d: %v", x.line, x.lines, err)
		}
		if err == nil {
			checkSpans(t, doc)
		}
	}
}

// TestSectionMark holds that a mark at the end of a section speaks for all its
// paragraphs where a document always writes it there, and for its own where it does not.
func TestSectionMark(t *testing.T) {
	always := "丙市人民政府关于稳定就业的通知\n一、稳定岗位\n缓缴社会保险费。\n返还失业保险费。(市人力资源社会保障局、市税务局负责)\n" +
		"二、鼓励创业\n提供创业场地。\n发放创业贷款。(市财政局负责)\n三、强化服务\n开展招聘活动。(市教育局负责)\n各地要抓好落实。\n"
	for name, tt := range map[string]struct{ text, want string }{
		"always at the end": {always, "[一、第1段 丙市人力资源社会保障局 一、第1段 丙市税务局 一、第2段 丙市人力资源社会保障局 一、第2段 丙市税务局 二、第1段 丙市财政局 二、第2段 丙市财政局 三、第1段 丙市教育局]"},
		"once elsewhere":    {strings.Replace(always, "提供创业场地。", "提供创业场地。(市商务局负责)", 1), "[一、第2段 丙市人力资源社会保障局 一、第2段 丙市税务局 二、第1段 丙市商务局 二、第2段 丙市财政局 三、第1段 丙市教育局]"},
		"one section only":  {strings.Replace(always, "提供创业场地。\n", "", 1), "[一、第2段 丙市人力资源社会保障局 一、第2段 丙市税务局 二、第1段 丙市财政局 三、第1段 丙市教育局]"},
	} {
		var got []string
		for _, c := range parse(t, tt.text).Clauses {
			for _, r := range c.Responsibilities {
				got = append(got, c.Path.String()+" "+r.Bureau)
				if r.Inherited != (r.Basis.String() != c.Path.String()) {
					t.Errorf("%s: %s: inherited %v from %s", name, c.Path, r.Inherited, r.Basis)
				}
			}
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("%s: %v\nwant %s", name, got, tt.want)
		}
	}
}
