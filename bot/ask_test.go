package bot_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/bot"
	"github.com/wence-bot/wence/corpus"
)

// The sentences of the made-up policy that answer something.
const (
	sayLoan     = "设立家具产业信贷风险补偿资金,引导银行机构发放“家具贷”,缓解企业周转困难。"
	sayInterest = "对按时还款的企业给予贷款贴息。"
	sayListing  = "支持家具企业到境内外证券交易所挂牌上市,开展上市辅导。"
	sayMachine  = "支持家具企业购置智能生产线,对设备投资给予最高80万元的一次性补助。"
	sayTimber   = "建设木材集散交易中心,推广人工速生林,支持企业开展境外木材采购。"
	sayTrain    = "依托赣州国际陆港开行家具木材班列,压缩通关时间,降低运输成本。"
	sayJobs     = "支持职业院校开设家具设计与制造专业,每年举办家具行业专场招聘会。"
	sayPaint    = "推广水性漆替代油性漆,建设共享喷涂中心,集中处理挥发性有机物。"
	sayGoal     = "到2028年,全市家具产业集群产值达到3000亿元,培育家具龙头企业20家以上,推动3家家具企业挂牌上市。"
	sayNote     = "以下均需要赣州经开区管委会、各县(市、区)人民政府负责,不再列出"
)

// An asked is a question and what its answer must be.
type asked struct {
	text    string
	history []string
	bureaus []string // all of them, in order
	quotes  []string // the best one first; further sentences of the same clauses may follow
	places  []string // of the quotes, each once
	says    []string // stands in the text
	never   []string // does not
}

func (w asked) run(t *testing.T, c *city) {
	t.Helper()
	a := c.ask(t, w.text, w.history...)
	if a.Outcome != bot.Answered {
		t.Errorf("%q after %q: %s, want an answer:\n%s", w.text, w.history, a.Outcome, a.Text)
		return
	}
	if got := names(a); !slices.Equal(got, append([]string{}, w.bureaus...)) {
		t.Errorf("%q after %q: bureaus %v, want %v", w.text, w.history, got, w.bureaus)
	}
	var quotes []string
	for _, c := range a.Citations {
		quotes = append(quotes, c.Quote)
	}
	for i, want := range w.quotes {
		if !slices.Contains(quotes, want) || i == 0 && quotes[0] != want {
			t.Errorf("%q after %q: quotes %q, want %q", w.text, w.history, quotes, w.quotes)
		}
	}
	if got := places(a); !slices.Equal(got, w.places) {
		t.Errorf("%q after %q: cites %v, want %v", w.text, w.history, got, w.places)
	}
	contains(t, w.text, a.Text, append(slices.Concat(w.bureaus, w.quotes), w.says...)...)
	lacks(t, w.text, a.Text, w.never...)
}

func runAll(t *testing.T, questions []asked) {
	c := newCity(t, nil)
	for _, w := range questions {
		w.run(t, c)
	}
}

// everybody is the bureaus of a clause below the standing note: its own and the shared ones.
func everybody(own ...string) []string { return append(own, zone, counties) }

func TestAskWho(t *testing.T) {
	runAll(t, []asked{
		{text: "家具厂缺钱想贷款找谁?", bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayInterest}, places: []string{"二、(二)第1段"},
			says: []string{finance + "、" + banking + "负责。", "共同负责:" + zone + "、" + counties + "(依据二、(一)第1段)", "出处:赣市府办发〔2025〕6号 二、(二)第1段(拓宽融资渠道)"}},
		{text: "公司想上市归谁管", bureaus: everybody(banking), quotes: []string{sayListing}, places: []string{"二、(二)第2段"}},
		{text: "木材不够用,该找哪个局?", bureaus: everybody(forestry, commerce), quotes: []string{sayTimber}, places: []string{"二、(三)第1段"}},
		// The customs are part of what is asked about, not whom it is about.
		{text: "海关通关能不能快一点", bureaus: everybody(commerce, transport, customs), quotes: []string{sayTrain}, places: []string{"二、(三)第2段"}, never: []string{"在责任单位之列"}},
		{text: "通关太慢找谁", bureaus: everybody(commerce, transport, customs), quotes: []string{sayTrain}, places: []string{"二、(三)第2段"}},
		{text: "喷漆废气归哪个部门管?", bureaus: everybody(ecology), quotes: []string{sayPaint}, places: []string{"二、(五)第1段"}},
		{text: "想上智能生产线,归谁管?", bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"},
			says: []string{industry + "牵头。", finance + "、" + science + "配合。"}, never: []string{"共同负责"}},
		{text: "6号文里木材归谁管", bureaus: everybody(forestry, commerce), quotes: []string{sayTimber}, places: []string{"二、(三)第1段"}},
		{text: "《赣州市促进家具产业高质量发展若干措施》里招聘会谁管", bureaus: everybody(education, labour), quotes: []string{sayJobs}, places: []string{"二、(四)第1段"}},
		{text: "南康区家具厂招不到人找谁", bureaus: everybody(education, labour), quotes: []string{sayJobs}, places: []string{"二、(四)第1段"}},
	})
}

