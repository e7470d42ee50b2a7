package extract

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
)

// maxDepth is how deeply XML elements may nest. Word nests some 30, tables in
// tables more.
const maxDepth = 256

// xmlReader reads XML under limits. It knows where elements end, so that a caller
// can read or skip one without minding its children.
//
// It uses RawToken, which is twice as fast as Token but leaves prefixes as they
// are. Elements are told apart by the local part of their names and by where they
// stand, because some programs write other prefixes than Word.
type xmlReader struct {
	dec   *xml.Decoder
	in    *tokenReader
	what  string // names the member in errors
	depth int
	stack []string
}

func newXMLReader(r io.Reader, what string) *xmlReader {
	in := &tokenReader{r: r, what: what}
	dec := xml.NewDecoder(in)
	dec.CharsetReader = charset.NewReaderLabel
	return &xmlReader{dec: dec, in: in, what: what}
}

// maxToken is how many bytes one tag or text may take; the decoder holds it whole.
const maxToken = 4 << 20

// tokenReader counts the bytes that the decoder takes for one token.
type tokenReader struct {
	r    io.Reader
	what string
	n    int
}

func (t *tokenReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if t.n += n; t.n > maxToken {
		return 0, fmt.Errorf("the member %s holds a piece of text of more than %d MB, as zip bombs do; no policy does: %w", t.what, maxToken>>20, ErrTooLarge)
	}
	return n, err
}

// fail wraps an error of the decoder, unless it already says what to do.
func (x *xmlReader) fail(err error) error {
	for _, known := range []error{ErrUnreadable, ErrUnsupported, ErrTooLarge} {
		if errors.Is(err, known) {
			return err
		}
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the member %s is not valid XML (%v), so the file is damaged; open it and save it anew: %w", x.what, err, ErrUnreadable)
}

// next returns the next start element, end element or text. It returns io.EOF at
// the end of a complete document only.
func (x *xmlReader) next() (xml.Token, error) {
	for {
		tok, err := x.dec.RawToken()
		x.in.n = 0
		if err == io.EOF && x.depth == 0 {
			return nil, io.EOF
		}
		if err != nil {
			return nil, x.fail(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if x.depth++; x.depth > maxDepth {
				return nil, fmt.Errorf("the member %s nests more than %d elements, which no office program writes: %w", x.what, maxDepth, ErrTooLarge)
			}
			x.stack = append(x.stack, t.Name.Local)
			return t, nil
		case xml.EndElement:
			if x.depth == 0 || x.stack[x.depth-1] != t.Name.Local {
				return nil, x.fail(fmt.Errorf("</%s> closes nothing", t.Name.Local))
			}
			x.depth--
			x.stack = x.stack[:x.depth]
			return t, nil
		case xml.CharData:
			if x.depth > 0 {
				return t, nil
			}
		case xml.Directive:
			return nil, fmt.Errorf("the member %s declares a document type or entities, which no office program writes; do not trust it: %w", x.what, ErrUnreadable)
		}
	}
}

// children calls f for each child of the element that was just opened, up to its
// end. f must read the child whole: by children, text or skip.
func (x *xmlReader) children(f func(xml.StartElement) error) error {
	for {
		tok, err := x.next()
		if err != nil {
			return x.unexpected(err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip reads to the end of the element that was just opened.
func (x *xmlReader) skip() error {
	for depth := x.depth - 1; x.depth > depth; {
		if _, err := x.next(); err != nil {
			return x.unexpected(err)
		}
	}
	return nil
}

// text returns the text of the element that was just opened.
func (x *xmlReader) text() (string, error) {
	var one string // nearly always there is one piece
	var b strings.Builder
	for depth := x.depth - 1; x.depth > depth; {
		tok, err := x.next()
		if err != nil {
			return "", x.unexpected(err)
		}
		if t, ok := tok.(xml.CharData); ok {
			if one == "" && b.Len() == 0 {
				one = string(t)
				continue
			}
			b.WriteString(one)
			one = ""
			b.Write(t)
		}
	}
	if b.Len() == 0 {
		return one, nil
	}
	return b.String() + one, nil
}

func (x *xmlReader) unexpected(err error) error {
	if err == io.EOF {
		return x.fail(io.ErrUnexpectedEOF)
	}
	return err
}

// root reads up to the root element.
func (x *xmlReader) root() (xml.StartElement, error) {
	for {
		tok, err := x.next()
		if err != nil {
			return xml.StartElement{}, x.unexpected(err)
		}
		if t, ok := tok.(xml.StartElement); ok {
			return t, nil
		}
	}
}

// attr returns an attribute by the local part of its name, or "".
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// eachChild opens a member and calls f for each child of its root.
func (a *archive) eachChild(name string, f func(*xmlReader, xml.StartElement) error) error {
	r, err := a.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	x := newXMLReader(r, name)
	if _, err := x.root(); err != nil {
		return err
	}
	return x.children(func(e xml.StartElement) error { return f(x, e) })
}
