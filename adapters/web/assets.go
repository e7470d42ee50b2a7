package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// assetTypes are the content types of assets by their ending.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// assetNames returns the name under which each asset is served: with a hash of what
// is in it, so that a browser may keep it for ever.
func assetNames() (map[string]string, error) {
	out := map[string]string{}
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("web: assets: %w", err)
	}
	for _, e := range entries {
		data, err := fs.ReadFile(assetFiles, "assets/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("web: assets: %w", err)
		}
		sum, ext := sha256.Sum256(data), path.Ext(e.Name())
		out[e.Name()] = strings.TrimSuffix(e.Name(), ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	}
	return out, nil
}

// assets mounts the embedded files.
func (s *Server) assets() {
	names, _ := assetNames() // parsePages has reported an error
	files := map[string]string{}
	for file, name := range names {
		files[name] = file
	}
	s.engine.GET("/assets/:name", func(g *gin.Context) {
		file, ok := files[g.Param("name")]
		if !ok {
			s.problem(g, notFound)
			return
		}
		g.Header("Cache-Control", "public, max-age=31536000, immutable")
		s.asset(g, file)
	})
	// The names that others write down cannot change with the content.
	s.engine.GET("/widget.js", func(g *gin.Context) {
		g.Header("Cache-Control", "public, max-age=3600")
		s.asset(g, "widget.js")
	})
	s.engine.GET("/favicon.ico", func(g *gin.Context) {
		g.Header("Cache-Control", "public, max-age=86400")
		s.asset(g, "icon.svg")
	})
}

func (s *Server) asset(g *gin.Context, file string) {
	data, err := assetFiles.ReadFile("assets/" + file)
	if err != nil {
		s.fail(g, fmt.Errorf("web: asset %s: %w", file, err))
		return
	}
	g.Data(http.StatusOK, assetTypes[path.Ext(file)], data)
}
