package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wence-bot/wence/corpus"
)

// loadTexts reads what a speed run is made of: a STARD folder, or any folder of law
// or policy texts (*.md, *.txt).
func loadTexts(dir string) ([]*corpus.Document, error) {
	if c, err := loadStard(dir); err == nil {
		return c.documents, nil
	}
	var docs []*corpus.Document
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".md", ".txt"}, filepath.Ext(name)) {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if doc, err := corpus.Parse(string(raw), nil); err == nil { // a readme is no policy
			doc.ID = name
			docs = append(docs, doc)
		}
		return nil
	})
	if err == nil && len(docs) == 0 {
		err = fmt.Errorf("no law text in %s: give a folder of *.md or *.txt, or that of STARD", dir)
	}
	return docs, err
}

// A maker makes any number of clauses of a few: beyond those that there are it
// repeats the documents with runs of 2 to 4 characters overwritten from others, so
// that no two are alike. The same seed makes the same texts.
type maker struct {
	docs  []*corpus.Document
	rand  *rand.Rand
	texts [][]rune // of all clauses
	made  int      // clauses
	next  int      // document
}

func newMaker(docs []*corpus.Document) *maker {
	m := &maker{docs: docs, rand: rand.New(rand.NewPCG(1, 2))}
	for _, d := range docs {
		for i := range d.Clauses {
			m.texts = append(m.texts, []rune(d.Clauses[i].Text))
		}
	}
	m.rand.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	return m
}

// document returns the next document, with at most so many clauses.
func (m *maker) document(most int) *corpus.Document {
	round, from := m.next/len(m.docs), m.docs[m.next%len(m.docs)]
	m.next++
	d := &corpus.Document{ID: fmt.Sprint(from.ID, " ", round), Title: from.Title, Status: corpus.InForce}
	for i := range from.Clauses[:min(most, len(from.Clauses))] {
		c := &from.Clauses[i]
		text := c.Text
		if round > 0 {
			text = m.perturb([]rune(text))
		}
		addClause(d, c.Path, c.Headings, text)
	}
	seal([]*corpus.Document{d})
	m.made += len(d.Clauses)
	return d
}

// perturb overwrites about a tenth of a text.
func (m *maker) perturb(text []rune) string {
	for range len(text)/30 + 1 {
		other := m.texts[m.rand.IntN(len(m.texts))]
		n := 2 + m.rand.IntN(3)
		if len(other) < n || len(text) < n {
			continue
		}
		at := m.rand.IntN(len(other) - n + 1)
		copy(text[m.rand.IntN(len(text)-n+1):], other[at:at+n])
	}
	return string(text)
}

// askedOf returns questions for texts: laypeople's if the folder has some, else
// fragments of clauses with the words of a question behind them.
func askedOf(dir string, docs []*corpus.Document, n int) []string {
	var out []string
	if c, err := loadStard(dir); err == nil {
		for _, q := range c.questions {
			out = append(out, q.Text)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	tails := []string{"需要什么条件？", "由谁负责？", "怎么申请？", "有哪些规定？"}
	for len(out) < n {
		d := docs[r.IntN(len(docs))]
		text := []rune(d.Clauses[r.IntN(len(d.Clauses))].Text)
		if size := 8 + r.IntN(9); len(text) >= size {
			at := r.IntN(len(text) - size + 1)
			out = append(out, string(text[at:at+size])+tails[r.IntN(len(tails))])
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:n]
}

// hostileTimes is how many questions of each kind hostile returns.
const hostileTimes = 20

// hostile are questions that are made to take long, of each kind several, no two alike if
// that makes a difference: what was looked up for one is kept for the next.
func hostile(docs []*corpus.Document) map[string][hostileTimes]string {
	const step, length = 601, 10000
	var long []rune
	for len(long) < hostileTimes*step+length {
		for _, d := range docs {
			for _, c := range d.Clauses {
				if len(long) < hostileTimes*step+length {
					long = append(long, []rune(c.Text+"。")...)
				}
			}
		}
	}
	counts := map[string]int{}
	for _, d := range docs {
		for _, c := range d.Clauses {
			text := []rune(c.Text)
			for i := 1; i < len(text); i++ {
				counts[string(text[i-1:i+1])]++
			}
		}
	}
	pairs := make([]string, 0, len(counts))
	for p := range counts {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b string) int { return counts[b] - counts[a] })
	pairs = pairs[:min(1000, len(pairs))]
	shuffle := rand.New(rand.NewPCG(5, 6))
	var law, one, common, unknown [hostileTimes]string
	for i := range hostileTimes {
		law[i] = string(long[i*step : i*step+length])
		one[i] = strings.Repeat("的", length)
		common[i] = strings.Join(pairs, "，")
		unknown[i] = strings.Repeat("ᚠᛇᚻ ꙮ 𒀀𒀁 ሀለሐ ", 300)
		shuffle.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	}
	return map[string][hostileTimes]string{
		"10,000 characters of law": law, "one character 10,000 ×": one, "the 1,000 commonest": common, "unknown scripts": unknown,
	}
}
