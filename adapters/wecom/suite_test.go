package wecom

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wence-bot/wence/adapters"
	"github.com/wence-bot/wence/adapters/adaptertest"
)

var fakeSecrets = []string{fakeAppSecret, fakeKey, fakeToken, fakeAESKey, "token-1-that-nobody-may-see", "RESPONSE-CODE"}

// A poster is WeCom as it posts to a callback.
type poster struct {
	crypt *crypt
	path  string
	wrap  func(encrypted string) string // the body around the ciphertext
}

func robotPoster(t testing.TB) poster {
	return poster{mustCrypt(t, fakeToken, fakeAESKey, ""), "/ch/wecom-aibot/main/callback", func(e string) string {
		return `{"encrypt":"` + e + `"}`
	}}
}

func appPoster(t testing.TB) poster {
	return poster{mustCrypt(t, fakeToken, fakeAESKey, fakeCorp), "/ch/wecom-app/hall/callback", func(e string) string {
		return "<xml><ToUserName><![CDATA[" + fakeCorp + "]]></ToUserName><AgentID><![CDATA[218]]></AgentID><Encrypt><![CDATA[" + e + "]]></Encrypt></xml>"
	}}
}

// request signs and encrypts a message.
func (p poster) request(message string) *http.Request {
	encrypted, err := p.crypt.seal([]byte(message))
	if err != nil {
		panic(err)
	}
	return p.signed(encrypted)
}

func (p poster) signed(encrypted string) *http.Request {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	q := url.Values{"msg_signature": {p.crypt.sign(at, "nonce-1", encrypted)}, "timestamp": {at}, "nonce": {"nonce-1"}}
	return httptest.NewRequest(http.MethodPost, p.path+"?"+q.Encode(), strings.NewReader(p.wrap(encrypted)))
}

// forgeries are a request with each bit of signature, timestamp, nonce and ciphertext
// flipped, each value left out or given twice, and messages that are sealed wrongly.
func (p poster) forgeries(t *testing.T, message string) map[string]*http.Request {
	out := map[string]*http.Request{}
	encrypted, err := p.crypt.seal([]byte(message))
	if err != nil {
		t.Fatal(err)
	}
	good := p.signed(encrypted).URL.Query()
	with := func(q url.Values, encrypted string) *http.Request {
		return httptest.NewRequest(http.MethodPost, p.path+"?"+q.Encode(), strings.NewReader(p.wrap(encrypted)))
	}
	for _, key := range []string{"msg_signature", "timestamp", "nonce"} {
		value := good.Get(key)
		for bit := range len(value) * 8 {
			flipped := []byte(value)
			flipped[bit/8] ^= 1 << (bit % 8)
			q := cloneValues(good)
			q.Set(key, string(flipped))
			out[fmt.Sprintf("%s with bit %d flipped", key, bit)] = with(q, encrypted)
		}
		missing, twice := cloneValues(good), cloneValues(good)
		missing.Del(key)
		twice.Add(key, value)
		out["without "+key], out[key+" twice"] = with(missing, encrypted), with(twice, encrypted)
	}
	data, _ := base64.StdEncoding.DecodeString(encrypted)
	for bit := range len(data) * 8 {
		data[bit/8] ^= 1 << (bit % 8)
		out[fmt.Sprintf("ciphertext with bit %d flipped", bit)] = with(good, base64.StdEncoding.EncodeToString(data))
		data[bit/8] ^= 1 << (bit % 8)
	}
	other := p
	other.crypt = mustCrypt(t, "another token", fakeAESKey, p.crypt.receive)
	out["another token"] = other.request(message)
	other.crypt = mustCrypt(t, fakeToken, officialKey, p.crypt.receive)
	out["another key"] = other.request(message)
	other.crypt = mustCrypt(t, fakeToken, fakeAESKey, "another corp")
	out["another receiver"] = other.request(message)
	out["truncated base64"] = p.signed(encrypted[:len(encrypted)-3])
	return out
}

