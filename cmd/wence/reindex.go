package main

import (
	"context"
	"fmt"
)

type reindexCmd struct {
	storeFlag `embed:""`
}

// Run makes the index anew beside the one in use. Questions are answered meanwhile; if
// the new one fails its test the old one stays.
func (c reindexCmd) Run(ctx context.Context, s streams) error {
	return s.with(ctx, c.Data, withIndex, func(h *house) error {
		if err := h.follower.Rebuild(ctx); err != nil {
			return err
		}
		if err := h.publisher.Settle(ctx); err != nil {
			return err
		}
		_, clauses, err := h.follower.Frequencies(ctx, nil)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "the index was made anew: %d clauses, up to entry %d of the log\n", clauses, h.follower.Applied())
		return err
	})
}
