package extract

import (
	"strconv"
	"strings"
)

// formatNumber prints a number in one of the formats of Word (ST_NumberFormat).
// One that it does not know is printed in digits.
func formatNumber(format string, n int) string {
	if n < 0 {
		n = 0
	}
	switch format {
	case "none":
		return ""
	case "chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting", "taiwaneseCountingThousand", "koreanCounting":
		return hanNumber(n, "零一二三四五六七八九", "十百千")
	case "chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal":
		return hanNumber(n, "零壹贰叁肆伍陆柒捌玖", "拾佰仟")
	case "ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand":
		return digits(n, []rune("〇一二三四五六七八九"))
	case "decimalFullWidth", "decimalFullWidth2":
		return digits(n, []rune("０１２３４５６７８９"))
	case "ideographTraditional":
		return pick(n, "甲乙丙丁戊己庚辛壬癸")
	case "ideographZodiac":
		return pick(n, "子丑寅卯辰巳午未申酉戌亥")
	case "decimalEnclosedCircle", "decimalEnclosedCircleChinese":
		return pick(n, "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉑㉒㉓㉔㉕㉖㉗㉘㉙㉚")
	case "decimalEnclosedParen":
		return pick(n, "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇")
	case "decimalEnclosedFullstop":
		return pick(n, "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛")
	case "ideographEnclosedCircle":
		return pick(n, "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉")
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	case "upperRoman":
		return roman(n)
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperLetter":
		return letters(n)
	case "lowerLetter":
		return strings.ToLower(letters(n))
	}
	return strconv.Itoa(n)
}

// hanNumber prints n as people count: 十, 十一, 二十, 一百零一.
func hanNumber(n int, digits, units string) string {
	d, u := []rune(digits), []rune(units)
	if n == 0 {
		return string(d[0])
	}
	if n >= 10000 {
		return strconv.Itoa(n)
	}
	var out []rune
	zero := false
	for place, scale := 3, 1000; scale > 0; place, scale = place-1, scale/10 {
		v := n / scale % 10
		if v == 0 {
			zero = len(out) > 0
			continue
		}
		if zero {
			out = append(out, d[0])
			zero = false
		}
		if place != 1 || v != 1 || len(out) > 0 { // 十一, but 一百一十一
			out = append(out, d[v])
		}
		if place > 0 {
			out = append(out, u[place-1])
		}
	}
	return string(out)
}

func digits(n int, of []rune) string {
	var b strings.Builder
	for _, c := range strconv.Itoa(n) {
		b.WriteRune(of[c-'0'])
	}
	return b.String()
}

// pick returns the n-th of a row of signs, or digits beyond its end.
func pick(n int, row string) string {
	signs := []rune(row)
	if n < 1 || n > len(signs) {
		return strconv.Itoa(n)
	}
	return string(signs[n-1])
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	values := []int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1}
	signs := []string{"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"}
	var b strings.Builder
	for i, v := range values {
		for ; n >= v; n -= v {
			b.WriteString(signs[i])
		}
	}
	return b.String()
}

// letters prints A to Z, then AA, BB as Word does.
func letters(n int) string {
	if n < 1 || n > 26*20 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('A'+(n-1)%26)), (n-1)/26+1)
}