func TestAskRoles(t *testing.T) {
	c := newCity(t, nil)
	got := map[string]bot.ResponsibleBureau{}
	for _, b := range append(c.ask(t, "想上智能生产线,归谁管?").Bureaus, c.ask(t, "木材不够用找谁").Bureaus...) {
		got[b.Name] = b
	}
	first, timber := bot.Basis{Clause: "二、(一)", Paragraph: 1}, bot.Basis{Clause: "二、(三)", Paragraph: 1}
	for _, want := range []bot.ResponsibleBureau{
		{Name: industry, AsWritten: "市工业和信息化局", Role: corpus.Lead, Basis: first},
		{Name: finance, AsWritten: "市财政局", Role: corpus.Joint, Basis: first},
		{Name: forestry, AsWritten: "市林业局", Role: corpus.Responsible, Basis: timber},
		{Name: zone, AsWritten: zone, Role: corpus.Shared, Basis: first},
		{Name: counties, AsWritten: counties, Role: corpus.Shared, Basis: first},
	} {
		if got[want.Name] != want {
			t.Errorf("have %+v, want %+v", got[want.Name], want)
		}
	}
}

func TestAskYesNo(t *testing.T) {
	c := newCity(t, nil)
	jobs := asked{bureaus: everybody(education, labour), quotes: []string{sayJobs}, places: []string{"二、(四)第1段"}}
	for text, w := range map[string]struct{ says, never []string }{
		"招聘会是教育局负责吗?":   {[]string{"是," + education + "在责任单位之列"}, []string{"不在责任单位之列"}},
		"招聘会是财政局负责吗?":   {[]string{finance + "不在责任单位之列"}, []string{"是," + finance}},
		"不是说招聘会归商务局吗":   {[]string{commerce + "不在责任单位之列"}, []string{"是," + commerce}},
		"招聘会归公安局管吗":     {[]string{"公安局不在责任单位之列"}, []string{"是,"}},
		"招聘会由教育局和商务局管吗": {[]string{"是," + education + "在责任单位之列", commerce + "不在责任单位之列"}, []string{"是," + commerce}},
	} {
		q := jobs
		q.text, q.says, q.never = text, w.says, w.never
		q.run(t, c)
	}
}

func TestAskShared(t *testing.T) {
	loan := asked{bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayNote}, places: []string{"二、(二)第1段", "二、(一)第1段"}, never: []string{"不在责任单位之列"}}
	park, county := loan, loan
	park.text, park.says = "家具贷归经开区管委会管吗?", []string{"是," + zone + "共同负责"}
	county.text, county.says = "家具贷南康区政府要管吗?", []string{"是," + counties + "共同负责"}
	runAll(t, []asked{park, county, {
		// The note speaks of what stands below it.
		text: "智能生产线归经开区管委会管吗?", bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"},
		says: []string{zone + "不在责任单位之列"},
	}})
}

func TestAskDuties(t *testing.T) {
	below := []string{"二、(二)第1段", "二、(二)第2段", "二、(三)第1段", "二、(三)第2段", "二、(四)第1段", "二、(五)第1段"}
	c := newCity(t, nil)
	for text, w := range map[string]struct {
		bureau string
		places []string
		says   string
	}{
		"财政局负责什么?":    {finance, []string{"二、(一)第1段", "二、(二)第1段"}, finance + "在现有政策文件里负责这些事:"},
		"市商务局的职责有哪些":  {commerce, []string{"二、(三)第1段", "二、(三)第2段"}, "2. 赣市府办发〔2025〕6号 二、(三)第2段 保障原料供应"},
		"海关管什么":       {customs, []string{"二、(三)第2段"}, customs},
		"经开区管委会要做什么?": {zone, below, zone + "对下列各段共同负责(依据二、(一)第1段)"},
		"财政局":         {finance, []string{"二、(一)第1段", "二、(二)第1段"}, finance},
	} {
		a := c.ask(t, text)
		if a.Outcome != bot.Answered || !slices.Equal(names(a), []string{w.bureau}) || !slices.Equal(places(a), w.places) {
			t.Errorf("%q: %s, %v at %v, want %s at %v", text, a.Outcome, names(a), places(a), w.bureau, w.places)
		}
		contains(t, text, a.Text, w.says)
	}
	if a := c.ask(t, "经开区管委会要做什么?"); strings.Contains(a.Text, "负责这些事") || a.Bureaus[0].Role != corpus.Shared {
		t.Errorf("a shared duty is told as an own one: %+v\n%s", a.Bureaus, a.Text)
	}
}

