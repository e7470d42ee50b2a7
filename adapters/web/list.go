package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/corpus"
)

// Wording is how texts are compared where somebody looks for a word. Both may be nil:
// then words are found as they are written.
type Wording struct {
	// Fold brings spellings of the same text together: width, case, traditional
	// characters. offsets has for each byte of folded the offset in text of the character
	// that it comes from.
	Fold func(text string) (folded string, offsets []int)
	// Topics returns the words with which policies speak of what people call topic.
	Topics func(topic string) []string
}

func (w Wording) fold(text string) string {
	if w.Fold == nil {
		return text
	}
	folded, _ := w.Fold(text)
	return folded
}

// find returns where a folded word stands in text as it is written; 0, 0 if it does not.
func (w Wording) find(text, word string) (start, end int) {
	folded, offsets := text, []int(nil)
	if w.Fold != nil {
		folded, offsets = w.Fold(text)
	}
	at := strings.Index(folded, word)
	if at < 0 || word == "" {
		return 0, 0
	}
	if offsets == nil {
		return at, at + len(word)
	}
	start, last := offsets[at], offsets[at+len(word)-1]
	_, n := utf8.DecodeRuneInString(text[last:])
	return start, last + n
}

// A filter is what the list is narrowed down to. Empty fields narrow nothing.
type filter struct {
	Text, Bureau, Topic, Year string
	State                     corpus.Status
	Page                      int // from 1
}

// maxFilter bounds each field of a filter, in characters. A longer one is cut.
const maxFilter = 100

func filterOf(g *gin.Context) filter {
	page, err := strconv.Atoi(g.Query("page"))
	if err != nil || page < 1 {
		page = 1 // what is no page is the first
	}
	return filter{
		Text: query(g, "q"), Bureau: query(g, "bureau"), Topic: query(g, "topic"), State: corpus.Status(query(g, "status")),
		Year: query(g, "year"), Page: page,
	}
}

// query returns a field of a filter.
func query(g *gin.Context, name string) string {
	v := []rune(strings.TrimSpace(strings.ToValidUTF8(g.Query(name), "")))
	return string(v[:min(len(v), maxFilter)])
}

// Query prints the filter for a link to another page of the list.
func (f filter) Query(page int) string {
	v := url.Values{}
	for key, value := range map[string]string{"q": f.Text, "bureau": f.Bureau, "topic": f.Topic, "status": string(f.State), "year": f.Year} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "?" + v.Encode()
}

// A listed policy is one that fits a filter, with where its text does.
type listed struct {
	*policy
	Clause  *corpus.Clause // the first that fits the text or topic; nil if none was asked for
	Snippet []run
}

// A folded text is what a search looks at.
type folded struct {
	head string // title and number
	text string
	// topics says for each clause what it is about: its headings, or its text if it has none.
	topics []string
}

// A folding folds a document when it is first searched.
type folding struct {
	once sync.Once
	done atomic.Bool
	folded
}

func (f *folding) of(w Wording, d *corpus.Document) *folded {
	f.once.Do(func() {
		f.head, f.text = w.fold(d.Title+"\n"+d.Number), w.fold(d.Text)
		for _, c := range d.Clauses {
			about := strings.Join(c.Headings, "\n")
			if about == "" {
				about = c.Text
			}
			f.topics = append(f.topics, w.fold(about))
		}
		f.done.Store(true)
	})
	return &f.folded
}

// A search is a filter made ready to compare.
type search struct {
	filter
	words         Wording
	terms, topics []string // folded
	bureau        string   // folded
}

func (w Wording) search(f filter) search {
	s := search{filter: f, words: w, terms: strings.Fields(w.fold(f.Text)), bureau: w.fold(f.Bureau)}
	if f.Topic != "" {
		s.topics = []string{w.fold(f.Topic)}
		if w.Topics != nil {
			s.topics = append(s.topics, w.Topics(s.topics[0])...)
		}
	}
	return s
}

func (s search) isTopic(text string) bool {
	return slices.ContainsFunc(s.topics, func(t string) bool { return strings.Contains(text, t) })
}

