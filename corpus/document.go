package corpus

import (
	"crypto/sha256"
	"encoding/hex"
)

// Status is the validity of a document 效力状态.
type Status string

// The statuses of a document.
const (
	InForce  Status = "in_force" // 现行有效
	Amended  Status = "amended"  // 已修改
	Repealed Status = "repealed" // 废止
	Expired  Status = "expired"  // 失效
	Draft    Status = "draft"    // 征求意见稿
	// Pending 尚未施行, Replaced 已被新版本代替 and Withdrawn 已撤下 depend on the day and on
	// what else was published: no document carries them itself.
	Pending   Status = "pending"
	Replaced  Status = "replaced"
	Withdrawn Status = "withdrawn"
)

// A Document is one policy 政策文件 in one revision.
type Document struct {
	ID      string   // stable over revisions; derived from Number, else from Title
	Title   string   // 标题, lines joined
	Number  string   // 文号, as in 清府办函〔2024〕24号; empty if the text has none
	Issuers []string // 发文机关
	// Addressees 主送机关 are the bodies that a document goes to, as it names them.
	Addressees []string
	Region     string // the city or other place whose policy it is, as in 甲市; empty if unknown

	// Dates are YYYY-MM-DD, empty if the text does not give them.
	Written   string // 成文日期
	Published string // 发布日期
	Effective string // 施行日期
	Expires   string // 失效日期

	Status   Status
	Replaces []string // documents that this one repeals: their 文号, or 《title》 if the text gives no number
	Annexes  []string // 附件, the names in the list at the end
	Encloses []string // titles of the documents that it issues or forwards 印发、转发, from the outermost to the innermost
	URL      string
	Text     string // the whole text, UTF-8, lines ended by \n; what all offsets refer to
	Revision string // RevisionOf(Text)
	Clauses  []Clause
	Warnings []Warning
}

// A Clause 条款 is the smallest citable unit: one paragraph of a document.
type Clause struct {
	Path             Path
	Headings         []string // from the outermost to the nearest, without their numbers
	Text             string   // Document.Text[Start:End]
	Start, End       int      // byte offsets into Document.Text
	Responsibilities []Responsibility
	Terms            []Term // parts that hold for a shorter time than the document
}

// Role says in which way a bureau is responsible.
type Role string

// The roles of a bureau.
const (
	Lead        Role = "lead"        // 牵头
	Responsible Role = "responsible" // 负责
	Joint       Role = "joint"       // 配合
	Guide       Role = "guide"       // 指导
	Participate Role = "participate" // 参与
	Shared      Role = "shared"      // 共同负责, by a standing note such as 以下均需要…负责,不再列出
)

// A Responsibility says that a clause makes a bureau responsible, and which
// words do so.
type Responsibility struct {
	Bureau    string // full name in the register, as in 甲市财政局
	Formerly  string // the name that it had when the document was written; set by Register.Identify only
	AsWritten string // as in 财政局
	Role      Role
	Basis     Path   // the clause whose words say so: the clause itself, or that of a standing note
	Quote     string // those words, Document.Text[Start:End]
	Start     int    // byte offset
	End       int    // byte offset
	Inherited bool   // true if a standing note, and not the clause, says so

	// Document.Text[ScopeStart:ScopeEnd] is what the bureau is responsible for: the
	// clause, or those of its sentences for which a mark speaks. Both are 0 in
	// documents of other makers: then it is the clause.
	ScopeStart, ScopeEnd int
}

// A Warning tells an admin what the parser did not understand.
type Warning struct {
	Line    int // 1-based line of Document.Text
	Message string
	// Lost: the text says who is responsible or since when it holds, and nothing was
	// made of it. A policy should not be published like that.
	Lost bool
}

// A Ref names one clause of one revision of one document. It is comparable.
type Ref struct {
	Document string
	Revision string
	Path     string // Path.String
}

// RevisionOf returns the revision of a text: the first 16 hexadecimal digits of
// its SHA-256.
func RevisionOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Ref returns the reference of the clause at path.
func (d *Document) Ref(p Path) Ref {
	return Ref{Document: d.ID, Revision: d.Revision, Path: p.String()}
}

// Clause returns the clause with the given printed path, or nil.
func (d *Document) Clause(path string) *Clause {
	var printed []byte
	for i := range d.Clauses {
		printed = d.Clauses[i].Path.appendTo(printed[:0])
		if string(printed) == path {
			return &d.Clauses[i]
		}
	}
	return nil
}

// InForceOn reports whether the document is in force on a day (YYYY-MM-DD): from
// its effective day on, and until the day it expires, that day included.
func (d *Document) InForceOn(day string) bool {
	s := d.StatusOn(day)
	return s == InForce || s == Amended
}
