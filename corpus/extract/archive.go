package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// Limits of an archive. A docx of a policy unpacks to some 20 times its size.
const (
	maxEntries  = 5000
	maxUnpacked = 200 << 20 // bytes of all members read
	maxMember   = 64 << 20  // bytes of one member
	maxRatio    = 100       // unpacked to packed
	ratioAfter  = 1 << 20   // bytes from which on the ratio counts
)

// archive reads the members of a docx or ofd file under limits. It counts the
// bytes that it really unpacks, because a hostile file lies about its sizes. It
// never writes to disk.
type archive struct {
	files    map[string]*zip.File
	packed   int64 // size of the file
	unpacked int64 // bytes read so far
}

// openArchive reads the directory of an archive and refuses names that lead out of
// it, too many members, and archives in archives.
func openArchive(raw []byte) (*archive, error) {
	if n := bytes.Count(raw, []byte("PK\x01\x02")); n > maxEntries { // before memory is spent on them
		return nil, fmt.Errorf("the file is an archive of %d members, more than %d; save the document anew: %w", n, maxEntries, ErrTooLarge)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("the file is damaged or was cut off (%v); fetch it again, or open it and save it anew: %w", err, ErrUnreadable)
	}
	a := &archive{files: make(map[string]*zip.File, len(z.File)), packed: int64(len(raw))}
	for _, f := range z.File {
		name := strings.ReplaceAll(f.Name, `\`, "/")
		switch {
		case strings.HasPrefix(name, "/"), strings.Contains(name, ":"), slices.Contains(strings.Split(name, "/"), ".."):
			return nil, fmt.Errorf("the file holds a member named %q that points outside of it, which no office program writes; do not trust it: %w", f.Name, ErrUnreadable)
		case strings.HasSuffix(name, "/"):
			continue
		case isArchiveName(name) && !isAttachment(name):
			return nil, fmt.Errorf("the file holds another archive, %q; unpack it and import the documents one by one: %w", f.Name, ErrTooLarge)
		}
		if _, twice := a.files[strings.ToLower(name)]; twice {
			return nil, fmt.Errorf("the file holds two members named %q, so what it says depends on who reads it; open it and save it anew: %w", f.Name, ErrUnreadable)
		}
		a.files[strings.ToLower(name)] = f
	}
	return a, nil
}

func isArchiveName(name string) bool {
	switch path.Ext(strings.ToLower(name)) {
	case ".zip", ".docx", ".xlsx", ".pptx", ".ofd", ".jar", ".7z", ".rar", ".gz", ".xz", ".bz2", ".tar":
		return true
	}
	return false
}

// isAttachment reports whether a member is one that office programs embed: the
// data of a chart, an attachment of an ofd file. Those are never opened.
func isAttachment(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "word/embeddings/") || strings.Contains(name, "/attachs/") || strings.Contains(name, "/attachments/") || strings.HasPrefix(name, "attachs/")
}

// has reports whether a member exists. Office programs do not mind case.
func (a *archive) has(name string) bool {
	_, ok := a.files[strings.ToLower(name)]
	return ok
}

// open returns a reader of a member, which fails when a limit is passed.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f, ok := a.files[strings.ToLower(name)]
	if !ok {
		return nil, fmt.Errorf("the file has no member %s, so it is damaged; open it and save it anew: %w", name, ErrUnreadable)
	}
	if f.Flags&1 != 0 {
		return nil, fmt.Errorf("the file is protected by a password; remove it and save the file again: %w", ErrUnsupported)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("the member %s is damaged (%v); fetch the file again: %w", name, err, ErrUnreadable)
	}
	return &member{a: a, name: name, r: r, packed: max(1, min(int64(f.CompressedSize64), a.packed))}, nil
}

// member is one member of an archive while it is read.
type member struct {
	a      *archive
	name   string
	r      io.ReadCloser
	packed int64 // bytes, as the directory says, at most the size of the file
	n      int64 // bytes read
}

func (m *member) Close() error { return m.r.Close() }

func (m *member) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.n == 0 && n >= 4 && bytes.HasPrefix(p, []byte("PK\x03\x04")) {
		return 0, fmt.Errorf("the member %s is another archive; save the document anew: %w", m.name, ErrTooLarge)
	}
	m.n += int64(n)
	m.a.unpacked += int64(n)
	switch {
	case m.n > ratioAfter && m.n/m.packed > maxRatio:
		return 0, fmt.Errorf("the member %s unpacks to more than %d times its size, as zip bombs do: %w", m.name, maxRatio, ErrTooLarge)
	case m.n > maxMember:
		return 0, fmt.Errorf("the member %s unpacks to more than %d MB; split the document: %w", m.name, maxMember>>20, ErrTooLarge)
	case m.a.unpacked > maxUnpacked:
		return 0, fmt.Errorf("the file unpacks to more than %d MB; take out pictures or split it: %w", maxUnpacked>>20, ErrTooLarge)
	case err != nil && err != io.EOF:
		return n, fmt.Errorf("the member %s is damaged (%v); fetch the file again: %w", m.name, err, ErrUnreadable)
	}
	return n, err
}

// sniffZip tells what kind of office file an archive is.
func sniffZip(raw []byte) (string, error) {
	a, err := openArchive(raw)
	if err != nil {
		return "", err
	}
	prefix := func(p string) bool {
		for name := range a.files {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
		return false
	}
	switch {
	case a.has("OFD.xml"):
		return KindOFD, nil
	case a.has("[Content_Types].xml") && prefix("xl/"):
		return "", fmt.Errorf("this is an Excel file; copy the policy into a document and save it as docx: %w", ErrUnsupported)
	case a.has("[Content_Types].xml") && prefix("ppt/"):
		return "", fmt.Errorf("this is a PowerPoint file; export it as PDF: %w", ErrUnsupported)
	case a.has("word/document.xml"), a.has("_rels/.rels") && prefix("word/"):
		return KindDOCX, nil
	case a.has("content.xml") && a.has("mimetype"):
		return "", fmt.Errorf("this is an OpenDocument file; save it as docx (另存为 docx): %w", ErrUnsupported)
	}
	return "", fmt.Errorf("this is a zip archive without a document that wence knows; unpack it and import the files in it: %w", ErrUnsupported)
}
