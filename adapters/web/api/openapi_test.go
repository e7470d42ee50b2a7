package api

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wence-bot/wence/adapters/web"
	"github.com/wence-bot/wence/bot"
)

func TestOpenAPIIsValid(t *testing.T) {
	v, err := theValidator()
	if err != nil {
		t.Fatal(err)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
}

type openapiOperation struct {
	OperationID string         `json:"operationId"`
	Parameters  []openapiParam `json:"parameters"`
	Responses   map[string]any `json:"responses"`
}

type openapiParam struct {
	Ref  string `json:"$ref"`
	Name string `json:"name"`
	In   string `json:"in"`
}

type openapiSchema struct {
	Properties           map[string]json.RawMessage `json:"properties"`
	Required             []string                   `json:"required"`
	AdditionalProperties json.RawMessage            `json:"additionalProperties"`
}

type openapiFile struct {
	OpenAPI    string                                 `json:"openapi"`
	Paths      map[string]map[string]openapiOperation `json:"paths"`
	Components struct {
		Schemas    map[string]openapiSchema `json:"schemas"`
		Parameters map[string]openapiParam  `json:"parameters"`
	} `json:"components"`
}

func readOpenAPI(t *testing.T) openapiFile {
	t.Helper()
	var f openapiFile
	if err := json.Unmarshal(openapiDocument, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

var ginParam = regexp.MustCompile(`:([a-z]+)`)

// TestOpenAPIHasTheRoutes holds that the document describes every route and no other.
func TestOpenAPIHasTheRoutes(t *testing.T) {
	f := readOpenAPI(t)
	described := map[string]bool{}
	ids := map[string]bool{}
	for path, ops := range f.Paths {
		for method, op := range ops {
			described[strings.ToUpper(method)+" "+path] = true
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operation ID %q is empty or used twice", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
		}
	}
	s := newServer(t)
	for _, r := range s.api.Routes() {
		if r.Path == "/mcp" {
			continue // no HTTP API but a protocol of its own
		}
		route := r.Method + " " + ginParam.ReplaceAllString(r.Path, "{$1}")
		if !described[route] {
			t.Errorf("%s is not in openapi.json", route)
		}
		delete(described, route)
	}
	for route := range described {
		t.Errorf("openapi.json describes %s, which is not there", route)
	}
	served := s.get(t, "/api/v1/openapi.json")
	if string(served.body) != string(openapiDocument) || f.OpenAPI != "3.1.0" {
		t.Errorf("served %.100s, version %s", served.body, f.OpenAPI)
	}
}

// TestOpenAPIHasTheFields compares every schema with the Go type that is read or
// written: the names, and which may be left out.
func TestOpenAPIHasTheFields(t *testing.T) {
	schemas := readOpenAPI(t).Components.Schemas
	for name, v := range map[string]any{
		"AskRequest": askRequest{}, "Answer": bot.Answer{}, "Bureau": bot.ResponsibleBureau{}, "Basis": bot.Basis{}, "Citation": bot.Citation{},
		"CitedDocument": bot.CitedDocument{}, "Exchange": exchangeView{}, "Turn": turnView{}, "Ticket": ticketView{}, "TicketPage": ticketPage{}, "Case": caseView{},
		"ReplyRequest": replyRequest{}, "CloseRequest": closeRequest{}, "FeedbackRequest": feedbackRequest{}, "SearchRequest": searchRequest{},
		"SearchResult": searchResponse{}, "Hit": hitView{}, "Clause": clauseView{}, "Responsibility": responsibilityView{}, "ResponsibilityBasis": basisView{},
		"Document": documentView{}, "DocumentPage": page[documentView]{}, "Revision": revisionView{}, "BureauDuties": bureauView{}, "Duty": dutyView{},
		"ChatResponse": chatResponse{}, "Annotation": annotation{}, "Model": modelView{}, "Problem": web.Problem{},
	} {
		s, ok := schemas[name]
		if !ok {
			t.Errorf("openapi.json has no schema %s", name)
			continue
		}
		fields := jsonFields(reflect.TypeOf(v))
		if got, want := slices.Sorted(maps.Keys(s.Properties)), slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Errorf("%s has the properties %q, the Go type %q", name, got, want)
		}
		if string(s.AdditionalProperties) != "false" {
			t.Errorf("%s allows properties that are not described", name)
		}
		if strings.HasSuffix(name, "Request") || name == "ChatResponse" {
			continue // what a request needs is held by the tests of bad input
		}
		for field, optional := range fields {
			if slices.Contains(s.Required, field) == optional {
				t.Errorf("%s.%s: left out if empty = %v, but required = %v", name, field, optional, !optional)
			}
		}
	}
}

// jsonFields returns the JSON names of a struct, each with whether it is left out if empty.
func jsonFields(t reflect.Type) map[string]bool {
	out := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && tag == "":
			maps.Copy(out, jsonFields(f.Type))
		case name != "-" && f.IsExported():
			out[name] = options == "omitempty"
		}
	}
	return out
}

// TestOpenAPIHasTheParameters holds that each described query parameter is accepted and
// that no other is.
func TestOpenAPIHasTheParameters(t *testing.T) {
	f := readOpenAPI(t)
	keys, set := withKeys(t)
	s := newServer(t, set)
	_, s.key = newKey(t, keys)
	values := map[string]string{
		"limit": "2", "status": "in_force", "in_force": "true", "bureau": "财政局", "year": "2024", "q": "财政", "role": "lead",
		"document": s.policy.ID, "inherited": "false",
	}
	fill := strings.NewReplacer("{id}", s.policy.ID, "{revision}", s.policy.Revision, "{path}", "2.6.1", "{model}", model)
	for path, ops := range f.Paths {
		op, ok := ops["get"]
		if !ok || path == "/api/v1/answers/{id}" || path == "/api/v1/openapi.json" || strings.HasPrefix(path, "/v1/") {
			continue
		}
		path = fill.Replace(path)
		for _, p := range op.Parameters {
			if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				p = f.Components.Parameters[name]
			}
			if p.In != "query" || p.Name == "cursor" {
				continue
			}
			if r := s.get(t, path+"?"+p.Name+"="+values[p.Name]); r.StatusCode != 200 {
				t.Errorf("%s does not take %s: %s", path, p.Name, r.body)
			}
		}
		s.get(t, path+"?colour=red").problemIs(t, 400, kindBadRequest)
	}
}
