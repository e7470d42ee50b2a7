package corpus

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The fields that pages put before a policy, as FieldOf names them.
const (
	FieldIndex     = "索引号"
	FieldSubject   = "主题分类"
	FieldKeywords  = "主题词"
	FieldIssuer    = "发布机构"
	FieldWritten   = "成文日期"
	FieldPublished = "发布日期"
	FieldEffective = "实施日期"
	FieldExpires   = "废止日期"
	FieldStatus    = "有效性"
	FieldNumber    = "文号"
	FieldTitle     = "标题"
	FieldSecrecy   = "密级"
)

//go:embed fields.txt
var fieldTable string

// fields are the names that pages give to fields → our names.
var fields = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(fieldTable) {
		field, names, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, name := range strings.Fields(names) {
			out[name] = strings.TrimSpace(field)
		}
	}
	return out
})

// FieldOf returns the field that pages call by a name (失效时间 → FieldExpires), blanks in
// it left out; "" if it is none. Both the parser and the readers of file formats ask it.
func FieldOf(name string) string {
	return fields()[strings.Join(strings.Fields(name), "")]
}

// fieldRe matches a line that begins with a field: its name, and what follows the colon
// or bracket.
var fieldRe = sync.OnceValue(func() *regexp.Regexp {
	var names []string
	for name := range fields() {
		names = append(names, strings.Join(strings.Split(name, ""), `\s*`))
	}
	slices.Sort(names)
	return regexp.MustCompile(`^[\[【]?\s*(` + strings.Join(names, "|") + `)\s*(?:[\]】]|[:：])\s*(.*)$`)
})
