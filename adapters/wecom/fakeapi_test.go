package wecom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// Made-up settings of the fake.
const (
	fakeCorp      = "wwcorp"
	fakeAppSecret = "app-secret-that-nobody-may-see"
	fakeKey       = "group-key-that-nobody-may-see"
	fakeToken     = "callback-token-that-nobody-may-see"
	fakeAESKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	fakeAgent     = 218
	fakeUser      = "zhangsan"
)

var fakeSecret = Secret{fakeToken, fakeAESKey}

// A fakeAPI is the API of WeCom, as strict and as unhelpful as the real one: it says
// HTTP 200 to everything, cuts silently, drops silently and takes tokens back early.
type fakeAPI struct {
	now func() time.Time

	mu        sync.Mutex
	tokens    int // that were given out: the last one is good
	revoked   int // code for the next call with a token, once; the token is gone then
	messages  []fakeMessage
	dropped   int
	attempts  int                  // of message/send, with a good token
	tasks     map[string]bool      // task_ids that were used
	sent      map[string]time.Time // content by member, for the duplicate check
	times     []time.Time          // of messages that count for the limit
	used      map[string]bool      // response codes
	updates   []string             // replace_names
	groupSent []time.Time
	leftOut   string                       // a member that is named as invalid with errcode 0
	fail      func(path string) (code int) // an errcode instead, or 0
	wrong     []string                     // what a strict platform would not have understood
}

// A fakeMessage is what a member sees.
type fakeMessage struct {
	To, Type, Text string
	Buttons        []cardButton
	Task           string
	Mention        []string
}

func newFakeAPI() *fakeAPI {
	return &fakeAPI{now: time.Now, tasks: map[string]bool{}, sent: map[string]time.Time{}, used: map[string]bool{}}
}

func (f *fakeAPI) token() string { return fmt.Sprintf("token-%d-that-nobody-may-see", f.tokens) }

// complain notes what the real platform would have refused or garbled.
func (f *fakeAPI) complain(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

func reply(w http.ResponseWriter, code int, more string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	fmt.Fprintf(w, `{"errcode":%d,"errmsg":"%s"%s}`, code, map[bool]string{true: "ok", false: "hint: [1] from ip: 203.0.113.9"}[code == 0], more)
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if code := f.fail(r.URL.Path); code != 0 {
			reply(w, code, "")
			return
		}
	}
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodPost {
		if strings.Contains(string(body), `\u`) {
			reply(w, 40033, "") // invalid request: no \uxxxx
			return
		}
		if !utf8.Valid(body) || !json.Valid(body) {
			reply(w, 47001, "")
			return
		}
	}
	switch r.URL.Path {
	case "/cgi-bin/gettoken":
		f.getToken(w, r)
	case "/cgi-bin/message/send", "/cgi-bin/message/update_template_card":
		if !f.checkToken(w, r) {
			return
		}
		if r.URL.Path == "/cgi-bin/message/send" {
			f.send(w, body)
		} else {
			f.update(w, body)
		}
	case "/cgi-bin/webhook/send":
		f.webhook(w, r, body)
	case "/cgi-bin/aibot/response":
		f.response(w, r, body)
	default:
		f.complain("called %s", r.URL.Path)
		http.NotFound(w, r)
	}
}

func (f *fakeAPI) getToken(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch {
	case q.Get("corpid") != fakeCorp:
		reply(w, 40013, "")
	case q.Get("corpsecret") != fakeAppSecret:
		reply(w, 40001, "")
	default:
		f.tokens++
		reply(w, 0, fmt.Sprintf(`,"access_token":%q,"expires_in":7200`, f.token()))
	}
}

func (f *fakeAPI) checkToken(w http.ResponseWriter, r *http.Request) bool {
	if f.revoked != 0 {
		code := f.revoked
		f.revoked = 0
		f.tokens++ // what is out there is good no more
		reply(w, code, "")
		return false
	}
	if r.URL.Query().Get("access_token") != f.token() {
		reply(w, 40014, "")
		return false
	}
	return true
}

var taskPattern = regexp.MustCompile(`^[0-9A-Za-z_\-@]{1,128}$`)

func (f *fakeAPI) send(w http.ResponseWriter, body []byte) {
	f.attempts++
	var p struct {
		To       string        `json:"touser"`
		Type     string        `json:"msgtype"`
		Agent    int           `json:"agentid"`
		Text     content       `json:"text"`
		Markdown content       `json:"markdown"`
		Card     *templateCard `json:"template_card"`
		Check    int           `json:"enable_duplicate_check"`
		Within   int           `json:"duplicate_check_interval"`
	}
	if json.Unmarshal(body, &p) != nil || p.Agent != fakeAgent {
		reply(w, 40056, "")
		return
	}
	if p.To != fakeUser && p.To != "lisi" {
		reply(w, 81013, fmt.Sprintf(`,"invaliduser":%q`, strings.ToLower(p.To)))
		return
	}
	if p.To == f.leftOut {
		reply(w, 0, fmt.Sprintf(`,"invaliduser":%q,"msgid":"m"`, p.To))
		return
	}
	m := fakeMessage{To: p.To, Type: p.Type}
	switch p.Type {
	case "text":
		m.Text = p.Text.Content
	case "markdown":
		m.Text = p.Markdown.Content
	case "template_card":
		if code := f.checkCard(p.Card); code != 0 {
			reply(w, code, "")
			return
		}
		m.Text, m.Buttons, m.Task = p.Card.Title.Title, p.Card.Buttons, p.Card.Task
	default:
		reply(w, 40008, "")
		return
	}
	if m.Text == "" {
		reply(w, 44004, "")
		return
	}
	same := p.To + "\x00" + m.Type + "\x00" + m.Text + "\x00" + m.Task
	if last, ok := f.sent[same]; ok && p.Check == 1 && f.now().Sub(last) < time.Duration(p.Within)*time.Second {
		reply(w, 0, `,"msgid":"same"`) // not shown again
		return
	}
	f.sent[same] = f.now()
	if m.Task != "" {
		f.tasks[m.Task] = true
	}
	f.show(m, 2048)
	reply(w, 0, fmt.Sprintf(`,"msgid":"m%d"`, len(f.messages)))
}

