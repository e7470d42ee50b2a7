-- The document log, what it refers to, and the audit trail. log, audit and content
-- are only ever added to.

-- +goose Up

-- What was stored, under the SHA-256 of its bytes: readings of documents (JSON) and
-- original files.
CREATE TABLE content (
    hash TEXT PRIMARY KEY,
    data BLOB NOT NULL
);

CREATE TABLE audit (
    seq     INTEGER PRIMARY KEY,
    at      BIGINT NOT NULL, -- microseconds since 1970, UTC
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    TEXT NOT NULL
);

-- Each entry has its row in audit, which also holds when and who.
CREATE TABLE log (
    seq       INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,
    document  TEXT NOT NULL,
    revision  TEXT NOT NULL,
    reading   TEXT REFERENCES content (hash), -- NULL for a withdrawal
    file      TEXT REFERENCES content (hash), -- NULL if there was none
    file_name TEXT NOT NULL,
    reason    TEXT NOT NULL,
    audit     BIGINT NOT NULL UNIQUE REFERENCES audit (seq)
);

CREATE INDEX log_document ON log (document, revision, seq);

-- The last entry of each document. It can be computed from log; Verify does.
CREATE TABLE head (
    document  TEXT PRIMARY KEY,
    first_seq BIGINT NOT NULL UNIQUE REFERENCES log (seq),
    last_seq  BIGINT NOT NULL UNIQUE REFERENCES log (seq)
);

-- +goose StatementBegin
CREATE TRIGGER content_stays BEFORE UPDATE ON content BEGIN SELECT RAISE(ABORT, 'content is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_stays BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'log is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_keeps BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'log is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is never changed'); END;
-- +goose StatementEnd
