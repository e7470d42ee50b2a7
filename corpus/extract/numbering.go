package extract

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// Word numbers paragraphs by itself: the text of a heading 一、总体要求 holds only
// 总体要求, and the number comes from numbering.xml (ECMA-376 part 1, 17.9). Without
// it the outline of a policy is lost.

// listRef says to which list and level a paragraph or style belongs. An empty field
// is not given; number "0" takes a paragraph out of its list.
type listRef struct{ number, level string }

// style is what matters of a paragraph style.
type style struct {
	base string
	list listRef
}

// level is one level of a list.
type level struct {
	start   int
	format  string
	text    string // 第%1条
	suffix  string
	style   string
	restart int  // the level, from 1, whose next number restarts this one; -1 if not given, 0 never
	legal   bool // all numbers as digits
}

const levels = 9

// list is an abstractNum: a set of levels that share their counters.
type list struct {
	levels    [levels]level
	styleLink string // the list is defined by this style
}

// number is a num: a use of a list, perhaps with levels of its own.
type number struct {
	list   string
	starts map[int]int
	levels map[int]level
	used   bool
}

type numbering struct {
	lists    map[string]*list
	numbers  map[string]*number
	counters map[string]*[levels]int // list → counters; 0 is not begun, else number+1
}

// list reads a numPr.
func (d *docx) list(to *listRef) error {
	return d.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "ilvl":
			to.level = attr(e, "val")
		case "numId":
			to.number = attr(e, "val")
		}
		return d.skip()
	})
}

// listOf returns the list of a paragraph: its own or else that of its style.
func (d *docx) listOf(p *paragraph) listRef {
	ref := p.list
	own := ref.number != ""
	name := p.style
	for range levels * 2 { // a chain of styles could be a circle
		s, ok := d.styles[name]
		if !ok || ref.number != "" && ref.level != "" {
			break
		}
		if ref.number == "" {
			ref.number = s.list.number
		}
		if ref.level == "" && !own {
			ref.level = s.list.level
		}
		name = s.base
	}
	if !own && ref.number != "" {
		if l := d.numbers.levelOfStyle(ref.number, p.style); l >= 0 {
			ref.level = strconv.Itoa(l)
		}
	}
	return ref
}

func (n *numbering) levelOfStyle(num, style string) int {
	if use := n.numbers[num]; use != nil && style != "" {
		if l := n.lists[use.list]; l != nil {
			for i := range l.levels {
				if l.levels[i].style == style {
					return i
				}
			}
		}
	}
	return -1
}

// next counts one paragraph of a list and returns its number as it is printed, or
// "" if it has none.
func (n *numbering) next(ref listRef) string {
	use := n.numbers[ref.number]
	at, _ := strconv.Atoi(ref.level)
	if use == nil || ref.number == "0" || at < 0 || at >= levels {
		return ""
	}
	l := n.lists[use.list]
	if l == nil {
		return ""
	}
	count := n.counters[use.list]
	if count == nil {
		count = new([levels]int)
		n.counters[use.list] = count
	}
	if !use.used { // a start of its own holds when the number is first used
		use.used = true
		for i := range use.starts {
			count[i] = 0
		}
	}
	level := func(i int) level {
		if own, ok := use.levels[i]; ok {
			return own
		}
		return l.levels[i]
	}
	for i := 0; i <= at; i++ {
		start := level(i).start
		if s, ok := use.starts[i]; ok {
			start = s
		}
		switch {
		case count[i] == 0:
			count[i] = start + 1
		case i == at:
			count[i]++
		}
	}
	for i := at + 1; i < levels; i++ {
		if r := level(i).restart; r < 0 || r > at {
			count[i] = 0
		}
	}
	return level(at).print(func(i int) (string, int) { return level(i).format, count[i] - 1 })
}

