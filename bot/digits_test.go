package bot

import "testing"

func TestInDigits(t *testing.T) {
	for text, want := range map[string]string{
		"到二零二七年要几家": "到2027年要几家", "二〇三〇年底": "2030年底", "一九九八年": "1998年",
		"到二七年": "到2027年", "27年之前": "2027年之前", "开厂27年了": "开厂27年了", "2024年底": "2024年底", "二三年的事": "二三年的事",
		"满意率百分之九十八": "满意率98%", "二百七十家": "270家", "十二家": "12家", "两家": "两家", "一类": "一类", "三百来家": "三百来家",
	} {
		if got := inDigits(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestJoinSeparable(t *testing.T) {
	known := func(s string) bool { return s == "贷款" || s == "上市" }
	for text, want := range map[string]string{
		"贷点款": "贷款", "想贷一笔款": "想贷款", "上个市": "上市", "上个月": "上个月", "贷点儿款上个市": "贷款上市", "点": "点", "": "", "三个人": "三个人",
	} {
		if got := joinSeparable(text, known); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
