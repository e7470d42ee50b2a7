package corpus_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

func TestRegionOf(t *testing.T) {
	places, err := corpus.ParsePlaces("places.txt", "东省 甲甲市 = 乙乙县 丙丙区 在市\n东省 丁丁市 = 戊戊县\n")
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := corpus.ParseLexicon("numbers.txt", "全国 = 国发\n甲甲市 = 甲甲府\n")
	if err != nil {
		t.Fatal(err)
	}
	places.SetNumbers(numbers)
	const body = "\n一、总则\n对企业给予贴息。\n"
	for text, want := range map[string]string{
		"甲甲市人民政府关于扶持机床产业的通知" + body:                  "甲甲市",
		"东省甲甲市人民政府关于扶持机床产业的通知" + body:                "东省甲甲市",
		"甲甲市丙丙区教育局关于招生的通知" + body:                    "甲甲市丙丙区",
		"关于扶持机床产业的通知" + body + "丁丁市财政局\n2024年1月2日\n": "丁丁市",
		"国家税务总局甲甲市税务局关于办税的通知" + body:                 "甲甲市",
		"中国人民银行丁丁市分行关于贷款的通知" + body:                  "丁丁市",
		"中共甲甲市委关于发展产业的意见" + body:                     "甲甲市",
		"中新区财政局关于贴息的通知" + body:                       "中新区", // there are new ones
		// The whole country.
		"国务院关于在市场监管领域推行联合监管的意见" + body: corpus.Nation,
		"国务院办公厅关于行政执法的意见" + body:       corpus.Nation,
		"财政部关于贴息的通知" + body:            corpus.Nation,
		"财政部办公厅关于贴息的通知" + body:         corpus.Nation,
		"关于贴息的通知\n国发〔2020〕7号" + body:   corpus.Nation,
		// By the number, by the title.
		"关于贴息的通知\n甲甲府〔2020〕7号" + body:                "甲甲市",
		"怎么申领甲甲市社会保障卡?" + body:                       "甲甲市",
		"2026年甲甲市丙丙区学位申请指引" + body:                   "甲甲市丙丙区",
		"无需垫付!甲甲异地就医备案快速办理" + body:                   "甲甲市",
		"关于支援甲甲市和丁丁市的措施" + body:                      "", // of which?
		"市财政局关于贴息的通知" + body:                         "", // of which city?
		"市财政局关于贴息的通知" + body + "财政部办公厅\n2024年1月2日\n": "",
		"促进城市更新若干措施" + body:                          "",
		"电子居住证如何申领" + body:                           "",
		"本市财政局关于贴息的通知" + body:                        "",
	} {
		d, err := corpus.ParseAt(text, register(t), corpus.Where{Places: places})
		if err != nil {
			t.Fatal(err)
		}
		if d.Region != want || d.RegionGiven {
			t.Errorf("%.40q is of %q, want %q", text, d.Region, want)
		}
	}
}

// What somebody says counts more than the text, and names the bureaus.
func TestRegionGiven(t *testing.T) {
	places, err := corpus.ParsePlaces("places.txt", "东省 甲甲市 = 乙乙县\n")
	if err != nil {
		t.Fatal(err)
	}
	const text = "关于扶持机床产业的通知\n一、总则\n对企业给予贴息。(市财政局负责)\n"
	for region, want := range map[string][2]string{
		"甲甲市":         {"甲甲市", "甲甲市财政局"},
		"甲甲":          {"甲甲市", "甲甲市财政局"},
		"乙乙县":         {"乙乙县", "市财政局"},
		corpus.Nation: {corpus.Nation, "市财政局"},
		"":            {"", "市财政局"},
	} {
		where := corpus.Where{Places: places, Region: region}
		if err := where.Check(); err != nil {
			t.Errorf("%s: %v", region, err)
		}
		d, err := corpus.ParseAt(text, register(t), where)
		if err != nil {
			t.Fatal(err)
		}
		if bureau := d.Clauses[0].Responsibilities[0].Bureau; d.Region != want[0] || bureau != want[1] || d.RegionGiven != (region != "") {
			t.Errorf("%q: of %s, %s, given %v", region, d.Region, bureau, d.RegionGiven)
		}
	}
	for _, region := range []string{"不知道", "甲"} {
		if err := (corpus.Where{Places: places, Region: region}).Check(); !errors.Is(err, corpus.ErrNoPlace) {
			t.Errorf("%s: %v", region, err)
		}
	}
}

// No real document is given a place that there is not.
func TestRegionsOfRealDocuments(t *testing.T) {
	files, _ := filepath.Glob(realFolder + "/*.txt")
	v, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := corpus.ParseAt(string(text), register(t), corpus.Where{Places: v.Places})
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		if strings.HasPrefix(name, "gov-") && d.Region != corpus.Nation {
			t.Errorf("%s is of %q", name, d.Region)
		}
		if strings.HasPrefix(name, "gz-") && d.Region != "" && !strings.HasPrefix(d.Region, "广") {
			t.Errorf("%s is of %q", name, d.Region)
		}
		if d.Region == "" {
			unknown++
		} else if err := (corpus.Where{Places: v.Places, Region: d.Region}).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(files) > 0 && unknown*5 > len(files) {
		t.Errorf("of %d of %d documents the region is unknown", unknown, len(files))
	}
}
