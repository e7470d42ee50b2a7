package corpus_test

import (
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
)

// TestFieldNames reads the same whatever a page calls its fields: a policy whose 失效时间
// is past is not in force.
func TestFieldNames(t *testing.T) {
	for _, names := range []string{
		"标题,发文字号,发布机构,成文日期,发布日期,失效日期",
		"文件名称,文号,发文单位,成文时间,发布时间,失效时间",
		"信息名称,文件编号,发布单位,发文日期,公布日期,废止日期",
		"标  题,文  号,制发机关,成文日期,发布日期,失效时间",
	} {
		n := strings.Split(names, ",")
		text := n[0] + "：甲市扶持办法\n" + n[1] + "：甲府办〔2021〕3号\n" + n[2] + "：甲市人民政府办公室\n" + n[3] + "：2021年4月8日\n" +
			n[4] + "：2021-04-10\n" + n[5] + "：2024年12月31日\n一、支持上市。（市财政局负责）\n"
		d, err := corpus.Parse(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d.Title != "甲市扶持办法" || d.Number != "甲府办〔2021〕3号" || len(d.Issuers) != 1 || d.Issuers[0] != "甲市人民政府办公室" ||
			d.Written != "2021-04-08" || d.Published != "2021-04-10" || d.Expires != "2024-12-31" || len(d.Clauses) != 1 {
			t.Errorf("%s: %q %q %q %s %s %s, %d clauses", names, d.Title, d.Number, d.Issuers, d.Written, d.Published, d.Expires, len(d.Clauses))
		}
		if d.StatusOn("2026-01-01") != corpus.Expired {
			t.Errorf("%s: it is %s", names, d.StatusOn("2026-01-01"))
		}
	}
	if f := corpus.FieldOf("失 效 时 间"); f != corpus.FieldExpires {
		t.Errorf("失 效 时 间 is %q", f)
	}
	if f := corpus.FieldOf("备注"); f != "" {
		t.Errorf("备注 is %q", f)
	}
}
