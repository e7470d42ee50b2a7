package adapters

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// A JSONFault says what is wrong with a JSON text in words of JSON, for whoever wrote it:
// they know nothing of our types.
type JSONFault struct {
	Field   string // as in user.id; empty: the whole text
	Want    string // string, integer, number, boolean, array or object; empty: something else is wrong
	Got     string // the same, or null
	Unknown bool   // there is no such Field
	Cut     bool   // the text ends too early
	Offset  int64  // of the first byte that is no JSON, from 1; 0: it is JSON
}

// FaultOf returns what an error of encoding/json means.
func FaultOf(err error) JSONFault {
	const unknown = "json: unknown field "
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong):
		got, _, _ := strings.Cut(wrong.Value, " ")
		if got == "bool" {
			got = "boolean"
		}
		return JSONFault{Field: wrong.Field, Want: jsonKind(wrong.Type), Got: got}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return JSONFault{Cut: true}
	case errors.As(err, &syntax) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return JSONFault{Cut: true}
	case errors.As(err, &syntax):
		return JSONFault{Offset: syntax.Offset}
	case err != nil && strings.HasPrefix(err.Error(), unknown):
		return JSONFault{Field: strings.Trim(strings.TrimPrefix(err.Error(), unknown), `"`), Unknown: true}
	}
	return JSONFault{}
}

// jsonKind returns what of JSON a type is read from.
func jsonKind(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return "integer"
}

// String says it in English.
func (f JSONFault) String() string {
	switch {
	case f.Unknown:
		return "there is no field " + f.Field
	case f.Cut:
		return "the JSON ends too early"
	case f.Offset > 0:
		return fmt.Sprintf("it is no JSON at byte %d", f.Offset)
	case f.Want == "":
		return "it is no JSON object"
	}
	article := "a"
	if strings.ContainsRune("aio", rune(f.Want[0])) {
		article = "an"
	}
	subject := f.Field
	if subject == "" {
		subject = "the JSON"
	}
	return fmt.Sprintf("%s must be %s %s, not %s", subject, article, f.Want, f.Got)
}
