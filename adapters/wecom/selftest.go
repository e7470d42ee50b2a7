package wecom

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wence-bot/wence/adapters"
)

var (
	_ adapters.SelfTester = (*Robot)(nil)
	_ adapters.SelfTester = (*App)(nil)
)

// The worked example of doc 90968, as published.
const (
	officialToken     = "QDG6eK"
	officialKey       = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	officialReceiver  = "wx5823bf96d3bd56c7"
	officialSignature = "477715d11cdb4164915debcba66cb864d751f3e6"
	officialTime      = "1409659813"
	officialNonce     = "1372623149"
	officialEncrypted = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
	officialContent   = "<Content><![CDATA[hello]]></Content>"
)

// SelfTest implements adapters.SelfTester.
func (r *Robot) SelfTest() error { return selfTest(r.crypts) }

// SelfTest implements adapters.SelfTester.
func (a *App) SelfTest() error { return selfTest(a.crypts) }

// selfTest opens the platform's own example, and with each secret what it seals.
func selfTest(crypts []*crypt) error {
	example, err := newCrypt(officialToken, officialKey, officialReceiver)
	if err != nil {
		return err
	}
	text, err := example.open(officialSignature, officialTime, officialNonce, officialEncrypted)
	if err != nil || !strings.Contains(string(text), officialContent) {
		return errors.New("the published example of WeCom (doc 90968) cannot be opened")
	}
	for i, c := range crypts {
		encrypted, err := c.seal([]byte("test"))
		if err != nil {
			return err
		}
		text, err := c.open(c.sign(officialTime, officialNonce, encrypted), officialTime, officialNonce, encrypted)
		if err != nil || string(text) != "test" {
			return fmt.Errorf("secret %d cannot open what it sealed", i+1)
		}
	}
	return nil
}
