package corpus

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Kind is what bodies of different places have in common: every city has a
// finance bureau. It holds the names without the place.
type Kind struct {
	Name    string     `json:"name"`              // 市场监督管理
	Forms   [][]string `json:"forms"`             // each a full form (市场监督管理局) and its short ones (市监局); … stands for a place
	Words   []string   `json:"words,omitempty"`   // topics that stand for the body: 工信, 税务
	Own     bool       `json:"own,omitempty"`     // the body has a name of its own and takes no 省, 市 or 区 from its neighbours in a list
	Generic bool       `json:"generic,omitempty"` // names no particular body (有关部门); not a mention in a question
}

// A Register knows the kinds of bodies and by which names they go. It knows no
// place: the same register serves every city. It does not change after
// NewRegister and may be used by several goroutines.
type Register struct {
	kinds    []Kind
	names    map[string]form // full and short forms, without place
	words    map[string]int  // topic → index into kinds
	stems    map[string]form // what stands in front of 部门 in 民政部门; full is empty for the usual form
	wild     []wildForm
	suffixes []string
	national []string
	longest  int                  // bytes of the longest name or word
	own      map[string][]*Bureau // by each of their names, see With
}

// form is one entry of Register.names.
type form struct {
	kind int
	full string
}

// wildForm is a form with the place in its midst: 中国人民银行…分行.
type wildForm struct {
	kind          int
	before, after string
}

