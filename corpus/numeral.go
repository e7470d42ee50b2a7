package corpus

import "strings"

const hanDigits = "零一二三四五六七八九"

const (
	// maxHeadingNum bounds the numbers of headings. The longest Chinese code has 1260
	// articles; a larger number at the start of a line is a year or an amount.
	maxHeadingNum = 1999
	maxHan        = 9999  // of numbers written in Chinese characters, as in 第二款
	maxNumeral    = 99999 // of numbers written in digits, as in 第2段
)

// appendHan writes n, 1 to maxHan, onto the end of b as law texts do: 十二, 一百零五,
// 一千二百六十.
func appendHan(b []byte, n int) []byte {
	if n <= 0 || n > maxHan {
		return b
	}
	digit := func(d int) string { return hanDigits[3*d : 3*d+3] }
	units := [...]struct {
		value int
		name  string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}}
	zero, begun := false, false
	for _, u := range units {
		d := n / u.value
		n %= u.value
		if d == 0 {
			zero = begun
			continue
		}
		if zero {
			b = append(b, digit(0)...)
			zero = false
		}
		if begun || u.value != 10 || d != 1 {
			b = append(b, digit(d)...)
		}
		b = append(b, u.name...)
		begun = true
		if n == 0 {
			break
		}
	}
	return b
}

// ScanHan reads a number written in Chinese characters, 1 to 9999, at the start of s, as
// 二百七十, and returns it with the bytes it took, or 0, 0 if there is none.
func ScanHan(s string) (n, size int) { return scanHan(s) }

// scanNumeral reads a Chinese, Arabic or full-width number at the start of s and
// returns it with the bytes it took. Blanks between digits are skipped, because
// text taken from scans has 第 1 0 条. It returns 0, 0 if there is no number
// between 1 and maxNumeral.
func scanNumeral(s string) (n, size int) {
	if n, size = scanArabic(s); size > 0 {
		return n, size
	}
	return scanHan(s)
}

func scanArabic(s string) (n, size int) {
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n = n*10 + int(r-'0')
		case r >= '０' && r <= '９':
			n = n*10 + int(r-'０')
		case isBlank(r) && size > 0:
			continue
		default:
			return checkNumeral(n, size)
		}
		if n > maxNumeral {
			return 0, 0
		}
		size = i + len(string(r))
	}
	return checkNumeral(n, size)
}

func checkNumeral(n, size int) (int, int) {
	if n < 1 {
		return 0, 0
	}
	return n, size
}

func scanHan(s string) (n, size int) {
	total, digit, digits := 0, 0, 0
	for i, r := range s {
		if isBlank(r) && size > 0 {
			continue
		}
		if r == '〇' {
			r = '零'
		}
		unit := 0
		switch r {
		case '十':
			unit = 10
		case '百':
			unit = 100
		case '千':
			unit = 1000
		}
		d := strings.IndexRune(hanDigits, r)
		switch {
		case unit > 0:
			if digits > 1 {
				return 0, 0
			}
			total += max(digit, 1) * unit
			digit, digits = 0, 0
		case d == 0 && digit == 0 && total > 0:
			// the 零 of 一千零四十 holds a place and is no digit
		case d >= 0:
			digit, digits = digit*10+d/3, digits+1
		default:
			return checkNumeral(total+digit, size)
		}
		if total+digit > maxHan {
			return 0, 0
		}
		size = i + len(string(r))
	}
	return checkNumeral(total+digit, size)
}

// isBlank reports whether r is white space or one of the invisible characters
// that web pages leave behind.
func isBlank(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\f', '\v', '\u00a0', '\u00ad', '\u3000', '\ufeff', '\u2028', '\u2029', '\u0085', '\u2060':
		return true
	}
	return r >= '\u2000' && r <= '\u200f' || r >= '\u202a' && r <= '\u202f'
}
