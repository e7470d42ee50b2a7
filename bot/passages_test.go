package bot

import (
	"strings"
	"testing"
)

// What stands in a text is never said to be missing, and most of what does not stand
// there is.
func TestRunes(t *testing.T) {
	text := "鼓励银行向小微企业发放信用贷款,对首次贷款给予贴息;𠮷野家 ABC\u0301"
	has := runesOf(text)
	for from := range text {
		for to := range text[from:] {
			if part := text[from : from+to]; !has.holds(part) {
				t.Errorf("%q is missing", part)
			}
		}
	}
	missed := 0
	foreign := strings.Split("养老 幼儿 户籍 护照 婚姻 社保 医疗 公积 垃圾 宠物 驾照 车牌 地铁 公园 学校 高考 租房 物业 天气 税收", " ")
	for _, word := range foreign {
		if !has.holds(word) {
			missed++
		}
	}
	if missed < len(foreign)*8/10 {
		t.Errorf("only %d of %d foreign words are known to be missing", missed, len(foreign))
	}
}