// NewRegister reads a register from JSON: {"kinds": [Kind…], "suffixes": ["局", …],
// "national": ["国家", …]}, where suffixes are the endings by which an unknown body is
// still recognised as a body, and national the words for the level above provinces. The error says which kind is wrong.
func NewRegister(data []byte) (*Register, error) {
	var in struct {
		Kinds    []Kind   `json:"kinds"`
		Suffixes []string `json:"suffixes"`
		National []string `json:"national"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, fmt.Errorf("corpus: register is not valid JSON: %w", err)
	}
	if len(in.Kinds) == 0 {
		return nil, fmt.Errorf("corpus: register has no kinds: expected {\"kinds\": [{\"name\": …, \"forms\": [[…]]}]}")
	}
	r := &Register{kinds: in.Kinds, names: map[string]form{}, words: map[string]int{}, stems: map[string]form{}, suffixes: in.Suffixes, national: in.National}
	for i, k := range in.Kinds {
		if err := r.addKind(i, k); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Register) addKind(i int, k Kind) error {
	if k.Name == "" || len(k.Forms) == 0 {
		return fmt.Errorf("corpus: register: kind %d (%q) needs a name and at least one form", i+1, k.Name)
	}
	for _, names := range k.Forms {
		for _, name := range names {
			if before, after, ok := strings.Cut(name, "…"); ok {
				r.wild = append(r.wild, wildForm{i, before, after})
				continue
			}
			if old, ok := r.names[name]; ok && old.kind != i {
				return fmt.Errorf("corpus: register: %q belongs to both %s and %s: remove it from one", name, r.kinds[old.kind].Name, k.Name)
			}
			for _, end := range formEnds {
				if stem, ok := strings.CutSuffix(name, end); ok && utf8.RuneCountInString(stem) >= 2 {
					if _, ok := r.stems[stem]; !ok && !k.Own {
						r.stems[stem] = form{i, names[0]}
					}
					break
				}
			}
			for _, v := range bracketVariants(name) {
				if _, ok := r.names[v]; !ok {
					r.names[v] = form{i, names[0]}
				}
				r.longest = max(r.longest, len(v))
			}
		}
	}
	r.stems[k.Name] = form{kind: i}
	for _, w := range k.Words {
		r.words[w] = i
		r.stems[w] = form{kind: i}
		r.longest = max(r.longest, len(w))
	}
	return nil
}

// bracketVariants returns name with each of the brackets in use in documents.
func bracketVariants(name string) []string {
	if !strings.ContainsAny(name, "()") {
		return []string{name}
	}
	return []string{
		name,
		strings.NewReplacer("(", "（", ")", "）").Replace(name),
		strings.NewReplacer("(", "〔", ")", "〕").Replace(name),
		strings.NewReplacer("(", "[", ")", "]").Replace(name),
	}
}

// found is a name taken apart: place + full form.
type found struct {
	place string
	full  string
	kind  int
	wild  bool // the place stands within the name
}

// find takes the name of a body apart. The longest form at the end of the name
// counts, so that 市场监管局 is not 市 + 场监管局.
func (r *Register) find(name string) (found, bool) {
	best, size := found{}, 0
	for _, w := range r.wild {
		if len(name) >= len(w.before)+len(w.after) && strings.HasPrefix(name, w.before) && strings.HasSuffix(name, w.after) &&
			len(w.before)+len(w.after) > size {
			best, size = found{name[len(w.before) : len(name)-len(w.after)], name, w.kind, true}, len(w.before)+len(w.after)
		}
	}
	if size > 0 {
		return best, true
	}
	for i := range name {
		if f, ok := r.names[name[i:]]; ok {
			place := strings.TrimSuffix(strings.TrimSuffix(name[:i], "政府"), "人民") // 市政府金融办 is the 市金融办
			if r.isPlace(place, r.kinds[f.kind].Own) {
				return found{place, f.full, f.kind, false}, true
			}
			return found{}, false
		}
	}
	return r.findDepartment(name)
}

// formEnds are the endings of names that 部门 replaces: 民政局 is 民政部门.
var formEnds = []string{"委员会", "管理局", "局", "厅", "委", "部", "署"}

// departmentEnds stand for the ending of a name.
var departmentEnds = []string{"行政主管部门", "主管部门", "行政管理部门", "行政部门", "管理部门", "部门", "机关"}

// findDepartment takes 市民政部门 apart: topic and 部门 instead of a name.
func (r *Register) findDepartment(name string) (found, bool) {
	for _, suffix := range departmentEnds {
		stem, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		for i := range stem {
			f, ok := r.stems[stem[i:]]
			if _, word := r.words[stem[i:]]; !ok || suffix == "机关" && !word {
				continue
			}
			// 市人民政府民政部门 is the 市民政部门.
			place := strings.TrimSuffix(stem[:i], "人民政府")
			if r.isPlace(place, false) {
				return found{place, r.departmentForm(f, place), f.kind, false}, true
			}
		}
	}
	return found{}, false
}

// departmentForm returns the form of a kind that is usual at the level of a place.
func (r *Register) departmentForm(f form, place string) string {
	var ends []string
	switch {
	case slices.Contains(r.national, place) && place != "":
		ends = []string{"部", "总局", "署", "委员会", "委"}
	case strings.HasSuffix(place, "省") || strings.HasSuffix(place, "自治区"):
		ends = []string{"厅", "委员会", "委"}
	}
	for _, end := range ends {
		for _, names := range r.kinds[f.kind].Forms {
			if strings.HasSuffix(names[0], end) && !strings.Contains(names[0], "…") {
				return names[0]
			}
		}
	}
	if f.full != "" {
		return f.full
	}
	for _, names := range r.kinds[f.kind].Forms {
		if !strings.Contains(names[0], "…") {
			return names[0]
		}
	}
	return r.kinds[f.kind].Name
}

// isCollective reports whether a place stands for many, so that its bodies have no
// full name: 各区, 地方各级, 县级以上地方.
func isCollective(place string) bool {
	for _, w := range []string{"各", "地方", "县级以上", "本级", "同级", "上级", "本市各", "全市各", "我市各", "全省各", "全国各"} {
		if strings.HasPrefix(place, w) {
			return true
		}
	}
	return false
}

// placeEnds are the last characters of place names and of the words for a level.
const placeEnds = "省市区县州盟旗镇乡级直"

func (r *Register) isPlace(s string, own bool) bool {
	if s == "" || slices.Contains(r.national, s) || isCollective(s) && utf8.RuneCountInString(s) <= 12 {
		return true
	}
	n := utf8.RuneCountInString(s)
	if own {
		return n <= 12
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	return n <= 12 && strings.ContainsRune(placeEnds, last)
}

// Resolve returns the full name of a body that a text writes as asWritten.
// levelPrefix is the 省, 市 or 区 that the list gave once, before its first body;
// region is the place whose document it is, as in 甲市. A name that is already a
// full form keeps that form; a short one becomes the first full form it stands
// for. A body that the register does not know comes back as written, with false.
func (r *Register) Resolve(asWritten, levelPrefix, region string) (name string, known bool) {
	f, ok := r.find(asWritten)
	if !ok {
		return asWritten, false
	}
	if f.wild || r.kinds[f.kind].Own || isCollective(f.place) {
		return asWritten, true
	}
	if f.place == "" {
		f.place = levelPrefix
	}
	if f.place == "" && !isNational(f.full) {
		return region + f.full, true
	}
	return expandPlace(f.place, region) + f.full, true
}

// isNational reports whether a form is that of a ministry, of which there is one.
func isNational(full string) bool {
	for _, end := range []string{"部", "总局", "署", "总社"} {
		if strings.HasSuffix(full, end) && !strings.HasPrefix(full, "委") {
			return true
		}
	}
	return strings.HasPrefix(full, "国家")
}

// expandPlace replaces a level (市) by the place of that level in region (甲市).
func expandPlace(place, region string) string {
	level := strings.TrimSuffix(strings.TrimSuffix(place, "级"), "直")
	if region == "" || level == "" {
		return place
	}
	if strings.TrimRight(region, placeEnds) == place {
		return region
	}
	if utf8.RuneCountInString(level) > 1 {
		return place
	}
	// The first rune of a place name is never its level: 市 is not one in 市北区.
	_, first := utf8.DecodeRuneInString(region)
	if i := strings.Index(region[min(first, len(region)):], level); i >= 0 {
		return region[:first+i+len(level)]
	}
	return place
}

// KindOf returns the name of the kind of a body or of a word that stands for one
// (市场监督管理 for 甲市市场监督管理局, 市监局 and 市监), or "" if the register does not
// know it.
func (r *Register) KindOf(name string) string {
	name = strings.TrimSpace(name)
	if f, ok := r.find(name); ok {
		return r.kinds[f.kind].Name
	}
	if i, ok := r.words[name]; ok {
		return r.kinds[i].Name
	}
	return ""
}

// Alike reports whether two full names are usual ones for bodies of one kind in one place
// (甲市市场监管局 and 甲市市场监督管理局). It may still have both.
func (r *Register) Alike(a, b string) bool {
	f, ok := r.find(a)
	g, known := r.find(b)
	return ok && known && f.kind == g.kind && f.place == g.place
}

// Aliases returns the other names in use for the body with the given full name,
// without the place. It returns nil if the register does not know the body.
func (r *Register) Aliases(name string) []string {
	f, ok := r.find(name)
	if !ok {
		return nil
	}
	var out []string
	for _, names := range r.kinds[f.kind].Forms {
		for _, n := range names {
			if n != f.full && !strings.Contains(n, "…") {
				out = append(out, n)
			}
		}
	}
	return append(out, r.kinds[f.kind].Words...)
}

// Names calls yield for every name and topic word of the register with the name of
// its kind, so that a tokenizer can learn them. The order is not defined.
func (r *Register) Names(yield func(name, kind string) bool) {
	for n, f := range r.names {
		if !yield(n, r.kinds[f.kind].Name) {
			return
		}
	}
	for w, i := range r.words {
		if !yield(w, r.kinds[i].Name) {
			return
		}
	}
}

// bodyLike reports whether s ends as bodies do.
func (r *Register) bodyLike(s string) bool {
	if strings.Contains(s, "的") || utf8.RuneCountInString(s) > 30 {
		return false
	}
	return slices.ContainsFunc(r.suffixes, func(suffix string) bool { return strings.HasSuffix(s, suffix) })
}
