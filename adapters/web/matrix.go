package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/xuri/excelize/v2"

	"github.com/wence-bot/wence/corpus"
)

// A matrix says which bureau has which role in which clause.
type matrix struct {
	Bureaus []string
	Rows    []matrixRow
}

type matrixRow struct {
	Document *corpus.Document
	Clause   *corpus.Clause
	// roles are few among thousands of bureaus: by their place in matrix.Bureaus.
	roles   map[int]string
	bureaus int
}

// Roles returns the role of each of the matrix's bureaus; empty where it has none.
func (r matrixRow) Roles() []string {
	out := make([]string, r.bureaus)
	for i, role := range r.roles {
		out[i] = role
	}
	return out
}

// Heading returns the nearest heading of the row's clause.
func (r matrixRow) Heading() string {
	if n := len(r.Clause.Headings); n > 0 {
		return r.Clause.Headings[n-1]
	}
	return ""
}

// matrixOf returns the matrix of some documents; clauses without bureaus are left out.
func matrixOf(docs []*corpus.Document) matrix {
	var m matrix
	places := map[string]int{}
	for _, d := range docs {
		for _, b := range bureausOf(d) {
			if _, known := places[b]; !known {
				places[b] = len(m.Bureaus)
				m.Bureaus = append(m.Bureaus, b)
			}
		}
	}
	for _, d := range docs {
		for i := range d.Clauses {
			c := &d.Clauses[i]
			if len(c.Responsibilities) == 0 {
				continue
			}
			row := matrixRow{Document: d, Clause: c, roles: map[int]string{}, bureaus: len(m.Bureaus)}
			for _, r := range c.Responsibilities {
				at := places[r.Bureau]
				if name := roleNames[r.Role]; !strings.Contains(row.roles[at], name) {
					row.roles[at] = strings.TrimPrefix(row.roles[at]+"、"+name, "、")
				}
			}
			m.Rows = append(m.Rows, row)
		}
	}
	return m
}

// matrixDocuments returns the documents in force that make anybody responsible, and
// those of them that are asked for; ok is false, and the problem told, if there is no such.
func (s *Server) matrixDocuments(g *gin.Context) (all, asked []*corpus.Document, ok bool) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return nil, nil, false
	}
	for _, p := range l.policies {
		if p.InForce() && len(bureausOf(p.Document)) > 0 {
			all = append(all, p.Document)
		}
	}
	id := g.Query("doc")
	if id == "" {
		return all, all, true
	}
	p := l.policy(id)
	if p == nil {
		s.problem(g, gonePolicy)
		return nil, nil, false
	}
	return all, []*corpus.Document{p.Document}, true
}

type matrixData struct {
	matrix
	Documents []*corpus.Document
	Shown     string // ID of the document that is shown; empty for all
	TooLarge  bool   // all were asked for, and are more than a page shows
}

// maxCells bounds the matrix on a page; the exports hold all of it.
const maxCells = 20_000

func (s *Server) matrixPage(g *gin.Context) {
	all, asked, ok := s.matrixDocuments(g)
	if !ok {
		return
	}
	data := matrixData{matrix: matrixOf(asked), Documents: all, Shown: g.Query("doc")}
	if len(data.Rows)*len(data.Bureaus) > maxCells && len(asked) > 1 {
		data.matrix, data.Shown, data.TooLarge = matrixOf(all[:1]), all[0].ID, true
	}
	s.show(g, http.StatusOK, "matrix", page{Title: "责任矩阵", Place: "matrix", Data: data})
}

// matrixColumns are the columns in front of the bureaus.
var matrixColumns = []string{"文号", "标题", "条款", "小标题"}

// table gives out the matrix as a table, its head first, row by row: all of a library
// is too large to be held.
func (m matrix) table(row func([]string) error) error {
	if err := row(slices.Concat(matrixColumns, m.Bureaus)); err != nil {
		return err
	}
	for _, r := range m.Rows {
		if err := row(slices.Concat([]string{r.Document.Number, r.Document.Title, r.Clause.Path.String(), r.Heading()}, r.Roles())); err != nil {
			return err
		}
	}
	return nil
}

// inert marks the cells of a row that a spreadsheet would take for formulas.
func inert(row []string) []string {
	for i, c := range row {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			row[i] = "'" + c
		}
	}
	return row
}

func (s *Server) matrixCSV(g *gin.Context) {
	_, asked, ok := s.matrixDocuments(g)
	if !ok {
		return
	}
	g.Header("Content-Type", "text/csv; charset=utf-8")
	g.Header("Content-Disposition", `attachment; filename="matrix.csv"`)
	g.Writer.WriteString("\ufeff") //nolint:errcheck // Excel reads GBK without it; a client that has gone needs none
	w := csv.NewWriter(g.Writer)
	err := matrixOf(asked).table(func(row []string) error { return w.Write(inert(row)) })
	w.Flush()
	if err = errors.Join(err, w.Error()); err != nil && g.Request.Context().Err() == nil {
		g.Error(fmt.Errorf("web: matrix as CSV: %w", err)) //nolint:errcheck // it returns what it was given
	}
}

func (s *Server) matrixXLSX(g *gin.Context) {
	_, asked, ok := s.matrixDocuments(g)
	if !ok {
		return
	}
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory
	if err := fillSheet(f, matrixOf(asked)); err != nil {
		s.fail(g, fmt.Errorf("web: matrix as XLSX: %w", err))
		return
	}
	g.Header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	g.Header("Content-Disposition", `attachment; filename="matrix.xlsx"`)
	if err := f.Write(g.Writer); err != nil && g.Request.Context().Err() == nil {
		g.Error(fmt.Errorf("web: matrix as XLSX: %w", err)) //nolint:errcheck // it returns what it was given
	}
}

// fillSheet writes a matrix into the first sheet, its head and first columns fixed. Its
// cells are typed as text, so none is a formula.
func fillSheet(f *excelize.File, m matrix) error {
	const sheet = "责任矩阵"
	if err := f.SetSheetName(f.GetSheetName(0), sheet); err != nil {
		return err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	wrap, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	panes := &excelize.Panes{Freeze: true, XSplit: len(matrixColumns), YSplit: 1, TopLeftCell: "E2", ActivePane: "bottomRight"}
	for _, err := range []error{w.SetPanes(panes), w.SetColWidth(1, 4, 24), w.SetColWidth(5, max(5, len(matrixColumns)+len(m.Bureaus)), 14)} {
		if err != nil {
			return err
		}
	}
	n := 0
	err = m.table(func(row []string) error {
		cells := make([]any, len(row)) // those without text stay nil and are not written
		for j, c := range row {
			if c != "" {
				cells[j] = excelize.Cell{StyleID: wrap, Value: c}
			}
		}
		n++
		return w.SetRow(fmt.Sprintf("A%d", n), cells)
	})
	if err != nil {
		return err
	}
	return w.Flush()
}
