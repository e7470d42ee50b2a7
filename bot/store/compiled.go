package store

import (
	"context"
	"database/sql"
)

// hot are the statements that every answer and message needs. They are compiled once for
// each connection: to compile one takes longer than to run it.
var hot = []string{
	selectExchangeByID, selectConversation, selectFeedback, selectTickets, selectSameTicket,
	existsExchange, insertExchange, selectLastAudit, insertAudit, upsertFeedback,
	selectKey, insertInbound, insertKey, selectDone, updateDone, insertDelivery, updateDelivery,
	beginOne, undoOne, endOne,
}

// A database runs the hot statements compiled, and others as they come.
type database struct {
	*sql.DB
	hot map[string]*sql.Stmt
}

// compile compiles the hot statements. The schema must be there.
func (d *database) compile(ctx context.Context) error {
	d.hot = make(map[string]*sql.Stmt, len(hot))
	for _, query := range hot {
		s, err := d.PrepareContext(ctx, query) // closed with the database
		if err != nil {
			return err
		}
		d.hot[query] = s
	}
	return nil
}

// QueryContext implements querier.
func (d *database) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := d.hot[query]; s != nil {
		return s.QueryContext(ctx, args...)
	}
	return d.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (d *database) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := d.hot[query]; s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return d.DB.QueryRowContext(ctx, query, args...)
}

// A transaction of a database runs its hot statements compiled too.
type transaction struct {
	*sql.Tx
	hot map[string]*sql.Stmt
}

// ExecContext runs a statement without rows.
func (t transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := t.hot[query]; s != nil {
		return t.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (t transaction) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := t.hot[query]; s != nil {
		return t.StmtContext(ctx, s).QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}
