package corpus

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Vocabulary holds the words in which people ask. All of it is data that an
// admin can change; its texts are normalised: simplified, half width, lower case.
type Vocabulary struct {
	Thesaurus   *Lexicon  // how people talk → how policies talk: 周转 → 融资
	Dialect     *Lexicon  // dialect → standard Chinese, rewritten before anything else
	Frames      *Lexicon  // words that only make a question of what is asked
	Filler      *Lexicon  // words that never tell one matter from another
	Bystanders  *Lexicon  // words after one that says only where or who: 银行门口
	Actors      *Lexicon  // words for who or where, which are no matter by themselves
	Aims        *Lexicon  // what is asked about a matter: who, amount, date, …
	Talk        *Lexicon  // what is no question about policy: greeting, abuse, …
	Manners     *Lexicon  // what the whole of a text is made of that is nothing but such talk
	Documents   *Lexicon  // what the whole of a question after a document itself is made of
	Matters     *Lexicon  // public-service matters: one that a policy does not name is not covered by it
	Patterns    *Patterns // matters told in words of everyday life
	Emergencies *Patterns // dangers that people are in: fire, crime, …
	Places      *Places
}

// LoadVocabulary reads the vocabulary from the files of a folder.
func LoadVocabulary(fsys fs.FS, dir string) (*Vocabulary, error) {
	v := &Vocabulary{}
	for _, f := range []struct {
		name string
		to   **Lexicon
	}{
		{"thesaurus.txt", &v.Thesaurus}, {"dialect.txt", &v.Dialect}, {"aims.txt", &v.Aims},
		{"talk.txt", &v.Talk}, {"matters.txt", &v.Matters}, {"manners.txt", &v.Manners}, {"documents.txt", &v.Documents},
	} {
		src, err := fs.ReadFile(fsys, path.Join(dir, f.name))
		if err != nil {
			return nil, fmt.Errorf("corpus: vocabulary: %w", err)
		}
		if *f.to, err = ParseLexicon(f.name, string(src)); err != nil {
			return nil, fmt.Errorf("corpus: vocabulary: %w", err)
		}
	}
	v.Dialect = v.Dialect.inverted()
	for _, key := range v.Thesaurus.Keys() {
		v.Thesaurus.Add(key, key) // whoever talks like a policy is understood too
	}
	for phrase, kinds := range v.Talk.Phrases {
		for _, kind := range kinds {
			if slices.Contains(mannerly, kind) {
				v.Manners.Add(phrase, kind)
			}
		}
	}
	for name, to := range map[string]**Lexicon{"filler": &v.Filler, "frames": &v.Frames, "bystanders": &v.Bystanders, "actors": &v.Actors} {
		src, err := fs.ReadFile(fsys, path.Join(dir, name+".txt"))
		if err != nil {
			return nil, fmt.Errorf("corpus: vocabulary: %w", err)
		}
		*to = ParseList(name, string(src))
	}
	for name, to := range map[string]**Patterns{"patterns.txt": &v.Patterns, "emergencies.txt": &v.Emergencies} {
		src, err := fs.ReadFile(fsys, path.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("corpus: vocabulary: %w", err)
		}
		if *to, err = ParsePatterns(name, string(src)); err != nil {
			return nil, fmt.Errorf("corpus: vocabulary: %w", err)
		}
	}
	src, err := fs.ReadFile(fsys, path.Join(dir, "places.txt"))
	if err != nil {
		return nil, fmt.Errorf("corpus: vocabulary: %w", err)
	}
	if v.Places, err = ParsePlaces("places.txt", string(src)); err != nil {
		return nil, fmt.Errorf("corpus: vocabulary: %w", err)
	}
	return v, nil
}

// mannerly are the kinds of Talk that a whole text can be made of.
var mannerly = []string{"greeting", "thanks", "bye", "identity", "abuse", "handover"}

// inverted turns "dialect = standard" lines into phrases that are found as dialect.
func (l *Lexicon) inverted() *Lexicon {
	out := newLexicon()
	out.order = l.order
	for phrase, keys := range l.keys {
		for _, k := range keys {
			out.Add(k, phrase)
		}
	}
	return out
}

// A Scenario 分办场景 is one kind of request and the clause that it leads to.
type Scenario struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Line      string   `json:"line"`     // one line that says what it is about
	Document  string   `json:"document"` // 文号; empty: see Outside
	Clause    string   `json:"clause"`   // as in 二、(六)
	Paragraph int      `json:"paragraph"`
	Quote     string   `json:"quote"` // the part of the clause that answers, verbatim
	Asks      []string `json:"asks"`  // ways people ask for it
}

// Outside reports whether the scenario is one that people ask about and that no
// policy has to cover. It leads to no clause but says what is not the matter of one.
func (s Scenario) Outside() bool { return s.Document == "" }

// ParseOutside reads scenarios that are outside: [name], then one way of asking a
// line; '#' starts a comment line. An ask before the first name is an error.
func ParseOutside(name, src string) ([]Scenario, error) {
	var all []Scenario
	for i, line := range strings.Split(src, "\n") {
		line = strings.TrimSpace(line)
		heading, isHeading := strings.CutPrefix(line, "[")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isHeading:
			all = append(all, Scenario{Code: line, Name: strings.TrimSuffix(heading, "]")})
		case len(all) == 0:
			return nil, fmt.Errorf("%s:%d: %q stands before the first [matter]", name, i+1, line)
		default:
			last := &all[len(all)-1]
			last.Asks = append(last.Asks, line)
		}
	}
	return all, nil
}

// ParseScenarios reads scenarios from JSON and refuses codes that stand twice.
func ParseScenarios(src []byte) ([]Scenario, error) {
	var all []Scenario
	if err := json.Unmarshal(src, &all); err != nil {
		return nil, fmt.Errorf("corpus: scenarios: %w", err)
	}
	seen := map[string]bool{}
	for _, s := range all {
		if s.Code == "" || seen[s.Code] {
			return nil, fmt.Errorf("corpus: scenarios: the code %q is empty or stands twice", s.Code)
		}
		seen[s.Code] = true
	}
	return all, nil
}