func cloneValues(q url.Values) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = append([]string(nil), v...)
	}
	return out
}

// quote writes s as a JSON string.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func robotText(n int, text string) string {
	return fmt.Sprintf(`{"msgid":"MSG-%d","aibotid":"BOT","chatid":"CHAT","chattype":"group","from":{"userid":"zhangsan"},
		"response_url":"https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RESPONSE-CODE-%d","msgtype":"text","text":{"content":%s}}`,
		n, n, quoted("@政策助手 "+text))
}

func TestRobot(t *testing.T) {
	post := robotPoster(t)
	adaptertest.Run(t, adaptertest.Harness{
		Open:    func(t *testing.T, api string) adapters.Platform { return newRobot(t, api, nil) },
		Secrets: fakeSecrets,
		In: &adaptertest.In{
			Text:  func(_ *testing.T, n int, text string) *http.Request { return post.request(robotText(n, text)) },
			Forge: func(t *testing.T) map[string]*http.Request { return post.forgeries(t, robotText(1, "贷款")) },
			Answer: func(t *testing.T, _ int, body []byte) string {
				return fmt.Sprintf("%+v", openFrame(t, post.crypt, "nonce-1", body))
			},
		},
		Out: &adaptertest.Out{
			To:    adapters.Address{URL: "{api}/cgi-bin/aibot/response?response_code=RESPONSE-CODE"},
			Serve: serve(func() *fakeAPI { return newFakeAPI() }),
			Shown: shownText,
			Limit: func(_ *http.Request, body []byte) error { return limit(body, 20480) },
			After: 60,
		},
	})
}

func appText(n int, text string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[ZhangSan]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>%s</Content><MsgId>%d</MsgId><AgentID>218</AgentID></xml>",
		fakeCorp, cdata(text), 1234567890123456+n)
}

// cdata writes s as the platform does; what XML cannot hold it leaves out.
func cdata(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' {
			return -1
		}
		return r
	}, s)
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

func TestApp(t *testing.T) {
	post := appPoster(t)
	for _, markdown := range []bool{false, true} {
		t.Run(map[bool]string{false: "text", true: "markdown"}[markdown], func(t *testing.T) {
			adaptertest.Run(t, adaptertest.Harness{
				Open: func(t *testing.T, api string) adapters.Platform {
					return newApp(t, api, func(c *AppConfig) { c.Markdown = markdown })
				},
				Secrets: fakeSecrets,
				In: &adaptertest.In{
					Text:  func(_ *testing.T, n int, text string) *http.Request { return post.request(appText(n, text)) },
					Forge: func(t *testing.T) map[string]*http.Request { return post.forgeries(t, appText(1, "贷款")) },
				},
				Out: &adaptertest.Out{
					To:    adapters.Address{User: fakeUser},
					Serve: serve(newFakeAPI),
					Shown: shownText,
					Limit: func(_ *http.Request, body []byte) error { return limit(body, 2048) },
					After: 60,
					Asks:  asksForToken,
					Known: knownBy,
				},
			})
		})
	}
}

func asksForToken(r *http.Request) bool { return r.URL.Path == "/cgi-bin/gettoken" }

// knownBy is how WeCom drops doubles (doc 90236): where it is told to, and by the words.
func knownBy(_ *http.Request, body []byte) (key string, known time.Duration) {
	var m struct {
		Check    int     `json:"enable_duplicate_check"`
		Seconds  int     `json:"duplicate_check_interval"`
		Text     content `json:"text"`
		Markdown content `json:"markdown"`
	}
	if err := json.Unmarshal(body, &m); err == nil && m.Check == 1 {
		known = time.Duration(m.Seconds) * time.Second
	}
	return m.Text.Content + m.Markdown.Content, known
}

