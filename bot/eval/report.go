package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wence-bot/wence/bot"
)

// A Report counts right answers per kind of question.
type Report struct {
	Questions int              `json:"questions"`
	Total     Counts           `json:"total"`
	Kinds     map[string]Count `json:"kinds"`
	// FalseAnswers counts questions that have no answer and got one.
	FalseAnswers int `json:"false_answers"`
	// P50 and P99 are microseconds per answer, measured in process.
	P50    int64    `json:"p50_us"`
	P99    int64    `json:"p99_us"`
	Wrong  []Wrong  `json:"wrong"`
	took   []int64  // microseconds
	kinds  []string // in the order met
	counts map[string]Counts
}

// A Count is how many of how many passed.
type Count struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

// Counts are the counts of each check.
type Counts map[string]Count

// Wrong is an answer that failed a check.
type Wrong struct {
	ID      string      `json:"id"`
	Type    string      `json:"type"`
	Text    string      `json:"q"`
	Failed  []string    `json:"failed"`
	Outcome bot.Outcome `json:"outcome"`
	Cited   []string    `json:"cited"`
	Want    []string    `json:"want"`
}

func newReport() *Report {
	return &Report{Total: Counts{}, Kinds: map[string]Count{}, counts: map[string]Counts{}}
}

func (c Counts) add(check string, ok bool) {
	n := c[check]
	n.Of++
	if ok {
		n.Right++
	}
	c[check] = n
}

func (r *Report) add(g Golden, a bot.Answer, checks map[string]bool, took time.Duration) {
	r.Questions++
	r.took = append(r.took, took.Microseconds())
	if r.counts[g.Type] == nil {
		r.counts[g.Type] = Counts{}
		r.kinds = append(r.kinds, g.Type)
	}
	w := Wrong{ID: g.ID, Type: g.Type, Text: g.Text, Outcome: a.Outcome}
	for _, check := range Checks {
		ok, applies := checks[check]
		if !applies {
			continue
		}
		r.Total.add(check, ok)
		r.counts[g.Type].add(check, ok)
		if !ok && check != CheckAll {
			w.Failed = append(w.Failed, check)
		}
	}
	if g.Answerable != nil && !*g.Answerable && a.Outcome == bot.Answered {
		r.FalseAnswers++
	}
	if len(w.Failed) > 0 {
		for _, c := range a.Citations {
			w.Cited = append(w.Cited, fmt.Sprintf("%s第%d段", c.Clause, c.Paragraph))
		}
		for _, p := range g.Paragraphs {
			w.Want = append(w.Want, fmt.Sprintf("%s第%d段", p.Clause, p.Paragraph))
		}
		r.Wrong = append(r.Wrong, w)
	}
}

func (r *Report) finish() {
	for kind, c := range r.counts {
		r.Kinds[kind] = c[CheckAll]
	}
	slices.Sort(r.took)
	if n := len(r.took); n > 0 {
		r.P50, r.P99 = r.took[n/2], r.took[n*99/100]
	}
}

// Print writes the report as a table, and what was wrong if verbose.
func (r *Report) Print(w io.Writer, verbose bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "kind\t%s\t\n", strings.Join(Checks, "\t"))
	for _, kind := range r.kinds {
		fmt.Fprintf(t, "%s\t%s\t\n", kind, row(r.counts[kind]))
	}
	fmt.Fprintf(t, "total\t%s\t\n", row(r.Total))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d questions, %d false answers, %d µs p50, %d µs p99 per answer\n", r.Questions, r.FalseAnswers, r.P50, r.P99)
	if verbose {
		for _, x := range r.Wrong {
			fmt.Fprintf(w, "%s %s %s: failed %s; %s, cited %v, want %v\n", x.ID, x.Type, x.Text, strings.Join(x.Failed, " "), x.Outcome, x.Cited, x.Want)
		}
	}
	return nil
}

func row(c Counts) string {
	cells := make([]string, len(Checks))
	for i, check := range Checks {
		n, ok := c[check]
		if !ok {
			cells[i] = "-"
			continue
		}
		cells[i] = fmt.Sprintf("%d/%d", n.Right, n.Of)
	}
	return strings.Join(cells, "\t")
}

// Figures returns every figure as a line "kind check right/of", in a stable
// order. Timings are left out: they are no property of the answers. So is
// CheckExact, which has to hold of all answers, however many there are.
func (r *Report) Figures() []string {
	var out []string
	kinds := slices.Clone(r.kinds)
	slices.Sort(kinds)
	for _, kind := range kinds {
		out = append(out, lines(kind, r.counts[kind])...)
	}
	out = append(out, lines("total", r.Total)...)
	return append(out, fmt.Sprintf("total false_answers %d/%d", r.FalseAnswers, r.Questions))
}

func lines(kind string, c Counts) []string {
	var out []string
	for _, check := range Checks {
		if n, ok := c[check]; ok && check != CheckExact {
			out = append(out, fmt.Sprintf("%s %s %d/%d", kind, check, n.Right, n.Of))
		}
	}
	return out
}

// Drops compares two lists of figures and says what got worse: more wrong, or more
// false answers. How many answers a check applies to may change with the answers;
// how many questions there are may not.
func Drops(before, after []string) []string {
	type figure struct{ right, of int }
	now := map[string]figure{}
	for _, line := range after {
		if name, right, of, ok := parseFigure(line); ok {
			now[name] = figure{right, of}
		}
	}
	var out []string
	for _, line := range before {
		name, right, of, ok := parseFigure(line)
		n, found := now[name]
		falseAnswers := strings.HasSuffix(name, "false_answers")
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%q is no figure", line))
		case !found || n.of != of && (falseAnswers || strings.HasSuffix(name, " "+CheckAll)):
			out = append(out, fmt.Sprintf("%s: was of %d questions, is of %d: rewrite the report with -update", name, of, n.of))
		case falseAnswers && n.right > right, !falseAnswers && n.of-n.right > of-right:
			out = append(out, fmt.Sprintf("%s: was %d/%d, is %d/%d", name, right, of, n.right, n.of))
		}
	}
	return out
}

func parseFigure(line string) (name string, right, of int, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return "", 0, 0, false
	}
	_, err := fmt.Sscanf(line[i+1:], "%d/%d", &right, &of)
	return line[:i], right, of, err == nil
}
