package extract

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// maxHTML is the size of a page in bytes: the tree of a page takes many times its
// size in memory.
const maxHTML = 8 << 20

// contents are where government sites put the text of a document, the most telling
// first. Pages of the Guangdong platform (gkmlpt) use .article-content, those of the
// State Council #UCAP-CONTENT.
var contents = []string{
	"#UCAP-CONTENT", ".article-content", "#zoom", "#Zoom", "#vsb_content", ".v_news_content", ".TRS_Editor", ".trs_editor_view", ".TRS_UEDITOR",
	".trs_paper_default", ".wp_articlecontent", ".pages_content", ".xxgk_detail_content", ".zwgk_content", ".news_content", ".con_text", ".article_content",
	".article-body", ".article_con", ".content_text", ".bt_content", "#NewsContent", "#article_content", "#artibody", "#fontzoom", "#textBox", "article",
}

// furniture are elements that hold no text of a document.
const furniture = `script, style, noscript, template, iframe, svg, canvas, object, embed, audio, video, nav, footer, aside, button, select, textarea, input, rp, rt,
[hidden], [style*="display:none"], [style*="display: none"], [style*="visibility:hidden"], [role=navigation], [role=banner], [role=search]`

// furnitureNames are class names and ids of what stands around a document.
var furnitureNames = []string{
	"share", "bdsharebuttonbox", "bshare-custom", "social-share", "print", "crumb", "crumbs", "breadcrumb", "breadcrumbs", "position", "location", "dqwz", "curpos",
	"nav", "navbar", "navigation", "menu", "topnav", "footer", "foot", "header", "copyright", "pager", "pagination", "pagenav", "prev-next", "prevnext", "pre_next", "related",
	"relevant", "xgwj", "xglj", "xgjd", "xgxx", "xgzc", "related-links", "toolbar", "tools", "qrcode", "ewm", "erweima", "sidebar", "search", "login", "fontsize", "font-size",
	"attachment-list", "fjxz", "appendix-download", "statement", "editor-info",
}

// readHTML reads the document in a web page, without what stands around it.
func readHTML(raw []byte, res *Result) error {
	if len(raw) > maxHTML {
		return fmt.Errorf("the page has %d MB, more than %d; save its text only, or as docx: %w", len(raw)>>20, maxHTML>>20, ErrTooLarge)
	}
	text, err := decodeHTML(raw)
	if err != nil {
		return err
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("the page cannot be read (%v); open it in a browser and save it anew: %w", err, ErrUnreadable)
	}
	if lower := bytes.ToLower(raw[max(0, len(raw)-4096):]); bytes.Contains(bytes.ToLower(raw[:min(len(raw), 4096)]), []byte("<html")) && !bytes.Contains(lower, []byte("</html")) && !bytes.Contains(lower, []byte("</body")) {
		res.note("the page does not end with </html>; compare its end with the original, it may have been cut off")
	}
	res.Metadata = readMetadata(doc)
	hidden := removeFurniture(doc)
	body := content(doc)
	w := &htmlWriter{base: body.Get(0)}
	w.walk(body.Get(0), 0)
	w.flush()
	lines := trimFurniture(w.lines)
	if w.pictures > 0 && utf8.RuneCountInString(strings.Join(lines, "")) < 50 {
		return fmt.Errorf("the page shows pictures instead of text; run text recognition (OCR) on them, or import the attached file: %w", ErrNoText)
	}
	if w.pictures > 0 {
		res.note("%d pictures were left out; if they show text, run text recognition (OCR)", w.pictures)
	}
	if hidden > 0 {
		res.note("%d hidden elements were left out", hidden)
	}
	if w.attachments > 0 {
		res.note("the page links to %d attached files; import them too if the policy is in them", w.attachments)
	}
	if len(lines) == 0 {
		return fmt.Errorf("no document was found in the page; if it is loaded by a script, open it in a browser and save the page, or copy its text: %w", ErrNoText)
	}
	res.Text = strings.Join(append(head(doc, res.Metadata, lines), lines...), "\n")
	return nil
}

