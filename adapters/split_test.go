package adapters

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func quote(text string) Block {
	return Block{Text: text, Quote: true, Source: "出处:甲〔2026〕1号 二、(六)第2段(融资)", URL: "https://wence.example/p/a#1"}
}

func TestSplitKeepsBlocksWhole(t *testing.T) {
	m := Outbound{Key: "A", Buttons: []Button{{Kind: KindUp, Label: "👍"}}}
	for range 20 {
		m.Blocks = append(m.Blocks, quote(strings.Repeat("企业可以申请贷款贴息。", 8)))
	}
	caps := Caps{Limit: 2048, MaxParts: 9}
	parts := Split(m, caps, 0, "")
	if len(parts) < 3 {
		t.Fatalf("%d parts", len(parts))
	}
	n := 0
	for i, p := range parts {
		text := PlainText(p)
		if len(text) > 2048 {
			t.Errorf("part %d has %d bytes", i, len(text))
		}
		if !strings.HasPrefix(text, "("+string(rune('1'+i))+"/"+string(rune('0'+len(parts)))+")\n") {
			t.Errorf("part %d begins %.20q", i, text)
		}
		if last := i == len(parts)-1; last != (len(p.Buttons) > 0) {
			t.Errorf("part %d has buttons %v", i, p.Buttons)
		}
		for _, b := range p.Blocks {
			if b != m.Blocks[0] {
				t.Errorf("a citation was cut: %+v", b)
			}
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d of 20 citations", n)
	}
}

func TestSplitFitsExactly(t *testing.T) {
	for _, unit := range []struct {
		name    string
		measure func(Outbound) int
	}{{"bytes", Bytes(PlainText)}, {"runes", Runes(PlainText)}} {
		m := Outbound{Key: "A", Blocks: []Block{{Text: strings.Repeat("长", 100)}}}
		size := unit.measure(m)
		for _, tt := range []struct{ limit, parts int }{{size, 1}, {size - 1, 2}} {
			parts := Split(m, Caps{Limit: tt.limit, Measure: unit.measure}, 0, "")
			if len(parts) != tt.parts {
				t.Errorf("%s: limit %d of %d: %d parts", unit.name, tt.limit, size, len(parts))
			}
		}
		if parts := Split(m, Caps{Measure: unit.measure}, size-1, ""); len(parts) != 2 {
			t.Errorf("%s: the receiver's limit: %d parts", unit.name, len(parts))
		}
	}
}

func TestSplitCutsAtSentences(t *testing.T) {
	long := strings.Repeat("各单位要“抓好落实。”有关部门,应当配合", 40)
	parts := Split(Outbound{Key: "A", Blocks: []Block{quote(long)}}, Caps{Limit: 600, MaxParts: 20}, 0, "")
	if len(parts) < 3 {
		t.Fatalf("%d parts", len(parts))
	}
	all := ""
	for i, p := range parts {
		b := p.Blocks[0]
		if b.Source == "" || b.URL == "" || !b.Quote {
			t.Errorf("piece %d has lost its source: %+v", i, b)
		}
		if i+1 < len(parts) && !strings.HasSuffix(b.Text, "。”") {
			t.Errorf("piece %d ends …%s", i, b.Text[max(0, len(b.Text)-20):])
		}
		all += b.Text
	}
	if all != long {
		t.Error("the pieces are not the quote")
	}
}

func TestSplitSaysThatThereIsMore(t *testing.T) {
	m := Outbound{Key: "A"}
	for range 30 {
		m.Blocks = append(m.Blocks, quote(strings.Repeat("企业可以申请。", 20)))
	}
	parts := Split(m, Caps{Limit: 1000, MaxParts: 3}, 0, "https://wence.example/a/1")
	last := PlainText(parts[len(parts)-1])
	if len(parts) != 3 || !strings.HasSuffix(last, "https://wence.example/a/1") || len(last) > 1000 {
		t.Errorf("%d parts, the last %q", len(parts), last)
	}
}

// A limit in which not even the source has room must not lead to an endless loop.
func TestSplitWithHardlyAnyRoom(t *testing.T) {
	for _, limit := range []int{1, 10, 40, 70, 90} {
		for _, text := range []string{"", "短", strings.Repeat("长句。", 50), "e" + strings.Repeat("\u0301", 500), strings.Repeat("👨‍👩‍👧", 30)} {
			parts := Split(Outbound{Key: "A", Blocks: []Block{quote(text), {Text: text}}}, Caps{Limit: limit}, 0, "")
			if len(parts) == 0 || len(parts) > 5 {
				t.Errorf("limit %d: %d parts", limit, len(parts))
			}
		}
	}
}

// Whatever the text and the limit: nothing is lost, nothing is broken, all of it fits.
func FuzzSplit(f *testing.F) {
	f.Add("各单位要抓好落实。\n有关部门,应当配合", "短", uint16(300))
	f.Add(strings.Repeat("👨‍👩‍👧", 40), strings.Repeat("字", 400), uint16(299))
	f.Add("e"+strings.Repeat("\u0301", 600), "", uint16(260))
	f.Fuzz(func(t *testing.T, a, b string, limit uint16) {
		a, b = strings.ToValidUTF8(a, ""), strings.ToValidUTF8(b, "")
		limit = max(limit, 256) // room for the mark, the source and its address
		m := Outbound{Key: "A", Blocks: []Block{quote(a), {Text: b}}}
		parts := Split(m, Caps{Limit: int(limit), MaxParts: 1 << 30}, 0, "")
		var got [2]string
		for _, p := range parts {
			if text := PlainText(p); len(text) > int(limit) || !utf8.ValidString(text) {
				t.Fatalf("limit %d: %d bytes: %q", limit, len(text), text)
			}
			for _, block := range p.Blocks {
				i := 1
				if block.Quote {
					i = 0
				}
				got[i] += block.Text
			}
		}
		strip := func(s string) string { return strings.ReplaceAll(s, "\n", "") } // lines may end where a part does
		if strip(got[0]) != strip(a) || strip(got[1]) != strip(b) {
			t.Fatalf("limit %d: %q and %q became %q", limit, a, b, got)
		}
	})
}
