package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

const testToken = "xoxb-1-test-token-of-nobody"

// A posted message is what the fake shows to users.
type posted struct {
	channel, thread, ts string
	only                string // the user who alone sees it
	seen                string // what they see of its blocks
	text                string // for notifications
	quotes              []string
	blocks              json.RawMessage
	metadata            json.RawMessage
	edited              int
}

// A fakeSlack is Slack's API, as strict as the real one: it looks at the token, counts
// characters and blocks, refuses what it does not know with HTTP 200 and ok: false, and
// takes five messages at a response URL.
type fakeSlack struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	messages []posted
	views    []string // private_metadata of the forms that were opened
	calls    map[string]int
	uses     map[string]int // of response URLs
	troubles []trouble      // what befalls the next calls
	next     int
}

// A trouble befalls one call of a method: it answers in its way, after the call has had
// its effect or instead of it.
type trouble struct {
	method string // as in chat.postMessage, or hook
	after  bool
	answer func(w http.ResponseWriter)
}

func newFake(t *testing.T) *fakeSlack {
	t.Helper()
	f := &fakeSlack{t: t, calls: map[string]int{}, uses: map[string]int{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// A caller is a ResponseWriter that knows when nobody waits any more.
type caller struct {
	http.ResponseWriter
	ctx context.Context
}

// refuse answers as Slack does: 200, and the error in the body.
func refuse(code string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { fmt.Fprintf(w, `{"ok":false,"error":%q}`, code) }
}

func throttle(after string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"ok":false,"error":"ratelimited"}`)
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func say(body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { fmt.Fprint(w, body) }
}

// hangUp closes the connection without a word.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func (f *fakeSlack) trouble(ts ...trouble) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.troubles = append(f.troubles, ts...)
}

func (f *fakeSlack) befalls(method string) (trouble, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[method]++
	for i, tr := range f.troubles {
		if tr.method == method {
			f.troubles = append(f.troubles[:i:i], f.troubles[i+1:]...)
			return tr, true
		}
	}
	return trouble{}, false
}

func (f *fakeSlack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	method := "hook"
	if m, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok {
		method = m
	}
	tr, troubled := f.befalls(method)
	w = caller{w, r.Context()}
	if troubled && !tr.after {
		tr.answer(w)
		return
	}
	var answer string
	if method == "hook" {
		answer = f.hook(r.URL.Path, body)
	} else {
		answer = f.method(method, r, body)
	}
	if troubled {
		tr.answer(w)
		return
	}
	if answer == "used_url" {
		w.WriteHeader(http.StatusNotFound)
	}
	if strings.HasPrefix(answer, "{") {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	fmt.Fprint(w, answer)
}

func failure(code string) string { return fmt.Sprintf(`{"ok":false,"error":%q}`, code) }

// method answers a call of the Web API.
func (f *fakeSlack) method(name string, r *http.Request, body []byte) string {
	form, token := url.Values{}, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		var err error
		if form, err = url.ParseQuery(string(body)); err != nil {
			return failure("invalid_form_data")
		}
		token = form.Get("token")
	}
	if token != testToken || r.Method != http.MethodPost {
		return failure("invalid_auth")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch name {
	case "auth.test":
		return `{"ok":true,"user":"wence","user_id":"UBOT","team":"示例","team_id":"T1"}`
	case "chat.postMessage", "chat.postEphemeral":
		return f.post(form, name == "chat.postEphemeral")
	case "chat.update":
		return f.update(form)
	case "conversations.replies", "conversations.history":
		return f.list(form, name == "conversations.replies")
	case "views.open":
		return f.open(body)
	}
	return failure("unknown_method")
}

func (f *fakeSlack) post(form url.Values, ephemeral bool) string {
	m, code := read(form.Get("text"), []byte(form.Get("blocks")))
	if code != "" {
		return failure(code)
	}
	m.channel, m.thread, m.metadata = form.Get("channel"), form.Get("thread_ts"), json.RawMessage(form.Get("metadata"))
	if m.channel == "" || strings.HasPrefix(m.channel, "CX") {
		return failure("channel_not_found")
	}
	if strings.HasPrefix(m.channel, "U") { // a user: their direct messages
		m.channel = "D" + m.channel
	}
	if ephemeral {
		if m.only = form.Get("user"); m.only == "" {
			return failure("user_not_in_channel")
		}
	} else if code := checkMetadata(m.metadata); code != "" {
		return failure(code)
	}
	f.next++
	m.ts = strconv.Itoa(1_600_000_000+f.next) + ".000100"
	f.messages = append(f.messages, m)
	if ephemeral {
		return fmt.Sprintf(`{"ok":true,"message_ts":%q}`, m.ts)
	}
	return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q,"message":{"bot_id":"BBOT","text":"x"}}`, m.channel, m.ts)
}

func checkMetadata(raw json.RawMessage) string {
	var m struct {
		EventType    string         `json:"event_type"`
		EventPayload map[string]any `json:"event_payload"`
	}
	if len(raw) > 0 && (json.Unmarshal(raw, &m) != nil || m.EventType == "" || m.EventPayload == nil) {
		return "invalid_metadata_format"
	}
	return ""
}

func (f *fakeSlack) update(form url.Values) string {
	m, code := read(form.Get("text"), []byte(form.Get("blocks")))
	if code != "" {
		return failure(code)
	}
	for i := range f.messages {
		old := &f.messages[i]
		if old.only == "" && old.channel == form.Get("channel") && old.ts == form.Get("ts") {
			old.seen, old.text, old.quotes, old.blocks = m.seen, m.text, m.quotes, m.blocks
			old.edited++
			return fmt.Sprintf(`{"ok":true,"channel":%q,"ts":%q}`, old.channel, old.ts)
		}
	}
	return failure("message_not_found")
}

// list pages through a thread or a channel, two at a time, the oldest first.
func (f *fakeSlack) list(form url.Values, replies bool) string {
	if form.Get("include_all_metadata") != "1" {
		f.t.Error("searched without metadata")
	}
	from, _ := strconv.Atoi(form.Get("cursor"))
	var all []string
	for _, m := range f.messages {
		in := m.channel == form.Get("channel") && m.only == "" && m.ts > form.Get("oldest")
		if in && (!replies && m.thread == "" || replies && m.thread == form.Get("ts")) {
			meta := m.metadata
			if len(meta) == 0 {
				meta = json.RawMessage("{}")
			}
			all = append(all, fmt.Sprintf(`{"type":"message","bot_id":"BBOT","user":"UBOT","ts":%q,"metadata":%s}`, m.ts, meta))
		}
	}
	page, cursor := all[min(from, len(all)):], ""
	if len(page) > 2 {
		page, cursor = page[:2], strconv.Itoa(from+2)
	}
	return fmt.Sprintf(`{"ok":true,"messages":[%s],"has_more":%v,"response_metadata":{"next_cursor":%q}}`, strings.Join(page, ","), cursor != "", cursor)
}

func (f *fakeSlack) open(body []byte) string {
	var v struct {
		TriggerID string `json:"trigger_id"`
		View      struct {
			Type     string
			Callback string `json:"callback_id"`
			Metadata string `json:"private_metadata"`
			Title    struct{ Text string }
			Submit   struct{ Text string }
			Blocks   []json.RawMessage
		}
	}
	switch err := json.Unmarshal(body, &v); {
	case err != nil || v.View.Type != "modal" || v.View.Submit.Text == "" || len(v.View.Blocks) == 0 || v.View.Callback == "":
		return failure("invalid_arguments")
	case utf8.RuneCountInString(v.View.Title.Text) > 24 || len(v.View.Metadata) > 3000:
		return failure("invalid_arguments")
	case v.TriggerID == "":
		return failure("invalid_trigger")
	}
	f.views = append(f.views, v.View.Metadata)
	return `{"ok":true,"view":{"id":"V1"}}`
}

// hook answers a response URL: five uses.
func (f *fakeSlack) hook(path string, body []byte) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var v struct {
		Text         string          `json:"text"`
		Blocks       json.RawMessage `json:"blocks"`
		ResponseType string          `json:"response_type"`
		Replace      bool            `json:"replace_original"`
		Token        string          `json:"token"`
		Metadata     json.RawMessage `json:"metadata"`
	}
	if err := json.Unmarshal(body, &v); err != nil || v.Token != "" {
		return failure("invalid_payload")
	}
	if code := checkMetadata(v.Metadata); code != "" {
		return failure(code)
	}
	if f.uses[path]++; f.uses[path] > 5 {
		return "used_url"
	}
	m, code := read(v.Text, v.Blocks)
	if code != "" {
		return failure(code)
	}
	if v.ResponseType != "ephemeral" {
		f.t.Error("an answer for one is shown to all")
	}
	if m.channel, m.only = path, "the asker"; v.Replace {
		for i := range f.messages {
			if f.messages[i].channel == path {
				m.edited = f.messages[i].edited + 1
				f.messages[i] = m
				return "ok"
			}
		}
	}
	f.messages = append(f.messages, m)
	return "ok"
}

