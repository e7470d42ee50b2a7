package bleve

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/index"
)

// TestOneSentenceCountsMoreThanScatteredWords: of two clauses with the same words the
// one is first that has those of the question in one sentence.
func TestOneSentenceCountsMoreThanScatteredWords(t *testing.T) {
	x, err := New(letters{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close() //nolint:errcheck // in memory
	d := &corpus.Document{ID: "d", Status: corpus.InForce, Revision: "r"}
	texts := []string{
		"甲乙 子丑 寅卯 。 丙丁 辰巳 午未 。 戊己 申酉 戌亥 。",
		"甲乙 丙丁 戊己 。 子丑 寅卯 辰巳 。 午未 申酉 戌亥 。",
		"甲乙 申酉 戌亥 。 丙丁 子丑 寅卯 。 戊己 辰巳 午未 。",
	}
	for i, text := range texts {
		d.Clauses = append(d.Clauses, corpus.Clause{Path: corpus.Path{{Level: corpus.LevelArticle, Num: i + 1}}, Text: text})
	}
	if err := x.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	hits, err := x.Search(t.Context(), index.Query{Terms: []index.Term{{Text: "甲乙", Boost: 1}, {Text: "丙丁", Boost: 1}, {Text: "戊己", Boost: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(hits) != 3 || hits[0].Ref.Path != d.Clauses[1].Path.String() || hits[0].Score <= hits[1].Score {
		t.Errorf("found %v, want %s first", hits, d.Clauses[1].Path)
	}
}

// TestSentencesAreBounded: a clause without end or without stops has few sentences, and
// none of its characters is lost.
func TestSentencesAreBounded(t *testing.T) {
	var long strings.Builder
	var last string
	for i := range 5000 {
		last = string(rune('一' + i))
		long.WriteString(last)
		if i < 3000 && i%7 == 6 {
			long.WriteString("。")
		}
	}
	s := sentencesOf(letters{}, &corpus.Clause{Text: long.String(), Headings: []string{"甲乙丙丁"}})
	n := 0
	for rest := s; len(rest) > 0; n++ {
		_, _, rest = rest.next()
	}
	if n != mostSentences {
		t.Errorf("%d sentences, want %d", n, mostSentences)
	}
	for _, char := range []string{"丁", "一", last} {
		if !s.has(markOf(char)) {
			t.Errorf("%s is lost", char)
		}
	}
	var without strings.Builder
	for i := range 1000 {
		without.WriteRune('一' + rune(i))
	}
	table := sentencesOf(letters{}, &corpus.Clause{Text: without.String()})
	for i := range 1000 {
		if char := string('一' + rune(i)); !table.has(markOf(char)) {
			t.Errorf("%s is lost where there are no stops", char)
		}
	}
	for n = 0; len(table) > 0; n++ {
		_, _, table = table.next()
	}
	if n != 4 {
		t.Errorf("1,000 characters without a stop are %d sentences, want 4", n)
	}
}

// FuzzSentences: stored bytes that are damaged are neither read beyond their end nor
// without end.
func FuzzSentences(f *testing.F) {
	f.Add([]byte(sentencesOf(letters{}, &corpus.Clause{Text: "甲乙丙丁。子丑寅卯。"})))
	f.Add([]byte{5, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	var marks []weighedMark
	for i := range 2 * scoredTerms {
		marks = append(marks, weighedMark{markOf(fmt.Sprint(i)), 1})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		anywhere, best := sentences(data).score(marks)
		if anywhere > float64(len(marks)) || best > anywhere*shortness[0] {
			t.Errorf("%v characters anywhere, %v in one sentence of %d", anywhere, best, len(marks))
		}
		sentences(data).has(marks[0].mark)
	})
}
