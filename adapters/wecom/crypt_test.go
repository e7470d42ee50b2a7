package wecom

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// The worked example of doc 90968 for the test of the URL, as published; the one for
// messages is in selftest.go.
const (
	officialEcho      = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
	officialEchoSig   = "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
	officialEchoTime  = "1409659589"
	officialEchoNonce = "263014780"
	officialEchoPlain = "1616140317555161061"
)

func mustCrypt(t testing.TB, token, key, receiver string) *crypt {
	t.Helper()
	c, err := newCrypt(token, key, receiver)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func officialCrypt(t testing.TB) *crypt {
	return mustCrypt(t, officialToken, officialKey, officialReceiver)
}

func TestOpenTheOfficialMessage(t *testing.T) {
	text, err := officialCrypt(t).open(officialSignature, officialTime, officialNonce, officialEncrypted)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(text); !strings.Contains(s, officialContent) || !strings.HasSuffix(s, "</xml>") {
		t.Errorf("opened %q", s)
	}
	echo, err := officialCrypt(t).open(officialEchoSig, officialEchoTime, officialEchoNonce, officialEcho)
	if err != nil || string(echo) != officialEchoPlain {
		t.Errorf("echo = %q, %v", echo, err)
	}
}

// TestEveryBitCounts flips every single bit of what is signed, and of the signature.
func TestEveryBitCounts(t *testing.T) {
	c := officialCrypt(t)
	values := []string{officialSignature, officialTime, officialNonce, officialEncrypted}
	for i, name := range []string{"signature", "timestamp", "nonce", "ciphertext"} {
		for bit := range len(values[i]) * 8 {
			flipped := []byte(values[i])
			flipped[bit/8] ^= 1 << (bit % 8)
			v := append([]string(nil), values...)
			v[i] = string(flipped)
			if _, err := c.open(v[0], v[1], v[2], v[3]); !errors.Is(err, errSignature) {
				t.Fatalf("%s with bit %d flipped: %v, want %v", name, bit, err, errSignature)
			}
		}
	}
	for _, s := range []string{"", officialSignature[:39], officialSignature + "0", strings.ToUpper(officialSignature)} {
		if _, err := c.open(s, officialTime, officialNonce, officialEncrypted); !errors.Is(err, errSignature) {
			t.Errorf("signature %q: %v", s, err)
		}
	}
}

// raw encrypts and signs a plaintext that is padded and framed as the test says.
func raw(c *crypt, plain []byte) (signature, encrypted string) {
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(out, plain)
	encrypted = base64.StdEncoding.EncodeToString(out)
	return c.sign("1", "n", encrypted), encrypted
}

// framed is a plaintext of n padding bytes before the padding is spoilt.
func framed(receiver string, size, body int, padding ...byte) []byte {
	p := []byte("0123456789abcdef")
	p = binary.BigEndian.AppendUint32(p, uint32(size))
	p = append(p, strings.Repeat("m", body)...)
	return append(append(p, receiver...), padding...)
}

func pad(n int, b byte) []byte { return []byte(strings.Repeat(string([]byte{b}), n)) }

// TestOpenRefuses signs every bad message correctly, so that each fails for its own reason.
func TestOpenRefuses(t *testing.T) {
	c := mustCrypt(t, officialToken, officialKey, "corp")
	signed := func(encrypted string) (string, string) { return c.sign("1", "n", encrypted), encrypted }
	of := func(plain []byte) func() (string, string) {
		return func() (string, string) { return raw(c, plain) }
	}
	inconsistent := framed("corp", 8, 8, pad(32, 32)...)
	inconsistent[len(inconsistent)-32] = 31
	for name, tt := range map[string]struct {
		message func() (string, string)
		want    error
	}{
		"good":                          {of(framed("corp", 8, 8, pad(32, 32)...)), nil},
		"padding 1":                     {of(framed("corp", 7, 7, 1)), nil},
		"nothing":                       {func() (string, string) { return signed("") }, errBase64},
		"base64 cut by one":             {func() (string, string) { return signed(officialEncrypted[:len(officialEncrypted)-1]) }, errBase64},
		"base64 cut inside a block":     {func() (string, string) { return signed(officialEncrypted[:len(officialEncrypted)-4]) }, errBase64},
		"no base64":                     {func() (string, string) { return signed("*" + officialEncrypted[1:]) }, errBase64},
		"padding 0":                     {of(framed("corp", 8, 8, pad(32, 0)...)), errPadding},
		"padding 33":                    {of(framed("corp", 7, 7, pad(33, 33)...)), errPadding},
		"padding 255":                   {of(framed("corp", 8, 8, pad(32, 255)...)), errPadding},
		"padding inconsistent at start": {of(inconsistent), errPadding},
		"padding longer than all":       {of(pad(16, 17)), errPadding},
		"no room for the header":        {of(append(pad(15, 'r'), pad(17, 17)...)), errLength},
		"length larger than the rest":   {of(framed("corp", 13, 8, pad(32, 32)...)), errLength},
		"length of 4 GB":                {of(framed("corp", 1<<32-1, 8, pad(32, 32)...)), errLength},
		"length too small":              {of(framed("corp", 7, 8, pad(32, 32)...)), errReceiver},
		"length eats the receiver":      {of(framed("corp", 12, 8, pad(32, 32)...)), errReceiver},
		"another receiver":              {of(framed("prcc", 8, 8, pad(32, 32)...)), errReceiver},
		"no receiver":                   {of(framed("", 8, 8, pad(4, 4)...)), errReceiver},
	} {
		t.Run(name, func(t *testing.T) {
			signature, encrypted := tt.message()
			if _, err := c.open(signature, "1", "n", encrypted); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func TestSealIsOpened(t *testing.T) {
	for _, receiver := range []string{"", "corp"} {
		c := mustCrypt(t, "t", officialKey, receiver)
		for n := range 100 {
			message := strings.Repeat("x", n)
			encrypted, err := c.seal([]byte(message))
			if err != nil {
				t.Fatal(err)
			}
			again, err := c.seal([]byte(message))
			if err != nil || again == encrypted {
				t.Fatalf("sealing twice gives the same: no randomness (%v)", err)
			}
			text, err := c.open(c.sign("1", "n", encrypted), "1", "n", encrypted)
			if err != nil || string(text) != message {
				t.Fatalf("%d bytes: %q, %v", n, text, err)
			}
			data, _ := base64.StdEncoding.DecodeString(encrypted)
			if len(data)%padBlock != 0 {
				t.Fatalf("%d bytes are sealed to %d", n, len(data))
			}
		}
	}
	if _, err := officialCrypt(t).seal(make([]byte, maxPayload+1)); err == nil {
		t.Error("sealed more than is allowed")
	}
}

func TestNewCryptFailsClosed(t *testing.T) {
	for name, tt := range map[string][2]string{
		"no token":     {"", officialKey},
		"no key":       {"t", ""},
		"short key":    {"t", officialKey[1:]},
		"long key":     {"t", officialKey + "A"},
		"no base64":    {"t", "*" + officialKey[1:]},
		"line breaks":  {"t", officialKey[:41] + "\n\n"},
		"padded twice": {"t", officialKey[:42] + "="},
	} {
		if c, err := newCrypt(tt[0], tt[1], "corp"); err == nil {
			t.Errorf("%s: %v", name, c)
		} else if tt[1] != "" && strings.Contains(err.Error(), tt[1]) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
}

// vectors are the files of test vectors beside the checkout, where there are any.
func vectors(t *testing.T, into any) bool {
	data, err := os.ReadFile("../../../shared/vectors/wecom.json")
	if errors.Is(err, os.ErrNotExist) {
		t.Log("no vectors beside the checkout: the official one above stands alone")
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
	return true
}

type vector struct {
	Token       string `json:"token"`
	Key         string `json:"encoding_aes_key"`
	Receiver    string `json:"receive_id"`
	Signature   string `json:"msg_signature"`
	Signature2  string `json:"msgsignature"`
	Time        string `json:"timestamp"`
	Nonce       string `json:"nonce"`
	Encrypted   string `json:"msg_encrypt"`
	Encrypted2  string `json:"encrypt"`
	Echo        string `json:"echostr"`
	Plain       string `json:"plaintext"`
	PlainXML    string `json:"plaintext_xml"`
	Decrypted   string `json:"decrypted_xml"`
	Random      string `json:"random16"`
	PaddingSize int    `json:"pad"`
}

func (v vector) signature() string { return v.Signature + v.Signature2 }
func (v vector) encrypted() string { return v.Encrypted + v.Encrypted2 + v.Echo }
func (v vector) plain() string     { return v.Plain + v.PlainXML + v.Decrypted }

func TestVectors(t *testing.T) {
	var all struct {
		Others []vector `json:"go_workwx_tests"`
		Own    struct {
			Token   string   `json:"token"`
			Key     string   `json:"encoding_aes_key"`
			Edges   []vector `json:"padding_edges"`
			Inbound vector   `json:"aibot_inbound"`
			Reply   vector   `json:"aibot_reply"`
			Passive vector   `json:"passive_reply"`
		} `json:"self_generated"`
	}
	if !vectors(t, &all) {
		return
	}
	own := []vector{all.Own.Inbound, all.Own.Reply, all.Own.Passive}
	for i := range own {
		own[i].Token, own[i].Key = all.Own.Token, all.Own.Key
	}
	for _, v := range append(own, all.Others...) {
		c := mustCrypt(t, v.Token, v.Key, v.Receiver)
		text, err := c.open(v.signature(), v.Time, v.Nonce, v.encrypted())
		if err != nil || string(text) != v.plain() {
			t.Errorf("%s: opened %q, %v", v.signature(), text, err)
		}
		if v.Random == "" {
			continue
		}
		if got := c.sealWith([]byte(v.Random), []byte(v.plain())); got != v.encrypted() {
			t.Errorf("%s: sealed %s, want %s", v.signature(), got, v.encrypted())
		}
	}
	for _, v := range all.Own.Edges {
		c := mustCrypt(t, all.Own.Token, all.Own.Key, "")
		text, err := c.open(c.sign("1", "n", v.encrypted()), "1", "n", v.encrypted())
		if err != nil || string(text) != v.plain() {
			t.Errorf("padding %d: %q, %v", v.PaddingSize, text, err)
		}
	}
	if len(all.Others) == 0 || len(all.Own.Edges) == 0 {
		t.Error("the vectors have another shape than this test reads")
	}
}

func FuzzOpen(f *testing.F) {
	c := officialCrypt(f)
	seed, _ := base64.StdEncoding.DecodeString(officialEncrypted)
	f.Add(seed, true)
	f.Add([]byte("no blocks"), false)
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		// Signed correctly, so that the rest is reached; encrypted too, so that the padding is.
		if plain {
			data = data[:len(data)/aes.BlockSize*aes.BlockSize]
			cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(data, data)
		}
		encrypted := base64.StdEncoding.EncodeToString(data)
		text, err := c.open(c.sign("1", "n", encrypted), "1", "n", encrypted)
		if err == nil && len(text) > len(data) {
			t.Errorf("%d bytes became %d", len(data), len(text))
		}
	})
}

func TestSelfTest(t *testing.T) {
	r := newRobot(t, "", func(c *RobotConfig) { c.Old = Secret{"old", officialKey} })
	a := newApp(t, "", nil)
	for _, p := range []interface{ SelfTest() error }{r, a} {
		if err := p.SelfTest(); err != nil {
			t.Error(err)
		}
	}
}
