package wecom

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// A transport calls a handler without a network, so that the clock of the test goes on.
type transport struct{ http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte(nil)
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	t.ServeHTTP(w, r)
	return w.Result(), nil
}

// A fakeClient is WeCom as it calls back: it delivers again what is not answered with
// 200 within 5 seconds, three times in all, and polls streams every second.
type fakeClient struct {
	t      *testing.T
	post   poster
	routes http.Handler

	mu     sync.Mutex
	frames map[string][]fakeFrame // by stream
}

const (
	giveUpAfter  = 5 * time.Second
	deliveries   = 3
	streamsLast  = 6 * time.Minute
	pollInterval = time.Second
)

// deliver posts a message until it is acknowledged, and returns what it was answered
// with; ok is false if WeCom gave up.
func (c *fakeClient) deliver(message string) (body []byte, ok bool) {
	encrypted, err := c.post.crypt.seal([]byte(message))
	if err != nil {
		c.t.Fatal(err)
	}
	for range deliveries {
		ctx, cancel := context.WithCancel(context.Background())
		answer := make(chan *httptest.ResponseRecorder, 1)
		go func() {
			w := httptest.NewRecorder()
			c.routes.ServeHTTP(w, c.post.signed(encrypted).WithContext(ctx))
			answer <- w
		}()
		select {
		case w := <-answer:
			cancel()
			if w.Code == http.StatusOK {
				return w.Body.Bytes(), true
			}
		case <-time.After(giveUpAfter):
			cancel() // whatever comes now is not read
		}
	}
	return nil, false
}

// show checks a frame as strictly as the platform, and keeps it.
func (c *fakeClient) show(f fakeFrame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := f.Stream.ID
	before := c.frames[id]
	if n := len(before); n > 0 && before[n-1].Stream.Finish && f.Stream.Finish && f.Stream.Content == before[n-1].Stream.Content {
		return // said again
	}
	if c.frames == nil {
		c.frames = map[string][]fakeFrame{}
	}
	c.frames[id] = append(before, f)
	switch n := len(f.Stream.Content); {
	case id == "" || len(id) > 64:
		c.t.Errorf("stream %q", id)
	case n == 0 || n > 20480 || !utf8.ValidString(f.Stream.Content):
		c.t.Errorf("a frame of %d bytes: %.40q", n, f.Stream.Content)
	case len(before) > 0 && before[len(before)-1].Stream.Finish:
		c.t.Errorf("a frame after the last: %+v", f)
	case len(before) > 0 && f.Stream.Feedback.ID != "":
		c.t.Errorf("feedback.id counts in the first frame only: %+v", f)
	}
	cards := 0
	for _, f := range c.frames[id] {
		if f.Type == "stream_with_template_card" {
			cards++
		}
	}
	if cards > 1 {
		c.t.Error("a card twice")
	}
}

// ask delivers a question and polls its stream to the end. It returns what is on the
// screen then, which is the last frame whatever came before; nil if nothing is.
func (c *fakeClient) ask(message string) *fakeFrame {
	data, ok := c.deliver(message)
	if !ok || len(data) == 0 {
		return nil
	}
	first := openFrame(c.t, c.post.crypt, "nonce-1", data)
	c.show(first)
	return c.poll(first)
}

// poll polls a stream until it is finished or WeCom gives up.
func (c *fakeClient) poll(last fakeFrame) *fakeFrame {
	start := time.Now()
	for !last.Stream.Finish && time.Since(start) < streamsLast {
		time.Sleep(pollInterval)
		message := fmt.Sprintf(`{"msgid":"POLL-%d","aibotid":"BOT","from":{"userid":"zhangsan"},"msgtype":"stream","stream":{"id":%q}}`, time.Now().UnixNano(), last.Stream.ID)
		w := httptest.NewRecorder()
		c.routes.ServeHTTP(w, c.post.request(message))
		if w.Code != http.StatusOK || w.Body.Len() == 0 {
			continue // it is polled again
		}
		last = openFrame(c.t, c.post.crypt, "nonce-1", w.Body.Bytes())
		c.show(last)
	}
	return &last
}

// press presses a button of a card and returns the card that takes its place.
func (c *fakeClient) press(n int, user string, b cardButton, task string) fakeFrame {
	data, ok := c.deliver(fmt.Sprintf(`{"msgid":"PRESS-%d","aibotid":"BOT","chatid":"CHAT","chattype":"group","from":{"userid":%q},"response_url":"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=PRESS-%d","msgtype":"event",
		"event":{"eventtype":"template_card_event","template_card_event":{"card_type":"button_interaction","event_key":%q,"task_id":%q}}}`, n, user, n, b.Key, task))
	if !ok || len(data) == 0 {
		return fakeFrame{}
	}
	return openFrame(c.t, c.post.crypt, "nonce-1", data)
}

// vote gives the native feedback on an answer.
func (c *fakeClient) vote(n int, user, answer string, kind int, words string) bool {
	data, ok := c.deliver(fmt.Sprintf(`{"msgid":"VOTE-%d","create_time":%d,"aibotid":"BOT","chatid":"CHAT","chattype":"group","from":{"userid":%q},"msgtype":"event",
		"event":{"eventtype":"feedback_event","feedback_event":{"id":%q,"type":%d,"content":%s}}}`, n, time.Now().Unix(), user, answer, kind, quoted(words)))
	if len(data) > 0 {
		c.t.Errorf("a vote was answered with %s: only an empty reply is allowed", data)
	}
	return ok
}

// appEvent is an event as an application gets it.
func appEvent(user, event, more string) string {
	return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime><MsgType>event</MsgType><Event>%s</Event>%s<AgentID>218</AgentID></xml>",
		fakeCorp, user, time.Now().Unix(), event, strings.TrimSpace(more))
}
