-- What channels have taken in and what is on its way out. Rows are deleted once
-- nobody needs them: see Purge.

-- +goose Up

CREATE TABLE inbox (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    channel      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    event        BLOB NOT NULL,
    received     BIGINT NOT NULL, -- microseconds since 1970, UTC
    done         BIGINT NOT NULL, -- 0: not answered yet
    error        TEXT NOT NULL    -- why it could not be answered, or empty
);

CREATE INDEX inbox_pending ON inbox (seq) WHERE done = 0;
CREATE INDEX inbox_failed ON inbox (seq) WHERE error <> '';
CREATE INDEX inbox_received ON inbox (received);

-- What tells whether a message has been seen.
CREATE TABLE inbox_key (
    channel TEXT NOT NULL,
    key     TEXT NOT NULL,
    inbox   TEXT NOT NULL, -- id of the message that came with it
    at      BIGINT NOT NULL,
    PRIMARY KEY (channel, key)
) WITHOUT ROWID;

CREATE INDEX inbox_key_at ON inbox_key (at);

CREATE TABLE outbox (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    answer       TEXT NOT NULL, -- id of the message that it answers, or empty
    channel      TEXT NOT NULL,
    conversation TEXT NOT NULL,
    message      BLOB NOT NULL,
    state        TEXT NOT NULL,
    attempts     BIGINT NOT NULL,
    next         BIGINT NOT NULL, -- not before
    ref          TEXT NOT NULL,
    error        TEXT NOT NULL,
    created      BIGINT NOT NULL
);

CREATE INDEX outbox_unsent ON outbox (seq) WHERE state IN ('ready', 'sending');
CREATE INDEX outbox_stuck ON outbox (seq) WHERE state IN ('dead', 'unknown');
CREATE INDEX outbox_answer ON outbox (answer, seq);
CREATE INDEX outbox_created ON outbox (created);
