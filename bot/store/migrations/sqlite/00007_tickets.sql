-- What becomes of tickets: where a reply goes, and how one was closed. A reply is an
-- exchange of its conversation.

-- +goose Up

ALTER TABLE ticket ADD COLUMN address BLOB NOT NULL DEFAULT x''; -- empty: nothing can be sent there
ALTER TABLE ticket ADD COLUMN closed BIGINT NOT NULL DEFAULT 0;  -- 0: it is open
ALTER TABLE ticket ADD COLUMN assessment TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN reason TEXT NOT NULL DEFAULT '';

CREATE INDEX ticket_open ON ticket (seq) WHERE closed = 0;

-- +goose Down

DROP INDEX ticket_open;
ALTER TABLE ticket DROP COLUMN reason;
ALTER TABLE ticket DROP COLUMN assessment;
ALTER TABLE ticket DROP COLUMN closed;
ALTER TABLE ticket DROP COLUMN address;
