package corpus_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

func TestResolve(t *testing.T) {
	reg := register(t)
	for _, x := range []struct {
		written, prefix, region, want string
		known                         bool
	}{
		{"市场监管局", "市", "清远市", "清远市市场监督管理局", true},
		{"市市场监督管理局", "", "清远市", "清远市市场监督管理局", true},
		{"市市监局", "", "清远市", "清远市市场监督管理局", true},
		{"市监局", "市", "清远市", "清远市市场监督管理局", true},
		{"发展改革局", "市", "清远市", "清远市发展改革局", true},
		{"住房城乡建设局", "市", "清远市", "清远市住房城乡建设局", true},
		{"市住建局", "", "清远市", "清远市住房和城乡建设局", true},
		{"清远市财政局", "", "清远市", "清远市财政局", true},
		{"财政局", "", "清远市", "清远市财政局", true},
		{"中国人民银行清远市分行", "", "清远市", "中国人民银行清远市分行", true},
		{"清远海关", "市", "清远市", "清远海关", true},
		{"国家税务总局清远市税务局", "", "清远市", "国家税务总局清远市税务局", true},
		{"各县(市、区)人民政府", "市", "清远市", "各县(市、区)人民政府", true},
		{"各县（市、区）人民政府", "市", "清远市", "各县（市、区）人民政府", true},
		{"省工业和信息化厅", "", "清远市", "省工业和信息化厅", true},
		{"工信厅", "省", "江西省", "江西省工业和信息化厅", true},
		{"区财政局", "", "北京市石景山区", "北京市石景山区财政局", true},
		{"市财政局", "", "北京市石景山区", "北京市财政局", true},
		{"市教育部门", "", "清远市", "清远市教育局", true},
		{"财政部", "", "清远市", "财政部", true},
		// Cities call the body that people call so by several names: none is made up.
		{"市热线中心", "", "清远市", "清远市热线中心", true},
		{"市金融局", "", "清远市", "清远市金融局", true},
		{"市奇妙办", "", "清远市", "市奇妙办", false},
		{"", "", "", "", false},
	} {
		name, known := reg.Resolve(x.written, x.prefix, x.region)
		if name != x.want || known != x.known {
			t.Errorf("%s (%s, %s) is %s, %v; want %s, %v", x.written, x.prefix, x.region, name, known, x.want, x.known)
		}
	}
}

func TestMentionsMatchBodies(t *testing.T) {
	reg := register(t)
	doc := parse(t, foundingText())
	seen := map[string]bool{}
	var bodies []string
	for _, c := range doc.Clauses {
		for _, r := range c.Responsibilities {
			if !seen[r.Bureau] {
				seen[r.Bureau] = true
				bodies = append(bodies, r.Bureau)
			}
		}
	}
	for question, want := range map[string]string{
		"市监局管不管收费?":   "清远市市场监督管理局",
		"市金融局在哪里":     "清远市金融工作局",
		"税局负责哪些":      "国家税务总局清远市税务局",
		"人行和金监局一起吗":   "中国人民银行清远市分行|国家金融监督管理总局清远监管分局",
		"工信菜":         "清远市工业和信息化局",
		"住建局管土地吗":     "清远市住房城乡建设局",
		"政数局":         "清远市政务服务数据管理局",
		"高新区要做什么":     "清远高新区管委会",
		"县区政府要做什么":    "各县(市、区)人民政府",
		"海关认证找谁":      "清远海关",
		"人社局、科技局和教育局": "清远市人力资源和社会保障局|清远市科学技术局|清远市教育局",
		"环保局":         "清远市生态环境局",
		"国土局":         "清远市自然资源局",
		"发改委":         "清远市发展改革局",
		"银保监分局":       "国家金融监督管理总局清远监管分局",
		"公安局管吗":       "",
		"想贷点款周转找谁":    "",
		"中国人民银行清远市分行做什么的": "中国人民银行清远市分行",
	} {
		var got []string
		for _, m := range reg.Mentions(question) {
			if question[m.Start:m.End] != m.Name {
				t.Errorf("%s: mention %+v is not a span", question, m)
			}
			got = append(got, reg.Match(m.Name, bodies)...)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %v, want %s (mentions %+v)", question, got, want, reg.Mentions(question))
		}
	}
}

func TestNewRegisterErrors(t *testing.T) {
	for _, in := range []string{"", "{}", `{"kinds":[{"name":"x"}]}`, `{"kinds":[{"name":"a","forms":[["甲局"]]},{"name":"b","forms":[["甲局"]]}]}`} {
		if _, err := corpus.NewRegister([]byte(in)); err == nil {
			t.Errorf("%q is accepted", in)
		}
	}
}

// TestRegisterNamesNoPlace holds that the register serves every city alike.
func TestRegisterNamesNoPlace(t *testing.T) {
	register(t).Names(func(name, kind string) bool {
		for _, place := range []string{"清远", "广东", "北京", "广州"} {
			if strings.Contains(name, place) {
				t.Errorf("%s of %s names a place", name, kind)
			}
		}
		return true
	})
}