func (f *fakeAPI) checkCard(c *templateCard) int {
	switch {
	case c == nil || c.Type != "button_interaction" || c.Title.Title == "" || len(c.Buttons) == 0 || len(c.Buttons) > 6:
		return 42058
	case !taskPattern.MatchString(c.Task):
		return 42014
	case f.tasks[c.Task]:
		return 42045 // task_id is not unique
	}
	for _, b := range c.Buttons {
		if b.Text == "" || utf8.RuneCountInString(b.Text) > 10 || len(b.Key) > 1024 || b.Style < 1 || b.Style > 4 {
			return 42058
		}
	}
	return 0
}

// show shows a message unless there were too many, and cuts it: both without a word.
func (f *fakeAPI) show(m fakeMessage, limit int) {
	f.times = append(f.times, f.now())
	recent := 0
	for _, t := range f.times {
		if f.now().Sub(t) < time.Minute {
			recent++
		}
	}
	if recent > 30 {
		f.dropped++
		return
	}
	if len(m.Text) > limit {
		f.complain("a message of %d bytes was cut", len(m.Text))
		m.Text = m.Text[:limit]
	}
	f.messages = append(f.messages, m)
}

func (f *fakeAPI) update(w http.ResponseWriter, body []byte) {
	var p struct {
		Users  []string `json:"userids"`
		Agent  int      `json:"agentid"`
		Code   string   `json:"response_code"`
		Button struct {
			Name string `json:"replace_name"`
		} `json:"button"`
	}
	if json.Unmarshal(body, &p) != nil || p.Agent != fakeAgent || len(p.Users) != 1 || p.Button.Name == "" {
		reply(w, 40058, "")
		return
	}
	if p.Code == "" || f.used[p.Code] {
		reply(w, 42046, "")
		return
	}
	f.used[p.Code] = true
	f.updates = append(f.updates, p.Button.Name)
	reply(w, 0, "")
}

func (f *fakeAPI) webhook(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.URL.Query().Get("key") != fakeKey {
		reply(w, 93000, "")
		return
	}
	f.groupSent = append(f.groupSent, f.now())
	recent := 0
	for _, t := range f.groupSent {
		if f.now().Sub(t) < time.Minute {
			recent++
		}
	}
	if recent > 20 {
		reply(w, 45009, "")
		return
	}
	var p struct {
		Type string `json:"msgtype"`
		Text struct {
			Content string   `json:"content"`
			Mention []string `json:"mentioned_list"`
		} `json:"text"`
		Markdown content `json:"markdown"`
	}
	if json.Unmarshal(body, &p) != nil {
		reply(w, 47001, "")
		return
	}
	m := fakeMessage{Type: p.Type, Text: p.Text.Content + p.Markdown.Content, Mention: p.Text.Mention}
	f.times = nil
	f.show(m, map[string]int{"text": 2048, "markdown": 4096}[p.Type])
	reply(w, 0, "")
}

// response is the reply URL of a robot: good for one message.
func (f *fakeAPI) response(w http.ResponseWriter, r *http.Request, body []byte) {
	code := r.URL.Query().Get("response_code")
	if code == "" || f.used[code] {
		reply(w, 60140, "") // used or expired
		return
	}
	var p struct {
		Type     string  `json:"msgtype"`
		Markdown content `json:"markdown"`
	}
	if json.Unmarshal(body, &p) != nil || p.Type != "markdown" || p.Markdown.Content == "" || len(p.Markdown.Content) > 20480 {
		reply(w, 40058, "")
		return
	}
	f.used[code] = true
	f.messages = append(f.messages, fakeMessage{Type: "response", Text: p.Markdown.Content})
	reply(w, 0, "")
}

// shown returns what was shown so far, and fails the test if the platform had to complain.
func (f *fakeAPI) shown(t *testing.T) []fakeMessage {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.wrong {
		t.Error(s)
	}
	return append([]fakeMessage(nil), f.messages...)
}

func newApp(t testing.TB, base string, change func(*AppConfig)) *App {
	t.Helper()
	c := AppConfig{ID: "wecom-app:hall", CorpID: fakeCorp, AgentID: fakeAgent, AppSecret: fakeAppSecret, Secret: fakeSecret, BaseURL: base}
	if change != nil {
		change(&c)
	}
	a, err := NewApp(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func newRobot(t testing.TB, base string, change func(*RobotConfig)) *Robot {
	t.Helper()
	c := RobotConfig{ID: "wecom-aibot:main", Secret: fakeSecret, BotName: "政策助手", BaseURL: base}
	if change != nil {
		change(&c)
	}
	r, err := NewRobot(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newGroup(t testing.TB, base string, change func(*GroupConfig)) *Group {
	t.Helper()
	c := GroupConfig{ID: "wecom-group:duty", Key: fakeKey, BaseURL: base}
	if change != nil {
		change(&c)
	}
	g, err := NewGroup(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}
