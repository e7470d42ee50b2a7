package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wence-bot/wence/adapters"
)

// readJSON reads a request body as one JSON object without unknown fields, if strict.
func readJSON(r *http.Request, strict bool, into any) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, kindMediaType, "请求体不是 JSON", "请把 Content-Type 设为 application/json。")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) || errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		return badRequest("请求体没有收全,请检查网络后原样重发。")
	}
	return decodeJSON(body, strict, into)
}

func decodeJSON(body []byte, strict bool, into any) error {
	if !utf8.Valid(body) {
		return badRequest("请求体不是 UTF-8 编码(第 %d 字节起);请用 UTF-8 编码。", validUpTo(body)+1)
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) == 0 || body[0] != '{' {
		return badRequest("请求体应当是一个 JSON 对象,例如 {\"text\":\"想贷点款周转找谁?\"}。")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if strict {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(into); err != nil {
		return badRequest("%s。接口说明见 /api/v1/openapi.json。", faultIn(adapters.FaultOf(err)))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("一个请求只能有一个 JSON 对象,后面还有别的内容。")
	}
	return nil
}

// jsonKinds are the kinds of JSON values, for people.
var jsonKinds = map[string]string{
	"string": "字符串", "integer": "整数", "number": "数字", "boolean": "true 或 false", "array": "数组", "object": "对象", "null": "null",
}

// faultIn says what is wrong with the JSON of a request.
func faultIn(f adapters.JSONFault) string {
	switch {
	case f.Unknown:
		return "没有字段 " + f.Field
	case f.Cut:
		return "JSON 没有写完"
	case f.Offset > 0:
		return fmt.Sprintf("JSON 写错了(第 %d 字节)", f.Offset)
	case f.Want == "":
		return "JSON 读不懂"
	}
	return fmt.Sprintf("字段 %s 应当是%s,收到的是%s", f.Field, jsonKinds[f.Want], jsonKinds[f.Got])
}

// validUpTo returns the offset of the first byte that is not UTF-8.
func validUpTo(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// checkText refuses what no database keeps as text: a NUL.
func checkText(field string, values ...string) error {
	for _, v := range values {
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return badRequest("%s 里有 NUL 字符或无效的编码,请去掉。", field)
		}
	}
	return nil
}

// writeJSON sends a value as JSON, as the command line prints it.
func writeJSON(w http.ResponseWriter, v any) error {
	var b bytes.Buffer // what fails fails before anything is sent
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("api: encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
	return nil
}

// readQuery returns the query parameters of a request, each at most once and none
// but the allowed ones: a misspelt filter must not list everything.
func readQuery(r *http.Request, allowed ...string) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("查询参数读不懂:%% 后面应当是两位十六进制数,参数之间用 & 隔开。")
	}
	out := map[string]string{}
	for name, vs := range values {
		switch {
		case !slices.Contains(allowed, name):
			return nil, badRequest("没有查询参数 %q;可用的有 %s。", name, strings.Join(allowed, "、"))
		case len(vs) != 1:
			return nil, badRequest("查询参数 %s 只能出现一次。", name)
		}
		if err := checkText("查询参数 "+name, vs[0]); err != nil {
			return nil, err
		}
		out[name] = vs[0]
	}
	return out, nil
}

// oneOf refuses a value that is not one of a few; empty is always right.
func oneOf[T ~string](field, value string, allowed ...T) error {
	if value == "" || slices.Contains(allowed, T(value)) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return badRequest("%s 不能是 %.40q;可用的有 %s。", field, value, strings.Join(names, "、"))
}
