package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/wence-bot/wence/corpus"
)

// The lengths of a page.
const (
	defaultPage = 50
	maxPage     = 200
	maxOffset   = 1 << 24
	maxCursor   = 512 // characters
)

// A cursor says where the next page begins. Callers get it as one word and hand it
// back as it is. It holds what the list was made of, so a page never continues
// another list, or the same list as it was before the policies changed.
type cursor struct {
	List    string `json:"l"` // names the list with its filters
	Version string `json:"v"` // of what is listed
	Offset  int    `json:"o"` // of the first item
}

func (c cursor) String() string {
	b, _ := json.Marshal(c) // strings and a number always can
	return base64.RawURLEncoding.EncodeToString(b)
}

func badCursor() error {
	return refuse(http.StatusBadRequest, kindBadCursor, "cursor 无效", "cursor 要原样用上一页返回的 next,其他查询参数保持不变;从第一页开始时不要带 cursor。")
}

// readCursor returns the offset at which the page of a list begins.
func readCursor(s, list, version string) (int, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) > maxCursor {
		return 0, badCursor()
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return 0, badCursor()
	}
	var c cursor
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return 0, badCursor()
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || c.List != list || c.Offset < 1 || c.Offset > maxOffset {
		return 0, badCursor()
	}
	if c.Version != version {
		return 0, refuse(http.StatusGone, kindStaleCursor, "列表已经变化", "翻页期间政策有更新,请不带 cursor 从第一页重新读取。")
	}
	return c.Offset, nil
}

// A page is one part of a list.
type page[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the next page; empty: this is the last.
	Next string `json:"next,omitempty"`
}

// paged cuts a page out of all items of a list that was made with the filters in q.
func paged[T any](all []T, q map[string]string, name, version string) (page[T], error) {
	for _, filter := range slices.Sorted(maps.Keys(q)) {
		if filter != "cursor" && filter != "limit" {
			name += "\n" + filter + "=" + q[filter]
		}
	}
	list := corpus.RevisionOf(name) // filters can be long
	limit, err := readLimit(q["limit"], defaultPage, maxPage)
	if err != nil {
		return page[T]{}, err
	}
	from, err := readCursor(q["cursor"], list, version)
	if err != nil {
		return page[T]{}, err
	}
	if from > len(all) {
		return page[T]{}, badCursor()
	}
	to := min(len(all), from+limit)
	p := page[T]{Items: append([]T{}, all[from:to]...)}
	if to < len(all) {
		p.Next = cursor{List: list, Version: version, Offset: to}.String()
	}
	return p, nil
}

func readLimit(s string, usual, most int) (int, error) {
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, badRequest("limit 应当是 1 到 %d 的整数。", most)
	}
	return n, nil
}