// decodeHTML turns a page into UTF-8: what is valid UTF-8 is, whatever the page
// says, and else the page says what it is.
func decodeHTML(raw []byte) (string, error) {
	if utf8.Valid(raw) || cutInRune(raw) {
		return strings.ToValidUTF8(string(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))), ""), nil
	}
	if s, ok := fromUTF16(raw); ok {
		return s, nil
	}
	enc, name, _ := charset.DetermineEncoding(raw, "")
	switch name {
	case "gbk", "gb18030", "windows-1252": // the last is a guess, which here is wrong
		return Text(raw)
	case "utf-8":
		return strings.ToValidUTF8(string(raw), "\uFFFD"), nil
	}
	out, err := enc.NewDecoder().Bytes(raw)
	if err != nil {
		return "", fmt.Errorf("the page is not in the encoding %s that it claims; save it as UTF-8: %w", name, ErrUnreadable)
	}
	return string(out), nil
}

// removeFurniture takes what is no part of a document out of the page and returns
// how many hidden elements with text there were.
func removeFurniture(doc *goquery.Document) int {
	hidden := doc.Find(`[hidden], [style*="display:none"], [style*="display: none"], [style*="visibility:hidden"]`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.Text()) != ""
	}).Length()
	all := textLength(doc.Get(0))
	doc.Find(furniture).Remove()
	doc.Find("header").Not("article header, main header").Remove()
	names := map[string]bool{}
	for _, n := range furnitureNames {
		names[n] = true
	}
	doc.Find("[class], [id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		class, _ := s.Attr("class")
		for _, n := range append(strings.Fields(strings.ToLower(class)), strings.ToLower(id)) {
			// A page that calls its whole body "print" means that this is to be printed.
			if names[n] && textLength(s.Get(0))*5 < all*2 && s.Find(strings.Join(contents, ",")).Length() == 0 {
				s.Remove()
				return
			}
		}
	})
	return hidden
}

// textLength returns how many bytes of text, without blanks, stand under a node.
func textLength(n *html.Node) int {
	if n == nil {
		return 0
	}
	total := 0
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "script" && c.Parent.Data != "style" {
			total += len(strings.TrimSpace(c.Data))
		}
	}
	return total
}

// content returns the element that holds the document.
func content(doc *goquery.Document) *goquery.Selection {
	const least = 180 // bytes, 60 characters
	for _, sel := range contents {
		best := doc.Find(sel)
		if best.Length() == 0 {
			continue
		}
		best = longest(best)
		if textLength(best.Get(0)) >= least {
			return best
		}
	}
	return densest(doc)
}

func longest(s *goquery.Selection) *goquery.Selection {
	at, most := 0, -1
	s.Each(func(i int, e *goquery.Selection) {
		if n := textLength(e.Get(0)); n > most {
			at, most = i, n
		}
	})
	return s.Eq(at)
}

// densest returns the block with the most text of its own. A block counts its
// paragraphs in full, blocks in it less and less, links not at all.
func densest(doc *goquery.Document) *goquery.Selection {
	score := map[*html.Node]int{}
	body := doc.Find("body").First()
	if body.Length() == 0 {
		return doc.Selection
	}
	for n := range body.Get(0).Descendants() {
		if n.Type != html.TextNode || inLink(n) {
			continue
		}
		size, share := len(strings.TrimSpace(n.Data)), 100
		for p := n.Parent; p != nil && share > 10 && size > 0; p = p.Parent {
			if container[p.Data] {
				score[p] += size * share
				share = share * 6 / 10
			}
		}
	}
	best, most := body.Get(0), 0
	for n := range body.Get(0).Descendants() { // in document order, so that the choice is always the same
		if score[n] > most {
			best, most = n, score[n]
		}
	}
	if score[body.Get(0)] >= most {
		best = body.Get(0)
	}
	return doc.FindNodes(best)
}

var container = map[string]bool{"div": true, "td": true, "section": true, "article": true, "main": true, "body": true, "center": true, "form": true}

func inLink(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "a" {
			return true
		}
	}
	return false
}
