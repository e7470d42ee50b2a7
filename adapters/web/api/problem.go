package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
)

// A problem is an error that says what the caller can do about it.
type problem struct {
	web.Problem
	retry time.Duration // when to try again; zero: it does not help
	cause error         // for the log; nil if the caller is to blame
}

// Error implements error.
func (p *problem) Error() string {
	if p.cause != nil {
		return p.cause.Error()
	}
	return p.Title + ": " + p.Hint
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.cause }

// The kinds of problems, the last part of their type. Programs tell them apart by it,
// so they are never renamed.
const (
	kindBadRequest   = "bad-request"
	kindBadCursor    = "bad-cursor"
	kindStaleCursor  = "stale-cursor"
	kindNoKey        = "key-required"
	kindBadKey       = "key-invalid"
	kindScope        = "scope-missing"
	kindNotFound     = "not-found"
	kindConflict     = "idempotency-conflict"
	kindWithdrawn    = "withdrawn"
	kindTooLarge     = "body-too-large"
	kindTooSlow      = "too-slow"
	kindMediaType    = "media-type"
	kindRateLimited  = "rate-limited"
	kindInternal     = "internal"
	kindUnavailable  = "unavailable"
	kindNotKept      = "not-kept"
	kindPrefix       = "urn:wence:problem:"
	busyRetry        = 5 * time.Second
	unavailableRetry = 30 * time.Second
)

// refuse returns a problem that the caller can mend; hint may hold formatting verbs.
func refuse(status int, kind, title, hint string, args ...any) *problem {
	return &problem{Problem: web.Problem{Type: kindPrefix + kind, Status: status, Title: title, Hint: fmt.Sprintf(hint, args...)}}
}

func badRequest(hint string, args ...any) *problem {
	return refuse(http.StatusBadRequest, kindBadRequest, "请求有误", hint, args...)
}

// problemOf says what an error means to the caller.
func problemOf(err error) *problem {
	var p *problem
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &tooLong):
		return refuse(http.StatusRequestEntityTooLarge, kindTooLarge, "请求体太大", "请求体最多 %d 字节,请缩短后再发。", tooLong.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, kindTooSlow, "请求发送得太慢", "请求体没有按时收全,请检查网络后原样重发。")
	case errors.Is(err, bot.ErrNotFound):
		return refuse(http.StatusNotFound, kindNotFound, "没有找到", "请检查编号;文件列表在 GET /api/v1/documents。")
	case errors.Is(err, bot.ErrConflict):
		return refuse(http.StatusConflict, kindConflict, "Idempotency-Key 已用于另一个问题", "同一个 Idempotency-Key 只能重发同一个请求;新的问题请换一个新的。")
	case errors.Is(err, bot.ErrInvalid):
		return badRequest("请求里有不能接受的内容:%s。", err)
	case errors.Is(err, bot.ErrFull):
		return &problem{Problem: web.Problem{Type: kindPrefix + kindUnavailable, Status: http.StatusServiceUnavailable,
			Title: "暂时无法保存", Hint: "磁盘已满,请联系管理员;没有写入任何内容,可以稍后原样重发。"}, retry: unavailableRetry, cause: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &problem{Problem: web.Problem{Type: kindPrefix + kindUnavailable, Status: http.StatusServiceUnavailable,
			Title: "没有在规定时间内完成", Hint: "请稍后原样重发。"}, retry: busyRetry, cause: err}
	}
	return &problem{Problem: web.Problem{Type: kindPrefix + kindInternal, Status: http.StatusInternalServerError,
		Title: "服务出了问题", Hint: "请稍后再试;仍然不行,请把 request_id 告诉管理员。"}, cause: err}
}

// requestIDHeader names the request in the answer and in the log; the web.Server sets it.
const requestIDHeader = "X-Request-Id"

// A failure writes a problem in the form that the callers of an interface expect.
type failure func(w http.ResponseWriter, p *problem)

func writeProblem(w http.ResponseWriter, p *problem) {
	p.setRetry(w)
	p.Write(w)
}

// setRetry says when to come again, in whole seconds, at least one.
func (p *problem) setRetry(w http.ResponseWriter) {
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int((p.retry+time.Second-1)/time.Second))))
	}
}

// report logs what the caller is not to blame for.
func (a *API) report(w http.ResponseWriter, r *http.Request, p *problem) {
	if p.cause != nil && r.Context().Err() == nil {
		a.Log.ErrorContext(r.Context(), "api request failed", slog.String("request", w.Header().Get(requestIDHeader)),
			slog.String("route", r.Pattern), slog.String("path", r.URL.Path), slog.Int("status", p.Status), slog.String("error", p.cause.Error()), bot.Stack(p.cause))
	}
}

func tooOften(wait time.Duration) *problem {
	p := refuse(http.StatusTooManyRequests, kindRateLimited, "请求太频繁", "请按响应头 Retry-After 给出的秒数等待后再发;需要更高的频率请联系管理员。")
	p.retry = wait
	return p
}
