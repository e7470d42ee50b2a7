package adapters

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is wrong with a JSON text is said in words of JSON, whatever it is read into.
func TestJSONFaults(t *testing.T) {
	type inner struct {
		ID string `json:"id"`
	}
	for in, want := range map[string]string{
		`{"user":"me"}`:              "user must be an object, not string",
		`{"user":{"id":5}}`:          "user.id must be a string, not number",
		`{"list":"a"}`:               "list must be an array, not string",
		`{"list":[1]}`:               "must be a string, not number",
		`{"n":1.5}`:                  "n must be an integer, not number",
		`{"n":"1"}`:                  "n must be an integer, not string",
		`{"n":99999999999999999999}`: "n must be an integer, not number",
		`{"f":"1"}`:                  "f must be a number, not string",
		`{"b":1}`:                    "b must be a boolean, not number",
		`{"p":true}`:                 "p must be a string, not boolean",
		`{"x":1}`:                    "there is no field x",
		`[1]`:                        "the JSON must be an object, not array",
		`"a"`:                        "the JSON must be an object, not string",
		`{"n":1`:                     "the JSON ends too early",
		``:                           "the JSON ends too early",
		`{"n":1,}`:                   "it is no JSON at byte 8",
		`hello`:                      "it is no JSON at byte 1",
	} {
		var into struct {
			User inner          `json:"user"`
			List []string       `json:"list"`
			N    int            `json:"n"`
			F    float64        `json:"f"`
			B    bool           `json:"b"`
			P    *string        `json:"p"`
			M    map[string]int `json:"m"`
		}
		d := json.NewDecoder(strings.NewReader(in))
		d.DisallowUnknownFields()
		err := d.Decode(&into)
		if got := FaultOf(err).String(); err == nil || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q (%v)", in, got, want, err)
		}
	}
}