func TestAskTwoMatters(t *testing.T) {
	runAll(t, []asked{
		{text: "家具贷找谁,上市辅导又找谁?", bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayListing}, places: []string{"二、(二)第1段", "二、(二)第2段"}},
		{text: "来电人问两件事:一、家具贷;二、招聘会。", bureaus: append(everybody(finance, banking), education, labour), quotes: []string{sayLoan, sayJobs}, places: []string{"二、(二)第1段", "二、(四)第1段"}},
		{text: "1.家具贷 2.招聘会", bureaus: append(everybody(finance, banking), education, labour), quotes: []string{sayLoan, sayJobs}, places: []string{"二、(二)第1段", "二、(四)第1段"}},
		{text: "木材班列和招聘会分别归谁管", bureaus: append(everybody(commerce, transport, customs), education, labour),
			quotes: []string{sayTrain, sayJobs}, places: []string{"二、(三)第2段", "二、(四)第1段"}, says: []string{"保障原料供应:", "壮大人才队伍:"}},
		{text: "家具贷、木材班列、招聘会各归哪个部门", bureaus: append(everybody(finance, banking), commerce, transport, customs, education, labour),
			quotes: []string{sayLoan, sayTrain, sayJobs}, places: []string{"二、(二)第1段", "二、(三)第2段", "二、(四)第1段"}},
	})
}

func TestAskFollowUp(t *testing.T) {
	loan := []string{"家具厂缺钱想贷款找谁?"}
	runAll(t, []asked{
		{text: "那上市呢?", history: loan, bureaus: everybody(banking), quotes: []string{sayListing}, places: []string{"二、(二)第2段"}},
		{text: "这个归谁管", history: loan, bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayInterest}, places: []string{"二、(二)第1段"}},
		{text: "那管委会要不要管", history: loan, bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayInterest, sayNote},
			places: []string{"二、(二)第1段", "二、(一)第1段"}, says: []string{"是," + zone + "共同负责"}},
		{text: "那财政局呢", history: []string{"招聘会是教育局负责吗?"}, bureaus: everybody(education, labour), quotes: []string{sayJobs},
			places: []string{"二、(四)第1段"}, says: []string{finance + "不在责任单位之列"}},
		{text: "补多少", history: []string{"想上智能生产线,归谁管?"}, bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"}},
		// Small talk in between is no matter, and the latest matter counts.
		{text: "这个归谁管", history: []string{"喷漆废气归哪个部门管?", "公司想上市归谁管", "谢谢"}, bureaus: everybody(banking), quotes: []string{sayListing}, places: []string{"二、(二)第2段"}},
	})
	if a := newCity(t, nil).ask(t, "这个归谁管"); a.Outcome != bot.Clarify {
		t.Errorf("a follow-up of nothing: %s", a.Outcome)
	}
}

