package extract_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/wence-bot/wence/corpus/extract"
)

const policy = "乙市人民政府办公室关于印发《乙市扶持办法》的通知\n一、加大扶持〔2025〕\r\n(一)每户补助50万元。“首贷户”优先。\n"

func TestTextReads(t *testing.T) {
	encode := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	rare := policy + "㐂𠮷镕" // outside of GBK
	gbk := encode(simplifiedchinese.GBK.NewEncoder().Bytes([]byte(policy)))
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"UTF-8":                   {[]byte(policy), policy},
		"UTF-8 with a mark":       {append([]byte("\xef\xbb\xbf"), policy...), policy},
		"ASCII":                   {[]byte("plain\n"), "plain\n"},
		"GBK":                     {gbk, policy},
		"GB18030":                 {encode(simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(rare))), rare},
		"UTF-8 that GBK could be": {[]byte("涓"), "涓"},
		"a long GBK file":         {bytes.Repeat(gbk, 500), strings.Repeat(policy, 500)},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := extract.Text(c.raw); err != nil || got != c.want {
				t.Errorf("read %.200q, %v, want %.200q", got, err, c.want)
			}
		})
	}
}

func TestTextRefuses(t *testing.T) {
	noise := make([]byte, 4096)
	chacha := rand.NewChaCha8([32]byte{1})
	if _, err := chacha.Read(noise); err != nil {
		t.Fatal(err)
	}
	noNUL := bytes.ReplaceAll(noise, []byte{0}, []byte{0x81})
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw  []byte
		mend string // how the message says to mend it
	}{
		"nothing":                  {nil, "empty"},
		"blanks":                   {[]byte(" \r\n\t"), "empty"},
		"a byte order mark alone":  {[]byte("\xef\xbb\xbf"), "empty"},
		"a NUL in text":            {[]byte("政策\x00文件"), "UTF-8"},
		"UTF-16 without a mark":    {utf16, "UTF-16"},
		"a zip file":               {[]byte("PK\x03\x04\x14\x00\x06\x00"), "binary"},
		"random bytes":             {noise, "UTF-8"},
		"random bytes but NUL":     {noNUL, "UTF-8"},
		"UTF-8 cut in a character": {[]byte(policy[:len(policy)-2]), ""},
		"UTF-8 with a wrong byte":  {[]byte(strings.Replace(policy, "50", "5\xff", 1)), "UTF-8"},
		"a JPEG":                   {[]byte("\xff\xd8\xff\xe1\xff\xff\xff\xdb\xff\xc4"), "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := extract.Text(c.raw)
			if !errors.Is(err, extract.ErrUnreadable) || got != "" {
				t.Fatalf("read %.100q, %v", got, err)
			}
			if !strings.Contains(err.Error(), c.mend) {
				t.Errorf("the message does not say %q: %v", c.mend, err)
			}
		})
	}
}

// TestTextOfUTF16 holds that UTF-16 with a byte order mark is read right or refused
// with a way to mend it: what must not happen is text with NULs or garbage.
func TestTextOfUTF16(t *testing.T) {
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		raw, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(policy))
		if err != nil {
			t.Fatal(err)
		}
		got, err := extract.Text(raw)
		if err == nil && got != policy || err != nil && !errors.Is(err, extract.ErrUnreadable) {
			t.Errorf("%v: read %q, %v", order, got, err)
		}
	}
}

// TestTextOfBig5 holds that an encoding that cannot be told from GBK by its bytes
// at least does no harm: valid text or an error.
func TestTextOfBig5(t *testing.T) {
	raw, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte("關於印發扶持辦法的通知"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := extract.Text(raw); err == nil && !utf8.ValidString(got) {
		t.Errorf("read %q", got)
	}
}

func FuzzText(f *testing.F) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(policy))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{[]byte(policy), gbk, []byte("\xef\xbb\xbfa"), {}, {0}, {0xff, 0xfe, 'a', 0}, {0x81, 0x30, 0x81, 0x30}, []byte("\xe6\x94")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		got, err := extract.Text(raw)
		switch {
		case !bytes.Equal(raw, before):
			t.Fatal("the input was changed")
		case err != nil && (got != "" || !errors.Is(err, extract.ErrUnreadable)):
			t.Fatalf("%q with %v", got, err)
		case err == nil && (!utf8.ValidString(got) || got == "" || strings.ContainsRune(got, 0)):
			t.Fatalf("%q became %q", raw, got)
		case err == nil && utf8.Valid(raw) && got != strings.TrimPrefix(string(raw), "\ufeff"):
			t.Fatalf("UTF-8 %q became %q", raw, got)
		}
	})
}
