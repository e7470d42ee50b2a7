package wecom

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // prescribed by the platform
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What can be wrong with a callback, told apart so that the log says which.
var (
	errSignature = errors.New("the signature does not fit")
	errBase64    = errors.New("the ciphertext is not base64 of whole blocks")
	errPadding   = errors.New("the padding is wrong")
	errLength    = errors.New("the length field is larger than the message")
	errReceiver  = errors.New("the message is for another receiver")
)

const (
	padBlock   = 32 // bytes; larger than the block of AES (doc 90968)
	randomLen  = 16 // bytes before the length field
	keyChars   = 43 // of an EncodingAESKey
	headerLen  = randomLen + 4
	maxPayload = 1 << 20 // bytes of a message that is sealed
)

// A crypt opens and seals the messages of one callback URL (doc 90968).
type crypt struct {
	token   string
	block   cipher.Block
	iv      []byte
	receive string // ReceiveId: the corp ID, or "" for a robot
}

// newCrypt returns the crypt for the Token and EncodingAESKey that the console shows.
// An empty token would accept what anybody signs, so it is an error.
func newCrypt(token, encodingAESKey, receiveID string) (*crypt, error) {
	if token == "" {
		return nil, errors.New("the token is empty")
	}
	if len(encodingAESKey) != keyChars {
		return nil, fmt.Errorf("the EncodingAESKey has %d characters, not %d", len(encodingAESKey), keyChars)
	}
	// Not Strict: the last character of real keys has bits that do not count.
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the EncodingAESKey is not base64 of 32 bytes") // err would show a part of it
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &crypt{token: token, block: block, iv: key[:aes.BlockSize], receive: receiveID}, nil
}

// sign returns the signature over exactly four values; other parameters of the URL do not count.
func (c *crypt) sign(timestamp, nonce, encrypted string) string {
	parts := []string{c.token, timestamp, nonce, encrypted}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // prescribed by the platform
	return hex.EncodeToString(sum[:])
}

// open checks the signature of an encrypted message and returns the message.
func (c *crypt) open(signature, timestamp, nonce, encrypted string) ([]byte, error) {
	if subtle.ConstantTimeCompare([]byte(c.sign(timestamp, nonce, encrypted)), []byte(signature)) != 1 {
		return nil, errSignature
	}
	text, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, errBase64
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(text, text)
	if text, err = unpad(text); err != nil {
		return nil, err
	}
	if len(text) < headerLen {
		return nil, errLength
	}
	size, rest := binary.BigEndian.Uint32(text[randomLen:]), text[headerLen:]
	if uint64(size) > uint64(len(rest)) {
		return nil, errLength
	}
	if string(rest[size:]) != c.receive {
		return nil, errReceiver
	}
	return rest[:size:size], nil
}

// unpad takes off 1 to 32 bytes that each say how many they are.
func unpad(text []byte) ([]byte, error) {
	n := int(text[len(text)-1])
	if n < 1 || n > padBlock || n > len(text) {
		return nil, errPadding
	}
	body, padding := text[:len(text)-n], text[len(text)-n:]
	if !bytes.Equal(padding, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errPadding
	}
	return body, nil
}

// seal encrypts a message. Sign what it returns.
func (c *crypt) seal(message []byte) (string, error) {
	if len(message) > maxPayload {
		return "", fmt.Errorf("a message of %d bytes is too large to send", len(message))
	}
	text := make([]byte, randomLen, headerLen+len(message)+len(c.receive)+padBlock)
	rand.Read(text) //nolint:errcheck // never fails: see crypto/rand
	return c.sealWith(text, message), nil
}

func (c *crypt) sealWith(random, message []byte) string {
	text := binary.BigEndian.AppendUint32(random, uint32(len(message))) //nolint:gosec // bounded by seal
	text = append(append(text, message...), c.receive...)
	n := padBlock - len(text)%padBlock
	text = append(text, bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(text, text)
	return base64.StdEncoding.EncodeToString(text)
}