func TestGroup(t *testing.T) {
	adaptertest.Run(t, adaptertest.Harness{
		Open:    func(t *testing.T, api string) adapters.Platform { return newGroup(t, api, nil) },
		Secrets: fakeSecrets,
		Out: &adaptertest.Out{
			Serve: serve(newFakeAPI),
			Shown: shownText,
			Limit: func(_ *http.Request, body []byte) error { return limit(body, 2048) },
			After: 60,
		},
	})
}

// serve answers one call of the API in a mood.
func serve(api func() *fakeAPI) func(http.ResponseWriter, *http.Request, adaptertest.Mood) {
	return func(w http.ResponseWriter, r *http.Request, how adaptertest.Mood) {
		f := api()
		f.tokens = 1
		if r.URL.Path == "/cgi-bin/gettoken" {
			f.tokens = 0
		} else {
			f.fail = func(string) int {
				return map[adaptertest.Mood]int{adaptertest.Throttled: 45009, adaptertest.Refusing: 60020}[how]
			}
		}
		f.ServeHTTP(w, r)
	}
}

// shownText returns the words of a message, as they were posted.
func shownText(_ *testing.T, r *http.Request, body []byte) (string, bool) {
	if r.URL.Path == "/cgi-bin/gettoken" {
		return "", false
	}
	var p struct {
		Type     string  `json:"msgtype"`
		Text     content `json:"text"`
		Markdown content `json:"markdown"`
	}
	if json.Unmarshal(body, &p) != nil {
		return "", false
	}
	return p.Text.Content + strings.ReplaceAll(p.Markdown.Content, "> ", ""), p.Type != "template_card"
}

func limit(body []byte, bytes int) error {
	var p struct {
		Text     content `json:"text"`
		Markdown content `json:"markdown"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	if n := len(p.Text.Content) + len(p.Markdown.Content); n > bytes {
		return fmt.Errorf("%d bytes, the platform cuts at %d", n, bytes)
	}
	if strings.Contains(string(body), `\u`) {
		return fmt.Errorf("the platform refuses \\u in %s", body)
	}
	return nil
}

// openFrame checks a reply of a robot as WeCom does and returns what is in it.
func openFrame(t testing.TB, c *crypt, nonce string, body []byte) fakeFrame {
	t.Helper()
	var sealed map[string]json.RawMessage
	if err := json.Unmarshal(body, &sealed); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var encrypted, signature, echoed string
	var at int64
	for key, to := range map[string]any{"encrypt": &encrypted, "msgsignature": &signature, "nonce": &echoed, "timestamp": &at} {
		if err := json.Unmarshal(sealed[key], to); err != nil {
			t.Fatalf("%s: %v in %s", key, err, body)
		}
	}
	if echoed != nonce || len(sealed) != 4 {
		t.Errorf("the reply is %s, want nonce %s and four keys", body, nonce)
	}
	text, err := c.open(signature, strconv.FormatInt(at, 10), nonce, encrypted)
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if strings.Contains(string(text), `\u`) {
		t.Errorf("\\u in %s", text)
	}
	var f fakeFrame
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return f
}

// A fakeFrame is a reply of a robot.
type fakeFrame struct {
	Type   string `json:"msgtype"`
	Stream struct {
		ID       string `json:"id"`
		Finish   bool   `json:"finish"`
		Content  string `json:"content"`
		Feedback struct {
			ID string `json:"id"`
		} `json:"feedback"`
	} `json:"stream"`
	Text     content  `json:"text"`
	Response string   `json:"response_type"`
	Users    []string `json:"userids"`
	Card     struct {
		Type  string `json:"card_type"`
		Title struct {
			Title string `json:"title"`
		} `json:"main_title"`
		Task    string       `json:"task_id"`
		Buttons []cardButton `json:"button_list"`
	} `json:"template_card"`
}

func body(t testing.TB, w *httptest.ResponseRecorder) []byte {
	t.Helper()
	data, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
