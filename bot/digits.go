package bot

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// Figures that policies write in digits and people in words, or a voice input for them:
// years, shares, and counts from ten on. 两家 and 一类 rather count words than figures.
var (
	saidYear  = regexp.MustCompile(`(?:二[零〇]|一九)[零〇一二三四五六七八九]{2}年`)
	saidShort = regexp.MustCompile(`(^|[^0-9` + hanDigits + `])(` + shortYear + `)(年(?:之前|以前|年?底|末))|([到至止])(` + shortYear + `)(年)`)
	saidShare = regexp.MustCompile(`百分之[一二三四五六七八九十百]+`)
	saidCount = regexp.MustCompile(`[一二三四五六七八九十百千两]{2,}(?:家|类|强)`)
)

// shortYear is a year of this century by its last two digits, as people say it where it
// can be no number of years: 到二七年.
const shortYear = `二[四五六七八九]|三[零〇一二三四五]|2[4-9]|3[0-5]`

// inDigits writes the figures of a question in digits: 二零二七年 as 2027年, 百分之九十八 as
// 98%, 二百七十家 as 270家. What is no number stays as it is.
func inDigits(text string) string {
	text = saidYear.ReplaceAllStringFunc(text, func(s string) string { return hanYear.Replace(s) })
	text = saidShort.ReplaceAllStringFunc(text, func(s string) string {
		m := saidShort.FindStringSubmatch(s)
		return m[1] + m[4] + "20" + hanYear.Replace(m[2]+m[5]) + m[3] + m[6]
	})
	text = saidShare.ReplaceAllStringFunc(text, func(s string) string {
		return number(s, strings.TrimPrefix(s, "百分之"), "%")
	})
	return saidCount.ReplaceAllStringFunc(text, func(s string) string {
		unit := len(s) - len("家")
		return number(s, s[:unit], s[unit:])
	})
}

var hanYear = strings.NewReplacer("零", "0", "〇", "0", "一", "1", "二", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")

// number returns the number that han is with its unit, or s if it is none.
func number(s, han, unit string) string {
	n, size := corpus.ScanHan(han)
	if size != len(han) {
		return s
	}
	return strconv.Itoa(n) + unit
}