// print fills the numbers into the text of a level.
func (l level) print(of func(int) (string, int)) string {
	if l.format == "bullet" || l.format == "none" || l.text == "" {
		if l.format == "none" {
			return l.text // a fixed text in front of each paragraph
		}
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(l.text); i++ {
		if l.text[i] != '%' || i+1 == len(l.text) || l.text[i+1] < '1' || l.text[i+1] > '9' {
			b.WriteByte(l.text[i])
			continue
		}
		i++
		format, n := of(int(l.text[i] - '1'))
		if l.legal {
			format = "decimal"
		}
		b.WriteString(formatNumber(format, n))
	}
	s := b.String()
	// Where a mark ends the number, the blank or tab after it is only distance.
	if l.suffix != "nothing" && s != "" && !strings.HasSuffix(s, " ") && !endsWithMark(s) {
		s += " "
	}
	return s
}

func endsWithMark(s string) bool {
	for _, m := range []string{"、", ".", "．", "。", ")", "）", "〕", "]", "】", ":", "：", "\u3000"} {
		if strings.HasSuffix(s, m) {
			return true
		}
	}
	return false
}

// readStyles reads the paragraph styles; a document without the part has none.
func readStyles(a *archive, name string) (map[string]style, error) {
	styles := map[string]style{}
	if name == "" {
		return styles, nil
	}
	err := a.eachChild(name, func(x *xmlReader, e xml.StartElement) error {
		if e.Name.Local != "style" || attr(e, "type") == "character" || attr(e, "type") == "table" {
			return x.skip()
		}
		var s style
		d := &docx{xmlReader: x}
		err := x.children(func(c xml.StartElement) error {
			switch c.Name.Local {
			case "basedOn":
				s.base = attr(c, "val")
			case "pPr":
				return x.children(func(c xml.StartElement) error {
					if c.Name.Local == "numPr" {
						return d.list(&s.list)
					}
					return x.skip()
				})
			}
			return x.skip()
		})
		styles[attr(e, "styleId")] = s
		if attr(e, "default") == "1" || attr(e, "default") == "true" {
			styles[""] = s // of a paragraph that names none
		}
		return err
	})
	return styles, err
}

// readNumbering reads numbering.xml; a document without the part has no lists.
func readNumbering(a *archive, name string, styles map[string]style) (*numbering, error) {
	n := &numbering{lists: map[string]*list{}, numbers: map[string]*number{}, counters: map[string]*[levels]int{}}
	if name == "" {
		return n, nil
	}
	err := a.eachChild(name, func(x *xmlReader, e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNum":
			l, err := readList(x)
			n.lists[attr(e, "abstractNumId")] = l
			return err
		case "num":
			use, err := readNumber(x)
			n.numbers[attr(e, "numId")] = use
			return err
		}
		return x.skip()
	})
	for _, use := range n.numbers {
		if l := n.lists[use.list]; l != nil && l.styleLink != "" {
			if to := n.numbers[styles[l.styleLink].list.number]; to != nil {
				use.list = to.list
			}
		}
	}
	return n, err
}

func readList(x *xmlReader) (*list, error) {
	l := &list{}
	err := x.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numStyleLink":
			l.styleLink = attr(e, "val")
		case "lvl":
			at, v, err := readLevel(x, e)
			if at >= 0 && at < levels {
				l.levels[at] = v
			}
			return err
		}
		return x.skip()
	})
	return l, err
}

func readLevel(x *xmlReader, e xml.StartElement) (int, level, error) {
	at, err := strconv.Atoi(attr(e, "ilvl"))
	if err != nil {
		at = -1
	}
	l := level{format: "decimal", restart: -1}
	err = x.children(func(e xml.StartElement) error {
		v := attr(e, "val")
		switch e.Name.Local {
		case "start":
			l.start = small(v)
		case "numFmt":
			l.format = v
		case "lvlText":
			l.text = v
		case "suff":
			l.suffix = v
		case "pStyle":
			l.style = v
		case "lvlRestart":
			l.restart = small(v)
		case "isLgl":
			l.legal = on(e)
		case "AlternateContent": // a format of its own, 001, 002, and the usual one for old programs
			return x.children(func(e xml.StartElement) error {
				return x.children(func(e xml.StartElement) error {
					if e.Name.Local == "numFmt" {
						l.format = attr(e, "val")
					}
					return x.skip()
				})
			})
		}
		return x.skip()
	})
	return at, l, err
}

// small reads a number that a list can begin with.
func small(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 32767 {
		return 0
	}
	return n
}

func readNumber(x *xmlReader) (*number, error) {
	use := &number{starts: map[int]int{}, levels: map[int]level{}}
	err := x.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "abstractNumId":
			use.list = attr(e, "val")
		case "lvlOverride":
			at := small(attr(e, "ilvl"))
			return x.children(func(e xml.StartElement) error {
				switch {
				case at >= levels:
				case e.Name.Local == "startOverride":
					use.starts[at] = small(attr(e, "val"))
				case e.Name.Local == "lvl":
					_, v, err := readLevel(x, e)
					use.levels[at] = v
					return err
				}
				return x.skip()
			})
		}
		return x.skip()
	})
	return use, err
}
