package bleve

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wence-bot/wence/index"
)

var _ index.Derived = (*Index)(nil)

// cursorKey is the internal key under which bleve keeps the cursor, in the same
// atomic batch as the clauses.
var cursorKey = []byte("wence/cursor")

// Apply implements index.Derived.
func (x *Index) Apply(ctx context.Context, s index.Step) (err error) {
	cursor, err := json.Marshal(s.To)
	if err != nil {
		return fmt.Errorf("bleve: apply up to %d: %w", s.To.Seq, err)
	}
	x.put.Lock()
	defer x.put.Unlock()
	defer x.guard(&err)()
	batch := x.bleve.NewBatch()
	if err := x.putAll(ctx, batch, s.Put); err != nil {
		return err
	}
	for _, id := range s.Delete {
		if err := x.deleteOld(ctx, batch, id); err != nil {
			return fmt.Errorf("bleve: delete document %s: %w", id, err)
		}
	}
	batch.SetInternal(cursorKey, cursor)
	if err := x.write(batch); err != nil {
		return fmt.Errorf("bleve: apply up to %d: %w", s.To.Seq, err)
	}
	return nil
}

// Cursor implements index.Derived.
func (x *Index) Cursor(context.Context) (index.Cursor, error) {
	var c index.Cursor
	data, err := x.bleve.GetInternal(cursorKey)
	if err != nil {
		return c, fmt.Errorf("bleve: read cursor: %w", err)
	}
	if data == nil {
		return c, nil
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("bleve: read cursor %q: %w", data, err)
	}
	return c, nil
}
