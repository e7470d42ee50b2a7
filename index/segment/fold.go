package segment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A span is the place in the original text that one folded byte comes from.
type span struct{ start, end int }

// Normalize folds text as Fold does.
func Normalize(text string) string {
	folded, _ := fold(text)
	return folded
}

// Fold brings spellings of the same text together: NFKC, lower case, traditional to
// simplified characters (by phrase where the character alone is ambiguous), quotes,
// brackets and dashes to their plain half-width form, any blank to a space; control
// and zero-width characters, variation selectors and the like are dropped, bytes
// that are no UTF-8 become U+FFFD. offsets has, for each byte of folded, the offset
// in text of the character that it comes from. Folding what is folded changes nothing.
func Fold(text string) (folded string, offsets []int) {
	folded, spans := fold(text)
	offsets = make([]int, len(folded))
	for i := range offsets {
		offsets[i] = i
		if spans != nil {
			offsets[i] = spans[i].start
		}
	}
	return folded, offsets
}

// fold is Fold with the ends of the characters; spans is nil if nothing changed.
func fold(text string) (string, []span) {
	plain, clean := inspect(text)
	if plain {
		return text, nil
	}
	var from []span
	if !clean {
		// First of all: what is dropped must not keep combining marks apart.
		text, from = dropIgnorable(text)
	}
	f := folder{out: make([]byte, 0, len(text)), spans: make([]span, 0, len(text))}
	f.fold(text)
	if from != nil {
		for i, s := range f.spans {
			f.spans[i] = span{from[s.start].start, from[s.end-1].end}
		}
	}
	return string(f.out), f.spans
}

// inspect reports whether folding changes nothing, as far as a glance can tell, and
// whether there is nothing to drop.
func inspect(s string) (plain, clean bool) {
	plain, clean = true, true
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7F {
				return false, false
			}
			if asciiFold[r] != byte(r) {
				plain = false
			}
		case tableFirst <= r && r < tableEnd:
			if tables().char[r-tableFirst] != 0 {
				plain = false
			}
		case r == '。' || r == '、' || r == '《' || r == '》':
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") || ignorable(r):
			return false, false
		default:
			plain = false
		}
	}
	return plain, clean
}

// ignorable reports whether a character has no meaning of its own here. Line breaks
// and tabs have: they part words.
func ignorable(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == '\r', r == 0x85:
		return false
	case r == 0x034F, 0x115F <= r && r <= 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0:
		return true // grapheme joiner, fillers
	case r < 0x4E00 || r > 0x9FFF:
		return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) ||
			unicode.Is(unicode.Variation_Selector, r)
	}
	return false
}

func dropIgnorable(s string) (string, []span) {
	out := make([]byte, 0, len(s))
	from := make([]span, 0, len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !ignorable(r) {
			out = utf8.AppendRune(out, r)
			for len(from) < len(out) {
				from = append(from, span{i, i + size})
			}
		}
		i += size
	}
	return string(out), from
}

// A folder writes folded text and remembers where it comes from.
type folder struct {
	out   []byte
	spans []span
}

func (f *folder) write(r rune, from span) {
	f.out = utf8.AppendRune(f.out, r)
	for len(f.spans) < len(f.out) {
		f.spans = append(f.spans, from)
	}
}

// fold folds valid UTF-8 without ignorable characters.
func (f *folder) fold(s string) {
	t := tables()
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if n := f.phrase(t, s, i, r); n > 0 {
			i += n
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		if direct(r) && (i+size == len(s) || direct(next)) {
			f.write(foldRune(t, r), span{i, i + size})
			i += size
			continue
		}
		n := norm.NFKC.NextBoundaryInString(s[i:], true)
		from := span{i, i + n}
		lower := strings.ToLower(norm.NFKC.String(s[i : i+n]))
		// Lower case may compose where upper case does not (H̱ and ẖ).
		for _, r := range norm.NFKC.String(lower) {
			f.write(foldRune(t, r), from)
		}
		i += n
	}
}

// phrase folds the longest phrase at i and returns its length, 0 if there is none.
func (f *folder) phrase(t *foldTables, s string, i int, r rune) int {
	for _, p := range t.phrases[r] {
		if !strings.HasPrefix(s[i:], p.from) {
			continue
		}
		at := i
		to := []rune(p.to)
		for k, r := range []rune(p.from) {
			n := utf8.RuneLen(r)
			f.write(to[k], span{at, at + n})
			at += n
		}
		return len(p.from)
	}
	return 0
}

// direct reports whether foldRune alone does all that NFKC would, provided that the
// next character is direct too, hence no combining mark.
func direct(r rune) bool {
	return r < utf8.RuneSelf || 0x4E00 <= r && r <= 0x9FFF || 0x3400 <= r && r <= 0x4DBF ||
		0x3000 <= r && r <= 0x3029 || 0xFF01 <= r && r <= 0xFF5E ||
		0x2010 <= r && r <= 0x2022 && r != 0x2011 && r != 0x2017 && r != utf8.RuneError
}

// foldRune folds one character that NFKC has already been applied to, or a direct one.
func foldRune(t *foldTables, r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E { // full width
		r -= 0xFF01 - '!'
	}
	switch {
	case r < utf8.RuneSelf:
		return rune(asciiFold[r])
	case tableFirst <= r && r < tableEnd:
		if to := t.char[r-tableFirst]; to != 0 {
			return to
		}
		return r
	}
	switch r {
	case '“', '”', '„', '‟', '〝', '〞', '〟', '「', '」', '『', '』', '«', '»':
		return '"'
	case '‘', '’', '‚', '‛', '′':
		return '\''
	case '〔', '【', '〖', '〘', '〚':
		return '('
	case '〕', '】', '〗', '〙', '〛':
		return ')'
	case '〈':
		return '《'
	case '〉':
		return '》'
	case '‐', '‑', '‒', '–', '—', '―', '−', '─', '━':
		return '-'
	case '〜', '∼':
		return '~'
	case '•', '‧', '・', '∙', '⋅':
		return '·'
	case 0x85, 0x2028, 0x2029, 0x3000, 0xA0, 0x1680:
		return ' '
	}
	return r
}

// asciiFold is lower case, with line breaks and tabs as blanks and one kind of bracket.
var asciiFold = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	t['\n'], t['\t'], t['\r'] = ' ', ' ', ' '
	t['['], t[']'] = '(', ')'
	return t
}()