// shown returns the messages so far.
func (f *fakeSlack) shown() []posted {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]posted(nil), f.messages...)
}

func (f *fakeSlack) called(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[method]
}

// read checks a message as Slack does, and returns what a user sees of it.
func read(text string, raw []byte) (posted, string) {
	m := posted{text: text, blocks: raw}
	if utf8.RuneCountInString(text) > 40_000 {
		return m, "msg_too_long"
	}
	if len(raw) == 0 || string(raw) == "null" || string(raw) == "[]" {
		m.seen = text
		if text == "" {
			return m, "no_text"
		}
		return m, ""
	}
	var blocks []json.RawMessage
	if json.Unmarshal(raw, &blocks) != nil {
		return m, "invalid_blocks_format"
	}
	if len(blocks) > 50 {
		return m, "invalid_blocks"
	}
	for _, b := range blocks {
		if err := m.block(b); err != nil {
			return m, "invalid_blocks"
		}
	}
	if utf8.RuneCountInString(m.seen) > 13_200 { // slackapi/bolt-js#2509
		return m, "msg_blocks_too_long"
	}
	return m, ""
}

// An element is any part of a block.
type element struct {
	Type     string          `json:"type"`
	URL      string          `json:"url"`
	Value    string          `json:"value"`
	ActionID string          `json:"action_id"`
	Text     json.RawMessage `json:"text"`
	Elements []element       `json:"elements"`
	Good     *element        `json:"positive_button"`
	Bad      *element        `json:"negative_button"`
}

