package extract_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"testing"
	"unicode/utf16"
)

var update = flag.Bool("update", false, "write fonts/blank.ttf anew")

// TestBlankFont holds that the font of the sandbox is the one that this file makes.
func TestBlankFont(t *testing.T) {
	const name = "fonts/blank.ttf"
	if *update {
		if err := os.WriteFile(name, blankFont(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, blankFont()) {
		t.Errorf("%s differs: run go test ./corpus/extract -run BlankFont -update", name)
	}
}

// blankFont makes a TrueType font that shows every character as a box, half as wide for ASCII.
// PDFium drops a text of one character if no font gives it a width, and Chinese
// documents often do not embed their fonts.
func blankFont() []byte {
	u16 := func(v ...int) []byte {
		var b []byte
		for _, x := range v {
			b = binary.BigEndian.AppendUint16(b, uint16(x))
		}
		return b
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

	// cmap: format 4, segments of 256 characters that share one array.
	const segments = 257
	var end, start, delta, offset []int
	for i := range 256 {
		last := i<<8 | 0xFF
		if last == 0xFFFF {
			last = 0xFFFE
		}
		end, start, delta = append(end, last), append(start, i<<8), append(delta, 0)
		offset = append(offset, 2*(segments-i)) // from here to the array behind the offsets
	}
	end, start, delta, offset = append(end, 0xFFFF), append(start, 0xFFFF), append(delta, 1), append(offset, 0)
	offset[0] += 512 // the first segment has an array of its own, for ASCII
	full, ascii := make([]int, 256), make([]int, 256)
	for i := range full {
		full[i], ascii[i] = 1, 1
		if i >= ' ' && i < 0x7F {
			ascii[i] = 2
		}
	}
	table := join(u16(4, 16+8*segments+1024, 0, 2*segments, 512, 8, 2*segments-512), u16(end...), u16(0), u16(start...), u16(delta...), u16(offset...), u16(full...), u16(ascii...))
	cmap := join(u16(0, 1, 3, 1, 0, 12), table)

	box := func(width int) []byte {
		return join(u16(1, 0, -120, width, 880, 3, 0), []byte{1, 1, 1, 1}, u16(0, 0, width, 0, -120, 1000, 0, -1000))
	}
	family := utf16.Encode([]rune("Wence Blank"))
	var letters []byte
	for _, c := range family {
		letters = binary.BigEndian.AppendUint16(letters, c)
	}
	names := [][]byte{u16(0, 4, 6+12*4)}
	for _, id := range []int{1, 2, 4, 6} {
		names = append(names, u16(3, 1, 0x409, id, len(letters), 0))
	}
	const gbk = 1 << 18 // code page 936
	os2 := join(u16(4, 1000, 400, 5, 0), make([]byte, 2*11), make([]byte, 10), make([]byte, 16), []byte("NONE"), u16(0x40, 0x20, 0xFFFD, 880, -120, 0, 880, 120),
		binary.BigEndian.AppendUint32(nil, gbk|1), make([]byte, 4), u16(500, 700, 0, 32, 1))
	tables := []struct {
		tag  string
		data []byte
	}{
		{"OS/2", os2},
		{"cmap", cmap},
		{"glyf", join(box(1000), box(500))},
		{"head", join(u16(1, 0, 1, 0, 0, 0), []byte{0x5F, 0x0F, 0x3C, 0xF5}, u16(0, 1000), make([]byte, 16), u16(0, -120, 1000, 880, 0, 8, 2, 0, 0))},
		{"hhea", join(u16(1, 0, 880, -120, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 3))},
		{"hmtx", u16(1000, 0, 1000, 0, 500, 0)},
		{"loca", u16(0, 0, len(box(0))/2, len(box(0)))},
		{"maxp", join(u16(1, 0, 3, 4, 1), make([]byte, 22))},
		{"name", join(append(names, letters)...)},
		{"post", join(u16(3, 0), make([]byte, 28))},
	}
	out := u16(1, 0, len(tables), 128, 3, 16*len(tables)-128)
	at := len(out) + 16*len(tables)
	var body []byte
	for _, t := range tables {
		sum := uint32(0)
		padded := append(bytes.Clone(t.data), make([]byte, (4-len(t.data)%4)%4)...)
		for i := 0; i < len(padded); i += 4 {
			sum += binary.BigEndian.Uint32(padded[i:])
		}
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, sum)
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		body = append(body, padded...)
	}
	return append(out, body...)
}

// TestPDFWithoutFonts holds that characters that stand alone are read too where the
// PDF does not hold its fonts: the end of a paragraph, or each by itself.
func TestPDFWithoutFonts(t *testing.T) {
	want := "支持小微企业平稳发展若干措施的通知，帮助企业渡过难关。"
	var alone []set
	for i, r := range []rune(want) {
		alone = append(alone, set{text: string(r), x: float64(i)})
	}
	checkPDF(t, asPDF([][]set{alone}, false), want)
	lines := []set{{text: want[:len(want)-len("关。")], x: 3}, {text: "关", x: 0, y: 1.8}}
	checkPDF(t, asPDF([][]set{lines}, false), want[:len(want)-len("。")])
}
