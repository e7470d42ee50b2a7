package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/wence-bot/wence/bot"
)

// A Problem is an error as a client gets it, after RFC 9457: what is wrong and what
// to do about it.
type Problem struct {
	Type      string `json:"type"` // about:blank: the status says it all
	Status    int    `json:"status"`
	Title     string `json:"title"`
	Hint      string `json:"hint"` // how to mend it
	RequestID string `json:"request_id,omitempty"`
}

// Write sends the problem as application/problem+json.
func (p Problem) Write(w http.ResponseWriter) {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	p.RequestID = w.Header().Get(requestIDHeader)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // it is no HTML, and people read it
	_ = enc.Encode(p)        // a client that has gone needs no answer
}

// The problems that any request can have.
var (
	notFound    = Problem{Status: http.StatusNotFound, Title: "没有这个页面", Hint: "请检查网址，或从首页重新进入；程序请看接口说明 /api/v1/openapi.json。"}
	wrongMethod = Problem{Status: http.StatusMethodNotAllowed, Title: "不支持这种请求方法", Hint: "请从首页重新进入；程序请看响应的 Allow 头，里面有可用的方法。"}
	crossOrigin = Problem{Status: http.StatusForbidden, Title: "请求来自其他网站", Hint: "请在本站页面上操作；其他系统请使用接口密钥调用 /api/v1。"}
	badWatcher  = Problem{Status: http.StatusForbidden, Title: "运行指标不对外开放", Hint: "请在本机读取，或带上接口密钥（Authorization: Bearer 加密钥）；管理员也可以用 --metrics-from 放行监控系统的地址。"}
	internal    = Problem{Status: http.StatusInternalServerError, Title: "服务出了问题", Hint: "请稍后再试；仍然不行请把请求编号告诉管理员。"}
)

// The problems of pages.
var (
	goneAnswer  = Problem{Status: http.StatusNotFound, Title: "没有找到这条回答", Hint: "链接可能不完整；请回到首页再问一次。"}
	gonePolicy  = Problem{Status: http.StatusNotFound, Title: "没有这份政策文件", Hint: "可能网址不完整，或这一版本不存在；请从政策库重新查找。"}
	goneBureau  = Problem{Status: http.StatusNotFound, Title: "现行政策里没有这个责任部门", Hint: "请从部门列表里选择。"}
	badForm     = Problem{Status: http.StatusBadRequest, Title: "提交的内容读不出来", Hint: "请刷新页面后再试；文字须为 UTF-8 编码，不含空字符。"}
	noForm      = Problem{Status: http.StatusUnsupportedMediaType, Title: "提交的内容不是表单", Hint: "请把 Content-Type 设为 application/x-www-form-urlencoded；要用 JSON 请调用 /api/v1/ask。"}
	emptyForm   = Problem{Status: http.StatusUnprocessableEntity, Title: "还没有写问题", Hint: "请写下您想办的事，例如“想贷点款周转找谁”。"}
	badVote     = Problem{Status: http.StatusUnprocessableEntity, Title: "不认识这种评价", Hint: "vote 只能是 up、down 或 none。"}
	badEventID  = Problem{Status: http.StatusBadRequest, Title: "Last-Event-ID 读不出来", Hint: "它是上一个事件的序号，例如 3；去掉它就从头开始。"}
	tooLong     = Problem{Status: http.StatusRequestEntityTooLarge, Title: "内容太长", Hint: "请删短后再发：问题不超过 2000 字，理由不超过 1000 字。按返回键，写好的内容还在。"}
	tooSlow     = Problem{Status: http.StatusRequestTimeout, Title: "发送得太慢", Hint: "15 秒内没有收完；请检查网络后再试。"}
	tooMany     = Problem{Status: http.StatusTooManyRequests, Title: "发送得太快", Hint: "请稍等几秒再试。"}
	busy        = Problem{Status: http.StatusServiceUnavailable, Title: "现在咨询的人比较多", Hint: "请过一会儿再试。"}
	otherAsked  = Problem{Status: http.StatusConflict, Title: "这个编号已经用于另一个问题", Hint: "请为每个问题换一个 Idempotency-Key。"}
	badRevision = Problem{Status: http.StatusBadRequest, Title: "要比较的版本读不出来", Hint: "请在版本列表里选择两个版本。"}
)

// problem answers with a problem and ends the request: as a page if a person asks.
func (s *Server) problem(g *gin.Context, p Problem) {
	g.Abort()
	if g.Writer.Written() {
		return // half an answer is on its way
	}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		g.Header("Retry-After", "5")
	}
	if !wantsPage(g.Request) {
		p.Write(g.Writer)
		return
	}
	p.RequestID = g.GetString(requestIDHeader)
	var b bytes.Buffer
	if err := s.pages["problem"].ExecuteTemplate(&b, "layout", page{Title: p.Title, Beside: beside(g), Data: p}); err != nil {
		g.Error(err) //nolint:errcheck // it returns what it was given
		p.Write(g.Writer)
		return
	}
	g.Header("Cache-Control", "no-store")
	g.Data(p.Status, "text/html; charset=utf-8", b.Bytes())
}

// fail answers that something went wrong here, and has it logged.
func (s *Server) fail(g *gin.Context, err error) {
	if g.Request.Context().Err() == nil { // else the client has gone
		g.Error(err) //nolint:errcheck // it returns what it was given
	}
	switch {
	case errors.Is(err, bot.ErrInvalid):
		s.problem(g, badForm)
	case errors.Is(err, bot.ErrConflict):
		s.problem(g, otherAsked)
	default:
		s.problem(g, internal)
	}
}