// fits reports whether a policy is to be listed.
func (s search) fits(p *policy) bool {
	if s.State != "" && p.State != s.State || s.Year != "" && p.Year() != s.Year {
		return false
	}
	if s.bureau != "" && !slices.ContainsFunc(bureausOf(p.Document), func(n string) bool { return strings.Contains(s.words.fold(n), s.bureau) }) {
		return false
	}
	if len(s.terms) == 0 && s.topics == nil {
		return true
	}
	f := p.folding.of(s.words, p.Document)
	if s.topics != nil && !s.isTopic(f.head) && !slices.ContainsFunc(f.topics, s.isTopic) {
		return false
	}
	return !slices.ContainsFunc(s.terms, func(w string) bool { return !strings.Contains(f.text, w) && !strings.Contains(f.head, w) })
}

// show finds the clause to show of a policy that fits: the first with most of the words,
// else the first about the topic.
func (s search) show(p *policy) listed {
	l, most := listed{policy: p}, 0
	for i := range p.Clauses {
		if len(s.terms) == 0 {
			break
		}
		c := &p.Clauses[i]
		text, n, first := s.words.fold(c.Text), 0, ""
		for _, w := range s.terms {
			if strings.Contains(text, w) {
				n++
				first = cmp.Or(first, w)
			}
		}
		if n > most {
			most, l.Clause, l.Snippet = n, c, s.snippet(p.Document, c, first)
		}
	}
	if i := slices.IndexFunc(p.folding.of(s.words, p.Document).topics, s.isTopic); l.Clause == nil && i >= 0 {
		l.Clause = &p.Clauses[i]
	}
	return l
}

// snippet returns the surroundings of a folded word in a clause, the word marked.
func (s search) snippet(d *corpus.Document, c *corpus.Clause, word string) []run {
	const around = 40 // characters
	from, to := s.words.find(c.Text, word)
	from, to = from+c.Start, to+c.Start
	start, end := from, to
	for range around {
		if start > c.Start {
			_, n := utf8.DecodeLastRuneInString(d.Text[c.Start:start])
			start -= n
		}
		if end < c.End {
			_, n := utf8.DecodeRuneInString(d.Text[end:c.End])
			end += n
		}
	}
	out := runs(d.Text, start, end, from, to)
	if start > c.Start {
		out = slices.Insert(out, 0, run{Text: "…"})
	}
	if end < c.End {
		out = append(out, run{Text: "…"})
	}
	return out
}

type listData struct {
	Filter         filter
	Policies       []listed
	Total, Pages   int
	Bureaus, Years []string
	States         []corpus.Status
	Topics         []string
}

const listedPerPage = 20

func (s *Server) listPolicies(g *gin.Context) {
	l, err := s.shelf.library(g.Request.Context())
	if err != nil {
		s.fail(g, err)
		return
	}
	data := listData{Filter: filterOf(g)}
	wanted := s.Wording.search(data.Filter)
	var fitting []*policy
	for _, p := range l.policies {
		if !slices.Contains(data.Years, p.Year()) && p.Year() != "" {
			data.Years = append(data.Years, p.Year())
		}
		if !slices.Contains(data.States, p.State) {
			data.States = append(data.States, p.State)
		}
		data.Topics = appendTopics(data.Topics, p.Document)
		if wanted.fits(p) {
			fitting = append(fitting, p)
		}
	}
	slices.Sort(data.Years)
	slices.Reverse(data.Years)
	for _, b := range l.bureaus {
		data.Bureaus = append(data.Bureaus, b.Name)
	}
	data.Total = len(fitting)
	data.Pages = max(1, (data.Total+listedPerPage-1)/listedPerPage)
	data.Filter.Page = min(data.Filter.Page, data.Pages)
	from := (data.Filter.Page - 1) * listedPerPage
	for _, p := range fitting[from:min(data.Total, from+listedPerPage)] {
		data.Policies = append(data.Policies, wanted.show(p))
	}
	title := "政策库"
	if data.Filter.Text != "" {
		title = "查找“" + data.Filter.Text + "” · " + title
	}
	s.show(g, http.StatusOK, "policies", page{Title: title, Place: "policies", Data: data})
}

// maxTopics bounds how many headings are offered as topics.
const maxTopics = 60

func appendTopics(topics []string, d *corpus.Document) []string {
	for _, c := range d.Clauses {
		if n := len(c.Headings); n > 0 && len(topics) < maxTopics && !slices.Contains(topics, c.Headings[n-1]) {
			topics = append(topics, c.Headings[n-1])
		}
	}
	return topics
}