func (m *posted) block(raw json.RawMessage) error {
	var b element
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&b); err != nil {
		return err
	}
	if len(b.Elements) == 0 {
		return errors.New("empty")
	}
	for _, e := range b.Elements {
		var err error
		switch b.Type + " " + e.Type {
		case "rich_text rich_text_section", "rich_text rich_text_quote":
			err = m.rich(e)
		case "actions button":
			err = m.button(e)
		case "context_actions feedback_buttons":
			if e.Good == nil || e.Bad == nil || e.ActionID == "" || len(e.ActionID) > 255 {
				return errors.New("feedback buttons")
			}
			e.Good.ActionID, e.Bad.ActionID = e.ActionID, e.ActionID
			err = errors.Join(m.button(*e.Good), m.button(*e.Bad))
		default:
			err = errors.New(b.Type + " has no " + e.Type)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *posted) rich(e element) error {
	words := ""
	for _, part := range e.Elements {
		var text string
		if len(part.Text) > 0 && json.Unmarshal(part.Text, &text) != nil {
			return errors.New("text")
		}
		n := utf8.RuneCountInString(text)
		switch {
		case part.Type == "text" && n > 0 && n <= 3000:
			words += text
		case part.Type == "link" && strings.Contains(part.URL, "://") && n <= 3000:
			words += text + " <" + part.URL + ">"
		default:
			return fmt.Errorf("%s of %d characters", part.Type, n)
		}
	}
	if words == "" {
		return errors.New("empty")
	}
	if e.Type == "rich_text_quote" {
		m.quotes = append(m.quotes, words)
	}
	m.seen += words + "\n"
	return nil
}

func (m *posted) button(e element) error {
	var label struct{ Type, Text string }
	if json.Unmarshal(e.Text, &label) != nil || label.Type != "plain_text" || label.Text == "" || utf8.RuneCountInString(label.Text) > 75 {
		return errors.New("label")
	}
	if e.Value == "" || utf8.RuneCountInString(e.Value) > 2000 || e.ActionID == "" || len(e.ActionID) > 255 {
		return errors.New("button")
	}
	m.seen += "[" + label.Text + "]\n"
	return nil
}

// post returns a signed request to one of our URLs.
func post(t *testing.T, at time.Time, what string, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/ch/slack/team1/"+what, bytes.NewReader(body))
	for key, values := range signed(testSecret, at, body) {
		r.Header[key] = values
	}
	r.Header.Set("Content-Type", "application/json")
	if what != "events" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// deliver posts an event as Slack does: again, with retry headers and a new signature,
// until it is taken, three times at most. It returns the last status.
func deliver(t *testing.T, routes http.Handler, body []byte) int {
	t.Helper()
	for retry := range 4 {
		r := post(t, time.Now(), "events", body)
		if retry > 0 {
			r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
			r.Header.Set("X-Slack-Retry-Reason", "http_error")
		}
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, r)
		if w.Code == http.StatusOK || w.Header().Get("X-Slack-No-Retry") == "1" || retry == 3 {
			return w.Code
		}
	}
	return 0
}