func TestAskFigures(t *testing.T) {
	runAll(t, []asked{
		{text: "买智能生产线最高补多少钱?", bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"}, never: []string{"没有写明"}},
		{text: "家具贷贴息多少钱?", bureaus: everybody(finance, banking), quotes: []string{sayLoan, sayInterest}, places: []string{"二、(二)第1段"},
			says: []string{"引用的原文没有写明具体金额或标准"}, never: []string{"万元", "%", "80"}},
		{text: "智能生产线补助什么时候到账", bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"},
			says: []string{"引用的原文没有写明具体日期或期限"}},
		{text: "智能生产线补助申报条件是什么", bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"},
			says: []string{"引用的原文没有写明条件、材料或办理流程"}},
		// A clause that names no bureau says so.
		{text: "家具龙头企业有几家", quotes: []string{sayGoal}, places: []string{"一、第1段"}, says: []string{"这一段没有写明责任单位"}},
		{text: "2028年家具产业产值目标是多少?", quotes: []string{sayGoal}, places: []string{"一、第1段"}, says: []string{"这一段没有写明责任单位"}},
		// The figure stands elsewhere than what is done for the matter.
		{text: "计划推动几家企业挂牌上市", quotes: []string{sayGoal}, places: []string{"一、第1段"}, never: []string{"没有写明具体数字"}},
		// A wrong figure is put right by the quote, not repeated.
		{text: "家具龙头企业目标是30家吗", quotes: []string{sayGoal}, places: []string{"一、第1段"}, never: []string{"30家"}},
	})
}

func TestAskInOtherWords(t *testing.T) {
	c := newCity(t, nil)
	loan := asked{bureaus: everybody(finance, banking), quotes: []string{sayLoan}, places: []string{"二、(二)第1段"}}
	timber := asked{bureaus: everybody(forestry, commerce), quotes: []string{sayTimber}, places: []string{"二、(三)第1段"}}
	paint := asked{bureaus: everybody(ecology), quotes: []string{sayPaint}, places: []string{"二、(五)第1段"}}
	jobs := asked{bureaus: everybody(education, labour), quotes: []string{sayJobs}, places: []string{"二、(四)第1段"}}
	machine := asked{bureaus: []string{industry, finance, science}, quotes: []string{sayMachine}, places: []string{"二、(一)第1段"}}
	for text, w := range map[string]asked{
		"召聘会谁管": jobs, "照聘会归哪个部门": jobs, "生铲线归谁管": machine, "水性七谁管": paint, "信待风险补偿找谁": loan, // homophones
		"噴漆廢氣歸邊個部門管": paint, "家具貸款風險補償找誰": loan, // traditional
		"想買木材搵邊個部門": timber, "家具厂冇钱周转搵边个": loan, "木头唔够点算": timber, // dialect
		"ＳＭＡＲＴ智能生产线　找谁？！": machine, "“家具贷”找谁": loan, // full width, quotes
		"你好,家具贷找谁": loan, "谢谢,再问下家具贷找谁": loan, "我从深圳搬到赣州,家具贷找谁": loan, // wrapped
		"我在清远的厂想搬过来,家具贷找谁": loan, "清远老板准备来投资,家具贷找谁": loan, // of a newcomer
		"家具贷\x00找谁": loan, "家具贷\xff\xfe找谁": loan, "家\u200b具贷找谁🙏": loan, // dirt
	} {
		w.text = text
		w.run(t, c)
	}
}

// TestAskJSON holds the contract of wence ask --jsonl.
func TestAskJSON(t *testing.T) {
	c := newCity(t, nil)
	for _, text := range []string{"2028年家具产业产值目标是多少?", "家具贷找谁", "你好", ""} {
		raw, err := json.Marshal(c.ask(t, text))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"id", "outcome", "text", "bureaus", "citations", "suggestions", "took_us"} {
			if v, ok := got[key]; !ok || string(v) == "null" {
				t.Errorf("%q: %s is %s in %s", text, key, v, raw)
			}
		}
	}
	raw, err := json.Marshal(c.ask(t, "想上智能生产线,归谁管?").Citations[0])
	if err != nil {
		t.Fatal(err)
	}
	contains(t, "citation", string(raw), `"document":{"id":"赣市府办发-2025-6号","number":"赣市府办发〔2025〕6号","title":"`, `"status":"in_force"`,
		`"clause":"二、(一)"`, `"heading":"推进智能改造"`, `"paragraph":1`, `"url":"/p/`, `#2.1.1"`)
}

// Of a long text only the beginning is read, and the answer says so; one that is just not
// too long is read whole.
func TestAskLong(t *testing.T) {
	c := newCity(t, nil)
	const question, filler = "家具厂缺钱想贷款找谁?", "嗯"
	whole := question + strings.Repeat(filler, 600-utf8.RuneCountInString(question))
	for text, want := range map[string]bool{whole: false, whole + filler: true, question: false, strings.Repeat("某某", 1000): true} {
		a := c.ask(t, text)
		const said = "您写的内容较长,只读了开头600字;后面的请分开来问。"
		if strings.HasPrefix(a.Text, said) != want || slices.Contains(a.Remarks, said) != want {
			t.Errorf("%d characters: %s, remarks %q", utf8.RuneCountInString(text), a.Text, a.Remarks)
		}
	}
	if a := c.ask(t, "转人工"+strings.Repeat("!", 1000)); a.Outcome == bot.HandedOver && strings.Contains(a.Text, "600") {
		t.Errorf("who wants a person is told how much was read: %s", a.Text)
	}
}
