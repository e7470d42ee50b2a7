package web

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
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
	_ = json.NewEncoder(w).Encode(p) // a client that has gone needs no answer
}

// The problems that any request can have.
var (
	notFound    = Problem{Status: http.StatusNotFound, Title: "没有这个页面", Hint: "请检查网址,或从首页重新进入。"}
	wrongMethod = Problem{Status: http.StatusMethodNotAllowed, Title: "不支持这种请求方法", Hint: "响应的 Allow 头列出了可用的方法。"}
	crossOrigin = Problem{Status: http.StatusForbidden, Title: "请求来自其他网站", Hint: "请在本站页面上操作;其他系统请使用接口密钥调用 /api/v1。"}
	internal    = Problem{Status: http.StatusInternalServerError, Title: "服务出了问题", Hint: "请稍后再试;仍然不行请把请求编号告诉管理员。"}
)

// problem answers with a problem and ends the request.
func (s *Server) problem(g *gin.Context, p Problem) {
	g.Abort()
	if g.Writer.Written() {
		return // half an answer is on its way
	}
	p.Write(g.Writer)
}
