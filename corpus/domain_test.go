package corpus_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wence-bot/wence/corpus"
	"github.com/wence-bot/wence/corpus/policies"
)

func TestDomainWords(t *testing.T) {
	v, err := corpus.LoadVocabulary(words(), "w")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, `乙市人民政府关于扶持企业的意见
一、扶持
推广“小快轻准”和《竹木条例》,办好“甲”,落实“这个名字实在是太长了没有人会把它整个打出来”。(市财政局负责)`)
	got := corpus.DomainWords([]*corpus.Document{d, d}, v)
	for _, want := range []string{"小快轻准", "竹木条例", "市财政局", "融资"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is no domain word: %q", want, got)
		}
	}
	for _, never := range []string{
		"甲",        // one character
		"贷款", "周转", // how people talk: they are words already
		"这个名字实在是太长了没有人会把它整个打出来", // a sentence
		"扶持",
	} {
		if slices.Contains(got, never) {
			t.Errorf("%s is a domain word", never)
		}
	}
	for i, w := range got {
		if n := utf8.RuneCountInString(w); n < 2 || n > 14 || strings.ContainsAny(w, "《》“”\n") {
			t.Errorf("the domain word %q", w)
		}
		if i > 0 && got[i-1] >= w {
			t.Errorf("%q stands before %q", got[i-1], w)
		}
	}
	if got := corpus.DomainWords(nil, v); !slices.Equal(got, []string{"护照", "融资"}) {
		t.Errorf("without documents: %q", got)
	}
}

// TestEmbeddedDomainWords holds that the names of the founding policy stay whole.
func TestEmbeddedDomainWords(t *testing.T) {
	v, err := corpus.LoadVocabulary(policies.FS, "words")
	if err != nil {
		t.Fatal(err)
	}
	doc := parse(t, foundingText())
	got := corpus.DomainWords([]*corpus.Document{doc}, v)
	for _, c := range doc.Clauses {
		for _, r := range c.Responsibilities {
			for _, name := range []string{r.Bureau, r.AsWritten} {
				if n := utf8.RuneCountInString(name); n <= 14 && !slices.Contains(got, name) {
					t.Errorf("%s is no domain word", name)
				}
			}
		}
	}
	for _, want := range []string{"小巨人", "粤贸全球", "清企通", "一带一路", "环评"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is no domain word", want)
		}
	}
	if !slices.IsSorted(got) {
		t.Error("the words are not sorted, so two starts differ")
	}
}
