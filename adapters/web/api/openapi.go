package api

import (
	_ "embed"
	"net/http"
	"strconv"
)

//go:embed openapi.json
var openapiDocument []byte

// openapi returns the description of the interface: OpenAPI 3.1.
func (a *API) openapi(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Length", strconv.Itoa(len(openapiDocument)))
	_, _ = w.Write(openapiDocument)
	return nil
}
