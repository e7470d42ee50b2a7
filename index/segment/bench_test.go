package segment

import "testing"

const question = "想贷点款周转应该找哪个部门咨询呢?" // 17 characters and a mark

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(Config{Words: []string{"专精特新", "工业和信息化局"}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	s := newTest(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Terms(question)
	}
}

func BenchmarkWords(b *testing.B) {
	s := newTest(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Words(question)
	}
}

func BenchmarkNormalize(b *testing.B) {
	for name, text := range map[string]string{
		"plain":       question,
		"punctuation": "企业（含个体工商户），可向“主管部门”申请；逾期不候。",
		"traditional": "中小企業申請專項資金須提交哪些資料?",
		"composed":    "㎡㈱ｶﾞe\u0301\u200bＡＢＣ",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Normalize(text)
			}
		})
	}
}

func BenchmarkSound(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Sound(question)
	}
}
