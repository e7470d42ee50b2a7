package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFigures(t *testing.T) {
	var f figures
	f.add([]string{"a", "b", "c"}, []string{"b", "x"}) // second place, one of two
	f.add([]string{"a"}, []string{"a", "a"})
	got := f.mean()
	for _, c := range []struct{ got, want float64 }{
		{got.hit1, 0.5}, {got.hit5, 1}, {got.recall10, 0.75}, {got.recall100, 0.75}, {got.mrr, 0.75},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("figures %+v, want hit@1 0.5, hit@5 1, the rest 0.75", got)
		}
	}
}

func TestTriples(t *testing.T) {
	if got := triples(`贷款贴息"OR"，贴息`); got != `"贷款贴" OR "款贴息"` {
		t.Errorf("got %s", got)
	}
}

// writeTexts makes a folder like that of STARD.
func writeTexts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	law := filepath.Join(dir, "办法.txt")
	text := "某市小微企业贷款贴息办法\n第一章 总则\n第一条 为了支持小微企业发展，制定本办法，由有关部门按照各自的职责负责落实。\n第二条 贷款贴息的标准按照实际支付利息的百分之五十计算，最高不超过十万元。\n第三条 本办法自发布之日起施行，有效期三年，由有关部门负责解释。\n"
	if err := os.WriteFile(law, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMeasure(t *testing.T) {
	dir := writeTexts(t)
	for engine := range contenders {
		var out bytes.Buffer
		c := measureCmd{Dir: dir, Engine: engine, Clauses: 50, Questions: 5}
		if err := c.Run(t.Context(), &out); err != nil {
			t.Errorf("%s: %v", engine, err)
		}
		if !strings.Contains(out.String(), `"Clauses":50`) {
			t.Errorf("%s: %s", engine, &out)
		}
	}
}

func TestDrawGrowth(t *testing.T) {
	svg := drawGrowth([]result{
		{Engine: "wence", Clauses: 10000, CPU: time.Millisecond}, {Engine: "wence", Clauses: 100000, CPU: 2 * time.Millisecond},
		{Engine: "fts5", Clauses: 10000, CPU: 3 * time.Millisecond},
	})
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Error(svg)
	}
}
