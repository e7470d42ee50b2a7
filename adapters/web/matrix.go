package web

import (
	"encoding/csv"
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
	Roles    []string // by Bureaus; empty where the bureau has none
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
	for _, d := range docs {
		for _, b := range bureausOf(d) {
			if !slices.Contains(m.Bureaus, b) {
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
			row := matrixRow{Document: d, Clause: c, Roles: make([]string, len(m.Bureaus))}
			for _, r := range c.Responsibilities {
				at := slices.Index(m.Bureaus, r.Bureau)
				if name := roleNames[r.Role]; !strings.Contains(row.Roles[at], name) {
					row.Roles[at] = strings.TrimPrefix(row.Roles[at]+"、"+name, "、")
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

// cells returns the matrix as a table with its head.
func (m matrix) cells() [][]string {
	out := [][]string{slices.Concat(matrixColumns, m.Bureaus)}
	for _, r := range m.Rows {
		row := slices.Concat([]string{r.Document.Number, r.Document.Title, r.Clause.Path.String(), r.Heading()}, r.Roles)
		for i, c := range row {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				row[i] = "'" + c // a spreadsheet would take it for a formula
			}
		}
		out = append(out, row)
	}
	return out
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
	if err := w.WriteAll(matrixOf(asked).cells()); err != nil && g.Request.Context().Err() == nil {
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
	if err := fillSheet(f, matrixOf(asked).cells()); err != nil {
		s.fail(g, fmt.Errorf("web: matrix as XLSX: %w", err))
		return
	}
	g.Header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	g.Header("Content-Disposition", `attachment; filename="matrix.xlsx"`)
	if err := f.Write(g.Writer); err != nil && g.Request.Context().Err() == nil {
		g.Error(fmt.Errorf("web: matrix as XLSX: %w", err)) //nolint:errcheck // it returns what it was given
	}
}

// fillSheet writes a table into the first sheet, its head and first columns fixed.
func fillSheet(f *excelize.File, table [][]string) error {
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
	for _, err := range []error{w.SetPanes(panes), w.SetColWidth(1, 4, 24), w.SetColWidth(5, max(5, len(table[0])), 14)} {
		if err != nil {
			return err
		}
	}
	for i, row := range table {
		cells := make([]any, len(row))
		for j, c := range row {
			cells[j] = excelize.Cell{StyleID: wrap, Value: c}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}
