package bot

import (
	"fmt"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

type plain struct{ index.Analyzer }

func (plain) Normalize(s string) string { return s }

func TestNumbers(t *testing.T) {
	n := numbersOf(plain{}, []*corpus.Document{{Number: "甲府办函(2024)24号"}, {Number: "乙发(2020)24号"}, {Number: "没有号"}})
	for text, want := range map[string]string{
		"甲府办函(2024)24号讲什么": "[甲府办函(2024)24号]", "24号文的内容": "[24号文]", "甲府办函24号": "[甲府办函24号]", "看(2024)24号文件": "[(2024)24号文件]",
		"2020年第24号": "[2020年第24号]", "甲府办函里": "[甲府办函]", "124号": "[]", "25号": "[]", "没有": "[]",
		"甲府办函(2024)24号和乙发(2020)24号": "[甲府办函(2024)24号 乙发(2020)24号]",
	} {
		found := []string{}
		for _, s := range n.find(text) {
			found = append(found, text[s[0]:s[1]])
		}
		if got := fmt.Sprint(found); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
